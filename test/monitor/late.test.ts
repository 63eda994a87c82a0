// Waits whose time is up while what they wait for is queued, as after a loop that was blocked: it counts. And those
// for which nothing is queued. Time is a virtual clock's, so nothing is read between the event and the timer.

import {
  type ByteSource,
  type LinkMonitor,
  OPER_DOWN,
  OPER_UP,
  openLinkMonitor,
  RTM_NEWLINK,
  readNetlinkMessages,
  readNetlinkSocket,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { type FakeKernel, fakeKernel, newLink, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { passUntil } from '../support/virtual-time.ts'

const TIMEOUT = { timeout: 1000 }
/** More than one read, and more than one turn of a source that shares the loop, brings. */
const EARLIER = 500

async function monitored() {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}, {}] })
  return { clock, kernel, monitor: await openLinkMonitor({ socket: kernel, clock }) }
}

type Wait = (monitor: LinkMonitor) => Promise<unknown>

/** Each wait, and what it waits for. */
const WAITS: Record<string, [wait: Wait, happens: (kernel: FakeKernel) => void]> = {
  attach: [(monitor) => monitor.waitForAttach(TIMEOUT), (kernel) => kernel.add()],
  detach: [(monitor) => monitor.waitForDetach('eth1', TIMEOUT), (kernel) => kernel.remove(1)],
  media: [
    (monitor) => monitor.waitForMediaSwitch('eth1', TIMEOUT),
    (kernel) => {
      kernel.setCarrier(1, false)
      kernel.setCarrier(1, true)
    },
  ],
  operstate: [
    (monitor) => monitor.waitForOperState('eth1', 'DOWN', TIMEOUT),
    (kernel) => kernel.setCarrier(1, false),
  ],
  predicate: [
    (monitor) => monitor.waitFor(({ mtu }) => mtu === 1400, TIMEOUT),
    (kernel) => kernel.change(1, { mtu: 1400 }),
  ],
  'attach of one with a rename': [
    (monitor) => monitor.waitForAttach({ match: ({ ifname }) => ifname === 'new0', ...TIMEOUT }),
    (kernel) => kernel.rename(kernel.add(), 'new0'),
  ],
}

for (const [name, [wait, happens]] of Object.entries(WAITS)) {
  test(`${name}: queued in time behind many others, it is met`, async () => {
    const { clock, kernel, monitor } = await monitored()
    const waiting = wait(monitor)
    for (let n = 0; n < EARLIER; n++) kernel.change(2, { mtu: 2000 + n })
    happens(kernel)
    clock.advance(TIMEOUT.timeout)
    await waiting
    monitor.close()
  })

  test(`${name}: where nothing is queued that it waits for, it times out`, async () => {
    const { clock, kernel, monitor } = await monitored()
    const late = rejection(wait(monitor))
    for (let n = 0; n < EARLIER; n++) kernel.change(2, { mtu: 2000 + n })
    clock.advance(TIMEOUT.timeout)
    assert.is((await late).name, 'TimeoutError')
    const next = rejection(wait(monitor))
    clock.advance(TIMEOUT.timeout - 1)
    clock.advance(1)
    assert.is((await next).name, 'TimeoutError')
    monitor.close()
  })
}

test('attach: a rename that is queued when the quiet time is over starts it anew', async () => {
  const { clock, kernel, monitor } = await monitored()
  const waiting = monitor.waitForAttach({ settle: 100 })
  const ifindex = kernel.add({ ifname: 'eth3' })
  while (!monitor.links.has(ifindex)) await new Promise(setImmediate)
  kernel.rename(ifindex, 'enp3s0')
  clock.advance(100)
  const link = await passUntil(clock, waiting)
  assert.is(link.ifname, 'enp3s0')
  assert.is(clock.now(), 200)
  monitor.close()
})

test('opening: a dump that is queued in time is taken', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}, {}] })
  const opening = openLinkMonitor({ socket: kernel, clock, ...TIMEOUT })
  clock.advance(TIMEOUT.timeout)
  const monitor = await opening
  const resynced = monitor.resync(TIMEOUT)
  clock.advance(TIMEOUT.timeout)
  await resynced
  monitor.close()
})

// --- cloud-init's functions --------------------------------------------------------------------------

const event = (ifname: string, operstate: number) => (kernel: FakeKernel) =>
  kernel.push(newLink({ ifindex: 9, ifname, operstate }))

type Read = (socket: ByteSource) => Promise<unknown>

const READS: Record<string, [read: Read, happens: (kernel: FakeKernel) => void]> = {
  waitForNicAttachEvent: [
    (socket) => waitForNicAttachEvent(socket, ['eth1', 'eth2'], TIMEOUT),
    event('eth9', OPER_UP),
  ],
  waitForNicDetachEvent: [
    (socket) => waitForNicDetachEvent(socket, { ...TIMEOUT, operstates: [OPER_UP] }),
    (kernel) => kernel.remove(1),
  ],
  waitForMediaDisconnectConnect: [
    (socket) => waitForMediaDisconnectConnect(socket, 'eth9', TIMEOUT),
    (kernel) => {
      event('eth9', OPER_DOWN)(kernel)
      event('eth9', OPER_UP)(kernel)
    },
  ],
  readNetlinkMessages: [
    (socket) =>
      readNetlinkMessages(socket, 'eth9', [RTM_NEWLINK], [OPER_DOWN], () => false, TIMEOUT),
    event('eth9', OPER_DOWN),
  ],
}

for (const [name, [read, happens]] of Object.entries(READS)) {
  test(`${name}: queued in time behind many others, it is met; else it times out`, async () => {
    const clock = new VirtualClock()
    const kernel = Object.assign(fakeKernel({ links: [{}, {}] }), { clock })
    const storm = () => {
      for (let n = 0; n < EARLIER; n++) kernel.change(2, { mtu: 2000 + n })
    }
    const waiting = read(kernel)
    storm()
    happens(kernel)
    clock.advance(TIMEOUT.timeout)
    await waiting
    const late = rejection(read(kernel))
    storm()
    clock.advance(TIMEOUT.timeout)
    assert.is((await late).name, 'TimeoutError')
  })
}

test('readNetlinkSocket: what is queued in time is read', async () => {
  const clock = new VirtualClock()
  const kernel = Object.assign(fakeKernel(), { clock })
  const reading = readNetlinkSocket(kernel, TIMEOUT)
  kernel.add()
  clock.advance(TIMEOUT.timeout)
  assert.instance(await reading, Uint8Array)
  const nothing = readNetlinkSocket(kernel, TIMEOUT)
  clock.advance(TIMEOUT.timeout)
  assert.is(await nothing, null)
})

test('a source that always has bytes does not outlive the deadline for more than a full buffer', async () => {
  const clock = new VirtualClock()
  let reads = 0
  const endless: ByteSource = {
    framing: 'datagram',
    clock,
    recv: () => {
      if (reads++ === 10) clock.advance(TIMEOUT.timeout)
      return newLink({ ifindex: 2, ifname: 'eth2', operstate: OPER_UP })
    },
  }
  const error = await rejection(waitForNicAttachEvent(endless, ['eth2'], TIMEOUT))
  assert.is(error.name, 'TimeoutError')
  assert.is(reads, 11 + 1024)
})

test.run()
