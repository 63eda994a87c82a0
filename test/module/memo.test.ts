// Remembered messages make no difference: the module that may take the nodes of earlier ones has the same as the one
// that walks each, of recorded frames, of frames of many messages, of any byte changed and of random damage.
// FUZZ_ROUNDS and FUZZ_SEED repeat a run.

import { readFileSync } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import all from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MODE_BIG_ENDIAN, MODE_WALK, RX_WINDOW } from '../../assembly/contract.ts'
import * as layout from '../../assembly/tree-layout.ts'
import { schemaParts } from '../../src/schema/shipped-schema.ts'
import { corpus } from '../bench/support.ts'
import { mutator } from '../support/mutate.ts'
import { bytes as little } from '../support/netlink-bytes.ts'
import { random } from '../support/random.ts'

const { FAMILY_IDS, LINK_HEADER_SLL, MODE_SNAPPED, NODE_BYTES, NODE_NEXT, NODES, SCHEMA } = layout
const rounds = Number(process.env.FUZZ_ROUNDS ?? 60_000)
const seed = Number(process.env.FUZZ_SEED ?? 20264)
const ORIGIN = RX_WINDOW + 16

interface Exports {
  memory: { buffer: ArrayBuffer }
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
}

const bytes = readFileSync(new URL('../../build/netlink.wasm', import.meta.url))
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
const { memory, schema, tree } = exports as unknown as Exports
const u8 = new Uint8Array(memory.buffer)
const view = new DataView(memory.buffer)
const parts = schemaParts(all)
u8.set(parts, SCHEMA)
schema(SCHEMA + parts.length)

/** Whether the last frame's nodes are those of an earlier one, where they were. */
let isRemembered = false

function nodes(frame: Uint8Array, protocol: number, header: number, mode: number): Uint8Array {
  // Nothing of an earlier table or frame may show.
  u8.fill(0xa5, ORIGIN + frame.length, ORIGIN + frame.length + 64)
  u8.set(frame, ORIGIN)
  u8.fill(0x5a, NODES, NODES + 64 * NODE_BYTES)
  const table = tree(frame.length, protocol, header, mode)
  const count = view.getUint32(table + NODE_NEXT, true)
  isRemembered = table !== NODES
  return u8.slice(table, table + count * NODE_BYTES)
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
const recorded: Uint8Array[] = []

test.before(async () => {
  for (const name of ['link', 'rtnetlink', 'tc', 'nft', 'netfilter', 'big-endian']) {
    const file = readFileSync(new URL(`../captures/${name}.pcap`, import.meta.url))
    for await (const frame of readCapture([file])) captured.push(frame.data.slice())
  }
  recorded.push(...(await corpus('link')), ...(await corpus('mixed')))
})

test('every recorded frame, after all of the others', () => {
  for (let again = 0; again < 2; again++) {
    for (const [n, frame] of recorded.entries()) compare(frame, 0, 0, 0, `recorded ${n}`)
    for (const [n, frame] of captured.entries()) {
      compare(frame, 0, LINK_HEADER_SLL, 0, `captured ${n}`)
    }
  }
})

/** The messages of the recorded frames, one of each shape. */
function shapes(): Uint8Array[] {
  const found = new Map<string, Uint8Array>()
  for (const frame of recorded) {
    for (const message of messagesOf(frame)) {
      found.set(Buffer.from(nodes(message, 0, 0, MODE_WALK)).toString('latin1'), message)
    }
  }
  return [...found.values()]
}

function messagesOf(frame: Uint8Array): Uint8Array[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  const messages: Uint8Array[] = []
  for (let at = 0; at + 16 <= frame.length; ) {
    const end = at + ((view.getUint32(at, true) + 3) & ~3)
    messages.push(frame.slice(at, end))
    at = end
  }
  return messages
}

test('a message is remembered where its shape has been seen, and is not where a byte that tells is another', () => {
  const all = shapes()
  assert.ok(all.length > 100, `${all.length} shapes`)
  const next = random(seed + 1)
  let [same, other] = [0, 0]
  for (const message of all) {
    nodes(message, 0, 0, 0)
    nodes(message, 0, 0, 0)
    assert.is(isRemembered, message.length <= 4096, `${message.length} bytes`)
    for (let at = 0; at < message.length; at += 1 + Math.floor(next() * 4)) {
      const changed = message.slice()
      changed[at] = (message[at] as number) ^ (1 << Math.floor(next() * 8))
      const found = nodes(changed, 0, 0, 0)
      if (isRemembered) same++
      else other++
      const walked = nodes(changed, 0, 0, MODE_WALK)
      assert.is(Buffer.compare(found, walked), 0, `byte ${at} of ${message.length}`)
    }
  }
  // Most bytes are values.
  assert.ok(same > other * 2 && other > all.length * 8, `${same} and ${other}`)
})

test('frames of many messages, in any order, with and without a link header', () => {
  const next = random(seed + 2)
  const all = [...shapes(), little().message(3, 2, new Uint8Array(4))]
  const pick = () => all[Math.floor(next() * all.length)] as Uint8Array
  const header = new Uint8Array(16)
  header.set([0, 4, 3, 0x38])
  let most = 0
  for (let round = 0; round < 1500; round++) {
    const count = 1 + Math.floor(next() ** 3 * 40)
    const some = Array.from({ length: count }, pick)
    // The last one may lack its padding, or more.
    const last = some.at(-1) as Uint8Array
    if (next() < 0.3) some[count - 1] = last.slice(0, last.length - Math.floor(next() * 5))
    const isFramed = next() < 0.5
    const frame = Buffer.concat([...(isFramed ? [header] : []), ...some])
    const mode = next() < 0.2 ? MODE_SNAPPED : 0
    const found = compare(frame, 0, isFramed ? LINK_HEADER_SLL : 0, mode, `round ${round}`)
    most = Math.max(most, found)
  }
  assert.ok(most > 3000, `${most} nodes`)
})

test('a table that is full is full at the same node', () => {
  const all = shapes()
  const large = all.reduce((a, b) => (a.length < b.length && b.length < 2048 ? b : a))
  for (const small of all.slice(0, 12)) {
    const filler = Array.from({ length: 400 }, (_, n) => (n % 3 === 0 ? small : large))
    const frame = Buffer.concat(filler).subarray(0, 300_000)
    compare(frame, 0, 0, 0, `${small.length} bytes`)
  }
})

test('more shapes than there is room for', () => {
  const { attr, message } = little()
  const long = attr(3, new Uint8Array(1000))
  let kept = 0
  for (let n = 0; n < 3000; n++) {
    const names = [n & 15, (n >> 4) & 15, (n >> 8) & 15].map((size, k) =>
      attr(k + 1, new Uint8Array(size)),
    )
    const frame = message(
      16,
      0,
      Buffer.concat([new Uint8Array(16), ...names, long, ...names, ...names]),
    )
    compare(frame, 0, 0, 0, `shape ${n}`)
    if (isRemembered) kept++
  }
  assert.is(kept, 3000)
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
  schema(SCHEMA + parts.length)
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
