// Sequence numbers of requests: how answers are told apart.

/** A number to start with, which nobody outside can guess; 1 to 2³² - 1. */
export function firstSeq(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] || 1
}

/** The one behind it: 0 is for what nobody asked for. */
export function nextSeq(seq: number): number {
  return (seq % 0xffffffff) + 1
}
