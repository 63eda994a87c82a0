// The tree sink on damaged frames: the golden vectors and frames of every type of the schema, cut at every byte and
// with every byte changed. Leaves tile the frame, and what lies behind it makes no difference. At random: fuzz.test.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FRAME_HEADER_BYTES, RX_WINDOW } from '../../assembly/contract.ts'
import { NODE_BYTES, NODES } from '../../assembly/tree-layout.ts'
import { corpus } from '../support/corpus.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'
import { openSamplesSink, type Sample, samples } from '../support/samples.ts'
import { checkTiling } from '../support/tiling.ts'
import type { Sink } from '../support/tree.ts'
import { readVectors } from '../vectors/read.ts'

const seed = Number(process.env.FUZZ_SEED ?? 4404)

const sink = openSamplesSink()

const vectors: Sample[] = [
  ...readVectors().map(({ bytes: frame, byteOrder }) => ({ frame, protocol: 0, order: byteOrder })),
  ...corpus().map((frame) => ({ frame, protocol: 0, order: 'little' as const })),
  ...samples('little'),
  ...samples('big'),
]

function check(from: Sink, sample: Sample, snapped: boolean, linkHeader = 0): number {
  const { frame, protocol, order: byteOrder } = sample
  const count = from.run(frame, { protocol, byteOrder, snapped, linkHeader })
  checkTiling(from.view, count, frame.length, from.table)
  // What is remembered of earlier frames makes no difference.
  const found = Buffer.from(from.u8.subarray(from.table, from.table + count * NODE_BYTES))
  const walked = from.run(frame, { protocol, byteOrder, snapped, linkHeader, walk: true })
  const same = Buffer.compare(from.u8.subarray(NODES, NODES + walked * NODE_BYTES), found) === 0
  if (!same) throw new Error('expected the nodes of a walk, got others')
  return count
}

test('every vector, whole and cut at every byte', () => {
  for (const sample of vectors) {
    for (let length = 0; length <= sample.frame.length; length++) {
      const cut = { ...sample, frame: sample.frame.subarray(0, length) }
      check(sink, cut, true)
      check(sink, cut, false)
    }
  }
})

test('every vector with any byte changed, once it has been seen as it is', () => {
  const next = random(seed + 3)
  for (const sample of vectors) {
    check(sink, sample, false)
    for (let at = 0; at < sample.frame.length; at++) {
      // Of short ones, any bit.
      const bits = sample.frame.length < 80 ? [0, 1, 2, 3, 4, 5, 6, 7] : [Math.floor(next() * 8)]
      for (const bit of bits) {
        const frame = sample.frame.slice()
        frame[at] = (frame[at] as number) ^ (1 << bit)
        check(sink, { ...sample, frame }, false)
      }
    }
  }
})

test('what lies behind the frame, and what was decoded before, make no difference', () => {
  const other = openSamplesSink()
  const next = random(seed + 2)
  const { mutate } = mutator(next, [Uint8Array.of(1)])
  for (let round = 0; round < 2000; round++) {
    const sample = vectors[Math.floor(next() * vectors.length)] as Sample
    const mutated = { ...sample, frame: mutate(sample.frame) }
    const snapped = next() < 0.5
    const results = [sink, other].map((one, index) => {
      one.u8.fill(index * 255, RX_WINDOW + FRAME_HEADER_BYTES, RX_WINDOW + 4096)
      const count = check(one, mutated, snapped)
      return Buffer.from(one.u8.subarray(one.table, one.table + count * NODE_BYTES))
    })
    assert.ok(results[0]?.equals(results[1] as Buffer), `round ${round}`)
  }
})

test.run()
