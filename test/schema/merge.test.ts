// The schema's compiler: how overlays change specs, how families share, what errors say.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileFamilies } from '../../src/schema/compiler/compile.ts'
import { parseSource } from '../../src/schema/compiler/files.ts'
import { mergeFamilies } from '../../src/schema/compiler/merge.ts'
import { dumpPart } from '../../src/schema/compiler/print-part.ts'
import { dump, fails, family, table } from '../support/schema.ts'

const RAW = 'protocol: netlink-raw\nprotonum: 0'

const BASE =
  family(`
- { name: x, type: u8 }
- { name: y, type: u8 }
- { name: z, type: u8, enum: e }`) +
  `
definitions:
  - { name: e, type: enum, entries: [p, q, r] }
  - { name: s, type: struct, members: [{ name: m, type: u8 }] }
`

test('an overlay changes, adds, removes and replaces by name, and moves no number', () => {
  const text = dump(
    BASE,
    `
name: one
proof: linux/one.h
attribute-sets:
  - name: a
    attributes:
      - { name: x, remove: true }
      - { name: y, type: binary, struct: s }
      - { name: z, enum: null }
      - { name: new, value: 7, type: u32 }
definitions:
  - { name: s, replace: true, type: struct, members: [{ name: n, type: u16 }] }`,
    `
name: one
attribute-sets:
  - name: a
    attributes: [{ name: new, type: u64, c-name: NEWER, proof: linux/two.h }]`,
  )
  assert.equal(table(text, 'set', 'a ONE_'), [
    '  2 y: struct s overlay',
    '  3 z: u8 overlay',
    '  7 new (NEWER): u64 overlay',
  ])
  assert.equal(table(text, 'struct', 's 2'), ['  0 n: u16 overlay size=2'])
})

test('a C name alone makes no fact the overlay’s; a family of the overlay’s own is told', () => {
  const text = dump(
    BASE,
    `
name: one
attribute-sets: [{ name: a, attributes: [{ name: x, c-name: EX, proof: linux/one.h }] }]`,
  )
  assert.is(table(text, 'set', 'a ONE_')[0], '  1 x (EX): u8')
  const [part] = compileFamilies(
    mergeFamilies([parseSource(`${BASE}\nproof: linux/one.h`, 'own.yaml', true)]),
  ).values()
  assert.match(dumpPart(part?.bytes as Uint8Array), /^family one protocol=77 overlay /)
})

test('a family takes what it lacks from the families that it uses', () => {
  const [one, two, ...more] = compileFamilies(
    mergeFamilies([
      parseSource(
        `
name: user
${RAW}
uses: [lib]
operations: { list: [{ name: get, value: 1, attribute-set: shared }] }`,
        'user.yaml',
        false,
      ),
      parseSource(
        `
name: lib
${RAW}
attribute-sets: [{ name: shared, attributes: [{ name: x, type: u8, enum: e }] }]
definitions: [{ name: e, type: enum, entries: [p] }]`,
        'lib.yaml',
        false,
      ),
    ]),
  ).values()
  assert.equal([two, more], [undefined, []])
  const text = dumpPart(one?.bytes as Uint8Array)
  assert.equal(table(text, 'set', 'shared LIB_A_SHARED_'), ['  1 x: u8 enum=e'])
  assert.equal(table(text, 'enum', 'e LIB_E_'), ['  0 p'])
})

test('errors say file, path, what was expected and what is there', () => {
  const overlay = (text: string): string => `name: one\n${text}`
  fails(
    /^spec\.yaml: attribute-sets\/a\/attributes\/x: expected a type, got nothing$/,
    family('- x'),
  )
  fails(
    /^spec\.yaml: attribute-sets\/a\/attributes\/x: expected a type of the language, got u7$/,
    family('- { name: x, type: u7 }'),
  )
  fails(/attributes\/x: expected one of proof, .*, got colour$/, family('- { name: x, colour: 1 }'))
  fails(
    /attributes\/x: expected one of the family's attribute-sets, got nowhere$/,
    family('- { name: x, type: nest, nested-attributes: nowhere }'),
  )
  fails(
    /attributes\/x: expected one of the family's definitions, got nothing-such$/,
    family('- { name: x, type: u8, enum: nothing-such }'),
  )
  fails(/attributes\/x: expected a name only once, got x$/, family('- x\n- x'))
  fails(
    /attribute-sets\/a: expected every number once, got x, y: 1$/,
    family('- { name: x, type: u8 }\n- { name: y, type: u8, value: 1 }'),
  )
  fails(
    /attributes\/x: expected a value from 0 to 16383, got 16384$/,
    family('- { name: x, type: u8, value: 0x4000 }'),
  )
  fails(
    /attributes\/x: expected a selector that names a string or an integer, got kind$/,
    family('- { name: x, type: sub-message, sub-message: m, selector: kind }'),
  )
  fails(
    /attributes\/x: expected one of mac, .* as display-hint, got rainbow$/,
    family('- { name: x, type: u8, display-hint: rainbow }'),
  )
  fails(
    /definitions\/s\/members\/t: expected a struct that is not within itself, got s$/,
    `${family('- { name: x, type: binary, struct: s }')}
definitions: [{ name: s, type: struct, members: [{ name: t, type: binary, struct: s }] }]`,
  )
  fails(
    /definitions\/s\/members\/t: expected the member without a length to be the last, got t$/,
    `${family('- { name: x, type: binary, struct: s }')}
definitions: [{ name: s, type: struct, members: [{ name: r, type: binary }, { name: t, type: u8 }] }]`,
  )
  fails(
    /^overlay-0\.yaml: attribute-sets\/a\/attributes\/w: expected a proof, here or around it, got nothing$/,
    BASE,
    overlay('attribute-sets: [{ name: a, attributes: [{ name: w, value: 9, type: u8 }] }]'),
  )
  fails(
    /attributes\/w: expected a value, as it is new in a list that exists, got nothing$/,
    BASE,
    overlay('proof: h\nattribute-sets: [{ name: a, attributes: [{ name: w, type: u8 }] }]'),
  )
  fails(
    /attributes\/w: expected something to remove, got no such item$/,
    BASE,
    overlay('proof: h\nattribute-sets: [{ name: a, attributes: [{ name: w, remove: true }] }]'),
  )
  fails(/^spec\.yaml: 1: expected YAML, got /, 'name: [')
  fails(/^spec\.yaml: top: expected a family, got text$/, 'text')
})

test.run()
