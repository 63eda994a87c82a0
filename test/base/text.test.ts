// Text: what is escaped before a terminal has it, and that text takes no more memory than its letters.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressText } from '../../src/base/address.ts'
import { decodeText, hexText, jsonPieces, printable, safeJson } from '../../src/base/text.ts'

/** What must not reach a terminal, range by range, apart from the package's own list. */
const HIDDEN: [from: number, to: number][] = [
  [0x00, 0x1f], // control characters, the escape among them
  [0x7f, 0xa0], // more of them, and the no-break space
  [0xad, 0xad], // soft hyphen
  [0x34f, 0x34f], // combining grapheme joiner
  [0x61c, 0x61c], // Arabic letter mark: it changes directions, as 200e to 2069 do
  [0x115f, 0x1160], // Hangul fillers
  [0x180b, 0x180f], // Mongolian variation selectors
  [0x2000, 0x200f], // spaces, zero-width characters, marks of direction
  [0x2028, 0x202f], // separators of lines and paragraphs, embeddings, overrides
  [0x205f, 0x206f], // invisible operators, isolates
  [0x2800, 0x2800], // a braille cell without dots
  [0x3000, 0x3000], // ideographic space
  [0x3164, 0x3164], // Hangul filler
  [0xd800, 0xdfff], // surrogates, alone
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // half-width Hangul filler
  [0xfff0, 0xfffb], // annotations, and what is not assigned yet
  [0x1d173, 0x1d17a], // invisible marks of musical notation
  [0xe0000, 0xe0fff], // tags, variation selectors, and what is not assigned yet
]

test('each hidden character is escaped as JSON spells it, wherever it stands', () => {
  let count = 0
  for (const [from, to] of HIDDEN) {
    for (let code = from; code <= to; code++) {
      const text = `a${String.fromCodePoint(code)}b`
      const escaped = printable(text)
      assert.match(escaped, /^a(\\u[0-9a-f]{4}){1,2}b$/, `U+${code.toString(16)}`)
      assert.is(JSON.parse(`"${escaped}"`), text)
      count++
    }
  }
  assert.ok(count > 6000, `${count}`)
})

test('what is seen stays as it is', () => {
  for (const text of [
    'eth0',
    'größe✓',
    '网卡0',
    'שלום',
    'नेट',
    '👍',
    '"a b"',
    '\\u202e',
    '~',
    ' ',
  ]) {
    assert.is(printable(text), text)
  }
})

test('JSON has the same value, and nothing hidden', () => {
  const all = HIDDEN.flat().map((code) => String.fromCodePoint(code))
  const value = { [all.join('')]: all, plain: 'größe', quoted: '"\\', number: 1, nothing: null }
  const text = safeJson(value)
  assert.equal(JSON.parse(text), value)
  assert.is(printable(text), text)
})

test('JSON in pieces is the same text', () => {
  const values = [
    null,
    'a\u202e',
    7,
    [],
    {},
    [1, 'x', null],
    { a: [], b: {}, c: { d: [{ e: ['\u202e', true] }, [], 2] }, 5: 'first' },
    { late: { toJSON: () => [{ toJSON: () => ({ x: [1] }) }, { toJSON: () => 7 }] }, end: true },
    { gone: undefined, a: { gone: undefined, b: [{ c: undefined }] } },
  ]
  for (const value of values) assert.is([...jsonPieces(value)].join(''), safeJson(value))
})

/** Bytes that are used once `make()` has been called `count` times and all of it is kept. */
function kept(count: number, make: (n: number) => unknown): number {
  const before = process.memoryUsage().heapUsed
  const held = Array.from({ length: count }, (_, n) => make(n))
  const used = process.memoryUsage().heapUsed - before
  assert.is(held.length, count)
  return used
}

test('text takes as much memory as it has letters, not 32 bytes for each', () => {
  const length = 65_000
  const count = 100
  const bytes = new Uint8Array(length).fill(0x61)
  const makers: [name: string, letters: number, make: () => unknown][] = [
    ['a name', length, () => decodeText(bytes)],
    ['bytes in hexadecimal', length * 2, () => hexText(bytes)],
    ['an address', length * 3, () => addressText(bytes, 1)],
  ]
  for (const [name, letters, make] of makers) {
    const used = kept(count, make)
    assert.ok(used < 4 * count * letters, `${name}: ${used} bytes for ${count * letters} letters`)
  }
})

test('bytes of every value and length in hexadecimal', () => {
  for (let length = 0; length <= 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 37)
    const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    assert.is(hexText(bytes), pairs.join(''))
    assert.is(hexText(bytes, ':'), pairs.join(':'))
  }
})

test('names of every length are decoded alike', () => {
  for (const part of ['a', 'é', '\ufeff']) {
    for (let length = 0; length <= 40; length++) {
      const text = part.repeat(length)
      assert.equal(decodeText(Buffer.from(text)), { text, lossy: false })
    }
  }
  for (const length of [1, 15, 16, 17, 40]) {
    assert.equal(decodeText(new Uint8Array(length).fill(0xff)), {
      text: '\ufffd'.repeat(length),
      lossy: true,
    })
  }
})

test.run()
