// Writing into a record: spans, and the one fault that a record can hold.
// In: a record's address and what was found. Out: fields at the contract's offsets. Never reads input.

import { read16 } from './bytes'
import {
  ERROR_ATTRIBUTE_LONG,
  ERROR_ATTRIBUTE_SHORT,
  FRAME_HEADER_BYTES,
  NLA_HDRLEN,
  RECORD_BYTES,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_LEN,
  RECORD_SEQ,
} from './contract'

/** Empties a record and names the frame that it describes. */
export function reset(record: usize, frame: usize): void {
  for (let at: usize = 0; at < <usize>RECORD_BYTES; at += 32) {
    store<u64>(record + at, 0)
    store<u64>(record + at, 0, 8)
    store<u64>(record + at, 0, 16)
    store<u64>(record + at, 0, 24)
  }
  store<u32>(record, frame, RECORD_FRAME)
}

/**
 * Copies the nlmsghdr and the ifinfomsg at `at`: they lie in the record as they do in the message, but for the one
 * byte of padding.
 */
export function copyHeaders(record: usize, at: usize): void {
  store<u64>(record, load<u64>(at), RECORD_LEN)
  store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  store<u32>(record, load<u32>(at, 16) & 0xffff00ff, RECORD_IFI_FAMILY)
  store<u32>(record, load<u32>(at, 20), RECORD_IFI_INDEX)
  store<u64>(record, load<u64>(at, 24), RECORD_IFI_FLAGS)
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
