// A monitor's consumers: slow ones, ones that break off, and how monitors are opened and closed.

import { type LinkEvent, type LinkMonitor, type NetlinkError, openLinkMonitor } from 'netlink-wasm'
import { concat, delLink, type FakeKernel, fakeKernel, newLink, replay } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { busyKernel, churn } from '../support/churn.ts'
import { rejection } from '../support/errors.ts'
import { Consumer, collectGarbage, isEqual, linksOf, until } from '../support/monitor.ts'
import { heard } from '../support/virtual-time.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const open = (socket: FakeKernel) => openLinkMonitor({ socket, timeout: 60_000 })

async function opened(kernel: FakeKernel): Promise<{ monitor: LinkMonitor; consumer: Consumer }> {
  const monitor = await open(kernel)
  return { monitor, consumer: new Consumer(monitor) }
}

/** Of the events, those of one type. */
function ofType<T extends LinkEvent['type']>(events: LinkEvent[], type: T) {
  return events.filter((event): event is Extract<LinkEvent, { type: T }> => event.type === type)
}

// --- consumers ---------------------------------------------------------------------------------------

/** The bound that src/monitor/README.md promises. */
const QUEUE_MAX = 1024

async function take(events: AsyncIterator<LinkEvent>, isLast: (event: LinkEvent) => boolean) {
  const taken: LinkEvent[] = []
  for (;;) {
    const { value, done } = await events.next()
    if (done) return taken
    taken.push(value)
    if (isLast(value)) return taken
  }
}

test('a slow consumer gets the differences instead of the events, and is told so', async () => {
  const kernel = busyKernel()
  const monitor = await open(kernel)
  const slow = monitor[Symbol.asyncIterator]()
  const consumer = new Consumer({ [Symbol.asyncIterator]: () => slow } as LinkMonitor)
  await until(() => consumer.isSynced, 'the start')
  // Busy in one turn of the loop, the consumer cannot take any of these.
  const idle = monitor[Symbol.asyncIterator]()
  for (let i = 0; i < 5000; i++) kernel.change(2, { mtu: 1000 + i })
  churn(kernel, 1, 500)
  kernel.inject.overrun()
  kernel.add({ ifname: 'lost0' })
  await consumer.settled(kernel)
  const told = await take(idle, ({ type }) => type === 'synced')
  const [coalesced, ...rest] = told
  if (coalesced?.type !== 'coalesced') throw new Error(`expected coalesced, got ${coalesced?.type}`)
  assert.ok(coalesced.dropped > 5000, `${coalesced.dropped} dropped`)
  assert.ok(rest.length <= kernel.links.size + 1, `${rest.length} events`)
  assert.is(rest.at(-1)?.type, 'synced', 'the end of a gap is not coalesced away')
  const records = new Consumer({
    async *[Symbol.asyncIterator]() {
      yield* told
    },
  } as unknown as LinkMonitor)
  await records.done
  assert.equal(linksOf(records.records), linksOf(kernel.links))
  monitor.close()
})

test('up to 1024 events are kept, and none of them coalesced', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await open(kernel)
  const slow = monitor[Symbol.asyncIterator]()
  for (let i = 0; i < QUEUE_MAX; i++) kernel.change(1, { mtu: 2000 + i })
  await until(() => monitor.links.get(1)?.mtu === 2000 + QUEUE_MAX - 1, 'the last event')
  kernel.end()
  const told = await take(slow, () => false)
  assert.is(told.length, 2 + QUEUE_MAX)
  assert.is(ofType(told, 'coalesced').length, 0)
})

test('a slow consumer of thousands of links gets on', async () => {
  const links = Array.from({ length: 3000 }, () => ({}))
  const kernel = fakeKernel({ links, linksPerDatagram: 50 })
  const monitor = await open(kernel)
  const slow = monitor[Symbol.asyncIterator]()
  let coalesced = 0
  for (let i = 0; i < 200; i++) {
    for (let more = 0; more < 10; more++) kernel.change(1 + ((i * 10 + more) % 3000), { mtu: i })
    await until(() => kernel.isEmpty, 'the kernel to be heard')
    const { value } = await slow.next()
    if (value?.type === 'coalesced') coalesced++
  }
  assert.ok(coalesced <= 2, `${coalesced} of 200 events said coalesced`)
  await slow.return?.()
  monitor.close()
})

test('faults outlive the coalescing', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await open(kernel)
  const slow = monitor[Symbol.asyncIterator]()
  kernel.inject.foreign(newLink({ ifindex: 5 }))
  for (let i = 0; i < 2000; i++) kernel.change(1, { mtu: 2000 + i })
  await until(() => monitor.links.get(1)?.mtu === 3999, 'the last event')
  const told = await take(slow, ({ type }) => type === 'synced')
  assert.equal(
    told.map(({ type }) => type),
    ['coalesced', 'fault', 'added', 'synced'],
  )
  monitor.close()
})

test('next() may be called ahead', async () => {
  const kernel = fakeKernel()
  const monitor = await open(kernel)
  const events = monitor[Symbol.asyncIterator]()
  assert.is((await events.next()).value?.type, 'synced')
  const ahead = [events.next(), events.next(), events.next()]
  kernel.add()
  kernel.add()
  await until(() => monitor.links.size === 2, 'both links')
  monitor.close()
  const results = await Promise.all(ahead)
  assert.equal(
    results.map(({ value }) => value?.type),
    ['added', 'added', undefined],
  )
})

test('close() ends iterations, hands out what is queued first, and may be called twice', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const { monitor, consumer } = await opened(kernel)
  const late = monitor[Symbol.asyncIterator]()
  kernel.add()
  await until(() => monitor.links.size === 2, 'the link')
  monitor.close()
  monitor.close()
  await consumer.done
  assert.is(consumer.error, undefined)
  const told = await take(late, () => false)
  assert.equal(
    told.map(({ type }) => type),
    ['present', 'synced', 'added'],
  )
  const after = await take(monitor[Symbol.asyncIterator](), () => false)
  assert.is(ofType(after, 'present').length, 2, 'a closed monitor still knows what it knew')
})

test('the end of a source ends the iteration without an error', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const { monitor, consumer } = await opened(kernel)
  kernel.end()
  await consumer.done
  assert.is(consumer.error, undefined)
  monitor.close()
})

test('break frees the queue, and a thousand of them leave nothing', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await open(kernel)
  const queues: WeakRef<object>[] = []
  for (let i = 0; i < 1000; i++) {
    const events = monitor[Symbol.asyncIterator]()
    queues.push(new WeakRef(events))
    for await (const event of events) if (event.type === 'synced') break
  }
  kernel.add()
  await until(() => monitor.links.size === 2, 'the link')
  await heard()
  collectGarbage()
  const left = queues.filter((queue) => queue.deref() !== undefined).length
  assert.ok(left < 10, `${left} queues left`)
  monitor.close()
})

// --- opening and closing -----------------------------------------------------------------------------

test('an open that is aborted, timed out or given a broken socket frees the socket', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const mute = Object.assign(fakeKernel(), { send() {} })
  const timedOut = await rejection(openLinkMonitor({ socket: mute, timeout: 20 }))
  assert.is(timedOut.name, 'TimeoutError')
  const aborted = AbortSignal.abort(new Error('mine'))
  const before = await rejection(openLinkMonitor({ socket: kernel, signal: aborted }))
  assert.is(before.message, 'mine')
  const controller = new AbortController()
  const { signal } = controller
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    send(request)
    controller.abort(new Error('in send'))
  }
  const during = await rejection(openLinkMonitor({ socket: kernel, signal, timeout: 60_000 }))
  assert.is(during.message, 'in send')
  kernel.send = send
  const monitor = await open(kernel)
  assert.ok(isEqual(kernel, monitor))
  const busy = (await rejection(open(kernel))) as NetlinkError
  assert.is(busy.code, 'ERR_NETLINK_SOURCE_BUSY')
  monitor.close()
  const none = await rejection(openLinkMonitor({ socket: {} as FakeKernel }))
  assert.instance(none, TypeError)
})

test('a source that takes no requests is known from its events alone', async () => {
  const source = replay([newLink({ ifindex: 1, ifname: 'eth0', operstate: 6 })], { open: true })
  const monitor = await openLinkMonitor({ socket: source })
  assert.is((await monitor.waitForOperState('eth0', 'UP', { timeout: 60_000 })).ifindex, 1)
  await monitor.resync({ timeout: 60_000 })
  monitor.close()
})

test('a monitor opened and closed a thousand times on one kernel is right each time', async () => {
  const kernel = busyKernel()
  for (let i = 0; i < 1000; i++) {
    const monitor = await open(kernel)
    if (i % 100 === 0) churn(kernel, i, 5)
    else assert.ok(isEqual(kernel, monitor))
    monitor.close()
  }
})

test('a close in an event ends it there: nothing more is told, nothing more is asked', async () => {
  const kernel = busyKernel()
  const monitor = await open(kernel)
  const closed = monitor.waitFor(({ mtu }) => {
    if (mtu === 1400) monitor.close()
    return false
  })
  kernel.push(concat([newLink({ ifindex: 2, operstate: 6, attributes: [[4, 1400]] }), delLink({})]))
  kernel.inject.failRecv(-105)
  const error = (await rejection(closed)) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOCKET_CLOSED')
  await heard()
  assert.is(kernel.dumps, 1)
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test.run()
