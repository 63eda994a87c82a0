// The messages that a network monitor takes: as any monitor's, but objects that it keeps come with their bytes, and an
// entry of a dump as its key and its bytes alone, as there may be a million of them.
// In: the module after decode(). Out: messages that own all their bytes.

import { NLM_F_MULTI, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import { type ObjectName, objectNameOf, readObject } from '../message/object-views.js'
import { type NetlinkMessage, readHeader, readMessage } from '../message/read-message.js'
import { readHead } from '../message/record-head.js'
import type { Module } from '../module/module.js'
import { KEPT_KINDS, type KeptKind } from './kept-kinds.js'
import type { Key } from './record-arena.js'

/** An entry of a dump. */
export interface KeptEntry {
  object: ObjectName
  /** Undefined for an object that is not kept. */
  key: Key | undefined
  /** What lies behind the nlmsghdr. */
  body: Uint8Array
}

/** `body`: what lies behind the nlmsghdr of a notification. `entry`: of a message of kind `other`, which is in a dump. */
export type NetworkMessage = NetlinkMessage & { body?: Uint8Array; entry?: KeptEntry }

export function readKept(
  module: Module,
  index: number,
  mode: number,
  base: number,
): NetworkMessage {
  const { kind: number, error, start, length, offset, flags } = readHead(module, index)
  const object = objectNameOf(number)
  if (!object || error !== 0) return readMessage(module, index, mode, base)
  const body = module.u8.slice(start + NLMSGHDR_SIZE, start + length)
  if ((flags & NLM_F_MULTI) === 0) {
    return Object.assign(readMessage(module, index, mode, base), { body })
  }
  const record = readObject(module, index, number, mode) as never
  const kind = KEPT_KINDS[object] as unknown as KeptKind
  const key = kind.isKept(record) ? kind.key(record, body).slice() : undefined
  const header = readHeader(module, index)
  return { kind: 'other', offset: base + offset, header, entry: { object, key, body } }
}
