// The event queue of one consumer, bounded.
// In: events as they happen. Out: an async iterator. If the consumer is too slow, the queue drops its events and emits
// `coalesced` and the differences that they made, so that memory is bounded by the number of links.
// Faults, and whether a gap is open, survive that.

import type { Clock } from '../base/clock.js'
import type { LinkRecord } from '../message/link-record.js'
import { compareLinks, type LinkEvent, type LinkRecords } from './events.js'

/** Events that a queue holds, besides those that it started with, before it coalesces them. */
export const QUEUE_MAX = 1024

type Next = IteratorResult<LinkEvent, undefined>

interface Waiting {
  resolve: (next: Next | PromiseLike<Next>) => void
  /** Tells the clock that this wait is over. */
  stop: (() => void) | undefined
}

export class EventQueue implements AsyncIterableIterator<LinkEvent> {
  readonly #current: LinkRecords
  readonly #onEnd: (queue: EventQueue) => void
  readonly #clock: Clock
  #events: LinkEvent[]
  /** Events for the links at the start, or after coalescing, do not count: there may be many. */
  #max: number
  /** The links as the consumer knows them from its events. */
  readonly #delivered = new Map<number, LinkRecord>()
  #dropped = 0
  /** Dropped events that no difference between links replaces. */
  #faults: LinkEvent[] = []
  #state: LinkEvent | undefined
  /** Pending calls of next(): while there are any, nothing is queued. */
  #waiting: Waiting[] = []
  #isOver = false
  #error: Error | undefined

  constructor(
    first: LinkEvent[],
    current: LinkRecords,
    onEnd: (queue: EventQueue) => void,
    clock: Clock,
  ) {
    this.#events = first
    this.#max = first.length + QUEUE_MAX
    this.#current = current
    this.#onEnd = onEnd
    this.#clock = clock
  }

  push(event: LinkEvent): void {
    // A pending call of next() gets the event directly.
    const waiting = this.#waiting.length === 1 ? this.#waiting.pop() : this.#waiting.shift()
    if (waiting) {
      this.#note(event)
      waiting.resolve({ value: event, done: false })
      waiting.stop?.()
      return
    }
    this.#events.push(event)
    if (this.#dropped > 0 || this.#events.length > this.#max) {
      for (const dropped of this.#events) this.#drop(dropped)
      this.#events = []
    }
  }

  /** Ends the queue. Queued events are still returned, and then `error` is thrown, if there is one. */
  end(error?: Error): void {
    this.#isOver = true
    this.#error = error
    for (const { resolve, stop } of this.#waiting.splice(0)) {
      resolve(this.next())
      stop?.()
    }
  }

  next(): Promise<Next> {
    if (this.#dropped > 0) this.#catchUp()
    const event = this.#events.shift()
    if (event) {
      this.#note(event)
      return Promise.resolve({ value: event, done: false })
    }
    if (this.#error) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    const stop = this.#clock.waiting?.()
    return new Promise((resolve) => this.#waiting.push({ resolve, stop }))
  }

  async return(): Promise<Next> {
    this.#events = []
    this.#dropped = 0
    this.end()
    this.#onEnd(this)
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
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
