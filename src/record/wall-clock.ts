// Nanoseconds since 1970: the machine's clock, with a finer hand.
// In: nothing. Out: a function that tells the time, and follows when the clock is set. Node only.

/** How far the two clocks may be apart, in nanoseconds, before the fine one is set anew. */
const APART_NS = 50_000_000n

export function wallClock(): () => bigint {
  let base = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))
  let start = process.hrtime.bigint()
  return () => {
    const now = base + process.hrtime.bigint() - start
    const coarse = BigInt(Date.now()) * 1_000_000n
    const apart = now > coarse ? now - coarse : coarse - now
    if (apart < APART_NS) return now
    base = coarse
    start = process.hrtime.bigint()
    return coarse
  }
}
