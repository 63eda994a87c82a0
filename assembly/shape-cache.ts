// Layout prediction: the kernel sends the same attributes at the same places again and again.
// In: a message, and the layouts of earlier ones. Out: its object's record, as the walk would have made it, or
// "no". Exact: every header that the walk would have read is compared, with loads that wait for nothing.
//
// A walk is a chain of loads, each of which waits for the length that the one before has brought. Where
// every header word is what it was in an earlier message of the same length, all the walk's decisions are
// the same too, and only values are left to read.
//
// A layout has, of a message's attribute headers, first the runs: four, each eight bytes behind the one before, as
// attributes of up to four bytes lie: their offsets need no load of their own.
//
//   layout   0 key            the first attribute's header; nlmsg_len, and which object in the upper half
//            8 runsEnd        u16, as are these two; offsets in the layout
//           10 singlesEnd     12 valuesEnd
//           16 operstate      of a link: offset in the message, 0 for none
//           20 ifname         the same, of the name
//           24 present        of the record
//           32 headers        runs: four words, offset of the first in the message u64
//                             singles: word, offset in the message; four at a time, the last one repeats
//          408 values         u32 each: field | FORM_… << 8 | offset << 16
//          488 spans          of the record: offset in the message and length
//          576

import {
  FILTER_BY_TYPE,
  FILTER_FLAGS,
  FILTER_LINKS,
  FRAME_HEADER_BYTES,
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
  LEARNED_HEADERS,
  LEARNED_HEADERS_MAX,
  MODE_BIG_ENDIAN,
  MODE_BRIEF,
  MODE_NAMES,
  MODE_WALK,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_OFFSET,
  RECORD_PRESENT,
  RECORD_VALUES,
} from './contract'
import { numberNames } from './name-slots'
import { copyHeaders, kindOf, objectOf } from './record-fields'
import { wantsHeader, wantsNamed, wantsRecord, wantsType } from './record-filter'
import { LINK_IFNAME, LINK_OPERSTATE } from './record-layout'
import { stringLength } from './record-sink'
import {
  FORM_BYTE,
  FORM_HALF,
  FORM_RAW_HALF,
  OBJECT_HEADER_BYTES,
  OBJECT_RECORD_BYTES,
  OBJECT_SPANS,
  OBJECT_TEXT,
  OBJECT_TEXT_2,
  OBJECTS,
} from './record-tables'

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
/** The message that it is learned from, its first attribute, and its key. */
let message: usize = 0
let firstHeader: usize = 0
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
  const object = objectOf(type)
  if (object === 0 || !isOn) return 0
  const prefix = NLMSGHDR_SIZE + <u32>load<u8>(object, OBJECT_HEADER_BYTES)
  const shortest = prefix + NLA_HDRLEN
  if (length - shortest > 0xffff - shortest) return 0
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_BY_TYPE && !wantsType(type)) return -1
  if (flags & FILTER_LINKS && !wantsHeader(object, at, length)) return -1
  const which = <u64>length | ((<u64>(object - OBJECTS)) << 16)
  const key = (which << 32) | load<u32>(at + prefix)
  const hash = ((<u32>key ^ <u32>(key >> 26)) * 0x9e3779b1) >> 16
  const first: usize = LAYOUTS + ((hash * (LAYOUTS_MAX - LAYOUT_WAYS + 1)) >> 16) * LAYOUT_BYTES
  for (let layout = first; layout < first + LAYOUT_WAYS * LAYOUT_BYTES; layout += LAYOUT_BYTES) {
    if (load<u64>(layout) !== key || !fits(layout, at)) continue
    return object === OBJECTS
      ? recordLink(layout, record, frame, at, flags)
      : recordObject(layout, record, frame, at, object)
  }
  learn(first, key, at, at + prefix)
  return 0
}

/** A link: its filter looks at the name and the operstate, and in brief no more is needed. */
function recordLink(layout: usize, record: usize, frame: usize, at: usize, flags: u32): i32 {
  const nameAt = load<u32>(layout, LAYOUT_IFNAME)
  const nameLength = nameAt === 0 ? 0 : lengthOf(at + nameAt)
  const stateAt = load<u32>(layout, LAYOUT_OPERSTATE)
  const state: u32 = stateAt === 0 ? 0 : load<u8>(at + stateAt)
  if (flags !== 0 && !wantsNamed(at + nameAt, nameLength, stateAt !== 0, state)) return -1
  start(layout, record, frame, at, OBJECTS)
  if (isBrief) {
    store<u32>(record, state, LINK_OPERSTATE)
    const offset = load<u32>(record, RECORD_OFFSET)
    store<u32>(record, nameAt === 0 ? 0 : offset + nameAt, LINK_IFNAME)
    store<u32>(record, nameLength, LINK_IFNAME + 4)
  } else {
    complete(layout, record, at, OBJECTS)
  }
  if (isNaming) numberNames(record, OBJECTS, !isBrief)
  return 1
}

function recordObject(layout: usize, record: usize, frame: usize, at: usize, object: usize): i32 {
  start(layout, record, frame, at, object)
  complete(layout, record, at, object)
  if (isNaming) numberNames(record, object, true)
  return wantsRecord(record, object) ? 1 : -1
}

/** What every record of an object has. */
function start(layout: usize, record: usize, frame: usize, at: usize, object: usize): void {
  store<u32>(record, <u32>frame, RECORD_FRAME)
  store<u32>(record, <u32>(at - frame - FRAME_HEADER_BYTES), RECORD_OFFSET)
  copyHeaders(record, at, object)
  store<u32>(record, kindOf(object), RECORD_KIND)
  store<u64>(record, load<u64>(layout, LAYOUT_PRESENT), RECORD_PRESENT)
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
function learn(first: usize, key: u64, at: usize, attributes: usize): void {
  turn = (turn + LAYOUT_BYTES) % (LAYOUT_WAYS * LAYOUT_BYTES)
  learning = first + turn
  for (let layout = first + LAYOUT_WAYS * LAYOUT_BYTES; layout > first; ) {
    layout -= LAYOUT_BYTES
    if (load<u64>(layout) === 0) learning = layout
  }
  store<u64>(learning, 0)
  store<u32>(learning, 0, LAYOUT_OPERSTATE)
  note = LEARNED_HEADERS
  value = learning + LAYOUT_VALUES
  message = at
  firstHeader = attributes
  messageKey = key
}

/** All the rest: zeros, spans and values. */
function complete(layout: usize, record: usize, at: usize, object: usize): void {
  store<u64>(record, 0, RECORD_ERROR_OFFSET)
  store<u64>(record, 0, RECORD_ERROR_GOT)
  // Small numbers lie behind the header, which was copied with its zeros, and in the last four bytes of these.
  store<u32>(record, 0, RECORD_PRESENT - 4)
  const spans = record + <usize>load<u8>(object, OBJECT_SPANS)
  for (let to = record + RECORD_VALUES; to < spans; to += 8) store<u64>(to, 0)
  const offset = load<u32>(record, RECORD_OFFSET)
  const full = record + <usize>load<u8>(object, OBJECT_RECORD_BYTES)
  let span = layout + LAYOUT_SPANS
  for (let to = spans; to < full; to += 8) {
    const from = load<u32>(span)
    store<u32>(to, from === 0 ? 0 : offset + from)
    store<u32>(to, load<u32>(span, 4), 4)
    span += 8
  }
  measure(record, at - offset, load<u8>(object, OBJECT_TEXT))
  measure(record, at - offset, load<u8>(object, OBJECT_TEXT_2))
  const end = layout + load<u16>(layout, LAYOUT_VALUES_END)
  for (let value = layout + LAYOUT_VALUES; value < end; value += 4) {
    const word = load<u32>(value)
    const form = (word >> 8) & 0xff
    const to = record + (word & 0xff)
    const from = at + (word >> 16)
    if (form === FORM_BYTE) store<u8>(to, load<u8>(from))
    else if (form === FORM_HALF || form === FORM_RAW_HALF) store<u16>(to, load<u16>(from))
    else store<u32>(to, load<u32>(from))
  }
}

/** A text in this message may end elsewhere than in the one that was learned from. */
function measure(record: usize, base: usize, text: usize): void {
  if (text === 0) return
  const from = load<u32>(record + text)
  if (from !== 0) store<u32>(record + text, lengthOf(base + from), 4)
}

/** The length of the name at `at` is no header's: it ends at a NUL. */
function lengthOf(at: usize): u32 {
  return stringLength(at, load<u16>(at - NLA_HDRLEN) - NLA_HDRLEN)
}

/** The walk has read the attribute header at `at`. The first is in the key. */
export function noteHeader(at: usize): void {
  if (learning === 0 || at === firstHeader) return
  store<u32>(note, load<u32>(at))
  store<u32>(note, <u32>(at - message), 4)
  note += 8
  // Up to three more make them a multiple of four.
  if (note > <usize>(LEARNED_HEADERS + (LEARNED_HEADERS_MAX - 4) * 8)) learning = 0
}

/** The walk has put the value at `at` into a field, as the `entry` of FIELDS says. */
export function noteValue(at: usize, entry: u32): void {
  if (learning === 0) return
  if (value === learning + LAYOUT_SPANS) {
    learning = 0
    return
  }
  const offset = <u32>(at - message)
  if ((entry & 0xff) === LINK_OPERSTATE) store<u32>(learning, offset, LAYOUT_OPERSTATE)
  store<u32>(value, (entry & 0xffff) | (offset << 16))
  value += 4
}

/** The walk is through, and has found no fault. */
export function keepLayout(record: usize, object: usize): void {
  if (learning === 0) return
  const headers = learning + LAYOUT_HEADERS
  let to = headers
  // What is in no run moves together.
  let single: usize = LEARNED_HEADERS
  for (let at: usize = LEARNED_HEADERS; at < note; at += 8) {
    const isRun = at + 32 <= note && isNear(at) && isNear(at + 8) && isNear(at + 16)
    if (isRun && to < headers + (LAYOUT_VALUES - LAYOUT_HEADERS - RUN_BYTES)) {
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
  for (; (single - LEARNED_HEADERS) & 31; single += 8) store<u64>(single, load<u64>(single - 8))
  if (to + (single - LEARNED_HEADERS) > learning + LAYOUT_VALUES) return
  for (let at: usize = LEARNED_HEADERS; at < single; at += 8) {
    store<u64>(to, load<u64>(at))
    to += 8
  }
  store<u16>(learning, <u16>(to - learning), LAYOUT_SINGLES_END)
  store<u16>(learning, <u16>(value - learning), LAYOUT_VALUES_END)
  store<u64>(learning, load<u64>(record, RECORD_PRESENT), LAYOUT_PRESENT)
  const offset = load<u32>(record, RECORD_OFFSET)
  if (object === OBJECTS) {
    const name = load<u32>(record, LINK_IFNAME)
    store<u32>(learning, name === 0 ? 0 : name - offset, LAYOUT_IFNAME)
  }
  const full = record + <usize>load<u8>(object, OBJECT_RECORD_BYTES)
  to = learning + LAYOUT_SPANS
  for (let from = record + <usize>load<u8>(object, OBJECT_SPANS); from < full; from += 8) {
    const span = load<u64>(from)
    store<u64>(to, <u32>span === 0 ? 0 : span - offset)
    to += 8
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
