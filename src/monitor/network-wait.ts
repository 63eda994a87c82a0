// What the waits for addresses, routes and being online share: they look at once and after events, and a timeout says what is missing.

import { expected, shown } from '../base/argument-checks.js'
import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { outOfRange } from '../base/errors.js'
import type { RouteRecord } from '../message/route-record.js'
import type { Link } from '../objects/link-object.js'
import type { LinkMap, LinkRef } from './link-map.js'
import type { NetworkEvent } from './network-events.js'
import type { NetworkTable } from './network-table.js'
import type { LookupTarget } from './route-lookup.js'

/** What the waits need of a network monitor. */
export interface NetworkWaitHost {
  readonly links: LinkMap
  readonly addresses: NetworkTable<'address'>
  readonly routes: NetworkTable<'route'>
  readonly clock: Clock
  readonly received: number
  /** @throws the error that closed the monitor, or with which it failed */
  throwIfClosed(): void
  /** @throws TypeError if the monitor does not keep these */
  mustKeep(table: 'addresses' | 'routes'): void
  listen(onEvent: (event: NetworkEvent) => void, onEnd: (error: Error) => void): () => void
  lookup(target: LookupTarget): Promise<RouteRecord | undefined>
}

export interface Wait<T> {
  /** What the timeout's error calls it. */
  what: string
  /** Looks; undefined if it is not met. */
  look(event?: NetworkEvent): T | undefined | Promise<T | undefined>
  /** Whether to look again after an event. */
  concerns(event: NetworkEvent): boolean
  /** What is missing, for the timeout's error. */
  missing(): string
}

/** Looks once, and then after every event that concerns the wait, one look at a time, until one is successful. */
export async function untilMet<T>(
  host: NetworkWaitHost,
  options: WaitOptions,
  wait: Wait<T>,
): Promise<T> {
  const deadline = new Deadline(options, host.clock, () => host.received)
  let stop = () => {}
  try {
    deadline.signal?.throwIfAborted()
    host.throwIfClosed()
    const met = new Promise<T>((resolve, reject) => {
      let isLooking = false
      let isStale = false
      const look = async (event?: NetworkEvent) => {
        isStale = isLooking
        if (isLooking) return
        isLooking = true
        try {
          do {
            isStale = false
            const answer = wait.look(event)
            const found = answer instanceof Promise ? await answer : answer
            if (found !== undefined) resolve(found)
          } while (isStale)
        } catch (error) {
          reject(error)
        } finally {
          isLooking = false
        }
      }
      stop = host.listen((event) => {
        if (event.type === 'synced' || wait.concerns(event)) look(event)
      }, reject)
      look()
    })
    met.catch(() => {})
    const result = await deadline.race(met)
    if (result === TIMED_OUT) throw timeoutError(wait.what, wait.missing())
    return result
  } finally {
    stop()
    deadline.close()
  }
}

export type InetFamily = 'inet' | 'inet6'

/** @throws TypeError or RangeError */
export function checkInetFamily(name: string, value: unknown): asserts value is InetFamily {
  if (value === 'inet' || value === 'inet6') return
  const what = `expected ${name} to be 'inet' or 'inet6', got ${shown(value)}`
  throw typeof value === 'string'
    ? outOfRange(what)
    : expected(`${name} to be 'inet' or 'inet6'`, value)
}

/** @throws TypeError or RangeError */
export function checkLink(name: string, value: unknown): asserts value is LinkRef {
  if (value === '') throw outOfRange('interface name cannot be empty')
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw expected(`${name} to be a link: a name, altname, MAC address or ifindex`, value)
  }
}

/** Whether packets can leave by a link now. */
export function isUsableLink(link: Link | undefined): boolean {
  if (!link?.flags.includes('UP')) return false
  return link.flags.includes('LOWER_UP') || link.operstate === 'UNKNOWN' || link.operstate === 'UP'
}
