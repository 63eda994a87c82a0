// The clock of the waits and the monitor: the system's, or one that a test advances.
// In: delays in milliseconds. Out: the time, and calls after a delay. Runs anywhere.

/** A source of time and timers. The default is the system's clock. */
export interface Clock {
  /** Milliseconds since any fixed moment. Never decreases. */
  now(): number
  /** Calls `call` once, after `ms` milliseconds. The returned function cancels that. */
  after(ms: number, call: () => void): () => void
  /** Registers a wait until the returned function is called. A clock may stop while there is none. */
  waiting?(): () => void
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}

/** Lets the event loop run once. From a timer's callback, that polls every socket once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}

/** The most rounds of the loop to wait for: during a storm of events something is always queued. */
const TURNS_MAX = 64

/**
 * Calls `call` after `ms` milliseconds, once everything that had arrived by then was read: after the loop was blocked,
 * a timer fires before the sockets are polled. `received` counts what was read; while it grows, more may be queued.
 */
export function afterReading(
  clock: Clock,
  ms: number,
  call: () => void,
  received: () => number = () => 0,
): () => void {
  let isStopped = false
  const stopTimer = clock.after(ms, async () => {
    for (let turns = 0, before = -1; turns < TURNS_MAX && before !== received(); turns++) {
      before = received()
      await turn()
      if (isStopped) return
    }
    call()
  })
  return () => {
    isStopped = true
    stopTimer()
  }
}
