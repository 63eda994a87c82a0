// The full decoder on what programs and this kernel say to each other here and now: as much as the scripts of traffic/
// can provoke. How much is named and typed, whether the leaves tile every frame, whether tshark reads the same.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CaptureFrame, readCapture } from 'netlink-wasm/capture'
import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare } from '../support/agreement.ts'
import { coverageOf, ROUTE_FAMILIES } from '../support/coverage.ts'
import { checkTiling } from '../support/tiling.ts'
import { tsharkFields, WRONG_IN_TSHARK } from '../support/tshark.ts'
import { CLI } from './cli.ts'
import { has, live } from './harness.ts'

const TRAFFIC_MS = 600_000
const program = fileURLToPath(new URL('traffic.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
const file = join(folder, 'traffic.pcapng')
const trees = new Map<number, Tree>()
const frames = new Map<number, CaptureFrame>()

const tools: [string, string][] = [
  ...(['ip', 'bridge', 'tc', 'strace'].map((tool) => [tool, '-V']) as [string, string][]),
  ...(['nft', 'conntrack', 'ipset', 'ethtool'].map((tool) => [tool, '--version']) as [
    string,
    string,
  ][]),
]
const hasTools = tools.map(([tool, version]) => has(tool, version)).every((there) => there)
const hasTshark = has('tshark', '--version') && has('capinfos', '--version')

if (hasTools) {
  test.before(async () => {
    const args = ['--import', 'tsx', program, file]
    const said = execFileSync(process.execPath, args, { timeout: TRAFFIC_MS, maxBuffer: 1 << 26 })
    console.log(`\n${said.toString().trim()}`)
    const dissector = new Dissector({ schema })
    for await (const frame of readCapture(readFileSync(file))) dissector.learnFrame(frame)
    for await (const frame of readCapture(readFileSync(file))) {
      frames.set(frame.number, frame)
      trees.set(frame.number, dissector.dissectFrame(frame) as Tree)
    }
  })

  live('names and types what goes by', async () => {
    const coverage = await coverageOf([file])
    const { attributes, paths } = coverage.total
    for (const [family, share] of coverage.families) {
      const { attributes: own, paths: distinct } = share
      console.log(
        `${family}: ${own.typed}/${own.all} attributes, ${distinct.typed}/${distinct.all} paths typed`,
      )
    }
    console.log(
      `all: ${attributes.typed}/${attributes.all} attributes, ${paths.typed}/${paths.all} paths typed`,
    )
    for (const line of coverage.untyped) console.log(`not typed: ${line}`)
    assert.ok(attributes.all > 10_000 && paths.all > 500, 'expected traffic')
    assert.ok(attributes.typed >= 0.99 * attributes.all, 'expected 99 % of attributes')
    assert.ok(paths.typed >= 0.95 * paths.all, 'expected 95 % of distinct paths')
    for (const family of ROUTE_FAMILIES) {
      const share = coverage.specified.get(family)
      assert.ok(share && share.all > 0, `expected attributes of ${family}`)
      assert.is(share?.typed, share?.all, family)
    }
  })

  live('has every byte in one leaf', async () => {
    for (const [number, tree] of trees) {
      checkTiling(tree.table, tree.size, (frames.get(number) as CaptureFrame).data.length, 0)
    }
    console.log(`${trees.size} frames are tiled`)
  })

  live('prints nodes whose leaves tile the frames, too', async () => {
    const text = execFileSync(process.execPath, [CLI, 'decode', file, '--nodes'], {
      maxBuffer: 1 << 29,
    }).toString()
    const ends = new Map<number, number>()
    let last: PrintedNode | undefined
    const lay = (node: PrintedNode | undefined, next: PrintedNode | undefined) => {
      if (!node) return
      // Of nodes in pre-order, a leaf is one behind which the next does not start within.
      const isLeaf = next?.frame !== node.frame || next.start >= node.end
      if (!isLeaf) return
      assert.is(node.start, ends.get(node.frame) ?? 0, `${node.path} of frame ${node.frame}`)
      ends.set(node.frame, node.end)
    }
    for (const line of text.trimEnd().split('\n')) {
      const node = JSON.parse(line) as PrintedNode
      lay(last, node)
      last = node
    }
    lay(last, undefined)
    for (const [number, { data }] of frames) assert.is(ends.get(number), data.length)
    assert.is(ends.size, frames.size)
  })

  if (hasTshark) {
    live('says what tshark says, where both know a field', async () => {
      const info = execFileSync('capinfos', ['-M', '-T', '-c', '-E', file]).toString()
      assert.match(info, new RegExp(`${frames.size}`))
      const { agreed, differing } = compare(tsharkFields(file), (n) => trees.get(n))
      const unexplained = differing.filter(({ field }) => !(field.name in WRONG_IN_TSHARK))
      const lines = unexplained.map(
        ({ field, path, ours }) => `${path}: ${ours}, tshark ${field.value}`,
      )
      assert.equal(lines, [])
      const sum = [...agreed.values()].reduce((total, count) => total + count, 0)
      console.log(`${sum} values of ${agreed.size} fields agree with tshark`)
      assert.ok(sum > 10_000 && agreed.size > 50, `expected fields to compare, got ${sum}`)
    })
  }
}
test.after(() => rmSync(folder, { recursive: true }))

/** What \`decode --nodes\` prints of a node, as far as this needs it. */
interface PrintedNode {
  frame: number
  start: number
  end: number
  path: string
}

test.run()
