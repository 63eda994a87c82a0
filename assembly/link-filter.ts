// The filter: which link messages become records.
// In: what is known of a message, and the host's wishes at FILTER. Out: yes or no, as early as the fields known so far
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
  IFINFOMSG_SIZE,
  NLMSGHDR_SIZE,
  RTM_NEWLINK,
  RTM_SETLINK,
} from './contract'

/** A link message without an ifinfomsg: it passes only where nothing is asked of a link. */
export function wantsBare(): bool {
  return (load<u32>(FILTER_FLAGS) & ~FILTER_BY_TYPE) === 0
}

/** By nlmsg_type, and by the ifinfomsg where the message of `length` bytes at `at` has one: before there is a record. */
export function wants(at: usize, type: u32, length: u32): bool {
  const flags = load<u32>(FILTER_FLAGS)
  const bit = type - RTM_NEWLINK
  if (flags & FILTER_BY_TYPE && (bit >= 32 || !((load<u32>(FILTER_TYPES) >> bit) & 1))) return false
  if (bit > <u32>(RTM_SETLINK - RTM_NEWLINK)) return true
  if (length < <u32>(NLMSGHDR_SIZE + IFINFOMSG_SIZE)) return true
  if (flags & FILTER_BY_FAMILY && load<u8>(at, NLMSGHDR_SIZE) !== AF_UNSPEC) return false
  if (!(flags & FILTER_BY_IFINDEX)) return true
  return read32(at + NLMSGHDR_SIZE + 4) === load<u32>(FILTER_IFINDEX)
}

/** By the attributes: the name, `length` bytes at `name`, and the operstate, where there is one. */
export function wantsAttributes(name: usize, length: u32, hasState: bool, state: u32): bool {
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
