// What is built and shipped: every family, the pieces that make the schemas of the package, what the importer writes.

import { readFileSync } from 'node:fs'
import all from 'netlink-wasm/schema/all'
import link from 'netlink-wasm/schema/link'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../../assembly/schema-layout.ts'
import { compileFamilies, pieces } from '../../src/schema/compiler/compile.ts'
import { parseSource, readFamilyFiles } from '../../src/schema/compiler/files.ts'
import { emit, withoutProse } from '../../src/schema/compiler/import.ts'
import { dumpPart, partsOf } from '../../src/schema/compiler/print-part.ts'
import { schemaParts } from '../../src/schema/shipped-schema.ts'

const families = readFamilyFiles()
const parts = compileFamilies(families)

test('every spec and every overlay compiles, and every part can be read', () => {
  assert.ok(parts.size > 30, `${parts.size} parts`)
  const specs = compileFamilies(readFamilyFiles(true))
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

test('what is shipped are the parts, byte by byte, and each family once', () => {
  const names = new Map<string, string[]>()
  for (const [piece, some] of pieces(parts))
    names.set(piece, some.map(({ family: { name } }) => name).sort())
  assert.equal(names.get('link'), ['netlink', 'rt-link'])
  assert.equal([...names.values()].flat().sort(), [...parts.keys()].sort())
  const { link: links = [], rtnetlink: routes = [], others = [] } = Object.fromEntries(names)
  for (const [schema, expected] of [
    [link, links],
    [rtnetlink, [...links, ...routes]],
    [all, [...links, ...routes, ...others]],
  ] as const) {
    const found = partsOf(schemaParts(schema))
    for (const part of found) {
      const [, name = ''] = /^family (\S+) /.exec(dumpPart(part)) ?? []
      assert.ok(expected.includes(name), name)
      assert.is(Buffer.compare(part, parts.get(name)?.bytes ?? new Uint8Array()), 0, name)
    }
    assert.is(found.length, expected.length)
  }
  assert.equal(all.base64.slice(0, 2), rtnetlink.base64)
})

test('the importer keeps facts and drops sentences, and what it writes parses to the same', () => {
  const facts = withoutProse({
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
    operations: { list: [{ name: 'get', do: { request: { attributes: ['x'] } } }] },
  })
  assert.equal(parseSource(emit(facts), 'emitted.yaml', false).parsed, facts)
  const spec = readFileSync(
    new URL('../../src/schema/compiler/specs/rt-link.yaml', import.meta.url),
    'utf8',
  )
  const parsed = parseSource(spec, 'rt-link.yaml', false).parsed as Record<string, unknown>
  assert.is(spec.endsWith(emit(parsed)), true)
})

test.run()
