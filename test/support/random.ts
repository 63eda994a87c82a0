// Repeatable random numbers from 0 to 1, so that a failure can name its seed.

export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // A linear congruential generator modulo 2^32: its high bits are good enough for choosing bytes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) / 2 ** 24
  }
}
