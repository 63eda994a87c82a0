// Which links an event says too little about, so that they have to be read again.
// In: an event, the link as it was, and the table after the event. Out: ifindexes.
//
// Each rule was tried on a kernel:
// - A veth is announced before its peer exists, without IFLA_LINK. No second message follows while both are down.
// - A new tun or tap gets its owner and group after it was announced, and some drivers announce a link before it has its
//   IFLA_INFO_DATA.
// - A link that shows a removed one as its `link` or `master` changes too: the other may have moved to another
//   namespace. So does the peer of a veth that comes back, and whatever lies on a link that comes back: that may have
//   another ifindex now.
// - A port of a bridge shows the bridge's id, which changes with the bridge's address and priority.
// - What a bridge says of its ports (AF_BRIDGE) has the state of the port, which no other message announces.

import { AF_UNSPEC, RTM_DELLINK } from '../../assembly/contract.js'
import { isSameList } from '../base/same-list.js'
import { keptMessage } from '../message/kept-message.js'
import type { LinkRecord } from '../message/link-record.js'
import { hasSameInfo } from '../objects/link-info.js'
import type { LinkTable } from './link-table.js'

/** The ifindexes of links to read again after an event about `link`, which was `before`. */
export function linksToAsk(
  type: number,
  link: LinkRecord,
  before: LinkRecord | undefined,
  table: LinkTable,
): number[] {
  const { family, ifindex, kind, master } = link
  if (family !== AF_UNSPEC) return master === undefined ? [ifindex] : [ifindex, master]
  if (type === RTM_DELLINK) return table.above(ifindex)
  const isVeth = kind === 'veth'
  if (before && kind === 'bridge') return hasSameId(before, link) ? [] : table.above(ifindex)
  if (before) return isVeth && link.link === undefined ? [ifindex] : []
  const asked = table.onLinksElsewhere()
  if (kind !== undefined) asked.push(ifindex)
  if (isVeth && link.link !== undefined && link.linkNetnsid === undefined) asked.push(link.link)
  return asked
}

/** Whether a bridge still says the same of itself: its id follows from its address and its priority. */
function hasSameId(before: LinkRecord, link: LinkRecord): boolean {
  const [was, now] = [keptMessage(before), keptMessage(link)]
  return isSameList(before.address, link.address) && (!was || !now || hasSameInfo(was, now))
}

/** Whether the parameters of a new link may be set some time after it was announced. */
export function isSetLater({ kind }: LinkRecord): boolean {
  return kind === 'tun'
}
