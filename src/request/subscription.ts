// A subscription: what the kernel says of its own accord, and where it has dropped some of that.
// In: groups, by number. Out: messages by operation, and gaps, as they are taken.

import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import type { NetlinkError } from '../base/errors.js'
import type { Endpoint, EndpointOptions } from '../kernel/recording-endpoint.js'
import type { Json } from '../tree/json.js'
import type { TreeNode } from '../tree/node.js'
import { type AskingEdge, openAsking } from './asking-socket.js'

/** What the kernel has said: `body` is what `decode --json` prints of it. Or that something is missing here. */
export type Notification =
  | { type: 'message'; operation: string; body: { [key: string]: Json } }
  | { type: 'gap' }

interface SubscriptionEdge extends AskingEdge {
  /** Makes a body of a message. */
  read(message: TreeNode): { [key: string]: Json }
  clock: Clock
}

/**
 * Receives from the moment it is made; an iterator over itself. What is not taken waits in the kernel's buffer: that
 * one full, the kernel drops, and a gap marks where.
 */
export class Subscription implements AsyncIterableIterator<Notification> {
  readonly #endpoint: Endpoint
  readonly #read: SubscriptionEdge['read']
  readonly #deadline: Deadline
  readonly #onEnd: (subscription: Subscription) => void
  readonly #waiting = new Set<() => void>()
  #queue: (TreeNode | undefined)[] = []
  #taken = 0
  /** The kernel has dropped messages: where the queue was empty next, some are missing. */
  #hasGap = false
  #wakeUps = 0
  #failure: NetlinkError | undefined
  #isClosed = false

  /**
   * @internal
   * @throws NetlinkError ERR_NETLINK_SOCKET, ERR_NETLINK_UNSUPPORTED; TypeError, RangeError for `limits`
   */
  constructor(
    edge: SubscriptionEdge,
    options: EndpointOptions,
    limits: WaitOptions,
    onEnd: (subscription: Subscription) => void,
  ) {
    this.#deadline = new Deadline(limits, edge.clock, () => this.#wakeUps)
    this.#onEnd = onEnd
    this.#read = edge.read
    try {
      this.#endpoint = openAsking(edge, options, {
        message: (message) => this.#queue.push(message),
        lost: () => {
          this.#hasGap = true
        },
        wokeUp: (isEmpty) => this.#wokeUp(isEmpty),
        failed: (error) => {
          this.#failure = error
          this.#wake()
        },
      })
    } catch (error) {
      this.#deadline.close()
      throw error
    }
    // Whoever has aborted it need not take what is next to let go of the socket.
    this.#deadline.signal?.addEventListener('abort', () => this.#endpoint.close())
  }

  /** @throws what its socket failed with; a `TimeoutError`; the signal's reason */
  async next(): Promise<IteratorResult<Notification, undefined>> {
    try {
      if (!this.#isClosed) this.#deadline.signal?.throwIfAborted()
      while (this.#taken === this.#queue.length) {
        if (this.#isClosed) return { done: true, value: undefined }
        if (this.#failure) throw this.#failure
        await this.#more()
      }
    } catch (error) {
      this.close()
      throw error
    }
    const message = this.#queue[this.#taken++]
    const value: Notification = message
      ? { type: 'message', operation: message.name, body: this.#read(message) }
      : { type: 'gap' }
    return { done: false, value }
  }

  async return(): Promise<IteratorResult<Notification, undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Leaves the groups. Iterations end. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue = []
    this.#taken = 0
    this.#endpoint.close()
    this.#deadline.close()
    this.#onEnd(this)
    this.#wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  async #more(): Promise<void> {
    this.#queue = []
    this.#taken = 0
    const woken = new Promise<void>((resolve) => this.#waiting.add(resolve))
    this.#endpoint.resume()
    if ((await this.#deadline.race(woken)) === TIMED_OUT) throw timeoutError('the subscription')
  }

  #wokeUp(isEmpty: boolean): void {
    this.#wakeUps++
    // What was queued when the kernel began to drop comes first: the gap is where the queue ends.
    if (this.#hasGap && isEmpty) {
      this.#hasGap = false
      this.#queue.push(undefined)
    }
    if (this.#queue.length === this.#taken) return
    this.#endpoint.pause()
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
