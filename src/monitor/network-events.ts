// The events of a network monitor: those of links as a link monitor has them, and of the other objects.
// In: two states of an object. Out: an event, or none where nothing that counts has changed.

import type { NetlinkError } from '../base/errors.js'
import type { ObjectName } from '../message/object-body.js'
import type { LinkEvent, OfLink, Origin } from './events.js'
import type { KeptTypes } from './kept-kinds.js'

/** How many of each a table holds. */
export interface NetworkCounts {
  links: number
  addresses: number
  routes: number
  neighbours: number
  rules: number
}

/** A change of a link. */
export type LinkChange = Extract<LinkEvent, OfLink> & { object: 'link' }

/** What every event about an object has. */
export interface OfObject<N extends ObjectName> {
  origin: Origin
  object: N
  /** What it is kept under in its table: a text that stays the same while the object exists. */
  key: string
  /** The kernel's own fields. */
  record: KeptTypes[N]['record']
}

/** A change of an address, a route, a neighbour or a rule. */
export type ObjectChange<N extends ObjectName> = OfObject<N> &
  Record<N, KeptTypes[N]['object']> &
  (
    | { type: 'present' | 'added' | 'removed' }
    | { type: 'changed'; fields: string[]; before: KeptTypes[N]['object'] }
  )

export type AddressEvent = ObjectChange<'address'>
export type RouteEvent = ObjectChange<'route'>
export type NeighbourEvent = ObjectChange<'neighbour'>
export type RuleEvent = ObjectChange<'rule'>
export type ObjectEvent = AddressEvent | RouteEvent | NeighbourEvent | RuleEvent

export type NetworkEvent =
  | LinkChange
  | ObjectEvent
  /** Events may have been lost, `overruns` times since the monitor was opened. What follows repairs the tables. */
  | { type: 'gap'; origin: 'kernel'; overruns: number }
  /** The tables are what the kernel has, after the first dumps or those after a gap. */
  | ({ type: 'synced'; origin: 'dump' | 'resync' } & NetworkCounts)
  /** A datagram or a message was dropped: the first of its kind. `stats` counts them. */
  | { type: 'fault'; origin: 'kernel'; error: NetlinkError }
  /** This consumer is slow: `dropped` events were replaced by the differences they made, which follow. */
  | { type: 'coalesced'; origin: 'kernel'; dropped: number }

export function objectEvent<N extends ObjectName>(
  type: 'present' | 'added' | 'removed',
  object: N,
  key: string,
  record: KeptTypes[N]['record'],
  it: KeptTypes[N]['object'],
  origin: Origin,
): ObjectEvent {
  return { type, origin, object, key, [object]: it, record } as unknown as ObjectEvent
}

export function changedEvent<N extends ObjectName>(
  object: N,
  key: string,
  record: KeptTypes[N]['record'],
  before: KeptTypes[N]['object'],
  it: KeptTypes[N]['object'],
  fields: string[],
  origin: Origin,
): ObjectEvent {
  const event = { type: 'changed', origin, object, key, [object]: it, record, fields, before }
  return event as unknown as ObjectEvent
}

/** Whether the change of a field makes no event: it runs by itself. */
export type IsQuiet = (name: string, was: unknown, now: unknown) => boolean

/** The names of what differs. */
export function changedFields(before: object, after: object, isQuiet?: IsQuiet): string[] {
  const was = before as Record<string, unknown>
  const now = after as Record<string, unknown>
  const names = new Set([...Object.keys(was), ...Object.keys(now)])
  return [...names].filter(
    (name) => !isSameValue(was[name], now[name]) && !isQuiet?.(name, was[name], now[name]),
  )
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    left.length === right.length &&
    left.every(([name, value]) => isSameValue(value, (b as Record<string, unknown>)[name]))
  )
}
