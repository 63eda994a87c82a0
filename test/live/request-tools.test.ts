// Requests to the other families of the real kernel, beside genl, ethtool, ss, nft, conntrack and ip xfrm.

import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { type Answer, families, type NetlinkError, openNetlink } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { ask, dump, type Json, json, limits, run } from './asking.ts'
import { afterwards, has, ip, ipLinks, live } from './harness.ts'

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
