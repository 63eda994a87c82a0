// Building messages.
// In: the fields of a message. Out: its bytes. Nothing here validates, as tests need malformed messages, too.

import {
  AF_UNSPEC,
  NLA_ALIGNTO,
  NLA_HDRLEN,
  NLM_F_MULTI,
  NLMSG_ALIGNTO,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { IFLA_IFNAME, IFLA_OPERSTATE } from '../../assembly/record-layout.js'
import type { ByteOrder } from '../base/byte-order.js'
import { encodeText } from '../base/text.js'

export interface HeaderFields {
  type?: number
  flags?: number
  seq?: number
  pid?: number
  /** nlmsg_len, if it should be wrong. */
  length?: number
  byteOrder?: ByteOrder | undefined
}

/** A payload: bytes as they are, a string with its NUL, or a 32-bit number. */
export type AttributeValue = Uint8Array | string | number

export interface LinkFields extends HeaderFields {
  ifindex?: number
  family?: number
  /** ARPHRD_…; 1, ether, by default. */
  linkType?: number
  /** IFF_… mask. */
  linkFlags?: number
  change?: number
  /** Adds IFLA_IFNAME, with its NUL. */
  ifname?: string | Uint8Array
  /** Adds IFLA_OPERSTATE. */
  operstate?: number
  /** Further attributes, as [type, value] pairs or as bytes from `attribute()`. */
  attributes?: (readonly [type: number, value: AttributeValue] | Uint8Array)[]
}

/**
 * One attribute, padded to 4 bytes. `length` is rta_len, if it should be wrong.
 *
 *      0     2      4
 *     | len | type | value ... | pad |
 */
export function attribute(
  type: number,
  value: AttributeValue | Uint8Array[],
  { length, byteOrder }: { length?: number; byteOrder?: ByteOrder | undefined } = {},
): Uint8Array {
  const payload = Array.isArray(value) ? concat(value) : payloadOf(value, byteOrder)
  const bytes = new Uint8Array(alignUp(NLA_HDRLEN + payload.length, NLA_ALIGNTO))
  const view = new DataView(bytes.buffer)
  const little = byteOrder !== 'big'
  view.setUint16(0, length ?? NLA_HDRLEN + payload.length, little)
  view.setUint16(2, type, little)
  bytes.set(payload, NLA_HDRLEN)
  return bytes
}

/** One message of any type: an nlmsghdr and `body`, padded to 4 bytes. */
export function message(fields: HeaderFields, ...body: Uint8Array[]): Uint8Array {
  const payload = concat(body)
  const bytes = new Uint8Array(alignUp(NLMSGHDR_SIZE + payload.length, NLMSG_ALIGNTO))
  const view = new DataView(bytes.buffer)
  const little = fields.byteOrder !== 'big'
  view.setUint32(0, fields.length ?? NLMSGHDR_SIZE + payload.length, little)
  view.setUint16(4, fields.type ?? 0, little)
  view.setUint16(6, fields.flags ?? 0, little)
  view.setUint32(8, fields.seq ?? 0, little)
  view.setUint32(12, fields.pid ?? 0, little)
  bytes.set(payload, NLMSGHDR_SIZE)
  return bytes
}

/** A link message: RTM_NEWLINK unless `type` says otherwise. */
export function linkMessage(fields: LinkFields): Uint8Array {
  const { byteOrder, attributes = [], ifname, operstate } = fields
  const little = byteOrder !== 'big'
  const ifinfomsg = new DataView(new ArrayBuffer(16))
  ifinfomsg.setUint8(0, fields.family ?? AF_UNSPEC)
  ifinfomsg.setUint16(2, fields.linkType ?? 1, little)
  ifinfomsg.setInt32(4, fields.ifindex ?? 0, little)
  ifinfomsg.setUint32(8, fields.linkFlags ?? 0, little)
  ifinfomsg.setUint32(12, fields.change ?? 0, little)
  return message(
    { type: RTM_NEWLINK, ...fields },
    new Uint8Array(ifinfomsg.buffer),
    ...(ifname === undefined ? [] : [attribute(IFLA_IFNAME, ifname, { byteOrder })]),
    ...(operstate === undefined
      ? []
      : [attribute(IFLA_OPERSTATE, Uint8Array.of(operstate), { byteOrder })]),
    ...attributes.map((given) =>
      given instanceof Uint8Array ? given : attribute(given[0], given[1], { byteOrder }),
    ),
  )
}

/** RTM_NEWLINK: a link has appeared or changed. */
export function newLink(fields: LinkFields): Uint8Array {
  return linkMessage({ ...fields, type: RTM_NEWLINK })
}

/** RTM_DELLINK: a link was removed. */
export function delLink(fields: LinkFields): Uint8Array {
  return linkMessage({ ...fields, type: RTM_DELLINK })
}

/** NLMSG_ERROR: `errno` is negative, or 0 for an acknowledgement; `request` is the message it answers. */
export function errorMessage(
  { errno, ...fields }: HeaderFields & { errno: number },
  request: Uint8Array = message({ ...fields, type: 0 }),
): Uint8Array {
  return message({ type: NLMSG_ERROR, ...fields }, payloadOf(errno, fields.byteOrder), request)
}

/** NLMSG_DONE: the end of a dump. */
export function doneMessage({
  errno = 0,
  ...fields
}: HeaderFields & { errno?: number } = {}): Uint8Array {
  const body = payloadOf(errno, fields.byteOrder)
  return message({ type: NLMSG_DONE, flags: NLM_F_MULTI, ...fields }, body)
}

/** Several messages one after another, as the kernel packs a dump. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function payloadOf(value: AttributeValue, byteOrder?: ByteOrder): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return encodeText(`${value}\0`)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, byteOrder !== 'big')
  return bytes
}

function alignUp(length: number, to: number): number {
  return Math.ceil(length / to) * to
}
