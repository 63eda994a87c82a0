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
//            8 runsEnd        u16, as are these three; offsets in the layout
//           10 singlesEnd     12 wordsEnd   14 smallStart, of values
//           16 operstate      of a link: offset in the message, 0 for none
//           20 ifname         the same, of the name
//           24 present        of the record
//           32 headers        runs: four words, offset of the first in the message u64
//                             singles: word, offset in the message; four at a time, the last one repeats
//          408 values         u32 each: field | FORM_… << 8 | offset << 16; those of four bytes from here on, the
//                             others up to the spans
//          488 spans          of the record: offset in the message and length
//          576

import {
  FILTER_BY_TYPE,
  FILTER_FLAGS,
  FILTER_LINKS,
  FILTER_TYPES,
  FRAME_HEADER_BYTES,
  IFINFOMSG_SIZE,
  LAYOUT_BYTES,
  LAYOUT_HEADERS,
  LAYOUT_IFNAME,
  LAYOUT_OPERSTATE,
  LAYOUT_PRESENT,
  LAYOUT_RUNS_END,
  LAYOUT_SINGLES_END,
  LAYOUT_SMALL_START,
  LAYOUT_SPANS,
  LAYOUT_VALUES,
  LAYOUT_WAYS,
  LAYOUT_WORDS_END,
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
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PRESENT,
  RECORD_SEQ,
  RECORD_VALUES,
  RTM_NEWLINK,
} from './contract'
import { numberNames } from './name-slots'
import { copyBody, kindOf, objectOf } from './record-fields'
import { wantsHeader, wantsNamed, wantsRecord, wantsType } from './record-filter'
import {
  KIND_LINK,
  LINK_IFNAME,
  LINK_KIND,
  LINK_OPERSTATE,
  LINK_RECORD_BYTES,
  LINK_SPANS,
} from './record-layout'
import { stringLength } from './record-sink'
import {
  FORM_BYTE,
  LINK_MASK,
  LINK_MASK_2,
  OBJECT_HEADER_BYTES,
  OBJECT_MASK,
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
/** Where the last one of one or two bytes is. */
let small: usize = 0
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
  if (!isOn) return 0
  const type: u32 = load<u16>(at, 4)
  const bit = type - RTM_NEWLINK
  // Links are what is listened to most: what their table says is in the code.
  if (bit > 3) return predictObject(record, frame, at, length, type)
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_BY_TYPE && !((load<u32>(FILTER_TYPES) >> bit) & 1)) return -1
  if (flags & FILTER_LINKS && !wantsHeader(OBJECTS, at, length)) return -1
  const layout = layoutOf(at, length, NLMSGHDR_SIZE + IFINFOMSG_SIZE, 0)
  return layout === 0 ? 0 : recordLink(layout, record, frame, at, flags)
}

function predictObject(record: usize, frame: usize, at: usize, length: u32, type: u32): i32 {
  const object = objectOf(type)
  if (object === 0) return 0
  if (!wantsType(type) || !wantsHeader(object, at, length)) return -1
  const prefix = NLMSGHDR_SIZE + <u32>load<u8>(object, OBJECT_HEADER_BYTES)
  const layout = layoutOf(at, length, prefix, <u32>(object - OBJECTS))
  return layout === 0 ? 0 : recordObject(layout, record, frame, at, object)
}

/** The layout of the message of `length` bytes at `at`; where it has none, 0, and one is about to be learned. */
function layoutOf(at: usize, length: u32, prefix: u32, which: u32): usize {
  const shortest = prefix + NLA_HDRLEN
  if (length - shortest > 0xffff - shortest) return 0
  const key = ((<u64>(length | (which << 16))) << 32) | load<u32>(at + prefix)
  const hash = ((<u32>key ^ <u32>(key >> 26)) * 0x9e3779b1) >> 16
  const first: usize = LAYOUTS + ((hash * (LAYOUTS_MAX - LAYOUT_WAYS + 1)) >> 16) * LAYOUT_BYTES
  for (let layout = first; layout < first + LAYOUT_WAYS * LAYOUT_BYTES; layout += LAYOUT_BYTES) {
    if (load<u64>(layout) === key && fits(layout, at)) return layout
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
  const offset = start(layout, record, frame, at, KIND_LINK)
  copyBody(record, at, LINK_MASK, LINK_MASK_2)
  store<u32>(record, state, LINK_OPERSTATE)
  store<u32>(record, nameAt === 0 ? 0 : offset + nameAt, LINK_IFNAME)
  store<u32>(record, nameLength, LINK_IFNAME + 4)
  if (!isBrief) {
    for (let n: usize = RECORD_VALUES; n < <usize>LINK_SPANS; n += 8) store<u64>(record + n, 0)
    // The first span is the name's.
    for (let n: usize = 8; n < <usize>(LINK_RECORD_BYTES - LINK_SPANS); n += 8) {
      const from = load<u32>(layout + n, LAYOUT_SPANS)
      store<u32>(record + n, from === 0 ? 0 : offset + from, LINK_SPANS)
      store<u32>(record + n, load<u32>(layout + n, LAYOUT_SPANS + 4), LINK_SPANS + 4)
    }
    complete(layout, record, at)
    const kind = load<u32>(record, LINK_KIND)
    if (kind !== 0) store<u32>(record, lengthOf(at - offset + kind), LINK_KIND + 4)
  }
  if (isNaming) numberNames(record, LINK_IFNAME, isBrief ? 0 : LINK_KIND)
  return 1
}

function recordObject(layout: usize, record: usize, frame: usize, at: usize, object: usize): i32 {
  const offset = start(layout, record, frame, at, kindOf(object))
  copyBody(record, at, load<u64>(object, OBJECT_MASK), load<u64>(object, OBJECT_MASK + 8))
  // Small numbers lie behind the header, which was copied with its zeros, and in the four bytes behind that.
  store<u32>(record, 0, RECORD_PRESENT - 4)
  const spans: usize = load<u8>(object, OBJECT_SPANS)
  const full: usize = load<u8>(object, OBJECT_RECORD_BYTES)
  for (let n: usize = RECORD_VALUES; n < spans; n += 8) store<u64>(record + n, 0)
  let span = layout + LAYOUT_SPANS
  for (let n = spans; n < full; n += 8) {
    const from = load<u32>(span)
    store<u32>(record + n, from === 0 ? 0 : offset + from)
    store<u32>(record + n, load<u32>(span, 4), 4)
    span += 8
  }
  complete(layout, record, at)
  const text: usize = load<u8>(object, OBJECT_TEXT)
  if (text !== 0) {
    const text2: usize = load<u8>(object, OBJECT_TEXT_2)
    measure(record, at - offset, text)
    measure(record, at - offset, text2)
    if (isNaming) numberNames(record, text, text2)
  }
  return wantsRecord(record, object) ? 1 : -1
}

/** What every record of an object has, but for its header; returns the message's offset. */
function start(layout: usize, record: usize, frame: usize, at: usize, kind: u32): u32 {
  const offset = <u32>(at - frame - FRAME_HEADER_BYTES)
  store<u32>(record, <u32>frame, RECORD_FRAME)
  store<u32>(record, offset, RECORD_OFFSET)
  store<u64>(record, load<u64>(at), RECORD_LEN)
  store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  store<u32>(record, kind, RECORD_KIND)
  store<u64>(record, load<u64>(layout, LAYOUT_PRESENT), RECORD_PRESENT)
  return offset
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
  small = learning + LAYOUT_SPANS
  message = at
  firstHeader = attributes
  messageKey = key
}

/** That there is no fault, and the values. */
function complete(layout: usize, record: usize, at: usize): void {
  store<u64>(record, 0, RECORD_ERROR_OFFSET)
  store<u64>(record, 0, RECORD_ERROR_GOT)
  // Numbers of four bytes from the start on, the others from the end on.
  let end = layout + load<u16>(layout, LAYOUT_WORDS_END)
  let value = layout + LAYOUT_VALUES
  for (; value < end; value += 4) {
    const word = load<u32>(value)
    store<u32>(record + (word & 0xff), load<u32>(at + (word >> 16)))
  }
  end = layout + load<u16>(layout, LAYOUT_SMALL_START)
  // Noted first, stored first: of a repeated attribute the last counts.
  for (value = layout + LAYOUT_SPANS; value > end; ) {
    value -= 4
    const word = load<u32>(value)
    const to = record + (word & 0xff)
    if (((word >> 8) & 0xff) === FORM_BYTE) store<u8>(to, load<u8>(at + (word >> 16)))
    else store<u16>(to, load<u16>(at + (word >> 16)))
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
  if (value === small) {
    learning = 0
    return
  }
  const offset = <u32>(at - message)
  const noted = (entry & 0xffff) | (offset << 16)
  if ((entry & 0xff) === LINK_OPERSTATE) store<u32>(learning, offset, LAYOUT_OPERSTATE)
  if (entry >> 24 === 4) {
    store<u32>(value, noted)
    value += 4
  } else {
    small -= 4
    store<u32>(small, noted)
  }
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
  store<u16>(learning, <u16>(value - learning), LAYOUT_WORDS_END)
  store<u16>(learning, <u16>(small - learning), LAYOUT_SMALL_START)
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
