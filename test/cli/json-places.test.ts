// Where values stand in a JSON text, and a line that points at one.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonPlaces, underlined } from '../../src/cli/json-places.ts'

const at = (text: string, path: string): string => {
  const place = jsonPlaces(text).get(path)
  return place ? text.slice(place.start, place.end) : 'nowhere'
}

test('keys with their values, elements, and the whole', () => {
  const text = '{ "a": 1, "b": {"c d": [true, {"e": "x,]}\\""}, []], "f": {} },\n\t"g" : -1.5e3 }'
  assert.is(at(text, ''), text)
  assert.is(at(text, 'a'), '"a": 1')
  assert.is(at(text, 'b.c d'), '"c d": [true, {"e": "x,]}\\""}, []]')
  assert.is(at(text, 'b.c d[0]'), 'true')
  assert.is(at(text, 'b.c d[1].e'), '"e": "x,]}\\""')
  assert.is(at(text, 'b.c d[2]'), '[]')
  assert.is(at(text, 'b.f'), '"f": {}')
  assert.is(at(text, 'g'), '"g" : -1.5e3')
  assert.is(at(text, 'h'), 'nowhere')
  assert.is(at('{"a":1,"a":2}', 'a'), '"a":2')
  assert.is(at('[]', ''), '[]')
})

test('every path that JSON.parse() finds has a place that parses to its value', () => {
  const value = { a: [1, [2, { b: null }], 'x'], 'ü"\\': { c: [[], {}], d: false } }
  for (const space of [undefined, 1, '\t']) {
    const text = JSON.stringify(value, undefined, space)
    const walk = (one: unknown, path: string): void => {
      const place = at(text, path)
      const isMember = path !== '' && !path.endsWith(']')
      assert.equal(isMember ? Object.values(JSON.parse(`{${place}}`))[0] : JSON.parse(place), one)
      if (Array.isArray(one)) for (const [i, each] of one.entries()) walk(each, `${path}[${i}]`)
      else if (typeof one === 'object' && one !== null) {
        for (const [key, each] of Object.entries(one)) walk(each, path ? `${path}.${key}` : key)
      }
    }
    walk(value, '')
  }
})

test('the line of a place is shown, and carets stand below it', () => {
  const text = '{"a": 1,\n "bc": 22}'
  const place = jsonPlaces(text).get('bc')
  assert.ok(place)
  assert.is(underlined(text, place), '   "bc": 22}\n   ^^^^^^^^')
  const long = JSON.stringify({ first: 'x'.repeat(300), here: 7, last: 'y'.repeat(300) })
  const far = jsonPlaces(long).get('here')
  assert.ok(far)
  const [line = '', carets = ''] = underlined(long, far).split('\n')
  assert.ok(line.length <= 102)
  assert.is(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), '"here":7')
})

test.run()
