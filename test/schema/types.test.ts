// The schema's compiler: every type of the language, from YAML to bytes and back.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dump, family, table } from '../support/schema.ts'

test('scalars keep type, byte order, hint and number; numbers go on from the one before', () => {
  const text = dump(
    family(`
- { name: first, type: u8 }
- { name: second, type: s64, byte-order: big-endian }
- { name: address, type: u32, byte-order: big-endian, display-hint: ipv4, value: 9 }
- { name: after, type: uint }
- { name: text, type: string, multi-attr: true, value: 20 }
- { name: zero, type: flag, value: 0 }
- { name: hole, type: unused, value: 30 }
- { name: fill, type: pad }
- { name: bits, type: bitfield32 }
- { name: whole, type: message }
- { name: any, type: sint, c-name: OTHER_NAME }
- { name: none, type: u64, c-name: null }
- { name: own, type: u16, name-prefix: two- }`),
  )
  assert.is(text.split('\n')[0], 'family one protocol=77 prefix=ONE_CMD_ groups=-')
  assert.equal(table(text, 'set', 'a ONE_'), [
    '  0 zero: flag',
    '  1 first: u8',
    '  2 second: s64 big-endian',
    '  9 address: u32 big-endian hint=ipv4',
    '  10 after: uint',
    '  20 text: string multi',
    '  30 hole: unused',
    '  31 fill: pad',
    '  32 bits: bitfield32',
    '  33 whole: message',
    '  34 any (OTHER_NAME): sint',
    '  35 none (no C name): u64',
    '  36 own (TWO_OWN): u16',
  ])
})

test('bytes are opaque until something says what they are', () => {
  const text = dump(
    family(`
- { name: blob, type: binary }
- { name: dumped, type: binary, display-hint: hex }
- { name: mac, type: binary, display-hint: mac }
- { name: key, type: binary, unstructured: linux/key.h, checks: { exact-len: 32 } }
- { name: list, type: binary, sub-type: u16, byte-order: big-endian }
- { name: labels, type: array, sub-type: u32, display-hint: mpls, byte-order: big-endian }
- { name: pairs, type: array, struct: pair }
- { name: pair, type: binary, struct: pair }
- { name: hops, type: records, struct: pair, nested-attributes: a }
- { name: led, type: headed, struct: pair }`) +
      `
definitions:
  - { name: pair, type: struct, members: [{ name: x, type: u16 }, { name: y, type: u8 }] }`,
  )
  assert.equal(table(text, 'set', 'a ONE_'), [
    '  1 blob: opaque',
    '  2 dumped: opaque hint=hex',
    '  3 mac: bytes hint=mac',
    '  4 key: bytes size=32',
    '  5 list: array [u16 big-endian]',
    '  6 labels: array [u32 big-endian hint=mpls]',
    '  7 pairs: array [struct pair]',
    '  8 pair: struct pair',
    '  9 hops: records pair a',
    '  10 led: headed pair -',
  ])
  assert.equal(table(text, 'struct', 'pair 3'), ['  0 x: u16 size=2', '  2 y: u8 size=1'])
})

test('nests, indexed arrays and numbers that are values', () => {
  const text = dump(
    family(`
- { name: self, type: nest, nested-attributes: a }
- { name: bare, type: nest }
- { name: many, type: indexed-array, sub-type: nest, nested-attributes: a }
- { name: four, type: indexed-array, sub-type: u32, byte-order: big-endian, display-hint: ipv4 }
- { name: six, type: indexed-array, sub-type: binary, display-hint: ipv6, checks: { exact-len: 16 } }
- { name: one, type: nest-type-value, type-value: [op], nested-attributes: a }
- { name: two, type: nest-type-value, type-value: [op, at], nested-attributes: a }
- { name: stat, type: u64, type-value: [id] }`),
  )
  assert.equal(table(text, 'set', 'a ONE_'), [
    '  1 self: nest a',
    '  2 bare: nest -',
    '  3 many: indexed [nest a]',
    '  4 four: indexed [u32 big-endian hint=ipv4]',
    '  5 six: indexed [bytes hint=ipv6 size=16]',
    '  6 one: type-value [op nest a]',
    '  7 two: type-value [op type-value [at nest a]]',
    '  8 stat: type-value [id u64]',
  ])
})

test('enums start at 0 or where they say, flags are bits, equal values have one name', () => {
  const text = dump(
    family(`
- { name: kind, type: u8, enum: kind }
- { name: bits, type: u32, enum: bits }
- { name: set, type: u32, enum: kind, enum-as-flags: true }
- { name: codes, type: s32, enum: codes }
- { name: wide, type: u64, enum: wide }`) +
      `
definitions:
  - { name: kind, type: enum, name-prefix: knd-, value-start: 5, entries: [a, b, { name: c, c-name: SEE }] }
  - { name: bits, type: flags, entries: [low, { name: high, value: 31 }] }
  - { name: codes, type: enum, entries: [{ name: z, value: -1 }, { name: y, value: 3 }, { name: x, value: 3 }] }
  - { name: wide, type: enum, entries: [{ name: far, value: 0x100000000 }, { name: farther, value: 0x0080C20001000001 }] }`,
  )
  assert.equal(table(text, 'set', 'a ONE_'), [
    '  1 kind: u8 enum=kind',
    '  2 bits: u32 as-flags enum=bits',
    '  3 set: u32 as-flags enum=kind',
    '  4 codes: s32 enum=codes',
    '  5 wide: u64 enum=wide',
  ])
  assert.equal(table(text, 'enum', 'kind KND_'), ['  5 a', '  6 b', '  7 c (SEE)'])
  assert.equal(table(text, 'enum', 'bits ONE_BITS_'), ['  0 low', '  31 high'])
  assert.equal(table(text, 'enum', 'codes ONE_CODES_'), ['  3 y', '  4294967295 z'])
  assert.equal(table(text, 'enum', 'wide ONE_WIDE_'), [
    '  4294967296 far',
    '  36242102291529729 farther',
  ])
})

test('structs hold arrays, text, padding, structs, and an open end', () => {
  const text = dump(
    family('- { name: outer, type: binary, struct: outer }') +
      `
definitions:
  - name: outer
    type: struct
    members:
      - { name: name, type: string, len: 16 }
      - { name: pad, type: pad, len: 2 }
      - { name: port, type: u16, byte-order: big-endian }
      - { name: inner, type: binary, struct: inner }
      - { name: pad, type: pad, len: 4 }
      - { name: three, type: array, sub-type: u16, count: 3 }
      - { name: mac, type: binary, len: 6, display-hint: mac }
      - { name: rest, type: array, struct: inner }
  - { name: inner, type: struct, members: [{ name: v, type: u32 }] }`,
  )
  assert.equal(table(text, 'struct', 'outer 40'), [
    '  0 name: string size=16',
    '  16 pad: pad size=2',
    '  18 port: u16 big-endian size=2',
    '  20 inner: struct inner size=4',
    '  24 pad: pad size=4',
    '  28 three: array [u16] size=6',
    '  34 mac: bytes hint=mac size=6',
    '  40 rest: array [struct inner]',
  ])
})

test('a struct is as large as its alignment says', () => {
  const text = dump(
    family(
      '- { name: padded, type: binary, struct: padded }\n- { name: exact, type: binary, struct: exact }',
    ) +
      `
definitions:
  - { name: padded, type: struct, align: 8, members: [{ name: v, type: u32 }, { name: w, type: u8 }] }
  - { name: exact, type: struct, align: 8, members: [{ name: v, type: u64 }] }`,
  )
  assert.equal(table(text, 'struct', 'padded 8'), [
    '  0 v: u32 size=4',
    '  4 w: u8 size=1',
    '  5 pad-end: pad size=3',
  ])
  assert.equal(table(text, 'struct', 'exact 8'), ['  0 v: u64 size=8'])
})

test("a subset's attribute of another type has a byte order of its own", () => {
  const text = dump(`
name: one
protocol: netlink-raw
protonum: 77
attribute-sets:
  - name: all
    attributes: [{ name: x, type: u16, byte-order: big-endian }, { name: y, type: u16, byte-order: big-endian }]
  - { name: some, subset-of: all, attributes: [{ name: x, type: u32 }, { name: y, display-hint: hex }] }
operations:
  list: [{ name: get, value: 1, attribute-set: some }]`)
  assert.equal(table(text, 'set', 'some'), ['  1 x: u32', '  2 y: u16 big-endian hint=hex'])
})

test('a subset is its parent, with its own changes', () => {
  const text = dump(
    `
name: one
protocol: netlink-raw
protonum: 77
attribute-sets:
  - name: all
    name-prefix: p-
    attributes: [{ name: x, type: u8 }, { name: y, type: binary }, { name: z, type: u32 }]
  - { name: some, subset-of: all, attributes: [z] }
  - { name: typed, subset-of: all, attributes: [{ name: y, display-hint: ipv6 }] }
operations:
  list: [{ name: get, value: 1, attribute-set: some }, { name: set, value: 2, attribute-set: typed }]`,
  )
  assert.match(text, /^ {2}1 get: nest all /m)
  assert.match(text, /^ {2}2 set: nest typed /m)
  assert.equal(table(text, 'set', 'typed P_'), [
    '  1 x: u8',
    '  2 y: bytes hint=ipv6',
    '  3 z: u32',
  ])
})

const selecting = (
  selector: string,
  formats: string,
  kind = '{ name: kind, type: string }',
): string =>
  dump(
    `${family(`
- ${kind}
- { name: data, type: sub-message, sub-message: m, selector: ${selector} }`)}
sub-messages: [{ name: m, formats: [${formats}] }]
definitions:
  - { name: head, type: struct, members: [{ name: x, type: u32 }] }
  - { name: kinds, type: enum, entries: [none, some, other] }`,
  )

test('the format of a sub-message is a set, a header, both, none, or any type', () => {
  const text = selecting(
    'kind',
    `{ value: x, attribute-set: a }, { value: y, fixed-header: head }, { value: none },
     { value: z, fixed-header: head, attribute-set: a }, { value: default, type: u32 }`,
  )
  assert.equal(table(text, 'sub', 'm by string string kind'), [
    '  0 x: nest a',
    '  0 y: struct head',
    '  0 none: nest -',
    '  0 z: headed head a',
    '  0 : u32 default',
  ])
})

test('a selector may be a number, an enum by name, a place in the body or in the value', () => {
  const byName = selecting(
    'kind',
    '{ value: other, type: u8 }, { value: none, type: flag }',
    '{ name: kind, type: u32, enum: kinds }',
  )
  assert.equal(table(byName, 'sub', 'm by number u32 kind'), ['  0 none: flag', '  2 other: u8'])
  const byBody = selecting('{ offset: 4, type: u16 }', '{ value: 7, type: u8 }')
  assert.equal(table(byBody, 'sub', 'm by body u16 at 4'), ['  7 : u8'])
  const byValue = selecting(
    '{ offset: 2, type: u8, of: value }',
    '{ value: 9, fixed-header: head }',
  )
  assert.equal(table(byValue, 'sub', 'm by value u8 at 2'), ['  9 : struct head'])
})

test('a selector is found in a set around the one that asks', () => {
  const text = dump(
    family(`
- { name: kind, type: string }
- { name: deep, type: nest, nested-attributes: b }`).replace(
      'operations:',
      `  - name: b
    attributes: [{ name: data, type: sub-message, sub-message: m, selector: kind }]
operations:`,
    ) +
      `
sub-messages: [{ name: m, formats: [{ value: x, type: u8 }] }]`,
  )
  assert.equal(table(text, 'sub', 'm by string string kind'), ['  0 x: u8'])
})

test.run()
