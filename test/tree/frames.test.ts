// What the tree sink makes of frames: link headers, messages of every protocol, captures that were cut,
// and its own limits.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LINK_HEADER_SLL, LINK_HEADER_SLL2, NODES_MAX } from '../../assembly/tree-layout.ts'
import { bytes, join, NONE, text } from '../support/netlink-bytes.ts'
import { checkTiling } from '../support/tiling.ts'
import { A, genericPart, OP, TOY, TOY_GENERIC_ID, toyPart } from '../support/toy-schema.ts'
import { below, type FrameOptions, openSink, printTree } from '../support/tree.ts'

const part = (name: string) =>
  readFileSync(new URL(`../../build/schema/${name}.nls`, import.meta.url))
const sink = openSink(part('netlink'), part('nlctrl'), toyPart(), genericPart())
sink.learn(TOY_GENERIC_ID, 'gadget')
const { attr, u16, u32, message } = bytes()
const REQUEST = 1
const ERROR = 2
const DONE = 3
const GENERIC = 16

/** The tree's lines, without the members of structs. */
function decode(frame: Uint8Array, options: FrameOptions = {}, withMembers = false): string[] {
  const nodes = sink.tree(frame, { protocol: TOY, ...options })
  checkTiling(sink.view, nodes.length, frame.length, sink.table)
  const lines = printTree(nodes).split('\n')
  return lines.filter((line) => withMembers || !line.trim().startsWith('member'))
}

test('an empty frame, and one that is no message', () => {
  assert.equal(decode(NONE), ['frame 0-0'])
  assert.equal(decode(Uint8Array.of(1, 2, 3)), ['frame 0-3', '  trailing 0-3 excess'])
  assert.equal(decode(new Uint8Array(20)), ['frame 0-20', '  trailing 0-20 excess'])
  assert.equal(decode(message(OP.bare, 0, NONE, 15)), ['frame 0-16', '  malformed 0-16 bad-length'])
  assert.equal(decode(message(OP.bare, 0, NONE, 17)), ['frame 0-16', '  malformed 0-16 bad-length'])
  assert.is(decode(message(OP.bare, 0, NONE, 0xffffffff)).length, 2)
})

test('messages stand one behind the other; zeros may follow', () => {
  const one = message(OP.bare, 0, NONE)
  assert.equal(decode(join(one, one, new Uint8Array(36))), [
    'frame 0-68',
    '  message bare 0-16',
    '    header nlmsghdr 0-16',
    '  message bare 16-32',
    '    header nlmsghdr 16-32',
    '  trailing 32-68 excess',
  ])
  const other = join(one, new Uint8Array(36))
  other[50] = 1
  assert.is(decode(other).at(-1), '  malformed 16-52 bad-length')
  assert.is(decode(join(one, [16, 0, 0, 0, 16])).at(-1), '  trailing 16-21 excess')
})

test('the nlmsghdr, member by member', () => {
  assert.equal(decode(message(OP.bare, 0), {}, true).slice(2), [
    '    header nlmsghdr 0-16',
    '      member nlmsg-len 0-4',
    '      member nlmsg-type 4-6',
    '      member nlmsg-flags 6-8',
    '      member nlmsg-seq 8-12',
    '      member nlmsg-pid 12-16',
  ])
})

test('what stands behind the nlmsghdr is what the operation says', () => {
  const body = (type: number, payload: Uint8Array | number[]) =>
    decode(message(type, 0, Uint8Array.from(payload))).slice(3)
  const head = [2, 0, 0, 0, 5, 0, 0, 0]
  assert.equal(body(OP.headed, join(head, attr(A.u8, [1]))), [
    '    header head 16-24',
    '    attribute u8 24-32',
  ])
  assert.equal(body(OP.headed, [2, 0, 0]), ['    header head 16-19 short', '    padding 19-20'])
  assert.equal(body(OP.headed, []), [])
  assert.equal(body(OP.struct, head), ['    header head 16-24'])
  assert.equal(body(OP.struct, join(head, attr(A.u8, [1]))), [
    '    header head 16-24',
    '    attribute 24-32 unknown',
  ])
  assert.equal(body(OP.struct, join(head, [1, 2, 3, 4])), [
    '    header head 16-24',
    '    trailing 24-28 excess',
  ])
  assert.equal(body(OP.sub, join(head, attr(A.u8, [1]))), [
    '    header head 16-24',
    '    attribute u8 24-32',
  ])
  assert.equal(decode(message(OP.sub, 0, Uint8Array.of(3, 0, 0, 0))).slice(1), [
    '  message sub 0-20 no-format',
    '    header nlmsghdr 0-16',
    '    header 16-20 no-format',
  ])
  assert.equal(body(OP.opaque, [1, 2, 3, 4]), ['    header 16-20 opaque'])
  assert.equal(body(OP.bare, attr(A.u8, [1])), ['    attribute u8 16-24'])
})

test('one number may be one operation when asked and another when answered', () => {
  for (let round = 0; round < 2; round++) {
    assert.is(decode(message(OP.twice, REQUEST))[1], '  message asked 0-16')
    assert.is(decode(message(OP.twice, 0))[1], '  message answered 0-16')
  }
})

test('what the schema does not know: a type, a protocol; and text', () => {
  const unknown = [
    'frame 0-24',
    '  message 0-24 unknown',
    '    header nlmsghdr 0-16',
    '    header 16-24 unknown',
  ]
  assert.equal(decode(message(99, 0, attr(A.u8, [1]))), unknown)
  assert.equal(decode(message(OP.bare, 0, attr(A.u8, [1])), { protocol: 29 }), unknown)
  // A protocol whose bits meet those of a known one in the cache of operations.
  decode(message(OP.bare, 0))
  assert.equal(decode(message(OP.bare, 0, attr(A.u8, [1])), { protocol: TOY | 0x3000 }), unknown)
  assert.equal(decode(Uint8Array.from(text('add@/devices')), { protocol: 15 }), [
    'frame 0-13',
    '  message 0-13 unknown',
    '    header 0-13 unknown',
  ])
})

test('link headers: LINKTYPE_NETLINK or SLL, SLL2', () => {
  const one = message(OP.bare, 0)
  const sll = join([0, 4, 3, 56], new Uint8Array(10), [0, TOY], one)
  const lines = decode(sll, { protocol: 0, linkHeader: LINK_HEADER_SLL }, true)
  assert.equal(lines.slice(0, 7), [
    'frame 0-32',
    '  header sll 0-16 big',
    '    member packet-type 0-2 big',
    '    member hatype 2-4 big',
    '    member pad 4-14 big',
    '    member protocol 14-16 big',
    '  message bare 16-32',
  ])
  assert.is(sink.node(0).raw, TOY)
  const sll2 = join([0, TOY], new Uint8Array(18), one)
  assert.equal(decode(sll2, { linkHeader: LINK_HEADER_SLL2, protocol: 0 }), [
    'frame 0-36',
    '  header sll2 0-20 big',
    '  message bare 20-36',
    '    header nlmsghdr 20-36',
  ])
  for (const [snapped, status] of [[false, 'short'] as const, [true, 'truncated'] as const]) {
    assert.equal(decode(sll.subarray(0, 15), { linkHeader: LINK_HEADER_SLL, snapped }), [
      'frame 0-15',
      `  header sll 0-15 big ${status}`,
    ])
  }
})

test('generic netlink: the controller, a family that was learnt, one that was not', () => {
  const generic = (type: number, flags: number, body: Uint8Array, command = 1) =>
    decode(message(type, flags, join([command, 1, 0, 0], body)), { protocol: GENERIC }).slice(1)
  assert.equal(generic(16, REQUEST, attr(2, text('nlctrl')), 3), [
    '  message getfamily 0-32',
    '    header nlmsghdr 0-16',
    '    genl genlmsghdr 16-20',
    '    attribute family-name 20-32',
  ])
  const ask = generic(TOY_GENERIC_ID, REQUEST, attr(1, u16(1)))
  assert.equal(
    ask.filter((_, index) => index !== 1),
    ['  message ask 0-28', '    genl genlmsghdr 16-20', '    attribute a 20-28'],
  )
  assert.is(generic(TOY_GENERIC_ID, 0, attr(A.u8, [1]))[0], '  message answer 0-28')
  assert.equal(generic(TOY_GENERIC_ID, 0, join(new Uint8Array(8), attr(1, u16(1))), 2).slice(2), [
    '    genl genlmsghdr 16-20',
    '    header pair 20-28',
    '      padding 21-24',
    '    attribute a 28-36',
  ])
  assert.equal(generic(TOY_GENERIC_ID, 0, attr(1, u16(1)), 9), [
    '  message gadget 0-28 unknown',
    '    header nlmsghdr 0-16',
    '    genl genlmsghdr 16-20',
    '    attribute 20-28 unknown',
  ])
  assert.equal(generic(41, 0, attr(1, u16(1))).slice(2), [
    '    genl genlmsghdr 16-20',
    '    attribute 20-28 unknown',
  ])
  assert.equal(generic(41, 0, u32(1)).slice(2), [
    '    genl genlmsghdr 16-20',
    '    header 20-24 unknown',
  ])
  assert.equal(decode(message(41, 0, u16(1)), { protocol: GENERIC }).slice(1), [
    '  message 0-20 unknown',
    '    header nlmsghdr 0-16',
    '    genl genlmsghdr 16-18 short',
    '    padding 18-20',
  ])
  assert.equal(decode(message(2000, 0), { protocol: GENERIC }).slice(1), [
    '  message 0-16 unknown',
    '    header nlmsghdr 0-16',
  ])
})

test('a capture that was cut is decoded as far as its bytes go', () => {
  const inner = join(attr(1, u16(1)), attr(2, text('abcdefgh')))
  const frame = message(OP.bare, 0, join(attr(A.u32, u32(1)), attr(A.nest, inner)))
  const cut = (length: number) => decode(frame.subarray(0, length), { snapped: true })
  assert.equal(cut(frame.length), decode(frame))
  assert.equal(cut(38).slice(1), [
    '  message bare 0-38 truncated',
    '    header nlmsghdr 0-16',
    '    attribute u32 16-24',
    '    attribute nest 24-38 truncated',
    '      header 24-28',
    '      attribute a 28-36',
    '      trailing 36-38 truncated',
  ])
  assert.equal(cut(43).slice(-1), ['      attribute b 36-43 truncated'])
  assert.equal(cut(21).slice(-1), ['    attribute u32 16-21 truncated'])
  assert.equal(cut(9), ['frame 0-9', '  trailing 0-9 truncated'])
  const struct = message(OP.bare, 0, attr(A.struct, new Uint8Array(16)))
  assert.equal(decode(struct.subarray(0, 26), { snapped: true }).slice(3), [
    '    attribute struct 16-26 truncated',
    '      header 16-20',
    '        padding 21-24',
  ])
  for (let length = 0; length < frame.length; length++) {
    const lines = cut(length)
    assert.not.ok(
      lines.some((line) => /malformed|bad-length|short/.test(line)),
      lines.join('\n'),
    )
  }
  // What is wrong is not excused by the cut.
  const nest = attr(A.nest, attr(1, u16(1), 30))
  const broken = message(OP.bare, 0, join(nest, attr(A.bytes, new Uint8Array(20))))
  assert.equal(decode(broken.subarray(0, 40), { snapped: true }).slice(3), [
    '    attribute nest 16-28',
    '      header 16-20',
    '      malformed 20-28 bad-length',
    '    attribute bytes 28-40 truncated',
  ])
  const wrong = message(OP.bare, 0, join(attr(A.u32, u32(1), 3), attr(A.u8, [1])))
  assert.is(
    decode(wrong.subarray(0, 28), { snapped: true }).at(-1),
    '    malformed 16-28 bad-length',
  )
})

test('a frame of more nodes than there is room for is told where it ends', () => {
  const many = message(OP.bare, 0, join(...Array.from({ length: 60_000 }, () => attr(A.flag))))
  const count = sink.run(many, { protocol: TOY })
  checkTiling(sink.view, count, many.length, sink.table)
  assert.ok(count < NODES_MAX && count > NODES_MAX * 0.9, `${count} nodes`)
  assert.is(sink.node(count - 1).status, 'limit')
  assert.is(sink.node(count - 1).end, many.length)
  assert.is(sink.node(count - 2).repeat, count - 10)
  const elements = message(OP.bare, 0, attr(A.array, new Uint8Array(65530)))
  const frame = join(elements, elements, elements.subarray(0, 1000))
  checkTiling(sink.view, sink.run(frame, { protocol: TOY }), frame.length, sink.table)
  assert.ok(
    below(sink.tree(many, { protocol: TOY }), 'frame')
      .at(-1)
      ?.includes('limit'),
  )
})

test('without any schema the frame is still tiled', () => {
  const bare = openSink()
  const frame = message(OP.bare, 0, attr(A.u8, [1]))
  for (const protocol of [0, GENERIC, TOY]) {
    for (const type of [OP.bare, ERROR, DONE, 1]) {
      frame[4] = type
      const count = bare.run(frame, { protocol })
      checkTiling(bare.view, count, frame.length, bare.table)
      assert.is(bare.node(1).status, 'unknown')
    }
  }
})

test.run()
