// The arena against a Map: random additions, replacements and removals, with keys that share heads, and snapshots.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RecordArena, slotsOf } from '../../src/monitor/record-arena.ts'
import { random } from '../support/random.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Heads of 4 bytes: every one belongs to several keys. */
function keyOf(next: () => number): Uint8Array {
  const head = Math.floor(next() * 400)
  const tail = Math.floor(next() * 4)
  return Uint8Array.of(4, head >> 8, head & 255, 7, tail, tail)
}

function bodyOf(next: () => number, isLarge: boolean): Uint8Array {
  const length = isLarge ? 300_000 : Math.floor(next() * 80)
  return new Uint8Array(length).fill(Math.floor(next() * 256))
}

function contents(arena: RecordArena): Map<string, string> {
  return new Map(
    Array.from(arena.slots(), (slot) => [text(arena.key(slot)), text(arena.body(slot))]),
  )
}

const sorted = (map: Map<string, string>) => [...map].sort()

for (const seed of [1, 2, 3]) {
  test(`random changes, seed ${seed}`, () => {
    const next = random(seed)
    const arena = new RecordArena()
    const model = new Map<string, string>()
    let past = arena.snapshot()
    let then = new Map(model)
    for (let step = 0; step < 20_000; step++) {
      // Growth and decline in turns, so that chunks are emptied and filled again.
      const isGrowing = Math.floor(step / 4000) % 2 === 0
      const key = keyOf(next)
      const slot = arena.find(key)
      assert.is(slot >= 0, model.has(text(key)))
      if (slot >= 0 && next() < (isGrowing ? 0.2 : 0.8)) {
        arena.remove(slot)
        model.delete(text(key))
      } else if (isGrowing || slot >= 0) {
        const body = bodyOf(next, step % 2500 === 0)
        if (slot >= 0) arena.replace(slot, body, step)
        else arena.add(key, body, step)
        model.set(text(key), text(body))
        assert.is(arena.stamp(arena.find(key)), step)
      }
      if (step % 1000 !== 0) continue
      assert.is(arena.size, model.size)
      assert.equal(sorted(contents(arena)), sorted(model))
      const found = Array.from(slotsOf(past), ([key, body]): [string, string] => [
        text(key),
        text(body),
      ])
      assert.equal(found.sort(), sorted(then), 'a snapshot stays as it was')
      past = arena.snapshot()
      then = new Map(model)
    }
  })
}

test('keys with the same head are found together, and no others', () => {
  const next = random(4)
  const arena = new RecordArena()
  for (let n = 0; n < 1000; n++) {
    const key = keyOf(next)
    if (arena.find(key) < 0) arena.add(key, new Uint8Array(8), 0)
  }
  for (let n = 0; n < 200; n++) {
    const key = keyOf(next)
    const found = arena
      .withHead(key)
      .map((slot) => text(arena.key(slot)))
      .sort()
    const expected = [...contents(arena).keys()].filter((one) =>
      one.startsWith(text(key.subarray(0, 4))),
    )
    assert.equal(found, expected.sort())
  }
})

test('memory of what was removed is given back or used again', () => {
  const arena = new RecordArena()
  const keys = Array.from({ length: 50_000 }, (_, n) => Uint8Array.of(4, n >> 16, n >> 8, n))
  for (const key of keys) arena.add(key, new Uint8Array(60), 0)
  const full = arena.bytes
  for (let round = 0; round < 5; round++) {
    for (const key of keys) arena.remove(arena.find(key))
    for (const key of keys) arena.add(key, new Uint8Array(60), 0)
  }
  assert.ok(arena.bytes <= full, `expected at most ${full} bytes, got ${arena.bytes}`)
  for (const key of keys) arena.remove(arena.find(key))
  assert.ok(
    arena.bytes < full / 4,
    `expected the chunks to go, got ${arena.bytes} of ${full} bytes`,
  )
})

test.run()
