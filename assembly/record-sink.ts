// The record sink: the attributes of one message into the record of its object.
// In: a message that the walk found whole, and what record-tables.ts says of its object. Out: every field of the record,
// or a fault with its place. Unknown attributes are passed over; absent ones are told from 0 by the `present` bits.

import { read16, read32 } from './bytes'
import {
  ERROR_VALUE_SHORT,
  IFLA_INFO_KIND,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  RECORD_ERROR,
  RECORD_PRESENT,
  RTNEXTHOP_SIZE,
} from './contract'
import { chainFault, fault, nexthopFault, origin, span } from './record-fields'
import {
  FIELDS,
  FORM_BYTE,
  FORM_HALF,
  FORM_KIND,
  FORM_NEXTHOPS,
  FORM_RAW_HALF,
  FORM_SPAN,
  FORM_WORD,
  OBJECT_FIELDS,
  OBJECT_TEXT,
  OBJECT_TEXT_2,
  OBJECT_TYPES,
} from './record-tables'
import { noteHeader, noteValue } from './shape-learner'
import { attributeFits, attributeSpace, nexthopFits } from './walk'

/** 0x01 and 0x80 in each byte. */
const ONES = u64.MAX_VALUE / 255
const HIGHS: u64 = ONES << 7

/** Reads the attributes behind the header, up to the first fault. Of a repeated one, the last counts. */
export function decodeAttributes(record: usize, object: usize, at: usize, end: usize): void {
  const base = origin(record)
  const fields = FIELDS + <usize>load<u16>(object, OBJECT_FIELDS)
  const types: u32 = load<u8>(object, OBJECT_TYPES)
  let present: u64 = 0
  for (let bytes: u32 = 0; ; at += attributeSpace(bytes)) {
    const room = <i32>(end - at)
    if (room < NLA_HDRLEN) break
    bytes = read16(at)
    if (!attributeFits(bytes, room)) break
    noteHeader(at)
    const type = read16(at + 2) & NLA_TYPE_MASK
    const entry: u32 = type < types ? load<u32>(fields + (type << 2)) : 0
    if (entry === 0) continue
    present |= (<u64>1) << ((entry >> 16) & 63)
    const field = record + (entry & 0xff)
    const form = (entry >> 8) & 0xff
    const payload = at + NLA_HDRLEN
    const length = bytes - NLA_HDRLEN
    if (length < entry >> 24) {
      fault(record, ERROR_VALUE_SHORT, at, entry >> 24, length)
      break
    }
    if (form < FORM_SPAN) {
      if (form === FORM_WORD) store<u32>(field, read32(payload))
      else if (form === FORM_BYTE) store<u8>(field, load<u8>(payload))
      else if (form === FORM_HALF) store<u16>(field, <u16>read16(payload))
      else if (form === FORM_RAW_HALF) store<u16>(field, load<u16>(payload))
      else store<u32>(field, load<u32>(payload))
      noteValue(payload, entry)
      continue
    }
    if (form === FORM_KIND) {
      decodeNest(record, payload, payload + length, field)
    } else {
      span(field, base, payload, length)
      if (form === FORM_NEXTHOPS) decodeNexthops(record, payload, payload + length)
      else if (form > FORM_SPAN) decodeNest(record, payload, payload + length, 0)
    }
    if (load<u16>(record, RECORD_ERROR) !== 0) break
  }
  // Texts end at a NUL. Measured here, as of a repeated one the last counts.
  measure(record, base, load<u8>(object, OBJECT_TEXT))
  measure(record, base, load<u8>(object, OBJECT_TEXT_2))
  store<u64>(record, present, RECORD_PRESENT)
  if (load<u16>(record, RECORD_ERROR) === 0) chainFault(record, at, end)
}

function measure(record: usize, base: usize, text: usize): void {
  if (text === 0) return
  const at = base + load<u32>(record + text)
  store<u32>(record + text, stringLength(at, load<u32>(record + text, 4)), 4)
}

/**
 * A nest whose attributes the host reads: only the chain is checked here. But of IFLA_LINKINFO, IFLA_INFO_KIND, the
 * driver's name ("veth"), is the span at `kind`; the rest of it is the driver's own.
 */
function decodeNest(record: usize, at: usize, end: usize, kind: usize): void {
  if (kind !== 0) store<u64>(kind, 0)
  for (let bytes: u32 = 0; ; at += attributeSpace(bytes)) {
    const room = <i32>(end - at)
    if (room < NLA_HDRLEN) break
    bytes = read16(at)
    if (!attributeFits(bytes, room)) break
    noteHeader(at)
    if (kind === 0 || (read16(at + 2) & NLA_TYPE_MASK) !== IFLA_INFO_KIND) continue
    span(kind, origin(record), at + NLA_HDRLEN, bytes - NLA_HDRLEN)
  }
  chainFault(record, at, end)
}

/** A chain of struct rtnexthop, each with attributes of its own. */
function decodeNexthops(record: usize, at: usize, end: usize): void {
  for (let bytes: u32 = 0; ; at += attributeSpace(bytes)) {
    const room = <i32>(end - at)
    if (room < RTNEXTHOP_SIZE) return
    bytes = read16(at)
    noteHeader(at)
    if (!nexthopFits(bytes, room)) {
      nexthopFault(record, at, room)
      return
    }
    decodeNest(record, at + RTNEXTHOP_SIZE, at + bytes, 0)
    if (load<u16>(record, RECORD_ERROR) !== 0) return
  }
}

/** Bytes before the first NUL; the kernel ends names with one, recorded bytes need not. */
export function stringLength(at: usize, length: u32): u32 {
  for (let i: u32 = 0; i < length; i += 8) {
    // Eight at a time: the lowest bit left is in the first byte that is 0.
    const eight = load<u64>(at + i)
    const zeros = (eight - ONES) & ~eight & HIGHS
    if (zeros !== 0) return min(i + (<u32>ctz(zeros) >> 3), length)
  }
  return length
}
