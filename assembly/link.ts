// The link sink: one RTM_NEWLINK, DELLINK, GETLINK or SETLINK message into one record.
// In: a message that the walk found whole. Out: every link field of the record, or a fault with its
// place. Unknown attributes are passed over; absent ones are told from 0 by the `present` bits.
//
//  16     17    18     20      24      28       32
//  +------+-----+------+-------+-------+--------+------------------
//  |family| pad | type | index | flags | change | attributes ...       struct ifinfomsg
//  +------+-----+------+-------+-------+--------+------------------

import { read16, read32 } from './bytes'
import {
  ERROR_BODY_SHORT,
  ERROR_VALUE_SHORT,
  IFINFOMSG_SIZE,
  IFLA_ADDRESS,
  IFLA_BROADCAST,
  IFLA_CARRIER,
  IFLA_CARRIER_CHANGES,
  IFLA_CARRIER_DOWN_COUNT,
  IFLA_CARRIER_UP_COUNT,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_LINKMODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NEW_IFINDEX,
  IFLA_OPERSTATE,
  IFLA_PERM_ADDRESS,
  IFLA_PROP_LIST,
  IFLA_TXQLEN,
  KIND_LINK,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  NLMSGHDR_SIZE,
  RECORD_ADDRESS,
  RECORD_BROADCAST,
  RECORD_CARRIER,
  RECORD_CARRIER_CHANGES,
  RECORD_CARRIER_DOWN_COUNT,
  RECORD_CARRIER_UP_COUNT,
  RECORD_ERROR,
  RECORD_GROUP,
  RECORD_IFI_CHANGE,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFI_TYPE,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
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
import { chainFault, fault, origin, span } from './record'
import { attributeNext, attributeOk } from './walk'

/** Reads the ifinfomsg behind the nlmsghdr at `at`; false, and a fault, when it does not fit. */
export function decodeIfinfomsg<Order>(record: usize, at: usize, end: usize): bool {
  const body = at + NLMSGHDR_SIZE
  const room = <i32>(end - body)
  if (room < IFINFOMSG_SIZE) {
    fault(record, ERROR_BODY_SHORT, body, IFINFOMSG_SIZE, room)
    return false
  }
  store<u16>(record, KIND_LINK, RECORD_KIND)
  store<u8>(record, load<u8>(body), RECORD_IFI_FAMILY)
  store<u16>(record, read16<Order>(body + 2), RECORD_IFI_TYPE)
  store<u32>(record, read32<Order>(body + 4), RECORD_IFI_INDEX)
  store<u32>(record, read32<Order>(body + 8), RECORD_IFI_FLAGS)
  store<u32>(record, read32<Order>(body + 12), RECORD_IFI_CHANGE)
  return true
}

/** Reads the attributes behind the ifinfomsg, up to the first fault. Of a repeated one, the last counts. */
export function decodeLinkAttributes<Order>(record: usize, at: usize, end: usize): void {
  const base = origin(record)
  let present: u64 = 0
  while (attributeOk<Order>(at, end)) {
    const type = read16<Order>(at + 2) & NLA_TYPE_MASK
    const payload = at + NLA_HDRLEN
    const length = read16<Order>(at) - NLA_HDRLEN
    if (type < 64) present |= (<u64>1) << type
    switch (type) {
      case IFLA_IFNAME:
        span(record + RECORD_IFNAME, base, payload, stringLength(payload, length))
        break
      case IFLA_ADDRESS:
        span(record + RECORD_ADDRESS, base, payload, length)
        break
      case IFLA_BROADCAST:
        span(record + RECORD_BROADCAST, base, payload, length)
        break
      case IFLA_PERM_ADDRESS:
        span(record + RECORD_PERM_ADDRESS, base, payload, length)
        break
      case IFLA_MTU:
        value32<Order>(record, RECORD_MTU, at, length)
        break
      case IFLA_TXQLEN:
        value32<Order>(record, RECORD_TXQLEN, at, length)
        break
      case IFLA_LINK:
        value32<Order>(record, RECORD_LINK, at, length)
        break
      case IFLA_MASTER:
        value32<Order>(record, RECORD_MASTER, at, length)
        break
      case IFLA_GROUP:
        value32<Order>(record, RECORD_GROUP, at, length)
        break
      case IFLA_LINK_NETNSID:
        value32<Order>(record, RECORD_LINK_NETNSID, at, length)
        break
      case IFLA_NEW_IFINDEX:
        value32<Order>(record, RECORD_NEW_IFINDEX, at, length)
        break
      case IFLA_CARRIER_CHANGES:
        value32<Order>(record, RECORD_CARRIER_CHANGES, at, length)
        break
      case IFLA_CARRIER_UP_COUNT:
        value32<Order>(record, RECORD_CARRIER_UP_COUNT, at, length)
        break
      case IFLA_CARRIER_DOWN_COUNT:
        value32<Order>(record, RECORD_CARRIER_DOWN_COUNT, at, length)
        break
      case IFLA_OPERSTATE:
        value8(record, RECORD_OPERSTATE, at, length)
        break
      case IFLA_LINKMODE:
        value8(record, RECORD_LINKMODE, at, length)
        break
      case IFLA_CARRIER:
        value8(record, RECORD_CARRIER, at, length)
        break
      case IFLA_LINKINFO:
        decodeLinkinfo<Order>(record, payload, payload + length)
        break
      case IFLA_PROP_LIST:
        span(record + RECORD_PROP_LIST, base, payload, length)
        checkChain<Order>(record, payload, payload + length)
        break
    }
    if (load<u16>(record, RECORD_ERROR) !== 0) break
    at = attributeNext<Order>(at)
  }
  store<u64>(record, present, RECORD_PRESENT)
  if (load<u16>(record, RECORD_ERROR) === 0) chainFault<Order>(record, at, end)
}

/** IFLA_LINKINFO nests IFLA_INFO_KIND, the driver's name ("veth"), among data that is the driver's own. */
function decodeLinkinfo<Order>(record: usize, at: usize, end: usize): void {
  store<u64>(record, 0, RECORD_INFO_KIND)
  for (; attributeOk<Order>(at, end); at = attributeNext<Order>(at)) {
    if ((read16<Order>(at + 2) & NLA_TYPE_MASK) !== IFLA_INFO_KIND) continue
    const payload = at + NLA_HDRLEN
    const length = stringLength(payload, read16<Order>(at) - NLA_HDRLEN)
    span(record + RECORD_INFO_KIND, origin(record), payload, length)
  }
  chainFault<Order>(record, at, end)
}

/** IFLA_PROP_LIST nests the IFLA_ALT_IFNAMEs; the host walks them, so the chain is checked here. */
function checkChain<Order>(record: usize, at: usize, end: usize): void {
  while (attributeOk<Order>(at, end)) at = attributeNext<Order>(at)
  chainFault<Order>(record, at, end)
}

function value32<Order>(record: usize, field: usize, at: usize, length: u32): void {
  if (length < 4) fault(record, ERROR_VALUE_SHORT, at, 4, length)
  else store<u32>(record + field, read32<Order>(at + NLA_HDRLEN))
}

function value8(record: usize, field: usize, at: usize, length: u32): void {
  if (length < 1) fault(record, ERROR_VALUE_SHORT, at, 1, length)
  else store<u8>(record + field, load<u8>(at, NLA_HDRLEN))
}

/** Bytes before the first NUL; the kernel ends names with one, recorded bytes need not. */
function stringLength(at: usize, length: u32): u32 {
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(at + i) === 0) return i
  }
  return length
}
