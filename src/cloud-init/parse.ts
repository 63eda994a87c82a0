// cloud-init's parsers: bytes in, small objects out. Run anywhere.
// Names, results and error messages are those of cloud-init's netlink helper, in camelCase. Where that
// asserts, these throw a TypeError or RangeError with the same words.

import { NLMSGHDR_SIZE, RTATTR_START_OFFSET, RTM_NEWLINK } from '../../assembly/contract.js'
import { invalidType, outOfRange } from '../base/errors.js'
import { decodeAttribute, decodeBytes, decodeHeader } from '../message/decode.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NetlinkHeader } from '../message/read-message.js'

/** One attribute. `length` is rta_len, header included; `data` is a copy of its payload. */
export interface RtaAttr {
  length: number
  /** As sent: mask it with NLA_TYPE_MASK if NLA_F_NESTED or NLA_F_NET_BYTEORDER may be set. */
  rtaType: number
  data: Uint8Array
}

/** A link's name and its operational state, OPER_UNKNOWN (0) to OPER_UP (6). */
export interface InterfaceOperstate {
  ifname: string
  operstate: number
  /** The bytes of the name, only if they are not UTF-8 and `ifname` is therefore lossy. */
  ifnameBytes?: Uint8Array
}

/**
 * Reads the `struct nlmsghdr` (netlink(7), linux/netlink.h) at the start of `data`.
 *
 * @throws TypeError "data is none"
 * @throws RangeError "data is smaller than netlink message header"
 */
export function getNetlinkMsgHeader(data: Uint8Array): NetlinkHeader {
  requireBytes(data)
  if (data.length < NLMSGHDR_SIZE) throw outOfRange('data is smaller than netlink message header')
  return decodeHeader(data)
}

/**
 * Reads the `struct rtattr` (rtnetlink(7), linux/rtnetlink.h) at byte `offset` of a link message;
 * null if no attribute header fits there.
 *
 * @throws TypeError "data is none", "offset is not integer"
 * @throws RangeError "rta offset is less than expected length" below byte 32
 * @throws NetlinkError if rta_len is below 4 or runs past `data`
 */
export function unpackRtaAttr(data: Uint8Array, offset: number): RtaAttr | null {
  requireBytes(data)
  if (!Number.isInteger(offset)) throw invalidType('offset is not integer')
  if (offset < RTATTR_START_OFFSET) throw outOfRange('rta offset is less than expected length')
  const attribute = decodeAttribute(data, offset)
  if (!attribute) return null
  return { length: attribute.length, rtaType: attribute.type, data: attribute.payload }
}

/**
 * Reads IFLA_IFNAME and IFLA_OPERSTATE of the link message in `data`; null if one of them is
 * absent. Reads no further than nlmsg_len. As in cloud-init, a header of zeros means "all of `data`", and an
 * rta_len of 0 ends the attributes.
 *
 * @throws TypeError "data is none"
 * @throws RangeError "length of data is smaller than RTATTR_START_OFFSET"
 * @throws NetlinkError if a length does not fit, or IFLA_OPERSTATE is empty
 */
export function readRtaOperState(data: Uint8Array): InterfaceOperstate | null {
  requireBytes(data)
  if (data.length <= RTATTR_START_OFFSET) {
    throw outOfRange('length of data is smaller than RTATTR_START_OFFSET')
  }
  const claimed = getNetlinkMsgHeader(data).length
  const link = decodeAsLink(data, claimed === 0 ? data.length : claimed)
  return link && interfaceOperstate(link)
}

/** The fields of a link record that cloud-init uses. */
function interfaceOperstate(link: LinkRecord): InterfaceOperstate | null {
  const { ifname, operstate, ifnameBytes } = link
  if (!ifname || operstate === undefined) return null
  return { ifname, operstate, ...(ifnameBytes && { ifnameBytes }) }
}

/** Decodes `data` as one link message of `length` bytes, whatever type its header has. */
function decodeAsLink(data: Uint8Array, length: number): LinkRecord | null {
  const copy = new Uint8Array(data.subarray(0, Math.max(length, NLMSGHDR_SIZE)))
  new Uint32Array(copy.buffer, 0, 1)[0] = length
  new Uint16Array(copy.buffer, 4, 1)[0] = RTM_NEWLINK
  const message = decodeBytes(copy, 0).messages[0]
  if (message?.kind === 'link') return message.link
  if (message?.kind !== 'malformed') return null
  const at = message.error.offset as number
  const isEnd =
    message.error.code === 'ERR_NETLINK_ATTRIBUTE_TOO_SHORT' && !copy[at] && !copy[at + 1]
  if (isEnd && at < length) return decodeAsLink(data, at)
  throw message.error
}

function requireBytes(data: unknown): void {
  if (data === null || data === undefined) throw invalidType('data is none')
  if (!(data instanceof Uint8Array)) throw invalidType('data is not a Uint8Array')
}
