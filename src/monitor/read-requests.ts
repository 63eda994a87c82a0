// The requests by which a network monitor reads: dumps of a family, or of the part that belongs to a table or a link.
//
//   nlmsghdr              ifaddrmsg, rtmsg, ndmsg, fib_rule_hdr    rtattr RTA_TABLE, RTA_OIF, NDA_IFINDEX
//  +---------------------+---------------------------------------+----------------------------------------+
//  | RTM_GET…, DUMP, seq | family, table or ifindex, else zeros  | of what has no room in the struct      |
//  +---------------------+---------------------------------------+----------------------------------------+
//
// A kernel that checks strictly (NETLINK_GET_STRICT_CHK) answers with that part, and any other with more.

import {
  IFINFOMSG_SIZE,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  RTM_GETLINK,
  RTM_NEWADDR,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from '../../assembly/contract.js'
import { NDA_IFINDEX, RTA_OIF, RTA_TABLE } from '../../assembly/record-layout.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { attribute, message } from '../message/builders.js'
import type { ObjectName } from '../message/object-body.js'

/** What is read: one family of one kind of object, or the part of it that belongs to a table or a link. */
export interface ReadScope {
  /** AF_INET or AF_INET6. */
  family: number
  /** RT_TABLE_…. */
  table?: number
  ifindex?: number
}

const byteOrder = HOST_BYTE_ORDER
const isLittle = byteOrder === 'little'

/** The message types: the request's is two more. */
const NEW_TYPES: Record<ObjectName, number> = {
  address: RTM_NEWADDR,
  route: RTM_NEWROUTE,
  neighbour: RTM_NEWNEIGH,
  rule: RTM_NEWRULE,
}
const STRUCT_BYTES: Record<ObjectName, number> = { address: 8, route: 12, neighbour: 12, rule: 12 }

export function newTypeOf(object: ObjectName): number {
  return NEW_TYPES[object]
}

export function readRequest(object: ObjectName, scope: ReadScope, seq: number): Uint8Array {
  const { family, table, ifindex } = scope
  const struct = new DataView(new ArrayBuffer(STRUCT_BYTES[object]))
  struct.setUint8(0, family)
  const attributes: Uint8Array[] = []
  if (ifindex !== undefined) {
    if (object === 'address') struct.setUint32(4, ifindex, isLittle)
    if (object === 'route') attributes.push(attribute(RTA_OIF, ifindex, { byteOrder }))
    if (object === 'neighbour') attributes.push(attribute(NDA_IFINDEX, ifindex, { byteOrder }))
  }
  if (table !== undefined) attributes.push(attribute(RTA_TABLE, table, { byteOrder }))
  const type = NEW_TYPES[object] + 2
  const flags = NLM_F_REQUEST | NLM_F_DUMP
  return message({ type, flags, seq, byteOrder }, new Uint8Array(struct.buffer), ...attributes)
}

/**
 * Asks for the loopback link. The kernel announces a change before it has made all of it, but answers this only
 * afterwards, because both take its lock (rtnl). So what is read after this answer has the whole change.
 */
export function barrierRequest(seq: number): Uint8Array {
  const ifinfomsg = new DataView(new ArrayBuffer(IFINFOMSG_SIZE))
  ifinfomsg.setInt32(4, 1, isLittle)
  const body = new Uint8Array(ifinfomsg.buffer)
  return message({ type: RTM_GETLINK, flags: NLM_F_REQUEST, seq, byteOrder }, body)
}
