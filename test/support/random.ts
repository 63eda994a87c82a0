// Repeatable random numbers from 0 to 1, so that a failure can name its seed.

export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // A linear congruential generator modulo 2^32: its high bits are good enough for choosing bytes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) / 2 ** 24
  }
}

/**
 * Stream `number` of many that are independent of each other, and that do not come again however long the run: sfc32,
 * which has 128 bits of state.
 */
export function randomStream(seed: number, number: number): () => number {
  let [a, b, c, count] = [seed | 0, number | 0, 0x9e3779b9, 1]
  const next = () => {
    const sum = (((a + b) | 0) + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 8) / 2 ** 24
  }
  // The first ones still tell the seed.
  for (let n = 0; n < 12; n++) next()
  return next
}
