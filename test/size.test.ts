// The budget of a browser: what has to be loaded to make trees of frames.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserSizes } from './support/sizes.ts'

/**
 * Where a goal is missed, what holds instead: names of every kind of link, and of every family, are most of it.
 * 20 KB for links is the goal.
 */
const LIMITS: Record<string, number> = { link: 22_400 }

test('a decoder with a schema is small enough for a page', async () => {
  for (const { schema, separate, inlined, goals } of await browserSizes()) {
    const limit = LIMITS[schema] ?? goals[0]
    assert.ok(separate <= limit, `${schema}, separate: ${separate} bytes of ${limit}`)
    if (goals[1])
      assert.ok(inlined <= goals[1], `${schema}, inlined: ${inlined} bytes of ${goals[1]}`)
  }
})

test.run()
