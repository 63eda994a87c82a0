// The event queue of one consumer of a link monitor.
// In: events as they happen. Out: an async iterator. If the consumer is too slow, the queue drops its events and emits
// `coalesced` and the differences that they made, so that memory is bounded by the number of links.
// Faults, and whether a gap is open, survive that.

import type { Clock } from '../base/clock.js'
import type { LinkRecord } from '../message/link-record.js'
import { ConsumerQueue } from './consumer-queue.js'
import { compareLinks, type LinkEvent, type LinkRecords } from './events.js'

/** Events that a queue holds, besides those that it started with, before it coalesces them. */
export const QUEUE_MAX = 1024

export class EventQueue extends ConsumerQueue<LinkEvent> {
  readonly #current: LinkRecords
  #events: LinkEvent[]
  /** Events for the links at the start, or after coalescing, do not count: there may be many. */
  #max: number
  /** The links as the consumer knows them from its events. */
  readonly #delivered = new Map<number, LinkRecord>()
  #dropped = 0
  /** Dropped events that no difference between links replaces. */
  #faults: LinkEvent[] = []
  #state: LinkEvent | undefined

  constructor(
    first: LinkEvent[],
    current: LinkRecords,
    clock: Clock,
    remove: (queue: ConsumerQueue<LinkEvent>) => void,
  ) {
    super(clock, remove)
    this.#events = first
    this.#max = first.length + QUEUE_MAX
    this.#current = current
  }

  push(event: LinkEvent): void {
    if (this.handOver(event)) {
      this.#note(event)
      return
    }
    this.#events.push(event)
    if (this.#dropped > 0 || this.#events.length > this.#max) {
      for (const dropped of this.#events) this.#drop(dropped)
      this.#events = []
    }
  }

  protected take(): LinkEvent | undefined {
    if (this.#dropped > 0) this.#catchUp()
    const event = this.#events.shift()
    if (event) this.#note(event)
    return event
  }

  protected clear(): void {
    this.#events = []
    this.#dropped = 0
  }

  #drop(event: LinkEvent): void {
    this.#dropped += event.type === 'coalesced' ? event.dropped : 1
    if (event.type === 'fault') this.#faults.push(event)
    if (event.type === 'gap' || event.type === 'synced') this.#state = event
  }

  /** Replaces dropped events by the differences between what the consumer knows and the present links. */
  #catchUp(): void {
    this.#events = [
      { type: 'coalesced', origin: 'kernel', dropped: this.#dropped },
      ...this.#faults,
      ...compareLinks(this.#delivered, this.#current, 'kernel'),
      ...(this.#state ? [this.#state] : []),
    ]
    this.#max = this.#events.length + QUEUE_MAX
    this.#dropped = 0
    this.#faults = []
    this.#state = undefined
  }

  #note(event: LinkEvent): void {
    if (!('record' in event)) return
    if (event.type === 'removed') this.#delivered.delete(event.ifindex)
    else this.#delivered.set(event.ifindex, event.record)
  }
}
