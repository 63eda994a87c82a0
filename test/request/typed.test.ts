// What compiles is what is encoded: the requests of right-requests.ts and wrong-requests.ts, which `npm run typecheck`
// compiles, at run time.

import { inspect } from 'node:util'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeRequest } from '../../src/request/encode.ts'
import { requestFamily } from '../../src/request/family-operations.ts'
import type { Asked } from './asked.ts'
import { RIGHT } from './right-requests.ts'
import { WRONG } from './wrong-requests.ts'

function encode({ family, operation, attributes }: Asked): Uint8Array {
  return encodeRequest(requestFamily(schema, family), operation, attributes).body
}

test('a hundred requests over more than twelve families are right, and a hundred wrong', () => {
  for (const requests of [RIGHT, WRONG]) {
    assert.ok(requests.length >= 100, `${requests.length}`)
    const families = new Set(requests.map(({ family }) => family))
    assert.ok(families.size >= 12, [...families].join())
  }
})

/** What the encoder says against a request; undefined if it takes it. */
function refusal(request: Asked): string | undefined {
  try {
    encode(request)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('what compiles is encoded', () => {
  const refused = RIGHT.map(refusal).filter((text) => text !== undefined)
  assert.equal(refused, [])
})

test('what does not compile is refused, in words', () => {
  const taken = WRONG.filter((request) => !refusal(request)?.startsWith('expected '))
  assert.equal(
    taken.map((request) => inspect(request, { depth: 9 })),
    [],
  )
})

test.run()
