// The events of a monitor, made by comparing two states of a link.
// In: a link record before and after. Out: events, in iproute2's names.

import type { NetlinkError } from '../base/errors.js'
import { isSameList } from '../base/same-list.js'
import { keptMessage } from '../message/kept-message.js'
import type { LinkRecord } from '../message/link-record.js'
import { differingDetails } from '../objects/link-details.js'
import { hasSameInfo } from '../objects/link-info.js'
import { type Link, toLink } from '../objects/link-object.js'
import { changedLinkFields } from '../objects/named-fields.js'
import type { LinkLookup } from '../objects/value-forms.js'

/** Where an event comes from: the first dump, a notification of the kernel, or a dump after events were lost. */
export type Origin = 'dump' | 'kernel' | 'resync'

export interface OfLink {
  origin: Origin
  ifindex: number
  /** The link as it is now; for a removed link, its last state. */
  link: Link
  /** The kernel's own fields. */
  record: LinkRecord
}

export type LinkEvent =
  /** The link existed when the iteration started. */
  | (OfLink & { type: 'present' })
  | (OfLink & { type: 'added' })
  | (OfLink & { type: 'removed' })
  /** These `fields` of the link changed. */
  | (OfLink & { type: 'changed'; fields: (keyof Link)[]; before: Link })
  | (OfLink & { type: 'renamed'; from: string; to: string; before: Link })
  /** Events may have been lost, `overruns` times since the monitor was opened. A resync follows. */
  | { type: 'gap'; origin: 'kernel'; overruns: number }
  /** The table is what the kernel has, after the first dump or one after a gap. `links` is their number. */
  | { type: 'synced'; origin: 'dump' | 'resync'; links: number }
  /** A datagram or a message was dropped: the first of its kind. `stats` counts them. */
  | { type: 'fault'; origin: 'kernel'; error: NetlinkError }
  /** This consumer is slow: `dropped` events were replaced by the differences they made, which follow. */
  | { type: 'coalesced'; origin: 'kernel'; dropped: number }

export type LinkRecords = ReadonlyMap<number, LinkRecord>

/**
 * The events between two states of one link. `isLater`: events between them may have been lost, so
 * another link may have the ifindex now.
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
  const fields = [...changedLinkFields(was, link), ...changedDetails(before, after)]
  if (fields.length > 0) {
    events.push({ type: 'changed', origin, ifindex, link, record: after, fields, before: was })
  }
  return events
}

/** What differs of that which only the kept messages say. */
function changedDetails(before: LinkRecord, after: LinkRecord): (keyof Link)[] {
  const [was, now] = [keptMessage(before), keptMessage(after)]
  if (!was || !now) return []
  return differingDetails(was, now).filter(
    (key) => key !== 'linkinfo' || (before.kind === after.kind && !hasSameInfo(was, now)),
  )
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
 * Whether another link has the ifindex now: an ifindex can be reused. A link of the same kind and
 * permanent address whose counters are not lower cannot be distinguished.
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
