// Random mutations and truncations of real and built messages: no trap, no hang, no read outside, and
// every refusal has a code and an offset. FUZZ_ROUNDS and FUZZ_SEED repeat or prolong a run.

import {
  decodeMessages,
  formatMessage,
  NetlinkError,
  type NetlinkMessage,
  readRtaOperState,
  toLink,
  unpackRtaAttr,
} from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { corpus } from '../support/corpus.ts'
import { random } from '../support/random.ts'

const rounds = Number(process.env.FUZZ_ROUNDS ?? 300_000)
const seed = Number(process.env.FUZZ_SEED ?? 20260)

/** Lengths are where parsers break: small, huge, off by one. */
const NASTY = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 255, 256, 0x7f, 0x80, 0xff]

test(`${rounds} mutations (FUZZ_SEED=${seed})`, () => {
  const next = random(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T
  const messages = corpus()
  const refused = new Map<string, number>()
  let whole = 0
  for (let round = 0; round < rounds; round++) {
    const data = Uint8Array.from(pick(messages))
    for (let count = 1 + Math.floor(next() * 4); count > 0; count--) {
      const at = Math.floor(next() * data.length)
      data[next() < 0.5 ? at & ~3 : at] = next() < 0.5 ? pick(NASTY) : Math.floor(next() * 256)
    }
    const cut = next() < 0.3 ? data.subarray(0, Math.floor(next() * (data.length + 1))) : data
    const byteOrder = next() < 0.9 ? 'little' : 'big'
    for (const message of decodeMessages(cut, { byteOrder })) {
      check(message, cut)
      if (message.kind !== 'malformed') whole++
      else refused.set(message.error.code, (refused.get(message.error.code) ?? 0) + 1)
    }
    onlyNetlinkErrors(() => cut.length > 32 && readRtaOperState(cut))
    onlyNetlinkErrors(() => unpackRtaAttr(cut, 32 + Math.floor(next() * 64)))
  }
  assert.ok(whole > rounds / 10, `${whole} messages were whole`)
  const codes = [...refused.keys()].sort()
  assert.equal(codes, [
    'ERR_NETLINK_ATTRIBUTE_TOO_LONG',
    'ERR_NETLINK_ATTRIBUTE_TOO_SHORT',
    'ERR_NETLINK_BODY_TOO_SHORT',
    'ERR_NETLINK_MESSAGE_HEADER',
    'ERR_NETLINK_MESSAGE_TOO_LONG',
    'ERR_NETLINK_MESSAGE_TOO_SHORT',
    'ERR_NETLINK_VALUE_TOO_SHORT',
  ])
})

test('what lies behind the data makes no difference', () => {
  const next = random(seed + 1)
  const dirty = (byte: number) => decodeMessages(new Uint8Array(320_000).fill(byte))
  for (const data of corpus()) {
    for (let length = 0; length <= data.length; length += 1 + Math.floor(next() * 16)) {
      const cut = data.subarray(0, length)
      dirty(0xff)
      const after255 = decodeMessages(cut).map(formatMessage)
      dirty(0x04)
      assert.equal(decodeMessages(cut).map(formatMessage), after255)
    }
  }
})

function check(message: NetlinkMessage, data: Uint8Array): void {
  assert.ok(message.offset >= 0 && message.offset <= data.length)
  formatMessage(message)
  if (message.kind === 'malformed') {
    const { error } = message
    assert.instance(error, NetlinkError)
    assert.match(error.code, /^ERR_NETLINK_/)
    const at = error.offset as number
    assert.ok(at >= message.offset && at <= data.length, `${error.message} of ${data.length} bytes`)
    assert.ok(error.message.endsWith(`at byte ${at}`), error.message)
  } else if (message.kind === 'link') {
    toLink(message.link)
    const payload = message.header.length - 32
    assert.ok((message.link.ifname ?? '').length <= payload)
    assert.ok((message.link.address ?? []).length <= payload)
  }
}

function onlyNetlinkErrors(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    assert.instance(error, NetlinkError)
    assert.type((error as NetlinkError).offset, 'number')
  }
}

test.run()
