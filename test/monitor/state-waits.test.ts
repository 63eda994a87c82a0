// Waiting for the state of a link, on a fake kernel: a link that goes meanwhile, the carrier, an address of several links.

import { type Link, type NetlinkError, OPER_DOWN, OPER_UNKNOWN, OPER_UP } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { until } from '../support/monitor.ts'
import { isPending, MAC1, type Monitor, now, SOON, waits } from '../support/waits.ts'

type Start = (monitor: Monitor, ref: string | number, options: object) => Promise<Link>

const EVERY: [name: string, start: Start][] = [
  ['operstate', (monitor, ref, options) => monitor.waitForOperState(ref, 'DORMANT', options)],
  ['media', (monitor, ref, options) => monitor.waitForMediaSwitch(ref, options)],
  ['carrier', (monitor, ref, options) => monitor.waitForCarrier(ref, options)],
]

/** A link without a carrier, for which each of these waits is pending. */
const WITHOUT = {
  ifname: 'nic0',
  altnames: ['nic'],
  flags: 0x1003,
  operstate: OPER_DOWN,
  carrier: 0,
}

// --- gone --------------------------------------------------------------------------------------------

for (const [name, start] of EVERY) {
  waits(`${name}: a link that is removed rejects by ifindex`, async ({ kernel, monitor }) => {
    const ifindex = kernel.add(WITHOUT)
    await until(() => monitor.links.has(ifindex), 'the link')
    const ended = [ifindex, String(ifindex)].flatMap((ref) =>
      [{}, { gone: 'wait' }].map((options) => rejection(start(monitor, ref, options))),
    )
    kernel.remove(ifindex)
    kernel.add({ ...WITHOUT, ifindex })
    for (const error of await Promise.all(ended)) {
      assert.is((error as NetlinkError).code, 'ERR_NETLINK_GONE')
      assert.is(error.message, 'expected the link 3 to stay, got nic0 (ifindex 3) was removed')
    }
  })

  waits(`${name}: an ifindex that no link has rejects at once`, async ({ kernel, monitor }) => {
    const error = (await rejection(start(monitor, 9, {}))) as NetlinkError
    assert.is(error.code, 'ERR_NETLINK_GONE')
    kernel.inject.busyDumps(3)
    kernel.inject.overrun()
    const ifindex = kernel.add(WITHOUT)
    await until(() => monitor.stats.gaps === 1, 'the gap')
    const hidden = start(monitor, ifindex, SOON)
    const none = rejection(start(monitor, 9, SOON))
    assert.is(await now(hidden), 'later', 'during a gap it may exist')
    assert.is(((await none) as NetlinkError).code, 'ERR_NETLINK_GONE', 'the resync has shown it')
    assert.ok(await isPending(hidden, kernel))
    kernel.remove(ifindex)
    assert.is(((await rejection(hidden)) as NetlinkError).code, 'ERR_NETLINK_GONE')
  })

  waits(`${name}: by name, \`gone\` decides`, async ({ kernel, monitor }) => {
    const ifindex = kernel.add(WITHOUT)
    await until(() => monitor.links.has(ifindex), 'the link')
    for (const ref of ['nic0', 'nic', '02:00:00:00:00:03']) {
      const waiting = start(monitor, ref, SOON)
      const rejecting = start(monitor, ref, { gone: 'reject', ...SOON })
      assert.ok(await isPending(rejecting, kernel))
      kernel.rename(ifindex, 'renamed0')
      assert.ok(await isPending(rejecting, kernel))
      kernel.remove(ifindex)
      const error = (await rejection(rejecting)) as NetlinkError
      assert.equal(
        [error.code, error.message],
        [
          'ERR_NETLINK_GONE',
          `expected the link ${ref} to stay, got renamed0 (ifindex 3) was removed`,
        ],
      )
      assert.ok(await isPending(waiting, kernel))
      kernel.add({ ...WITHOUT, ifindex, operstate: 5 })
      if (name !== 'operstate') kernel.setCarrier(ifindex, false)
      if (name !== 'operstate') kernel.change(ifindex, { operstate: OPER_DOWN })
      if (name !== 'operstate') kernel.setCarrier(ifindex, true)
      assert.is((await waiting).ifname, 'nic0')
      kernel.remove(ifindex)
      kernel.add({ ...WITHOUT, ifindex })
      await until(() => monitor.links.get(ifindex)?.operstate === 'DOWN', 'all as before')
    }
  })

  waits(`${name}: a name that no link has yet is no loss`, async ({ kernel, monitor }) => {
    const wait = start(monitor, 'nic0', { gone: 'reject', ...SOON })
    assert.ok(await isPending(wait, kernel))
    const ifindex = kernel.add(WITHOUT)
    assert.ok(await isPending(wait, kernel))
    kernel.remove(ifindex)
    assert.is(((await rejection(wait)) as NetlinkError).code, 'ERR_NETLINK_GONE')
  })

  waits(`${name}: a link replaced unseen has gone`, async ({ kernel, monitor }) => {
    const ifindex = kernel.add(WITHOUT)
    await until(() => monitor.links.has(ifindex), 'the link')
    const error = rejection(start(monitor, ifindex, SOON))
    kernel.inject.overrun()
    kernel.remove(ifindex)
    kernel.add({ ...WITHOUT, ifindex, kind: 'veth' })
    assert.is(((await error) as NetlinkError).code, 'ERR_NETLINK_GONE')
  })

  waits(`${name}: wrong options are refused by name`, async ({ monitor }) => {
    const wrong: [options: unknown, kind: typeof TypeError, message: RegExp][] = [
      [{ gone: 'stay' }, RangeError, /^expected gone to be 'wait' or 'reject', got 'stay'$/],
      [{ gone: true }, TypeError, /^expected gone to be 'wait' or 'reject', got true$/],
      [{ match: 'eth1' }, TypeError, /^expected match to be a function, got 'eth1'$/],
      [60_000, TypeError, /^expected options to be an object, got 60000$/],
      [{ timeout: -1 }, RangeError, /timeout/],
      [{ signal: {} }, TypeError, /signal/],
    ]
    for (const [options, kind, message] of wrong) {
      const error = await rejection(start(monitor, 'eth1', options as object))
      assert.instance(error, kind)
      assert.match(error.message, message)
    }
    assert.instance(await rejection(start(monitor, '', {})), RangeError)
    assert.instance(await rejection(start(monitor, 0, {})), RangeError)
    assert.instance(await rejection(start(monitor, undefined as never, {})), TypeError)
  })
}

waits('operstate: no states at all are refused, as none would ever come', async ({ monitor }) => {
  const error = await rejection(monitor.waitForOperState('eth1', [], SOON))
  assert.instance(error, RangeError)
  assert.is(error.message, 'expected states to be one or more operstates, got none')
})

waits('detach: wrong options are refused by name', async ({ monitor }) => {
  const match = await rejection(monitor.waitForDetach('eth1', { match: 'eth1' as never }))
  assert.instance(match, TypeError)
  assert.is(match.message, "expected match to be a function, got 'eth1'")
  const options = await rejection(monitor.waitForDetach('eth1', 60_000 as never))
  assert.instance(options, TypeError)
  assert.is(options.message, 'expected options to be an object, got 60000')
})

// --- carrier -----------------------------------------------------------------------------------------

waits('carrier: at once where it is, in any operstate', async ({ kernel, monitor }) => {
  kernel.change(1, { operstate: OPER_UNKNOWN })
  await until(() => monitor.links.get(1)?.operstate === 'UNKNOWN', 'the change')
  const link = (await now(monitor.waitForCarrier('eth1'))) as Link
  assert.equal([link.operstate, link.carrier], ['UNKNOWN', true])
})

waits('carrier: one of a link that is down does not count', async ({ kernel, monitor }) => {
  const ifindex = kernel.add({ ...WITHOUT, flags: 0x1002, carrier: 1 })
  await until(() => monitor.links.get(ifindex)?.carrier === true, 'the link')
  const wait = monitor.waitForCarrier(ifindex, SOON)
  assert.ok(await isPending(wait, kernel))
  kernel.change(ifindex, { flags: 0x11043, operstate: OPER_UNKNOWN })
  assert.is((await wait).operstate, 'UNKNOWN')
})

waits('carrier: a change of it is an event', async ({ kernel, monitor }) => {
  const changed = (async () => {
    for await (const event of monitor) {
      if (event.type === 'changed' && 'link' in event) return event
    }
    return undefined
  })()
  kernel.change(1, { carrier: 0 })
  const event = await changed
  assert.ok(event?.fields.includes('carrier'))
  assert.equal([event?.before.carrier, event?.link.carrier], [true, false])
})

// --- from --------------------------------------------------------------------------------------------

waits("media: from 'up', a link that is down must be up first", async ({ kernel, monitor }) => {
  const ifindex = kernel.add(WITHOUT)
  await until(() => monitor.links.has(ifindex), 'the link')
  const any = monitor.waitForMediaSwitch(ifindex, { from: 'any', ...SOON })
  const up = monitor.waitForMediaSwitch(ifindex, { from: 'up', ...SOON })
  kernel.setCarrier(ifindex, true)
  await any
  assert.ok(await isPending(up, kernel))
  kernel.setCarrier(ifindex, false)
  assert.ok(await isPending(up, kernel))
  kernel.setCarrier(ifindex, true)
  assert.is((await up).operstate, 'UP')
})

waits("media: from 'up', the carrier counters count from there", async ({ kernel, monitor }) => {
  kernel.setCarrier(1, false)
  await until(() => monitor.links.get(1)?.operstate === 'DOWN', 'the loss')
  const wait = monitor.waitForMediaSwitch(1, { from: 'up', ...SOON })
  kernel.setCarrier(1, true)
  assert.ok(await isPending(wait, kernel))
  kernel.inject.overrun()
  kernel.setCarrier(1, false)
  kernel.setCarrier(1, true)
  assert.is((await wait).carrier_down_count, 2)
})

waits('media: a wrong `from` is refused by name', async ({ monitor }) => {
  const range = await rejection(monitor.waitForMediaSwitch(1, { from: 'down' as 'up' }))
  assert.instance(range, RangeError)
  assert.is(range.message, "expected from to be 'any' or 'up', got 'down'")
  assert.instance(await rejection(monitor.waitForMediaSwitch(1, { from: 6 as never })), TypeError)
})

// --- an address of several links ---------------------------------------------------------------------

const BY_REF: [name: string, start: Start][] = [
  ...EVERY,
  ['detach', (monitor, ref, options) => monitor.waitForDetach(ref, options) as Promise<Link>],
]

for (const [name, start] of BY_REF) {
  waits(`${name}: an address of several links is an error that names them`, async (it) => {
    const { kernel, monitor } = it
    const vf = kernel.add({ ...WITHOUT, ifname: 'vf0', address: MAC1 })
    await until(() => monitor.links.has(vf), 'the link')
    const error = await rejection(start(monitor, MAC1.toUpperCase(), SOON))
    assert.instance(error, RangeError)
    assert.is(
      error.message,
      `expected the MAC address of one link, got ${MAC1} of eth1 (ifindex 1), vf0 (ifindex 3): use a name, an ifindex or \`match\``,
    )
    assert.is(monitor.links.find(MAC1)?.ifindex, 1, 'a look-up takes the first')
  })

  waits(`${name}: \`match\` says which of several links is meant`, async ({ kernel, monitor }) => {
    const vf = kernel.add({ ...WITHOUT, ifname: 'vf0', address: MAC1 })
    await until(() => monitor.links.has(vf), 'the link')
    const match = ({ ifname }: Link) => ifname === 'vf0'
    const wait = start(monitor, MAC1, { match, gone: 'reject', ...SOON })
    kernel.rename(vf, 'renamed0')
    kernel.remove(1)
    assert.ok(await isPending(wait, kernel))
    kernel.remove(vf)
    if (name === 'detach') assert.is((await wait).ifname, 'renamed0')
    else assert.is(((await rejection(wait)) as NetlinkError).code, 'ERR_NETLINK_GONE')
  })
}

waits('attach: an address in `except` stands for all links that have it', async (it) => {
  const { kernel, monitor } = it
  const wait = monitor.waitForAttach({ except: [MAC1, 'eth2'], ...SOON })
  kernel.add({ ifname: 'vf0', address: MAC1 })
  assert.ok(await isPending(wait, kernel))
  const ifindex = kernel.add({ ifname: 'new0', operstate: OPER_UP })
  assert.is((await wait).ifindex, ifindex)
})

test.run()
