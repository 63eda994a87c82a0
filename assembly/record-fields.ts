// Writing into a record: spans, and the one fault that a record can hold.
// In: a record's address and what was found. Out: fields at the contract's offsets. Never reads input.

import { read16 } from './bytes'
import {
  ERROR_ATTRIBUTE_LONG,
  ERROR_ATTRIBUTE_SHORT,
  FRAME_HEADER_BYTES,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_HEADER,
  RECORD_LEN,
  RECORD_SEQ,
  RTM_NEWLINK,
  RTNEXTHOP_SIZE,
} from './contract'
import { KIND_LINK, RECORD_BYTES } from './record-layout'
import { OBJECT_BYTES, OBJECT_MASK, OBJECT_RECORD_BYTES, OBJECTS } from './record-tables'

/** Types of messages that are objects, from RTM_NEWLINK on: all four of links, RTM_NEW… and RTM_DEL… of the others. */
const OBJECT_TYPES: u32 = 0x3333f

/** What record-tables.ts says of the object that messages of the type are, or 0. Requests of others may have any header. */
export function objectOf(type: u32): usize {
  const bit = type - RTM_NEWLINK
  if (bit >= 32 || !((OBJECT_TYPES >> bit) & 1)) return 0
  return OBJECTS + (bit >> 2) * OBJECT_BYTES
}

/** KIND_… of the records of an object. */
export function kindOf(object: usize): u32 {
  return KIND_LINK + <u32>(object - OBJECTS) / OBJECT_BYTES
}

/** Empties a record, of an object what it has, and names the frame that it describes. */
export function reset(record: usize, frame: usize, object: usize): void {
  const full: usize = RECORD_BYTES
  const bytes = object === 0 ? full : <usize>load<u8>(object, OBJECT_RECORD_BYTES)
  for (let at: usize = 0; at < bytes; at += 16) {
    store<u64>(record + at, 0)
    store<u64>(record + at, 0, 8)
  }
  store<u32>(record, frame, RECORD_FRAME)
}

/** Copies the nlmsghdr and the object's header at `at`: they lie in the record as they do in the message. */
export function copyHeaders(record: usize, at: usize, object: usize): void {
  store<u64>(record, load<u64>(at), RECORD_LEN)
  store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  copyBody(record, at, load<u64>(object, OBJECT_MASK), load<u64>(object, OBJECT_MASK + 8))
}

/** Copies what lies behind the nlmsghdr: those bits of 16 bytes that the masks have. */
export function copyBody(record: usize, at: usize, low: u64, high: u64): void {
  store<u64>(record, load<u64>(at, NLMSGHDR_SIZE) & low, RECORD_HEADER)
  // Of a header of eight bytes, there may be nothing behind it.
  store<u64>(record, high === 0 ? 0 : load<u64>(at, NLMSGHDR_SIZE + 8) & high, RECORD_HEADER + 8)
}

/** The first byte of the datagram that a record describes; every offset counts from here. */
export function origin(record: usize): usize {
  return load<u32>(record, RECORD_FRAME) + FRAME_HEADER_BYTES
}

/** Stores where `length` bytes at `at` lie in the datagram. */
export function span(field: usize, base: usize, at: usize, length: u32): void {
  store<u32>(field, at - base)
  store<u32>(field, length, 4)
}

/** Marks a record as malformed at `at`. */
export function fault(record: usize, code: u32, at: usize, expected: u32, got: u32): void {
  store<u16>(record, code, RECORD_ERROR)
  store<u32>(record, at - origin(record), RECORD_ERROR_OFFSET)
  store<u32>(record, expected, RECORD_ERROR_EXPECTED)
  store<u32>(record, got, RECORD_ERROR_GOT)
}

/** Marks a record whose struct rtnexthop at `at` does not fit into the `room` that is left. */
export function nexthopFault(record: usize, at: usize, room: u32): void {
  const length = read16(at)
  const isShort = length < <u32>RTNEXTHOP_SIZE
  const code = isShort ? ERROR_ATTRIBUTE_SHORT : ERROR_ATTRIBUTE_LONG
  fault(record, code, at, isShort ? RTNEXTHOP_SIZE : room, length)
}

/**
 * Judges where an attribute chain stopped. Fewer than a header's bytes left is its end, as for the
 * kernel's nla_parse(); a length that does not fit is a fault.
 */
export function chainFault(record: usize, at: usize, end: usize): bool {
  const room = <i32>(end - at)
  if (room < NLA_HDRLEN) return false
  const length = read16(at)
  const isShort = length < <u32>NLA_HDRLEN
  const code = isShort ? ERROR_ATTRIBUTE_SHORT : ERROR_ATTRIBUTE_LONG
  fault(record, code, at, isShort ? NLA_HDRLEN : room, length)
  return true
}
