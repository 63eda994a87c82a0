// The waiters: level and edge.
// In: what a monitor knows and hears. Out: promises that answer at once where the condition holds, follow
// a link by its ifindex through renames, and tell a re-created link from the one before it.

import {
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_UP,
} from '../../assembly/contract.js'
import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { invalidType, outOfRange } from '../base/errors.js'
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
  /** Whether the links are known to be the kernel's: no gap is open. */
  readonly isSynced: boolean
  /** @throws what the monitor was closed with, or has failed with */
  throwIfClosed(): void
  /** Calls `onEvent` for every event, `onEnd` once if the monitor ends, until the function returned is called. */
  listen(onEvent: (event: LinkEvent) => void, onEnd: (error: Error) => void): () => void
}

export interface AttachOptions extends WaitOptions {
  /** Links that do not count. Default: those present when the wait starts. */
  except?: Iterable<LinkRef> | undefined
  /** Whether a link is one that is waited for. Default: any. */
  match?: ((link: Link) => boolean) | undefined
  /** Milliseconds without a rename before the link is reported: udev renames what has just appeared. */
  settle?: number | undefined
}

/**
 * Looks once, then at every event, until `look` gives something: the engine of all waits.
 */
async function until<T>(
  host: WaitHost,
  what: string,
  options: WaitOptions,
  look: (event?: LinkEvent) => T | undefined,
): Promise<T> {
  const deadline = new Deadline(options, host.clock)
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
  const { except, match = () => true, settle = 0, ...waitOptions } = options
  const refs = except && [...except]
  refs?.forEach(requireRef)
  const found = refs?.map((ref) => findIfindex(host.records, ref))
  /** Links that do not count, whatever they may be called by now. */
  const present = new Set<number | undefined>(found ?? host.records.keys())
  const counts = (ifindex: number) =>
    !present.has(ifindex) && !refs?.some((ref) => findIfindex(host.records, ref) === ifindex)
  const look = (event?: LinkEvent): Link | undefined => {
    if (event?.type === 'removed') present.delete(event.ifindex)
    const told = event ? ('ifindex' in event ? [event.ifindex] : []) : host.records.keys()
    for (const ifindex of told) {
      const link = counts(ifindex) ? host.links.get(ifindex) : undefined
      if (link && match(link)) return link
    }
    return undefined
  }
  const deadline = new Deadline(waitOptions, host.clock)
  try {
    for (;;) {
      const left = { signal: deadline.signal, timeout: deadline.left }
      const link = await until(host, 'the wait for a link to be attached', left, look)
      if (settle <= 0) return link
      const settled = await settledLink(host, link, settle, deadline)
      if (settled && match(settled)) return settled
    }
  } finally {
    deadline.close()
  }
}

/** The link once it has not been renamed for `settle` ms; undefined when it has gone again. */
async function settledLink(
  host: WaitHost,
  { ifindex }: Link,
  settle: number,
  deadline: Deadline,
): Promise<Link | undefined> {
  for (;;) {
    const left = deadline.left ?? Number.POSITIVE_INFINITY
    const quiet = Math.min(settle, left)
    const isRenamed = (event?: LinkEvent) =>
      event?.type === 'renamed' && event.ifindex === ifindex ? true : undefined
    const options = { signal: deadline.signal, timeout: quiet }
    const renamed = await until(host, '', options, isRenamed).catch((error: Error) => {
      if (error.name !== 'TimeoutError' || deadline.signal?.aborted) throw error
      return false
    })
    if (!host.records.has(ifindex)) return undefined
    // A timer may come a little early, so what is left by now does not tell which of the two ended it.
    if (!renamed && left < settle) throw timeoutError('the wait for a link to settle')
    if (!renamed) return host.links.get(ifindex)
  }
}

/** The link that went; undefined when there was none to go. */
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
    // In a gap, a link that is not known may yet be there.
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
  const wanted = new Set([...(typeof states === 'string' ? [states] : states)].map(operStateNumber))
  const follow = new Follower(host, ref)
  return until(host, `the wait for the operstate of ${ref}`, options, (event) => {
    const record = follow.look(event)
    return record?.operstate !== undefined && wanted.has(record.operstate)
      ? host.links.get(record.ifindex)
      : undefined
  })
}

/** States of a link whose media is gone. */
const LOST = [OPER_DOWN, OPER_LOWERLAYERDOWN, OPER_NOTPRESENT]

/**
 * UP left for DOWN, LOWERLAYERDOWN or NOTPRESENT, then UP again; or both carrier counters advanced and
 * now UP, where the events between were coalesced or lost. A link that is down already counts as lost.
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
  if (typeof predicate !== 'function') throw invalidType('expected predicate to be a function')
  return until(host, 'the wait for a link', options, () => {
    for (const link of host.links.values()) if (predicate(link, host.links)) return link
    return undefined
  })
}

function requireRef(ref: unknown): asserts ref is LinkRef {
  if (ref === '') throw outOfRange('interface name cannot be empty')
  if (typeof ref === 'string') return
  if (typeof ref !== 'number') throw invalidType('expected a name, altname, MAC address or ifindex')
  if (!(Number.isInteger(ref) && ref > 0)) throw outOfRange(`expected an ifindex, got ${ref}`)
}

/** One link, found by a reference and then followed by its ifindex; when it has gone, looked for anew. */
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

  /** Its record as of `event`, which may be older than what is known by now. */
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
