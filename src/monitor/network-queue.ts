// The event queue of one consumer of a network monitor.
// In: events as they happen. Out: an async iterator: what is present, then events. If the consumer is too slow, the queue
// keeps what the tables held then, and emits `coalesced` and the differences since, once it is read again.

import type { Clock } from '../base/clock.js'
import { ConsumerQueue } from './consumer-queue.js'
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

export class NetworkQueue extends ConsumerQueue<NetworkEvent> {
  readonly #host: QueueHost
  /** Events that come before those queued: they are made when they are asked for. */
  #first: Iterator<NetworkEvent> | undefined
  #events: NetworkEvent[] = []
  /** What the consumer will know when it has read all of `#events`, if events were dropped since. */
  #known: NetworkPast | undefined
  #dropped = 0
  /** Dropped events that no difference replaces. */
  #faults: NetworkEvent[] = []

  constructor(host: QueueHost, remove: (queue: ConsumerQueue<NetworkEvent>) => void) {
    super(host.clock, remove)
    this.#host = host
    this.#first = startOf(host.past(), host.state())
  }

  push(event: NetworkEvent): void {
    if (this.#known) {
      this.#dropped++
      if (event.type === 'fault') this.#faults.push(event)
      return
    }
    if (this.handOver(event)) return
    this.#events.push(event)
    if (this.#events.length >= EVENTS_MAX) this.#known = this.#host.past()
  }

  protected take(): NetworkEvent | undefined {
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
    return this.take()
  }

  protected clear(): void {
    this.#events = []
    this.#first = undefined
    this.#known = undefined
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
