// A clock that stands still until it is advanced: the time of a replayed recording, or of a test.
// In: how far to advance it. Out: calls of the timers that become due, in order. Never waits itself.

import { type Clock, turn } from '../base/clock.js'
import { outOfRange } from '../base/errors.js'

/** How often the event loop goes round without a timer before run() gives up. */
const IDLE_TURNS = 100

interface Timer {
  at: number
  call: () => void
}

/**
 * A clock for tests: pass it to `openLinkMonitor({ socket, clock })`, and the monitor and its waits use it.
 *
 *     const clock = new VirtualClock()
 *     const monitor = await openLinkMonitor({ socket: fakeKernel(), clock })
 *     const attached = monitor.waitForAttach({ timeout: 5000 })
 *     clock.advance(5000) // `attached` rejects with a TimeoutError
 */
export class VirtualClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()
  #waiting = 0
  #onWaiting: (() => void)[] = []

  /** Milliseconds since this clock was made. */
  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), call }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** When the next timer is due; undefined if there is none. */
  get next(): number | undefined {
    let next: number | undefined
    for (const { at } of this.#timers) if (next === undefined || at < next) next = at
    return next
  }

  /**
   * Advances by `ms` milliseconds, and calls the timers that become due, each at its time.
   *
   * @throws RangeError if `ms` is less than 0
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw outOfRange(`expected 0 or more milliseconds, got ${ms}`)
    const end = this.#now + ms
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.call()
    }
    this.#now = end
  }

  /**
   * Advances from timer to timer until `promise` settles, and settles as it does.
   *
   * @throws Error when no timer is left and it is still pending
   */
  async run<T>(promise: PromiseLike<T>): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (let idle = 0; idle < IDLE_TURNS; idle++) {
      // What a timer has set off gets to act before the next one.
      await turn()
      await turn()
      if (isSettled) return promise
      const { next } = this
      if (next === undefined) continue
      idle = 0
      this.advance(Math.max(0, next - this.#now))
    }
    throw new Error('expected a timer that settles the promise, got none')
  }

  /** Whether somebody waits on this clock, for a timer or for an event. */
  get isAwaited(): boolean {
    return this.#waiting > 0
  }

  waiting(): () => void {
    this.#waiting++
    for (const resume of this.#onWaiting.splice(0)) resume()
    let isOver = false
    return () => {
      if (!isOver) this.#waiting--
      isOver = true
    }
  }

  /** Resolves once somebody waits on this clock. */
  async awaited(): Promise<void> {
    while (!this.isAwaited) await new Promise<void>((resolve) => this.#onWaiting.push(resolve))
  }

  /** The first timer due by `end`; of those due at the same time, the one that was set first. */
  #due(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (!first || timer.at < first.at)) first = timer
    }
    return first
  }
}
