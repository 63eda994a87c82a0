// Deadlines and cancellation, in one place.
// In: a caller's `signal` and `timeout`. Out: a promise raced against both, with every timer and
// listener removed once it has settled.

import { checkMilliseconds, checkObject, expected } from './argument-checks.js'
import { afterReading, type Clock, realClock } from './clock.js'

export interface WaitOptions {
  /** Rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /**
   * Milliseconds; no limit by default. Then the wait rejects with a `TimeoutError`. Events that have arrived by then
   * count, even if the event loop was blocked and has not read them yet.
   */
  timeout?: number | undefined
}

/** The longest delay of a timer. A longer timeout never fires. */
export const TIMER_MAX = 2 ** 31 - 1

export const TIMED_OUT: unique symbol = Symbol('timed out')

/**
 * The time limit and the signal of one wait, for any number of races. Close it when the wait is over.
 * `signal` follows the caller's signal, which so has one listener for each wait, whatever listens to this one.
 */
export class Deadline {
  readonly signal: AbortSignal | undefined
  readonly #at: number
  readonly #clock: Clock
  readonly #received: (() => number) | undefined
  readonly #unfollow: () => void

  /**
   * `received` counts what was read: while it grows, a race whose time is up is not lost yet.
   *
   * @throws TypeError or RangeError for an invalid `timeout` or `signal`
   */
  constructor(options: WaitOptions | null = {}, clock: Clock = realClock, received?: () => number) {
    if (options !== null) checkObject('options', options)
    const signal = options?.signal ?? undefined
    const timeout = options?.timeout ?? undefined
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw expected('signal to be an AbortSignal', signal)
    }
    if (timeout !== undefined) checkMilliseconds('timeout', timeout)
    const following = signal && follow(signal)
    this.signal = following?.signal
    this.#unfollow = following?.unfollow ?? (() => {})
    this.#clock = clock
    this.#received = received
    this.#at = timeout === undefined ? Number.POSITIVE_INFINITY : clock.now() + timeout
  }

  /** Milliseconds left; undefined when there is no timeout. */
  get left(): number | undefined {
    if (this.#at === Number.POSITIVE_INFINITY) return undefined
    return Math.max(0, this.#at - this.#clock.now())
  }

  close(): void {
    this.#unfollow()
  }

  /** What `promise` settles to, or TIMED_OUT; rejects with the signal's reason once that is aborted. */
  async race<T>(promise: PromiseLike<T>): Promise<T | typeof TIMED_OUT> {
    const { signal, left } = this
    signal?.throwIfAborted()
    let stopTimer = () => {}
    let onAbort: (() => void) | undefined
    const stopWaiting = this.#clock.waiting?.()
    try {
      return await new Promise<T | typeof TIMED_OUT>((resolve, reject) => {
        promise.then(resolve, reject)
        if (left !== undefined && left <= TIMER_MAX) {
          const lose = () => resolve(TIMED_OUT)
          stopTimer = afterReading(this.#clock, Math.ceil(left), lose, this.#received)
        }
        onAbort = () => reject(signal?.reason)
        signal?.addEventListener('abort', onAbort)
      })
    } finally {
      stopTimer()
      stopWaiting?.()
      if (onAbort) signal?.removeEventListener('abort', onAbort)
    }
  }
}

interface Followers {
  all: Set<AbortController>
  /** Only held, so that they are not collected. */
  sources: AbortSignal[]
}

/** The followers of each signal: it has one listener, however many waits share it. */
const followers = new WeakMap<AbortSignal, Followers>()

function follow(signal: AbortSignal): { signal: AbortSignal; unfollow: () => void } {
  const own = new AbortController()
  if (signal.aborted) own.abort(signal.reason)
  const { all } = followers.get(signal) ?? lead(signal)
  all.add(own)
  return { signal: own.signal, unfollow: () => all.delete(own) && all.size === 0 && leave(signal) }
}

/**
 * The signals that AbortSignal.any() was given. Node.js 20 lets a timeout among them be collected, which then never
 * fires (nodejs/node#57736): nothing but this private property, a set of weak references, leads to it.
 */
function sourcesOf(signal: AbortSignal): AbortSignal[] {
  const isSources = ({ description }: symbol) => description === 'kSourceSignals'
  const key = Object.getOwnPropertySymbols(signal).find(isSources)
  const sources = key && (signal as unknown as Record<symbol, unknown>)[key]
  if (typeof sources !== 'object' || sources === null || !(Symbol.iterator in sources)) return []
  const references = [...(sources as Iterable<Partial<WeakRef<AbortSignal>>>)]
  return references.flatMap((one) => one?.deref?.() ?? [])
}

function lead(signal: AbortSignal): Followers {
  const led = { all: new Set<AbortController>(), sources: sourcesOf(signal) }
  followers.set(signal, led)
  signal.addEventListener('abort', onAbort)
  return led
}

function leave(signal: AbortSignal): void {
  followers.delete(signal)
  signal.removeEventListener('abort', onAbort)
}

function onAbort(event: Event): void {
  const signal = event.target as AbortSignal
  for (const own of [...(followers.get(signal)?.all ?? [])]) own.abort(signal.reason)
}

export function timeoutError(what: string, why?: string): DOMException {
  const reason = why === undefined ? '' : `: ${why}`
  return new DOMException(`${what} timed out${reason}`, 'TimeoutError')
}
