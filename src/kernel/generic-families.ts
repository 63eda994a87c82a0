// Generic netlink's own directory: which families this kernel has, and their multicast groups.
// In: the answers to CTRL_CMD_GETFAMILY. Out: names and numbers; and the request that asks for them.
//
//   nlmsghdr                genlmsghdr               attributes
//  +-----------------------+------------------------+-----------------------------------------------+
//  | GENL_ID_CTRL, DUMP    | GETFAMILY | 1 | 0      | FAMILY_ID, FAMILY_NAME, MCAST_GROUPS [ { … } ]|
//  +-----------------------+------------------------+-----------------------------------------------+

import { NLA_TYPE_MASK, NLM_F_DUMP, NLM_F_REQUEST, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { decodeText } from '../base/text.js'
import { message } from '../message/builders.js'
import { type Attribute, decodeAttribute, decodeMessages } from '../message/decode.js'
import { CTRL, type GenericFamily } from './groups.js'

/** Asks for all families. */
export function familiesRequest(seq: number): Uint8Array {
  const flags = NLM_F_REQUEST | NLM_F_DUMP
  const header = { type: CTRL.GENL_ID_CTRL, flags, seq, byteOrder: HOST_BYTE_ORDER }
  return message(header, Uint8Array.of(CTRL.CTRL_CMD_GETFAMILY, 1, 0, 0))
}

/** The families in a datagram; malformed parts are skipped. */
export function familiesIn(datagram: Uint8Array): GenericFamily[] {
  const families: GenericFamily[] = []
  for (const { header, offset } of decodeMessages(datagram)) {
    const body = offset + NLMSGHDR_SIZE
    const isFamily =
      header?.type === CTRL.GENL_ID_CTRL && datagram[body] === CTRL.CTRL_CMD_NEWFAMILY
    if (!isFamily) continue
    const end = Math.min(offset + header.length, datagram.length)
    const family = familyOf(datagram.subarray(body + CTRL.GENL_HDRLEN, end))
    if (family) families.push(family)
  }
  return families
}

function familyOf(bytes: Uint8Array): GenericFamily | undefined {
  const family: GenericFamily = { id: 0, name: '', groups: [] }
  for (const { type, payload } of attributesIn(bytes)) {
    if (type === CTRL.CTRL_ATTR_FAMILY_ID) family.id = number(payload)
    if (type === CTRL.CTRL_ATTR_FAMILY_NAME) family.name = text(payload)
    if (type === CTRL.CTRL_ATTR_MCAST_GROUPS) {
      family.groups = Array.from(attributesIn(payload), (group) => groupOf(group.payload))
    }
  }
  return family.name === '' ? undefined : family
}

function groupOf(bytes: Uint8Array): { name: string; id: number } {
  const group = { name: '', id: 0 }
  for (const { type, payload } of attributesIn(bytes)) {
    if (type === CTRL.CTRL_ATTR_MCAST_GRP_NAME) group.name = text(payload)
    if (type === CTRL.CTRL_ATTR_MCAST_GRP_ID) group.id = number(payload)
  }
  return group
}

/** The attributes in `bytes`, up to the first malformed one. */
export function attributesIn(bytes: Uint8Array): Attribute[] {
  const attributes: Attribute[] = []
  try {
    for (let at = 0; ; ) {
      const attribute = decodeAttribute(bytes, at)
      if (!attribute) break
      attributes.push({ ...attribute, type: attribute.type & NLA_TYPE_MASK })
      at += (attribute.length + 3) & ~3
    }
  } catch {
    // A length that does not fit: nothing behind it can be found.
  }
  return attributes
}

/** An integer of this machine's byte order, of 16 or 32 bits. */
function number(payload: Uint8Array): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const isLittle = HOST_BYTE_ORDER === 'little'
  if (payload.length >= 4) return view.getUint32(0, isLittle)
  return payload.length >= 2 ? view.getUint16(0, isLittle) : 0
}

/** A string up to its NUL. */
function text(payload: Uint8Array): string {
  const end = payload.indexOf(0)
  return decodeText(end < 0 ? payload : payload.subarray(0, end)).text
}
