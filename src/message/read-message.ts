// Turns the module's records into messages. Only this file and link-record.ts read records.
// In: the module after decode(). Out: plain objects that own all their bytes, in the kernel's numbers:
// `link-object.ts` has iproute2's names.

import {
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  FRAME_HEADER_BYTES,
  KIND_CONTROL,
  KIND_LINK,
  RECORD_BYTES,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORD_TYPE,
  RECORDS,
  SLOT_IFNAME,
  SLOT_INFO_KIND,
} from '../../assembly/contract.js'
import type { NetlinkError } from '../base/errors.js'
import type { Module } from '../module/module.js'
import { nameAt } from '../module/slots.js'
import { faultError } from './faults.js'
import { altnamesOf, type LinkRecord, linkOf } from './link-record.js'

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
  switch (view.getUint16(at + RECORD_KIND, true)) {
    case KIND_LINK:
      return { kind: 'link', offset, header, link: readLink(module, at, mode) }
    case KIND_CONTROL:
      return { kind: 'control', offset, header, errno: view.getInt32(at + RECORD_ERRNO, true) }
    default:
      return { kind: 'other', offset, header }
  }
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

function readLink(module: Module, at: number, mode: number): LinkRecord {
  const base = module.view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const name = nameAt(module, at, RECORD_IFNAME, SLOT_IFNAME)
  const kind = nameAt(module, at, RECORD_INFO_KIND, SLOT_INFO_KIND)
  return linkOf(module, at, base, name, kind?.text, altnamesOf(module, at, base, mode))
}
