// Remembered frames make no difference: the module that may take the nodes of an earlier frame has the same as
// the one that walks each, of recorded frames and of random damage to them. FUZZ_ROUNDS and FUZZ_SEED repeat a run.

import { readFileSync } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import all from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MODE_BIG_ENDIAN, MODE_WALK, RX_WINDOW } from '../assembly/contract.ts'
import * as layout from '../assembly/tree-layout.ts'
import { corpus } from './bench/support.ts'
import { mutator } from './support/mutate.ts'
import { random } from './support/random.ts'

const { FAMILY_IDS, LINK_HEADER_SLL, MODE_SNAPPED, NODE_BYTES, NODES, SCHEMA } = layout
const rounds = Number(process.env.FUZZ_ROUNDS ?? 60_000)
const seed = Number(process.env.FUZZ_SEED ?? 20264)
const ORIGIN = RX_WINDOW + 16

interface Exports {
  memory: { buffer: ArrayBuffer }
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
}

const bytes = readFileSync(new URL('../build/netlink.wasm', import.meta.url))
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
const { memory, schema, tree } = exports as unknown as Exports
const u8 = new Uint8Array(memory.buffer)
u8.set(all, SCHEMA)
schema(SCHEMA + all.length)

function nodes(frame: Uint8Array, protocol: number, header: number, mode: number): Uint8Array {
  // Nothing of an earlier table or frame may show.
  u8.fill(0xa5, ORIGIN + frame.length, ORIGIN + frame.length + 64)
  u8.set(frame, ORIGIN)
  u8.fill(0x5a, NODES, NODES + 64 * NODE_BYTES)
  const count = tree(frame.length, protocol, header, mode)
  return u8.slice(NODES, NODES + count * NODE_BYTES)
}

function compare(
  frame: Uint8Array,
  protocol: number,
  header: number,
  mode: number,
  where: string,
): number {
  const walked = nodes(frame, protocol, header, mode | MODE_WALK)
  for (const way of ['before', 'after'] as const) {
    const found = nodes(frame, protocol, header, mode)
    if (Buffer.compare(found, walked) !== 0) {
      const at = found.findIndex((byte, n) => byte !== walked[n])
      assert.unreachable(
        `${where}, ${way}: ${found.length} and ${walked.length} bytes, differ at node ${Math.floor(at / NODE_BYTES)}`,
      )
    }
  }
  return walked.length / NODE_BYTES
}

/** Frames with a link header, of every capture of the tests. */
const captured: Uint8Array[] = []
for (const name of ['link', 'rtnetlink', 'tc', 'nft', 'netfilter', 'big-endian']) {
  const file = readFileSync(new URL(`captures/${name}.pcap`, import.meta.url))
  for await (const frame of readCapture([file])) captured.push(frame.data.slice())
}
const recorded = [...(await corpus('link')), ...(await corpus('mixed'))]

test('every recorded frame, after all of the others', () => {
  for (let again = 0; again < 2; again++) {
    for (const [n, frame] of recorded.entries()) compare(frame, 0, 0, 0, `recorded ${n}`)
    for (const [n, frame] of captured.entries()) {
      compare(frame, 0, LINK_HEADER_SLL, 0, `captured ${n}`)
    }
  }
})

test(`${rounds} mutations (FUZZ_SEED=${seed})`, () => {
  const next = random(seed)
  const inputs = recorded.filter(({ length }) => length <= 2048)
  const framed = captured.filter(({ length }) => length <= 2048)
  const plain = mutator(next, inputs)
  const { below } = plain
  let seen = 0
  for (let round = 0; round < rounds; round++) {
    const isFramed = next() < 0.4
    const input = plain.pick(isFramed ? framed : inputs)
    let frame = Uint8Array.from(input)
    if (next() < 0.5) frame = Uint8Array.from(plain.mutate(input))
    else for (let hits = 1 + below(2); hits > 0; hits--) frame[below(frame.length)] = below(256)
    const mode = (next() < 0.05 ? MODE_BIG_ENDIAN : 0) | (next() < 0.1 ? MODE_SNAPPED : 0)
    const protocol = next() < 0.9 ? 0 : plain.pick([4, 6, 12, 16])
    const where = `FUZZ_SEED=${seed}, round ${round}`
    seen += compare(frame, protocol, isFramed ? LINK_HEADER_SLL : 0, mode, where)
  }
  assert.ok(seen > rounds * 10, `${seen} nodes`)
})

test('another schema, and another number of a family, are another matter', () => {
  const frame = recorded.find(({ length }) => length <= 2048) as Uint8Array
  const before = nodes(frame, 0, 0, 0)
  schema(SCHEMA)
  const without = nodes(frame, 0, 0, 0)
  assert.ok(Buffer.compare(before, without) !== 0)
  assert.is(Buffer.compare(without, nodes(frame, 0, 0, MODE_WALK)), 0)
  schema(SCHEMA + all.length)
  assert.is(Buffer.compare(before, nodes(frame, 0, 0, 0)), 0)
  const generic = new Uint8Array(24)
  generic.set([24, 0, 0, 0, 0x20])
  generic[16] = 1
  const unknown = nodes(generic, 16, 0, 0)
  new DataView(memory.buffer).setUint32(FAMILY_IDS + 0x20 * 4, SCHEMA, true)
  const known = nodes(generic, 16, 0, 0)
  assert.is(Buffer.compare(known, nodes(generic, 16, 0, MODE_WALK)), 0)
  assert.ok(Buffer.compare(known, unknown) !== 0)
})

test.run()
