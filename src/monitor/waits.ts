// The waits of a monitor.
// In: its links and events. Out: promises that resolve at once if their condition already holds, follow a link by
// its ifindex through renames, and treat a re-created link as another link.

import {
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_UP,
} from '../../assembly/contract.js'
import {
  checkFunction,
  checkList,
  checkMilliseconds,
  checkObject,
  expected,
} from '../base/argument-checks.js'
import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { outOfRange } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'
import { type OperState, operStateNumber } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import type { LinkEvent } from './events.js'
import { findIfindex, type LinkMap, type LinkRef } from './link-map.js'
import type { LinkTable } from './link-table.js'

/** What the waits need of a monitor. */
export interface WaitHost {
  readonly records: LinkTable
  readonly links: LinkMap
  readonly clock: Clock
  /** Whether the links are known to be what the kernel has: no gap is open. */
  readonly isSynced: boolean
  /** How often something has been received. */
  readonly received: number
  /** @throws the error that closed the monitor, or with which it failed */
  throwIfClosed(): void
  /** Calls `onEvent` for every event, `onEnd` once if the monitor ends, until the function returned is called. */
  listen(onEvent: (event: LinkEvent) => void, onEnd: (error: Error) => void): () => void
}

export interface AttachOptions extends WaitOptions {
  /** Links to ignore. Default: those present when the wait starts. */
  except?: Iterable<LinkRef> | undefined
  /** Accepts the link that is waited for. Default: any. */
  match?: ((link: Link) => boolean) | undefined
  /**
   * Milliseconds without a rename before the wait resolves, because udev renames new links. They start
   * again for a link that is removed and created again.
   */
  settle?: number | undefined
}

/** Calls `look` once, and then for every event, until it returns something. All waits use this. */
async function until<T>(
  host: WaitHost,
  what: string,
  options: WaitOptions,
  look: (event?: LinkEvent) => T | undefined,
): Promise<T> {
  const deadline = new Deadline(options, host.clock, () => host.received)
  let stop = () => {}
  try {
    deadline.signal?.throwIfAborted()
    host.throwIfClosed()
    const now = look()
    if (now !== undefined) return now
    const met = new Promise<T>((resolve, reject) => {
      const onEvent = (event: LinkEvent) => {
        try {
          const found = look(event)
          if (found !== undefined) resolve(found)
        } catch (error) {
          reject(error)
        }
      }
      stop = host.listen(onEvent, reject)
    })
    const result = await deadline.race(met)
    if (result === TIMED_OUT) throw timeoutError(what)
    return result
  } finally {
    stop()
    deadline.close()
  }
}

export async function waitForAttach(host: WaitHost, options: AttachOptions): Promise<Link> {
  checkObject('options', options)
  const { except, match = () => true, settle = 0, ...waitOptions } = options
  if (except !== undefined) checkList('except', except, 'links')
  checkFunction('match', match)
  checkMilliseconds('settle', settle)
  const refs = except && [...except]
  refs?.forEach(requireRef)
  const found = refs?.map((ref) => findIfindex(host.records, ref))
  /** Links to ignore, even if they were renamed since. */
  const present = new Set<number | undefined>(found ?? host.records.keys())
  const counts = (ifindex: number) =>
    !present.has(ifindex) && !refs?.some((ref) => findIfindex(host.records, ref) === ifindex)
  const look = (event?: LinkEvent): Link | undefined => {
    for (const ifindex of changedBy(event, host.records)) {
      const link = counts(ifindex) ? host.links.get(ifindex) : undefined
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

/** The link that was removed; undefined if there was no such link. */
export async function waitForDetach(
  host: WaitHost,
  ref: LinkRef | undefined,
  options: WaitOptions,
): Promise<Link | undefined> {
  if (ref !== undefined) requireRef(ref)
  let ifindex: number | undefined
  const found = await until(host, 'the wait for a link to be detached', options, (event) => {
    if (event?.type === 'removed' && (ref === undefined || event.ifindex === ifindex)) {
      return { link: event.link }
    }
    if (ref !== undefined) ifindex ??= findIfindex(host.records, ref)
    // During a gap, a link that is not known may exist.
    const isUnknown = ref !== undefined && ifindex === undefined && host.isSynced
    return isUnknown ? { link: undefined } : undefined
  })
  return found.link
}

export async function waitForOperState(
  host: WaitHost,
  ref: LinkRef,
  states: OperState | Iterable<OperState>,
  options: WaitOptions,
): Promise<Link> {
  if (typeof states !== 'string') checkList('states', states, 'operstates')
  const wanted = new Set([...(typeof states === 'string' ? [states] : states)].map(operStateNumber))
  const follow = new Follower(host, ref)
  return until(host, `the wait for the operstate of ${ref}`, options, (event) => {
    const record = follow.look(event)
    return record?.operstate !== undefined && wanted.has(record.operstate)
      ? host.links.get(record.ifindex)
      : undefined
  })
}

/** The operstates of a link without media. */
const LOST = [OPER_DOWN, OPER_LOWERLAYERDOWN, OPER_NOTPRESENT]

/**
 * From UP to DOWN, LOWERLAYERDOWN or NOTPRESENT, and to UP again. If the events between were lost, both carrier
 * counters are higher than before. A link that is down at the start has already lost its media.
 */
export async function waitForMediaSwitch(
  host: WaitHost,
  ref: LinkRef,
  options: WaitOptions,
): Promise<Link> {
  const follow = new Follower(host, ref)
  let first: LinkRecord | undefined
  let isLost = false
  return until(host, `the wait for a media switch of ${ref}`, options, (event) => {
    const record = follow.look(event)
    if (follow.isNew) first = undefined
    if (!record) return undefined
    if (!first) {
      first = record
      isLost = false
    }
    isLost ||= LOST.includes(record.operstate as number)
    const isSwitched = isLost || hasFlapped(first, record)
    return record.operstate === OPER_UP && isSwitched ? host.links.get(record.ifindex) : undefined
  })
}

function hasFlapped(before: LinkRecord, after: LinkRecord): boolean {
  return (
    (after.carrierUpCount ?? 0) > (before.carrierUpCount ?? 0) &&
    (after.carrierDownCount ?? 0) > (before.carrierDownCount ?? 0)
  )
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
  return isShown ? [ifindex, ...above(ifindex, records)] : [ifindex]
}

/** The links whose `link` or `master` is this one. */
function* above(ifindex: number, records: LinkTable): Generator<number> {
  for (const [own, { link, master }] of records) {
    if (own !== ifindex && (link === ifindex || master === ifindex)) yield own
  }
}

function requireRef(ref: unknown): asserts ref is LinkRef {
  if (ref === '') throw outOfRange('interface name cannot be empty')
  if (typeof ref === 'string') return
  if (typeof ref !== 'number')
    throw expected('a link: a name, altname, MAC address or ifindex', ref)
  if (!(Number.isInteger(ref) && ref > 0)) throw outOfRange(`expected an ifindex, got ${ref}`)
}

/** Follows one link by its ifindex. When the link is removed, it looks for the reference again. */
class Follower {
  /** Whether the last look found another link than the one before. */
  isNew = false
  readonly #host: WaitHost
  readonly #ref: LinkRef
  #ifindex: number | undefined

  constructor(host: WaitHost, ref: LinkRef) {
    requireRef(ref)
    this.#host = host
    this.#ref = ref
  }

  /** Its record at the time of `event`, which may be older than the present one. */
  look(event?: LinkEvent): LinkRecord | undefined {
    const { records } = this.#host
    if (event?.type === 'removed' && event.ifindex === this.#ifindex) this.#ifindex = undefined
    const before = this.#ifindex
    this.#ifindex ??= findIfindex(records, this.#ref)
    this.isNew = this.#ifindex !== before
    if (this.#ifindex === undefined) return undefined
    if (event && 'record' in event && event.type !== 'removed' && event.ifindex === this.#ifindex) {
      return event.record
    }
    return records.get(this.#ifindex)
  }
}
