// Requests to the real kernel, beside the tools that ask it the same: ip, tc, ss, ethtool, nft, conntrack.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import {
  type Answer,
  families,
  type NetlinkError,
  type NetlinkOptions,
  openNetlink,
  type RequestAttributes,
} from 'netlink-wasm'
import type { TreeNode } from 'netlink-wasm/decoder'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { Comparison, type Fields, type Links } from '../support/iproute.ts'
import { LINK } from '../support/iproute-links.ts'
import { ADDR, NEIGH, NEXTHOP, ROUTE, RULE } from '../support/iproute-objects.ts'
import { QDISC } from '../support/iproute-tc.ts'
import { afterwards, has, ip, ipLinks, live, openSockets, until, WAIT_MS } from './harness.ts'

type Json = { [key: string]: null | boolean | number | string | Json | Json[] }
const limits = { timeout: WAIT_MS }

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', timeout: WAIT_MS, maxBuffer: 1 << 26 })
}

const json = (file: string, ...args: string[]): Json[] => JSON.parse(run(file, ...args) || '[]')

async function dump(
  family: string,
  operation: string,
  attributes: RequestAttributes = {},
  options: NetlinkOptions = {},
): Promise<Answer[]> {
  await using netlink = await openNetlink(family, { ...limits, ...options })
  return await netlink.dump(operation, attributes, limits)
}

async function ask(
  family: string,
  operation: string,
  attributes: RequestAttributes,
  flags: ('create' | 'excl')[] = [],
): Promise<Answer | undefined> {
  await using netlink = await openNetlink(family, limits)
  return await netlink.do(operation, attributes, { ...limits, flags })
}

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

live('a consumer of a dump may ask of each entry, and leaves no socket behind', async () => {
  ip(...Array.from({ length: 40 }, (_, n) => `link add d${n} type ifb`))
  const before = openSockets().length
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
    const asked = ipLinks().map(({ ifname }) => rt.do('getlink', { ifname }, limits))
    assert.is((await Promise.all(asked)).length, count)
  }
  await until('the sockets to be closed', () => openSockets().length === before)
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
    } else if (event.body.mtu === 1300) break
  }
  assert.is(gaps, 1)
})

live('generic families are found by name, as genl lists them', async () => {
  const listed = [...run('genl', 'ctrl', 'list').matchAll(/^Name: (\S+)$/gm)].map(
    ([, name]) => name,
  )
  const ours = (await families(limits)).filter(({ protocol }) => protocol === 'generic')
  await using ctrl = await openNetlink('nlctrl', limits)
  const answers = await ctrl.dump('getfamily', {}, limits)
  assert.equal(answers.map((one) => one['family-name']).sort(), [...listed].sort())
  assert.equal(ours.map(({ id }) => id).sort(), answers.map((one) => one['family-id']).sort())
  const missing = (await rejection(openNetlink('wireguard', limits))) as NetlinkError
  if (!listed.includes('wireguard')) assert.is(missing.code, 'ERR_NETLINK_UNSUPPORTED')
})

if (has('ethtool', '--version')) {
  live('ethtool says of a link what `ethtool` prints', async () => {
    ip('link add va type veth peer name vb', 'link set va up', 'link set vb up')
    const header = { 'dev-name': 'va' }
    const [theirs = {}] = json('ethtool', '--json', '-k', 'va')
    const features = await ask('ethtool', 'features-get', { header })
    const bits = (set: unknown) => ((set as Json)?.bits as Json)?.bit as Json[]
    const active = new Set(bits(features?.active).map(({ name }) => name))
    const supported = bits(features?.hw)
      .map(({ name }) => name as string)
      .filter((name) => typeof (theirs[name] as Json)?.active === 'boolean')
    assert.ok(supported.length > 20)
    for (const name of supported) {
      assert.is(active.has(name), (theirs[name] as Json).active, name)
    }
    const text = run('ethtool', 'va')
    const modes = await ask('ethtool', 'linkmodes-get', { header })
    const state = await ask('ethtool', 'linkstate-get', { header })
    assert.match(text, `Speed: ${modes?.speed}Mb/s`)
    assert.match(text.toLowerCase(), `duplex: ${modes?.duplex}`)
    assert.match(text, `Link detected: ${state?.link === 1 ? 'yes' : 'no'}`)
    const channels = await ask('ethtool', 'channels-get', { header })
    assert.match(run('ethtool', '-l', 'va'), new RegExp(`RX:\\s+${channels?.['rx-max']}`))
  })
}

live('netdev knows every link', async () => {
  ip('link add va type veth peer name vb')
  const devices = await dump('netdev', 'dev-get')
  const indexes = ipLinks().map(({ ifindex }) => ifindex)
  assert.equal(devices.map(({ ifindex }) => ifindex).sort(), indexes.sort())
})

if (has('ss', '-V')) {
  live('all sockets that listen, as ss prints them', async () => {
    ip('link set lo up')
    const servers = await Promise.all(['127.0.0.1', '::1', '0.0.0.0'].map(listening))
    afterwards(() => Promise.all(servers.map((server) => server.close())))
    const ours: string[] = []
    for (const family of ['inet', 'inet6']) {
      const asked = {
        'sdiag-family': family,
        'sdiag-protocol': 'tcp',
        'idiag-states': ['listen'],
      }
      for (const { id } of await dump('sockdiag', 'by-family', asked)) {
        const { 'idiag-src': address, 'idiag-sport': port } = id as Json
        ours.push(`${family === 'inet6' ? `[${address}]` : address}:${port}`)
      }
    }
    const theirs = run('ss', '-Hntl')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[3])
    assert.equal(ours.sort(), theirs.sort())
    assert.is(ours.length, 3)
    const udp = await dump('sockdiag', 'by-family', {
      'sdiag-family': 'inet',
      'sdiag-protocol': 'udp',
      'idiag-states': 0xffffffff,
    })
    assert.is(udp.length, run('ss', '-Hnua', '-4').trim().split('\n').filter(Boolean).length)
    const path = `@netlink-wasm-test-${process.pid}`
    const server = createServer().listen(path.replace('@', '\0'))
    await once(server, 'listening')
    afterwards(() => server.close())
    const unix = await dump('sockdiag', 'by-family', {
      'sdiag-family': 'unix',
      'udiag-states': ['listen'],
      'udiag-show': ['name'],
    })
    const [row = []] = run('ss', '-Hxl')
      .split('\n')
      .map((line) => line.split(/\s+/))
      .filter((words) => words[4]?.startsWith(path))
    assert.equal(
      unix.map((one) => `${one['udiag-ino']}`),
      [row[5]],
    )
  })
}

async function listening(host: string): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host, ipv6Only: true }, resolve)
  })
  return server
}

if (has('nft', '--version')) {
  live('the nft ruleset, as `nft -j list ruleset` prints it', async () => {
    const lines = [
      'add table inet t',
      'add chain inet t c { type filter hook input priority 5 ; policy drop ; }',
      'add chain inet t other',
      'add rule inet t c tcp dport 22 counter accept',
      'add rule inet t other drop',
      'add set inet t s { type ipv4_addr ; }',
      'add element inet t s { 192.0.2.1, 192.0.2.2 }',
    ]
    run('nft', lines.join(' ; '))
    afterwards(() => run('nft', 'flush', 'ruleset'))
    const { nftables } = JSON.parse(run('nft', '-j', 'list', 'ruleset')) as { nftables: Json[] }
    const theirs = (kind: string) =>
      nftables.flatMap((one) => (one[kind] ? [one[kind] as Json] : []))
    const pick = (all: (Json | Answer)[], ...keys: string[]) =>
      all.map((one) => keys.map((key) => one[key]))
    assert.equal(
      pick(await dump('nftables', 'gettable'), 'name', 'handle'),
      pick(theirs('table'), 'name', 'handle'),
    )
    const chains = await dump('nftables', 'getchain')
    assert.equal(
      pick(chains, 'table', 'name', 'handle'),
      pick(theirs('chain'), 'table', 'name', 'handle'),
    )
    const [{ policy, hook } = {}] = chains
    assert.equal([policy, (hook as Json).priority], ['drop', 5])
    assert.equal(
      pick(await dump('nftables', 'getrule'), 'table', 'chain', 'handle'),
      pick(theirs('rule'), 'table', 'chain', 'handle'),
    )
    assert.equal(
      pick(await dump('nftables', 'getset'), 'table', 'name', 'handle'),
      pick(theirs('set'), 'table', 'name', 'handle'),
    )
    const asked = { 'nfgen-family': 'inet', table: 't', set: 's' }
    const elements = (await dump('nftables', 'getsetelem', asked)).flatMap(
      ({ elements }) => elements as Json[],
    )
    assert.equal(elements.map(({ key }) => (key as Json).value).sort(), ['c0000201', 'c0000202'])
  })

  live(
    'a change of the ruleset is a batch of one: applied, or refused with its place',
    async () => {
      afterwards(() => run('nft', 'flush', 'ruleset'))
      await ask('nftables', 'newtable', { 'nfgen-family': 'inet', name: 'made' }, ['create'])
      assert.match(run('nft', 'list', 'tables'), 'table inet made')
      const chain = { 'nfgen-family': 'inet', table: 'absent', name: 'c' }
      const error = (await rejection(
        ask('nftables', 'newchain', chain, ['create']),
      )) as NetlinkError
      assert.equal([error.errno, error.path], [-2, 'table'])
      await ask('nftables', 'deltable', { 'nfgen-family': 'inet', name: 'made' })
      assert.not.match(run('nft', 'list', 'tables'), 'made')
    },
  )
}

if (has('conntrack', '--version') && has('nft', '--version')) {
  live('conntrack entries, as `conntrack -L` prints them', async () => {
    ip('link set lo up')
    run(
      'nft',
      'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c ct state established accept',
    )
    afterwards(() => run('nft', 'flush', 'ruleset'))
    const server = await listening('127.0.0.1')
    afterwards(() => server.close())
    const { port } = server.address() as { port: number }
    run('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)
    const xml = run('conntrack', '-L', '-o', 'xml')
    const theirs = [
      ...xml.matchAll(/<meta direction="original">.*?<sport>(\d+)<\/sport><dport>(\d+)/gs),
    ]
    const ours = (await dump('conntrack', 'get')).map((one) => {
      const proto = (one['tuple-orig'] as Json)['tuple-proto'] as Json
      return `${proto['proto-src-port']} ${proto['proto-dst-port']}`
    })
    assert.equal(ours.sort(), theirs.map(([, from, to]) => `${from} ${to}`).sort())
    assert.ok(ours.some((one) => one.endsWith(` ${port}`)))
  })
}

live('security associations and policies, as `ip xfrm` prints them', async () => {
  ip(
    'xfrm policy add src 192.0.2.0/24 dst 198.51.100.0/24 dir out priority 7 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel',
  )
  afterwards(() => ip('xfrm policy flush'))
  const [policy, ...others] = await dump('xfrm', 'getpolicy')
  assert.is(others.length, 0)
  const theirs = run('ip', 'xfrm', 'policy')
  const { sel, dir, priority } = policy as unknown as { sel: Json; dir: string; priority: number }
  assert.match(
    theirs,
    `src ${sel.saddr}/${sel['prefixlen-s']} dst ${sel.daddr}/${sel['prefixlen-d']}`,
  )
  assert.match(theirs, `dir ${dir} priority ${priority}`)
})

test.run()
