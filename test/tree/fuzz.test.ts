// The tree sink on damaged frames: the golden vectors and frames of every type of the schema, mutated, in
// both byte orders, whole and cut, as any protocol. Leaves tile the frame, nothing traps, and what lies
// behind the frame makes no difference. TREE_FUZZ_ROUNDS and FUZZ_SEED repeat or prolong a run.

import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FRAME_HEADER_BYTES, RX_WINDOW, RX_WINDOW_BYTES } from '../../assembly/contract.ts'
import { NODE_BYTES, NODES, REPEATS, SCOPES } from '../../assembly/tree-layout.ts'
import { schemaParts } from '../../src/schema/shipped-schema.ts'
import { corpus } from '../support/corpus.ts'
import { mutator } from '../support/mutate.ts'
import { bytes, join, type Order, text } from '../support/netlink-bytes.ts'
import { random } from '../support/random.ts'
import { checkTiling } from '../support/tiling.ts'
import { A, genericPart, OP, TOY, TOY_GENERIC_ID, toyPart } from '../support/toy-schema.ts'
import { openSink, type Sink } from '../support/tree.ts'
import { readVectors } from '../vectors/read.ts'

const rounds = Number(process.env.TREE_FUZZ_ROUNDS ?? 100_000)
const seed = Number(process.env.FUZZ_SEED ?? 4404)
const GENERIC = 16

const all = schemaParts(schema)
const sink = openSink(all, toyPart(), genericPart())
sink.learn(TOY_GENERIC_ID, 'gadget')

interface Sample {
  frame: Uint8Array
  protocol: number
  order: Order
}

/** One message with every attribute of the toy family, one of the generic family, and errors of both. */
function samples(order: Order): Sample[] {
  const { attr, message, u16, u32, u64 } = bytes(order)
  const inner = join(attr(1, u16(5)), attr(2, text('x')), attr(3, [1]), attr(1, u16(6)))
  const pair = new Uint8Array(8).fill(3)
  const body = join(
    attr(A.byKind, inner),
    attr(A.kind, text('red')),
    attr(A.number, u16(1)),
    attr(A.byNumber, inner),
    attr(A.byBody, u16(1)),
    attr(A.byValue, [0, 0, 2, 1, 0, 0, 0, 0]),
    attr(A.u64, u64(1)),
    attr(A.struct, new Uint8Array(16)),
    attr(A.tailed, new Uint8Array(9)),
    attr(A.array, new Uint8Array(7)),
    attr(A.structs, join(pair, pair)),
    attr(A.self, join(attr(A.nest, inner), attr(A.kind, text('blue')), attr(A.self, attr(A.u8)))),
    attr(A.indexed, join(attr(1, inner), attr(2, inner))),
    attr(A.typeValue, attr(9, attr(4, u32(1)))),
    attr(
      A.records,
      join(u16(16), new Uint8Array(6), attr(2, text('ab')), u16(8), new Uint8Array(6)),
    ),
    attr(A.headed, join(pair, inner)),
    attr(0x8000 | 700, inner),
    attr(A.u8, [1]),
    attr(A.u8, [2]),
  )
  const headed = message(OP.headed, 1, join([7, 0, 0, 0], u32(1), body))
  const wrapped = message(OP.bare, 0, join(attr(A.message, headed), body))
  const generic = message(TOY_GENERIC_ID, 1, join([1, 1, 0, 0], inner))
  const tlvs = join(attr(1, text('no')), attr(2, u32(16)))
  const error = (flags: number, ...parts: Uint8Array[]) => message(2, flags, join(u32(1), ...parts))
  const frames: [number, Uint8Array][] = [
    [TOY, headed],
    [TOY, wrapped],
    [TOY, join(headed, wrapped)],
    [TOY, error(0x200, headed, tlvs)],
    [TOY, error(0x300, headed.subarray(0, 16), tlvs)],
    [TOY, error(0x200, message(OP.bare, 0, undefined, 20), attr(1), attr(2, u32(16)))],
    [TOY, message(3, 0x202, join(u32(0), tlvs))],
    [GENERIC, join(generic, message(TOY_GENERIC_ID, 0, join([1, 1, 0, 0], body)))],
    [GENERIC, error(0x200, generic, tlvs)],
    [GENERIC, message(16, 1, join([3, 1, 0, 0], attr(2, text('nlctrl'))))],
  ]
  return frames.map(([protocol, frame]) => ({ frame, protocol, order }))
}

const vectors: Sample[] = [
  ...readVectors().map(({ bytes: frame, byteOrder }) => ({ frame, protocol: 0, order: byteOrder })),
  ...corpus().map((frame) => ({ frame, protocol: 0, order: 'little' as const })),
  ...samples('little'),
  ...samples('big'),
]

function check(from: Sink, sample: Sample, snapped: boolean, linkHeader = 0): number {
  const { frame, protocol, order: byteOrder } = sample
  const count = from.run(frame, { protocol, byteOrder, snapped, linkHeader })
  checkTiling(from.view, count, frame.length, from.table)
  // What is remembered of earlier frames makes no difference.
  const found = Buffer.from(from.u8.subarray(from.table, from.table + count * NODE_BYTES))
  const walked = from.run(frame, { protocol, byteOrder, snapped, linkHeader, walk: true })
  const same = Buffer.compare(from.u8.subarray(NODES, NODES + walked * NODE_BYTES), found) === 0
  if (!same) throw new Error('expected the nodes of a walk, got others')
  return count
}

test('every vector, whole and cut at every byte', () => {
  for (const sample of vectors) {
    for (let length = 0; length <= sample.frame.length; length++) {
      const cut = { ...sample, frame: sample.frame.subarray(0, length) }
      check(sink, cut, true)
      check(sink, cut, false)
    }
  }
})

test('every vector with any byte changed, once it has been seen as it is', () => {
  const next = random(seed + 3)
  for (const sample of vectors) {
    check(sink, sample, false)
    for (let at = 0; at < sample.frame.length; at++) {
      // Of short ones, any bit.
      const bits = sample.frame.length < 80 ? [0, 1, 2, 3, 4, 5, 6, 7] : [Math.floor(next() * 8)]
      for (const bit of bits) {
        const frame = sample.frame.slice()
        frame[at] = (frame[at] as number) ^ (1 << bit)
        check(sink, { ...sample, frame }, false)
      }
    }
  }
})

test(`${rounds} mutations (FUZZ_SEED=${seed})`, () => {
  const next = random(seed)
  const statuses = new Set<string>()
  const kinds = new Set<string>()
  const others = vectors.map(({ frame }) => frame).filter(({ length }) => length > 0)
  const mutators = [mutator(next, others, true), mutator(next, others, false)]
  for (let round = 0; round < rounds; round++) {
    const sample = vectors[Math.floor(next() * vectors.length)] as Sample
    const { mutate, below } = mutators[sample.order === 'little' ? 0 : 1] as (typeof mutators)[0]
    let frame = mutate(sample.frame)
    if (below(4) === 0) frame = frame.subarray(0, below(frame.length + 1))
    const protocol = below(20) === 0 ? below(32) : sample.protocol
    const order = below(20) === 0 ? 'big' : sample.order
    const linkHeader = below(20) === 0 ? 1 + below(2) : 0
    const mutated = { frame, protocol, order: order as Order }
    try {
      const count = check(sink, mutated, below(3) === 0, linkHeader)
      if (round % 100 !== 0) continue
      for (let index = 0; index < count; index++) {
        const node = sink.node(index)
        statuses.add(node.status)
        kinds.add(node.kind)
      }
    } catch (error) {
      const hex = Buffer.from(frame).toString('hex')
      throw new Error(`round ${round}: ${(error as Error).message}: ${protocol} ${order} ${hex}`)
    }
  }
  const clean = sink.u8.subarray(REPEATS, SCOPES)
  assert.ok(
    clean.every((byte) => byte === 0),
    'the counters of repeats are zero between calls',
  )
  assert.is(kinds.size, 12, [...kinds].join())
  assert.is(statuses.size, 8, [...statuses].join())
})

test('random bytes', () => {
  const next = random(seed + 1)
  for (let round = 0; round < rounds / 20; round++) {
    // Small bytes make more lengths that fit.
    const most = next() < 0.5 ? 8 : 256
    const length = Math.floor(next() * 400)
    const frame = Uint8Array.from({ length }, () => (next() < 0.4 ? 0 : Math.floor(next() * most)))
    const protocol = [0, GENERIC, TOY, 12, 4][Math.floor(next() * 5)] as number
    check(sink, { frame, protocol, order: next() < 0.5 ? 'little' : 'big' }, next() < 0.5)
  }
})

test('what lies behind the frame, and what was decoded before, make no difference', () => {
  const other = openSink(all, toyPart(), genericPart())
  other.learn(TOY_GENERIC_ID, 'gadget')
  const next = random(seed + 2)
  const { mutate } = mutator(next, [Uint8Array.of(1)])
  for (let round = 0; round < 2000; round++) {
    const sample = vectors[Math.floor(next() * vectors.length)] as Sample
    const mutated = { ...sample, frame: mutate(sample.frame) }
    const snapped = next() < 0.5
    const results = [sink, other].map((one, index) => {
      one.u8.fill(index * 255, RX_WINDOW + FRAME_HEADER_BYTES, RX_WINDOW + 4096)
      const count = check(one, mutated, snapped)
      return Buffer.from(one.u8.subarray(one.table, one.table + count * NODE_BYTES))
    })
    assert.ok(results[0]?.equals(results[1] as Buffer), `round ${round}`)
  }
})

test('time is linear: the worst frames that fit take no longer than honest ones', () => {
  const { attr, message } = bytes()
  const room = RX_WINDOW_BYTES - FRAME_HEADER_BYTES - 32
  const repeat = (one: Uint8Array, most: number) =>
    join(...Array.from({ length: Math.floor(most / one.length) }, () => one))
  const nested = (depth: number, core: Uint8Array): Uint8Array =>
    depth === 0 ? core : attr(A.self, nested(depth - 1, core))
  const worst: [string, Uint8Array][] = [
    ['sub-messages without a selector', message(OP.bare, 0, repeat(attr(A.byKind), room))],
    ['sub-messages in nests', message(OP.bare, 0, repeat(attr(A.nest, attr(3, [1])), room))],
    ['repeats of one', message(OP.bare, 0, repeat(attr(A.u8, [1]), room))],
    ['unknown nests in nests', message(OP.bare, 0, repeat(deep(attr, 30, 600), room))],
    ['deep nests', message(OP.bare, 0, repeat(nested(28, repeat(attr(A.u8), 4000)), room))],
    ['unknown messages', repeat(message(999, 0), room)],
    ['zeros', new Uint8Array(room)],
  ]
  for (const [what, frame] of worst) {
    const started = performance.now()
    sink.run(frame, { protocol: TOY })
    const milliseconds = performance.now() - started
    check(sink, { frame, protocol: TOY, order: 'little' }, false)
    assert.ok(milliseconds < 250, `${what}: ${milliseconds} ms for ${frame.length} bytes`)
  }
})

function deep(
  attr: (type: number, payload: Uint8Array) => Uint8Array,
  depth: number,
  length: number,
): Uint8Array {
  let one: Uint8Array = new Uint8Array(length)
  for (let level = 0; level < depth; level++) one = attr(0x8000 | 900, one)
  return one
}

test.run()
