// A subscription to multicast groups.
// In: group numbers. Out: notifications by operation, and gaps where the kernel dropped some.

import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import type { NetlinkError } from '../base/errors.js'
import type { Endpoint, EndpointOptions } from '../kernel/recording-endpoint.js'
import type { TreeNode } from '../tree/node.js'
import { type AskingEdge, openAsking } from './asking-socket.js'
import type { Answer, AnyFamily, FamilyTypes, Notification } from './family-types.js'

interface SubscriptionEdge extends AskingEdge {
  /** Turns a message into a body. */
  read(message: TreeNode): Answer
  clock: Clock
}

/**
 * Receives from its creation on. Iterate over it to take the notifications. Until then they wait in the kernel's receive
 * buffer. If that is full, the kernel drops notifications, and the iteration yields a gap.
 */
export class Subscription<Family extends FamilyTypes = AnyFamily>
  implements AsyncIterableIterator<Notification<Family>>
{
  readonly #endpoint: Endpoint
  readonly #read: SubscriptionEdge['read']
  readonly #deadline: Deadline
  readonly #onEnd: (subscription: { close(): void }) => void
  readonly #waiting = new Set<() => void>()
  #queue: (TreeNode | undefined)[] = []
  #taken = 0
  /** The kernel dropped messages. They are missing where the queue is empty next. */
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
    onEnd: (subscription: { close(): void }) => void,
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
    // An abort closes the socket even if nobody calls next().
    this.#deadline.signal?.addEventListener('abort', () => this.#endpoint.close())
  }

  /** @throws the error of its socket; a `TimeoutError`; the signal's reason */
  async next(): Promise<IteratorResult<Notification<Family>, undefined>> {
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
    return { done: false, value: value as Notification<Family> }
  }

  async return(): Promise<IteratorResult<Notification<Family>, undefined>> {
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
    // The messages that were queued before the kernel dropped some come first: the gap is at the end of the queue.
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
