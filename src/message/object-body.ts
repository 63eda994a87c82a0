// One address, route, neighbour or rule as a monitor takes it in: its record read as far as it is asked for, and its bytes.
// In: the module after decode(). Out: what is valid until the module is used again, and a copy of the bytes behind the nlmsghdr.

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
import type { Module } from '../module/module.js'
import { AddressGetters } from './address-record.js'
import { NeighbourGetters } from './neighbour-record.js'
import type { RecordBatch } from './record-values.js'
import { RouteGetters } from './route-record.js'
import { RuleGetters } from './rule-record.js'

type Getters = new (batch: RecordBatch, at: number) => object

const KINDS = {
  [KIND_ADDRESS]: ['address', AddressGetters],
  [KIND_ROUTE]: ['route', RouteGetters],
  [KIND_NEIGHBOUR]: ['neighbour', NeighbourGetters],
  [KIND_RULE]: ['rule', RuleGetters],
} as const

export type ObjectName = 'address' | 'route' | 'neighbour' | 'rule'

export interface ObjectBody {
  name: ObjectName
  /** Of the nlmsghdr in its datagram. */
  offset: number
  /** NLM_F_MULTI: an entry of a dump. */
  isEntry: boolean
  /** The fields of its record, each read when it is asked for. */
  record: object
  body: Uint8Array
}

/** Undefined for a message of another kind, and for a malformed one. */
export function objectBody(module: Module, index: number, mode: number): ObjectBody | undefined {
  const { view, u8 } = module
  const at = RECORDS + index * RECORD_BYTES
  const known = (KINDS as Record<number, readonly [ObjectName, Getters]>)[
    view.getUint16(at + RECORD_KIND, true)
  ]
  if (!known || view.getUint16(at + RECORD_ERROR, true) !== 0) return undefined
  const [name, RecordGetters] = known
  const datagram = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const offset = view.getUint32(at + RECORD_OFFSET, true)
  const start = datagram + offset
  return {
    name,
    offset,
    isEntry: (view.getUint16(at + RECORD_FLAGS, true) & NLM_F_MULTI) !== 0,
    record: new RecordGetters(batchAt(module, datagram, mode), at),
    body: u8.slice(start + NLMSGHDR_SIZE, start + view.getUint32(at + RECORD_LEN, true)),
  }
}

let lastBatch: (RecordBatch & { module: Module }) | undefined

/** The module as the getters want it: the one of the message before, mostly. */
function batchAt(module: Module, base: number, mode: number): RecordBatch {
  if (lastBatch?.module === module && lastBatch.base === base && lastBatch.mode === mode) {
    return lastBatch
  }
  lastBatch = Object.assign(Object.create(module), { module, base, mode })
  return lastBatch as RecordBatch
}
