// One message into one record: the header, what every family shares, and the object that it is.
// In: a message that the walk found whole. Out: a record, and whether the filter keeps it.

import { bigEndian, read16, read32 } from './bytes'
import {
  ERROR_BODY_SHORT,
  KIND_CONTROL,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_HEADER,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORD_TYPE,
  RTM_GETLINK,
} from './contract'
import { numberNames } from './name-slots'
import { copyHeaders, fault, kindOf, objectOf, origin, reset } from './record-fields'
import { wantsBare, wantsHeader, wantsRecord, wantsType } from './record-filter'
import { decodeAttributes } from './record-sink'
import { OBJECT_HEADER_BYTES, OBJECT_SWAPS, OBJECT_TEXT, OBJECT_TEXT_2 } from './record-tables'
import { isNaming } from './shape-cache'
import { keepLayout } from './shape-learner'

/** Decodes the message of `length` bytes at `at` of the datagram in `frame`; false when the filter drops it. */
export function decodeMessage(record: usize, frame: usize, at: usize, length: u32): bool {
  const type = read16(at + 4)
  if (!wantsType(type)) return false
  const end = at + length
  const object = objectOf(type)
  if (object === 0) {
    open(record, frame, at, 0)
    if (type === NLMSG_ERROR || type === NLMSG_DONE) decodeControl(record, at, end, type)
    return true
  }
  if (!wantsHeader(object, at, length)) return false
  const headerBytes: u32 = load<u8>(object, OBJECT_HEADER_BYTES)
  const attributes = at + NLMSGHDR_SIZE + headerBytes
  if (end < attributes) {
    open(record, frame, at, 0)
    // A dump request may carry the one byte of struct rtgenmsg instead of an ifinfomsg.
    if (type === RTM_GETLINK) return wantsBare()
    const room = length - NLMSGHDR_SIZE
    fault(record, ERROR_BODY_SHORT, at + NLMSGHDR_SIZE, headerBytes, room)
    return true
  }
  open(record, frame, at, object)
  store<u16>(record, kindOf(object), RECORD_KIND)
  decodeAttributes(record, object, attributes, end)
  if (load<u16>(record, RECORD_ERROR) !== 0) return true
  keepLayout(record, object)
  const text: usize = load<u8>(object, OBJECT_TEXT)
  if (isNaming && text !== 0) numberNames(record, text, load<u8>(object, OBJECT_TEXT_2))
  return wantsRecord(record, object)
}

/** Starts the record of the message at `at`, which is an `object` or, with 0, none. */
export function open(record: usize, frame: usize, at: usize, object: usize): void {
  reset(record, frame, object)
  decodeHeader(record, at, object)
}

/** The nlmsghdr at `at`, and of an object the header behind it. */
export function decodeHeader(record: usize, at: usize, object: usize): void {
  if (object !== 0) {
    copyHeaders(record, at, object)
  } else {
    store<u64>(record, load<u64>(at), RECORD_LEN)
    store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  }
  store<u32>(record, at - origin(record), RECORD_OFFSET)
  if (!bigEndian) return
  swap(record + RECORD_LEN)
  swap(record + RECORD_SEQ)
  swap(record + RECORD_PID)
  swapHalves(record + RECORD_TYPE, SWAP_LOW | SWAP_HIGH)
  if (object === 0) return
  for (let word: usize = 0; word < 4; word++) {
    const how: u32 = load<u8>(object + word, OBJECT_SWAPS)
    const field = record + RECORD_HEADER + (word << 2)
    if (how === SWAP_WORD) swap(field)
    else swapHalves(field, how)
  }
}

/** OBJECT_SWAPS. */
const SWAP_WORD: u32 = 1
const SWAP_LOW: u32 = 2
const SWAP_HIGH: u32 = 4

function swap(word: usize): void {
  store<u32>(word, bswap<u32>(load<u32>(word)))
}

function swapHalves(word: usize, which: u32): void {
  if (which & SWAP_LOW) store<u16>(word, bswap<u16>(load<u16>(word)))
  if (which & SWAP_HIGH) store<u16>(word, bswap<u16>(load<u16>(word, 2)), 2)
}

/** NLMSG_ERROR starts with a negative errno, or 0 for an acknowledgement; NLMSG_DONE may do so. */
function decodeControl(record: usize, at: usize, end: usize, type: u32): void {
  const body = at + NLMSGHDR_SIZE
  store<u16>(record, KIND_CONTROL, RECORD_KIND)
  if (<i32>(end - body) >= 4) store<u32>(record, read32(body), RECORD_ERRNO)
  else if (type === NLMSG_ERROR) fault(record, ERROR_BODY_SHORT, body, 4, <u32>(end - body))
}
