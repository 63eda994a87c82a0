// Fuzzes link records: windows of damaged datagrams, decoded with the layouts of earlier messages and without.
// Throws if the two differ, if a place lies outside of its datagram, or if a canary is dead.

import * as contract from '../../assembly/contract.ts'
import * as layout from '../../assembly/record-layout.ts'
import { faultError } from '../../src/message/faults.ts'
import { checkCanaries, plantCanaries } from '../support/memory-map.ts'
import { recordsOf } from '../support/records.ts'
import { newExports } from '../support/tree.ts'
import type { Inputs } from './inputs.ts'
import type { Lot } from './lot.ts'
import { count, type Tally } from './tally.ts'

const { FRAME_ALIGN, FRAME_HEADER_BYTES, FRAME_PORTID, RX_WINDOW, RX_WINDOW_BYTES } = contract
const { RECORD_ERROR, RECORD_ERROR_OFFSET, RECORD_FRAME, RECORD_OFFSET } = contract
const { RECORD_BYTES } = layout
const WINDOW_END = RX_WINDOW + RX_WINDOW_BYTES
const WINDOWS = 32
/** Cases made of each datagram of a window: as laid there, and damaged in place. */
const SCRATCHES = 16
const FILLER = 99

/** ERR_NETLINK_… by the module's own code. */
const CODES: Record<number, string> = Object.fromEntries(
  Array.from({ length: contract.ERROR_FOREIGN_SENDER }, (_, n) => [
    n + 1,
    faultError({ code: n + 1, offset: 0, expected: 0, got: 0 }).code,
  ]),
)

export function fuzzRecords(lot: Lot, { links, bigLinks }: Inputs, tally: Tally): void {
  const sink = recordsOf(newExports())
  const { u8, view } = sink
  plantCanaries(u8)
  for (let window = 0; window < WINDOWS; window++) {
    const order = lot.chance(0.9) ? 'little' : 'big'
    const inputs = order === 'little' ? links : bigLinks
    // Undamaged messages teach layouts; damaged ones are then compared with those.
    const datagrams = Array.from({ length: 1 + lot.below(40) }, () => {
      const input = lot.pick(inputs)
      const datagram = lot.chance(0.5) ? input : lot.mutate(input, order)
      return lot.chance(0.1) ? Buffer.concat([datagram, lot.pick(inputs)]) : datagram
    })
    const isAtEnd = lot.chance(0.3)
    const from = isAtEnd ? fillFront(sink, datagrams) : RX_WINDOW
    let end = sink.fill(datagrams, from)
    const frames = framesBetween(view, from, end)
    const last = frames.at(-1) as Frame
    if (isAtEnd) {
      end = WINDOW_END
      last.length = end - last.at
      // The rest of a longer one has not been stored.
      view.setUint32(last.at - FRAME_HEADER_BYTES, last.length + lot.pick([0, 0, 1, 100]), true)
    } else if (lot.chance(0.1)) {
      end = Math.max(from, end - lot.below(600))
    }
    if (lot.chance(0.1))
      view.setUint32(lot.pick(frames).at - FRAME_HEADER_BYTES + FRAME_PORTID, 7, true)
    sink.setFilter(lot.chance(0.3) ? lot.below(64) : 0, lot.below(8))
    const isBig = lot.chance(0.02) ? order === 'little' : order === 'big'
    const mode =
      (isBig ? contract.MODE_BIG_ENDIAN : 0) | (lot.chance(0.1) ? contract.MODE_STREAM : 0)
    const original = u8.slice(from, WINDOW_END)
    for (let scratch = 0; scratch < SCRATCHES; scratch++) {
      if (scratch > 0) {
        u8.set(original.subarray(0, end - from), from)
        for (const { at, length } of frames) lot.scratch(u8, at, length)
      }
      check(sink.compare(end, mode, scratch % 4 === 0), view, end, tally)
    }
    count(tally.cases, 'records', frames.length * SCRATCHES)
    // Only the last frame reaches the window's end.
    if (isAtEnd) count(tally.atWindowEnd, 'records', SCRATCHES)
    checkCanaries(u8)
  }
}

interface Frame {
  /** Of its datagram. */
  at: number
  length: number
}

function framesBetween(view: DataView, from: number, end: number): Frame[] {
  const frames: Frame[] = []
  for (let at = from; at < end; ) {
    const length = view.getUint32(at, true)
    frames.push({ at: at + FRAME_HEADER_BYTES, length })
    at = (at + FRAME_HEADER_BYTES + length + FRAME_ALIGN - 1) & -FRAME_ALIGN
  }
  return frames
}

/** One message of an unknown type in front, so that the datagrams end with the window; returns where they start. */
function fillFront(
  { u8, view }: { u8: Uint8Array; view: DataView },
  datagrams: Uint8Array[],
): number {
  let room = 0
  for (const { length } of datagrams) {
    room = (room + FRAME_HEADER_BYTES + length + FRAME_ALIGN - 1) & -FRAME_ALIGN
  }
  const from = WINDOW_END - room
  const length = from - RX_WINDOW - FRAME_HEADER_BYTES
  u8.fill(0, RX_WINDOW, RX_WINDOW + FRAME_HEADER_BYTES + 64)
  view.setUint32(RX_WINDOW, length, true)
  view.setUint32(RX_WINDOW + FRAME_HEADER_BYTES, length, true)
  view.setUint16(RX_WINDOW + FRAME_HEADER_BYTES + 4, FILLER, true)
  return from
}

/** By kind: where the spans of an object's record lie. */
const SPANS: Record<number, [from: number, to: number]> = {
  [layout.KIND_LINK]: [layout.LINK_SPANS, layout.LINK_RECORD_BYTES],
  [layout.KIND_ADDRESS]: [layout.ADDRESS_SPANS, layout.ADDRESS_RECORD_BYTES],
  [layout.KIND_ROUTE]: [layout.ROUTE_SPANS, layout.ROUTE_RECORD_BYTES],
  [layout.KIND_NEIGHBOUR]: [layout.NEIGHBOUR_SPANS, layout.NEIGHBOUR_RECORD_BYTES],
  [layout.KIND_RULE]: [layout.RULE_SPANS, layout.RULE_RECORD_BYTES],
}

/** Every place of a record is within what is stored of its datagram. */
function check(records: Buffer, view: DataView, end: number, tally: Tally): void {
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const frame = records.readUInt32LE(at + RECORD_FRAME)
    const base = frame + FRAME_HEADER_BYTES
    if (frame < RX_WINDOW || base > end) throw new Error(`a record of a frame at ${frame}`)
    const length = Math.min(view.getUint32(frame, true), end - base)
    const offset = records.readUInt32LE(at + RECORD_OFFSET)
    const code = records.readUInt16LE(at + RECORD_ERROR)
    const place = code === 0 ? offset + records.readUInt32LE(at + contract.RECORD_LEN) : offset
    if (place > length) throw new Error(`a record at ${place} of ${length} bytes`)
    if (code !== 0) {
      const name = CODES[code]
      const fault = records.readUInt32LE(at + RECORD_ERROR_OFFSET)
      if (name === undefined) throw new Error(`an error of code ${code}`)
      if (fault > length) throw new Error(`${name} at ${fault} of ${length} bytes`)
      count(tally.refusals, name)
    } else {
      const [first, behind] = SPANS[records.readUInt16LE(at + contract.RECORD_KIND)] ?? [0, 0]
      for (let span = first; span < behind; span += 8) {
        const to = records.readUInt32LE(at + span) + records.readUInt32LE(at + span + 4)
        if (to > place) throw new Error(`a value up to ${to} of a message up to ${place}`)
      }
    }
  }
}
