// The messages that a network monitor takes: as any monitor's, but objects that it keeps come with their bytes, and an
// entry of a dump as its key and its bytes alone, as there may be a million of them.
// In: the module after decode(). Out: messages that own all their bytes.

import {
  FRAME_HEADER_BYTES,
  NLM_F_MULTI,
  NLMSGHDR_SIZE,
  RECORD_ERROR,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORDS,
} from '../../assembly/contract.js'
import {
  KIND_ADDRESS,
  KIND_NEIGHBOUR,
  KIND_ROUTE,
  KIND_RULE,
  RECORD_BYTES,
} from '../../assembly/record-layout.js'
import { AddressGetters } from '../message/address-record.js'
import { NeighbourGetters } from '../message/neighbour-record.js'
import { type NetlinkMessage, readHeader, readMessage } from '../message/read-message.js'
import type { RecordBatch } from '../message/record-values.js'
import { RouteGetters } from '../message/route-record.js'
import { RuleGetters } from '../message/rule-record.js'
import type { Module } from '../module/module.js'
import { KEPT_KINDS, type KeptKind } from './kept-kinds.js'
import type { ObjectName } from './read-requests.js'
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
export type TableMessage = NetlinkMessage & { body?: Uint8Array; entry?: KeptEntry }

type View = new (batch: RecordBatch, at: number) => unknown

const KEPT: Record<number, [object: ObjectName, view: View]> = {
  [KIND_ADDRESS]: ['address', AddressGetters],
  [KIND_ROUTE]: ['route', RouteGetters],
  [KIND_NEIGHBOUR]: ['neighbour', NeighbourGetters],
  [KIND_RULE]: ['rule', RuleGetters],
}

export function readTableMessage(
  module: Module,
  index: number,
  mode: number,
  base: number,
): TableMessage {
  const { view, u8 } = module
  const at = RECORDS + index * RECORD_BYTES
  const kept = KEPT[view.getUint16(at + RECORD_KIND, true)]
  if (!kept || view.getUint16(at + RECORD_ERROR, true) !== 0) {
    return readMessage(module, index, mode, base)
  }
  const datagram = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const offset = view.getUint32(at + RECORD_OFFSET, true)
  const start = datagram + offset
  const body = u8.slice(start + NLMSGHDR_SIZE, start + view.getUint32(at + RECORD_LEN, true))
  if ((view.getUint16(at + RECORD_FLAGS, true) & NLM_F_MULTI) === 0) {
    return Object.assign(readMessage(module, index, mode, base), { body })
  }
  const [object, RecordView] = kept
  const kind = KEPT_KINDS[object] as unknown as KeptKind
  const record = new RecordView(batchAt(module, datagram, mode), at) as never
  const key = kind.isKept(record) ? kind.key(record, body).slice() : undefined
  const header = readHeader(module, index)
  return { kind: 'other', offset: base + offset, header, entry: { object, key, body } }
}

let lastBatch: (RecordBatch & { module: Module }) | undefined

/** The module as a view wants it: the one of the entry before, mostly. */
function batchAt(module: Module, base: number, mode: number): RecordBatch {
  if (lastBatch?.module === module && lastBatch.base === base && lastBatch.mode === mode) {
    return lastBatch
  }
  lastBatch = Object.assign(Object.create(module), { module, base, mode })
  return lastBatch as RecordBatch
}
