// The budget of a browser: what has to be loaded to make trees of frames.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserSizes } from './support/sizes.ts'

test('a decoder with a schema is small enough for a page', async () => {
  for (const { schema, separate, inlined, goals } of await browserSizes()) {
    assert.ok(separate <= goals[0], `${schema}, separate: ${separate} bytes of ${goals[0]}`)
    if (goals[1])
      assert.ok(inlined <= goals[1], `${schema}, inlined: ${inlined} bytes of ${goals[1]}`)
  }
})

test.run()
