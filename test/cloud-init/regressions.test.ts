// What the seed gets wrong, by the numbers of its defects, on recorded bytes. D1, D3 and D8 are also
// shown on the real kernel, in test/live.

import {
  AF_BRIDGE,
  decodeMessages,
  IFLA_MTU,
  IFLA_OPERSTATE,
  NetlinkError,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_UNKNOWN,
  OPER_UP,
  readRtaOperState,
  toLink,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { attribute, concat, delLink, newLink, replay } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thrown } from '../support/errors.ts'

const eth0 = (operstate: number) => newLink({ ifname: 'eth0', operstate })
const eth1 = newLink({ ifname: 'eth1', operstate: OPER_UP })

test('D2: attach takes UNKNOWN and LOWERLAYERDOWN when operstates says so', async () => {
  const chunks = [eth0(OPER_UNKNOWN), newLink({ ifname: 'eth1', operstate: OPER_LOWERLAYERDOWN })]
  const seedLike = await rejection(waitForNicAttachEvent(replay(chunks), []))
  assert.is((seedLike as NetlinkError).code, 'ERR_NETLINK_SOURCE_ENDED')
  const operstates = [OPER_UNKNOWN, OPER_LOWERLAYERDOWN]
  assert.is(await waitForNicAttachEvent(replay(chunks), [], { operstates }), 'eth0')
  assert.is(await waitForNicAttachEvent(replay(chunks), ['eth0'], { operstates }), 'eth1')
})

test('D3: a port leaving its bridge is no detach, one joining no attach', async () => {
  const port = { ifname: 'eth0', operstate: OPER_DOWN, family: AF_BRIDGE }
  const eth9 = { ifname: 'eth9', operstate: OPER_DOWN }
  assert.is(await waitForNicDetachEvent(replay([delLink(port), delLink(eth9)])), 'eth9')
  assert.is(await waitForNicAttachEvent(replay([newLink(port), newLink(eth9)]), []), 'eth9')
})

for (const [what, broken] of [
  ['an nlmsg_len of 0', concat([new Uint8Array(64), eth0(OPER_DOWN)])],
  [
    'an nlmsg_len below its header',
    concat([newLink({ ifname: 'x', length: 15 }), eth0(OPER_DOWN)]),
  ],
  ['a datagram cut inside a message', concat([eth1, eth0(OPER_DOWN).subarray(0, 40)])],
  ['a datagram cut inside a header', concat([eth1, eth0(OPER_DOWN).subarray(0, 10)])],
] as const) {
  test(`D6: ${what}: the rest of the datagram is dropped, and the next is read`, async () => {
    const socket = replay([broken, eth0(OPER_DOWN), eth1, eth0(OPER_UP)])
    await waitForMediaDisconnectConnect(socket, 'eth0', { timeout: 60_000 })
    assert.is(socket.remaining, 0)
    assert.is(socket.stats.malformed, 1)
    assert.match(socket.stats.lastMalformed?.code ?? '', /^ERR_NETLINK_MESSAGE_/)
    assert.type(socket.stats.lastMalformed?.offset, 'number')
  })
}

test('D6: on a byte stream, a length that makes no sense rejects with its code and position', async () => {
  const chunks = [concat([eth0(OPER_UP), new Uint8Array(64)])]
  const socket = replay(chunks, { framing: 'stream' })
  const error = await rejection(waitForMediaDisconnectConnect(socket, 'eth0', { timeout: 60_000 }))
  assert.instance(error, NetlinkError)
  const { code, offset } = error as NetlinkError
  assert.is(code, 'ERR_NETLINK_MESSAGE_TOO_SHORT')
  assert.is(offset, eth0(OPER_UP).length)
})

test('D6: on a byte stream, a length beyond any message is refused at once', async () => {
  const socket = replay([newLink({ ifname: 'x', length: 0x7fffffff })], {
    framing: 'stream',
    open: true,
  })
  const error = await rejection(waitForMediaDisconnectConnect(socket, 'eth0', { timeout: 60_000 }))
  assert.is((error as NetlinkError).code, 'ERR_NETLINK_MESSAGE_TOO_LONG')
})

test('D7: an empty IFLA_OPERSTATE is malformed, counted, and the wait goes on', async () => {
  const empty = attribute(IFLA_OPERSTATE, new Uint8Array(0))
  const broken = newLink({ ifname: 'eth0', attributes: [empty] })
  for (const framing of ['datagram', 'stream'] as const) {
    const socket = replay([eth0(OPER_DOWN), concat([broken, eth1]), eth0(OPER_UP)], { framing })
    await waitForMediaDisconnectConnect(socket, 'eth0')
    assert.is(socket.stats.malformed, 1)
    assert.is(socket.stats.lastMalformed?.code, 'ERR_NETLINK_VALUE_TOO_SHORT')
    assert.is(socket.stats.lastMalformed?.offset, 44)
  }
  const error = thrown(() => readRtaOperState(broken))
  assert.instance(error, NetlinkError)
  assert.is(error.message, 'expected an attribute value of at least 1 byte, got 0 at byte 44')
})

test('D7: a name that is not UTF-8 is legal, decoded lossily, its bytes kept', async () => {
  const bytes = Uint8Array.of(0x65, 0xff, 0x30)
  const data = newLink({ ifname: bytes, operstate: OPER_UP })
  const expected = { ifname: 'e\ufffd0', operstate: OPER_UP, ifnameBytes: bytes }
  assert.equal(readRtaOperState(data), expected)
  assert.is(await waitForNicAttachEvent(replay([data]), []), 'e\ufffd0')
  const message = decodeMessages(data)[0]
  assert.ok(message?.kind === 'link')
  assert.equal(toLink(message.link).ifnameBytes, bytes)
})

test('D8: attributes are not read past nlmsg_len', async () => {
  const nameless = newLink({ operstate: OPER_DOWN })
  const both = concat([nameless, eth0(OPER_UP)])
  assert.is(readRtaOperState(both), null)
  assert.is(await waitForNicAttachEvent(replay([both]), []), 'eth0')
  const cut = newLink({ ifname: 'eth0', operstate: OPER_UP, length: 44 })
  assert.is(readRtaOperState(cut), null)
})

test('D8: a message cut short of its length is refused, with the place', () => {
  const error = thrown(() => readRtaOperState(eth0(OPER_UP).subarray(0, 50)))
  assert.is((error as NetlinkError).code, 'ERR_NETLINK_MESSAGE_TOO_LONG')
  assert.is(error.message, 'expected an nlmsg_len of at most 50, got 52 at byte 0')
})

test('D9: a wait ends at its timeout with a TimeoutError', async () => {
  for (const socket of [
    replay([eth1], { open: true }),
    { recv: () => new Promise<null>(() => {}) },
  ]) {
    const error = await rejection(waitForMediaDisconnectConnect(socket, 'eth0', { timeout: 10 }))
    assert.instance(error, DOMException)
    assert.is(error.name, 'TimeoutError')
  }
})

test('D9: a wait ends when its signal is aborted, with the reason of that', async () => {
  const reason = new Error('no longer wanted')
  const socket = replay([], { open: true })
  const controller = new AbortController()
  const { signal } = controller
  const wait = rejection(waitForNicAttachEvent(socket, [], { signal, timeout: 60_000 }))
  controller.abort(reason)
  assert.is(await wait, reason)
  assert.is(await rejection(waitForNicAttachEvent(socket, [], { signal })), reason)
  socket.push(eth0(OPER_UP))
  assert.is(await waitForNicAttachEvent(socket, [], { timeout: 60_000 }), 'eth0')
})

test('D9: a timeout that is none is refused', async () => {
  for (const [timeout, code] of [
    [-1, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    ['5', 'ERR_INVALID_ARG_TYPE'],
  ] as const) {
    const options = { timeout: timeout as number }
    const error = await rejection(waitForNicAttachEvent(replay(), [], options))
    assert.is((error as NodeJS.ErrnoException).code, code)
  }
})

test('an MTU of too few bytes is malformed too', () => {
  const data = newLink({ ifname: 'eth0', attributes: [[IFLA_MTU, Uint8Array.of(5, 220)]] })
  const [message] = decodeMessages(data)
  assert.ok(message?.kind === 'malformed')
  assert.is(
    message.error.message,
    'expected an attribute value of at least 4 bytes, got 2 at byte 44',
  )
  assert.is(message.header?.type, 16)
})

test.run()
