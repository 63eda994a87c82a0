// The consumers of a monitor: iterations, each with a queue of its own, and waits, which listen.
// In: events, and the end. Out: each event to each of them, in order.

import type { NetlinkError } from '../base/errors.js'
import type { ConsumerQueue } from './consumer-queue.js'

interface Listener<E> {
  onEvent: (event: E) => void
  onEnd: (error: Error) => void
}

export class EventHub<E> {
  /** What ended the monitor. */
  ended: Error | undefined
  readonly #listeners = new Set<Listener<E>>()
  #queues: readonly ConsumerQueue<E>[] = []

  get hasListeners(): boolean {
    return this.#listeners.size + this.#queues.length > 0
  }

  /** `make` is given what removes the queue from the hub. */
  iterate(make: (remove: (queue: ConsumerQueue<E>) => void) => ConsumerQueue<E>): ConsumerQueue<E> {
    const queue = make((removed) => {
      this.#queues = this.#queues.filter((one) => one !== removed)
    })
    if (this.ended) queue.end(thrownAtEnd(this.ended))
    else this.#queues = [...this.#queues, queue]
    return queue
  }

  /** Calls `onEvent` for every event, `onEnd` once if the monitor ends, until the function returned is called. */
  listen(onEvent: Listener<E>['onEvent'], onEnd: Listener<E>['onEnd']): () => void {
    const listener = { onEvent, onEnd }
    if (this.ended) onEnd(this.ended)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: E): void {
    const queues = this.#queues
    for (let n = 0; n < queues.length; n++) queues[n]?.push(event)
    if (this.#listeners.size === 0) return
    for (const { onEvent } of [...this.#listeners]) onEvent(event)
  }

  end(error: Error): void {
    this.ended = error
    for (const queue of this.#queues) queue.end(thrownAtEnd(error))
    for (const { onEnd } of [...this.#listeners]) onEnd(error)
    this.#queues = []
    this.#listeners.clear()
  }

  /** @throws what ended it, unless its source has ended: what was known then still is */
  throwIfEnded(): void {
    if (this.ended && codeOf(this.ended) !== 'ERR_NETLINK_SOURCE_ENDED') throw this.ended
  }
}

const codeOf = (error: Error) => (error as NetlinkError).code

/** The error that an iteration ends with; none if the monitor was closed or its source has ended. */
function thrownAtEnd(error: Error): Error | undefined {
  const isPlain = ['ERR_NETLINK_SOCKET_CLOSED', 'ERR_NETLINK_SOURCE_ENDED'].includes(codeOf(error))
  return isPlain ? undefined : error
}
