// One message into one record: the header, what every family shares, and the sink for its type.
// In: a message that the walk found whole. Out: a record, and whether the filter keeps it.

import { read16, read32 } from './bytes'
import {
  ERROR_BODY_SHORT,
  FILTER_ATTRIBUTES,
  FILTER_FLAGS,
  IFINFOMSG_SIZE,
  KIND_CONTROL,
  KIND_LINK,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_FLAGS,
  RECORD_IFI_CHANGE,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFI_TYPE,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORD_TYPE,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
} from './contract'
import { wantsAttributes, wantsBare, wantsLink, wantsType } from './filter'
import { keepLayout, predict } from './layout'
import { decodeLinkAttributes } from './link'
import { fault, origin, reset } from './record'

export function decodeHeader(record: usize, at: usize): void {
  store<u32>(record, at - origin(record), RECORD_OFFSET)
  store<u32>(record, read32(at), RECORD_LEN)
  store<u16>(record, read16(at + 4), RECORD_TYPE)
  store<u16>(record, read16(at + 6), RECORD_FLAGS)
  store<u32>(record, read32(at + 8), RECORD_SEQ)
  store<u32>(record, read32(at + 12), RECORD_PID)
}

/** Decodes the message at `at` of the datagram in `frame`; false when the filter drops it. */
export function decodeMessage(record: usize, frame: usize, at: usize): bool {
  const type = read16(at + 4)
  if (!wantsType(type)) return false
  const length = read32(at)
  const end = at + length
  if (type - RTM_NEWLINK > <u32>(RTM_SETLINK - RTM_NEWLINK)) {
    open(record, frame, at)
    if (type === NLMSG_ERROR || type === NLMSG_DONE) decodeControl(record, at, end, type)
    return true
  }
  const attributes = at + NLMSGHDR_SIZE + IFINFOMSG_SIZE
  if (end < attributes) {
    open(record, frame, at)
    // A dump request may carry the one byte of struct rtgenmsg instead of an ifinfomsg.
    if (type === RTM_GETLINK) return wantsBare()
    const room = length - NLMSGHDR_SIZE
    fault(record, ERROR_BODY_SHORT, at + NLMSGHDR_SIZE, IFINFOMSG_SIZE, room)
    return true
  }
  if (!wantsLink(at)) return false
  if (!predict(record, frame, at, length)) {
    open(record, frame, at)
    decodeIfinfomsg(record, at + NLMSGHDR_SIZE)
    decodeLinkAttributes(record, attributes, end)
    if (load<u16>(record, RECORD_ERROR) !== 0) return true
    keepLayout(record)
  }
  return !(load<u32>(FILTER_FLAGS) & FILTER_ATTRIBUTES) || wantsAttributes(record)
}

function open(record: usize, frame: usize, at: usize): void {
  reset(record, frame)
  decodeHeader(record, at)
}

//  16     17    18     20      24      28       32
//  +------+-----+------+-------+-------+--------+------------------
//  |family| pad | type | index | flags | change | attributes ...       struct ifinfomsg
//  +------+-----+------+-------+-------+--------+------------------
function decodeIfinfomsg(record: usize, body: usize): void {
  store<u16>(record, KIND_LINK, RECORD_KIND)
  store<u8>(record, load<u8>(body), RECORD_IFI_FAMILY)
  store<u16>(record, read16(body + 2), RECORD_IFI_TYPE)
  store<u32>(record, read32(body + 4), RECORD_IFI_INDEX)
  store<u32>(record, read32(body + 8), RECORD_IFI_FLAGS)
  store<u32>(record, read32(body + 12), RECORD_IFI_CHANGE)
}

/** NLMSG_ERROR starts with a negative errno, or 0 for an acknowledgement; NLMSG_DONE may do so. */
function decodeControl(record: usize, at: usize, end: usize, type: u32): void {
  const body = at + NLMSGHDR_SIZE
  store<u16>(record, KIND_CONTROL, RECORD_KIND)
  if (<i32>(end - body) >= 4) store<u32>(record, read32(body), RECORD_ERRNO)
  else if (type === NLMSG_ERROR) fault(record, ERROR_BODY_SHORT, body, 4, <u32>(end - body))
}
