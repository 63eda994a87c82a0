// The virtual clock: run() goes on while something can settle its promise, and awaited() finds the wait that lasts.

import { readFile } from 'node:fs/promises'
import { openLinkMonitor } from 'netlink-wasm'
import { fakeKernel, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thrown } from '../support/errors.ts'
import { isSettled } from '../support/virtual-time.ts'

/** What an agent does: it opens a monitor, and then waits. */
async function agent(clock: VirtualClock, links: number): Promise<string> {
  const kernel = fakeKernel({ links: Array.from({ length: links }, () => ({})) })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  try {
    const { ifname } = await monitor.waitForAttach({ timeout: 60_000 })
    return ifname
  } catch (error) {
    return (error as Error).name
  } finally {
    monitor.close()
  }
}

test('run() advances until a promise settles', async () => {
  const clock = new VirtualClock()
  assert.is(await clock.run(agent(clock, 1)), 'TimeoutError')
  assert.is(clock.now(), 60_000)
  assert.is(await clock.run(Promise.resolve(7)), 7)
  assert.is((await rejection(clock.run(Promise.reject(new Error('mine'))))).message, 'mine')
  assert.is(clock.now(), 60_000)
})

test('run() waits for work that takes real time, before a timer and instead of one', async () => {
  const clock = new VirtualClock()
  const read = async () => {
    for (let n = 0; n < 200; n++) await readFile(new URL(import.meta.url))
  }
  await clock.run(read())
  assert.is(clock.now(), 0)
  assert.is(await clock.run(read().then(() => agent(clock, 1))), 'TimeoutError')
  assert.is(clock.now(), 60_000)
})

test('run() gives up where no timer comes, and refuses what is no promise', async () => {
  const clock = new VirtualClock()
  const { setTimeout } = globalThis
  const asked: number[] = []
  const atOnce = (call: () => void, ms = 0) => {
    asked.push(ms)
    return setTimeout(call)
  }
  globalThis.setTimeout = atOnce as typeof setTimeout
  try {
    const { message } = await rejection(clock.run(new Promise(() => {})))
    assert.is(message, 'expected a timer that settles the promise, got none')
  } finally {
    globalThis.setTimeout = setTimeout
  }
  assert.equal(asked, [10_000])
  for (const [given, shown] of [
    [undefined, 'undefined'],
    [() => {}, 'a function'],
  ]) {
    const error = await rejection(clock.run(given as never))
    assert.is(error.message, `expected promise to be a promise, got ${shown}`)
    assert.instance(error, TypeError)
  }
})

for (const links of [0, 1, 5000]) {
  test(`awaited() is not met by a monitor that opens with ${links} links`, async () => {
    const clock = new VirtualClock()
    const waiting = agent(clock, links)
    await clock.awaited()
    clock.advance(60_000)
    assert.is(await waiting, 'TimeoutError')
  })
}

test("awaited() is not met by a monitor's resyncs", async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  for (let n = 0; n < 3; n++) {
    kernel.inject.overrun()
    kernel.add()
    assert.is(await isSettled(clock.awaited()), false)
  }
  assert.ok((clock.next ?? 0) > 0, 'it waits before the next dump')
  const attached = monitor.waitForAttach({ timeout: 10 })
  await clock.awaited()
  clock.advance(10)
  assert.is((await rejection(attached)).name, 'TimeoutError')
  monitor.close()
})

test('awaited() is met by opening a monitor that gets no answer', async () => {
  const clock = new VirtualClock()
  const mute = { recv: () => new Promise<null>(() => {}), send() {} }
  const opening = rejection(openLinkMonitor({ socket: mute, clock, timeout: 5000 }))
  await clock.awaited()
  clock.advance(5000)
  assert.is((await opening).name, 'TimeoutError')
})

test('time does not go back', () => {
  const { message } = thrown(() => new VirtualClock().advance(-1))
  assert.is(message, 'expected ms to be 0 or more milliseconds, got -1')
})

test.run()
