// The link sink: the attributes of one RTM_NEWLINK, DELLINK, GETLINK or SETLINK message into one record.
// In: a message that the walk found whole. Out: every link field of the record, or a fault with its
// place. Unknown attributes are passed over; absent ones are told from 0 by the `present` bits.

import { read16, read32 } from './bytes'
import {
  ERROR_VALUE_SHORT,
  IFLA_INFO_KIND,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  RECORD_ADDRESS,
  RECORD_BROADCAST,
  RECORD_CARRIER,
  RECORD_CARRIER_CHANGES,
  RECORD_CARRIER_DOWN_COUNT,
  RECORD_CARRIER_UP_COUNT,
  RECORD_ERROR,
  RECORD_GROUP,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_LINK,
  RECORD_LINK_NETNSID,
  RECORD_LINKMODE,
  RECORD_MASTER,
  RECORD_MTU,
  RECORD_NEW_IFINDEX,
  RECORD_OPERSTATE,
  RECORD_PERM_ADDRESS,
  RECORD_PRESENT,
  RECORD_PROP_LIST,
  RECORD_TXQLEN,
} from './contract'
import { chainFault, fault, origin, span } from './record-fields'
import { noteHeader, noteValue } from './shape-cache'
import { attributeFits, attributeSpace } from './walk'

/** Types of attributes below this one may have a field. */
const FIELDS_END: u32 = 55
/** For each type, IFLA_… of linux/if_link.h, the offset of its field; 0 for none. */
// biome-ignore format: a table
const FIELDS: usize = memory.data<u8>([
  0, <u8>RECORD_ADDRESS, <u8>RECORD_BROADCAST, <u8>RECORD_IFNAME, <u8>RECORD_MTU, <u8>RECORD_LINK, 0, 0, 0, 0, // 0
  <u8>RECORD_MASTER, 0, 0, <u8>RECORD_TXQLEN, 0, 0, <u8>RECORD_OPERSTATE, <u8>RECORD_LINKMODE, <u8>RECORD_INFO_KIND, 0, // 10
  0, 0, 0, 0, 0, 0, 0, <u8>RECORD_GROUP, 0, 0, // 20
  0, 0, 0, <u8>RECORD_CARRIER, 0, <u8>RECORD_CARRIER_CHANGES, 0, <u8>RECORD_LINK_NETNSID, 0, 0, // 30
  0, 0, 0, 0, 0, 0, 0, <u8>RECORD_CARRIER_UP_COUNT, <u8>RECORD_CARRIER_DOWN_COUNT, <u8>RECORD_NEW_IFINDEX, // 40
  0, 0, <u8>RECORD_PROP_LIST, 0, <u8>RECORD_PERM_ADDRESS, // 50
])

/** How far behind the name's span that of the kind is. */
const KIND_BEHIND: usize = RECORD_INFO_KIND - RECORD_IFNAME

/** 0x01 and 0x80 in each byte. */
const ONES = u64.MAX_VALUE / 255
const HIGHS: u64 = ONES << 7

/** Reads the attributes behind the ifinfomsg, up to the first fault. Of a repeated one, the last counts. */
export function decodeLinkAttributes(record: usize, at: usize, end: usize): void {
  const base = origin(record)
  let present: u64 = 0
  for (let bytes: u32 = 0; ; at += attributeSpace(bytes)) {
    const room = <i32>(end - at)
    if (room < NLA_HDRLEN) break
    bytes = read16(at)
    if (!attributeFits(bytes, room)) break
    noteHeader(at)
    const type = read16(at + 2) & NLA_TYPE_MASK
    if (type >= 64) continue
    present |= (<u64>1) << type
    const field: u32 = type < FIELDS_END ? load<u8>(FIELDS + type) : 0
    if (field === 0) continue
    const payload = at + NLA_HDRLEN
    const length = bytes - NLA_HDRLEN
    if (field < <u32>RECORD_IFNAME) {
      const size: u32 = field < <u32>RECORD_MTU ? 1 : 4
      if (length < size) fault(record, ERROR_VALUE_SHORT, at, size, length)
      else if (size === 1) store<u8>(record + field, load<u8>(payload))
      else store<u32>(record + field, read32(payload))
      noteValue(payload, field)
    } else if (field === RECORD_INFO_KIND) {
      decodeNest(record, payload, payload + length, IFLA_INFO_KIND)
    } else {
      span(record + field, base, payload, length)
      if (field === RECORD_PROP_LIST) decodeNest(record, payload, payload + length, 0)
    }
    if (load<u16>(record, RECORD_ERROR) !== 0) break
  }
  // Names end at a NUL. Measured here, as of a repeated one the last counts.
  for (
    let field = record + RECORD_IFNAME;
    field <= record + RECORD_INFO_KIND;
    field += KIND_BEHIND
  ) {
    const name = base + load<u32>(field)
    store<u32>(field, stringLength(name, load<u32>(field, 4)), 4)
  }
  store<u64>(record, present, RECORD_PRESENT)
  if (load<u16>(record, RECORD_ERROR) === 0) chainFault(record, at, end)
}

/**
 * IFLA_LINKINFO nests IFLA_INFO_KIND, the driver's name ("veth"), among data that is the driver's own.
 * IFLA_PROP_LIST nests the IFLA_ALT_IFNAMEs, which the host walks, so only the chain is checked here.
 */
function decodeNest(record: usize, at: usize, end: usize, wanted: u32): void {
  if (wanted !== 0) store<u64>(record, 0, RECORD_INFO_KIND)
  for (let bytes: u32 = 0; ; at += attributeSpace(bytes)) {
    const room = <i32>(end - at)
    if (room < NLA_HDRLEN) break
    bytes = read16(at)
    if (!attributeFits(bytes, room)) break
    noteHeader(at)
    if (wanted === 0 || (read16(at + 2) & NLA_TYPE_MASK) !== wanted) continue
    const payload = at + NLA_HDRLEN
    span(record + RECORD_INFO_KIND, origin(record), payload, bytes - NLA_HDRLEN)
  }
  chainFault(record, at, end)
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
