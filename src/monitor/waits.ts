// The waits for links that come and go, and for any condition on a link.
// In: the links and events of a monitor. Out: promises that resolve at once if their condition already holds.

import {
  checkFunction,
  checkList,
  checkMilliseconds,
  checkObject,
} from '../base/argument-checks.js'
import { Deadline, timeoutError, type WaitOptions } from '../base/deadline.js'
import type { Link } from '../objects/link-object.js'
import { requireLog } from './event-log.js'
import type { LinkEvent } from './events.js'
import { findOne, type RefOptions, requireRef, View } from './follower.js'
import { findIfindexes, type LinkMap, type LinkRef } from './link-map.js'
import type { LinkTable } from './link-table.js'
import { until, type WaitHost } from './until.js'

export interface AttachOptions extends WaitOptions {
  /** Links to ignore. Default: those present when the wait starts; with `since`, none. */
  except?: Iterable<LinkRef> | undefined
  /** What `mark()` returned: ignores links that were there then. One that was created again since is another link. */
  since?: number | undefined
  /** Accepts the link that is waited for. Default: any. */
  match?: ((link: Link) => boolean) | undefined
  /**
   * Milliseconds without a rename before the wait resolves, because udev renames new links. They start
   * again for a link that is removed and created again.
   */
  settle?: number | undefined
}

export interface DetachOptions extends RefOptions {
  /** What `mark()` returned: a removal since then counts, too. Default: now. */
  since?: number | undefined
}

export async function waitForAttach(host: WaitHost, options: AttachOptions): Promise<Link> {
  checkObject('options', options)
  const { except, since, match = () => true, settle = 0, ...waitOptions } = options
  if (except !== undefined) checkList('except', except, 'links')
  checkFunction('match', match)
  checkMilliseconds('settle', settle)
  const log = since === undefined ? undefined : requireLog(host.log, since)
  const refs = except && [...except]
  refs?.forEach(requireRef)
  const found = refs?.flatMap((ref) => findIfindexes(host.records, ref))
  /** Links to ignore, even if they were renamed since. */
  const present = new Set<number>(found ?? (log ? [] : host.records.keys()))
  const isIgnored = (ifindex: number) =>
    present.has(ifindex) ||
    log?.isNewer(ifindex, since as number) === false ||
    refs?.some((ref) => findIfindexes(host.records, ref).includes(ifindex))
  const look = (event?: LinkEvent): Link | undefined => {
    for (const ifindex of changedBy(event, host.records)) {
      const link = isIgnored(ifindex) ? undefined : host.links.get(ifindex)
      if (link && match(link)) return link
    }
    return undefined
  }
  const deadline = new Deadline(waitOptions, host.clock)
  // Also while a link settles: a link that was present, and is created again with its ifindex, is another link.
  const onEvent = (event: LinkEvent) => event.type === 'removed' && present.delete(event.ifindex)
  const stop = host.listen(onEvent, () => {})
  try {
    for (;;) {
      const left = { signal: deadline.signal, timeout: deadline.left }
      const link = await until(host, 'the wait for a link to be attached', left, look)
      if (settle <= 0) return link
      const settled = await settledLink(host, link, settle, deadline)
      if (settled && match(settled)) return settled
    }
  } finally {
    stop()
    deadline.close()
  }
}

/** The link, once it has kept its name for `settle` milliseconds; undefined as soon as it is removed. */
async function settledLink(
  host: WaitHost,
  { ifindex }: Link,
  settle: number,
  deadline: Deadline,
): Promise<Link | undefined> {
  for (;;) {
    const left = deadline.left ?? Number.POSITIVE_INFINITY
    const quiet = Math.min(settle, left)
    const unsettled = (event?: LinkEvent) => {
      if (!host.records.has(ifindex)) return 'removed'
      const isOfLink = event && 'ifindex' in event && event.ifindex === ifindex
      return isOfLink && (event.type === 'removed' || event.type === 'renamed')
        ? event.type
        : undefined
    }
    const options = { signal: deadline.signal, timeout: quiet }
    const what = await until(host, '', options, unsettled).catch((error: Error) => {
      if (error.name !== 'TimeoutError' || deadline.signal?.aborted) throw error
      return undefined
    })
    if (what === 'removed') return undefined
    if (what === 'renamed') continue
    // A timer may fire a little early, so the time left now does not say which of the two limits ended the wait.
    if (left < settle) throw timeoutError('the wait for a link to settle')
    return host.links.get(ifindex)
  }
}

/** The link that was removed; undefined if there is no such link. */
export async function waitForDetach(
  host: WaitHost,
  ref: LinkRef | undefined,
  options: DetachOptions,
): Promise<Link | undefined> {
  if (ref !== undefined) requireRef(ref)
  checkObject('options', options)
  const { since, match, ...waitOptions } = options
  if (match !== undefined) checkFunction('match', match)
  const view = new View(host)
  let ifindex: number | undefined
  const look = view.lookSince(since, (event) => {
    if (event?.type === 'removed') {
      const isMeant = ref === undefined ? (match?.(event.link) ?? true) : event.ifindex === ifindex
      if (isMeant) return { link: event.link }
    }
    if (ref === undefined) return undefined
    ifindex ??= findOne(view, ref, match)
    return ifindex === undefined && view.isComplete ? { link: undefined } : undefined
  })
  const found = await until(host, 'the wait for a link to be detached', waitOptions, look)
  return found.link
}

export async function waitFor(
  host: WaitHost,
  predicate: (link: Link, links: LinkMap) => boolean,
  options: WaitOptions,
): Promise<Link> {
  checkFunction('predicate', predicate)
  return until(host, 'the wait for a link', options, (event) => {
    for (const ifindex of changedBy(event, host.records)) {
      const link = host.links.get(ifindex)
      if (link && predicate(link, host.links)) return link
    }
    return undefined
  })
}

/** The ifindexes of links that an event may have changed: all of them at the start, and after a gap. */
function changedBy(event: LinkEvent | undefined, records: LinkTable): Iterable<number> {
  if (!event || event.type === 'synced') return records.keys()
  if (!('ifindex' in event)) return []
  const { ifindex } = event
  // Other links show its name (`link`, `master`) and whether it is up ("M-DOWN").
  const isShown = event.type !== 'changed' || event.fields.includes('flags')
  return isShown ? [ifindex, ...records.above(ifindex)] : [ifindex]
}
