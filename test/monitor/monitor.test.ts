// The monitor on a fake kernel: what it tells, in which order, and that it never lies. Runs anywhere.

import {
  decodeMessages,
  type LinkMonitor,
  type NetlinkError,
  NLM_F_MULTI,
  OPER_UP,
  openLinkMonitor,
  RTM_DELLINK,
  type WaitOptions,
} from 'netlink-wasm'
import {
  concat,
  delLink,
  doneMessage,
  type FakeKernel,
  fakeKernel,
  newLink,
  replay,
  VirtualClock,
} from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { busyKernel, churn } from '../support/churn.ts'
import { rejection } from '../support/errors.ts'
import { Consumer, isEqual, until } from '../support/monitor.ts'
import { heard, pass, passUntil } from '../support/virtual-time.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const open = (socket: FakeKernel) => openLinkMonitor({ socket, timeout: 60_000 })

async function opened(kernel: FakeKernel): Promise<{ monitor: LinkMonitor; consumer: Consumer }> {
  const monitor = await open(kernel)
  return { monitor, consumer: new Consumer(monitor) }
}

// --- an event beats an older dump entry ------------------------------------------------------------

/** A socket on which `queued` stands in the queue when the dump's request has been sent, and nothing more. */
function byHand(queued: (header: { seq: number; pid: number; flags: number }) => Uint8Array[]) {
  const source = replay([], { open: true })
  return Object.assign(source, {
    portId: 77,
    send(request: Uint8Array) {
      const seq = decodeMessages(request)[0]?.header?.seq ?? 0
      source.push(...queued({ seq, pid: 77, flags: NLM_F_MULTI }))
    },
  })
}

test('an event, a removal included, beats the older dump entry behind it, byte by byte', async () => {
  const state = { operstate: 6 }
  const socket = byHand((header) => [
    // The events: 2 has a new name, 3 has gone, 4 is new, 6 came and went.
    newLink({ ifindex: 2, ifname: 'new2', ...state }),
    delLink({ ifindex: 3, ifname: 'old3', ...state }),
    concat([
      newLink({ ifindex: 4, ifname: 'new4', ...state }),
      newLink({ ifindex: 6, ifname: 'new6', ...state }),
    ]),
    delLink({ ifindex: 6, ifname: 'new6', ...state }),
    // The dump, made before them.
    concat([
      newLink({ ...header, ifindex: 2, ifname: 'old2', ...state }),
      newLink({ ...header, ifindex: 3, ifname: 'old3', ...state }),
      newLink({ ...header, ifindex: 5, ifname: 'old5', ...state }),
    ]),
    newLink({ ...header, ifindex: 6, ifname: 'new6', ...state }),
    doneMessage(header),
  ])
  const monitor = await openLinkMonitor({ socket, timeout: 60_000 })
  const names = [...monitor.links].map(([ifindex, { ifname }]) => [ifindex, ifname])
  assert.equal(names.sort(), [
    [2, 'new2'],
    [4, 'new4'],
    [5, 'old5'],
  ])
  monitor.close()
})

test('an event behind a dump entry, and before NLMSG_DONE, beats it too', async () => {
  const socket = byHand((header) => [
    newLink({ ...header, ifindex: 2, ifname: 'old2', operstate: 6 }),
    newLink({ ...header, ifindex: 3, ifname: 'old3', operstate: 6 }),
    newLink({ ifindex: 2, ifname: 'new2', operstate: 6 }),
    delLink({ ifindex: 3, ifname: 'old3', operstate: 6 }),
    doneMessage(header),
  ])
  const monitor = await openLinkMonitor({ socket, timeout: 60_000 })
  assert.equal(
    [...monitor.links.values()].map(({ ifname }) => ifname),
    ['new2'],
  )
  monitor.close()
})

test('what tells no state does not stand in for a dump entry', async () => {
  const socket = byHand((header) => [
    newLink({ ifindex: 2, ifname: 'wlan2', attributes: [[11, new Uint8Array(8)]] }),
    newLink({ ...header, ifindex: 2, ifname: 'wlan2', operstate: 6, attributes: [[4, 1400]] }),
    doneMessage(header),
  ])
  const monitor = await openLinkMonitor({ socket, timeout: 60_000 })
  assert.equal([monitor.links.get(2)?.operstate, monitor.links.get(2)?.mtu], ['UP', 1400])
  monitor.close()
})

test('the same in a dump after an overrun: nothing that has gone comes back, nothing new goes', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.inject.overrun()
  kernel.inject.overtakeDump(() => {
    kernel.remove(3)
    kernel.add({ ifname: 'late0' })
    kernel.rename(2, 'late1')
  })
  kernel.add({ ifname: 'lost0' })
  await consumer.settled(kernel)
  assert.ok(isEqual(kernel, monitor, consumer))
  assert.equal(consumer.tale, [
    'gap/kernel',
    'removed/kernel',
    'added/kernel',
    'renamed/kernel',
    'added/resync',
    'synced/resync',
  ])
  monitor.close()
})

test('what answers a dump that was given up is no event', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  const header = { seq: 1, pid: kernel.portId, flags: NLM_F_MULTI }
  kernel.push(newLink({ ...header, ifindex: 2, ifname: 'stale', operstate: 6 }))
  kernel.change(3, { mtu: 1400 })
  await until(() => consumer.count('changed') === 1, 'the event behind it')
  assert.equal(consumer.tale, ['changed/kernel'])
  assert.ok(isEqual(kernel, monitor, consumer))
  monitor.close()
})

// --- events ------------------------------------------------------------------------------------------

test('iterating gives what is present, synced, and then each event as it happens', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'lo', type: 772 }, { ifname: 'eth0' }] })
  const { monitor, consumer } = await opened(kernel)
  const ifindex = kernel.add({ ifname: 'eth1', address: '02:42:ac:11:00:02' })
  kernel.change(ifindex, { mtu: 9000, altnames: ['lan'] })
  kernel.rename(ifindex, 'lan0')
  kernel.remove(ifindex)
  await until(() => consumer.count('removed') === 1, 'the removal')
  const [lo, eth0, synced, ...live] = consumer.events
  assert.is(lo?.type === 'present' && lo.link.ifname, 'lo')
  assert.is(eth0?.type === 'present' && eth0.origin, 'dump')
  assert.equal(synced, { type: 'synced', origin: 'dump', links: 2 })
  const [added, changed, renamed, removed] = live
  assert.is(live.length, 4)
  assert.ok(live.every(({ origin }) => origin === 'kernel'))
  assert.is(added?.type === 'added' && added.link.address, '02:42:ac:11:00:02')
  assert.is(added?.type === 'added' && added.record.mtu, 1500)
  if (changed?.type !== 'changed') throw new Error(`expected changed, got ${changed?.type}`)
  assert.equal(changed.fields, ['mtu', 'altnames'])
  assert.is(changed.before.mtu, 1500)
  assert.equal(changed.before.altnames, [])
  assert.is(changed.link.mtu, 9000)
  if (renamed?.type !== 'renamed') throw new Error(`expected renamed, got ${renamed?.type}`)
  assert.equal([renamed.from, renamed.to, renamed.before.ifname], ['eth1', 'lan0', 'eth1'])
  assert.is(renamed.link.mtu, 9000)
  assert.is(removed?.type === 'removed' && removed.link.ifname, 'lan0')
  monitor.close()
})

test('an event that changes nothing is not told', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.change(2, {})
  kernel.change(2, { mtu: 1400 })
  await until(() => consumer.count('changed') > 0, 'the change')
  assert.equal(consumer.tale, ['changed/kernel'])
  assert.is(monitor.stats.events, 2)
  monitor.close()
})

test('a link re-created with another ifindex is removed and added', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.remove(2)
  kernel.add({ ifname: 'eth2' })
  await until(() => consumer.count('added') === 1, 'the new link')
  assert.equal(consumer.tale, ['removed/kernel', 'added/kernel'])
  monitor.close()
})

for (const [what, fields] of Object.entries({
  'another kind': { kind: 'veth' },
  'another permanent address': { permAddress: '02:00:00:00:99:99' },
  'a smaller carrier counter': { carrierUpCount: 0 },
})) {
  test(`a link re-created unseen with the same ifindex is found by ${what}`, async () => {
    const kernel = fakeKernel({ links: [{ kind: 'dummy', permAddress: '02:00:00:00:00:07' }] })
    const { monitor, consumer } = await opened(kernel)
    kernel.inject.overrun()
    kernel.remove(1)
    kernel.add({ ifindex: 1, kind: 'dummy', permAddress: '02:00:00:00:00:07', ...fields })
    await consumer.settled(kernel)
    assert.equal(consumer.tale, ['gap/kernel', 'removed/resync', 'added/resync', 'synced/resync'])
    monitor.close()
  })
}

test('a re-created link that cannot be told apart is a change, or nothing', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const { monitor, consumer } = await opened(kernel)
  kernel.inject.overrun()
  kernel.remove(1)
  kernel.add({ ifindex: 1, mtu: 1400 })
  await consumer.settled(kernel)
  assert.equal(consumer.tale, ['gap/kernel', 'changed/resync', 'synced/resync'])
  monitor.close()
})

test('AF_BRIDGE messages of a port are no events', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.tellPort(5)
  kernel.tellPort(5, RTM_DELLINK)
  kernel.change(5, { master: undefined })
  await until(() => consumer.count('changed') === 1, 'the port to leave')
  assert.equal(consumer.tale, ['changed/kernel'])
  assert.is(monitor.stats.events, 1)
  assert.is(monitor.links.get(5)?.master, undefined)
  monitor.close()
})

test('a message that tells no state leaves the rest of the link as it was', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'wlan0', altnames: ['wifi'] }] })
  const { monitor, consumer } = await opened(kernel)
  const wireless = { ifindex: 1, ifname: 'wlan0', linkFlags: 0x11043 }
  kernel.push(newLink({ ...wireless, attributes: [[11, new Uint8Array(8)]] }))
  kernel.change(1, { mtu: 1400 })
  await until(() => consumer.count('changed') > 0, 'the change')
  assert.equal(consumer.tale, ['changed/kernel'])
  assert.ok(isEqual(kernel, monitor, consumer))
  monitor.close()
})

test('links is a live map, found in by name, altname, ifindex and MAC', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'eth0', altnames: ['wan'] }, { ifname: 'wan2' }] })
  const monitor = await open(kernel)
  const { links } = monitor
  for (const ref of ['eth0', 'wan', 1, '02:00:00:00:00:01', '02:00:00:00:00:01'.toUpperCase()]) {
    assert.is(links.find(ref)?.ifindex, 1, String(ref))
  }
  for (const ref of ['eth', '', 9, '02:00:00:00:00:99']) assert.is(links.find(ref), undefined)
  // As it seems while the event is lost that took the altname from link 1.
  kernel.push(newLink({ ifindex: 2, ifname: 'wan', operstate: OPER_UP }))
  await until(() => links.get(2)?.ifname === 'wan', 'the rename')
  assert.is(links.find('wan')?.ifindex, 2, 'a name comes before an altname')
  assert.is(links.size, 2)
  assert.equal([...links.keys()], [1, 2])
  monitor.close()
})

// --- gaps --------------------------------------------------------------------------------------------

test('an overrun: one gap, the differences, then synced', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.change(2, { mtu: 1400 })
  kernel.inject.overrun(3)
  kernel.add({ ifname: 'lost0' })
  kernel.remove(3)
  kernel.rename(2, 'lost1')
  kernel.change(4, { mtu: 1300 })
  await consumer.settled(kernel)
  assert.is(consumer.tale[0], 'gap/kernel')
  assert.is(consumer.tale[1], 'changed/kernel', 'what was queued still counts')
  assert.equal(consumer.tale.slice(2).sort(), [
    'added/resync',
    'changed/resync',
    'removed/resync',
    'renamed/resync',
    'synced/resync',
  ])
  assert.is(consumer.tale.at(-1), 'synced/resync')
  assert.ok(isEqual(kernel, monitor, consumer))
  assert.is(monitor.stats.gaps, 1)
  monitor.close()
})

test('a burst of overruns is one gap; dumps come at once and then at most one a second', async () => {
  const kernel = busyKernel()
  const clock = new VirtualClock()
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const consumer = new Consumer(monitor)
  const dumpedAt: number[] = []
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    dumpedAt.push(clock.now())
    send(request)
  }
  for (let seed = 1; clock.now() < 2300; seed++) {
    kernel.inject.overrun(2)
    churn(kernel, seed, 10)
    await pass(clock, 10)
  }
  await pass(clock, 1000)
  await consumer.settled(kernel)
  assert.ok(isEqual(kernel, monitor, consumer))
  assert.equal(dumpedAt, [0, 1000, 2000, 3000])
  const { overruns, gaps } = monitor.stats
  assert.ok(overruns > 20 && gaps <= dumpedAt.length, `${gaps} gaps of ${overruns} overruns`)
  assert.is(consumer.count('gap'), gaps)
  monitor.close()
})

test('an iteration that begins in a gap is told of the gap, and synced after it', async () => {
  const kernel = busyKernel()
  const monitor = await open(kernel)
  kernel.inject.busyDumps(3)
  kernel.inject.overrun()
  kernel.add({ ifname: 'lost0' })
  await until(() => monitor.stats.gaps === 1, 'the gap')
  const consumer = new Consumer(monitor)
  await consumer.settled(kernel)
  const types = consumer.events.map(({ type }) => type)
  assert.equal(types.slice(-3), ['gap', 'added', 'synced'])
  assert.ok(isEqual(kernel, monitor, consumer))
  monitor.close()
})

test('an overrun that leaves nothing queued is made up for as well', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.inject.failRecv(-105)
  await until(() => consumer.count('gap') === 1, 'the gap')
  await consumer.settled(kernel)
  assert.equal(consumer.tale, ['gap/kernel', 'synced/resync'])
  monitor.close()
})

test('resync() asks again, and tells what no event told', async () => {
  const kernel = busyKernel()
  const { monitor, consumer } = await opened(kernel)
  const link = kernel.links.get(2)
  if (link) link.altnames = ['silent']
  await monitor.resync({ timeout: 60_000 })
  assert.equal(monitor.links.get(2)?.altnames, ['silent'])
  await until(() => consumer.tale.length === 2, 'two events')
  assert.equal(consumer.tale, ['changed/resync', 'synced/resync'])
  monitor.close()
  const { dumps } = kernel
  const error = (await rejection(monitor.resync())) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOCKET_CLOSED')
  assert.is(kernel.dumps, dumps, 'nothing is asked by a closed monitor')
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test('a dump whose answer is lost is asked for again', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'eth0' }] })
  let requests = 0
  const socket = {
    framing: 'datagram' as const,
    portId: kernel.portId,
    get isEmpty() {
      return kernel.isEmpty
    },
    recv: (options?: WaitOptions) => kernel.recv(options),
    send: (request: Uint8Array) => {
      if (requests++ > 0) kernel.send(request)
    },
  }
  const clock = new VirtualClock()
  const monitor = await passUntil(clock, openLinkMonitor({ socket, clock }))
  assert.is(monitor.links.size, 1)
  assert.is(monitor.stats.dumps, 2)
  monitor.close()
})

test.run()
