// Writes golden vectors of trees: `tsx test/vectors/annotate.ts FILE FRAME TITLE` prints a section for one frame of
// a capture, its bytes a leaf a line. With --again FILE.md, the tree blocks of a vector file are written anew, to be
// read in the difference.

import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, nodeLabel, type Tree, treeLines } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { parse, type Vector } from './read.ts'
import { treeOf } from './tree-of.ts'

const HEX_IN_LINE = 16

/** Bytes with what they are: one line a leaf, long ones cut into several. */
function annotated(tree: Tree): string {
  const lines: string[] = []
  for (const node of tree) {
    if (!node.isLeaf) continue
    const bytes = [...tree.bytes.subarray(node.start, node.end)].map((byte) =>
      byte.toString(16).padStart(2, '0'),
    )
    let depth = 0
    for (let parent = node.parent; parent; parent = parent.parent) depth++
    for (let at = 0; at < bytes.length; at += HEX_IN_LINE) {
      const hex = bytes.slice(at, at + HEX_IN_LINE).join(' ')
      const owner = node.name === 'nlattr' && node.parent ? nodeLabel(node.parent) : nodeLabel(node)
      lines.push(`${' '.repeat(Math.max(0, depth - 2))}${hex}${at === 0 ? `  # ${owner}` : ''}`)
    }
  }
  return lines.join('\n')
}

async function section(file: string, number: number, title: string): Promise<string> {
  const dissector = new Dissector({ schema })
  for await (const frame of readCapture(createReadStream(file))) dissector.learnFrame(frame)
  for await (const frame of readCapture(createReadStream(file))) {
    const tree = dissector.dissectFrame(frame)
    if (frame.number !== number || !tree) continue
    const options = [
      'Frame: link header sll',
      ...(tree.byteOrder === 'big' ? ['Byte order: big'] : []),
    ]
    return `## ${title}

Frame ${number} of test/captures/${file.split('/').at(-1)}.

${options.join('\n')}

\`\`\`hex
${annotated(tree)}
\`\`\`

\`\`\`tree
${treeLines(tree).join('\n')}
\`\`\`
`
  }
  throw new Error(`expected a netlink frame ${number} in ${file}`)
}

function again(file: string): void {
  const text = readFileSync(file, 'utf8')
  const vectors = parse(file, text, 'tree')
  let index = 0
  const written = text.replace(/^```tree\n[\s\S]*?^```$/gm, () => {
    const lines = treeLines(treeOf(vectors[index++] as Vector))
    return `\`\`\`tree\n${lines.join('\n')}\n\`\`\``
  })
  writeFileSync(file, written)
}

const [first = '', second = '', ...title] = process.argv.slice(2)
if (first === '--again') again(second)
else console.log(await section(first, Number(second), title.join(' ')))
