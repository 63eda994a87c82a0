// Every fault of test/FAULTS.md as an assertion, and the bounds on what a monitor does about them.

import { type LinkEvent, openLinkMonitor } from 'netlink-wasm'
import { type Mangle, newLink, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { busyKernel } from '../support/churn.ts'
import { run, SCENARIOS } from '../support/fault-scenarios.ts'
import { Consumer, isEqual, until } from '../support/monitor.ts'
import { heard, pass, passUntil } from '../support/virtual-time.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

for (const scenario of SCENARIOS) {
  const { fault, isFatal, before, during } = scenario
  test(fault, async () => {
    const times = 10
    const { equal, errors, events, stats } = await run({ ...scenario, times })
    assert.is(equal, times, 'links are the kernel’s afterwards')
    assert.is(errors.size > 0, isFatal === true)
    const gaps = events.get('gap') ?? 0
    assert.is(gaps, stats.get('gaps') ?? 0)
    assert.is(events.get('synced (resync)') ?? 0, gaps, 'each gap ends in synced')
    if (during && !isFatal) assert.ok(gaps <= times, 'one gap a burst')
    if (before && !during) assert.is(gaps, 0, 'nobody had been told anything')
    for (const kind of [...events.keys()].filter((key) => key.startsWith('fault '))) {
      assert.ok((events.get(kind) ?? 0) <= times, `${kind} is told once`)
    }
  })
}

test('a refusal after a gap is not fatal: asked again, ever later', async () => {
  const clock = new VirtualClock()
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const consumer = new Consumer(monitor)
  kernel.inject.refuseDumps(-1, 1000)
  kernel.inject.overrun()
  kernel.add()
  const seconds: number[] = []
  for (let second = 1; second <= 20; second++) {
    const before = kernel.dumps
    await pass(clock, 1000)
    seconds.push(kernel.dumps - before)
  }
  assert.ok(
    seconds.every((dumps) => dumps >= 1 && dumps <= 11),
    `${seconds}`,
  )
  assert.ok(
    seconds.slice(-10).every((dumps) => dumps <= 2),
    `${seconds}`,
  )
  assert.is(consumer.count('gap'), 1)
  assert.is(consumer.isSynced, false, 'it does not say that all is well')
  monitor.close()
  await consumer.done
  const { dumps } = kernel
  await pass(clock, 5000)
  assert.is(kernel.dumps, dumps, 'nothing is asked after close()')
})

test('faults are counted each, and told once per kind', async () => {
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel })
  const consumer = new Consumer(monitor)
  const cut: Mangle = (bytes) => Object.assign(bytes.slice(0, 20), { trueLength: bytes.length })
  const broken: Mangle = (bytes) => bytes.fill(0, 0, 4)
  for (let i = 0; i < 50; i++) {
    kernel.inject.foreign(newLink({ ifindex: 2 }), 4000 + i)
    kernel.inject.mangleEvents(1, cut)
    kernel.inject.mangleEvents(1, broken)
    kernel.change(2, { mtu: 2000 + i })
    kernel.change(3, { mtu: 2000 + i })
  }
  await consumer.settled(kernel)
  const { foreign, truncated, malformed, faults } = monitor.stats
  assert.equal([foreign, truncated, malformed], [50, 50, 50])
  const told = consumer.events.flatMap((event: LinkEvent) =>
    event.type === 'fault' ? [event.error.code] : [],
  )
  assert.equal(told.sort(), [
    'ERR_NETLINK_FOREIGN_SENDER',
    'ERR_NETLINK_MESSAGE_TOO_SHORT',
    'ERR_NETLINK_TRUNCATED',
  ])
  assert.equal([...faults.keys()].sort(), told)
  const { message = '' } = faults.get('ERR_NETLINK_FOREIGN_SENDER') ?? {}
  assert.is(message, 'expected a datagram from port id 0, the kernel, got 4000 at byte 0')
  assert.ok(isEqual(kernel, monitor, consumer))
  monitor.close()
})

test('a link that the kernel always spells wrong neither hides the others nor is dumped for ever', async () => {
  const kernel = busyKernel()
  kernel.inject.mangleDumps(1000, (datagram) => {
    datagram.set([1, 0], 32)
    return datagram
  })
  const clock = new VirtualClock()
  const opening = openLinkMonitor({ socket: kernel, clock, timeout: 60_000 })
  const monitor = await passUntil(clock, opening)
  assert.is(kernel.dumps, 8)
  assert.is(monitor.links.size, kernel.links.size - 2, 'one is spoilt in each datagram')
  await pass(clock, 60_000)
  assert.is(kernel.dumps, 8)
  const [lost] = [...kernel.links.keys()].filter((ifindex) => !monitor.links.has(ifindex))
  if (lost === undefined) throw new Error('expected a link that is not known')
  kernel.change(lost, { mtu: 1400 })
  await until(() => monitor.links.has(lost), 'its event')
  kernel.inject.overrun()
  kernel.change(2, { mtu: 1400 })
  const consumer = new Consumer(monitor)
  await passUntil(clock, consumer.settled(kernel))
  assert.is(consumer.count('removed'), 0, 'what a damaged dump lacks is not taken for removed')
  assert.ok(monitor.links.has(lost))
  monitor.close()
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test.run()
