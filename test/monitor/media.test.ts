// Waiting for media switches, operstates and predicates, on a fake kernel: level and edge, through renames and gaps.

import {
  type Link,
  OPER_DORMANT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_UP,
  openLinkMonitor,
} from 'netlink-wasm'
import { fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { until } from '../support/monitor.ts'
import { heard } from '../support/virtual-time.ts'
import { isPending, MAC1, now, SOON, waits } from '../support/waits.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

// --- media switch ------------------------------------------------------------------------------------

for (const [state, name] of [
  [OPER_DOWN, 'DOWN'],
  [OPER_LOWERLAYERDOWN, 'LOWERLAYERDOWN'],
  [OPER_NOTPRESENT, 'NOTPRESENT'],
] as const) {
  waits(`media: UP left for ${name}, then UP, through a rename`, async ({ kernel, monitor }) => {
    const wait = monitor.waitForMediaSwitch('eth1', SOON)
    kernel.change(1, { mtu: 1400 })
    kernel.change(1, { operstate: state })
    kernel.rename(1, 'renamed1')
    assert.ok(await isPending(wait, kernel))
    kernel.change(1, { operstate: OPER_UP })
    const link = await wait
    assert.equal([link.ifname, link.operstate], ['renamed1', 'UP'])
  })
}

waits('media: DORMANT is no loss', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch(MAC1, SOON)
  kernel.change(1, { operstate: OPER_DORMANT })
  kernel.change(1, { operstate: OPER_UP })
  assert.ok(await isPending(wait, kernel))
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  await wait
})

waits('media: a link that is down has lost it already', async ({ kernel, monitor }) => {
  kernel.setCarrier(1, false)
  await until(() => monitor.links.get(1)?.operstate === 'DOWN', 'the loss')
  const wait = monitor.waitForMediaSwitch('wan', SOON)
  assert.ok(await isPending(wait, kernel))
  kernel.setCarrier(1, true)
  assert.is((await wait).operstate, 'UP')
})

waits('media: found by the carrier counters, both events lost', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch('eth1', SOON)
  kernel.inject.overrun()
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  assert.is((await wait).carrier_down_count, 1)
})

waits(
  'media: found by the carrier counters, in one coalesced event',
  async ({ kernel, monitor }) => {
    const wait = monitor.waitForMediaSwitch(1, SOON)
    kernel.change(1, { carrierUpCount: 2 })
    assert.ok(await isPending(wait, kernel), 'one counter is not enough')
    kernel.change(1, { carrierDownCount: 1 })
    await wait
  },
)

waits('media: the loss seen, the return lost', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch('eth1', SOON)
  kernel.setCarrier(1, false)
  await until(() => monitor.links.get(1)?.operstate === 'DOWN', 'the loss')
  kernel.inject.overrun()
  kernel.setCarrier(1, true)
  assert.is((await wait).operstate, 'UP')
})

waits('media: an unknown link is waited for', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch('eth9', SOON)
  const ifindex = kernel.add({ ifname: 'eth9' })
  assert.ok(await isPending(wait, kernel))
  kernel.setCarrier(ifindex, false)
  kernel.setCarrier(ifindex, true)
  assert.is((await wait).ifindex, ifindex)
})

waits('media: a new link of that name starts anew', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch('eth1', SOON)
  kernel.setCarrier(1, false)
  kernel.remove(1)
  const ifindex = kernel.add({ ifname: 'eth1', carrierUpCount: 9, carrierDownCount: 9 })
  assert.ok(await isPending(wait, kernel), 'it is another link, and was never down')
  kernel.setCarrier(ifindex, false)
  kernel.setCarrier(ifindex, true)
  assert.is((await wait).ifindex, ifindex)
})

waits('media: a stranger that takes the name is not followed', async ({ kernel, monitor }) => {
  const wait = monitor.waitForMediaSwitch('eth1', SOON)
  kernel.rename(1, 'old1')
  kernel.rename(2, 'eth1')
  kernel.setCarrier(2, false)
  kernel.setCarrier(2, true)
  assert.ok(await isPending(wait, kernel))
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  assert.is((await wait).ifname, 'old1')
})

// --- operstate and predicate -------------------------------------------------------------------------

waits('operstate: at once where it holds', async ({ monitor }) => {
  for (const ref of ['eth1', 'wan', 1, MAC1]) {
    const link = (await now(monitor.waitForOperState(ref, 'UP'))) as Link
    assert.is(link.ifindex, 1)
  }
})

waits('operstate: any of several, through a rename', async ({ kernel, monitor }) => {
  const wait = monitor.waitForOperState('eth1', ['DOWN', 'DORMANT'], SOON)
  kernel.rename(1, 'renamed1')
  assert.ok(await isPending(wait, kernel))
  kernel.change(1, { operstate: OPER_DORMANT })
  assert.equal([(await wait).ifname, (await wait).operstate], ['renamed1', 'DORMANT'])
  const error = await rejection(monitor.waitForOperState(1, 'SIDEWAYS' as 'UP'))
  assert.instance(error, RangeError)
})

waits('operstate: a state that passed is seen, though it is over', async ({ kernel, monitor }) => {
  const wait = monitor.waitForOperState('eth1', 'DOWN', SOON)
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  assert.is((await wait).ifindex, 1)
})

waits('operstate: an unknown link, and a lost event', async ({ kernel, monitor }) => {
  const wait = monitor.waitForOperState('eth9', 'UP', SOON)
  const ifindex = kernel.add({ ifname: 'eth9', operstate: OPER_DOWN })
  assert.ok(await isPending(wait, kernel))
  kernel.inject.overrun()
  kernel.change(ifindex, { operstate: OPER_UP })
  assert.is((await wait).operstate, 'UP')
})

waits('waitFor: at once, and by the other links', async ({ kernel, monitor }) => {
  assert.is(((await now(monitor.waitFor(({ mtu }) => mtu === 1500))) as Link).ifindex, 1)
  const wait = monitor.waitFor((_, links) => links.size === 3, SOON)
  assert.ok(await isPending(wait, kernel))
  kernel.add()
  await wait
  const error = await rejection(monitor.waitFor(undefined as never))
  assert.instance(error, TypeError)
})

test('waitFor: looks at what changed, and at all links at the start and after a gap', async () => {
  const kernel = fakeKernel({ links: Array.from({ length: 300 }, () => ({})) })
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  const looked: number[] = []
  const wait = monitor.waitFor(({ ifindex, mtu }) => {
    looked.push(ifindex)
    return mtu === 9000
  }, SOON)
  assert.is(looked.splice(0).length, 300, 'all at the start')
  for (let n = 0; n < 150; n++) kernel.change(1 + n, { mtu: 1400 })
  await until(() => monitor.links.get(150)?.mtu === 1400, 'the last event')
  assert.equal(
    looked.splice(0),
    Array.from({ length: 150 }, (_, n) => 1 + n),
  )
  kernel.change(7, {})
  kernel.remove(300)
  kernel.add({ ifname: 'new0' })
  await until(() => monitor.links.has(301), 'the new link')
  assert.equal(looked.splice(0), [301], 'neither one that is as it was nor one that has gone')
  kernel.inject.overrun()
  kernel.change(200, { mtu: 1401 })
  await until(() => monitor.stats.dumps === 2 && monitor.links.get(200)?.mtu === 1401, 'a resync')
  assert.equal(looked.splice(0), [200, ...monitor.links.keys()], 'all after a gap')
  kernel.change(250, { mtu: 9000 })
  assert.is((await wait).ifindex, 250)
  assert.equal(looked, [250])
  monitor.close()
})

waits(
  'waitFor: a name or state that others show is a change of theirs',
  async ({ kernel, monitor }) => {
    const port = kernel.add({ ifname: 'port0', master: 2 })
    const lower = kernel.add({ ifname: 'vlan0', link: 2 })
    await until(() => monitor.links.has(lower), 'both')
    const byMaster = monitor.waitFor(({ master }) => master === 'br0', SOON)
    const byLink = monitor.waitFor(({ link }) => link === 'br0', SOON)
    kernel.rename(2, 'br0')
    assert.is((await byMaster).ifindex, port)
    assert.is((await byLink).ifindex, lower)
    const byState = monitor.waitFor(({ flags }) => flags.includes('M-DOWN'), SOON)
    kernel.change(2, { flags: 0x1002 })
    assert.is((await byState).ifindex, lower)
  },
)

test('waits for an address that no link has do not look through all links for every event', async () => {
  const kernel = fakeKernel({ links: Array.from({ length: 300 }, () => ({})) })
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  const nobody = '02:99:00:00:00:00'
  const ended = [
    monitor.waitForAttach({ except: [nobody], match: () => false }),
    monitor.waitForOperState(nobody, 'UP'),
    monitor.waitForMediaSwitch(nobody),
  ].map(rejection)
  const entries = Map.prototype[Symbol.iterator]
  let walks = 0
  Map.prototype[Symbol.iterator] = function () {
    if (this.size >= 300) walks++
    return entries.call(this)
  }
  try {
    for (let n = 0; n < 100; n++) kernel.change(1, { mtu: 1400 + n })
    await until(() => monitor.links.get(1)?.mtu === 1499, 'the last event')
  } finally {
    Map.prototype[Symbol.iterator] = entries
  }
  assert.is(walks, 0)
  monitor.close()
  await Promise.all(ended)
})

waits('what a predicate throws ends its wait, and no other', async ({ kernel, monitor }) => {
  let calls = 0
  const thrown = rejection(
    monitor.waitFor(() => {
      if (calls++ > 1) throw new Error('mine')
      return false
    }, SOON),
  )
  const other = monitor.waitForAttach(SOON)
  kernel.add()
  assert.is((await thrown).message, 'mine')
  await other
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test.run()
