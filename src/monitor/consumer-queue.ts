// The async iterator of one consumer of a monitor.
// In: events, and the end. Out: each event to a pending call of next(), or else into the queue, which a subclass bounds.

import type { Clock } from '../base/clock.js'

type Next<E> = IteratorResult<E, undefined>

interface Waiting<E> {
  resolve: (next: Next<E> | PromiseLike<Next<E>>) => void
  /** Tells the clock that this wait is over. */
  stop: (() => void) | undefined
}

export abstract class ConsumerQueue<E> implements AsyncIterableIterator<E> {
  readonly #clock: Clock
  readonly #remove: (queue: ConsumerQueue<E>) => void
  /** Pending calls of next(): while there are any, nothing is queued. */
  #waiting: Waiting<E>[] = []
  #isOver = false
  #error: Error | undefined

  /** `remove` is called when the consumer breaks off. */
  constructor(clock: Clock, remove: (queue: ConsumerQueue<E>) => void) {
    this.#clock = clock
    this.#remove = remove
  }

  abstract push(event: E): void

  /** Takes the next event out of the queue; undefined if it is empty. */
  protected abstract take(): E | undefined

  protected abstract clear(): void

  /** Hands an event to a pending call of next(). Returns false if there is none. */
  protected handOver(event: E): boolean {
    // Mostly there is one, and pop() is faster.
    const waiting = this.#waiting.length === 1 ? this.#waiting.pop() : this.#waiting.shift()
    if (!waiting) return false
    waiting.resolve({ value: event, done: false })
    waiting.stop?.()
    return true
  }

  /** Ends the iteration. Queued events are still returned, and then `error` is thrown, if there is one. */
  end(error?: Error): void {
    this.#isOver = true
    this.#error = error
    for (const { resolve, stop } of this.#waiting.splice(0)) {
      resolve(this.next())
      stop?.()
    }
  }

  next(): Promise<Next<E>> {
    const event = this.take()
    if (event) return Promise.resolve({ value: event, done: false })
    if (this.#error) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    const stop = this.#clock.waiting?.()
    return new Promise((resolve) => this.#waiting.push({ resolve, stop }))
  }

  async return(): Promise<Next<E>> {
    this.clear()
    this.end()
    this.#remove(this)
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
