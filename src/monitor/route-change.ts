// What a route's notification means for the routes that are known.
// In: its key, whether the route is gone, whether it replaces another. Out: what goes, and whether that is sure.
//
// IPv4: a route that replaces takes the place of the first with its table, destination, tos and metric: sure if there is
// one. IPv6: next hops with a gateway join into one route, or leave it, and the kernel's messages do not say which.

import { AF_INET } from '../../assembly/contract.js'
import type { RouteRecord } from '../message/route-record.js'
import { routeKeyFacts } from './object-keys.js'
import type { RecordArena } from './record-arena.js'
import type { Key } from './record-chunk.js'

export interface RouteChange {
  /** Slots of routes that are gone. */
  removes: number[]
  /** Their table is to be read again. */
  isAmbiguous: boolean
  /** Whether the message can be applied all the same. */
  isApplied: boolean
}

export function routeChange(
  arena: RecordArena,
  key: Key,
  record: RouteRecord,
  isGone: boolean,
  isReplacing: boolean,
): RouteChange {
  const own = arena.find(key)
  const others = arena.withHead(key).filter((slot) => slot !== own)
  if (record.family === AF_INET) {
    // The kernel has replaced one of them, or none that is known.
    if (isGone || !isReplacing) return sure([])
    if (others.length === 0) return sure([])
    return others.length === 1 && own < 0
      ? sure(others)
      : { removes: [], isAmbiguous: true, isApplied: true }
  }
  const hasGateway = (slot: number) => routeKeyFacts(arena.key(slot)).hasGateway
  const mayJoin = routeKeyFacts(key).hasGateway && others.some(hasGateway)
  const isUnknown = isGone ? own < 0 : isReplacing && others.length > 0
  if (record.multipath || record.nexthopId || mayJoin || isUnknown) {
    return { removes: [], isAmbiguous: true, isApplied: false }
  }
  return sure([])
}

function sure(removes: number[]): RouteChange {
  return { removes, isAmbiguous: false, isApplied: true }
}
