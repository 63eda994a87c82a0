// What the tree sink makes of attribute chains: unknown numbers, repeats, chains that break, depth, and
// sub-messages, whose format another attribute or the message's body selects.
// Attributes start at byte 16, behind the nlmsghdr; a line is kind, name, bytes, and a status if not typed.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, join, type Order, text } from '../support/netlink-bytes.ts'
import { checkTiling } from '../support/tiling.ts'
import { A, OP, TOY, toyPart } from '../support/toy-schema.ts'
import { below, type FrameOptions, openSink } from '../support/tree.ts'

const core = readFileSync(new URL('../../build/schema/netlink.nls', import.meta.url))
const sink = openSink(core, toyPart())
const { attr, u16, u32, message } = bytes()

/** The nodes of these attributes in a message, with its nlmsghdr left out. */
function decode(attributes: Uint8Array[], order: Order = 'little', options: FrameOptions = {}) {
  const frame = bytes(order).message(OP.bare, 0, join(...attributes))
  return decodeFrame(frame, { byteOrder: order, ...options })
}

function decodeFrame(frame: Uint8Array, options: FrameOptions = {}): string[] {
  const nodes = sink.tree(frame, { protocol: TOY, ...options })
  checkTiling(sink.view, nodes.length, frame.length, sink.table)
  return below(nodes, 'message').slice(6)
}

test('an unknown attribute is a leaf, or a nest of nobody when its flag and its bytes say so', () => {
  const clean = join(attr(1, [1]), attr(0x8001, attr(2)))
  assert.equal(
    decode([attr(500, clean), attr(0x8000 | 501, clean), attr(0x8000 | 502, [1, 2, 3])]),
    [
      'attribute toys 16-36 unknown',
      'attribute toys 36-56 unknown',
      '  header 36-40',
      '  attribute[0] 40-48 unknown',
      '  attribute[1] 48-56 unknown',
      '    header 48-52',
      '    attribute 52-56 unknown',
      'attribute toys 56-64 unknown',
    ],
  )
})

test('numbers are found where they are dense and where they are not', () => {
  assert.equal(decode([attr(A.far, [1]), attr(999, [1]), attr(0, [1]), attr(0x3fff, [1])]), [
    'attribute far 16-24',
    'attribute toys 24-32 unknown',
    'attribute toys 32-40 unknown',
    'attribute toys 40-48 unknown',
  ])
})

test('what stands several times in a chain is numbered; its neighbours in other chains are not', () => {
  const inner = join(attr(1, u16(1)), attr(1, u16(2)), attr(2))
  assert.equal(
    decode([attr(A.u8, [1]), attr(A.nest, inner), attr(A.u8, [2]), attr(A.multi, [1])]),
    [
      'attribute u8[0] 16-24',
      'attribute nest 24-48',
      '  header 24-28',
      '  attribute a[0] 28-36',
      '  attribute a[1] 36-44',
      '  attribute b 44-48',
      'attribute u8[1] 48-56',
      'attribute multi[0] 56-64',
    ],
  )
  // Numbers whose bits meet, and one with flags: only equal ones are repeats.
  const mixed = [1, 129, 65, 1 | 0x8000, 1 | 0x4000].map((type) => attr(type, [1]))
  assert.equal(
    sink
      .tree(message(OP.bare, 0, join(...mixed)), { protocol: TOY })
      .slice(8)
      .map((n) => n.repeat),
    [0, 0, 0, 1, 2],
  )
  assert.equal(decode([attr(1, [1])]), ['attribute u8 16-24'], 'counters are zero again')
})

test('a chain that breaks keeps what was whole', () => {
  const good = attr(A.u8, [1])
  assert.equal(decode([good, attr(A.u8, [1], 3), good]), [
    'attribute u8 16-24',
    'malformed 24-40 bad-length',
  ])
  assert.equal(decode([good, attr(A.u8, [1], 13)]), [
    'attribute u8 16-24',
    'malformed 24-32 bad-length',
  ])
  assert.equal(decode([attr(A.nest, join(attr(1, u16(1)), [9, 0, 2, 0, 1]))]), [
    'attribute nest 16-36',
    '  header 16-20',
    '  attribute a 20-28',
    '  malformed 28-33 bad-length',
    '  padding 33-36',
  ])
  assert.equal(decode([good, Uint8Array.of(1, 2, 3)]), [
    'attribute u8 16-24',
    'trailing 24-27 excess',
    'padding 27-28',
  ])
  assert.equal(decode([attr(A.u8, [1], 5, false)]), ['attribute u8 16-21', 'padding 21-24'])
})

test('a whole message in an attribute', () => {
  const within = message(OP.bare, 0, attr(A.u8, [1]))
  const lines = decode([attr(A.message, within)])
  assert.equal(lines.slice(0, 3), [
    'attribute message 16-44',
    '  header 16-20',
    '  message bare 20-44',
  ])
  assert.is(lines.at(-1), '    attribute u8 36-44')
  assert.equal(decode([attr(A.message, new Uint8Array(4))]).slice(2), [
    '  malformed 20-24 bad-length',
  ])
  assert.equal(decode([attr(A.message)]), ['attribute message 16-20 bad-length'])
})

test('what is nested too deep is told, not looked into', () => {
  let nested = attr(A.u8, [1])
  for (let depth = 0; depth < 40; depth++) nested = attr(A.self, nested)
  const lines = decode([nested])
  assert.is(lines.filter((line) => line.includes('limit')).length, 1)
  assert.match(lines.at(-1) as string, /attribute self \S+ limit$/)
})

test('a string selects a format, wherever it stands in its chain', () => {
  const data = attr(A.byKind, attr(1, u16(5)))
  const red = [
    'attribute by-kind 16-28',
    '  header 16-20',
    '  attribute a 20-28',
    'attribute kind 28-36',
  ]
  for (const name of ['red', 'red\0', 'red\0x']) {
    assert.equal(decode([data, attr(A.kind, Buffer.from(name))]), [
      ...red.slice(0, 3),
      `attribute kind 28-${name.length > 4 ? 40 : 36}`,
    ])
  }
  for (const name of ['', 're', 'redd', 'Red', 'red\x01']) {
    assert.is(
      decode([data, attr(A.kind, Buffer.from(name))])[0],
      'attribute by-kind 16-28 no-format',
      name,
    )
  }
  assert.equal(decode([data]), ['attribute by-kind 16-28 no-format'])
  assert.equal(
    decode([attr(A.byKind, attr(1, u16(5))), attr(A.kind, text('reddish'))])[0],
    'attribute by-kind 16-28',
  )
})

test('of several selectors the last counts', () => {
  const kinds = [attr(A.kind, text('blue')), attr(A.kind, text('red'))]
  const lines = decode([...kinds, attr(A.byKind, attr(1, u16(5)))])
  assert.is(lines.at(-1), '  attribute a 40-48')
})

test('a format may be a scalar, a struct, a struct and attributes', () => {
  const pair = new Uint8Array(8)
  const format = (kind: string, payload: Uint8Array) =>
    decode([attr(A.byKind, payload), attr(A.kind, text(kind))]).filter(
      (l) => !/member|padd/.test(l),
    )
  assert.equal(format('blue', u32(1)).slice(0, 1), ['attribute by-kind 16-24 big'])
  assert.equal(format('blue', u16(1)).slice(0, 1), ['attribute by-kind 16-24 big bad-length'])
  assert.equal(format('reddish', pair).slice(0, 2), ['attribute by-kind 16-28', '  header 16-20'])
  assert.equal(format('both', join(pair, attr(1, u16(5)))).slice(0, 4), [
    'attribute by-kind 16-36',
    '  header 16-20',
    '  header pair 20-28',
    '  attribute a 28-36',
  ])
})

test('without a format, a nest is walked all the same when its flag says that it is one', () => {
  assert.equal(decode([attr(A.byKind | 0x8000, attr(1, u16(5)))]), [
    'attribute by-kind 16-28 no-format',
    '  header 16-20',
    '  attribute 20-28 unknown',
  ])
})

test('a selector may stand in an outer chain', () => {
  const again = attr(A.nest, attr(3, [1]))
  assert.equal(decode([again, attr(A.kind, text('red'))]).slice(0, 3), [
    'attribute nest 16-28',
    '  header 16-20',
    '  attribute again 20-28',
  ])
  assert.is(decode([again])[2], '  attribute again 20-28 no-format')
  assert.is(
    decode([attr(A.kind, text('red')), attr(A.self, join(again, attr(A.kind, text('blue'))))])[5],
    '    attribute again 32-40 bad-length',
  )
  // The nearest chain that could have it is the one that counts.
  assert.is(
    decode([attr(A.kind, text('red')), attr(A.self, again)])[5],
    '    attribute again 32-40 no-format',
  )
  const indexed = attr(A.indexed, attr(1, attr(3, [1])))
  assert.is(decode([indexed, attr(A.kind, text('red'))])[4], '    attribute again 24-32')
})

test('a number selects a format, or the default one', () => {
  const one = (payload: Uint8Array | number[], type = A.number) =>
    decode([attr(A.byNumber, attr(1, u16(5))), attr(type, payload)])[0]
  assert.is(one(u16(1)), 'attribute by-number 16-28')
  assert.is(one(u32(258)), 'attribute by-number 16-28 bad-length')
  assert.is(one([1, 2], A.number | 0x4000), 'attribute by-number 16-28 bad-length')
  assert.is(one([2, 1], A.number | 0x4000), 'attribute by-number 16-28 opaque')
  assert.is(one(u32(65537)), 'attribute by-number 16-28 opaque')
  assert.is(one([1]), 'attribute by-number 16-28')
  assert.is(one([1, 0, 0]), 'attribute by-number 16-28 opaque')
  assert.is(decode([attr(A.byNumber, [1])])[0], 'attribute by-number 16-24 opaque')
  const big = bytes('big')
  assert.is(
    decode([big.attr(A.byNumber, [1]), big.attr(A.number, big.u16(258))], 'big')[0],
    'attribute by-number 16-24 big',
  )
})

test("an integer of the message's body selects a format", () => {
  const body = (family: number) => {
    const head = join([family, 0, 0, 0], u32(1))
    return decodeFrame(message(OP.headed, 0, join(head, attr(A.byBody, u16(1))))).at(-1)
  }
  assert.is(body(7), 'attribute by-body 24-32')
  assert.is(body(2), 'attribute by-body 24-32 no-format')
  // A message within has a body of its own, and the outer one its own again behind it.
  const within = message(OP.headed, 0, join([7, 0, 0, 0], u32(1), attr(A.byBody, u16(1))))
  const chain = join(attr(A.byBody, u16(1)), attr(A.message, within), attr(A.byBody, u16(1)))
  const lines = decodeFrame(message(OP.headed, 0, join([2, 0, 0, 0], u32(1), chain)))
  assert.equal(
    lines.filter((line) => line.includes('by-body')),
    [
      'attribute by-body[0] 24-32 no-format',
      '    attribute by-body 60-68',
      'attribute by-body[1] 68-76 no-format',
    ],
  )
})

test('an integer of the value itself selects a format', () => {
  const value = [0, 0, 2, 1, 0, 0, 0, 0]
  assert.is(decode([attr(A.byValue, value)])[0], 'attribute by-value 16-28')
  assert.is(decode([attr(A.byValue, value)])[2], '  member small 20-21')
  assert.is(decode([attr(A.byValue, value.with(2, 1))])[0], 'attribute by-value 16-28 no-format')
  assert.is(decode([attr(A.byValue, value.slice(0, 3))])[0], 'attribute by-value 16-24 no-format')
})

test.run()
