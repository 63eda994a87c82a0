// The golden vectors of test/vectors: through the package as published, and through the bare module
// where a vector needs a frame header of recv's. Walks the error codes, so that none is without one.

import { decodeMessages, formatMessage, type NetlinkMessage } from 'netlink-wasm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import { faultError } from '../../src/message/faults.ts'
import { instantiate, play, playAtEnd } from '../vectors/play.ts'
import { isPlain, parse, readVectors } from '../vectors/read.ts'

const vectors = readVectors()
const plain = vectors.filter(isPlain)

const reading = suite('reading the vectors')

reading('finds the same title only once in a file', () => {
  const titles = vectors.map(({ file, title }) => `${file}: ${title}`)
  assert.is(new Set(titles).size, titles.length)
})

const HEX = '```hex\n00\n```\n'
const LOG = '```log\n```\n'

reading('refuses what is not of the form', () => {
  const wrong = {
    'no vector': '# title\n',
    'no log': `## a\n\nProse.\n\n${HEX}`,
    'no bytes': `## a\n\nProse.\n\n${LOG}`,
    'no prose': `## a\n\n${HEX}${LOG}`,
    'other fence': `## a\n\nProse.\n\n${HEX}\`\`\`js\n\`\`\`\n${LOG}`,
    'not hexadecimal': `## a\n\nProse.\n\n${HEX.replace('00', '0x00')}${LOG}`,
    'unknown option': `## a\n\nProse.\n\nByte order: middle\n\n${HEX}${LOG}`,
  }
  for (const [what, text] of Object.entries(wrong)) assert.throws(() => parse(what, text), what)
  assert.is(parse('right', `## a\n\nProse.\n\nByte order: big\n\n${HEX}${LOG}`).length, 1)
})

reading.run()

const decoding = suite('decodeMessages')

for (const { file, title, bytes, byteOrder, log } of plain) {
  decoding(`${file}: ${title}`, () => {
    const messages = decodeMessages(bytes, { byteOrder })
    assert.equal(messages.map(formatMessage), log)
  })
}

decoding('hands out messages that later ones do not change', () => {
  const all: NetlinkMessage[][] = []
  for (const { bytes, byteOrder } of plain) {
    const copy = bytes.slice()
    all.push(decodeMessages(copy, { byteOrder }))
    copy.fill(0xa5)
  }
  const later = all.map((messages) => messages.map(formatMessage))
  assert.equal(
    later,
    plain.map(({ log }) => log),
  )
})

decoding.run()

const module = suite('module')

for (const vector of vectors) {
  module(`${vector.file}: ${vector.title}`, () => {
    assert.equal(play(vector), vector.log)
    assert.equal(playAtEnd(vector), vector.log, 'at the end of memory')
  })
}

module('says the same of every cut of every vector, wherever it lies', () => {
  const one = instantiate()
  for (const vector of vectors) {
    for (let length = 0; length < vector.bytes.length; length++) {
      const cut = { ...vector, bytes: vector.bytes.subarray(0, length), length }
      assert.equal(playAtEnd(cut, one), play(cut, one), `${vector.title}, ${length} bytes`)
    }
  }
})

module.run()

const codes = suite('error codes')

const logged = new Set(
  vectors.flatMap(({ log }) => log.map((line) => /^\d+ malformed (\w+):/.exec(line)?.[1] ?? '')),
)

for (const [name, code] of Object.entries(contract)) {
  if (!name.startsWith('ERROR_')) continue
  codes(`${name} has words and a golden vector`, () => {
    // Throws when the grammar does not know the code.
    const error = faultError({ code, offset: 0, expected: 0, got: 0 })
    assert.ok(logged.has(error.code), `${error.code} is in no log`)
  })
}

codes('are told apart by their words', () => {
  const numbers = Object.entries(contract).filter(([name]) => name.startsWith('ERROR_'))
  const words = numbers.map(([, code]) => faultError({ code, offset: 0, expected: 0, got: 0 }).code)
  assert.is(new Set(words).size, numbers.length)
  assert.ok(numbers.length >= 9)
})

codes.run()
