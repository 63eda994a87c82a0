// What a monitor tells, and how two states of a link are told apart.
// In: a link record before and after. Out: events, in iproute2's names.

import type { NetlinkError } from '../base/errors.js'
import { isSameList } from '../base/same-list.js'
import type { LinkRecord } from '../message/link-record.js'
import { type Link, toLink } from '../objects/link-object.js'
import { changedLinkFields } from '../objects/named-fields.js'
import type { LinkLookup } from '../objects/value-forms.js'

/** Who said so: the first dump, the kernel at the time, or a dump after events were lost. */
export type Origin = 'dump' | 'kernel' | 'resync'

interface OfLink {
  origin: Origin
  ifindex: number
  /** The link as it is now; of a removed one, as it was last. */
  link: Link
  /** The kernel's own fields. */
  record: LinkRecord
}

export type LinkEvent =
  /** There when the iteration began. */
  | (OfLink & { type: 'present' })
  | (OfLink & { type: 'added' })
  | (OfLink & { type: 'removed' })
  /** `fields` of the link differ from `before`. */
  | (OfLink & { type: 'changed'; fields: (keyof Link)[]; before: Link })
  | (OfLink & { type: 'renamed'; from: string; to: string; before: Link })
  /** Events may have been lost, `overruns` times since the monitor was opened; a dump will make up for them. */
  | { type: 'gap'; origin: 'kernel'; overruns: number }
  /** `links` is what the kernel has: the first dump, or one after a gap, has been taken in. */
  | { type: 'synced'; origin: 'dump' | 'resync'; links: number }
  /** The first fault of its kind: a datagram or a message was dropped, and is counted in `stats`. */
  | { type: 'fault'; origin: 'kernel'; error: NetlinkError }
  /** This consumer was slow: instead of `dropped` events, the differences they made follow. */
  | { type: 'coalesced'; origin: 'kernel'; dropped: number }

export type LinkRecords = ReadonlyMap<number, LinkRecord>

/**
 * What became of one link. `isLater` says that events between the two states may have been lost, so
 * that another link may have taken the ifindex.
 */
export function compareLink(
  before: LinkRecord | undefined,
  after: LinkRecord | undefined,
  origin: Origin,
  lookup: LinkLookup,
  isLater = origin !== 'kernel',
): LinkEvent[] {
  if (!before && !after) return []
  if (!after) return [linkEvent('removed', before as LinkRecord, origin, lookup)]
  if (!before) return [linkEvent('added', after, origin, lookup)]
  if (isLater && isAnotherLink(before, after)) {
    return [linkEvent('removed', before, origin, lookup), linkEvent('added', after, origin, lookup)]
  }
  const was = toLink(before, lookup)
  const link = toLink(after, lookup)
  const { ifindex } = after
  const events: LinkEvent[] = []
  const { ifname: from } = was
  const { ifname: to } = link
  if (from !== to) {
    events.push({ type: 'renamed', origin, ifindex, link, record: after, from, to, before: was })
  }
  const fields = changedLinkFields(was, link)
  if (fields.length > 0) {
    events.push({ type: 'changed', origin, ifindex, link, record: after, fields, before: was })
  }
  return events
}

export function linkEvent<T extends 'present' | 'added' | 'removed' | 'changed'>(
  type: T,
  record: LinkRecord,
  origin: Origin,
  lookup: LinkLookup,
): OfLink & { type: T } {
  return { type, origin, ifindex: record.ifindex, link: toLink(record, lookup), record }
}

/** Everything that differs between two states of all links. */
export function compareLinks(before: LinkRecords, after: LinkRecords, origin: Origin): LinkEvent[] {
  const lookup: LinkLookup = (ifindex) => after.get(ifindex) ?? before.get(ifindex)
  const events: LinkEvent[] = []
  for (const [ifindex, record] of before) {
    if (!after.has(ifindex)) events.push(...compareLink(record, undefined, origin, lookup))
  }
  for (const [ifindex, record] of after) {
    const was = before.get(ifindex)
    if (was !== record) events.push(...compareLink(was, record, origin, lookup, true))
  }
  return events
}

/**
 * Whether the same ifindex stands for another link than before: an ifindex may be chosen anew. What
 * has the same kind, permanent address and counters that have not fallen cannot be told apart.
 */
function isAnotherLink(before: LinkRecord, after: LinkRecord): boolean {
  return (
    before.kind !== after.kind ||
    before.type !== after.type ||
    !isSameList(before.permAddress, after.permAddress) ||
    (after.carrierUpCount ?? 0) < (before.carrierUpCount ?? 0) ||
    (after.carrierDownCount ?? 0) < (before.carrierDownCount ?? 0)
  )
}
