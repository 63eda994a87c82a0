// What the tree sink makes of the messages that every protocol has: an error and the request that it
// answers, an acknowledgement, the end of a dump.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, join, NONE, text } from '../support/netlink-bytes.ts'
import { checkTiling } from '../support/tiling.ts'
import { A, genericPart, OP, TOY, TOY_GENERIC_ID, toyPart } from '../support/toy-schema.ts'
import { type FrameOptions, openSink, printTree } from '../support/tree.ts'

const part = (name: string) =>
  readFileSync(new URL(`../../build/schema/${name}.nls`, import.meta.url))
const sink = openSink(part('netlink'), part('nlctrl'), toyPart(), genericPart())
sink.learn(TOY_GENERIC_ID, 'gadget')
const { attr, u16, u32, message } = bytes()
const REQUEST = 1
const CAPPED = 0x100
const ACK_TLVS = 0x200
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

test('an acknowledgement, an error with its request, and what the extack says', () => {
  const request = message(OP.bare, REQUEST, attr(A.string, [65, 66, 67]))
  const tlvs = join(attr(1, text('no')), attr(2, u32(16)))
  const error = (flags: number, ...parts: (Uint8Array | number[])[]) =>
    decode(message(ERROR, flags, join(...parts)))
      .slice(2)
      .map((line) => line.slice(4))
  const whole = [
    'header nlmsghdr 0-16',
    'header nlmsgerr 16-20',
    'request bare 20-44',
    '  header nlmsghdr 20-36',
    '  attribute string 36-44',
  ]
  const bare = ['header nlmsghdr 0-16', 'header nlmsgerr 16-20', 'request bare 20-36', whole[3]]
  const extack = (at: number) => [
    `extack extack ${at}-${at + 16}`,
    `  attribute msg ${at}-${at + 8}`,
    `  attribute offs ${at + 8}-${at + 16}`,
  ]
  const header = request.subarray(0, 16)
  assert.equal(error(0, u32(-22 >>> 0), request), whole)
  assert.equal(error(ACK_TLVS, u32(-22 >>> 0), request, tlvs), [...whole, ...extack(44)])
  assert.equal(error(CAPPED, u32(0), header), bare)
  assert.equal(error(CAPPED | ACK_TLVS, u32(0), header, tlvs), [...bare, ...extack(36)])
  // Old kernels: an acknowledgement without NLM_F_CAPPED; flags that do not fit the bytes.
  assert.equal(error(0, u32(0), header), bare)
  assert.equal(error(ACK_TLVS, u32(0), header, tlvs), [...bare, ...extack(36)])
  const long = message(OP.bare, REQUEST, NONE, 60)
  assert.equal(error(ACK_TLVS, u32(-1 >>> 0), long, tlvs), [...bare, ...extack(36)])
  assert.equal(error(ACK_TLVS, u32(-1 >>> 0), header, attr(2, u32(16))), [
    ...bare,
    'extack extack 36-44',
    '  attribute offs 36-44',
  ])
  const headed = message(OP.headed, REQUEST, join([2, 0, 0, 0], u32(5), attr(A.u8, [1])))
  assert.equal(error(CAPPED | ACK_TLVS, u32(-1 >>> 0), headed, tlvs), [
    ...whole.slice(0, 2),
    'request headed 20-52',
    '  header nlmsghdr 20-36',
    '  header head 36-44',
    '  attribute u8 44-52',
    ...extack(52),
  ])
  assert.equal(error(0, u32(-1 >>> 0), request.subarray(0, 20)), [
    ...whole.slice(0, 2),
    'request bare 20-40 bad-length',
    '  header nlmsghdr 20-36',
    '  malformed 36-40 bad-length',
  ])
  assert.equal(error(0, [1, 0]), [
    'header nlmsghdr 0-16',
    'header nlmsgerr 16-18 short',
    'padding 18-20',
  ])
  assert.equal(error(0, u32(0), u32(9)), [
    ...whole.slice(0, 2),
    'request 20-24 bad-length',
    '  header nlmsghdr 20-24 short',
  ])
})

test('a request of generic netlink in an error; one that is an error itself is not followed', () => {
  const ask = message(TOY_GENERIC_ID, REQUEST, join([1, 1, 0, 0], attr(1, u16(1))))
  const options = { protocol: GENERIC }
  const lines = decode(message(ERROR, 0, join(u32(1), ask)), options).slice(4)
  assert.equal(lines, [
    '    request ask 20-48',
    '      header nlmsghdr 20-36',
    '      genl genlmsghdr 36-40',
    '      attribute a 40-48',
  ])
  const capped = message(ERROR, CAPPED, join(u32(1), ask.subarray(0, 16)))
  assert.is(decode(capped, options)[4], '    request gadget 20-36')
  const again = message(ERROR, 0, join(u32(1), message(ERROR, 0, join(u32(1), ask))))
  assert.is(decode(again).at(-1), '      header 36-68 unknown')
})

test('the other messages that every protocol has', () => {
  assert.equal(decode(message(DONE, 0, u32(0))).slice(1), [
    '  message done 0-20',
    '    header nlmsghdr 0-16',
    '    header done 16-20',
  ])
  assert.equal(decode(message(DONE, 0)).slice(1), [
    '  message done 0-16',
    '    header nlmsghdr 0-16',
  ])
  assert.equal(decode(message(DONE, ACK_TLVS, join(u32(0), attr(1, text('no'))))).slice(3), [
    '    header done 16-20',
    '    extack extack 20-28',
    '      attribute msg 20-28',
  ])
  assert.is(decode(message(DONE, 0, join(u32(0), u32(1)))).at(-1), '    trailing 20-24 excess')
  assert.is(decode(message(1, 0))[1], '  message noop 0-16')
  assert.is(decode(message(4, 0), { protocol: 29 })[1], '  message overrun 0-16')
  assert.is(decode(message(0, 0, u32(1)))[1], '  message netlink 0-20 unknown')
  assert.is(decode(message(9, 0, u32(1)))[3], '    header 16-20 unknown')
})

test.run()
