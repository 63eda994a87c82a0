// Predicts the numbers of a packed schema, bit by bit, from what was before: the less they surprise, the less
// they take. In: the contexts that a number stands in, and bits, which the packer says and the unpacker reads.
// Out: the number. It takes no function of Math but square roots, so that every engine predicts the same.

import { mix, STREAMS } from './packed-form.js'

/** Says the next bit, of which the model expects that it is 1 with `chance`. */
export type NextBit = (chance: number) => number
/** A number of `stream`, as far as `contexts` foretell it: CONTEXTS of them. */
export type NextNumber = (stream: number, contexts: number[]) => number

const CONTEXTS = 5
const SLOTS = 1 << 22
/** A slot's low bits: how often it was asked, up to so many times. */
const SEEN = 7
/** What a slot expects, in its high bits: from -FULL, 0 for certain, to FULL, 1 for certain. */
const FULL = 4096
/** It never expects more, for the next bit may be the other. */
const CERTAIN = 4056
/** Groups of weights of a stream: they stand for places in a number. */
const GROUP = CONTEXTS * (SEEN + 1)
const GROUPS = 6

/** What slots say is stretched, weighed, summed, and squashed again. */
const squash = (sum: number): number => sum / Math.sqrt(1 + sum * sum)
const stretch = (part: number): number => part / Math.sqrt(1 - part * part)

export function createModel(next: NextBit): NextNumber {
  const slots = new Int16Array(SLOTS)
  const weights = new Float64Array(STREAMS * GROUPS * GROUP).fill(0.3)
  const stretched = Float64Array.from({ length: 2 * FULL }, (_, index) => stretch(index / FULL - 1))
  const rates = Float64Array.from({ length: SEEN + 1 }, (_, seen) => 1 / (seen + 1.25))
  const hashes = new Int32Array(CONTEXTS)
  const places = new Int32Array(CONTEXTS)
  const found = new Int32Array(CONTEXTS)

  /** A bit at a node of a number's tree, with a group of weights. */
  function bit(node: number, group: number): number {
    let sum = 0
    for (let index = 0; index < CONTEXTS; index++) {
      const place = ((hashes[index] as number) + node) & (SLOTS - 1)
      const slot = slots[place] as number
      const input = stretched[(slot >> 3) + FULL] as number
      const weight = group * GROUP + index * (SEEN + 1) + (slot & SEEN)
      places[index] = place
      found[index] = slot
      sum += input * (weights[weight] as number)
    }
    const expected = squash(sum)
    const value = next(Math.min(Math.max((1 + expected) / 2, 1 / FULL), 1 - 1 / FULL))
    const error = (value * 2 - 1 - expected) * 0.004
    const target = (value * 2 - 1) * CERTAIN
    for (let index = 0; index < CONTEXTS; index++) {
      const slot = found[index] as number
      const seen = slot & SEEN
      const said = slot >> 3
      const weight = group * GROUP + index * (SEEN + 1) + seen
      weights[weight] = (weights[weight] as number) + error * (stretched[said + FULL] as number)
      const change = ((target - said) * (rates[seen] as number)) | 0
      slots[places[index] as number] = slot + change * 8 + (seen < SEEN ? 1 : 0)
    }
    return value
  }

  return (stream, contexts) => {
    for (let index = 0; index < CONTEXTS; index++) {
      hashes[index] = mix(mix(contexts[index] as number, stream * 8 + index), 0)
    }
    // One more, in binary: how many digits are behind the first, and those.
    const group = stream * GROUPS
    let length = 0
    while (bit(length, group + (length & 3)) > 0 && length < 53) length++
    let value = 1
    for (let left = length; left > 0; left--) {
      value = value * 2 + bit(value * 8 + length, group + (left > 1 ? 5 : 4))
    }
    return value - 1
  }
}
