// The consumers of a network monitor: iterations, each with a queue of its own, and waits, which listen.
// In: events, and the end. Out: each event to each of them, in order.

import type { NetlinkError } from '../base/errors.js'
import type { NetworkEvent } from './network-events.js'
import { NetworkQueue, type QueueHost } from './network-queue.js'

interface Listener {
  onEvent: (event: NetworkEvent) => void
  onEnd: (error: Error) => void
}

export class EventHub {
  /** What ended the monitor. */
  ended: Error | undefined
  readonly #listeners = new Set<Listener>()
  #queues: readonly NetworkQueue[] = []

  get hasListeners(): boolean {
    return this.#listeners.size + this.#queues.length > 0
  }

  iterate(host: QueueHost): NetworkQueue {
    const ended = (queue: NetworkQueue) => {
      this.#queues = this.#queues.filter((one) => one !== queue)
    }
    const queue = new NetworkQueue(host, ended)
    if (this.ended) queue.end(thrownAtEnd(this.ended))
    else this.#queues = [...this.#queues, queue]
    return queue
  }

  /** Calls `onEvent` for every event, `onEnd` once if the monitor ends, until the function returned is called. */
  listen(onEvent: Listener['onEvent'], onEnd: Listener['onEnd']): () => void {
    const listener = { onEvent, onEnd }
    if (this.ended) onEnd(this.ended)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: NetworkEvent): void {
    for (const queue of this.#queues) queue.push(event)
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
