// The decoder without a module inside, and the module that makes nothing but trees: what both make of the golden
// vectors and of what was recorded is what the others make of it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Dissector, init, treeLines } from 'netlink-wasm/decoder/separate'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RX_WINDOW } from '../assembly/contract.ts'
import { NODE_BYTES, NODE_NEXT, SCHEMA } from '../assembly/tree-layout.ts'
import { corpus } from './bench/support.ts'
import { readTreeVectors } from './vectors/read.ts'

const file = (name: string) => fileURLToPath(new URL(`../build/${name}`, import.meta.url))
const wasm = readFileSync(file('netlink-tree.wasm'))

interface Exports {
  memory: { buffer: ArrayBuffer }
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
}

test('golden trees, by netlink-tree.wasm', async () => {
  assert.throws(() => new Dissector({ schema }), /expected init\(\{ wasm \}\) to be awaited first/)
  await init({ wasm })
  for (const vector of readTreeVectors()) {
    const { byteOrder, protocol, linkHeader, families, bytes, length } = vector
    const isCut = length > bytes.length
    const dissector = new Dissector({ schema, families })
    const tree = dissector.dissect(bytes, { byteOrder, protocol, linkHeader, isCut })
    assert.equal(treeLines(tree), vector.log, `${vector.file}: ${vector.title}`)
  }
})

function sink(name: string): (frame: Uint8Array) => Uint8Array {
  const module = new WebAssembly.Module(readFileSync(file(name)))
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports
  const u8 = new Uint8Array(exports.memory.buffer)
  u8.set(schema, SCHEMA)
  exports.schema(SCHEMA + schema.length)
  return (frame) => {
    u8.set(frame, RX_WINDOW + 16)
    const at = exports.tree(frame.length, 0, 0, 0)
    const count = new DataView(exports.memory.buffer).getUint32(at + NODE_NEXT, true)
    return u8.slice(at, at + count * NODE_BYTES)
  }
}

test('node for node what netlink.wasm makes of recorded messages', async () => {
  const [whole, trees] = [sink('netlink.wasm'), sink('netlink-tree.wasm')]
  let nodes = 0
  for (const frame of [...(await corpus('link')), ...(await corpus('mixed'))]) {
    const expected = whole(frame)
    assert.is(Buffer.compare(trees(frame), expected), 0)
    nodes += expected.length / NODE_BYTES
  }
  assert.ok(nodes > 50_000, `${nodes}`)
})

test('has no more in it than trees take', () => {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name)
  assert.equal(names.sort(), ['memory', 'schema', 'tree', 'version'])
})

test('given to the decoder: it makes trees, and messages are refused in words; one error class for all', () => {
  const program = `import { readFileSync } from 'node:fs'
    import { decodeMessages, Dissector, init, NetlinkError } from ${JSON.stringify(file('decoder.js'))}
    import * as separate from ${JSON.stringify(file('separate/decoder.js'))}
    import schema from ${JSON.stringify(file('schema/link.js'))}
    await init({ wasm: readFileSync(${JSON.stringify(file('netlink-tree.wasm'))}) })
    console.log(String(new Dissector({ schema }).dissect(new Uint8Array(16)).size > 0))
    try { decodeMessages(new Uint8Array(16)) } catch (error) { console.log(error.message) }
    console.log(String(separate.NetlinkError === NetlinkError))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  const refusal = 'expected netlink.wasm, got netlink-tree.wasm, which decodes no messages'
  assert.is(stdout + stderr, `true\n${refusal}\ntrue\n`)
})

test.run()
