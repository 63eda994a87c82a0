// What the kernel changes with a link, and does not say: which parts are to be read again after a link's event.
// In: a link before and after. Out: parts of the tables.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import type { LinkRecord } from '../message/link-record.js'
import type { ObjectName } from '../message/object-body.js'
import type { ReadScope } from './read-requests.js'

const IFF_UP = 0x1
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000

/** `ofOwnState`: only if some of the routes have a state that is not their link's alone. */
export type Hint = [object: ObjectName, scope: ReadScope, ofOwnState?: boolean]

/** Everything of a link, in both families. */
function all(ifindex: number): Hint[] {
  return (['address', 'route', 'neighbour'] as const).flatMap((object) =>
    [AF_INET, AF_INET6].map((family): Hint => [object, { family, ifindex }]),
  )
}

export function linkHints(before: LinkRecord | undefined, after: LinkRecord | undefined): Hint[] {
  const { ifindex } = (after ?? before) as LinkRecord
  if (!after) return before ? all(ifindex) : []
  const was = before?.flags ?? 0
  // Down: routes go. Up: next hops revive, addresses come. Of another master: a VRF has tables of its own.
  if ((was ^ after.flags) & IFF_UP || before?.master !== after.master) return all(ifindex)
  const hints: Hint[] = []
  const inet6: ReadScope = { family: AF_INET6, ifindex }
  // With its MTU, those of IPv6 routes change; below 1280 there is no IPv6.
  if (before && before.mtu !== after.mtu) hints.push(['address', inet6], ['route', inet6])
  const changed = (was ^ after.flags) & (IFF_RUNNING | IFF_LOWER_UP)
  if (changed === 0) return hints
  // A link-local address is not announced while it is tentative.
  if (changed & after.flags) hints.push(['address', inet6])
  // Next hop objects go with the carrier, and some routes have a state of their own.
  hints.push(['route', { family: AF_INET, ifindex }, true], ['route', inet6, true])
  return hints
}
