// Turns a link record into the message that the kernel sends, or into the message of a bridge about its port.
// In: fields in the kernel's numbers. Out: bytes, with the attributes that are not undefined.

import { AF_BRIDGE } from '../../assembly/contract.js'
import type { HeaderFields } from '../message/builders.js'
import type { LinkRecord } from '../message/link-record.js'
import { objectBytes } from './object-bytes.js'

/** `header` defaults to that of a notification: RTM_NEWLINK, no flags, seq 0, port id 0. */
export function linkBytes(record: LinkRecord, header: HeaderFields = {}): Uint8Array {
  return objectBytes('link', record, header)
}

/** The message of a bridge about one of its ports: AF_BRIDGE, and fewer attributes. */
export function portBytes(record: LinkRecord, header: HeaderFields = {}): Uint8Array {
  const { type, ifindex, flags, change, ifname, ifnameBytes, master, mtu, operstate, address } =
    record
  const of = { family: AF_BRIDGE, type, ifindex, flags, change }
  return objectBytes(
    'link',
    { ...of, ifname, ifnameBytes, master, mtu, operstate, address },
    header,
  )
}
