// What a route with one next hop shows of its link: `linkdown` and `dead`. The kernel changes both for every route of a
// link at once, and sends nothing but the link's own event; so they are read from the link, and not from the message.
// In: a route's record, and links. Out: the record with the flags that it has now.

import type { LinkRecord } from '../message/link-record.js'
import type { RouteRecord } from '../message/route-record.js'

const RTNH_F_DEAD = 0x1
const RTNH_F_LINKDOWN = 0x10
const LINK_STATE = RTNH_F_DEAD | RTNH_F_LINKDOWN
const IFF_UP = 0x1
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000
const RTN_LOCAL = 2
const RTN_ANYCAST = 4
const RT_SCOPE_HOST = 254
const AF_INET6 = 10

export function withLinkState(
  record: RouteRecord,
  link: (ifindex: number) => LinkRecord | undefined,
): RouteRecord {
  const { oif, multipath, via } = record
  // One of several next hops may be dead though its link is up, as the link's last address has gone. With a gateway of
  // another family, a route that was added without a carrier is not `linkdown`. Such routes are read again.
  if (multipath || via || isHost(record)) return record
  const flags = oif === undefined ? record.flags : stateOf(record.flags, link(oif))
  return flags === record.flags ? record : { ...record, flags }
}

/** Such routes stay as they are, whatever becomes of their link. */
function isHost({ family, scope, type }: RouteRecord): boolean {
  return family === AF_INET6 ? type === RTN_LOCAL || type === RTN_ANYCAST : scope === RT_SCOPE_HOST
}

function stateOf(flags: number, link: LinkRecord | undefined): number {
  if (!link) return flags
  const rest = flags & ~LINK_STATE
  if ((link.flags & IFF_UP) === 0) return (rest | LINK_STATE) >>> 0
  const hasCarrier = (link.flags & (IFF_RUNNING | IFF_LOWER_UP)) !== 0
  return (hasCarrier ? rest : rest | RTNH_F_LINKDOWN) >>> 0
}
