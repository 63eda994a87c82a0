// The waits of a network monitor, and the questions that need none, on a fake kernel: at once where it is so already,
// after an event otherwise; and what a timeout says is missing.

import {
  defaultGateway,
  type NetworkMonitor,
  networkInterfaces,
  openNetworkMonitor,
  routeTo,
} from 'netlink-wasm'
import { type FakeKernel, fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../support/monitor.ts'

const timeout = 60_000
const UP = 0x11043
const DOWN = UP & ~0x10041

async function open(): Promise<[NetworkMonitor, FakeKernel]> {
  const kernel = fakeKernel({ links: [{ ifname: 'eth0' }, { ifname: 'eth1' }] })
  return [await openNetworkMonitor({ socket: kernel, timeout }), kernel]
}

/** What a wait is rejected with. */
async function rejection(wait: Promise<unknown>): Promise<Error & { code?: unknown }> {
  try {
    await wait
  } catch (error) {
    return error as Error
  }
  throw new Error('expected the wait to be rejected')
}

async function said(wait: Promise<unknown>): Promise<string> {
  const { name, message } = await rejection(wait)
  assert.is(name, 'TimeoutError')
  return message
}

test('an address: at once, when it comes, and once it is usable', async () => {
  const [network, kernel] = await open()
  const later = network.waitForAddress({ link: 'eth1', timeout })
  kernel.network.addAddress(1, '192.0.2.7/24')
  assert.is((await network.waitForAddress({ timeout })).local, '192.0.2.7')
  kernel.network.addAddress(2, '2001:db8::7/64')
  kernel.network.addAddress(2, '198.51.100.7/24')
  assert.is((await later).local, '198.51.100.7')
  const inet6 = network.waitForAddress({ link: 'eth1', family: 'inet6', timeout })
  kernel.network.finishDad(2, '2001:db8::7/64')
  assert.equal((await inet6).tentative, undefined)
  const within = { within: '198.51.0.0/16', scope: 'global', timeout }
  assert.is((await network.waitForAddress(within)).dev, 'eth1')
  network.close()
})

test('an address that another host has rejects the wait for that very one, and no other', async () => {
  const [network, kernel] = await open()
  kernel.network.addAddress(1, '2001:db8::7/64')
  const very = rejection(network.waitForAddress({ within: '2001:db8::7', timeout }))
  const any = network.waitForAddress({ within: '2001:db8::/32', timeout })
  kernel.network.finishDad(1, '2001:db8::7/64', true)
  const { code, message } = await very
  assert.is(code, 'ERR_NETLINK_DAD_FAILED')
  assert.match(message, '2001:db8::7/64 of eth0')
  kernel.network.addAddress(1, '2001:db8::8/64', { isTentative: false })
  assert.is((await any).local, '2001:db8::8')
  network.close()
})

test('timeouts say what is there, and what is missing', async () => {
  const [network, kernel] = await open()
  kernel.network.addAddress(1, '2001:db8::7/64')
  kernel.change(2, { flags: DOWN })
  await network.waitForAddress({ usable: false, timeout })
  const soon = { timeout: 10 }
  assert.is(
    await said(network.waitForAddress({ ...soon })),
    'the wait for an address timed out: eth0 has 2001:db8::7/64 (tentative); eth1 (down) has no address',
  )
  assert.match(
    await said(network.waitForAddress({ link: 'eth9', ...soon })),
    'there is no link eth9',
  )
  assert.is(
    await said(network.waitForRoute({ to: 'default', ...soon })),
    'the wait for a route to default timed out: no route to default; default: none',
  )
  const online = await said(network.waitOnline({ links: ['eth0'], ...soon }))
  assert.is(
    online,
    'the wait to be online timed out: eth0 has 2001:db8::7/64 (tentative); no default route of inet; no default route of inet6',
  )
  kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: 2 })
  assert.match(
    await said(network.waitForRoute({ to: 'default', ...soon })),
    'via 192.0.2.1 dev eth1 (dead, linkdown)',
  )
  network.close()
})

test('a route: the default one, exactly a prefix, and the one that a packet takes', async () => {
  const [network, kernel] = await open()
  const fallback = network.waitForRoute({ to: 'default', timeout })
  const exact = network.waitForRoute({ to: '10.0.0.0/8', timeout })
  const packet = network.waitForRoute({ to: '10.1.2.3', link: 'eth1', timeout })
  kernel.network.addRoute({ to: '10.0.0.0/9', via: '192.0.2.1', dev: 1 })
  kernel.network.addRoute({ to: '10.0.0.0/8', via: '192.0.2.1', dev: 1, metric: 5 })
  assert.is((await exact).metric, 5)
  kernel.network.addRoute({ to: '10.1.0.0/16', via: '198.51.100.1', dev: 2 })
  assert.is((await packet).gateway, '198.51.100.1')
  kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: 1 })
  assert.is((await fallback).dev, 'eth0')
  const other = network.waitForRoute({ to: '10.0.0.0/8', table: 77, timeout })
  kernel.network.addRoute({ to: '10.0.0.0/8', via: '192.0.2.1', dev: 1, table: 77 })
  assert.is((await other).table, '77')
  network.close()
})

test('a default route counts again when its link has a carrier again', async () => {
  const [network, kernel] = await open()
  kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: 1 })
  await network.waitForRoute({ to: 'default', timeout })
  kernel.setCarrier(1, false)
  await until(() => network.links.get(1)?.operstate === 'DOWN', 'the carrier to be lost')
  await said(network.waitForRoute({ to: 'default', timeout: 10 }))
  const wait = network.waitForRoute({ to: 'default', timeout })
  kernel.setCarrier(1, true)
  assert.equal((await wait).flags, [])
  network.close()
})

test('online: an address and a default route of one family, or of all that are given', async () => {
  const [network, kernel] = await open()
  const any = network.waitOnline({ timeout })
  const both = network.waitOnline({ families: ['inet', 'inet6'], timeout })
  const without = network.waitOnline({ gateway: false, links: ['eth1'], timeout })
  kernel.network.addAddress(1, '192.0.2.7/24')
  kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: 1 })
  const [one] = await any
  assert.equal([one?.family, one?.link.ifname, one?.address.local], ['inet', 'eth0', '192.0.2.7'])
  assert.is(one?.route?.gateway, '192.0.2.1')
  kernel.network.addAddress(2, '2001:db8::7/64')
  kernel.network.finishDad(2, '2001:db8::7/64')
  assert.is((await without)[0]?.route, undefined)
  kernel.network.addRoute({ to: 'default', via: 'fe80::1', dev: 2 })
  assert.equal(
    (await both).map(({ family }) => family),
    ['inet', 'inet6'],
  )
  network.close()
})

test('waits end with their signal, and with the monitor', async () => {
  const [network] = await open()
  const controller = new AbortController()
  const aborted = rejection(network.waitForAddress({ signal: controller.signal }))
  const closed = rejection(network.waitOnline())
  controller.abort(new Error('enough'))
  assert.is((await aborted).message, 'enough')
  network.close()
  assert.is((await closed).code, 'ERR_NETLINK_SOCKET_CLOSED')
  assert.is((await rejection(network.waitForAddress())).code, 'ERR_NETLINK_SOCKET_CLOSED')
})

test('wrong arguments are named', async () => {
  const [network] = await open()
  const refused: [Promise<unknown>, RegExp][] = [
    [
      network.waitForAddress({ family: 'ipx' as never }),
      /^expected family to be 'inet' or 'inet6', got 'ipx'/,
    ],
    [
      network.waitForAddress({ within: '192.0.2.0/33' }),
      /^expected within to be an address or a prefix/,
    ],
    [network.waitForAddress({ link: '' }), /cannot be empty/],
    [network.waitForRoute({} as never), /^expected to to be an address or a prefix, got undefined/],
    [
      network.waitForRoute({ to: 'default', table: 0 }),
      /^expected table to be a number of a table, got 0/,
    ],
    [network.waitOnline({ families: 'inet' as never }), /^expected families to be/],
    [routeTo('nowhere'), /^expected address to be an IPv4 or IPv6 address, got 'nowhere'/],
    [routeTo('192.0.2.1', { mark: -1 }), /^expected mark to be a 32-bit number, got -1/],
    [defaultGateway('ipx' as never), /^expected family to be/],
  ]
  for (const [wait, words] of refused) {
    const error = await rejection(wait)
    assert.ok(error instanceof TypeError || error instanceof RangeError, `${error}`)
    assert.match(error.message, words)
  }
  network.close()
  const links = await openNetworkMonitor({
    socket: fakeKernel(),
    addresses: false,
    routes: false,
    timeout,
  })
  assert.match((await rejection(links.waitForAddress())).message, 'keeps addresses')
  assert.match((await rejection(links.waitForRoute({ to: 'default' }))).message, 'keeps routes')
  links.close()
})

test('questions are answered without a monitor', async () => {
  const ask = () => {
    const kernel = fakeKernel({ links: [{ ifname: 'eth0' }, { ifname: 'eth1', flags: DOWN }] })
    kernel.network.addAddress(1, '192.0.2.7/25')
    kernel.network.addAddress(1, 'fe80::1/64')
    kernel.network.addRoute({ to: 'default', via: '192.0.2.9', dev: 1, metric: 20 })
    kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: 1, metric: 10 })
    kernel.network.addRoute({ to: '10.0.0.0/8', via: '192.0.2.2', dev: 1 })
    return { socket: kernel, timeout }
  }
  assert.is((await routeTo('10.1.1.1', ask()))?.gateway, '192.0.2.2')
  assert.is(await routeTo('2001:db8::1', ask()), undefined)
  assert.is((await defaultGateway('inet', ask()))?.gateway, '192.0.2.1')
  assert.is(await defaultGateway('inet6', ask()), undefined)
  const found = await networkInterfaces(ask())
  assert.equal(Object.keys(found), ['eth0', 'eth1'])
  assert.equal(found.eth1, [])
  assert.equal(found.eth0?.[0], {
    address: '192.0.2.7',
    netmask: '255.255.255.128',
    family: 'IPv4',
    mac: '02:00:00:00:00:01',
    internal: false,
    cidr: '192.0.2.7/25',
  })
  assert.is(found.eth0?.[1]?.scopeid, 1)
})

test.run()
