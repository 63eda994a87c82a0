// Turns the module's records into messages; what each object has is read by the generated …-record.ts.
// In: the module after decode(). Out: plain objects that own all their bytes, in the kernel's numbers: the room objects/
// has iproute2's names.

import {
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  FRAME_HEADER_BYTES,
  KIND_CONTROL,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORD_TYPE,
  RECORDS,
} from '../../assembly/contract.js'
import {
  KIND_ADDRESS,
  KIND_LINK,
  KIND_NEIGHBOUR,
  KIND_ROUTE,
  KIND_RULE,
  RECORD_BYTES,
} from '../../assembly/record-layout.js'
import type { NetlinkError } from '../base/errors.js'
import type { Module } from '../module/module.js'
import { type AddressRecord, addressRecord } from './address-record.js'
import { faultError } from './faults.js'
import { type LinkRecord, linkRecord } from './link-record.js'
import { type NeighbourRecord, neighbourRecord } from './neighbour-record.js'
import { type RouteRecord, routeRecord } from './route-record.js'
import { type RuleRecord, ruleRecord } from './rule-record.js'

/** `struct nlmsghdr` of linux/netlink.h. `length` is in bytes and counts the header itself. */
export interface NetlinkHeader {
  length: number
  type: number
  flags: number
  seq: number
  /** Port id of the sender, or of the requester in an answer. */
  pid: number
}

/** One netlink message; `offset` is the byte of the input at which it starts. */
export type NetlinkMessage =
  | { kind: 'link'; offset: number; header: NetlinkHeader; link: LinkRecord }
  /** RTM_NEWADDR and RTM_DELADDR; of the next three alike. Requests are of kind `other`. */
  | { kind: 'address'; offset: number; header: NetlinkHeader; address: AddressRecord }
  | { kind: 'route'; offset: number; header: NetlinkHeader; route: RouteRecord }
  | { kind: 'neighbour'; offset: number; header: NetlinkHeader; neighbour: NeighbourRecord }
  | { kind: 'rule'; offset: number; header: NetlinkHeader; rule: RuleRecord }
  /** NLMSG_ERROR or NLMSG_DONE; `errno` is negative, or 0 for an acknowledgement. */
  | { kind: 'control'; offset: number; header: NetlinkHeader; errno: number }
  /** Any other type: complete, but its body is not decoded. */
  | { kind: 'other'; offset: number; header: NetlinkHeader }
  /** `header` is undefined if its 16 bytes were not complete. */
  | { kind: 'malformed'; offset: number; header?: NetlinkHeader; error: NetlinkError }

/** Faults of a datagram, or of what is too short to be a message: no nlmsghdr was read. */
const HEADERLESS = new Set([ERROR_MESSAGE_HEADER, ERROR_DATAGRAM_TRUNCATED, ERROR_FOREIGN_SENDER])

/** Record `index` as a message. `base` is where the datagram starts in the caller's input. */
export function readMessage(
  module: Module,
  index: number,
  mode: number,
  base: number,
): NetlinkMessage {
  const { view } = module
  const at = RECORDS + index * RECORD_BYTES
  const code = view.getUint16(at + RECORD_ERROR, true)
  if (code !== 0 && HEADERLESS.has(code)) {
    const error = readFault(module, index, base)
    return { kind: 'malformed', offset: error.offset as number, error }
  }
  const offset = base + view.getUint32(at + RECORD_OFFSET, true)
  const header = readHeader(module, index)
  if (code !== 0) {
    return { kind: 'malformed', offset, header, error: readFault(module, index, base) }
  }
  const start = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  switch (view.getUint16(at + RECORD_KIND, true)) {
    case KIND_LINK:
      return { kind: 'link', offset, header, link: linkRecord(module, at, start, mode) }
    case KIND_ADDRESS:
      return { kind: 'address', offset, header, address: addressRecord(module, at, start, mode) }
    case KIND_ROUTE:
      return { kind: 'route', offset, header, route: routeRecord(module, at, start, mode) }
    case KIND_NEIGHBOUR: {
      const neighbour = neighbourRecord(module, at, start, mode)
      return { kind: 'neighbour', offset, header, neighbour }
    }
    case KIND_RULE:
      return { kind: 'rule', offset, header, rule: ruleRecord(module, at, start, mode) }
    case KIND_CONTROL:
      return { kind: 'control', offset, header, errno: view.getInt32(at + RECORD_ERRNO, true) }
    default:
      return { kind: 'other', offset, header }
  }
}

/** The address of the message of record `index` in the module. */
export function messageStart({ view }: Module, index: number): number {
  const at = RECORDS + index * RECORD_BYTES
  const datagram = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  return datagram + view.getUint32(at + RECORD_OFFSET, true)
}

export function readHeader({ view }: Module, index: number): NetlinkHeader {
  const at = RECORDS + index * RECORD_BYTES
  return {
    length: view.getUint32(at + RECORD_LEN, true),
    type: view.getUint16(at + RECORD_TYPE, true),
    flags: view.getUint16(at + RECORD_FLAGS, true),
    seq: view.getUint32(at + RECORD_SEQ, true),
    pid: view.getUint32(at + RECORD_PID, true),
  }
}

function readFault({ view }: Module, index: number, base: number): NetlinkError {
  const at = RECORDS + index * RECORD_BYTES
  return faultError(
    {
      code: view.getUint16(at + RECORD_ERROR, true),
      offset: view.getUint32(at + RECORD_ERROR_OFFSET, true),
      expected: view.getUint32(at + RECORD_ERROR_EXPECTED, true),
      got: view.getUint32(at + RECORD_ERROR_GOT, true),
    },
    base,
  )
}
