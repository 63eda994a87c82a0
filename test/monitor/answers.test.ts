// What answers a monitor's request and what does not, byte by byte; and that what is asked for is newer than what was
// queued.

import { type LinkMonitor, NLM_F_MULTI, openLinkMonitor } from 'netlink-wasm'
import { delLink, doneMessage, newLink, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answering, entry, type Request, STATE } from '../support/answering.ts'
import { busyKernel } from '../support/churn.ts'
import { rejection } from '../support/errors.ts'
import { isEqual, until } from '../support/monitor.ts'
import { passUntil } from '../support/virtual-time.ts'
import { SOON } from '../support/waits.ts'

const namesOf = ({ links }: LinkMonitor) => [...links.values()].map(({ ifname }) => ifname)

test('a removal that carries the port id and sequence number of the dump is an event', async () => {
  const socket = answering((request) => [
    entry(request, 2, 'eth2'),
    entry(request, 3, 'eth3'),
    delLink({ ...request, ifindex: 3, ifname: 'eth3', ...STATE }),
    // Older than the removal that stands before it.
    entry(request, 3, 'eth3'),
    doneMessage(request),
  ])
  const monitor = await openLinkMonitor({ socket, ...SOON })
  assert.equal(namesOf(monitor), ['eth2'])
  assert.is(monitor.stats.events, 1)
  assert.is(await monitor.waitForDetach('eth3', SOON), undefined)
  monitor.close()
})

test('so is one that says to be part of it, and a change', async () => {
  const socket = answering((request) => [
    entry(request, 2, 'old2'),
    entry(request, 3, 'old3'),
    delLink({ ...request, flags: NLM_F_MULTI, ifindex: 3, ifname: 'old3', ...STATE }),
    newLink({ ...request, ifindex: 2, ifname: 'new2', ...STATE }),
    entry(request, 2, 'old2'),
    doneMessage(request),
  ])
  const monitor = await openLinkMonitor({ socket, ...SOON })
  assert.equal(namesOf(monitor), ['new2'])
  assert.is(monitor.stats.events, 2)
  monitor.close()
})

test('an event with the port id and sequence number of a dump that is over is an event', async () => {
  const socket = answering((request) => [entry(request, 2, 'eth2'), doneMessage(request)])
  const monitor = await openLinkMonitor({ socket, ...SOON })
  const gone = monitor.waitForDetach('eth2', SOON)
  const [request] = socket.requests as [Request]
  socket.push(delLink({ ...request, ifindex: 2, ifname: 'eth2', ...STATE }))
  assert.is((await gone)?.ifname, 'eth2')
  monitor.close()
})

test('an entry of a dump that was given up is no event', async () => {
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  const header = { seq: 1, pid: kernel.portId, flags: NLM_F_MULTI }
  kernel.push(newLink({ ...header, ifindex: 2, ifname: 'stale', ...STATE }))
  kernel.push(newLink({ ...header, ifindex: 99, ifname: 'gone99', ...STATE }))
  kernel.change(3, { mtu: 1400 })
  await until(() => monitor.links.get(3)?.mtu === 1400, 'the event behind it')
  assert.ok(isEqual(kernel, monitor))
  assert.is(monitor.stats.events, 1)
  monitor.close()
})

test('sequence numbers start anywhere', async () => {
  const seqs = new Set<number>()
  for (let n = 0; n < 8; n++) {
    const socket = answering((request) => [doneMessage(request)])
    const monitor = await openLinkMonitor({ socket, ...SOON })
    await monitor.resync(SOON)
    const [first, second] = socket.requests as [Request, Request]
    seqs.add(first.seq)
    assert.is(second.seq, (first.seq % 0xffffffff) + 1, 'the next one')
    monitor.close()
  }
  assert.is(seqs.size, 8)
})

// --- resync -----------------------------------------------------------------------------------------

test('resync() in the same turn as an older event that is queued finds what it is for', async () => {
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  kernel.change(2, { mtu: 1400 })
  const link = kernel.links.get(2)
  if (link) link.altnames = ['silent']
  await monitor.resync(SOON)
  assert.equal([monitor.links.get(2)?.mtu, monitor.links.get(2)?.altnames], [1400, ['silent']])
  assert.is(kernel.dumps, 2)
  monitor.close()
})

test('two resyncs at a time are one dump', async () => {
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  await Promise.all([monitor.resync(SOON), monitor.resync(SOON)])
  assert.is(kernel.dumps, 2)
  monitor.close()
})

test('a resync that fails again and again says so when its time is up', async () => {
  const clock = new VirtualClock()
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  kernel.inject.busyDumps(1000)
  const error = await passUntil(clock, rejection(monitor.resync({ timeout: 2000 })))
  assert.is(error.name, 'TimeoutError')
  assert.match(
    error.message,
    /^the resync timed out: expected .* errno 16 .*; gave up after \d+ tries/,
  )
  monitor.close()
})

test.run()
