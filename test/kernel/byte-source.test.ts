// Sources of bytes: split anywhere, slow, ended, shared or misbehaving; nothing is lost and nothing spins.

import { getEventListeners } from 'node:events'
import {
  type ByteSource,
  type NetlinkError,
  OPER_DOWN,
  OPER_UP,
  RTM_NEWLINK,
  readNetlinkMessages,
  readNetlinkSocket,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { concat, delLink, newLink, replay } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'

/** 49 bytes of message and 3 of padding. */
const eth0 = (operstate: number) => newLink({ ifname: 'eth0', operstate, length: 49 })
const codeOf = async (promise: Promise<unknown>) =>
  ((await rejection(promise)) as NetlinkError).code

test('a byte stream may be cut anywhere, padding included', async () => {
  const all = concat([eth0(OPER_DOWN), eth0(OPER_DOWN), eth0(OPER_UP)])
  assert.is(all.length, 3 * 52)
  for (let first = 0; first <= all.length; first++) {
    for (let second = first; second <= all.length; second += 7) {
      const chunks = [all.subarray(0, first), all.subarray(first, second), all.subarray(second)]
      const full = chunks.filter((chunk) => chunk.length > 0)
      await waitForMediaDisconnectConnect(replay(full, { framing: 'stream' }), 'eth0')
    }
  }
})

test('a byte stream may come one byte at a time', async () => {
  const all = concat([eth0(OPER_DOWN), eth0(OPER_UP)])
  const bytes = Array.from(all, (byte) => Uint8Array.of(byte))
  const socket = replay(bytes, { framing: 'stream' })
  await waitForMediaDisconnectConnect(socket, 'eth0')
  assert.is(socket.remaining, 3, 'the wait ends before the padding of the last message')
})

test('recorded messages may lack the padding at the end of a chunk', async () => {
  const chunks = [eth0(OPER_DOWN), eth0(OPER_UP)].map((data) => data.subarray(0, 49))
  await waitForMediaDisconnectConnect(replay(chunks, { framing: 'stream' }), 'eth0')
  await waitForMediaDisconnectConnect(replay(chunks), 'eth0')
})

test('a chunk larger than the rx window is read to its end', async () => {
  const filler = concat(Array.from({ length: 20000 }, () => eth0(OPER_DOWN)))
  const chunk = concat([filler, eth0(OPER_UP)])
  assert.ok(chunk.length > 1_000_000)
  for (const framing of ['stream', 'datagram'] as const) {
    await waitForMediaDisconnectConnect(replay([chunk], { framing }), 'eth0')
  }
})

test('what stands behind the decisive message is there for the next wait', async () => {
  const events = concat([
    delLink({ ifname: 'eth0', operstate: OPER_DOWN }),
    newLink({ ifname: 'eth1', operstate: OPER_DOWN }),
    eth0(OPER_DOWN),
    eth0(OPER_UP),
  ])
  for (const framing of ['stream', 'datagram'] as const) {
    const socket = replay([events], { framing })
    assert.is(await waitForNicDetachEvent(socket), 'eth0')
    assert.is(await waitForNicAttachEvent(socket, ['eth0']), 'eth1')
    await waitForMediaDisconnectConnect(socket, 'eth0')
    assert.is(await codeOf(waitForNicDetachEvent(socket)), 'ERR_NETLINK_SOURCE_ENDED')
  }
})

test('readNetlinkSocket hands out what a wait has left first', async () => {
  const socket = replay([
    concat([delLink({ ifname: 'eth0', operstate: OPER_DOWN }), eth0(OPER_UP)]),
  ])
  await waitForNicDetachEvent(socket)
  assert.equal(await readNetlinkSocket(socket), eth0(OPER_UP))
})

/** Runs something while the clock shows what `now` says: how long recv() takes tells an end from a timeout. */
async function atTime(now: () => number, run: () => Promise<void>): Promise<void> {
  const { performance } = globalThis
  const real = performance.now
  performance.now = now
  try {
    await run()
  } finally {
    performance.now = real
  }
}

test('a source has ended when it returns nothing 16 times in a row, each time at once', async () => {
  const nothing: (() => ReturnType<ByteSource['recv']>)[] = [
    () => null,
    async () => null,
    async () => undefined as never,
    async () => new Uint8Array(0),
  ]
  for (const recv of nothing) {
    for (const options of [{}, { timeout: 60_000 }]) {
      let calls = 0
      const source: ByteSource = {
        recv() {
          calls++
          return recv()
        },
      }
      await atTime(
        () => 0,
        async () => {
          assert.is(
            await codeOf(waitForNicDetachEvent(source, options)),
            'ERR_NETLINK_SOURCE_ENDED',
          )
        },
      )
      assert.is(calls, 16)
    }
  }
})

test('a source that returns nothing after 50 ms is asked again, however often', async () => {
  let now = 0
  let calls = 0
  const slow: ByteSource = {
    async recv() {
      now += 50
      return ++calls <= 40 ? null : eth0(OPER_UP)
    },
  }
  await atTime(
    () => now,
    async () => assert.is(await waitForNicAttachEvent(slow, []), 'eth0'),
  )
  assert.is(calls, 41)
})

test('the end of a source inside a message says so', async () => {
  const socket = replay([eth0(OPER_UP).subarray(0, 30)], { framing: 'stream' })
  const error = (await rejection(waitForNicDetachEvent(socket))) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOURCE_ENDED')
  assert.is(error.offset, 30)
})

test('a few nulls at once are no end yet', async () => {
  const chunks = [null, null, undefined, new Uint8Array(0), eth0(OPER_UP)]
  assert.is(await waitForNicAttachEvent({ recv: () => chunks.shift() ?? null }, []), 'eth0')
})

test('bytes that arrive after a read was given up are not lost', async () => {
  let deliver: (data: Uint8Array) => void = () => {}
  let calls = 0
  const stubborn: ByteSource = {
    recv: () => {
      calls++
      return new Promise((resolve) => {
        deliver = resolve
      })
    },
  }
  assert.is(await readNetlinkSocket(stubborn, 5), null)
  deliver(eth0(OPER_UP))
  assert.is(await waitForNicAttachEvent(stubborn, [], { timeout: 60_000 }), 'eth0')
  assert.is(calls, 1)
})

/** More reads than any machine makes in the turn of a loop, so that the test ends if timers are starved. */
const MANY_READS = 1_000_000

for (const [name, limits] of [
  ['AbortError', (signal: AbortSignal) => ({ signal })],
  ['TimeoutError', () => ({ timeout: 20 })],
] as const) {
  test(`a source that always has bytes at once does not starve timers: ${name}`, async () => {
    let calls = 0
    const endless: ByteSource = {
      framing: 'datagram',
      recv() {
        if (++calls > MANY_READS) throw new Error('expected timers to get their turn')
        return eth0(OPER_UP)
      },
    }
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 1)
    const wait = waitForMediaDisconnectConnect(endless, 'eth0', limits(controller.signal))
    assert.is((await rejection(wait)).name, name)
  })
}

test('two waits on one socket at a time: the second is told, the first goes on', async () => {
  const socket = replay([], { open: true })
  const first = waitForNicAttachEvent(socket, [], { timeout: 60_000 })
  assert.is(await codeOf(waitForNicAttachEvent(socket, [])), 'ERR_NETLINK_SOURCE_BUSY')
  socket.push(eth0(OPER_UP))
  assert.is(await first, 'eth0')
})

test('an aborted wait frees its socket at once, and leaves no listener', async () => {
  const socket = replay([], { open: true })
  const controller = new AbortController()
  const { signal } = controller
  const listeners = () => getEventListeners(signal, 'abort').length
  const first = rejection(waitForNicAttachEvent(socket, [], { signal }))
  await Promise.resolve()
  assert.ok(listeners() > 0)
  controller.abort()
  const second = waitForNicAttachEvent(socket, [], { timeout: 60_000 })
  assert.is((await first).name, 'AbortError')
  socket.push(eth0(OPER_UP))
  assert.is(await second, 'eth0')
  assert.is(listeners(), 0)
})

test('what a source throws reaches the caller', async () => {
  const failing: ByteSource = {
    recv() {
      throw new Error('cable cut')
    },
  }
  assert.is((await rejection(waitForNicDetachEvent(failing))).message, 'cable cut')
  const wrong = { recv: () => 'netlinktest' } as unknown as ByteSource
  const error = (await rejection(readNetlinkSocket(wrong))) as NodeJS.ErrnoException
  assert.is(error.code, 'ERR_INVALID_RETURN_VALUE')
})

test('shouldContinue may be asynchronous, and what it throws ends the wait', async () => {
  const socket = replay([concat([eth0(OPER_UP), eth0(OPER_DOWN)])])
  const read = (decide: () => boolean | Promise<boolean>) =>
    readNetlinkMessages(socket, null, [RTM_NEWLINK], [OPER_UP, OPER_DOWN], decide)
  await read(async () => false)
  const error = await rejection(
    read(() => {
      throw new Error('mine')
    }),
  )
  assert.is(error.message, 'mine')
  assert.is(await codeOf(read(() => true)), 'ERR_NETLINK_SOURCE_ENDED')
})

test('D9: a shouldContinue that does not answer does not outlive the wait', async () => {
  const never = () => new Promise<boolean>(() => {})
  const wait = (options: { timeout?: number; signal?: AbortSignal }) =>
    readNetlinkMessages(replay([eth0(OPER_UP)]), null, [RTM_NEWLINK], [OPER_UP], never, options)
  assert.is((await rejection(wait({ timeout: 10 }))).name, 'TimeoutError')
  const controller = new AbortController()
  setTimeout(() => controller.abort('enough'), 10)
  assert.is(await rejection(wait({ signal: controller.signal })), 'enough')
})

test('a hundred waits share one listener on their signal', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const waits = Array.from({ length: 100 }, () =>
    rejection(waitForNicDetachEvent(replay([], { open: true }), { signal })),
  )
  assert.is(getEventListeners(signal, 'abort').length, 1)
  controller.abort()
  for (const error of await Promise.all(waits)) assert.is(error.name, 'AbortError')
  assert.is(getEventListeners(signal, 'abort').length, 0)
})

test('a ByteSource is an object with recv()', async () => {
  for (const socket of [{}, 5, 'socket'] as unknown as ByteSource[]) {
    const error = (await rejection(waitForNicDetachEvent(socket))) as NodeJS.ErrnoException
    assert.is(error.code, 'ERR_INVALID_ARG_TYPE')
  }
})

test.run()
