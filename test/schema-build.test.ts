// What is built and shipped: every family, the packed form, the sizes promised, what the importer writes.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../assembly/schema-layout.ts'
import { unpack } from '../src/families/unpack.ts'
import { bundle, bundles, compileFamilies, packed } from '../src/schema/compile.ts'
import { dumpPart, partsOf } from '../src/schema/dump.ts'
import { emit } from '../src/schema/emit.ts'
import { parseSource, readFamilies } from '../src/schema/files.ts'
import { factsOf } from '../src/schema/import.ts'
import { pack } from '../src/schema/pack.ts'
import { random } from './support/random.ts'
import { compile, family } from './support/schema.ts'

const families = readFamilies()
const parts = compileFamilies(families)
const shipped = packed(bundles(parts))

test('every spec and every overlay compiles, and every part can be read', () => {
  assert.ok(parts.size > 30, `${parts.size} parts`)
  const specs = compileFamilies(readFamilies(true))
  for (const [name, { bytes }] of [...parts, ...specs]) {
    assert.is(bytes.length % layout.PART_ALIGN, 0)
    assert.match(dumpPart(bytes), new RegExp(`^family ${name} `))
  }
})

test('the parts of protocols that share message types have different ones', () => {
  const seen = new Map<string, string>()
  for (const [name, { family: one }] of parts) {
    if (one.flags & layout.FAMILY_GENERIC) continue
    for (const { id } of one.operations) {
      const key = `${one.protocol} ${id}`
      assert.is(seen.get(key) ?? name, name, `message type ${key}`)
      seen.set(key, name)
    }
  }
})

test('what is shipped unpacks to the parts, byte by byte', () => {
  let text = ''
  for (const [name, some] of bundles(parts)) {
    text += shipped.get(name)
    const whole = bundle(some)
    assert.is(Buffer.compare(unpack(text), whole), 0, name)
    assert.is(partsOf(whole).length, some.length)
  }
})

test('every family alone survives being packed', () => {
  for (const [name, { bytes }] of parts) {
    const [text = ''] = pack([[bytes]])
    assert.is(Buffer.compare(unpack(text), bytes), 0, name)
    assert.match(text, /^[#-[\]-c]+$/)
  }
})

test('a packed C name may be of small letters, and a wide enum stays', () => {
  const part = compile(
    family('- { name: x, type: u64, enum: e, c-name: ONE_mV }') +
      '\ndefinitions: [{ name: e, type: enum, entries: [{ name: far, value: 0x1fffffffffffff }] }]',
  )
  const [first = '', second = ''] = pack([[part], [part]])
  assert.equal(unpack(first), part)
  assert.equal(unpack(first + second), bundle([part, part].map((bytes) => ({ bytes }))))
})

test('a broken text ends, with an error or with other parts', () => {
  const [text = ''] = pack([[parts.get('rt-addr')?.bytes as Uint8Array]])
  const next = random(5)
  for (let index = 0; index < 20; index++) {
    const at = Math.floor(next() * text.length)
    const digit = Math.floor(next() * 64)
    const broken = [
      text.slice(0, at),
      `${text.slice(0, at)}${String.fromCharCode(digit + (digit < 57 ? 35 : 36))}${text.slice(at + 1)}`,
      text + text.slice(at),
    ]
    for (const one of broken) {
      try {
        unpack(one)
      } catch (error) {
        assert.ok(error instanceof RangeError, `${error}`)
      }
    }
  }
})

test('the importer keeps facts and drops sentences, and what it writes parses to the same', () => {
  const facts = factsOf({
    name: 'one',
    doc: 'A sentence.',
    definitions: [
      { name: 'len', type: 'const', value: 16 },
      { name: 'e', type: 'enum', doc: 'No.', entries: [{ name: 'no', doc: 'No.' }, { name: '8' }] },
    ],
    'attribute-sets': [
      {
        name: 'a',
        attributes: [
          { name: 'x', type: 'binary', checks: { 'exact-len': 'len', 'max-len': 4 }, doc: 'No.' },
          { name: 'y', type: 'u8', checks: { max: 3 } },
        ],
      },
    ],
    operations: {
      list: [{ name: 'get', doc: 'No.', do: { pre: 'f', request: { attributes: ['x'] } } }],
    },
  })
  assert.equal(facts, {
    name: 'one',
    definitions: [{ name: 'e', type: 'enum', entries: ['no', '8'] }],
    'attribute-sets': [
      {
        name: 'a',
        attributes: [
          { name: 'x', type: 'binary', checks: { 'exact-len': 16 } },
          { name: 'y', type: 'u8' },
        ],
      },
    ],
    operations: { list: [{ name: 'get', do: { request: {} } }] },
  })
  assert.equal(parseSource(emit(facts), 'emitted.yaml', false).parsed, facts)
  const spec = readFileSync(new URL('../src/schema/specs/rt-link.yaml', import.meta.url), 'utf8')
  const parsed = parseSource(spec, 'rt-link.yaml', false).parsed as Record<string, unknown>
  assert.is(spec.endsWith(emit(parsed)), true)
})

test.run()
