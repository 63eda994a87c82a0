// decode(encode(v)) is v, for values of every attribute that a request of any family can hold, in both byte orders.
// REQUEST_ROUNDS and FUZZ_SEED prolong or repeat a run.

import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NLM_F_REQUEST } from '../../assembly/contract.ts'
import { message } from '../../src/message/builders.ts'
import { encodeRequest } from '../../src/request/encode.ts'
import {
  familyNames,
  type RequestFamily,
  requestFamily,
} from '../../src/request/family-operations.ts'
import { randomStream } from '../support/random.ts'
import { SchemaValues } from '../support/schema-values.ts'

const rounds = Number(process.env.REQUEST_ROUNDS ?? 5)
const seed = Number(process.env.FUZZ_SEED ?? 4711)

/** Of a family whose number only a kernel knows. */
const GENERIC_ID = 100

/** A record's length is that of its bytes, whatever is given. */
const text = (body: unknown) => JSON.stringify(body)?.replace(/"rtnh-len":\d+/g, '"rtnh-len":0')

function again(
  dissector: Dissector,
  family: RequestFamily,
  operation: string,
  values: Record<string, unknown>,
  byteOrder: 'little' | 'big',
): unknown {
  const { type, genlName, protocol, body } = encodeRequest(family, operation, values, { byteOrder })
  const number = genlName === undefined ? type : GENERIC_ID
  const bytes = message({ type: number, flags: NLM_F_REQUEST, byteOrder }, body)
  const [node] = dissector.dissect(bytes, { protocol, byteOrder }).messages
  return ((node as TreeNode).toJSON() as { body: unknown }).body
}

test('values of every attribute come back as they were', () => {
  const wrong: string[] = []
  let count = 0
  // What the kernel tells udev is no request.
  const names = familyNames(schema).filter((name) => name !== 'uevent')
  assert.ok(names.length > 80, `expected all families, got ${names.length}`)
  for (let stream = 0; stream < rounds * names.length; stream++) {
    const name = names[stream % names.length] as string
    const family = requestFamily(schema, name)
    const dissector = new Dissector({
      schema,
      families: name === 'nlctrl' ? {} : { [name]: GENERIC_ID },
    })
    const byteOrder = Math.floor(stream / names.length) % 2 === 0 ? 'little' : 'big'
    const values = new SchemaValues(family.fields, randomStream(seed, stream), byteOrder)
    for (const operation of family.operations.filter(({ isRequest }) => isRequest)) {
      for (const body of values.bodies(operation.body)) {
        count++
        try {
          const got = text(again(dissector, family, operation.name, body, byteOrder))
          if (got !== text(body)) wrong.push(`${name}/${operation.name} ${text(body)}\n got ${got}`)
        } catch (error) {
          wrong.push(`${name}/${operation.name} ${text(body)}\n threw ${error}`)
        }
      }
    }
  }
  assert.equal(wrong.slice(0, 5), [])
  assert.ok(count > 3000 * rounds, `expected thousands of requests, got ${count}`)
  console.log(`${count} requests came back`)
})

const GARBAGE = [
  ...[null, true, '', 'x', '-1', '0x', -1, 1.5, Number.NaN, 2 ** 53, -(2n ** 70n), 2n ** 70n],
  ...[[], [[]], [null], {}, { '#1': {} }, { '': 0 }, new Uint8Array(3), new Date(0)],
  ...[Symbol('x'), () => 0, Object.create(null)],
]

/** The same values with garbage in place of one of them. */
function spoiled(value: unknown, random: () => number): unknown {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const key = keys[Math.floor(random() * keys.length)]
  if (key === undefined || random() < 0.2) return GARBAGE[Math.floor(random() * GARBAGE.length)]
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) }
  copy[key] = spoiled(copy[key], random)
  return copy
}

test('whatever stands where a value should is encoded, or refused in words', () => {
  const wrong: string[] = []
  let refused = 0
  let count = 0
  for (const [stream, name] of familyNames(schema).entries()) {
    const family = requestFamily(schema, name)
    const random = randomStream(seed, stream)
    const values = new SchemaValues(family.fields, random)
    for (const operation of family.operations.filter(({ isRequest }) => isRequest)) {
      for (const body of values.bodies(operation.body)) {
        count++
        try {
          encodeRequest(family, operation.name, spoiled(body, random) as Record<string, unknown>)
        } catch (error) {
          refused++
          const { code, message: words } = error as Error & { code?: string }
          const isOurs = code === 'ERR_INVALID_ARG_TYPE' || code === 'ERR_OUT_OF_RANGE'
          if (!isOurs || !words.startsWith('expected '))
            wrong.push(`${name} ${(error as Error).stack}`)
        }
      }
    }
  }
  assert.equal(wrong.slice(0, 5), [])
  assert.ok(refused > count / 4, `expected refusals, got ${refused} of ${count}`)
  console.log(`${count} requests with garbage, ${refused} were refused`)
})

test.run()
