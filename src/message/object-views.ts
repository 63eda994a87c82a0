// Records of addresses, routes, neighbours and rules whose fields are read when they are accessed: for callers that need few.
// In: the module after decode(). Out: views, valid until the next decode().

import { FRAME_HEADER_BYTES, RECORD_FRAME, RECORDS } from '../../assembly/contract.js'
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

export type ObjectName = 'address' | 'route' | 'neighbour' | 'rule'

/** By KIND_…: the object's name, and its view. */
const VIEWS = {
  [KIND_ADDRESS]: ['address', AddressGetters],
  [KIND_ROUTE]: ['route', RouteGetters],
  [KIND_NEIGHBOUR]: ['neighbour', NeighbourGetters],
  [KIND_RULE]: ['rule', RuleGetters],
} as const

/** The object that records of KIND_… are; undefined for links and for messages that are no objects. */
export function objectNameOf(kind: number): ObjectName | undefined {
  return VIEWS[kind as keyof typeof VIEWS]?.[0]
}

/** Record `index`, which is of `kind`, decoded in `mode`. */
export function readObject(
  module: Module,
  index: number,
  kind: number,
  mode: number,
): AddressGetters | RouteGetters | NeighbourGetters | RuleGetters {
  const at = RECORDS + index * RECORD_BYTES
  const base = module.view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const View = VIEWS[kind as keyof typeof VIEWS][1]
  return new View(batchAt(module, base, mode), at)
}

let lastBatch: (RecordBatch & { module: Module }) | undefined

/** The module as a view needs it. Mostly it is the same as for the record before. */
function batchAt(module: Module, base: number, mode: number): RecordBatch {
  if (lastBatch?.module === module && lastBatch.base === base && lastBatch.mode === mode) {
    return lastBatch
  }
  lastBatch = Object.assign(Object.create(module), { module, base, mode })
  return lastBatch as RecordBatch
}
