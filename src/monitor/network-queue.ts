// The event queue of one consumer of a network monitor, bounded.
// In: events as they happen. Out: an async iterator: what is present, then events. If the consumer is too slow, the queue
// keeps what the tables held then, and emits `coalesced` and the differences since, once it is read again.

import type { Clock } from '../base/clock.js'
import type { NetworkEvent } from './network-events.js'

/** Events that a queue holds before it coalesces those that follow. */
const EVENTS_MAX = 1024

/** The tables at one time. */
export interface NetworkPast {
  /** Everything as `present`. */
  present(): Iterable<NetworkEvent>
  /** What differs in `now`. */
  differences(now: NetworkPast): Iterable<NetworkEvent>
}

export interface QueueHost {
  readonly clock: Clock
  /** The tables as they are now. */
  past(): NetworkPast
  /** `synced`, or the gap that is open. */
  state(): NetworkEvent
}

type Next = IteratorResult<NetworkEvent, undefined>

interface Waiting {
  resolve: (next: Next | PromiseLike<Next>) => void
  stop: (() => void) | undefined
}

export class NetworkQueue implements AsyncIterableIterator<NetworkEvent> {
  readonly #host: QueueHost
  readonly #onEnd: (queue: NetworkQueue) => void
  /** Events that come before those queued: they are made when they are asked for. */
  #first: Iterator<NetworkEvent> | undefined
  #events: NetworkEvent[] = []
  /** What the consumer will know when it has read all of `#events`, if events were dropped since. */
  #known: NetworkPast | undefined
  #dropped = 0
  /** Dropped events that no difference replaces. */
  #faults: NetworkEvent[] = []
  #waiting: Waiting[] = []
  #isOver = false
  #error: Error | undefined

  constructor(host: QueueHost, onEnd: (queue: NetworkQueue) => void) {
    this.#host = host
    this.#onEnd = onEnd
    this.#first = startOf(host.past(), host.state())
  }

  push(event: NetworkEvent): void {
    if (this.#known) {
      this.#dropped++
      if (event.type === 'fault') this.#faults.push(event)
      return
    }
    const waiting = this.#waiting.shift()
    if (waiting) {
      waiting.resolve({ value: event, done: false })
      waiting.stop?.()
      return
    }
    this.#events.push(event)
    if (this.#events.length >= EVENTS_MAX) this.#known = this.#host.past()
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
    const event = this.#take()
    if (event) return Promise.resolve({ value: event, done: false })
    if (this.#error) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    const stop = this.#host.clock.waiting?.()
    return new Promise((resolve) => this.#waiting.push({ resolve, stop }))
  }

  async return(): Promise<Next> {
    this.#events = []
    this.#first = undefined
    this.#known = undefined
    this.end()
    this.#onEnd(this)
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): NetworkEvent | undefined {
    const first = this.#first?.next()
    if (first && !first.done) return first.value
    this.#first = undefined
    const event = this.#events.shift()
    if (event || !this.#known) return event
    const past = this.#known
    this.#known = undefined
    if (this.#dropped === 0) return undefined
    this.#first = this.#catchUp(past, this.#host.past(), this.#dropped, this.#faults)
    this.#dropped = 0
    this.#faults = []
    return this.#take()
  }

  *#catchUp(
    past: NetworkPast,
    now: NetworkPast,
    dropped: number,
    faults: NetworkEvent[],
  ): Generator<NetworkEvent> {
    const state = this.#host.state()
    yield { type: 'coalesced', origin: 'kernel', dropped }
    yield* faults
    yield* past.differences(now)
    yield state
  }
}

function* startOf(past: NetworkPast, state: NetworkEvent): Generator<NetworkEvent> {
  yield* past.present()
  yield state
}
