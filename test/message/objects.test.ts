// Addresses, routes, neighbours and rules: whole ones, what the builders make of them, and random damage, beside the
// second decoder (support/reference-objects.ts) and in the module with prediction and without it.
// OBJECT_ROUNDS and FUZZ_SEED prolong or repeat a run: OBJECT_ROUNDS=300000.

import { decodeMessages, type NetlinkMessage } from 'netlink-wasm'
import { concat } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare } from '../support/compare-decoders.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'
import { recordsOf } from '../support/records.ts'
import { FULL_OBJECTS, objectInputs } from '../support/sample-objects.ts'
import { newExports } from '../support/tree.ts'

const rounds = Number(process.env.OBJECT_ROUNDS ?? 20_000)
const seed = Number(process.env.FUZZ_SEED ?? 20_265)
const sink = recordsOf(newExports())

for (const [kind, { record, build }] of Object.entries(FULL_OBJECTS)) {
  for (const byteOrder of ['little', 'big'] as const) {
    test(`every field of a ${kind}, ${byteOrder}-endian`, () => {
      const bytes = build(record, { byteOrder, seq: 7 })
      const [message] = compare(bytes, byteOrder === 'little', kind)
      assert.is(message?.kind, kind)
      const [decoded] = decodeMessages(bytes, { byteOrder }) as [NetlinkMessage]
      assert.equal(decoded[kind as never], record)
    })
  }

  test(`a bare ${kind} has no attribute, and one that is cut short is refused`, () => {
    const bytes = build({}, {})
    const [message] = compare(bytes, true, kind)
    const values = Object.values(message?.[kind as never] as unknown as object)
    assert.ok(values.some((value) => value === undefined))
    assert.ok(values.every((value) => value === undefined || value === 0))
    for (let length = 16; length < bytes.length; length++) {
      const short = bytes.slice(0, length)
      new DataView(short.buffer).setUint32(0, length, true)
      const [broken] = compare(short, true, kind)
      assert.equal(broken?.error, { code: 'ERR_NETLINK_BODY_TOO_SHORT', offset: 16 })
    }
  })

  test(`${rounds} mutations of ${kind} messages (FUZZ_SEED=${seed})`, () => {
    const next = random(seed)
    const orders = (['little', 'big'] as const).map((byteOrder) => {
      const inputs = objectInputs(kind, byteOrder)
      return { inputs, ...mutator(next, inputs, byteOrder === 'little') }
    })
    const kinds = new Map<string, number>()
    for (let round = 0; round < rounds; round++) {
      const isLittle = next() < 0.6
      const { mutate, pick, inputs } = orders[isLittle ? 0 : 1] as (typeof orders)[number]
      const data = mutate(pick(inputs))
      const where = `FUZZ_SEED=${seed}, round ${round}`
      for (const message of compare(data, isLittle, where)) {
        const what = message.error?.code ?? message.kind
        kinds.set(what, (kinds.get(what) ?? 0) + 1)
      }
      // Layouts are of little-endian messages.
      if (isLittle && data.length < 4096) sink.compare(sink.fill([data]), 0, false)
    }
    const expected = [kind, 'ERR_NETLINK_BODY_TOO_SHORT', 'ERR_NETLINK_VALUE_TOO_SHORT']
      .concat(['ERR_NETLINK_ATTRIBUTE_TOO_SHORT', 'ERR_NETLINK_ATTRIBUTE_TOO_LONG'])
      .concat(['ERR_NETLINK_MESSAGE_TOO_LONG'])
    for (const what of expected) {
      assert.ok((kinds.get(what) ?? 0) > rounds / 2000, `${kinds.get(what)} of ${what}`)
    }
  })
}

test('all of them in one window, again and again, are what a walk makes of them', () => {
  const all = Object.keys(FULL_OBJECTS).flatMap((kind) => objectInputs(kind, 'little'))
  for (let again = 0; again < 3; again++) {
    sink.compare(sink.fill(all), 0, false)
    sink.compare(sink.fill([concat(all)]), 0, false)
    compare(concat(all), true, 'laid end to end')
  }
})

test.run()
