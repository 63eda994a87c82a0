// The word that was meant: the nearest one, if any.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../../src/base/nearest.ts'

test('the nearest word counts swapped letters as one step', () => {
  assert.is(nearest('deocde', ['record', 'decode']), 'decode')
  assert.is(nearest('', ['a', 'bcd']), 'a')
  assert.is(nearest('links', []), undefined)
})

test.run()
