// How long a monitor waits for an answer, and how often it tries a dump. Time is a virtual clock's.

import { type NetlinkError, openLinkMonitor } from 'netlink-wasm'
import { doneMessage, type FakeKernel, fakeKernel, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answering } from '../support/answering.ts'
import { busyKernel } from '../support/churn.ts'
import { rejection } from '../support/errors.ts'
import { isEqual, until } from '../support/monitor.ts'
import { isSettled, passUntil } from '../support/virtual-time.ts'

// --- how long an answer is waited for ---------------------------------------------------------------

/** Lets requests be written only when one of these is called, as where all of libuv's threads are busy. */
function busyPool(kernel: FakeKernel): (() => void)[] {
  const waiting: (() => void)[] = []
  const send = kernel.send.bind(kernel)
  kernel.send = (request) =>
    new Promise<void>((resolve) => {
      waiting.push(() => {
        send(request)
        resolve()
      })
    })
  return waiting
}

test('a request that waits a minute to be written is waited for, and asked once', async () => {
  const clock = new VirtualClock()
  const socket = fakeKernel({ links: [{}, {}] })
  const waiting = busyPool(socket)
  const opening = openLinkMonitor({ socket, clock })
  for (let seconds = 0; seconds < 60; seconds++) {
    clock.advance(1000)
    assert.is(await isSettled(opening), false, `after ${seconds} s`)
  }
  assert.is(waiting.length, 1)
  waiting[0]?.()
  const monitor = await opening
  assert.is(monitor.links.size, 2)
  assert.is(monitor.stats.dumps, 1)
  monitor.close()
})

test('so it is in a resync', async () => {
  const clock = new VirtualClock()
  const socket = fakeKernel({ links: [{}] })
  const waiting = busyPool(socket)
  const opening = openLinkMonitor({ socket, clock })
  waiting.shift()?.()
  const monitor = await opening
  const resynced = monitor.resync()
  await until(() => waiting.length > 0, 'the request')
  for (let seconds = 0; seconds < 60; seconds++) {
    clock.advance(1000)
    assert.is(await isSettled(resynced), false)
  }
  assert.is(waiting.length, 1)
  waiting.shift()?.()
  await resynced
  assert.is(monitor.stats.dumps, 2)
  monitor.close()
})

test('an answer that does not come within three seconds of the write is asked for again', async () => {
  const clock = new VirtualClock()
  let requests = 0
  const kernel = fakeKernel({ links: [{}] })
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    if (requests++ > 0) send(request)
  }
  const opening = openLinkMonitor({ socket: kernel, clock })
  await isSettled(opening)
  clock.advance(2999)
  assert.is(await isSettled(opening), false)
  assert.is(requests, 1)
  const monitor = await passUntil(clock, opening)
  assert.equal([requests, monitor.stats.dumps, monitor.links.size], [2, 2, 1])
  monitor.close()
})

test('an answer that is queued when the three seconds are over is read first', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const requests: Uint8Array[] = []
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    requests.push(request)
  }
  const opening = openLinkMonitor({ socket: kernel, clock })
  await isSettled(opening)
  send(requests[0] as Uint8Array)
  clock.advance(3000)
  const monitor = await opening
  assert.is(requests.length, 1)
  monitor.close()
})

// --- how often a dump is tried ----------------------------------------------------------------------

const failing: Record<string, (kernel: FakeKernel, times: number) => void> = {
  interrupted: ({ inject }, times) => inject.interruptDumps(times),
  busy: ({ inject }, times) => inject.busyDumps(times),
  'out of memory': ({ inject }, times) => inject.refuseDumps(-12, times),
}

for (const [what, fail] of Object.entries(failing)) {
  test(`${what} every time: after half a minute the opening fails, and says how often it tried`, async () => {
    const clock = new VirtualClock()
    const kernel = busyKernel()
    fail(kernel, 1000)
    const error = (await passUntil(
      clock,
      rejection(openLinkMonitor({ socket: kernel, clock })),
    )) as NetlinkError
    const codes = { interrupted: 'ERR_NETLINK_DUMP_INTERRUPTED', busy: 'ERR_NETLINK_KERNEL' }
    assert.is(error.code, codes[what as 'busy'] ?? 'ERR_NETLINK_KERNEL')
    assert.ok(kernel.dumps > 100 && kernel.dumps < 200, `${kernel.dumps} dumps`)
    const [, tries, seconds] =
      /; gave up after (\d+) tries in ([\d.]+) s$/.exec(error.message) ?? []
    assert.is(Number(tries), kernel.dumps, error.message)
    assert.ok(Number(seconds) >= 30 && Number(seconds) < 32, error.message)
    assert.is(Number(seconds).toFixed(1), (clock.now() / 1000).toFixed(1))
  })

  test(`${what} for 45 s: whoever gives a minute gets a monitor`, async () => {
    const controller = new AbortController()
    for (const limit of [{ timeout: 60_000 }, { signal: controller.signal }]) {
      const clock = new VirtualClock()
      const kernel = busyKernel()
      const send = kernel.send.bind(kernel)
      kernel.send = (request) => {
        if (clock.now() < 45_000) fail(kernel, 1)
        send(request)
      }
      const opening = openLinkMonitor({ socket: kernel, clock, ...limit })
      const monitor = await passUntil(clock, opening)
      assert.ok(clock.now() >= 45_000)
      assert.ok(isEqual(kernel, monitor))
      monitor.close()
    }
  })

  test(`${what} every time: the caller’s timeout ends it, and says why`, async () => {
    const clock = new VirtualClock()
    const kernel = busyKernel()
    fail(kernel, 1000)
    const opening = openLinkMonitor({ socket: kernel, clock, timeout: 5000 })
    const error = await passUntil(clock, rejection(opening))
    assert.is(error.name, 'TimeoutError')
    assert.is(clock.now(), 5000)
    const text = new RegExp(
      `^the first dump of links timed out: expected .*; gave up after ${kernel.dumps} tries in \\d\\.\\d s$`,
    )
    assert.match(error.message, text)
  })
}

test('a refusal that no other try can better is told at once', async () => {
  for (const errno of [-1, -13, -95]) {
    const kernel = busyKernel()
    kernel.inject.refuseDumps(errno, 100)
    const opening = openLinkMonitor({ socket: kernel, clock: new VirtualClock() })
    const error = (await rejection(opening)) as NetlinkError
    assert.equal([error.code, error.errno], ['ERR_NETLINK_KERNEL', errno])
    assert.is(kernel.dumps, 1)
  }
})

test('a send that fails for good is told at once; one that has no buffers is tried again', async () => {
  for (const errno of [undefined, -9]) {
    const wrong = Object.assign(new Error('no such socket'), { errno })
    const socket = answering(() => {
      throw wrong
    })
    assert.is(await rejection(openLinkMonitor({ socket, clock: new VirtualClock() })), wrong)
    assert.is(socket.requests.length, 1)
  }
  const clock = new VirtualClock()
  const socket = answering((request) => {
    if (socket.requests.length < 20) throw Object.assign(new Error('no buffers'), { errno: -105 })
    return [doneMessage(request)]
  })
  const monitor = await passUntil(clock, openLinkMonitor({ socket, clock }))
  assert.is(socket.requests.length, 20)
  monitor.close()
})

test.run()
