// Watches every load and store of the module: nothing may be written outside of the output regions, and nothing read
// further behind a frame or a region than the slack there. Counts them too, as a measure of work.

import { newAddress } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import { corpus } from '../support/corpus.ts'
import { REGIONS, type Region } from '../support/memory-map.ts'
import { mutator } from '../support/mutate.ts'
import { bytes } from '../support/netlink-bytes.ts'
import { random } from '../support/random.ts'
import { recordsOf } from '../support/records.ts'
import { endings, openSamplesSink, type Sample, samples } from '../support/samples.ts'
import { A, OP, TOY } from '../support/toy-schema.ts'
import type { Exports } from '../support/tree.ts'
import { watchedImports, watchedModule } from '../support/watched-module.ts'

const { FRAME_HEADER_BYTES, MARKS, RX_WINDOW, RX_WINDOW_BYTES } = contract
const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES
const WINDOW_END = RX_WINDOW + RX_WINDOW_BYTES

/** Where the frame that is being decoded ends; behind it, the window and the marks belong to nobody. */
let frameEnd = WINDOW_END
/** The most bytes that were read behind the end of each region, or of the frame. */
const overRead: Record<string, number> = {}
const written = new Set<string>()
let accesses = 0

function regionOf(at: number): Region {
  for (const region of REGIONS) if (at < region.end && at >= region.start) return region
  throw new Error(`expected an access within a region, got one at 0x${at.toString(16)}`)
}

function endOf({ name, end }: Region): number {
  if (name === 'rx window') return frameEnd
  return name === 'marks' ? frameEnd + MARKS - RX_WINDOW : end
}

const watch = {
  load_ptr(_: number, bytes: number, offset: number, address: number): number {
    accesses++
    const at = (address >>> 0) + offset
    const region = regionOf(at)
    const over = at + bytes - endOf(region)
    if (over >= bytes) throw new Error(`expected a read within the ${region.name}, got one behind`)
    if (over > 0) overRead[region.name] = Math.max(overRead[region.name] ?? 0, over)
    return address
  },
  store_ptr(_: number, bytes: number, offset: number, address: number): number {
    accesses++
    const at = (address >>> 0) + offset
    const region = regionOf(at)
    if (at + bytes > endOf(region)) throw new Error(`expected no write behind the ${region.name}`)
    written.add(region.name)
    return address
  },
}

const imports = watchedImports(watch.load_ptr, watch.store_ptr)
const exports = new WebAssembly.Instance(watchedModule(), imports).exports as unknown as Exports
const sink = openSamplesSink(exports)
const records = recordsOf(exports)

/** A message of an unknown type, to lie in front of one that ends with the window. */
function filler(length: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, length, little)
  bytes[little ? 4 : 5] = 99
  return bytes
}

/** Decodes a frame by both sinks, in every mode. */
function decode({ frame, protocol, order }: Sample): void {
  const end = RX_WINDOW + FRAME_HEADER_BYTES + frame.length
  frameEnd = end
  for (const walk of [false, false, true]) {
    for (const snapped of [false, true])
      sink.run(frame, { protocol, byteOrder: order, walk, snapped })
  }
  records.fill([frame])
  const { MODE_BRIEF, MODE_NAMES, MODE_STREAM, MODE_WALK } = contract
  const big = order === 'big' ? contract.MODE_BIG_ENDIAN : 0
  for (const flags of [0, contract.FILTER_BY_NAME, 63]) {
    records.setFilter(flags, 2)
    for (const mode of [0, 0, MODE_WALK, MODE_STREAM, MODE_BRIEF, MODE_NAMES])
      records.run(end, mode | big)
  }
}

/** At the start of the window, and at its end, whole and cut. */
function decodeEverywhere(sample: Sample, cuts: readonly number[]): void {
  decode(sample)
  for (const cut of cuts) {
    const stored = sample.frame.subarray(0, Math.max(sample.frame.length - cut, 0))
    const room = (CAPACITY - stored.length) & ~3
    const frame = Buffer.concat([filler(room, sample.order === 'little'), stored])
    decode({ ...sample, frame })
  }
}

const frames: Sample[] = [
  ...(['little', 'big'] as const).flatMap((order) => [
    ...endings(order),
    ...samples(order),
    // Nothing lies behind its header of eight bytes.
    { frame: newAddress({}, { byteOrder: order }), protocol: 0, order },
  ]),
  ...corpus().map((frame): Sample => ({ frame, protocol: 0, order: 'little' })),
]

test('every kind of last attribute, and messages of all types', () => {
  for (const sample of frames) decodeEverywhere(sample, [0, 1, 3])
})

test('random damage to them', () => {
  const next = random(11)
  const others = frames.map(({ frame }) => frame)
  const mutators = { little: mutator(next, others), big: mutator(next, others, false) }
  for (let n = 0; n < 2000; n++) {
    const sample = frames[Math.floor(next() * frames.length)] as Sample
    const frame = mutators[sample.order].mutate(sample.frame)
    decodeEverywhere({ ...sample, frame }, [Math.floor(next() * 8)])
  }
})

/** Frames of about `size` bytes that would take long if anything were looked at again and again. */
function worst(size: number): [what: string, frame: Uint8Array][] {
  const { attr, message } = bytes()
  const repeat = (one: Uint8Array, most: number) =>
    Buffer.concat(Array.from({ length: Math.floor(most / one.length) }, () => one))
  const nested = (type: number, depth: number, core: Uint8Array): Uint8Array =>
    depth === 0 ? core : attr(type, nested(type, depth - 1, core))
  const unknown = nested(0x8000 | 900, 30, new Uint8Array(600))
  const bare = (body: Uint8Array) => message(OP.bare, 0, body)
  return [
    ['sub-messages without a selector', bare(repeat(attr(A.byKind), size))],
    ['sub-messages in nests', bare(repeat(attr(A.nest, attr(3, [1])), size))],
    ['repeats of one attribute', bare(repeat(attr(A.u8, [1]), size))],
    ['unknown nests in nests', bare(repeat(unknown, size))],
    ['deep nests', bare(repeat(nested(A.self, 28, repeat(attr(A.u8), 4000)), size))],
    ['unknown messages', repeat(message(999, 0), size)],
    ['zeros', new Uint8Array(size)],
  ]
}

test('accesses grow with the number of bytes, however these are arranged', () => {
  const perByte = (frame: Uint8Array): number => {
    frameEnd = RX_WINDOW + FRAME_HEADER_BYTES + frame.length
    accesses = 0
    sink.run(frame, { protocol: TOY, walk: true })
    return accesses / frame.length
  }
  // The table holds the nodes of the second size, and is full at the third.
  const [few, more, most] = [10_000, 40_000, CAPACITY - 32].map((size) =>
    worst(size).map(([, frame]) => perByte(frame)),
  )
  for (const [n, [what]] of worst(0).entries()) {
    const limit = (few?.[n] as number) * 1.1
    for (const found of [more?.[n], most?.[n]]) {
      assert.ok((found as number) < limit, `${what}: ${found} accesses a byte, limit ${limit}`)
    }
  }
})

test('reads end within the slack, writes within the output regions', () => {
  for (const [name, bytes] of Object.entries(overRead)) {
    assert.ok(bytes < contract.SLACK, `${bytes} bytes read behind the ${name}`)
  }
  // A read of eight bytes may begin at the last byte.
  assert.is(overRead['rx window'], 7)
  // The family ids are an input too, which schema() clears.
  const inputs = ['static data', 'filter', 'rx window', 'schema']
  const outputs = REGIONS.map(({ name }) => name).filter((name) => !inputs.includes(name))
  // Only attribute() writes there, which a host calls.
  assert.equal([...written, 'scratch'].sort(), outputs.sort())
})

test.run()
