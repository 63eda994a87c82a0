// What the tree sink makes of values: every type of the schema, and its statuses.
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
const { attr, u16, u32 } = bytes()

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

test('scalars, flags and fixed bytes need their exact length', () => {
  const lengths: [string, number, number[]][] = [
    ['u8', A.u8, [1]],
    ['u16', A.u16, [2]],
    ['u32', A.u32, [4]],
    ['u64', A.u64, [8]],
    ['uint', A.uint, [4, 8]],
    ['flag', A.flag, [0]],
    ['mac', A.mac, [6]],
    ['bitfield', A.bitfield, [8]],
  ]
  for (const [name, type, right] of lengths) {
    for (let length = 0; length <= 12; length++) {
      const end = 20 + ((length + 3) & ~3)
      const status = right.includes(length) ? '' : ' bad-length'
      const expected = [`attribute ${name} 16-${end}${status}`]
      assert.equal(decode([attr(type, new Uint8Array(length))]), expected, `${name} of ${length}`)
    }
  }
})

test('strings and bytes may have any length; bytes of unknown structure are opaque', () => {
  assert.equal(
    decode([
      attr(A.string),
      attr(A.string, [65]),
      attr(A.bytes, [1, 2, 3]),
      attr(A.opaque),
      attr(A.opaque, [1]),
      attr(A.unused),
    ]),
    [
      'attribute string[0] 16-20',
      'attribute string[1] 20-28',
      'attribute bytes 28-36',
      'attribute opaque[0] 36-40',
      'attribute opaque[1] 40-48 opaque',
      'attribute unused 48-52 opaque',
    ],
  )
})

test('a struct has its members, gaps and all; of members on the same bytes the first counts', () => {
  const whole = [
    '  header 16-20',
    '  member pair 20-28',
    '    member small 20-21',
    '    padding 21-24',
    '    member large 24-28 big',
    '  member list 28-32',
    '    element[0] 28-30',
    '    element[1] 30-32',
    '  member label 32-34',
  ]
  assert.equal(decode([attr(A.struct, new Uint8Array(16))]), [
    'attribute struct 16-36',
    ...whole,
    '  padding 34-36',
  ])
  assert.equal(decode([attr(A.struct, new Uint8Array(17))]), [
    'attribute struct 16-40 excess',
    ...whole,
    '  padding 34-36',
    '  trailing 36-37 excess',
    '  padding 37-40',
  ])
})

test('a struct that ends early has the members that fit', () => {
  assert.equal(decode([attr(A.struct)]), ['attribute struct 16-20 short'])
  assert.equal(decode([attr(A.struct, new Uint8Array(6))]), [
    'attribute struct 16-28 short',
    '  header 16-20',
    '  member pair 20-26 short',
    '    member small 20-21',
    '    padding 21-24',
    '    member large 24-26 big bad-length',
    '  padding 26-28',
  ])
  assert.equal(decode([attr(A.struct, new Uint8Array(13))]).slice(-4), [
    '    element[0] 28-30',
    '    element[1] 30-32',
    '  member label 32-33 bad-length',
    '  padding 33-36',
  ])
  assert.equal(decode([attr(A.struct, new Uint8Array(14))]).slice(-2), [
    '  member label 32-34',
    '  padding 34-36',
  ])
})

test("a struct's last member may take what is left", () => {
  assert.equal(decode([attr(A.tailed, new Uint8Array(4))]), [
    'attribute tailed 16-24',
    '  header 16-20',
    '  member head 20-24',
  ])
  assert.equal(decode([attr(A.tailed, new Uint8Array(9))]).slice(-2), [
    '  member rest 24-29',
    '  padding 29-32',
  ])
})

test('arrays are packed; what is left of the last element is told', () => {
  assert.equal(decode([attr(A.array)]), ['attribute array 16-20'])
  assert.equal(decode([attr(A.array, [1, 0, 2, 0, 3])]), [
    'attribute array 16-28 bad-length',
    '  header 16-20',
    '  element[0] 20-22',
    '  element[1] 22-24',
    '  trailing 24-25 bad-length',
    '  padding 25-28',
  ])
  assert.equal(
    decode([attr(A.structs, new Uint8Array(16))]).filter((l) => !l.includes('member')),
    [
      'attribute structs 16-36',
      '  header 16-20',
      '  element[0] 20-28',
      '    padding 21-24',
      '  element[1] 28-36',
      '    padding 29-32',
    ],
  )
})

test('nests, indexed nests, and numbers that are values', () => {
  const inner = attr(1, u16(5))
  assert.equal(decode([attr(A.nest, inner), attr(A.nest), attr(A.anonymous, inner)]), [
    'attribute nest[0] 16-28',
    '  header 16-20',
    '  attribute a 20-28',
    'attribute nest[1] 28-32',
    'attribute anonymous 32-44',
    '  header 32-36',
    '  attribute 36-44 unknown',
  ])
  assert.equal(decode([attr(A.indexed, join(attr(7, inner), attr(7)))]), [
    'attribute indexed 16-36',
    '  header 16-20',
    '  element[0] 20-32',
    '    header 20-24',
    '    attribute a 24-32',
    '  element[1] 32-36',
  ])
  assert.equal(decode([attr(A.typeValue, attr(300, attr(4, u32(1))))]), [
    'attribute type-value 16-32',
    '  header 16-20',
    '  element key[0] 20-32',
    '    header 20-24',
    '    element code[0] 24-32',
  ])
  assert.is(sink.node(10).raw, 300)
})

test('a struct in front of attributes, and records of both', () => {
  const pair = new Uint8Array(8)
  assert.equal(decode([attr(A.headed, join(pair, attr(1, u16(5))))]).slice(0, 3), [
    'attribute headed 16-36',
    '  header 16-20',
    '  header pair 20-28',
  ])
  assert.is(decode([attr(A.headed, join(pair, attr(1, u16(5))))]).at(-1), '  attribute a 28-36')
  assert.equal(decode([attr(A.headed, [1, 2])]).slice(2, 3), ['  header pair 20-22 short'])
  const hop = (length: number) => join(u16(length), new Uint8Array(6))
  const records = join(hop(16), attr(2, text('ab')), hop(9), [0, 0, 0, 0], hop(8))
  assert.equal(
    decode([attr(A.records, records)]).filter((line) => !line.includes('member')),
    [
      'attribute records 16-56',
      '  header 16-20',
      '  element[0] 20-36',
      '    header hop 20-28',
      '    attribute b 28-36',
      '  element[1] 36-48',
      '    header hop 36-44',
      '    trailing 44-45 excess',
      '    padding 45-48',
      '  element[2] 48-56',
      '    header hop 48-56',
    ],
  )
  const broken = join(hop(8), hop(0), hop(8))
  assert.equal(decode([attr(A.records, broken)]).slice(-1), ['  malformed 28-44 bad-length'])
  assert.equal(decode([attr(A.records, hop(12))]).slice(-1), ['  malformed 20-28 bad-length'])
  assert.equal(decode([attr(A.records, [8, 0])]).slice(-2), [
    '  trailing 20-22 excess',
    '  padding 22-24',
  ])
})

test('integers are big-endian by definition, by the attribute, or by the frame', () => {
  const little = decode([attr(A.big, u32(1)), attr(A.u32, u32(1)), attr(A.u32 | 0x4000, u32(1))])
  assert.equal(little, [
    'attribute big 16-24 big',
    'attribute u32[0] 24-32',
    'attribute u32[1] 32-40 big',
  ])
  assert.equal(decode([attr(A.bigArray, new Uint8Array(4))]).slice(2), ['  element[0] 20-24 big'])
  assert.is(decode([attr(A.array | 0x4000, [0, 1])])[2], '  element[0] 20-22 big')
  const big = bytes('big')
  const nested = big.attr(A.nest, big.attr(1, big.u16(1)))
  assert.equal(decode([nested], 'big'), [
    'attribute nest 16-28 big',
    '  header 16-20 big',
    '  attribute a 20-28 big',
  ])
})

test.run()
