// Links that the monitor asks for again, one by one, as an event said too little about them; and when it takes a dump instead.

import {
  decodeMessages,
  IFLA_LINKINFO,
  IFLA_MTU,
  NetlinkError,
  openLinkMonitor,
  RTM_DELLINK,
} from 'netlink-wasm'
import {
  attribute,
  errorMessage,
  type FakeKernel,
  fakeKernel,
  newLink,
  VirtualClock,
} from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Consumer, until } from '../support/monitor.ts'
import { passUntil } from '../support/virtual-time.ts'

const timeout = 60_000

async function opened(kernel: FakeKernel, clock?: VirtualClock) {
  const monitor = await openLinkMonitor({ socket: kernel, timeout, clock })
  return { monitor, consumer: new Consumer(monitor) }
}

/** The event of a veth that says nothing of its peer. */
const unpaired = (ifindex: number, mtu: number) => {
  const kind = attribute(IFLA_INFO_KIND, 'veth')
  return newLink({
    ifindex,
    ifname: `v${ifindex}`,
    attributes: [[IFLA_MTU, mtu], attribute(IFLA_LINKINFO, [kind])],
  })
}
const IFLA_INFO_KIND = 1

test('a veth that was announced before its peer existed gets its `link`', async () => {
  const kernel = fakeKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.inject.mangleEvents(1, () => unpaired(2, 1500))
  kernel.add({ ifindex: 2, kind: 'veth', link: 3 })
  kernel.add({ ifindex: 3, kind: 'veth', ifname: 'v3', link: 2 })
  await until(() => monitor.links.get(2)?.link === 'v3', 'the name of the peer')
  assert.equal([kernel.dumps, monitor.stats.dumps], [1, 1])
  assert.equal(consumer.records.get(2)?.link, 3, 'by its events')
  monitor.close()
})

test('an event of a known veth without `link` is asked about', async () => {
  const pair = [
    { ifindex: 2, kind: 'veth', link: 3 },
    { ifindex: 3, kind: 'veth', link: 2 },
  ]
  const kernel = fakeKernel({ links: pair })
  const { monitor } = await opened(kernel)
  kernel.push(unpaired(2, 1400))
  await until(() => kernel.asked === 1, 'the request')
  await until(() => monitor.links.get(2)?.mtu === 1500, 'what the kernel has')
  assert.is(monitor.links.get(2)?.link, 'eth3')
  assert.equal([kernel.asked, monitor.stats.asked, kernel.dumps], [1, 1, 1])
  monitor.close()
})

test('the links above a removed one are asked for: it may live on in another namespace', async () => {
  const links = [{ ifindex: 2 }, { ifindex: 3, link: 2 }, { ifindex: 4, link: 2 }, { ifindex: 5 }]
  const kernel = fakeKernel({ links })
  const { monitor } = await opened(kernel)
  // Without an event, as for the peer of a veth that is moved away.
  kernel.inject.mangleEvents(1, () => new Uint8Array())
  kernel.change(3, { linkNetnsid: 7 })
  kernel.remove(2)
  await until(() => monitor.links.get(3)?.link_netnsid === 7, 'the id of the namespace')
  await until(() => kernel.asked === 2, 'both links to be asked for')
  assert.equal([monitor.stats.asked, kernel.dumps], [2, 1])
  monitor.close()
})

test('what lies on a link that comes back under another ifindex is asked for', async () => {
  const links = [
    { ifindex: 3, kind: 'macvlan', link: 2, linkNetnsid: 7 },
    { ifindex: 4, kind: 'veth', link: 9, linkNetnsid: 7 },
  ]
  const kernel = fakeKernel({ links })
  const { monitor } = await opened(kernel)
  // The kernel says nothing of the macvlan, when its link returns.
  kernel.inject.mangleEvents(1, () => new Uint8Array())
  kernel.change(3, { link: 5, linkNetnsid: undefined })
  kernel.add({ ifindex: 5, ifname: 'eth0' })
  await until(() => monitor.links.get(3)?.link === 'eth0', 'its new link')
  assert.equal([monitor.links.get(3)?.link_netnsid, kernel.asked], [undefined, 1])
  monitor.close()
})

test('a message of a bridge about its port is a hint to read the port and the bridge', async () => {
  const kernel = fakeKernel({
    links: [
      { ifindex: 2, kind: 'bridge' },
      { ifindex: 3, master: 2 },
    ],
  })
  const { monitor, consumer } = await opened(kernel)
  kernel.inject.mangleEvents(1, () => new Uint8Array())
  kernel.change(3, { mtu: 1234 })
  kernel.tellPort(3)
  await until(() => consumer.count('changed') === 1, 'the change that no event told')
  assert.equal(consumer.tale, ['changed/kernel'])
  assert.equal([monitor.links.get(3)?.mtu, kernel.asked, kernel.dumps], [1234, 2, 1])
  kernel.tellPort(3, RTM_DELLINK)
  await until(() => kernel.asked === 4, 'both to be asked for again')
  monitor.close()
})

test('a tun is asked for again once its owner can have been set', async () => {
  const kernel = fakeKernel()
  const clock = new VirtualClock()
  const { monitor } = await opened(kernel, clock)
  kernel.add({ ifindex: 2, kind: 'tun' })
  await until(() => kernel.asked === 1, 'the first request')
  kernel.inject.mangleEvents(1, () => new Uint8Array())
  kernel.change(2, { mtu: 1234 })
  await passUntil(
    clock,
    until(() => kernel.asked === 2, 'the second request'),
  )
  await until(() => monitor.links.get(2)?.mtu === 1234, 'what was set later')
  monitor.close()
})

test('answers are no hints: a veth that has no peer is asked for once an event', async () => {
  const kernel = fakeKernel()
  const { monitor, consumer } = await opened(kernel)
  kernel.add({ ifindex: 2, kind: 'veth' })
  kernel.change(2, { mtu: 1400 })
  kernel.change(2, { mtu: 1300 })
  kernel.add({ ifindex: 9 })
  await until(() => consumer.count('added') === 2 && kernel.asked > 0, 'the events')
  await until(() => kernel.isEmpty, 'the answers')
  assert.ok(kernel.asked <= 3, `asked ${kernel.asked} times`)
  assert.is(monitor.stats.events, 4)
  monitor.close()
})

test('a link that is gone before it is asked for is no fault', async () => {
  const kernel = fakeKernel({ links: [{ ifindex: 2 }, { ifindex: 3, link: 2 }] })
  const { monitor, consumer } = await opened(kernel)
  kernel.tellPort(3)
  // Its removal is queued behind the refusal.
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    kernel.remove(3)
    send(request)
  }
  await until(() => consumer.count('removed') === 1 && kernel.isEmpty, 'the removal')
  const { errors, dumps, gaps } = monitor.stats
  assert.equal({ errors, dumps, gaps }, { errors: 0, dumps: 1, gaps: 0 })
  monitor.close()
})

test('a refusal ends in a dump', async () => {
  const kernel = fakeKernel({ links: [{ ifindex: 2 }] })
  const send = kernel.send.bind(kernel)
  const { monitor, consumer } = await opened(kernel)
  // As a kernel that has run out of memory.
  kernel.send = (request) => {
    kernel.send = send
    const { seq } = decodeMessages(request)[0]?.header ?? {}
    kernel.push(errorMessage({ errno: -12, seq: seq as number, pid: kernel.portId }, request))
  }
  kernel.tellPort(2)
  await until(() => consumer.count('synced') === 2, 'a dump')
  assert.equal([kernel.dumps, monitor.stats.gaps, monitor.stats.errors], [2, 0, 0])
  monitor.close()
})

test('a request that cannot be written ends in a dump', async () => {
  const kernel = fakeKernel({ links: [{ ifindex: 2 }] })
  const send = kernel.send.bind(kernel)
  const { monitor, consumer } = await opened(kernel)
  kernel.send = () => {
    kernel.send = send
    throw new NetlinkError('ERR_NETLINK_SOCKET', 'expected to write, got errno 105')
  }
  kernel.tellPort(2)
  await until(() => consumer.count('synced') === 2, 'a dump')
  assert.equal([kernel.dumps, monitor.stats.gaps], [2, 0])
  monitor.close()
})

test('a storm of hints is one dump a second, not a thousand requests', async () => {
  const links = Array.from({ length: 1001 }, (_, n) => ({ ifindex: n + 1, link: n > 0 ? 1 : 0 }))
  const kernel = fakeKernel({ links })
  const clock = new VirtualClock()
  const { monitor, consumer } = await opened(kernel, clock)
  kernel.remove(1)
  await until(() => kernel.dumps === 2, 'a dump')
  await consumer.settled(kernel)
  assert.equal([kernel.asked, monitor.stats.asked, kernel.dumps], [0, 0, 2])
  monitor.close()
})

test.run()
