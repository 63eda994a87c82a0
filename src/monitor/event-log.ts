// The latest events of all links, for waits that begin in the past.
// In: events. Out: marks, and what happened since one. Bounded: the oldest events are dropped.

import { expected } from '../base/argument-checks.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import type { LinkEvent, OfLink } from './events.js'
import { LinkMap } from './link-map.js'
import { LinkTable } from './link-table.js'

/** Events that the log holds. */
export const EVENT_LOG_MAX = 4096

type EventOfLink = Extract<LinkEvent, OfLink>

/** The links at one point of the past, and the event that had just happened. */
export interface Moment {
  readonly records: LinkTable
  readonly links: LinkMap
  readonly event: EventOfLink | undefined
}

export class EventLog {
  /** The links as they were before the first event in `#events`. */
  readonly #base: LinkTable
  readonly #events: EventOfLink[] = []
  /** How many events there were: the present mark. */
  #count = 0
  /** By ifindex: the mark at which a present link was added. Those that the log began with have none. */
  readonly #added = new Map<number, number>()

  constructor(records: LinkTable) {
    this.#base = copyOf(records)
  }

  get mark(): number {
    return this.#count
  }

  push(event: LinkEvent): void {
    if (!('record' in event)) return
    this.#count++
    if (event.type === 'added') this.#added.set(event.ifindex, this.#count)
    if (event.type === 'removed') this.#added.delete(event.ifindex)
    this.#events.push(event)
    const oldest = this.#events.length > EVENT_LOG_MAX ? this.#events.shift() : undefined
    if (oldest) apply(this.#base, oldest)
  }

  /** Whether a present link was added after `mark`. */
  isNewer(ifindex: number, mark: number): boolean {
    return (this.#added.get(ifindex) ?? 0) > mark
  }

  /**
   * The links as they were at `mark`, and then after each event since. The table that is handed out changes with them.
   *
   * @throws NetlinkError ERR_NETLINK_GAP if events since `mark` were dropped
   */
  *since(mark: number): Generator<Moment, void> {
    const first = this.#count - this.#events.length
    if (mark < first) {
      const message = `expected a mark of the last ${EVENT_LOG_MAX} events, from ${first} to ${this.#count}, got ${mark}`
      throw new NetlinkError('ERR_NETLINK_GAP', message)
    }
    const records = copyOf(this.#base)
    const links = new LinkMap(records)
    for (const event of this.#events.slice(0, mark - first)) apply(records, event)
    yield { records, links, event: undefined }
    for (const event of this.#events.slice(mark - first)) {
      apply(records, event)
      yield { records, links, event }
    }
  }
}

/**
 * The log, if `since` is one of its marks. Before the first mark there is no log.
 *
 * @throws TypeError or RangeError
 */
export function requireLog(log: EventLog | undefined, since: unknown): EventLog {
  if (typeof since !== 'number') throw expected('since to be a number that mark() returned', since)
  const isMark = log && Number.isInteger(since) && since >= 0 && since <= log.mark
  if (!isMark)
    throw outOfRange(`expected since to be what mark() of this monitor returned, got ${since}`)
  return log
}

function copyOf(records: LinkTable): LinkTable {
  const copy = new LinkTable()
  for (const [ifindex, record] of records) copy.set(ifindex, record)
  return copy
}

function apply(records: LinkTable, event: EventOfLink): void {
  if (event.type === 'removed') records.delete(event.ifindex)
  else records.set(event.ifindex, event.record)
}
