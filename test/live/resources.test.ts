// What is left of monitors and waits once they are over, however they end: no fd, handle, timer, listener
// or memory.

import { getEventListeners } from 'node:events'
import { type LinkEvent, type LinkMonitor, openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unhandledRejections } from './compare.ts'
import { afterwards, ip, live, until, WAIT_MS } from './harness.ts'
import { activeResources, activeTimers, heapUsed, openFds } from './memory.ts'

const timeout = WAIT_MS
const CYCLES = 1000
/** What a thousand cycles may leave in caches; one leaked monitor or wait of 1 KB each would be more. */
const GROWTH_BYTES = 768 * 1024

interface Held {
  fds: number
  resources: string[]
  timers: number
}

function held(): Held {
  return { fds: openFds(), resources: activeResources(), timers: activeTimers() }
}

/** Fails the test, when `check` is called, unless no more is held than now, some turns of the loop later. */
function nothingLeft(): () => Promise<void> {
  const before = held()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  afterwards(() => process.off('warning', onWarning))
  const checkRejections = unhandledRejections()
  return async () => {
    const same = () => {
      const now = held()
      // `until` looks between two timers of its own, when none is active.
      return (
        now.fds <= before.fds &&
        now.timers <= before.timers &&
        now.resources.length <= before.resources.length
      )
    }
    await until('what was opened to be gone', same, 2000).catch(() => {
      assert.equal(held(), before)
    })
    assert.equal(warnings, [])
    checkRejections()
  }
}

/** Runs `cycle` a hundred times to warm up, then a thousand times; fails when the heap has grown. */
async function isFlat(cycle: (i: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < 200; i++) await cycle(i)
  const before = await heapUsed()
  for (let i = 0; i < CYCLES; i++) await cycle(i)
  const growth = (await heapUsed()) - before
  assert.ok(growth < GROWTH_BYTES, `the heap grew by ${growth} bytes in ${CYCLES} cycles`)
}

/** Never rejects, so that it may be looked at later. */
async function reasonOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    (value) => new Error(`expected a rejection, got ${JSON.stringify(value)}`),
    (error) => error,
  )
}

const CLOSED = 'ERR_NETLINK_SOCKET_CLOSED'

live('a thousand monitors opened and closed', async () => {
  const check = nothingLeft()
  await isFlat(async (i) => {
    const monitor = await openLinkMonitor({ timeout })
    const events = monitor[Symbol.asyncIterator]()
    await events.next()
    const wait = reasonOf(monitor.waitForAttach({ timeout }))
    if (i % 2 === 0) monitor.close()
    else await monitor[Symbol.asyncDispose]()
    assert.is((await wait).code, CLOSED)
  })
  await check()
})

live('a thousand openings aborted at once', async () => {
  const check = nothingLeft()
  const reason = new Error('changed my mind')
  await isFlat(async (i) => {
    const controller = new AbortController()
    const opening = openLinkMonitor({ signal: controller.signal, timeout }).then(
      (monitor) => monitor.close(),
      (error) => assert.is(error, reason),
    )
    // Now, in the microtask after, or while the request is being written.
    if (i % 3 === 1) await Promise.resolve()
    if (i % 3 === 2) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    await opening
    assert.is(getEventListeners(controller.signal, 'abort').length, 0)
  })
  await check()
})

live('a thousand waits aborted, on one signal each and on one for all', async () => {
  ip('link add ifb7 type ifb')
  const check = nothingLeft()
  const monitor = await openLinkMonitor({ timeout })
  afterwards(() => monitor.close())
  const lasting = new AbortController()
  const reason = new Error('enough')
  await isFlat(async () => {
    const controller = new AbortController()
    const { signal } = controller
    const waits = [
      monitor.waitForAttach({ signal }),
      monitor.waitForAttach({ except: [], settle: 5000, signal }),
      monitor.waitForDetach('ifb7', { signal, timeout }),
      monitor.waitForMediaSwitch('ifb7', { signal }),
      monitor.waitForOperState('none', 'UP', { signal, timeout }),
      monitor.waitFor(() => false, { signal }),
    ].map(reasonOf)
    const late = reasonOf(monitor.waitForDetach('ifb7', { signal: lasting.signal, timeout: 0 }))
    await Promise.resolve()
    controller.abort(reason)
    for (const error of await Promise.all(waits)) assert.is(error, reason)
    assert.is((await late).name, 'TimeoutError')
    assert.is(getEventListeners(signal, 'abort').length, 0)
    assert.is(getEventListeners(lasting.signal, 'abort').length, 0)
  })
  monitor.close()
  await check()
})

live('a thousand iterations begun and left', async () => {
  const check = nothingLeft()
  const monitor = await openLinkMonitor({ timeout })
  afterwards(() => monitor.close())
  await isFlat(async () => {
    for await (const event of monitor) if (event.type === 'synced') break
  })
  monitor.close()
  await check()
})

/** What is asked of a monitor at each point of its life, so that something is under way when it ends. */
function everyWait(monitor: LinkMonitor): Promise<Error & { code?: string }>[] {
  return [
    monitor.waitForAttach({ timeout }),
    monitor.waitForDetach('ifb7', { timeout }),
    monitor.waitForMediaSwitch('none', { timeout }),
    monitor.waitForOperState('none', 'UP', { timeout }),
    monitor.waitFor(() => false, { timeout }),
    monitor.resync({ timeout }),
  ].map(reasonOf)
}

async function closedWhere(
  when: (monitor: LinkMonitor) => Promise<void>,
  receiveBufferBytes?: number,
): Promise<void> {
  ip('link add ifb7 type ifb')
  const check = nothingLeft()
  const monitor = await openLinkMonitor({ receiveBufferBytes, timeout })
  afterwards(() => monitor.close())
  await when(monitor)
  monitor.close()
  monitor.close()
  assert.is((await reasonOf(monitor.waitForAttach({ timeout }))).code, CLOSED)
  assert.is((await reasonOf(monitor.resync({ timeout }))).code, CLOSED)
  for await (const { type } of monitor) assert.is.not(type, 'changed')
  await check()
}

/** The first event of a type; with the iteration still open. */
async function first(events: AsyncIterableIterator<LinkEvent>, type: LinkEvent['type']) {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error(`expected ${type}, got the end`)
    if (value.type === type) return value
  }
}

const changes = Array.from({ length: 100 }, (_, i) => `link set ifb7 mtu ${1400 + (i % 2)}`)

live('closed at once, twice, while everything waits', () =>
  closedWhere(async (monitor) => {
    const waits = everyWait(monitor)
    monitor.close()
    for (const error of await Promise.all(waits)) assert.is(error.code, CLOSED)
  }),
)

live('closed in a gap', () =>
  closedWhere(async (monitor) => {
    const events = monitor[Symbol.asyncIterator]()
    const waits = everyWait(monitor).slice(0, -1)
    ip(...changes)
    await first(events, 'gap')
    monitor.close()
    for (const error of await Promise.all(waits)) assert.is(error.code, CLOSED)
    while (!(await events.next()).done);
  }, 1),
)

live('closed at every turn of the loop of a resync', () =>
  closedWhere(async (monitor) => {
    monitor.close()
    for (let turns = 0; turns < 12; turns++) {
      const other = await openLinkMonitor({ timeout })
      const resync = other.resync({ timeout }).catch((error) => assert.is(error.code, CLOSED))
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
      other.close()
      await resync
    }
  }),
)

live('a resync aborted, and another one after it', () =>
  closedWhere(async (monitor) => {
    const controller = new AbortController()
    const resync = reasonOf(monitor.resync({ signal: controller.signal }))
    controller.abort(new Error('no'))
    assert.is((await resync).message, 'no')
    await monitor.resync({ timeout })
  }),
)

live('closed in the handler of an event', () =>
  closedWhere(async (monitor) => {
    const waits = everyWait(monitor).slice(2, -1)
    const match = () => {
      monitor.close()
      return true
    }
    const inMatch = reasonOf(monitor.waitForAttach({ match, timeout }))
    ip('link add ifb8 type ifb')
    assert.is((await inMatch).code, CLOSED)
    for (const error of await Promise.all(waits)) assert.is(error.code, CLOSED)
  }),
)

live('closed, and aborted, in the body of an iteration', () =>
  closedWhere(async (monitor) => {
    const controller = new AbortController()
    const wait = reasonOf(monitor.waitFor(() => false, { signal: controller.signal }))
    ip(...changes)
    let seen = 0
    for await (const event of monitor) {
      if (event.type !== 'changed') continue
      if (++seen === 1) controller.abort(new Error('seen'))
      monitor.close()
    }
    assert.ok(seen > 0)
    assert.is((await wait).message, 'seen')
  }),
)

live('a handler that throws rejects its own wait only', () =>
  closedWhere(async (monitor) => {
    const other = monitor.waitForAttach({ timeout })
    const failing = reasonOf(
      monitor.waitForAttach({
        match: () => {
          throw new Error('mine')
        },
        timeout,
      }),
    )
    ip('link add ifb8 type ifb')
    assert.is((await failing).message, 'mine')
    assert.is((await other).ifname, 'ifb8')
  }),
)

test.run()
