// A clock that stands still until it is advanced: the time of a replayed recording, or of a test.
// In: how far to advance it. Out: calls of the timers that become due, in order.

import { checkMilliseconds, expected } from '../base/argument-checks.js'
import { type Clock, realClock, turn } from '../base/clock.js'

/** How long run() waits for a timer, in milliseconds of real time: code may read a file before it sets one. */
const PATIENCE_MS = 10_000

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
  /** Timers set and cancelled, and waits started, so far. */
  #changes = 0
  #waiting = 0
  #onWaiting: (() => void)[] = []
  /** Called when a timer is set, and when a promise of run() has settled. */
  #onTimer: (() => void)[] = []

  /** Milliseconds since this clock was made. */
  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), call }
    this.#timers.add(timer)
    this.#changes++
    for (const resume of this.#onTimer.splice(0)) resume()
    return () => {
      this.#changes++
      this.#timers.delete(timer)
    }
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
   * @throws TypeError if `ms` is no number; RangeError if it is less than 0
   */
  advance(ms: number): void {
    checkMilliseconds('ms', ms)
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
   * @throws TypeError if `promise` is none; Error if it is pending, and no timer is, for 10 seconds of real time
   */
  async run<T>(promise: PromiseLike<T>): Promise<T> {
    if (typeof promise?.then !== 'function') throw expected('promise to be a promise', promise)
    let isSettled = false
    const settle = () => {
      isSettled = true
      for (const resume of this.#onTimer.splice(0)) resume()
    }
    promise.then(settle, settle)
    for (;;) {
      await settling()
      if (isSettled) return promise
      const { next } = this
      if (next === undefined) await this.#timerIsSet()
      else this.advance(Math.max(0, next - this.#now))
    }
  }

  /** Whether somebody waits on this clock, for a timer or for an event. */
  get isAwaited(): boolean {
    return this.#waiting > 0
  }

  waiting(): () => void {
    this.#waiting++
    this.#changes++
    for (const resume of this.#onWaiting.splice(0)) resume()
    let isOver = false
    return () => {
      if (!isOver) this.#waiting--
      isOver = true
    }
  }

  /**
   * Resolves once the code under test waits on this clock, and only time or an event can end that wait. Opening a monitor on a
   * fake kernel does not count, as that wait ends by itself.
   */
  async awaited(): Promise<void> {
    for (let before = -1; before !== this.#changes || !this.isAwaited; ) {
      await this.waitStarted()
      before = this.#changes
      await settling()
    }
  }

  /** @internal Resolves as soon as somebody waits. */
  async waitStarted(): Promise<void> {
    while (!this.isAwaited) await new Promise<void>((resolve) => this.#onWaiting.push(resolve))
  }

  async #timerIsSet(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const nothing = new Error('expected a timer that settles the promise, got none')
      const stop = realClock.after(PATIENCE_MS, () => reject(nothing))
      this.#onTimer.push(() => {
        stop()
        resolve()
      })
    })
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

/** Lets code run that waits for what has just happened. */
async function settling(): Promise<void> {
  await turn()
  await turn()
}
