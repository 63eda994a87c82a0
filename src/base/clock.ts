// Time, as the waits and the monitor see it: this machine's, or one that a test moves on.
// In: delays in milliseconds. Out: the time, and calls once it has come. Runs anywhere.

/** What tells the time and calls back: the machine's clock where none is given. */
export interface Clock {
  /** Milliseconds since whenever; never less than before. */
  now(): number
  /** Calls `call` once, in `ms` milliseconds, unless the function returned is called before. */
  after(ms: number, call: () => void): () => void
  /** Somebody waits, until the function returned is called: a clock may stand still while nobody does. */
  waiting?(): () => void
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}

/** Lets the event loop go round once: from a timer's callback on, that polls every socket once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}

/** How often the loop is let round at most: under a storm of events something is always queued. */
const TURNS_MAX = 64

/**
 * Calls `call` once `ms` milliseconds have passed and what had arrived by then has been read: where the loop was
 * blocked, the timer comes first. `received` counts what is read; as long as it grows, more may be queued.
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
