// Frames that end at the rx window's last byte, or up to 64 bytes before it, with every kind of last attribute, whole
// and cut. Each sink must answer as it does at the window's start, and write nothing outside of its own regions.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import * as recordLayout from '../../assembly/record-layout.ts'
import * as layout from '../../assembly/tree-layout.ts'
import { checkCanaries, plantCanaries, REGIONS } from '../support/memory-map.ts'
import type { Order } from '../support/netlink-bytes.ts'
import { brief, type Records, recordsOf } from '../support/records.ts'
import { endings, openSamplesSink, type Sample, samples } from '../support/samples.ts'
import type { Sink } from '../support/tree.ts'

const { FRAME_HEADER_BYTES, MARKS, RX_WINDOW, RX_WINDOW_BYTES } = contract
const ORIGIN = RX_WINDOW + FRAME_HEADER_BYTES
const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES
/** How far before the window's end a whole message ends, at the most, and how much of one is cut off. */
const BACK = 64
/** Bytes of the message in front, where that is at the window's start. */
const NEAR = 64
/** Its type, which is nobody's. */
const FILLER = 999

const orders: Order[] = ['little', 'big']
const messages = orders.flatMap((order) => [
  ...endings(order),
  ...samples(order).map((sample, n) => ({ ...sample, what: `sample ${n}, ${order}-endian` })),
])

/** Throws if a region that is not `written` has changed, or the slack between regions. */
function checkMemory(u8: Uint8Array, before: Buffer, written: readonly string[]): void {
  checkCanaries(u8)
  for (const { name, start, end } of REGIONS) {
    if (written.includes(name)) continue
    assert.is(before.compare(u8, start, end, start, end), 0, `the ${name} have changed`)
  }
}

interface Placed {
  sample: Sample & { what: string }
  /** How much of the message is there. */
  stored: number
  /** Bytes in front of it. */
  filler: number
}

/** Every message whole, at each place near the window's end where it can lie, and cut at each of its last bytes. */
function* placements(): Generator<Placed> {
  for (const sample of messages) {
    const { length } = sample.frame
    for (let cut = 0; cut <= Math.min(length, BACK); cut++) {
      const stored = length - cut
      const last = (CAPACITY - stored) & ~3
      const step = sample.protocol === 0 ? 4 : 16
      for (let back = 0; back < (cut === 0 ? BACK : 4); back += step) {
        yield { sample, stored, filler: last - back }
      }
    }
  }
}

const name = ({ sample, stored, filler }: Placed): string =>
  `${sample.what}, ${stored} bytes of it, behind ${filler}`

/** Writes the filler's nlmsghdr; only the first bytes of its body are looked at, and are zero. */
function fill({ u8, view }: Memory, at: number, length: number, order: Order): void {
  u8.fill(0, at, at + NEAR)
  view.setUint32(at, length, order === 'little')
  view.setUint16(at + 4, FILLER, order === 'little')
}

interface Memory {
  u8: Uint8Array
  view: DataView
}

/** Lays filler and message into one datagram; returns the end. */
function inOneDatagram(memory: Memory, { sample, stored, filler }: Placed, more: number): number {
  const { u8, view } = memory
  u8.fill(0, RX_WINDOW, ORIGIN)
  view.setUint32(RX_WINDOW, filler + stored + more, true)
  fill(memory, ORIGIN, filler, sample.order)
  u8.set(sample.frame.subarray(0, stored), ORIGIN + filler)
  return ORIGIN + filler + stored
}

/** Lays the message into a datagram of its own, behind that of the filler. Frames start at multiples of 16. */
function inTwoDatagrams(memory: Memory, { sample, stored, filler }: Placed, more: number): number {
  const { u8, view } = memory
  const first = filler === NEAR ? filler : (filler - FRAME_HEADER_BYTES) & ~15
  u8.fill(0, RX_WINDOW, ORIGIN)
  view.setUint32(RX_WINDOW, first, true)
  fill(memory, ORIGIN, first, sample.order)
  const frame = ORIGIN + first
  u8.fill(0, frame, frame + FRAME_HEADER_BYTES)
  view.setUint32(frame, stored + more, true)
  u8.set(sample.frame.subarray(0, stored), frame + FRAME_HEADER_BYTES)
  return frame + FRAME_HEADER_BYTES + stored
}

/** Rewrites places in nodes or records, `stride` bytes each, as if only `NEAR` bytes were in front. */
function moved(found: Buffer, stride: number, fields: readonly number[], filler: number): Buffer {
  for (let at = 0; at < found.length; at += stride) {
    for (const field of fields) {
      const offset = found.readUInt32LE(at + field)
      if (offset >= filler) found.writeUInt32LE(offset - filler + NEAR, at + field)
    }
  }
  return found
}

const NODE_PLACES = [layout.NODE_START, layout.NODE_VALUE, layout.NODE_VALUE_END, layout.NODE_END]

function nodes(sink: Sink, { sample, stored, filler }: Placed, mode: number): Buffer {
  const big = sample.order === 'big' ? contract.MODE_BIG_ENDIAN : 0
  const at = sink.exports.tree(filler + stored, sample.protocol, 0, big | mode)
  const count = sink.view.getUint32(at + layout.NODE_NEXT, true)
  const found = Buffer.from(sink.u8.slice(at, at + count * layout.NODE_BYTES).buffer)
  return moved(found, layout.NODE_BYTES, NODE_PLACES, filler)
}

test('trees: the same nodes, and no mark where there is no byte', () => {
  const [far, near] = [openSamplesSink(), openSamplesSink()]
  plantCanaries(far.u8)
  const before = Buffer.from(far.u8)
  let compared = 0
  for (const placed of placements()) {
    const end = inOneDatagram(far, placed, 0)
    const nearby = { ...placed, filler: NEAR }
    inOneDatagram(near, nearby, 0)
    const behind = far.u8.subarray(end + MARKS - RX_WINDOW, MARKS + RX_WINDOW_BYTES).fill(0)
    for (const mode of [0, layout.MODE_SNAPPED]) {
      const expected = nodes(near, nearby, mode | contract.MODE_WALK)
      for (const way of [0, 0, contract.MODE_WALK]) {
        if (!nodes(far, placed, mode | way).equals(expected)) assert.unreachable(name(placed))
        compared++
      }
    }
    if (behind.some((mark) => mark !== 0)) assert.unreachable(`${name(placed)}: marked too much`)
  }
  const written = ['rx window', 'repeats', 'scopes', 'operations', 'nodes', 'marks']
  checkMemory(far.u8, before, [...written, 'memo heads', 'memos'])
  const repeats = far.u8.subarray(layout.REPEATS, layout.REPEATS + 2 * contract.NLA_TYPE_MASK)
  assert.ok(repeats.every((count) => count === 0))
  assert.ok(compared > 500_000, `${compared} trees`)
})

/** Fields of a record that are places in the datagram, or lengths up to its end. */
const RECORD_PLACES = [
  ...[contract.RECORD_OFFSET, contract.RECORD_ERROR_OFFSET],
  ...[contract.RECORD_ERROR_EXPECTED, contract.RECORD_ERROR_GOT],
  ...[recordLayout.LINK_IFNAME, recordLayout.LINK_ADDRESS, recordLayout.LINK_BROADCAST],
  ...[recordLayout.LINK_PERM_ADDRESS, recordLayout.LINK_KIND, recordLayout.LINK_ALTNAMES],
]

/** The records of the window, without that of the filler. */
function records(sink: Records, end: number, filler: number, mode: number): Buffer {
  let found = sink.run(end, mode)
  const first = found.length > 0 ? found.readUInt16LE(contract.RECORD_TYPE) : 0
  if (first === FILLER) found = found.subarray(recordLayout.RECORD_BYTES)
  moved(found, recordLayout.RECORD_BYTES, RECORD_PLACES, filler)
  for (let at = 0; at < found.length; at += recordLayout.RECORD_BYTES) {
    found.writeUInt32LE(0, at + contract.RECORD_FRAME)
    // The number of a name's slot depends on earlier names.
    const isLink = found.readUInt16LE(at + contract.RECORD_KIND) === recordLayout.KIND_LINK
    if (isLink) found.writeUInt32LE(0, at + recordLayout.LINK_IFNAME_SLOT)
  }
  return mode & contract.MODE_BRIEF ? brief(found) : found
}

const { FILTER_BY_NAME, FILTER_BY_OPERSTATE, FILTER_NAMED, MODE_BRIEF, MODE_NAMES } = contract
/** Filter flags, and how begin() reads. */
const WAYS: [flags: number, mode: number][] = [
  [0, 0],
  [0, contract.MODE_WALK],
  [0, contract.MODE_STREAM],
  [0, MODE_BRIEF | MODE_NAMES],
  [FILTER_BY_NAME, MODE_NAMES],
  [FILTER_BY_OPERSTATE | FILTER_NAMED, MODE_BRIEF],
  [63, 0],
]

test('records: the same fields and faults, by every filter and in every mode', () => {
  const [far, near] = [recordsOf(openSamplesSink().exports), recordsOf(openSamplesSink().exports)]
  plantCanaries(far.u8)
  const before = Buffer.from(far.u8)
  let compared = 0
  let turn = 0
  for (const placed of placements()) {
    // Records do not look into other messages: a tenth of those will do.
    if (placed.sample.protocol !== 0 && ++turn % 10 !== 0) continue
    const nearby = { ...placed, filler: NEAR }
    const big = placed.sample.order === 'big' ? contract.MODE_BIG_ENDIAN : 0
    for (const lay of [inOneDatagram, inTwoDatagrams]) {
      // A datagram that is whole, and one that was longer than what was stored.
      for (const more of [0, 100]) {
        const end = lay(far, placed, more)
        const nearEnd = lay(near, nearby, more)
        for (const [flags, mode] of WAYS) {
          far.setFilter(flags, 2)
          near.setFilter(flags, 2)
          const expected = records(near, nearEnd, NEAR, mode | big).toString('hex')
          const found = records(far, end, placed.filler, mode | big).toString('hex')
          assert.is(found, expected, `${name(placed)}, filter ${flags}, mode ${mode}`)
          compared++
        }
      }
    }
  }
  checkMemory(far.u8, before, [
    'filter',
    'learned headers',
    'records',
    'names',
    'rx window',
    'layouts',
  ])
  assert.ok(compared > 500_000, `${compared} windows`)
})

test.run()
