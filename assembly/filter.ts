// The filter: which link messages become records.
// In: a record, and the host's wishes at FILTER. Out: yes or no, as early as the fields known so far
// allow, so that an unwanted message costs a few loads. Never drops a fault that was found.

import { read32 } from './bytes'
import {
  AF_UNSPEC,
  FILTER_BY_FAMILY,
  FILTER_BY_IFINDEX,
  FILTER_BY_NAME,
  FILTER_BY_OPERSTATE,
  FILTER_BY_TYPE,
  FILTER_FLAGS,
  FILTER_IFINDEX,
  FILTER_NAME,
  FILTER_NAME_LENGTH,
  FILTER_NAMED,
  FILTER_OPERSTATES,
  FILTER_TYPES,
  IFLA_OPERSTATE,
  NLMSGHDR_SIZE,
  RECORD_IFNAME,
  RECORD_OPERSTATE,
  RECORD_PRESENT,
  RTM_NEWLINK,
} from './contract'
import { origin } from './record'

/** By nlmsg_type alone. */
export function wantsType(type: u32): bool {
  if (!(load<u32>(FILTER_FLAGS) & FILTER_BY_TYPE)) return true
  const bit = type - RTM_NEWLINK
  return bit < 32 && ((load<u32>(FILTER_TYPES) >> bit) & 1) !== 0
}

/** A link message without an ifinfomsg: it passes only where nothing is asked of a link. */
export function wantsBare(): bool {
  return (load<u32>(FILTER_FLAGS) & ~FILTER_BY_TYPE) === 0
}

/** By the ifinfomsg behind the nlmsghdr at `at`: before there is a record. */
export function wantsLink(at: usize): bool {
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_BY_FAMILY && load<u8>(at, NLMSGHDR_SIZE) !== AF_UNSPEC) return false
  return (
    !(flags & FILTER_BY_IFINDEX) || read32(at + NLMSGHDR_SIZE + 4) === load<u32>(FILTER_IFINDEX)
  )
}

/** By the attributes. */
export function wantsAttributes(record: usize): bool {
  const flags = load<u32>(FILTER_FLAGS)
  const nameLength = load<u32>(record, RECORD_IFNAME + 4)
  if (flags & FILTER_NAMED && nameLength === 0) return false
  if (flags & FILTER_BY_NAME) {
    if (nameLength !== load<u32>(FILTER_NAME_LENGTH)) return false
    const name = origin(record) + load<u32>(record, RECORD_IFNAME)
    if (memory.compare(name, FILTER_NAME, nameLength) !== 0) return false
  }
  if (flags & FILTER_BY_OPERSTATE) {
    if (!((load<u64>(record, RECORD_PRESENT) >> IFLA_OPERSTATE) & 1)) return false
    const state = load<u8>(record, RECORD_OPERSTATE)
    return ((load<u8>(FILTER_OPERSTATES + (state >> 3)) >> (state & 7)) & 1) !== 0
  }
  return true
}
