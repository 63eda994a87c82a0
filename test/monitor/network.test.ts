// The network monitor on a fake kernel with the silences, overruns and refusals of a real one: in the end its tables are
// the kernel's, and its events, applied to what was present, give its tables.

import { type NetworkEvent, type NetworkMonitor, openNetworkMonitor } from 'netlink-wasm'
import { type FakeKernel, fakeKernel, message, newRoute } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../support/monitor.ts'

const timeout = 60_000
const UP = 0x11043
const DOWN = UP & ~0x10041
const RTPROT_RA = 9
const RTAX_HOPLIMIT = 10

function twoLinks(): FakeKernel {
  const kernel = fakeKernel({ links: [{ ifname: 'eth0' }, { ifname: 'eth1' }] })
  const { network } = kernel
  network.addAddress(1, '192.0.2.7/24')
  network.addAddress(2, '198.51.100.7/24')
  network.addRoute({ to: '192.0.2.0/24', dev: 1, src: '192.0.2.7' })
  network.addRoute({ to: 'default', via: '192.0.2.1', dev: 1 })
  network.addRoute({ to: '203.0.113.0/24', via: '198.51.100.1', dev: 2, table: 77 })
  network.addRoute({ to: '2001:db8::/32', via: 'fe80::1', dev: 2 })
  return kernel
}

/** What an iteration alone says. */
class Follower {
  readonly known = new Map<string, NetworkEvent>()
  readonly events: NetworkEvent[] = []

  constructor(network: NetworkMonitor) {
    this.#follow(network).catch((error) => this.events.push(error))
  }

  async #follow(network: NetworkMonitor): Promise<void> {
    for await (const event of network) this.take(event)
  }

  take(event: NetworkEvent): void {
    this.events.push(event)
    if (!('object' in event) || event.object === 'link') return
    const id = `${event.object} ${event.key}`
    if (event.type === 'removed') this.known.delete(id)
    else this.known.set(id, event)
  }

  get tale(): string[] {
    return this.events.map((event) =>
      'object' in event ? `${event.type} ${event.object}` : event.type,
    )
  }
}

function known(network: NetworkMonitor): string[] {
  const { addresses: address, routes: route, neighbours: neighbour, rules: rule } = network
  return Object.entries({ address, route, neighbour, rule })
    .flatMap(([name, table]) => Array.from(table.keys(), (key) => `${name} ${key}`))
    .sort()
}

const routesOf = (network: NetworkMonitor) =>
  Array.from(network.routes.values(), ({ dst, table }) => `${dst} ${table}`).sort()

/** Waits until the tables have as many objects as the kernel, and holds that the events say the same. */
async function settle(
  network: NetworkMonitor,
  kernel: FakeKernel,
  follower: Follower,
): Promise<void> {
  const { addresses, routes, neighbours, rules } = kernel.network
  await until(
    () =>
      network.addresses.size === addresses.length &&
      network.routes.size === routes.length &&
      network.neighbours.size === neighbours.length &&
      network.rules.size === rules.length,
    `the tables to be the kernel's: ${routesOf(network)}`,
  )
  await until(
    () => `${[...follower.known.keys()].sort()}` === `${known(network)}`,
    'the events to say so',
  )
}

async function open(kernel: FakeKernel, isFollowed = true): Promise<[NetworkMonitor, Follower]> {
  const network = await openNetworkMonitor({
    socket: kernel,
    neighbours: true,
    rules: true,
    timeout,
  })
  const follower = isFollowed ? new Follower(network) : (undefined as never)
  if (isFollowed) await until(() => follower.tale.at(-1) === 'synced', 'synced')
  return [network, follower]
}

test('opening reads everything, in the names of iproute2', async () => {
  const [network, follower] = await open(twoLinks())
  assert.equal(
    [...network.addresses.values()].map(({ dev, local }) => `${dev} ${local}`),
    ['eth0 192.0.2.7', 'eth1 198.51.100.7'],
  )
  assert.equal(routesOf(network), [
    '192.0.2.0/24 main',
    '2001:db8::/32 main',
    '203.0.113.0/24 77',
    'default main',
  ])
  const route = network.routes.find(({ dst }) => dst === 'default')
  assert.is(route?.gateway, '192.0.2.1')
  assert.is(route?.dev, 'eth0')
  for (const [key, one] of network.routes) {
    assert.equal(network.routes.get(key), one)
    assert.ok(network.routes.has(key))
    assert.is(network.routes.record(key)?.type, 1)
  }
  assert.not(network.routes.has('00') || network.routes.has('no key') || network.routes.has(''))
  assert.is(follower.tale.filter((one) => one === 'present route').length, 4)
  network.close()
})

test('a link that goes down takes its IPv4 routes with it, in silence', async () => {
  const kernel = twoLinks()
  const [network, follower] = await open(kernel)
  kernel.change(1, { flags: DOWN })
  await settle(network, kernel, follower)
  assert.equal(routesOf(network), ['2001:db8::/32 main', '203.0.113.0/24 77'])
  network.close()
})

test('routes that an address takes with it, of its link and of others', async () => {
  const kernel = twoLinks()
  kernel.network.addRoute({ to: '10.0.0.0/8', via: '198.51.100.1', dev: 2, src: '192.0.2.7' })
  const [network, follower] = await open(kernel)
  kernel.network.removeAddress(1, '192.0.2.7/24')
  await settle(network, kernel, follower)
  assert.equal(routesOf(network), ['2001:db8::/32 main', '203.0.113.0/24 77'])
  network.close()
})

test('a next hop object that goes takes its routes with it', async () => {
  const kernel = twoLinks()
  const fields = {
    to: '10.0.0.0/8',
    via: '192.0.2.1',
    dev: 1,
    table: 1000,
    record: { nexthopId: 5 },
  }
  kernel.network.addRoute(fields)
  const [network, follower] = await open(kernel)
  kernel.network.removeRoute(fields, { isSilent: true })
  // RTM_DELNEXTHOP.
  const nexthop = newRoute({}, { type: 105 })
  kernel.push(nexthop)
  await settle(network, kernel, follower)
  network.close()
})

test('what a router advertises, and the kernel sets afterwards in silence', async () => {
  const kernel = twoLinks()
  const [network, follower] = await open(kernel)
  const hopLimit = () => network.routes.find(({ protocol }) => protocol === 'ra')?.metrics
  const set = (limit: number) => {
    const route = kernel.network.routes.find(({ protocol }) => protocol === RTPROT_RA)
    Object.assign(route ?? {}, { metrics: { [RTAX_HOPLIMIT]: limit } })
  }
  const record = { protocol: RTPROT_RA }
  kernel.network.addRoute({ to: '2001:db8:ff::/64', via: 'fe80::1', dev: 2, record })
  set(64)
  await until(() => hopLimit()?.[0]?.hoplimit === 64, 'what was set after the announcement')
  set(32)
  // RTM_NEWPREFIX: a prefix was advertised on link 2.
  const prefixmsg = new Uint8Array(new Int32Array([10, 2, 0]).buffer)
  kernel.push(message({ type: 52 }, prefixmsg))
  await until(() => hopLimit()?.[0]?.hoplimit === 32, 'what was advertised later')
  await settle(network, kernel, follower)
  network.close()
})

test('a link-local address is known while it is tentative, though nobody says so', async () => {
  const kernel = twoLinks()
  kernel.change(1, { flags: DOWN })
  const [network] = await open(kernel)
  kernel.network.addAddress(1, 'fe80::1/64')
  kernel.change(1, { flags: UP })
  const wait = network.waitForAddress({ family: 'inet6', usable: false, timeout })
  assert.is((await wait).tentative, true)
  const usable = network.waitForAddress({ family: 'inet6', link: 'eth0', timeout })
  kernel.network.finishDad(1, 'fe80::1/64')
  assert.is((await usable).local, 'fe80::1')
  network.close()
})

test('what a route shows of its link is read from the link: no event of a route', async () => {
  const kernel = twoLinks()
  const [network, follower] = await open(kernel)
  const before = follower.events.length
  kernel.rename(1, 'lan0')
  kernel.setCarrier(1, false)
  await until(() => network.links.get(1)?.operstate === 'DOWN', 'the carrier to be lost')
  const route = network.routes.find(({ dst }) => dst === 'default')
  assert.is(route?.dev, 'lan0')
  assert.equal(route?.flags, ['linkdown'])
  await until(() => follower.events.length >= before + 2, 'events')
  assert.equal(new Set(follower.tale.slice(before)), new Set(['renamed link', 'changed link']))
  network.close()
})

for (const [name, fault] of Object.entries<(kernel: FakeKernel) => void>({
  'events are lost': (kernel) => kernel.inject.overrun(3),
  'dumps are interrupted': (kernel) => {
    kernel.inject.overrun(3)
    kernel.inject.interruptDumps(3)
  },
  'dumps are refused with EBUSY': (kernel) => {
    kernel.inject.overrun(3)
    kernel.inject.busyDumps(3)
  },
  'a dump is overtaken by events': (kernel) => {
    kernel.inject.overrun(1)
    for (let n = 0; n < 9; n++) {
      kernel.inject.overtakeDump(() => {
        kernel.network.removeRoute({ to: `10.${n}.0.0/16` })
        kernel.network.addRoute({ to: `10.${n}.0.0/16`, via: '192.0.2.2', dev: 1 })
        kernel.network.addRoute({ to: `10.${n + 100}.0.0/16`, via: '192.0.2.1', dev: 1 })
      })
    }
  },
  'a dump is cut': (kernel) => {
    kernel.inject.overrun(2)
    kernel.inject.mangleDumps(2, (datagram) => datagram.slice(0, datagram.length - 8))
  },
})) {
  test(`${name}: in the end all is as the kernel has it`, async () => {
    const kernel = twoLinks()
    for (let n = 0; n < 9; n++) {
      kernel.network.addRoute({ to: `10.${n}.0.0/16`, via: '192.0.2.1', dev: 1 })
    }
    const [network, follower] = await open(kernel)
    fault(kernel)
    kernel.network.addRoute({ to: '172.16.0.0/12', via: '192.0.2.1', dev: 1 })
    kernel.network.removeRoute({ to: 'default' })
    kernel.network.removeAddress(2, '198.51.100.7/24')
    await until(() => follower.tale.includes('gap'), 'a gap')
    await until(() => follower.tale.at(-1) === 'synced', 'the gap to be made up for')
    await settle(network, kernel, follower)
    const wanted = kernel.network.routes.map(({ gateway, dst }) => `${gateway} ${dst}`).sort()
    const mine = Array.from(network.routes.keys(), (key) => network.routes.record(key))
    assert.equal(mine.map((one) => `${one?.gateway} ${one?.dst}`).sort(), wanted)
    network.close()
  })
}

test('a kernel without strict dumps: correct, and said in stats', async () => {
  const kernel = twoLinks()
  kernel.network.isStrict = false
  const [network, follower] = await open(kernel)
  kernel.change(1, { flags: DOWN })
  await settle(network, kernel, follower)
  assert.is(network.stats.isStrict, false)
  network.close()
})

test('a slow consumer gets the differences, and they give the tables', async () => {
  const kernel = twoLinks()
  const [network] = await open(kernel, false)
  const iterator = network[Symbol.asyncIterator]()
  const follower = new Follower({
    [Symbol.asyncIterator]: () => iterator,
  } as unknown as NetworkMonitor)
  await until(() => follower.tale.at(-1) === 'synced', 'synced')
  const slow = network[Symbol.asyncIterator]()
  const seen = new Follower({ [Symbol.asyncIterator]: async function* () {} } as never)
  for (;;) {
    const { value } = await slow.next()
    if (value) seen.take(value)
    if (value?.type === 'synced') break
  }
  for (let n = 0; n < 3000; n++) {
    kernel.network.addRoute({ to: `10.${n >> 8}.${n & 255}.0/24`, via: '192.0.2.1', dev: 1 })
  }
  for (let n = 0; n < 1500; n++) kernel.network.removeRoute({ to: `10.${n >> 8}.${n & 255}.0/24` })
  await settle(network, kernel, follower)
  kernel.end()
  for await (const event of { [Symbol.asyncIterator]: () => slow }) seen.take(event)
  assert.ok(seen.tale.includes('coalesced'))
  assert.ok(
    seen.events.length < 4000,
    `expected fewer events than changes, got ${seen.events.length}`,
  )
  assert.equal([...seen.known.keys()].sort(), known(network))
})

test('neighbours without ARP are left out, but for those that were learnt externally', async () => {
  const kernel = twoLinks()
  const [network] = await open(kernel)
  const [NOARP, EXT_LEARNED, REACHABLE] = [0x40, 0x10, 2]
  const set = (last: number, state: number, flags = 0) =>
    kernel.network.setNeighbour({
      ...{ family: 2, ifindex: 1, dst: Uint8Array.of(192, 0, 2, last), type: 1 },
      ...{ lladdr: Uint8Array.of(2, 0, 0, 0, 0, last), state, flags },
    })
  set(1, NOARP)
  set(2, NOARP, EXT_LEARNED)
  set(3, REACHABLE)
  set(4, REACHABLE)
  set(4, NOARP)
  set(5, REACHABLE)
  await until(() => network.neighbours.find(({ dst }) => dst === '192.0.2.5') !== undefined, 'all')
  assert.equal(Array.from(network.neighbours.values(), ({ dst }) => dst).sort(), [
    '192.0.2.2',
    '192.0.2.3',
    '192.0.2.5',
  ])
  network.close()
})

test('lifetimes that run and neighbours that are probed make no event, unless asked for', async () => {
  for (const everyChange of [false, true]) {
    const kernel = twoLinks()
    const network = await openNetworkMonitor({
      socket: kernel,
      neighbours: true,
      everyChange,
      timeout,
    })
    const follower = new Follower(network)
    const dst = Uint8Array.of(192, 0, 2, 1)
    const lladdr = Uint8Array.of(2, 0, 0, 0, 0, 1)
    const neighbour = { family: 2, ifindex: 1, dst, lladdr, type: 1, flags: 0 }
    kernel.network.setNeighbour({ ...neighbour, state: 2 })
    kernel.network.setNeighbour({ ...neighbour, state: 4 })
    kernel.network.setNeighbour({ ...neighbour, state: 0x10 })
    kernel.network.setNeighbour({ ...neighbour, state: 0x20 })
    await until(() => {
      const [one] = network.neighbours.values()
      return one?.state?.[0] === 'FAILED'
    }, 'the last state')
    await until(() => follower.tale.at(-1) === 'changed neighbour', 'an event')
    const count = follower.tale.filter((one) => one === 'changed neighbour').length
    assert.is(count, everyChange ? 3 : 1)
    network.close()
  }
})

test.run()
