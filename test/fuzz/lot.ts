// The random choices of one fuzz round: the mutators of both byte orders, fed by one stream of numbers.

import { type Mutator, mutator } from '../support/mutate.ts'
import { randomStream } from '../support/random.ts'
import type { Inputs } from './inputs.ts'

export interface Lot extends Pick<Mutator, 'below' | 'pick' | 'scratch'> {
  chance(share: number): boolean
  /** Damages a copy of `data`, and cuts some of these. */
  mutate(data: Uint8Array, order: 'little' | 'big'): Uint8Array
}

/** The same seed and round give the same choices. */
export function drawLot(seed: number, round: number, inputs: Inputs): Lot {
  const random = randomStream(seed, round)
  const others = inputs.frames.map(({ frame }) => frame)
  const little = mutator(random, others)
  const big = mutator(random, others, false)
  const { below, pick, scratch } = little
  const chance = (share: number) => random() < share
  return {
    below,
    pick,
    scratch,
    chance,
    mutate(data, order) {
      const changed = (order === 'little' ? little : big).mutate(data)
      return chance(0.25) ? changed.subarray(0, below(changed.length + 1)) : changed
    },
  }
}
