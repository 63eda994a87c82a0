// A short run of `npm run fuzz`: random damage to recorded and built messages finds no trap, no read outside, no answer
// that depends on what was there before, and no refusal without a code and a place. FUZZ_SEED tries other damage.

import { decodeMessages, formatMessage } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fuzzRound, type ROOMS } from '../fuzz/fuzzer.ts'
import { newTally } from '../fuzz/tally.ts'
import { corpus } from '../support/corpus.ts'
import { random } from '../support/random.ts'

const seed = Number(process.env.FUZZ_SEED ?? 20260)

/** Damage must lead to all of these: inputs that all fail alike would show nothing. */
const OF_MESSAGES = [
  'ERR_NETLINK_ATTRIBUTE_TOO_LONG',
  'ERR_NETLINK_ATTRIBUTE_TOO_SHORT',
  'ERR_NETLINK_BODY_TOO_SHORT',
  'ERR_NETLINK_MESSAGE_HEADER',
  'ERR_NETLINK_MESSAGE_TOO_LONG',
  'ERR_NETLINK_MESSAGE_TOO_SHORT',
  'ERR_NETLINK_VALUE_TOO_SHORT',
]
const OF_DATAGRAMS = ['ERR_NETLINK_FOREIGN_SENDER', 'ERR_NETLINK_TRUNCATED']
const OF_FILES = ['BLOCK', 'FORMAT', 'TRUNCATED'].map((kind) => `ERR_NETLINK_CAPTURE_${kind}`)

/** Rounds of each room, and the refusals that they must meet. */
const RUNS: Record<keyof typeof ROOMS, [rounds: number, refusals: string[]]> = {
  records: [20, [...OF_DATAGRAMS, ...OF_MESSAGES]],
  trees: [40, []],
  decoder: [60, OF_MESSAGES],
  captures: [20, OF_FILES],
}

for (const [room, [rounds, refusals]] of Object.entries(RUNS)) {
  test(`${rounds} rounds of ${room} (FUZZ_SEED=${seed})`, async () => {
    const tally = newTally()
    for (let round = 0; round < rounds; round++) {
      await fuzzRound(seed, round, tally, room as keyof typeof ROOMS)
    }
    assert.equal(Object.keys(tally.refusals).sort(), refusals.sort())
    if (room !== 'captures') assert.ok((tally.atWindowEnd[room] as number) > rounds)
    // Thirteen kinds and eight statuses.
    if (room === 'trees')
      assert.is(Object.keys(tally.nodes).length, 21, String(Object.keys(tally.nodes)))
  })
}

test('what lies behind the data makes no difference', () => {
  const next = random(seed + 1)
  const dirty = (byte: number) => decodeMessages(new Uint8Array(320_000).fill(byte))
  for (const data of corpus()) {
    for (let length = 0; length <= data.length; length += 1 + Math.floor(next() * 16)) {
      const cut = data.subarray(0, length)
      dirty(0xff)
      const after255 = decodeMessages(cut).map(formatMessage)
      dirty(0x04)
      assert.equal(decodeMessages(cut).map(formatMessage), after255)
    }
  }
})

test.run()
