// The budget of a browser: what has to be loaded to make trees of frames.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserSizes } from './support/sizes.ts'

/** The goal is 20 KB; the names of every kind of link alone take half of that. */
const LINK_LIMIT = 27 * 1024

test('a decoder with a schema is small enough for a page', async () => {
  for (const { schema, separate, inlined, goals } of await browserSizes()) {
    const limit = schema === 'link' ? LINK_LIMIT : goals[0]
    assert.ok(separate <= limit, `${schema}, separate: ${separate} bytes of ${limit}`)
    if (goals[1])
      assert.ok(inlined <= goals[1], `${schema}, inlined: ${inlined} bytes of ${goals[1]}`)
  }
})

test.run()
