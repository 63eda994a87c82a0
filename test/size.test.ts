// The budget of a browser: what has to be loaded to make trees of frames.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserSizes } from './support/sizes.ts'

/**
 * Where a goal is missed, what holds instead: 20 KB is the goal for links. The letters of their names alone
 * (`npm run size`) take all but a few bytes of what the module and the decoder leave of it.
 */
const LIMITS: Record<string, number> = { link: 21_200 }

test('a decoder with a schema is small enough for a page', async () => {
  for (const { schema, separate, inlined, goals } of await browserSizes()) {
    const limit = LIMITS[schema] ?? goals[0]
    assert.ok(separate <= limit, `${schema}, separate: ${separate} bytes of ${limit}`)
    if (goals[1])
      assert.ok(inlined <= goals[1], `${schema}, inlined: ${inlined} bytes of ${goals[1]}`)
  }
})

test.run()
