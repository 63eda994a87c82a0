// One message into one record: the header, what every family shares, and the sink for its type.
// In: a message that the walk found whole. Out: a record, and whether the filter keeps it.

import { read16, read32 } from './bytes'
import {
  ERROR_BODY_SHORT,
  IFINFOMSG_SIZE,
  KIND_CONTROL,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_FLAGS,
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
import { decodeIfinfomsg, decodeLinkAttributes } from './link'
import { fault, origin, reset } from './record'

export function decodeHeader<Order>(record: usize, at: usize): void {
  store<u32>(record, at - origin(record), RECORD_OFFSET)
  store<u32>(record, read32<Order>(at), RECORD_LEN)
  store<u16>(record, read16<Order>(at + 4), RECORD_TYPE)
  store<u16>(record, read16<Order>(at + 6), RECORD_FLAGS)
  store<u32>(record, read32<Order>(at + 8), RECORD_SEQ)
  store<u32>(record, read32<Order>(at + 12), RECORD_PID)
}

/** Decodes the message at `at` of the datagram in `frame`; false when the filter drops it. */
export function decodeMessage<Order>(record: usize, frame: usize, at: usize): bool {
  const type = read16<Order>(at + 4)
  if (!wantsType(type)) return false
  reset(record, frame)
  decodeHeader<Order>(record, at)
  const end = at + load<u32>(record, RECORD_LEN)
  if (type - RTM_NEWLINK <= <u32>(RTM_SETLINK - RTM_NEWLINK))
    return decodeLink<Order>(record, at, end)
  if (type === NLMSG_ERROR || type === NLMSG_DONE) decodeControl<Order>(record, at, end, type)
  return true
}

function decodeLink<Order>(record: usize, at: usize, end: usize): bool {
  const attributes = at + NLMSGHDR_SIZE + IFINFOMSG_SIZE
  // A dump request may carry the one byte of struct rtgenmsg instead of an ifinfomsg.
  if (load<u16>(record, RECORD_TYPE) === RTM_GETLINK && end < attributes) return wantsBare()
  if (!decodeIfinfomsg<Order>(record, at, end)) return true
  if (!wantsLink(record)) return false
  decodeLinkAttributes<Order>(record, attributes, end)
  return load<u16>(record, RECORD_ERROR) !== 0 || wantsAttributes(record)
}

/** NLMSG_ERROR starts with a negative errno, or 0 for an acknowledgement; NLMSG_DONE may do so. */
function decodeControl<Order>(record: usize, at: usize, end: usize, type: u32): void {
  const body = at + NLMSGHDR_SIZE
  store<u16>(record, KIND_CONTROL, RECORD_KIND)
  if (<i32>(end - body) >= 4) store<u32>(record, read32<Order>(body), RECORD_ERRNO)
  else if (type === NLMSG_ERROR) fault(record, ERROR_BODY_SHORT, body, 4, <u32>(end - body))
}
