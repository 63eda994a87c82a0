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
