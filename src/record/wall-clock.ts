// Nanoseconds since 1970: the system's clock, with the resolution of the monotonic one.
// In: nothing. Out: a function that returns the time, and follows when the clock is set.

/** How far the two clocks may differ, in nanoseconds, before the fine one is adjusted. */
const APART_NS = 50_000_000n

const elapsed = (): bigint => BigInt(Math.round(performance.now() * 1e6))

export function wallClock(): () => bigint {
  let base = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6))
  let start = elapsed()
  return () => {
    const now = base + elapsed() - start
    const coarse = BigInt(Date.now()) * 1_000_000n
    const apart = now > coarse ? now - coarse : coarse - now
    if (apart < APART_NS) return now
    base = coarse
    start = elapsed()
    return coarse
  }
}
