// Layout prediction: the kernel sends the same attributes at the same places again and again.
// In: a link message, and the layouts of earlier ones. Out: a record, as the walk would have made it, or
// "no". Exact: every header that the walk would have read is compared, with loads that wait for nothing.
//
// A walk is a chain of loads, each of which waits for the length that the one before has brought. Where
// every header word is what it was in an earlier message of the same length, all the walk's decisions are
// the same too, and only values are left to read.
//
//   layout   0 key            nlmsg_len, and the first attribute's header
//            8 headersEnd     u16, a multiple of four headers: the last one repeats
//           10 valuesEnd      u16
//           12 operstate      offset in the message, 0 for none
//           16 present        of the record, as are these two: what brief records need lies together
//           24 offset         28 ifname
//           32 headers        header word, offset in the message
//          800 values         u32 each: field | offset << 8
//          864 record         as the walk left it
//         1024

import {
  FILTER_ATTRIBUTES,
  FILTER_FLAGS,
  FRAME_HEADER_BYTES,
  IFINFOMSG_SIZE,
  KIND_LINK,
  LAYOUT_BYTES,
  LAYOUT_HEADERS,
  LAYOUT_HEADERS_END,
  LAYOUT_IFNAME,
  LAYOUT_OFFSET,
  LAYOUT_OPERSTATE,
  LAYOUT_PRESENT,
  LAYOUT_RECORD,
  LAYOUT_VALUES,
  LAYOUT_VALUES_END,
  LAYOUT_WAYS,
  LAYOUTS,
  LAYOUTS_MAX,
  MODE_BIG_ENDIAN,
  MODE_BRIEF,
  MODE_WALK,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_ADDRESS,
  RECORD_BYTES,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_MTU,
  RECORD_OFFSET,
  RECORD_OPERSTATE,
  RECORD_PRESENT,
  RECORD_SEQ,
} from './contract'
import { wantsAttributes } from './filter'
import { stringLength } from './link'
import { origin } from './record'

const PREFIX: usize = NLMSGHDR_SIZE + IFINFOMSG_SIZE

/** Headers compared; counted where specs run alone. */
export let compared: u32 = 0

let isOn: bool = false
let isBrief: bool = false
/** The layout being learned, 0 for none; where its next header and value go. */
let learning: usize = 0
let header: usize = 0
let value: usize = 0
/** The message that it is learned from. */
let message: usize = 0
/** Which of the layouts that share a place goes next. */
let turn: usize = 0

/** Whether layouts may be used; they are learned from little-endian messages alone. */
export function setPrediction(mode: i32): void {
  isOn = (mode & (MODE_WALK | MODE_BIG_ENDIAN)) === 0
  isBrief = (mode & MODE_BRIEF) !== 0
}

function place(key: u64): usize {
  const hash = (<u32>key ^ <u32>(key >> 26)) * 0x9e3779b1
  return LAYOUTS + ((hash >> 16) & (LAYOUTS_MAX - LAYOUT_WAYS)) * LAYOUT_BYTES
}

/** Makes the record of the message of `length` bytes at `at`; false when it has a layout of its own. */
export function predict(record: usize, frame: usize, at: usize, length: u32): bool {
  learning = 0
  if (!isOn || length < <u32>PREFIX + NLA_HDRLEN) return false
  const key = ((<u64>length) << 32) | load<u32>(at + PREFIX)
  const first = place(key)
  for (let layout = first; layout < first + LAYOUT_WAYS * LAYOUT_BYTES; layout += LAYOUT_BYTES) {
    if (load<u64>(layout) === key && fits(layout, at)) {
      begin(layout, record, frame, at)
      const isFiltered = load<u32>(FILTER_FLAGS) & FILTER_ATTRIBUTES
      if (!isBrief && (!isFiltered || wantsAttributes(record))) complete(layout, record, at)
      return true
    }
  }
  learn(first, key, at)
  return false
}

function fits(layout: usize, at: usize): bool {
  const end = layout + load<u16>(layout, LAYOUT_HEADERS_END)
  let differences: u32 = 0
  for (let header = layout + LAYOUT_HEADERS; header < end; header += 32) {
    if (ASC_OPTIMIZE_LEVEL === 0) compared += 4
    differences |=
      difference(at, load<u64>(header)) |
      difference(at, load<u64>(header, 8)) |
      difference(at, load<u64>(header, 16)) |
      difference(at, load<u64>(header, 24))
  }
  return differences === 0
}

/** One load for what is expected and where: loads are what the time goes to. */
function difference(at: usize, header: u64): u32 {
  return load<u32>(at + <usize>(header >> 32)) ^ <u32>header
}

/** What brief records have. */
function begin(layout: usize, record: usize, frame: usize, at: usize): void {
  const offset = <u32>(at - frame - FRAME_HEADER_BYTES)
  store<u32>(record, <u32>frame, RECORD_FRAME)
  store<u32>(record, offset, RECORD_OFFSET)
  // nlmsghdr and ifinfomsg lie in the record as they do in the message, but for the one byte of padding.
  store<u64>(record, load<u64>(at), RECORD_LEN)
  store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  store<u32>(record, KIND_LINK, RECORD_KIND)
  store<u32>(record, load<u32>(at, 16) & 0xffff00ff, RECORD_IFI_FAMILY)
  store<u32>(record, load<u32>(at, 20), RECORD_IFI_INDEX)
  store<u64>(record, load<u64>(at, 24), RECORD_IFI_FLAGS)
  store<u64>(record, load<u64>(layout, LAYOUT_PRESENT), RECORD_PRESENT)
  const state = load<u32>(layout, LAYOUT_OPERSTATE)
  store<u8>(record, state === 0 ? 0 : load<u8>(at + state), RECORD_OPERSTATE)
  const moved = offset - load<u32>(layout, LAYOUT_OFFSET)
  copySpan(record + RECORD_IFNAME, load<u32>(layout, LAYOUT_IFNAME), moved)
  measure(record, record + RECORD_IFNAME)
}

/** All the rest: zeros, spans and values. */
function complete(layout: usize, record: usize, at: usize): void {
  const moved = load<u32>(record, RECORD_OFFSET) - load<u32>(layout, LAYOUT_OFFSET)
  store<u64>(record, 0, RECORD_ERROR_OFFSET)
  store<u64>(record, 0, RECORD_ERROR_GOT)
  store<u32>(record, 0, RECORD_OPERSTATE)
  for (let at: usize = RECORD_MTU; at < <usize>RECORD_IFNAME; at += 8) store<u64>(record + at, 0)
  for (let at: usize = RECORD_ADDRESS; at < <usize>RECORD_BYTES; at += 8) {
    const span = load<u64>(layout + LAYOUT_RECORD + at)
    copySpan(record + at, <u32>span, moved)
    store<u32>(record + at, <u32>(span >> 32), 4)
  }
  measure(record, record + RECORD_INFO_KIND)
  const end = layout + load<u16>(layout, LAYOUT_VALUES_END)
  for (let value = layout + LAYOUT_VALUES; value < end; value += 4) {
    const word = load<u32>(value)
    const field = word & 0xff
    if (field < <u32>RECORD_MTU) store<u8>(record + field, load<u8>(at + (word >> 8)))
    else store<u32>(record + field, load<u32>(at + (word >> 8)))
  }
}

/** Where a span is, in a message that is `moved` further on than that of the layout; 0 stays 0. */
function copySpan(to: usize, offset: u32, moved: u32): void {
  store<u32>(to, offset === 0 ? 0 : offset + moved)
}

/** The length of a name is no header's: it ends at a NUL. */
function measure(record: usize, span: usize): void {
  const offset = load<u32>(span)
  if (offset === 0) {
    store<u32>(span, 0, 4)
    return
  }
  const at = origin(record) + offset
  store<u32>(span, stringLength(at, load<u16>(at - NLA_HDRLEN) - NLA_HDRLEN), 4)
}

export function copyRecord(to: usize, from: usize): void {
  for (let at: usize = 0; at < <usize>RECORD_BYTES; at += 32) {
    store<u64>(to + at, load<u64>(from + at))
    store<u64>(to + at, load<u64>(from + at, 8), 8)
    store<u64>(to + at, load<u64>(from + at, 16), 16)
    store<u64>(to + at, load<u64>(from + at, 24), 24)
  }
}

/** What the walk is about to read of the message at `at` becomes one of the layouts at `first`. */
function learn(first: usize, key: u64, at: usize): void {
  turn = (turn + LAYOUT_BYTES) & ((LAYOUT_WAYS - 1) * LAYOUT_BYTES)
  learning = first + turn
  store<u64>(learning, 0)
  store<u64>(learning, 0, LAYOUT_HEADERS_END)
  store<u64>(learning, key, LAYOUT_RECORD)
  header = learning + LAYOUT_HEADERS
  value = learning + LAYOUT_VALUES
  message = at
}

/** The walk has read the attribute header at `at`. */
export function noteHeader(at: usize): void {
  if (learning === 0) return
  store<u32>(header, load<u32>(at))
  store<u32>(header, <u32>(at - message), 4)
  header += 8
  // Four at a time are compared.
  if (header + 32 > learning + LAYOUT_VALUES) learning = 0
}

/** The walk has put the value at `at` into a field. */
export function noteValue(at: usize, field: u32): void {
  if (learning === 0) return
  const offset = <u32>(at - message)
  if (field === RECORD_OPERSTATE) store<u32>(learning, offset, LAYOUT_OPERSTATE)
  store<u32>(value, field | (offset << 8))
  value += 4
  if (value === learning + LAYOUT_RECORD) learning = 0
}

/** The walk is through, and has found no fault. */
export function keepLayout(record: usize): void {
  if (learning === 0) return
  const key = load<u64>(learning, LAYOUT_RECORD)
  const last = load<u64>(header - 8)
  while ((header - learning) & 31) {
    store<u64>(header, last)
    header += 8
  }
  store<u16>(learning, <u16>(header - learning), LAYOUT_HEADERS_END)
  store<u16>(learning, <u16>(value - learning), LAYOUT_VALUES_END)
  store<u64>(learning, load<u64>(record, RECORD_PRESENT), LAYOUT_PRESENT)
  store<u32>(learning, load<u32>(record, RECORD_OFFSET), LAYOUT_OFFSET)
  store<u32>(learning, load<u32>(record, RECORD_IFNAME), LAYOUT_IFNAME)
  copyRecord(learning + LAYOUT_RECORD, record)
  store<u64>(learning, key)
}
