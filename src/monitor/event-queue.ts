// One consumer's events: what it has not yet taken, bounded.
// In: events as they happen. Out: an async iterator. A consumer that is too slow gets the differences
// that the events made, instead of the events, and is told so: memory is bounded by the number of links.
// Faults, and whether a gap is open, outlive the coalescing.

import type { Clock } from '../base/clock.js'
import type { LinkRecord } from '../message/link-record.js'
import { compareLinks, type LinkEvent, type LinkRecords } from './events.js'

/** Events kept for a consumer, beside the links it has yet to be told of, before they are coalesced. */
export const QUEUE_MAX = 1024

type Next = IteratorResult<LinkEvent, undefined>

interface Waiting {
  resolve: (next: Next | PromiseLike<Next>) => void
  /** Tells the clock that nobody waits here any more. */
  stop: (() => void) | undefined
}

export class EventQueue implements AsyncIterableIterator<LinkEvent> {
  readonly #current: LinkRecords
  readonly #onEnd: (queue: EventQueue) => void
  readonly #clock: Clock
  #events: LinkEvent[]
  /** Links told at the start, or after coalescing, do not count: whoever has many must get on, too. */
  #max: number
  /** What the consumer has been told so far. */
  readonly #told = new Map<number, LinkRecord>()
  #dropped = 0
  /** Of the events dropped, those that no difference between links can stand for. */
  #faults: LinkEvent[] = []
  #state: LinkEvent | undefined
  /** Calls of next() that have nothing yet: while there are any, nothing is queued. */
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
    // Whoever waits gets it at once: their promise settles here, not after a turn of this queue.
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

  /** No more events; what is queued is still handed out. With an error, that comes last. */
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

  /** Puts the differences between what was told and what is in the place of the events dropped. */
  #catchUp(): void {
    this.#events = [
      { type: 'coalesced', origin: 'kernel', dropped: this.#dropped },
      ...this.#faults,
      ...compareLinks(this.#told, this.#current, 'kernel'),
      ...(this.#state ? [this.#state] : []),
    ]
    this.#max = this.#events.length + QUEUE_MAX
    this.#dropped = 0
    this.#faults = []
    this.#state = undefined
  }

  #note(event: LinkEvent): void {
    if (!('record' in event)) return
    if (event.type === 'removed') this.#told.delete(event.ifindex)
    else this.#told.set(event.ifindex, event.record)
  }
}
