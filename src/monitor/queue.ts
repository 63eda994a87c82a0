// One consumer's events: what it has not yet taken, bounded.
// In: events as they happen. Out: an async iterator. A consumer that is too slow gets the differences
// that the events made, instead of the events, and is told so: memory is bounded by the number of links.

import type { LinkRecord } from '../records.js'
import { compareLinks, type LinkEvent, type LinkRecords } from './events.js'

/** Events kept for a consumer before they are coalesced. */
export const QUEUE_MAX = 1024

export class EventQueue implements AsyncIterableIterator<LinkEvent> {
  readonly #current: LinkRecords
  readonly #onEnd: (queue: EventQueue) => void
  #events: LinkEvent[]
  /** What the consumer has been told so far. */
  readonly #told = new Map<number, LinkRecord>()
  #dropped = 0
  #wake: (() => void) | undefined
  #isOver = false
  #error: Error | undefined

  constructor(first: LinkEvent[], current: LinkRecords, onEnd: (queue: EventQueue) => void) {
    this.#events = first
    this.#current = current
    this.#onEnd = onEnd
  }

  push(event: LinkEvent): void {
    if (this.#dropped > 0) {
      this.#dropped++
    } else if (this.#events.length < QUEUE_MAX) {
      this.#events.push(event)
    } else {
      this.#dropped = this.#events.length + 1
      this.#events = []
    }
    this.#wake?.()
  }

  /** No more events; what is queued is still handed out. With an error, that comes last. */
  end(error?: Error): void {
    this.#isOver = true
    this.#error = error
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<LinkEvent, undefined>> {
    for (;;) {
      if (this.#dropped > 0) this.#catchUp()
      const event = this.#events.shift()
      if (event) {
        this.#note(event)
        return { value: event, done: false }
      }
      if (this.#error) {
        const error = this.#error
        this.#error = undefined
        throw error
      }
      if (this.#isOver) return { value: undefined, done: true }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async return(): Promise<IteratorResult<LinkEvent, undefined>> {
    this.#events = []
    this.#dropped = 0
    this.end()
    this.#onEnd(this)
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Puts the differences between what was told and what is in the place of the events dropped. */
  #catchUp(): void {
    const dropped = this.#dropped
    this.#dropped = 0
    this.#events = [
      { type: 'coalesced', origin: 'kernel', dropped },
      ...compareLinks(this.#told, this.#current, 'kernel'),
    ]
  }

  #note(event: LinkEvent): void {
    if (!('record' in event)) return
    if (event.type === 'removed') this.#told.delete(event.ifindex)
    else this.#told.set(event.ifindex, event.record)
  }
}
