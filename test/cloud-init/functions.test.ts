// The published unit cases of cloud-init's netlink helper, held against the public API.

import {
  createBoundNetlinkSocket,
  getNetlinkMsgHeader,
  NetlinkCreateSocketError,
  NetlinkError,
  OPER_DORMANT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_TESTING,
  OPER_UNKNOWN,
  OPER_UP,
  RTATTR_START_OFFSET,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
  readNetlinkMessages,
  readNetlinkSocket,
  readRtaOperState,
  unpackRtaAttr,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { concat, replay } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thrown } from '../support/errors.ts'
import { headerless, seedMessage } from '../support/seed-vectors.ts'

const none = null as never

const creating = suite('createBoundNetlinkSocket')

creating('wraps what goes wrong in a NetlinkCreateSocketError', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor
  Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
  try {
    const error = thrown(() => createBoundNetlinkSocket())
    assert.instance(error, NetlinkCreateSocketError)
    assert.instance(error, NetlinkError)
    assert.is((error as NetlinkError).code, 'ERR_NETLINK_UNSUPPORTED')
    assert.match(
      error.message,
      /^Exception during netlink socket create: expected Linux, got darwin/,
    )
  } finally {
    Object.defineProperty(process, 'platform', platform)
  }
})

creating.run()

const reading = suite('readNetlinkSocket')

reading('hands on what the socket received', async () => {
  const data = new TextEncoder().encode('netlinktest')
  let calls = 0
  const socket = {
    recv() {
      calls++
      return data
    },
  }
  assert.equal(await readNetlinkSocket(socket, 2000), data)
  assert.is(calls, 1)
})

reading('answers null when nothing came in time', async () => {
  assert.is(await readNetlinkSocket(replay([], { open: true }), 5), null)
  assert.is(await readNetlinkSocket({ recv: () => null }, 5), null)
  assert.is(await readNetlinkSocket({ recv: () => new Promise(() => {}) }, 5), null)
  assert.is(await readNetlinkSocket(replay([], { open: true }), { timeout: 5 }), null)
})

reading('refuses a socket that is none', async () => {
  const error = await rejection(readNetlinkSocket(none, 1))
  assert.instance(error, TypeError)
  assert.is(error.message, 'netlink socket is none')
})

reading.run()

const parsing = suite('parsers')

parsing('getNetlinkMsgHeader reads all five fields', () => {
  const data = new Uint8Array(16)
  const view = new DataView(data.buffer)
  view.setUint32(0, 48, true)
  view.setUint16(4, RTM_NEWLINK, true)
  view.setUint16(6, 2, true)
  view.setUint32(8, 7, true)
  view.setUint32(12, 4294967295, true)
  assert.equal(getNetlinkMsgHeader(data), {
    length: 48,
    type: 16,
    flags: 2,
    seq: 7,
    pid: 4294967295,
  })
})

parsing('getNetlinkMsgHeader refuses none and too little', () => {
  assert.is(thrown(() => getNetlinkMsgHeader(none)).message, 'data is none')
  const error = thrown(() => getNetlinkMsgHeader(new Uint8Array(15)))
  assert.instance(error, RangeError)
  assert.is(error.message, 'data is smaller than netlink message header')
})

parsing('unpackRtaAttr reads one attribute', () => {
  const data = headerless('eth0', OPER_DOWN)
  const name = new TextEncoder().encode('eth0')
  assert.equal(unpackRtaAttr(data, 32), { length: 8, rtaType: 3, data: name })
  assert.equal(unpackRtaAttr(data, 40), { length: 5, rtaType: 16, data: Uint8Array.of(OPER_DOWN) })
  assert.is(unpackRtaAttr(data, 48), null)
  assert.is(unpackRtaAttr(data, 46), null)
  assert.is(unpackRtaAttr(data, 1 << 30), null)
})

parsing('unpackRtaAttr refuses none and bad offsets', () => {
  const data = new Uint8Array(48)
  assert.is(thrown(() => unpackRtaAttr(none, RTATTR_START_OFFSET)).message, 'data is none')
  const error = thrown(() => unpackRtaAttr(data, 'offset' as never))
  assert.instance(error, TypeError)
  assert.is(error.message, 'offset is not integer')
  const range = thrown(() => unpackRtaAttr(data, 31))
  assert.instance(range, RangeError)
  assert.is(range.message, 'rta offset is less than expected length')
})

parsing('readRtaOperState reads a name and a state, with and without a filled-in header', () => {
  const expected = { ifname: 'eth0', operstate: OPER_DOWN }
  assert.equal(readRtaOperState(headerless('eth0', OPER_DOWN)), expected)
  assert.equal(readRtaOperState(seedMessage('eth0', RTM_NEWLINK, OPER_DOWN)), expected)
})

parsing('readRtaOperState is null when one of the two is missing', () => {
  assert.is(readRtaOperState(headerless('eth0', null)), null)
  assert.is(readRtaOperState(headerless(null, OPER_DOWN)), null)
  assert.is(readRtaOperState(new Uint8Array(48)), null)
})

parsing('readRtaOperState refuses none and too little', () => {
  assert.is(thrown(() => readRtaOperState(none)).message, 'data is none')
  const error = thrown(() => readRtaOperState(new Uint8Array(32)))
  assert.instance(error, RangeError)
  assert.is(error.message, 'length of data is smaller than RTATTR_START_OFFSET')
})

parsing('readRtaOperState ends at an rta_len of 0, as the seed does', () => {
  const padded = concat([headerless('eth0', OPER_UP), new Uint8Array(16)])
  assert.equal(readRtaOperState(padded), { ifname: 'eth0', operstate: OPER_UP })
})

parsing.run()

const nics = suite('attach and detach')

for (const operstate of [OPER_DOWN, OPER_UP]) {
  nics(`a nic attached in operstate ${operstate} is reported`, async () => {
    const socket = replay([seedMessage('eth0', RTM_NEWLINK, operstate)], { framing: 'stream' })
    assert.is(await waitForNicAttachEvent(socket, []), 'eth0')
    assert.is(socket.remaining, 0)
  })
}

nics('existing nics are passed over', async () => {
  const chunks = ['eth0', 'eth1'].map((name) => seedMessage(name, RTM_NEWLINK, OPER_DOWN))
  assert.is(await waitForNicAttachEvent(replay(chunks), ['eth0']), 'eth1')
})

nics('the first new nic ends the wait, and nothing more is read', async () => {
  const chunks = ['eth0', 'eth1'].map((name) => seedMessage(name, RTM_NEWLINK, OPER_DOWN))
  const socket = replay(chunks)
  assert.is(await waitForNicAttachEvent(socket, ['eth1']), 'eth0')
  assert.is(socket.remaining, 1)
})

nics('a detached nic is reported', async () => {
  const socket = replay([seedMessage('eth0', RTM_DELLINK, OPER_DOWN)])
  assert.is(await waitForNicDetachEvent(socket), 'eth0')
})

nics('refuse a socket that is none', async () => {
  for (const wait of [waitForNicAttachEvent(none, []), waitForNicDetachEvent(none)]) {
    const error = await rejection(wait)
    assert.instance(error, TypeError)
    assert.is(error.message, 'Netlink socket is none')
  }
})

nics.run()

const media = suite('waitForMediaDisconnectConnect')

const eth0 = (operstate: number | null, type = RTM_NEWLINK) => seedMessage('eth0', type, operstate)
const eth1 = (operstate: number) => seedMessage('eth1', RTM_NEWLINK, operstate)

/** The wait ends with the last chunk, not before. */
async function endsWithLast(chunks: Uint8Array[], framing: 'datagram' | 'stream' = 'datagram') {
  const early = replay(chunks.slice(0, -1), { framing })
  const error = await rejection(waitForMediaDisconnectConnect(early, 'eth0'))
  assert.is((error as NetlinkError).code, 'ERR_NETLINK_SOURCE_ENDED')
  const socket = replay([...chunks, eth1(OPER_UP)], { framing })
  await waitForMediaDisconnectConnect(socket, 'eth0')
  assert.is(socket.remaining, 1)
}

media('ends at DOWN, UP', () => endsWithLast([eth0(OPER_DOWN), eth0(OPER_UP)]))

media('passes over other interfaces', () =>
  endsWithLast([eth1(OPER_DOWN), eth1(OPER_UP), eth0(OPER_DOWN), eth0(OPER_UP)]),
)

for (const [name, type] of [
  ['RTM_GETLINK', RTM_GETLINK],
  ['RTM_SETLINK', RTM_SETLINK],
] as const) {
  media(`passes over ${name}`, () =>
    endsWithLast([eth0(OPER_DOWN, type), eth0(OPER_UP, type), eth0(OPER_DOWN), eth0(OPER_UP)]),
  )
}

media('only DOWN then UP is a switch', () =>
  endsWithLast(
    [
      [OPER_UP, OPER_UP],
      [OPER_DORMANT, OPER_UP],
      [OPER_NOTPRESENT, OPER_UP],
      [OPER_LOWERLAYERDOWN, OPER_UP],
      [OPER_TESTING, OPER_UP],
      [OPER_UNKNOWN, OPER_UP],
      [OPER_DOWN, OPER_UP],
    ]
      .flat()
      .map((state) => eth0(state)),
  ),
)

media('other states in between do not matter', () =>
  endsWithLast([OPER_DOWN, OPER_DORMANT, OPER_UNKNOWN, OPER_UP].map((state) => eth0(state))),
)

media('states that do not exist do not matter', () =>
  endsWithLast([7, OPER_UP, OPER_DOWN, 7, 200, OPER_UP].map((state) => eth0(state))),
)

media('messages without a name or a state do not matter', () =>
  endsWithLast([
    seedMessage(null, RTM_NEWLINK, OPER_DOWN),
    eth0(null),
    eth0(OPER_DOWN),
    eth0(OPER_UP),
  ]),
)

media('two messages in one read', () => endsWithLast([concat([eth0(OPER_DOWN), eth0(OPER_UP)])]))

media('three messages split over two reads', () => {
  const all = concat([eth0(OPER_DOWN), eth0(OPER_DOWN), eth0(OPER_UP)])
  return endsWithLast([all.subarray(0, 112), all.subarray(112)], 'stream')
})

media('refuses a socket or a name that is none', async () => {
  const messages = await Promise.all([
    rejection(waitForMediaDisconnectConnect(none, 'eth0')),
    rejection(waitForMediaDisconnectConnect(replay(), none)),
    rejection(waitForMediaDisconnectConnect(replay(), '')),
  ])
  assert.equal(
    messages.map(({ message }) => message),
    ['netlink socket is none', 'interface name is none', 'interface name cannot be empty'],
  )
})

media('readNetlinkMessages tells the callback the state before', async () => {
  const seen: unknown[] = []
  const socket = replay([OPER_DOWN, OPER_UP, OPER_UP].map((state) => eth0(state)))
  await readNetlinkMessages(socket, 'eth0', [RTM_NEWLINK], [OPER_UP, OPER_DOWN], (...args) => {
    seen.push(args)
    return seen.length < 3
  })
  assert.equal(seen, [
    ['eth0', OPER_DOWN, OPER_UP],
    ['eth0', OPER_UP, OPER_DOWN],
    ['eth0', OPER_UP, OPER_UP],
  ])
})

media.run()
