// Runs one round of fuzz cases. The same seed and number give the same round, so a failure can be repeated.

import { fuzzCaptures } from './captures.ts'
import { fuzzDecoder } from './decoder.ts'
import { type Inputs, loadInputs } from './inputs.ts'
import { drawLot, type Lot } from './lot.ts'
import { fuzzRecords } from './records.ts'
import type { Tally } from './tally.ts'
import { fuzzTrees } from './trees.ts'

type Room = (lot: Lot, inputs: Inputs, tally: Tally) => void | Promise<void>

export const ROOMS = {
  records: fuzzRecords,
  trees: fuzzTrees,
  decoder: fuzzDecoder,
  captures: fuzzCaptures,
} satisfies Record<string, Room>

/** Of a hundred rounds; one of records has ten thousand cases, one of captures fifty. */
const ROUNDS: Record<keyof typeof ROOMS, number> = {
  records: 34,
  trees: 34,
  decoder: 23,
  captures: 9,
}
const DRAWN = Object.entries(ROUNDS).flatMap(([room, rounds]) =>
  Array.from({ length: rounds }, () => room as keyof typeof ROOMS),
)

let loading: Promise<Inputs> | undefined

/** Runs a round in the `given` room, or in one drawn by chance. An error names the round. */
export async function fuzzRound(
  seed: number,
  round: number,
  tally: Tally,
  given?: keyof typeof ROOMS,
): Promise<void> {
  loading ??= loadInputs()
  const inputs = await loading
  const lot = drawLot(seed, round, inputs)
  const drawn = lot.pick(DRAWN)
  const room = given ?? drawn
  try {
    await ROOMS[room](lot, inputs, tally)
  } catch (error) {
    const { message, stack } = error as Error
    throw new Error(`round ${round} of seed ${seed}, ${room}: ${message}\n${stack}`)
  }
}
