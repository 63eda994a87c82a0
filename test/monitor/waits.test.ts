// Waiting for links to come and go, on a fake kernel: level and edge, through renames and gaps.

import { type Link, OPER_DOWN, openLinkMonitor, RTM_DELLINK } from 'netlink-wasm'
import { fakeKernel, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { until } from '../support/monitor.ts'
import { heard, isSettled, pass, passUntil } from '../support/virtual-time.ts'
import { isPending, MAC1, now, SOON, waits } from '../support/waits.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

// --- attach ------------------------------------------------------------------------------------------

waits('attach: the next link that was not there', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach(SOON)
  kernel.change(1, { mtu: 1400 })
  kernel.rename(2, 'renamed2')
  assert.ok(await isPending(wait, kernel))
  kernel.add({ ifname: 'new0', operstate: OPER_DOWN })
  const link = await wait
  assert.equal([link.ifname, link.operstate], ['new0', 'DOWN'])
})

waits('attach: explicit `except` answers at once for any other link', async ({ monitor }) => {
  const link = (await now(monitor.waitForAttach({ except: ['eth1'] }))) as Link
  assert.is(link.ifname, 'eth2')
  assert.is(((await now(monitor.waitForAttach({ except: [] }))) as Link).ifname, 'eth1')
})

waits('attach: `except` takes any reference, and follows renames', async ({ kernel, monitor }) => {
  for (const ref of ['eth1', 'wan', 1, MAC1]) {
    const wait = monitor.waitForAttach({ except: [ref, 2], ...SOON })
    kernel.rename(1, 'other1')
    assert.ok(await isPending(wait, kernel), `${ref} renamed is no new link`)
    const ifindex = kernel.add()
    assert.is((await wait).ifindex, ifindex)
    kernel.remove(ifindex)
    kernel.rename(1, 'eth1')
    await until(() => monitor.links.size === 2 && !!monitor.links.find('eth1'), 'all as before')
  }
})

waits('attach: a name in `except` counts for links to come, too', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach({ except: ['eth1', 'eth2', 'docker0'], ...SOON })
  const ifindex = kernel.add({ ifname: 'docker0' })
  assert.ok(await isPending(wait, kernel))
  kernel.rename(ifindex, 'ens5')
  assert.is((await wait).ifname, 'ens5', 'it has that name no longer')
})

waits('attach: `match` decides, also when a link changes', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach({ match: ({ mtu }) => mtu === 9000, ...SOON })
  kernel.change(1, { mtu: 9000 })
  const ifindex = kernel.add()
  assert.ok(await isPending(wait, kernel))
  kernel.change(ifindex, { mtu: 9000 })
  assert.is((await wait).ifindex, ifindex)
})

test('attach: `settle` waits for a rename 50 ms after the add', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel()
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const wait = monitor.waitForAttach({ settle: 150 })
  const ifindex = kernel.add({ ifname: 'eth3' })
  await pass(clock, 50)
  kernel.rename(ifindex, 'enp3s0')
  await pass(clock, 149)
  assert.not.ok(await isSettled(wait))
  await pass(clock, 1)
  assert.is((await wait).ifname, 'enp3s0')
  const unsettled = monitor.waitForAttach(SOON)
  kernel.add({ ifname: 'eth4' })
  assert.is((await unsettled).ifname, 'eth4', 'without it, the first name')
  monitor.close()
})

test('attach: what goes while it settles is not reported', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel()
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const wait = monitor.waitForAttach({ settle: 40 })
  const first = kernel.add({ ifname: 'gone0' })
  await pass(clock, 10)
  kernel.remove(first)
  await pass(clock, 70)
  kernel.add({ ifname: 'stays0' })
  await pass(clock, 40)
  assert.is((await wait).ifname, 'stays0')
  monitor.close()
})

test('attach: `settle` starts anew for a link that goes and comes again', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  let isMet = false
  const wait = monitor.waitForAttach({ settle: 100 }).then((link) => {
    isMet = true
    return link
  })
  kernel.add({ ifindex: 9, ifname: 'eth9' })
  await pass(clock, 60)
  kernel.remove(9)
  await pass(clock, 20)
  kernel.add({ ifindex: 9, ifname: 'eth9' })
  await pass(clock, 99)
  assert.is(isMet, false)
  await pass(clock, 1)
  assert.is(isMet, true)
  assert.is((await wait).ifindex, 9)
  monitor.close()
})

test('attach: `settle` starts anew for one that comes again within one datagram, and after a gap', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const recreated = [
    () => {
      kernel.remove(9)
      kernel.add({ ifindex: 9, ifname: 'eth9' })
    },
    () => {
      kernel.inject.overrun(2)
      kernel.remove(9)
      kernel.add({ ifindex: 9, ifname: 'eth9', kind: 'veth' })
    },
  ]
  for (const recreate of recreated) {
    const started = clock.now()
    const wait = monitor.waitForAttach({ settle: 100 })
    kernel.add({ ifindex: 9, ifname: 'eth9' })
    await pass(clock, 60)
    recreate()
    await passUntil(clock, wait)
    assert.is(clock.now() - started, 160)
    kernel.remove(9)
    await pass(clock, 2000)
  }
  monitor.close()
})

test('attach: while one link settles, another that is re-created under its ifindex counts', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const wait = monitor.waitForAttach({ settle: 100 })
  kernel.add({ ifindex: 9, ifname: 'eth9' })
  await pass(clock, 10)
  kernel.remove(1)
  kernel.add({ ifindex: 1, ifname: 'eth1' })
  await pass(clock, 10)
  kernel.remove(9)
  assert.is((await passUntil(clock, wait)).ifindex, 1)
  monitor.close()
})

waits('attach: `settle` ends with the timeout or the signal', async ({ kernel, monitor }) => {
  const late = rejection(monitor.waitForAttach({ settle: 5000, timeout: 50 }))
  const signal = AbortSignal.timeout(50)
  const aborted = rejection(monitor.waitForAttach({ settle: 5000, signal }))
  kernel.add()
  assert.is((await late).name, 'TimeoutError')
  assert.is(await aborted, signal.reason, 'a signal that times out is no quiet time')
})

waits('attach: a re-created link is a new one', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach(SOON)
  kernel.remove(1)
  kernel.add({ ifname: 'eth1' })
  assert.is((await wait).ifindex, 3)
})

waits('attach: found although its event was lost', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach(SOON)
  kernel.inject.overrun()
  kernel.add({ ifname: 'lost0' })
  assert.is((await wait).ifname, 'lost0')
})

waits('attach: re-created unseen with the same ifindex', async ({ kernel, monitor }) => {
  const wait = monitor.waitForAttach(SOON)
  kernel.inject.overrun()
  kernel.remove(1)
  kernel.add({ ifindex: 1, ifname: 'eth1', kind: 'veth' })
  assert.is((await wait).linkinfo?.info_kind, 'veth')
})

// --- detach ------------------------------------------------------------------------------------------

waits(
  'detach: by name, altname, ifindex and MAC, through a rename',
  async ({ kernel, monitor }) => {
    const byRef = ['eth1', 'wan', 1, MAC1].map((ref) => monitor.waitForDetach(ref, SOON))
    kernel.rename(1, 'renamed1')
    kernel.change(1, { altnames: [], address: '02:99:00:00:00:00' })
    kernel.add({ ifname: 'eth1' })
    kernel.remove(2)
    for (const wait of byRef) assert.ok(await isPending(wait, kernel))
    kernel.remove(1)
    for (const wait of byRef) assert.is((await wait)?.ifname, 'renamed1')
  },
)

waits('detach: without a ref, the next removal', async ({ kernel, monitor }) => {
  const wait = monitor.waitForDetach(null, SOON)
  kernel.add()
  kernel.remove(2)
  assert.is((await wait)?.ifname, 'eth2')
})

waits('detach: of an unknown link, at once', async ({ monitor }) => {
  assert.is(await now(monitor.waitForDetach('eth9')), undefined)
  assert.is(await now(monitor.waitForDetach(9)), undefined)
})

waits('detach: in a gap an unknown link may be there', async ({ kernel, monitor }) => {
  kernel.inject.busyDumps(3)
  kernel.inject.overrun()
  const ifindex = kernel.add({ ifname: 'lost0' })
  await until(() => monitor.stats.gaps === 1, 'the gap')
  const known = monitor.waitForDetach('lost0', SOON)
  const unknown = monitor.waitForDetach('none0', SOON)
  assert.is(await now(known), 'later')
  assert.is(await unknown, undefined, 'the dump has shown it')
  assert.ok(await isPending(known, kernel))
  kernel.remove(ifindex)
  assert.is((await known)?.ifname, 'lost0')
})

waits('detach: a re-created name does not hide the removal', async ({ kernel, monitor }) => {
  const wait = monitor.waitForDetach('eth1', SOON)
  kernel.remove(1)
  kernel.add({ ifname: 'eth1' })
  assert.is((await wait)?.ifindex, 1)
  await until(() => monitor.links.size === 2, 'the new link')
  const lost = monitor.waitForDetach('eth1', SOON)
  kernel.inject.overrun()
  kernel.remove(3)
  kernel.add({ ifname: 'eth1' })
  assert.is((await lost)?.ifindex, 3, 'nor when both events were lost')
})

waits('detach: a bridge port that leaves has not gone', async ({ kernel, monitor }) => {
  const wait = monitor.waitForDetach('eth1', SOON)
  kernel.tellPort(1, RTM_DELLINK)
  assert.ok(await isPending(wait, kernel))
  kernel.remove(1)
  assert.is((await wait)?.ifindex, 1)
})

waits('detach: nobody else may say so', async ({ kernel, monitor }) => {
  const wait = monitor.waitForDetach('eth1', SOON)
  kernel.inject.foreign(kernel.links.get(1) ? new Uint8Array(32) : new Uint8Array(0))
  assert.ok(await isPending(wait, kernel))
  assert.is(monitor.stats.foreign, 1)
})

waits('detach: found although its event was lost', async ({ kernel, monitor }) => {
  const wait = monitor.waitForDetach('wan', SOON)
  kernel.inject.overrun()
  kernel.remove(1)
  assert.is((await wait)?.ifname, 'eth1')
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test.run()
