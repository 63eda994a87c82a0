// Requests to rtnetlink of the real kernel, beside ip and tc that ask it the same.

import { type NetlinkOptions, openNetlink, type RequestAttributes } from 'netlink-wasm'
import type { TreeNode } from 'netlink-wasm/decoder'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Comparison, type Fields, type Links } from '../support/iproute.ts'
import { LINK } from '../support/iproute-links.ts'
import { ADDR, NEIGH, NEXTHOP, ROUTE, RULE } from '../support/iproute-objects.ts'
import { QDISC } from '../support/iproute-tc.ts'
import { ask, dump, type Json, json, limits, run } from './asking.ts'
import { afterwards, ip, ipLinks, live, newSockets, until } from './harness.ts'

/** The answers as messages, for the tables that know where iproute2 has its fields from. */
async function messages(...asked: [string, string, RequestAttributes?]): Promise<TreeNode[]> {
  const [family, operation, attributes = {}] = asked
  const read = ((message: TreeNode) => message) as unknown as NetlinkOptions['read']
  return (await dump(family, operation, attributes, { read })) as unknown as TreeNode[]
}

/** Two veths with addresses, routes, neighbours and rules, all that is told of them settled. */
async function fill(): Promise<void> {
  ip(
    'link set lo up',
    'link add va type veth peer name vb',
    'link add br0 type bridge',
    'link add vx0 type vxlan id 42 dstport 4789 dev va',
    'link set vb master br0',
    ...['va', 'vb', 'br0', 'vx0'].map((name) => `link set ${name} up addrgenmode none`),
    'addr add 192.0.2.1/24 dev va',
    'addr add 192.0.2.2/24 brd 192.0.2.255 dev va label va:1',
    'addr add 2001:db8::1/64 dev va nodad',
    'nexthop add id 7 via 192.0.2.9 dev va',
    'route add 198.51.100.0/24 via 192.0.2.9 metric 7',
    'route add 198.51.100.0/24 nexthop via 192.0.2.9 weight 2 nexthop via 192.0.2.8',
    'route add 203.0.113.0/24 nhid 7',
    'route add blackhole 203.0.113.128/25 table 77',
    'route add 2001:db8:1::/48 via 2001:db8::9',
    'neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev va',
    'neigh add 2001:db8::7 lladdr 02:00:00:00:00:08 dev va',
    'rule add from 10.0.0.0/8 table 77 prio 100',
    'rule add fwmark 0x7 iif va lookup 78 prio 101',
  )
  afterwards(() => {
    ip('rule del prio 100', 'rule del prio 101', 'route flush table 77')
  })
  // Operstates settle in their own time, and lifetimes go by the second.
  const states = () => JSON.stringify(ipLinks().map(({ operstate }) => operstate))
  let last = ''
  await until('operstates to settle', async () => {
    const before = last
    last = states()
    await new Promise((resolve) => setTimeout(resolve, 300))
    return before === last
  })
}

live('dumps of rtnetlink say what ip and tc print, field by field', async () => {
  await fill()
  run('tc', ...'qdisc add dev va root handle 1: htb default 1'.split(' '))
  run('tc', ...'class add dev va parent 1: classid 1:1 htb rate 10mbit'.split(' '))
  run('tc', ...'qdisc add dev va parent 1:1 handle 2: pfifo limit 77'.split(' '))
  const links: Links = new Map(
    ipLinks().map(({ ifindex, ifname, flags }) => {
      const isUp = (flags as string[]).includes('UP')
      return [ifindex as number, { name: ifname as string, isUp }]
    }),
  )
  const ipJson = (...args: string[]) => json('ip', '-j', '-d', ...args)
  const byLink = async (nodes: TreeNode[]) => {
    const index = (node: TreeNode) => node.find('ifaddrmsg/ifa-index')?.value as number
    return [...links.keys()].flatMap((one) => nodes.filter((node) => index(node) === one))
  }
  const pairs: [
    what: string,
    theirs: () => Json[],
    ours: () => Promise<TreeNode[]>,
    fields: Fields,
    least: number,
  ][] = [
    [
      'link',
      () => ipJson('-s', 'link'),
      () => messages('rt-link', 'getlink', { 'ext-mask': ['vf'] }),
      LINK,
      100,
    ],
    [
      'addr',
      () => ipJson('addr').flatMap(({ addr_info }) => addr_info as Json[]),
      async () => byLink(await messages('rt-addr', 'getaddr')),
      ADDR,
      30,
    ],
    ...(['-4', '-6'] as const).flatMap((version): typeof pairs => {
      const family = version === '-4' ? 'inet' : 'inet6'
      return [
        [
          `${version} route`,
          () => ipJson(version, 'route', 'show', 'table', 'all'),
          () => messages('rt-route', 'getroute', { 'rtm-family': family }),
          ROUTE,
          40,
        ],
        [
          `${version} rule`,
          () => ipJson(version, 'rule'),
          () => messages('rt-rule', 'getrule', { family }),
          RULE,
          5,
        ],
      ]
    }),
    [
      'neigh',
      () => ipJson('-s', 'neigh', 'show', 'nud', 'all'),
      () => messages('rt-neigh', 'getneigh'),
      NEIGH,
      10,
    ],
    ['nexthop', () => ipJson('nexthop'), () => messages('rt-route', 'getnexthop'), NEXTHOP, 3],
    [
      'qdisc',
      () => json('tc', '-j', '-s', '-d', 'qdisc', 'show'),
      () => messages('tc', 'getqdisc'),
      QDISC,
      20,
    ],
  ]
  for (const [what, theirs, ours, fields, least] of pairs) {
    let comparison: Comparison
    // A packet may be counted between the two: what differs every time is wrong.
    for (let tries = 1; ; tries++) {
      comparison = new Comparison(what, links)
      comparison.addAll(theirs() as never[], await ours(), fields)
      if (comparison.differing.length === 0 || tries === 5) break
    }
    assert.equal([comparison.differing, [...comparison.unknown]], [[], []], what)
    assert.ok(comparison.fields >= least, `${what}: ${comparison.fields} fields agree`)
    console.log(`  ${what}: ${comparison.fields} fields of ${comparison.objects} objects agree`)
  }
})

live('a strict dump gives one table, and an empty one where there is no such table', async () => {
  await fill()
  const table = async (id: number) =>
    (await dump('rt-route', 'getroute', { 'rtm-family': 'inet', 'rtm-table': id })).map(
      ({ dst }) => dst,
    )
  assert.equal(await table(77), ['203.0.113.128'])
  assert.equal(await table(79), [])
  const wide = { 'rtm-family': 'inet', table: 7900 }
  assert.equal(await dump('rt-route', 'getroute', wide), [])
})

live('getroute answers as `ip route get`', async () => {
  await fill()
  const [theirs] = json('ip', '-j', 'route', 'get', '198.51.100.7')
  const asked = { dst: '198.51.100.7', 'rtm-dst-len': 32 }
  const ours = await ask('rt-route', 'getroute', asked)
  assert.equal([ours?.gateway, ours?.prefsrc], [theirs?.gateway, theirs?.prefsrc])
})

live('a vxlan is made, set up, given an address, and taken away', async () => {
  ip('link add va type veth peer name vb')
  const data = { id: 4711, port: 4789, ttl: 5, local: '192.0.2.1' }
  const vxlan = { ifname: 'vx1', mtu: 1400, linkinfo: { kind: 'vxlan', data } }
  await ask('rt-link', 'newlink', vxlan, ['create', 'excl'])
  const made = await ask('rt-link', 'getlink', { ifname: 'vx1' })
  const index = made?.['ifi-index']
  await ask('rt-link', 'newlink', { 'ifi-index': index, 'ifi-flags': ['up'], 'ifi-change': ['up'] })
  const address = { 'ifa-index': index, 'ifa-prefixlen': 24, local: '10.9.8.7' }
  await ask('rt-addr', 'newaddr', address, ['create', 'excl'])
  const [theirs = {}] = json('ip', '-j', '-d', 'addr', 'show', 'vx1')
  const info = (theirs.linkinfo as Json).info_data as Json
  assert.equal([info.id, info.port, info.ttl, info.local], [4711, 4789, 5, '192.0.2.1'])
  assert.is(theirs.mtu, 1400)
  assert.ok((theirs.flags as unknown as string[]).includes('UP'))
  const [inet] = (theirs.addr_info as Json[]).filter(({ family }) => family === 'inet')
  assert.equal([inet?.local, inet?.prefixlen], ['10.9.8.7', 24])
  await ask('rt-link', 'dellink', { 'ifi-index': index })
  assert.not.ok(ipLinks().some(({ ifname }) => ifname === 'vx1'))
})

live('what a dump gives can be given back', async () => {
  await fill()
  const routes = await dump('rt-route', 'getroute', { 'rtm-family': 'inet', 'rtm-table': 254 })
  assert.ok(routes.length > 3)
  const before = run('ip', '-j', '-d', 'route')
  // The kernel does not take the next hops of a next hop object beside its id, though it gives both.
  const added = routes.filter((one) => one['rtm-protocol'] === 'boot' && !('nh-id' in one))
  assert.ok(added.length >= 2)
  for (const route of added) await ask('rt-route', 'delroute', route)
  assert.is.not(run('ip', '-j', '-d', 'route'), before)
  for (const { flags, 'rtm-flags': _, ...route } of added) {
    await ask('rt-route', 'newroute', route, ['create', 'excl'])
  }
  const sorted = (text: string) =>
    (JSON.parse(text) as Json[]).map((one) => JSON.stringify(one)).sort()
  assert.equal(sorted(run('ip', '-j', '-d', 'route')), sorted(before))
})

live('a rule of a table beyond 255, by either spelling', async () => {
  afterwards(() => ip('rule flush', 'rule add from all lookup main', 'rule add lookup default'))
  const rule = { family: 'inet', action: 'to-tbl', priority: 200, src: '10.1.0.0', 'src-len': 16 }
  const tables = () => json('ip', '-j', 'rule', 'show', 'prio', '200').map(({ table }) => table)
  const dumped = async () => {
    const rules = await dump('rt-rule', 'getrule', { family: 'inet' })
    return rules.filter(({ priority }) => priority === 200)
  }
  for (const table of [{ table: 1000 }, { 'table#15': 1000 }]) {
    await ask('rt-rule', 'newrule', { ...rule, ...table }, ['create', 'excl'])
    assert.equal(tables(), ['1000'])
    const [given = {}, ...others] = await dumped()
    assert.equal([given.table, given['table#15'], others], ['compat', 1000, []])
    // What the kernel says of it takes it away.
    await ask('rt-rule', 'delrule', given)
    assert.equal(await dumped(), [])
  }
  await ask('rt-rule', 'newrule', { ...rule, table: 100 }, ['create', 'excl'])
  assert.equal(tables(), ['100'])
  await ask('rt-rule', 'delrule', { ...rule, table: 100 })
  assert.equal(await dumped(), [])
})

live('a consumer of a dump may ask of each entry, and leaves no socket behind', async () => {
  const links = Array.from({ length: 1000 }, (_, n) => `d${n}`)
  ip(...links.map((name) => `link add ${name} type ifb`))
  afterwards(() => ip(...links.map((name) => `link del ${name}`)))
  const opened = newSockets()
  {
    await using rt = await openNetlink('rt-link', limits)
    let count = 0
    for await (const link of rt.dump('getlink', {}, limits)) {
      const one = await rt.do('getlink', { 'ifi-index': link['ifi-index'] }, limits)
      assert.is(one?.ifname, link.ifname)
      count++
    }
    assert.is(count, ipLinks().length)
    for await (const _ of rt.dump('getlink', {}, limits)) break
    const asked = ipLinks().map(({ ifname }) =>
      rt.do('getlink', { ifname: ifname as string }, limits),
    )
    assert.is((await Promise.all(asked)).length, count)
  }
  await until('the sockets to be closed', () => opened() === 0)
})

live('a subscription tells what ip changes, in its order', async () => {
  await using rt = await openNetlink('rt-addr', limits)
  ip('link set lo up')
  const events = rt.subscribe(['rtnlgrp-ipv4-ifaddr', 'ipv6-ifaddr'], limits)
  ip('addr add 192.0.2.1/32 dev lo', 'addr add 192.0.2.2/32 dev lo', 'addr del 192.0.2.1/32 dev lo')
  const seen: unknown[] = []
  for await (const event of events) {
    if (event.type === 'message') seen.push([event.operation, event.body.local])
    if (seen.length === 3) break
  }
  assert.equal(seen, [
    ['newaddr', '192.0.2.1'],
    ['newaddr', '192.0.2.2'],
    ['deladdr', '192.0.2.1'],
  ])
})

live('a subscription that is not read marks a gap, and goes on', async () => {
  await using rt = await openNetlink('rt-link', { ...limits, receiveBufferBytes: 4096 })
  ip('link add va type veth peer name vb')
  const events = rt.subscribe(['rtnlgrp-link'], limits)
  ip(...Array.from({ length: 200 }, (_, n) => `link set va mtu ${1400 + n}`))
  let gaps = 0
  for await (const event of events) {
    if (event.type === 'gap') {
      gaps++
      ip('link set va mtu 1300')
    } else if (event.operation === 'newlink' && event.body.mtu === 1300) break
  }
  assert.is(gaps, 1)
})

test.run()
