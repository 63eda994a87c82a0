// Layout prediction: the kernel sends the same attributes at the same places again and again.
// In: a link message, and the layouts of earlier ones. Out: a record, as the walk would have made it, or
// "no". Exact: every header that the walk would have read is compared, with loads that wait for nothing.
//
// A walk is a chain of loads, each of which waits for the length that the one before has brought. Where
// every header word is what it was in an earlier message of the same length, all the walk's decisions are
// the same too, and only values are left to read.
//
// A layout has, of a message's attribute headers, first the runs: four, each eight bytes behind the one before, as
// attributes of up to four bytes lie: their offsets need no load of their own.
//
//   layout   0 key            nlmsg_len, and the first attribute's header
//            8 runsEnd        u16, as are these two; offsets in the layout
//           10 singlesEnd     12 valuesEnd
//           16 operstate      offset in the message, 0 for none
//           20 ifname         the same, of the name
//           24 present        of the record
//           32 headers        runs: four words, offset of the first in the message u64
//                             singles: word, offset in the message; four at a time, the last one repeats
//          408 values         u32 each: field | offset << 8
//          472 spans          offset in the message and length, of the record's, from address on
//          512

import {
  FILTER_BY_TYPE,
  FILTER_FLAGS,
  FILTER_LINKS,
  FILTER_TYPES,
  FRAME_HEADER_BYTES,
  IFINFOMSG_SIZE,
  KIND_LINK,
  LAYOUT_BYTES,
  LAYOUT_HEADERS,
  LAYOUT_IFNAME,
  LAYOUT_OPERSTATE,
  LAYOUT_PRESENT,
  LAYOUT_RUNS_END,
  LAYOUT_SINGLES_END,
  LAYOUT_SPANS,
  LAYOUT_VALUES,
  LAYOUT_VALUES_END,
  LAYOUT_WAYS,
  LAYOUTS,
  LAYOUTS_MAX,
  MODE_BIG_ENDIAN,
  MODE_BRIEF,
  MODE_NAMES,
  MODE_WALK,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  NOTES,
  NOTES_MAX,
  RECORD_ADDRESS,
  RECORD_BYTES,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
  RECORD_MTU,
  RECORD_OFFSET,
  RECORD_OPERSTATE,
  RECORD_PRESENT,
  RTM_NEWLINK,
} from './contract'
import { wants, wantsAttributes } from './link-filter'
import { stringLength } from './link-sink'
import { numberNames } from './name-slots'
import { copyHeaders } from './record-fields'

const PREFIX: usize = NLMSGHDR_SIZE + IFINFOMSG_SIZE
const RUN_BYTES: u32 = 24

/** Headers compared; counted where specs run alone. */
export let compared: u32 = 0

let isOn: bool = false
let isBrief: bool = false
export let isNaming: bool = false
/** The layout being learned, 0 for none; where its next header is noted, and its next value goes. */
let learning: usize = 0
let note: usize = 0
let value: usize = 0
/** The message that it is learned from, and its key. */
let message: usize = 0
let messageKey: u64 = 0
/** Which of the layouts that share a place goes next. */
let turn: u32 = 0

/** Whether layouts may be used; they are learned from little-endian messages alone. */
export function setPrediction(mode: i32): void {
  isOn = (mode & (MODE_WALK | MODE_BIG_ENDIAN)) === 0
  isBrief = (mode & MODE_BRIEF) !== 0
  isNaming = (mode & MODE_NAMES) !== 0
}

/**
 * Makes the record of the message of `length` bytes at `at`, where it has a layout: 1, or -1 when the filter drops
 * it. 0 where it has none: it has to be walked, and its layout is learned meanwhile.
 */
export function predict(record: usize, frame: usize, at: usize, length: u32): i32 {
  learning = 0
  const type: u32 = load<u16>(at, 4)
  const shortest = <u32>PREFIX + NLA_HDRLEN
  if (type - RTM_NEWLINK > 3 || length - shortest > 0xffff - shortest || !isOn) return 0
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_BY_TYPE && !((load<u32>(FILTER_TYPES) >> (type - RTM_NEWLINK)) & 1)) return -1
  if (flags & FILTER_LINKS && !wants(at, type, length)) return -1
  const key = ((<u64>length) << 32) | load<u32>(at + PREFIX)
  const hash = ((<u32>key ^ <u32>(key >> 26)) * 0x9e3779b1) >> 16
  const first: usize = LAYOUTS + ((hash * (LAYOUTS_MAX - LAYOUT_WAYS + 1)) >> 16) * LAYOUT_BYTES
  for (let layout = first; layout < first + LAYOUT_WAYS * LAYOUT_BYTES; layout += LAYOUT_BYTES) {
    if (load<u64>(layout) !== key || !fits(layout, at)) continue
    const nameAt = load<u32>(layout, LAYOUT_IFNAME)
    const nameLength = nameAt === 0 ? 0 : lengthOf(at + nameAt)
    const stateAt = load<u32>(layout, LAYOUT_OPERSTATE)
    const state: u32 = stateAt === 0 ? 0 : load<u8>(at + stateAt)
    const isRuledOut =
      flags !== 0 && !wantsAttributes(at + nameAt, nameLength, stateAt !== 0, state)
    if (isRuledOut) return -1
    const offset = <u32>(at - frame - FRAME_HEADER_BYTES)
    store<u32>(record, <u32>frame, RECORD_FRAME)
    store<u32>(record, offset, RECORD_OFFSET)
    copyHeaders(record, at)
    store<u32>(record, KIND_LINK, RECORD_KIND)
    store<u32>(record, state, RECORD_OPERSTATE)
    store<u64>(record, load<u64>(layout, LAYOUT_PRESENT), RECORD_PRESENT)
    store<u32>(record, nameAt === 0 ? 0 : offset + nameAt, RECORD_IFNAME)
    store<u32>(record, nameLength, RECORD_IFNAME + 4)
    if (!isBrief) complete(layout, record, at)
    if (isNaming) numberNames(record, !isBrief)
    return 1
  }
  learn(first, key, at)
  return 0
}

/** Every attribute header behind the first is what it was. */
function fits(layout: usize, at: usize): bool {
  let header = layout + LAYOUT_HEADERS
  let end = layout + load<u16>(layout, LAYOUT_RUNS_END)
  // Two by two: loads are what the time goes to.
  let more: u64 = 0
  for (; header < end; header += RUN_BYTES) {
    if (ASC_OPTIMIZE_LEVEL === 0) compared += 4
    const here = at + load<u32>(header, 16)
    more |=
      ((load<u32>(here) | ((<u64>load<u32>(here, 8)) << 32)) ^ load<u64>(header)) |
      ((load<u32>(here, 16) | ((<u64>load<u32>(here, 24)) << 32)) ^ load<u64>(header, 8))
  }
  let differences = <u32>more | <u32>(more >> 32)
  end = layout + load<u16>(layout, LAYOUT_SINGLES_END)
  for (; header < end; header += 32) {
    if (ASC_OPTIMIZE_LEVEL === 0) compared += 4
    differences |=
      difference(at, load<u64>(header)) |
      difference(at, load<u64>(header, 8)) |
      difference(at, load<u64>(header, 16)) |
      difference(at, load<u64>(header, 24))
  }
  return differences === 0
}

/** What the walk is about to read of the message at `at` becomes one of the layouts at `first`. */
function learn(first: usize, key: u64, at: usize): void {
  turn = (turn + LAYOUT_BYTES) & ((LAYOUT_WAYS - 1) * LAYOUT_BYTES)
  learning = first + turn
  for (let layout = first + LAYOUT_WAYS * LAYOUT_BYTES; layout > first; ) {
    layout -= LAYOUT_BYTES
    if (load<u64>(layout) === 0) learning = layout
  }
  store<u64>(learning, 0)
  store<u32>(learning, 0, LAYOUT_OPERSTATE)
  note = NOTES
  value = learning + LAYOUT_VALUES
  message = at
  messageKey = key
}

/** All the rest: zeros, spans and values. */
function complete(layout: usize, record: usize, at: usize): void {
  store<u64>(record, 0, RECORD_ERROR_OFFSET)
  store<u64>(record, 0, RECORD_ERROR_GOT)
  for (let at: usize = RECORD_MTU; at < <usize>RECORD_IFNAME; at += 8) store<u64>(record + at, 0)
  const offset = load<u32>(record, RECORD_OFFSET)
  for (let n: usize = 0; n < <usize>(RECORD_BYTES - RECORD_ADDRESS); n += 8) {
    const from = load<u32>(layout + n, LAYOUT_SPANS)
    store<u32>(record + n, from === 0 ? 0 : offset + from, RECORD_ADDRESS)
    store<u32>(record + n, load<u32>(layout + n, LAYOUT_SPANS + 4), RECORD_ADDRESS + 4)
  }
  const kind = load<u32>(layout, LAYOUT_SPANS + RECORD_INFO_KIND - RECORD_ADDRESS)
  if (kind !== 0) store<u32>(record, lengthOf(at + kind), RECORD_INFO_KIND + 4)
  const end = layout + load<u16>(layout, LAYOUT_VALUES_END)
  for (let value = layout + LAYOUT_VALUES; value < end; value += 4) {
    const word = load<u32>(value)
    const field = word & 0xff
    if (field < <u32>RECORD_MTU) store<u8>(record + field, load<u8>(at + (word >> 8)))
    else store<u32>(record + field, load<u32>(at + (word >> 8)))
  }
}

/** The length of the name at `at` is no header's: it ends at a NUL. */
function lengthOf(at: usize): u32 {
  return stringLength(at, load<u16>(at - NLA_HDRLEN) - NLA_HDRLEN)
}

/** The walk has read the attribute header at `at`. The first is in the key. */
export function noteHeader(at: usize): void {
  if (learning === 0 || at === message + PREFIX) return
  store<u32>(note, load<u32>(at))
  store<u32>(note, <u32>(at - message), 4)
  note += 8
  // Up to three more make them a multiple of four.
  if (note > <usize>(NOTES + (NOTES_MAX - 4) * 8)) learning = 0
}

/** The walk has put the value at `at` into a field. */
export function noteValue(at: usize, field: u32): void {
  if (learning === 0) return
  const offset = <u32>(at - message)
  if (field === RECORD_OPERSTATE) store<u32>(learning, offset, LAYOUT_OPERSTATE)
  store<u32>(value, field | (offset << 8))
  value += 4
  if (value === learning + LAYOUT_SPANS) learning = 0
}

/** The walk is through, and has found no fault. */
export function keepLayout(record: usize): void {
  if (learning === 0) return
  const from = learning + LAYOUT_HEADERS
  let to = from
  // What is in no run moves together.
  let single: usize = NOTES
  for (let at: usize = NOTES; at < note; at += 8) {
    const isRun = at + 32 <= note && isNear(at) && isNear(at + 8) && isNear(at + 16)
    if (isRun && to < from + (LAYOUT_VALUES - LAYOUT_HEADERS - RUN_BYTES)) {
      store<u32>(to, load<u32>(at))
      store<u32>(to, load<u32>(at, 8), 4)
      store<u32>(to, load<u32>(at, 16), 8)
      store<u32>(to, load<u32>(at, 24), 12)
      store<u64>(to, load<u32>(at, 4), 16)
      to += RUN_BYTES
      at += 24
    } else {
      store<u64>(single, load<u64>(at))
      single += 8
    }
  }
  store<u16>(learning, <u16>(to - learning), LAYOUT_RUNS_END)
  const last = load<u64>(single - 8)
  for (; (single - NOTES) & 31; single += 8) store<u64>(single, last)
  if (to + (single - NOTES) > learning + LAYOUT_VALUES) return
  for (let at: usize = NOTES; at < single; at += 8) {
    store<u64>(to, load<u64>(at))
    to += 8
  }
  store<u16>(learning, <u16>(to - learning), LAYOUT_SINGLES_END)
  store<u16>(learning, <u16>(value - learning), LAYOUT_VALUES_END)
  store<u64>(learning, load<u64>(record, RECORD_PRESENT), LAYOUT_PRESENT)
  const offset = load<u32>(record, RECORD_OFFSET)
  const name = load<u32>(record, RECORD_IFNAME)
  store<u32>(learning, name === 0 ? 0 : name - offset, LAYOUT_IFNAME)
  for (let n: usize = 0; n < <usize>(RECORD_BYTES - RECORD_ADDRESS); n += 8) {
    const span = load<u64>(record + n, RECORD_ADDRESS)
    store<u64>(learning + n, <u32>span === 0 ? 0 : span - offset, LAYOUT_SPANS)
  }
  store<u64>(learning, messageKey)
}

/** The header that is noted next was eight bytes further on in the message. */
function isNear(at: usize): bool {
  return load<u32>(at, 12) - load<u32>(at, 4) === 8
}

/** One load for what is expected and where. */
function difference(at: usize, header: u64): u32 {
  return load<u32>(at + <usize>(header >> 32)) ^ <u32>header
}
