// One message into one record: the header, what every family shares, and the sink for its type.
// In: a message that the walk found whole. Out: a record, and whether the filter keeps it.

import { bigEndian, read16, read32 } from './bytes'
import {
  ERROR_BODY_SHORT,
  IFINFOMSG_SIZE,
  IFLA_OPERSTATE,
  KIND_CONTROL,
  KIND_LINK,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_IFI_TYPE,
  RECORD_IFNAME,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_OPERSTATE,
  RECORD_PRESENT,
  RECORD_SEQ,
  RECORD_TYPE,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
} from './contract'
import { wants, wantsAttributes, wantsBare } from './link-filter'
import { decodeLinkAttributes } from './link-sink'
import { numberNames } from './name-slots'
import { copyHeaders, fault, origin, reset } from './record-fields'
import { isNaming, keepLayout } from './shape-cache'

/** Decodes the message of `length` bytes at `at` of the datagram in `frame`; false when the filter drops it. */
export function decodeMessage(record: usize, frame: usize, at: usize, length: u32): bool {
  const type = read16(at + 4)
  if (!wants(at, type, length)) return false
  const end = at + length
  if (type - RTM_NEWLINK > <u32>(RTM_SETLINK - RTM_NEWLINK)) {
    open(record, frame, at, false)
    if (type === NLMSG_ERROR || type === NLMSG_DONE) decodeControl(record, at, end, type)
    return true
  }
  const attributes = at + NLMSGHDR_SIZE + IFINFOMSG_SIZE
  if (end < attributes) {
    open(record, frame, at, false)
    // A dump request may carry the one byte of struct rtgenmsg instead of an ifinfomsg.
    if (type === RTM_GETLINK) return wantsBare()
    const room = length - NLMSGHDR_SIZE
    fault(record, ERROR_BODY_SHORT, at + NLMSGHDR_SIZE, IFINFOMSG_SIZE, room)
    return true
  }
  open(record, frame, at, true)
  store<u16>(record, KIND_LINK, RECORD_KIND)
  decodeLinkAttributes(record, attributes, end)
  if (load<u16>(record, RECORD_ERROR) !== 0) return true
  keepLayout(record)
  if (isNaming) numberNames(record, true)
  const name = origin(record) + load<u32>(record, RECORD_IFNAME)
  const hasState = ((load<u32>(record, RECORD_PRESENT) >> IFLA_OPERSTATE) & 1) !== 0
  const state = load<u8>(record, RECORD_OPERSTATE)
  return wantsAttributes(name, load<u32>(record, RECORD_IFNAME + 4), hasState, state)
}

/** Starts the record of the message at `at`. */
export function open(record: usize, frame: usize, at: usize, isLink: bool): void {
  reset(record, frame)
  decodeHeader(record, at, isLink)
}

/** Words of a record that a header fills: nlmsg_len, seq, pid; ifi_index, flags, change. */
const HEADER_WORDS: u32 = 0x7034

/** The nlmsghdr at `at`, and of a link message the ifinfomsg behind it. */
export function decodeHeader(record: usize, at: usize, isLink: bool): void {
  if (isLink) {
    copyHeaders(record, at)
  } else {
    store<u64>(record, load<u64>(at), RECORD_LEN)
    store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
  }
  store<u32>(record, at - origin(record), RECORD_OFFSET)
  if (!bigEndian) return
  for (let n = 2; n < 15; n++) {
    const word = record + (n << 2)
    if ((HEADER_WORDS >> n) & 1) store<u32>(word, bswap<u32>(load<u32>(word)))
  }
  store<u32>(record, rotl<u32>(bswap<u32>(load<u32>(record, RECORD_TYPE)), 16), RECORD_TYPE)
  store<u16>(record, bswap<u16>(load<u16>(record, RECORD_IFI_TYPE)), RECORD_IFI_TYPE)
}

/** NLMSG_ERROR starts with a negative errno, or 0 for an acknowledgement; NLMSG_DONE may do so. */
function decodeControl(record: usize, at: usize, end: usize, type: u32): void {
  const body = at + NLMSGHDR_SIZE
  store<u16>(record, KIND_CONTROL, RECORD_KIND)
  if (<i32>(end - body) >= 4) store<u32>(record, read32(body), RECORD_ERRNO)
  else if (type === NLMSG_ERROR) fault(record, ERROR_BODY_SHORT, body, 4, <u32>(end - body))
}
