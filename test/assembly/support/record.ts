// What a record says, for specs to compare. In: a record's number. Out: one field, as a number or text.

import {
  FRAME_HEADER_BYTES,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_OFFSET,
  RECORD_PRESENT,
  RECORD_TYPE,
} from '../../../assembly/contract'
import { LINK_IFINDEX, LINK_IFNAME } from '../../../assembly/record-layout'
import { record } from './window'

export function u8At(index: i32, field: usize): u32 {
  return load<u8>(record(index) + field)
}

export function u16At(index: i32, field: usize): u32 {
  return load<u16>(record(index) + field)
}

export function u32At(index: i32, field: usize): u32 {
  return load<u32>(record(index) + field)
}

export function typeOf(index: i32): u32 {
  return u16At(index, RECORD_TYPE)
}

export function kindOf(index: i32): u32 {
  return u16At(index, RECORD_KIND)
}

export function ifindexOf(index: i32): i32 {
  return <i32>u32At(index, LINK_IFINDEX)
}

export function isPresent(index: i32, attribute: u32): bool {
  return ((load<u64>(record(index) + RECORD_PRESENT) >> attribute) & 1) !== 0
}

export function spanOffset(index: i32, field: usize): u32 {
  return u32At(index, field)
}

export function spanLength(index: i32, field: usize): u32 {
  return u32At(index, field + 4)
}

/** The text that a span holds; null when the span is not set. */
export function textAt(index: i32, field: usize): string | null {
  const offset = spanOffset(index, field)
  if (offset === 0) return null
  const from = u32At(index, RECORD_FRAME) + FRAME_HEADER_BYTES + offset
  return String.UTF8.decodeUnsafe(from, spanLength(index, field))
}

/** The bytes that a span holds, in hexadecimal; null when the span is not set. */
export function hexOf(index: i32, field: usize): string | null {
  const offset = spanOffset(index, field)
  if (offset === 0) return null
  const from: usize = u32At(index, RECORD_FRAME) + FRAME_HEADER_BYTES + offset
  let hex = ''
  for (let i: u32 = 0; i < spanLength(index, field); i++) {
    const byte = load<u8>(from + i)
    hex += (byte >> 4).toString(16) + (byte & 15).toString(16)
  }
  return hex
}

export function nameOf(index: i32): string | null {
  return textAt(index, LINK_IFNAME)
}

/** All that a fault says: "code at offset: expected, got"; of a whole message "whole at offset". */
export function verdict(index: i32): string {
  const code = u16At(index, RECORD_ERROR)
  if (code === 0) return `whole at ${u32At(index, RECORD_OFFSET).toString()}`
  const offset = u32At(index, RECORD_ERROR_OFFSET).toString()
  const expected = u32At(index, RECORD_ERROR_EXPECTED).toString()
  const got = u32At(index, RECORD_ERROR_GOT).toString()
  return `${code.toString()} at ${offset}: ${expected}, ${got}`
}
