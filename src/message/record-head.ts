// What a record says before anyone looks at its object: for callers that see many records and make messages of few.
// In: the module after decode(). Out: numbers, and a link whose fields are read from the record when they are accessed.

import {
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  RECORD_ERRNO,
  RECORD_ERROR,
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
import { RECORD_BYTES } from '../../assembly/record-layout.js'
import type { Module } from '../module/module.js'
import { LinkGetters } from './link-record.js'
import type { NetlinkHeader } from './read-message.js'

export interface RecordHead extends NetlinkHeader {
  /** KIND_…. */
  kind: number
  /** ERROR_…; 0 for none. */
  error: number
  /** Of NLMSG_ERROR and NLMSG_DONE; else 0. */
  errno: number
  /** Byte of its datagram at which the message starts. */
  offset: number
  /** FRAME_GROUP of its frame. */
  group: number
  /** Address of the message, and how many of its bytes are in the frame. */
  start: number
  captured: number
}

/** The head of record `index`. Where no nlmsghdr was read, `length` and all that follows from it is 0. */
export function readHead({ view }: Module, index: number): RecordHead {
  const at = RECORDS + index * RECORD_BYTES
  const frame = view.getUint32(at + RECORD_FRAME, true)
  const offset = view.getUint32(at + RECORD_OFFSET, true)
  const length = view.getUint32(at + RECORD_LEN, true)
  return {
    length,
    type: view.getUint16(at + RECORD_TYPE, true),
    flags: view.getUint16(at + RECORD_FLAGS, true),
    seq: view.getUint32(at + RECORD_SEQ, true),
    pid: view.getUint32(at + RECORD_PID, true),
    kind: view.getUint16(at + RECORD_KIND, true),
    error: view.getUint16(at + RECORD_ERROR, true),
    errno: view.getInt32(at + RECORD_ERRNO, true),
    offset,
    group: view.getUint16(frame + FRAME_GROUP, true),
    start: frame + FRAME_HEADER_BYTES + offset,
    captured: Math.min(length, view.getUint32(frame + FRAME_LENGTH, true) - offset),
  }
}

/** Record `index`, which is of KIND_LINK, decoded in `mode` with MODE_NAMES. Valid until the next decode(). */
export function readLink(it: Module, index: number, mode: number): LinkGetters {
  const { records, u8, view, slots } = it
  const at = RECORDS + index * RECORD_BYTES
  const base = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  return new LinkGetters({ records, u8, view, slots, base, mode }, at)
}
