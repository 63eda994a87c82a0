// The filter: which messages become records.
// In: what is known of a message, and the host's wishes at FILTER. Out: yes or no, as early as the fields known so far
// allow, so that an unwanted message costs a few loads. Never drops a fault that was found.

import { read16, read32 } from './bytes'
import {
  FILTER_BY_FAMILY,
  FILTER_BY_IFINDEX,
  FILTER_BY_NAME,
  FILTER_BY_OPERSTATE,
  FILTER_BY_TABLE,
  FILTER_BY_TYPE,
  FILTER_FAMILY,
  FILTER_FLAGS,
  FILTER_IFINDEX,
  FILTER_NAME,
  FILTER_NAME_LENGTH,
  FILTER_NAMED,
  FILTER_OPERSTATES,
  FILTER_TABLE,
  FILTER_TYPES,
  NLMSGHDR_SIZE,
  RECORD_HEADER,
  RECORD_PRESENT,
  RTM_NEWLINK,
  RTNEXTHOP_SIZE,
} from './contract'
import { origin } from './record-fields'
import { LINK_IFNAME, LINK_OPERSTATE, LINK_OPERSTATE_BIT } from './record-layout'
import {
  OBJECT_HEADER_BYTES,
  OBJECT_HEADER_TABLE,
  OBJECT_LINK,
  OBJECT_NEXTHOPS,
  OBJECT_TABLE,
  OBJECTS,
} from './record-tables'
import { attributeSpace } from './walk'

/** A link message without an ifinfomsg: it passes only where nothing is asked of a link. */
export function wantsBare(): bool {
  return (load<u32>(FILTER_FLAGS) & ~FILTER_BY_TYPE) === 0
}

/** By nlmsg_type. */
export function wantsType(type: u32): bool {
  if (!(load<u32>(FILTER_FLAGS) & FILTER_BY_TYPE)) return true
  const bit = type - RTM_NEWLINK
  return bit < 32 && ((load<u32>(FILTER_TYPES) >> bit) & 1) !== 0
}

/** By the header of the `object` whose message of `length` bytes is at `at`, where it has one: before there is a record. */
export function wantsHeader(object: usize, at: usize, length: u32): bool {
  const flags = load<u32>(FILTER_FLAGS)
  if (length < <u32>NLMSGHDR_SIZE + load<u8>(object, OBJECT_HEADER_BYTES)) return true
  if (flags & FILTER_BY_FAMILY && load<u8>(at, NLMSGHDR_SIZE) !== load<u8>(FILTER_FAMILY)) {
    return false
  }
  const link: usize = load<u8>(object, OBJECT_LINK)
  if (!(flags & FILTER_BY_IFINDEX) || !isInHeader(link, object)) return true
  return read32(at + NLMSGHDR_SIZE + link - RECORD_HEADER) === load<u32>(FILTER_IFINDEX)
}

function isInHeader(field: usize, object: usize): bool {
  return field - RECORD_HEADER < <usize>load<u8>(object, OBJECT_HEADER_BYTES)
}

/** By the attributes, of a record that is whole. */
export function wantsRecord(record: usize, object: usize): bool {
  if (load<u32>(FILTER_FLAGS) === 0) return true
  if (object !== OBJECTS) return wantsTable(record, object) && wantsLink(record, object)
  const name = origin(record) + load<u32>(record, LINK_IFNAME)
  const hasState = ((load<u32>(record, RECORD_PRESENT) >> LINK_OPERSTATE_BIT) & 1) !== 0
  const state = load<u8>(record, LINK_OPERSTATE)
  return wantsNamed(name, load<u32>(record, LINK_IFNAME + 4), hasState, state)
}

function wantsTable(record: usize, object: usize): bool {
  const field: usize = load<u8>(object, OBJECT_TABLE)
  if (!(load<u32>(FILTER_FLAGS) & FILTER_BY_TABLE) || field === 0) return true
  // Tables above 255 are in the attribute alone; where there is none, it is 0.
  const table = load<u32>(record + field)
  const small: u32 = load<u8>(record + <usize>load<u8>(object, OBJECT_HEADER_TABLE))
  return (table !== 0 ? table : small) === load<u32>(FILTER_TABLE)
}

function wantsLink(record: usize, object: usize): bool {
  const field: usize = load<u8>(object, OBJECT_LINK)
  if (!(load<u32>(FILTER_FLAGS) & FILTER_BY_IFINDEX) || isInHeader(field, object)) return true
  const wanted = load<u32>(FILTER_IFINDEX)
  if (field === 0) return false
  if (load<u32>(record + field) === wanted) return true
  const hops = record + <usize>load<u8>(object, OBJECT_NEXTHOPS)
  let at = origin(record) + load<u32>(hops)
  const end = at + load<u32>(hops, 4)
  // The sink has checked the chain.
  for (; <i32>(end - at) >= RTNEXTHOP_SIZE; at += attributeSpace(read16(at))) {
    if (read32(at + 4) === wanted) return true
  }
  return false
}

/** A link, by the name, `length` bytes at `name`, and the operstate, where there is one. */
export function wantsNamed(name: usize, length: u32, hasState: bool, state: u32): bool {
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_NAMED && length === 0) return false
  if (flags & FILTER_BY_NAME) {
    if (length !== load<u32>(FILTER_NAME_LENGTH)) return false
    for (let i: u32 = 0; i < length; i += 8) {
      const difference = load<u64>(name + i) ^ load<u64>(FILTER_NAME + i)
      const left = min<u32>(length - i, 8)
      // Of the last eight bytes, those behind the name do not count.
      if (difference << ((8 - left) * 8) !== 0) return false
    }
  }
  if (!(flags & FILTER_BY_OPERSTATE)) return true
  return hasState && ((load<u8>(FILTER_OPERSTATES + (state >> 3)) >> (state & 7)) & 1) !== 0
}
