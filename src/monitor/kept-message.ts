// The messages that a network monitor takes: as any monitor's, but objects that it keeps come with their bytes.
// In: the module after decode(). Out: messages that own all their bytes.

import {
  FRAME_HEADER_BYTES,
  NLMSGHDR_SIZE,
  RECORD_FRAME,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORDS,
} from '../../assembly/contract.js'
import { RECORD_BYTES } from '../../assembly/record-layout.js'
import { type NetlinkMessage, readMessage } from '../message/read-message.js'
import type { Module } from '../module/module.js'
import type { ObjectName } from './read-requests.js'

/** `body`: what lies behind the nlmsghdr of an address, route, neighbour or rule; of others, of type `other` too. */
export type KeptMessage = NetlinkMessage & { body?: Uint8Array }

const KEPT: ReadonlySet<string> = new Set<ObjectName>(['address', 'route', 'neighbour', 'rule'])

export function readKept(module: Module, index: number, mode: number, base: number): KeptMessage {
  const found: KeptMessage = readMessage(module, index, mode, base)
  if (!KEPT.has(found.kind)) return found
  const { view, u8 } = module
  const at = RECORDS + index * RECORD_BYTES
  const datagram = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const start = datagram + view.getUint32(at + RECORD_OFFSET, true)
  found.body = u8.slice(start + NLMSGHDR_SIZE, start + view.getUint32(at + RECORD_LEN, true))
  return found
}
