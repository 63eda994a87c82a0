// The messages that a network monitor takes: as any monitor's, but objects that it keeps come with their bytes, and an
// entry of a dump as its key and its bytes alone, as there may be a million of them.
// In: the module after decode(). Out: messages that own all their bytes.

import { NLMSGHDR_SIZE } from '../../assembly/contract.js'
import type { ObjectName } from '../message/object-body.js'
import { objectBody } from '../message/object-body.js'
import {
  messageStart,
  type NetlinkMessage,
  readHeader,
  readMessage,
} from '../message/read-message.js'
import type { Module } from '../module/module.js'
import { KEPT_KINDS, type KeptKind } from './kept-kinds.js'
import type { Key } from './record-chunk.js'

/** An entry of a dump. */
export interface KeptEntry {
  object: ObjectName
  /** Undefined for an object that is not kept. */
  key: Key | undefined
  /** What lies behind the nlmsghdr. */
  body: Uint8Array
}

/** A router has advertised a prefix. */
export const RTM_NEWPREFIX = 52

/** `body`: what lies behind the nlmsghdr of a notification. `entry`: of a message of kind `other`, which is in a dump. */
export type TableMessage = NetlinkMessage & { body?: Uint8Array; entry?: KeptEntry }

export function readTableMessage(
  module: Module,
  index: number,
  mode: number,
  base: number,
): TableMessage {
  const found = objectBody(module, index, mode)
  if (!found) {
    const message = readMessage(module, index, mode, base)
    const { header } = message
    if (message.kind !== 'other' || header?.type !== RTM_NEWPREFIX) return message
    const start = messageStart(module, index)
    const body = module.u8.slice(start + NLMSGHDR_SIZE, start + header.length)
    return Object.assign(message, { body })
  }
  const { name: object, offset, isEntry, record, body } = found
  if (!isEntry) return Object.assign(readMessage(module, index, mode, base), { body })
  const kind = KEPT_KINDS[object] as unknown as KeptKind
  const key = kind.isKept(record as never) ? kind.key(record as never, body).slice() : undefined
  const header = readHeader(module, index)
  return { kind: 'other', offset: base + offset, header, entry: { object, key, body } }
}
