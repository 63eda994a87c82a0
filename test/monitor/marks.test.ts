// Waits that begin at a mark in the past, on a fake kernel: nothing that came between two waits is lost.

import { type Link, type NetlinkError, OPER_DOWN, OPER_UP, openLinkMonitor } from 'netlink-wasm'
import { fakeKernel, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { until } from '../support/monitor.ts'
import { pass, passUntil } from '../support/virtual-time.ts'
import { isPending, MAC1, type Machine, type Monitor, now, SOON, waits } from '../support/waits.ts'

/** Resolves once the monitor has read everything that the kernel has sent. */
async function read({ kernel }: Machine): Promise<void> {
  await until(() => kernel.isEmpty, 'the kernel to be heard')
  await new Promise<void>((resolve) => setImmediate(resolve))
}

/** `detach`, then `attach`, as agents write it. */
async function provisioned(monitor: Monitor): Promise<[gone: Link | undefined, nic: Link]> {
  const since = monitor.mark()
  const gone = await monitor.waitForDetach(undefined, { since, ...SOON })
  return [gone, await monitor.waitForAttach({ since, ...SOON })]
}

// --- attach ------------------------------------------------------------------------------------------

waits('a NIC that comes between waitForDetach() and waitForAttach() is not lost', async (it) => {
  const { kernel, monitor } = it
  const flow = provisioned(monitor)
  kernel.remove(2)
  kernel.add({ ifname: 'new0' })
  const [gone, nic] = await flow
  assert.equal([gone?.ifname, nic.ifname], ['eth2', 'new0'])
})

waits('nor one that comes under the ifindex of the old one', async ({ kernel, monitor }) => {
  const flow = provisioned(monitor)
  kernel.remove(2)
  kernel.add({ ifindex: 2, ifname: 'eth2' })
  const [gone, nic] = await flow
  assert.equal([gone?.ifindex, nic.ifindex], [2, 2])
})

waits('nor one that comes while the agent does something else', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(2)
  kernel.add({ ifindex: 2, ifname: 'eth2' })
  await read(it)
  const gone = (await now(monitor.waitForDetach('eth2', { since }))) as Link
  const nic = (await now(monitor.waitForAttach({ since }))) as Link
  assert.equal([gone.ifindex, nic.ifindex], [2, 2])
  assert.is(await now(monitor.waitForAttach({ since: monitor.mark(), ...SOON })), 'later')
})

waits('attach since a mark: only a link that is still present', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(kernel.add({ ifname: 'gone0' }))
  kernel.rename(1, 'renamed1')
  await read(it)
  const wait = monitor.waitForAttach({ since, ...SOON })
  assert.ok(await isPending(wait, kernel))
  kernel.add({ ifname: 'stays0' })
  assert.is((await wait).ifname, 'stays0')
})

waits('attach since a mark: with `except` and `match`', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  const first = kernel.add({ ifname: 'first0' })
  const second = kernel.add({ ifname: 'second0', mtu: 9000 })
  await read(it)
  const attached = async (options: object) =>
    ((await now(monitor.waitForAttach({ since, ...options }))) as Link).ifindex
  assert.is(await attached({}), first)
  assert.is(await attached({ except: [first] }), second)
  assert.is(await attached({ except: ['first0', 1] }), second)
  assert.is(await attached({ match: ({ mtu }: Link) => mtu === 9000 }), second)
  const none = monitor.waitForAttach({ since, except: [first, second], ...SOON })
  assert.ok(await isPending(none, kernel))
  const third = kernel.add()
  assert.is((await none).ifindex, third)
})

waits('attach since a mark: marks follow one another', async (it) => {
  const { kernel, monitor } = it
  const marks = [monitor.mark()]
  for (const ifname of ['a0', 'b0', 'c0']) {
    kernel.add({ ifname })
    await read(it)
    marks.push(monitor.mark())
  }
  assert.equal(
    [...marks].sort((a, b) => a - b),
    marks,
  )
  const names = []
  for (const since of marks.slice(0, 3))
    names.push(((await now(monitor.waitForAttach({ since }))) as Link).ifname)
  assert.equal(names, ['a0', 'b0', 'c0'])
})

test('attach since a mark: `settle` still waits for the name', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const since = monitor.mark()
  const ifindex = kernel.add({ ifname: 'eth7' })
  await pass(clock, 10)
  const started = clock.now()
  const wait = monitor.waitForAttach({ since, settle: 100, timeout: 60_000 })
  await pass(clock, 50)
  kernel.rename(ifindex, 'enp7s0')
  assert.is((await passUntil(clock, wait)).ifname, 'enp7s0')
  assert.is(clock.now() - started, 150)
  monitor.close()
})

waits('attach since a mark: found although its event was lost', async ({ kernel, monitor }) => {
  const since = monitor.mark()
  kernel.inject.overrun()
  kernel.remove(2)
  kernel.add({ ifindex: 2, ifname: 'eth2', kind: 'veth' })
  await until(() => monitor.stats.dumps === 2, 'the resync')
  const nic = await monitor.waitForAttach({ since, ...SOON })
  assert.is(nic.linkinfo?.info_kind, 'veth')
})

// --- detach ------------------------------------------------------------------------------------------

waits('detach since a mark: by what the link was called then or later', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.rename(1, 'between1')
  kernel.change(1, { altnames: [], address: '02:99:00:00:00:00' })
  kernel.rename(1, 'last1')
  kernel.remove(1)
  kernel.add({ ifname: 'eth1' })
  await read(it)
  for (const ref of ['eth1', 'wan', 1, MAC1, 'between1', '02:99:00:00:00:00', 'last1']) {
    const gone = (await now(monitor.waitForDetach(ref, { since }))) as Link
    assert.equal([gone?.ifname, gone?.ifindex], ['last1', 1], `${ref}`)
  }
  const later = monitor.waitForDetach('eth1', { since: monitor.mark(), ...SOON })
  assert.ok(await isPending(later, kernel), 'the new eth1 is there')
  kernel.remove(3)
  assert.is((await later)?.ifindex, 3)
})

waits('detach since a mark: a link that came and went', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(kernel.add({ ifname: 'short0' }))
  await read(it)
  assert.is(((await now(monitor.waitForDetach('short0', { since }))) as Link).ifname, 'short0')
  assert.is(await now(monitor.waitForDetach('none0', { since })), undefined)
  assert.is(await now(monitor.waitForDetach('short0')), undefined)
})

waits('detach since a mark: the first one, or one that `match` accepts', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(2)
  kernel.remove(1)
  await read(it)
  const gone = async (options: object) =>
    ((await now(monitor.waitForDetach(null, { since, ...options }))) as Link).ifindex
  assert.is(await gone({}), 2)
  assert.is(await gone({ match: ({ altnames }: Link) => altnames.includes('wan') }), 1)
})

// --- media -------------------------------------------------------------------------------------------

waits('media since a mark: a switch that nobody waited for', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  kernel.rename(1, 'renamed1')
  await read(it)
  for (const ref of ['eth1', 'wan', 1, MAC1]) {
    const link = (await now(monitor.waitForMediaSwitch(ref, { since }))) as Link
    assert.equal([link.ifname, link.operstate], ['eth1', 'UP'], `${ref}: as it was then`)
  }
  assert.is(await now(monitor.waitForMediaSwitch(2, { since, ...SOON })), 'later')
  assert.is(await now(monitor.waitForMediaSwitch(1, SOON)), 'later')
})

waits('media since a mark: lost then, back now', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.setCarrier(1, false)
  await read(it)
  const wait = monitor.waitForMediaSwitch('eth1', { since, from: 'up', ...SOON })
  assert.ok(await isPending(wait, kernel))
  kernel.setCarrier(1, true)
  assert.is((await wait).ifindex, 1)
})

waits('media since a mark: of the link that has the ifindex now', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(2)
  kernel.add({ ifindex: 2, ifname: 'new0', operstate: OPER_DOWN })
  kernel.change(2, { operstate: OPER_UP })
  await read(it)
  const link = (await now(monitor.waitForMediaSwitch(2, { since }))) as Link
  assert.is(link.ifname, 'new0')
})

waits('media since a mark: of a link that has gone', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  kernel.remove(1)
  await read(it)
  for (const [ref, gone] of [
    [1, undefined],
    ['eth1', 'reject'],
  ] as const) {
    const error = await rejection(monitor.waitForMediaSwitch(ref, { since, gone, ...SOON }))
    assert.is((error as NetlinkError).code, 'ERR_NETLINK_GONE')
  }
  assert.is(await now(monitor.waitForMediaSwitch('eth1', { since, ...SOON })), 'later')
})

// --- what is no mark ---------------------------------------------------------------------------------

waits('a mark that is too old: detach and media reject, attach still knows', async (it) => {
  const { kernel, monitor } = it
  const since = monitor.mark()
  const nic = kernel.add({ ifname: 'new0' })
  for (let n = 0; n < 10_000; n++) kernel.change(1, { mtu: 1400 + n })
  await until(() => monitor.links.get(1)?.mtu === 11_399, 'the last event')
  for (const wait of [
    monitor.waitForDetach('eth1', { since }),
    monitor.waitForDetach(null, { since }),
    monitor.waitForMediaSwitch('eth1', { since }),
  ]) {
    const error = (await rejection(wait)) as NetlinkError
    assert.is(error.code, 'ERR_NETLINK_GAP')
    assert.match(error.message, /expected a mark of the last 4096 events, from \d+ to 10001, got 0/)
  }
  assert.is(((await now(monitor.waitForAttach({ since }))) as Link).ifindex, nic)
})

waits('what is no mark is refused by name', async ({ monitor }) => {
  const starts = [
    (since: unknown) => monitor.waitForAttach({ since: since as number }),
    (since: unknown) => monitor.waitForDetach('eth1', { since: since as number }),
    (since: unknown) => monitor.waitForMediaSwitch('eth1', { since: since as number }),
  ]
  for (const start of starts) {
    const none = await rejection(start(0))
    assert.instance(none, RangeError)
    assert.match(none.message, /since/)
  }
  monitor.mark()
  for (const start of starts) {
    for (const wrong of [-1, 0.5, Number.NaN, 1e9]) {
      const error = await rejection(start(wrong))
      assert.instance(error, RangeError)
      assert.ok(error.message.includes('since') && error.message.includes(`${wrong}`))
    }
    for (const wrong of ['0', null, {}]) {
      const error = await rejection(start(wrong))
      assert.instance(error, TypeError)
      assert.match(error.message, /since/)
    }
  }
})

waits(
  'a mark can be taken of a closed monitor, and the end of a recording keeps it',
  async (it) => {
    const { kernel, monitor } = it
    const since = monitor.mark()
    kernel.remove(2)
    kernel.add({ ifname: 'new0' })
    kernel.end()
    await until(() => monitor.links.size === 2 && kernel.isEmpty, 'the end')
    assert.is((await monitor.waitForDetach('eth2', { since }))?.ifindex, 2)
    assert.is((await monitor.waitForAttach({ since })).ifname, 'new0')
    monitor.close()
    assert.is(monitor.mark(), since + 2)
  },
)

test.run()
