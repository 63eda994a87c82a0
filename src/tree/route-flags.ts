// The flags of a route. Bit 29 means that hardware refused the route; in a cached route, that it is a multicast route.
// In: the flags member of an rtmsg. Out: the names for it.

import type { TreeNode } from './node.js'
import type { EnumTable } from './part.js'

export const ROUTE_FLAGS = 'rtm-flags'
/** linux/rtnetlink.h RTM_F_CLONED: the route of a lookup, in which the upper half are RTCF_ flags. */
const CLONED = 0x200
/** linux/in_route.h RTCF_MULTICAST, 0x20000000. */
const MULTICAST_BIT = 29n
const MULTICAST = { name: 'multicast', cName: 'RTCF_MULTICAST' }

/** What a flag means only of a cached route. */
export const CACHED_ROUTE_FLAGS: ReadonlyMap<string, bigint> = new Map([
  [MULTICAST.name, MULTICAST_BIT],
  [MULTICAST.cName, MULTICAST_BIT],
])

const cached = new WeakMap<EnumTable, EnumTable>()

export function routeFlags(member: TreeNode, names: EnumTable): EnumTable {
  const { bytes, byteOrder } = member.tree
  const { start, valueEnd } = member
  if (valueEnd - start !== 4) return names
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4)
  if (!(view.getUint32(0, byteOrder === 'little') & CLONED)) return names
  let table = cached.get(names)
  if (!table) {
    table = { name: names.name, entries: new Map(names.entries).set(MULTICAST_BIT, MULTICAST) }
    cached.set(names, table)
  }
  return table
}
