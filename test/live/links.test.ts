// `links --json` against `ip -j -d link`: the same links, with the same values, whatever their kind.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cliResult } from './cli.ts'
import { ip, ipLinks, live, otherNamespace, WAIT_MS } from './harness.ts'
import { wholeDifferences } from './whole-links.ts'

type Json = Record<string, unknown>

async function ourLinks(): Promise<Json[]> {
  const { code, stdout, stderr } = await cliResult('links', '--json')
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Compares until both agree: operstates settle up to 2 s after a change. Returns the links by name. */
async function agree(...names: string[]): Promise<Record<string, Json>> {
  const deadline = Date.now() + WAIT_MS
  for (;;) {
    const ours = await ourLinks()
    const differing = wholeDifferences(ours)
    if (differing.length > 0) {
      if (Date.now() > deadline) throw new Error(differing.join('\n'))
      continue
    }
    const found = Object.fromEntries(ours.map((link) => [link.ifname as string, link]))
    for (const name of names) assert.ok(found[name], `${name} is there`)
    return found
  }
}

function hasFlag(link: Json | undefined, flag: string): boolean {
  return (link?.flags as string[] | undefined)?.includes(flag) ?? false
}

/** Links that every Linux with these drivers can have. tun and tap ask root of the machine for /dev/net/tun. */
const REQUIRED: Record<string, string[]> = {
  veth: ['link add t0 type veth peer name t1', 'link set t0 up'],
  bridge: ['link add t0 type bridge', 'link set t0 up'],
  macvlan: ['link add t1 type ifb', 'link add t0 link t1 type macvlan mode bridge'],
  vxlan: ['link add t0 type vxlan id 42 dstport 4789 remote 192.0.2.1'],
  ifb: ['link add t0 type ifb', 'link set t0 up'],
  tun: ['tuntap add mode tun name t0', 'link set t0 up'],
  tap: ['tuntap add mode tap name t0', 'link set t0 up'],
}

/** Kinds that a kernel may lack. The addresses of tunnels are IP addresses. */
const OPTIONAL: Record<string, string[]> = {
  dummy: ['link add t0 type dummy', 'link set t0 up'],
  vlan: ['link add t1 type ifb', 'link add t0 link t1 type vlan id 7', 'link set t1 up'],
  gre: ['link add t0 type gre local 192.0.2.1 remote 192.0.2.2'],
  gretap: ['link add t0 type gretap local 192.0.2.1 remote 192.0.2.2'],
  ip6gre: ['link add t0 type ip6gre local 2001:db8::1 remote 2001:db8::2'],
  sit: ['link add t0 type sit local 192.0.2.1 remote 192.0.2.2'],
  ipip: ['link add t0 type ipip local 192.0.2.1 remote any', 'link set t0 up'],
  ip6tnl: ['link add t0 type ip6tnl local 2001:db8::1 remote ::'],
}

const ABSENT = /Unknown device type|not supported/i

for (const [kind, commands] of Object.entries({ ...REQUIRED, ...OPTIONAL })) {
  live(`${kind}: down and up`, async () => {
    try {
      ip(...commands)
    } catch (error) {
      const { message } = error as Error
      const isLacking = kind in OPTIONAL && ABSENT.test(message)
      const isRefused = commands[0]?.startsWith('tuntap') && /denied|not permitted/.test(message)
      if (!isLacking && !isRefused) throw error
      console.log(`skipped: ${kind}: ${message.trim().split('\n').slice(1).join('; ')}`)
      return
    }
    await agree('lo', 't0')
    ip('link set t0 up')
    await agree('t0')
    ip('link set t0 down', 'link set t0 mtu 1300', 'link set t0 txqlen 77')
    const { t0 } = await agree('t0')
    assert.is(t0?.mtu, 1300)
    assert.is(t0?.txqlen, 77)
  })
}

live('lo: down and up', async () => {
  assert.is((await agree('lo')).lo?.operstate, 'DOWN')
  ip('link set lo up')
  const { lo } = await agree('lo')
  assert.is(lo?.operstate, 'UNKNOWN')
  assert.is(lo?.link_type, 'loopback')
})

live('a bridge and its ports', async () => {
  ip(
    'link add veth0 type veth peer name veth1',
    'link add br0 type bridge',
    'link add ifb7 type ifb',
  )
  ip('link set veth0 master br0', 'link set ifb7 master br0', 'link set br0 up')
  const { veth0, veth1 } = await agree('br0', 'ifb7')
  assert.is(veth0?.master, 'br0')
  assert.is(veth0?.link, 'veth1')
  assert.ok(hasFlag(veth1, 'M-DOWN'))
  ip('link set veth0 up', 'link set veth1 up', 'link set ifb7 up')
  assert.not.ok(hasFlag((await agree('veth1')).veth1, 'M-DOWN'))
  ip('link set veth1 down')
  const { br0 } = await agree('veth0')
  assert.ok(hasFlag(br0, 'UP'))
  ip('link set veth0 nomaster', 'link set ifb7 nomaster')
  await agree('veth0')
})

live('addresses, groups, link modes and flags that were set', async () => {
  ip(
    'link add veth0 address 02:00:00:00:00:0a type veth peer name veth1 address 02:00:00:00:00:0b',
    'link set veth0 address 02:00:00:00:00:ff broadcast 02:00:00:00:00:fe',
    'link set veth0 promisc on allmulticast on arp off multicast off',
    'link set veth0 group 42',
    'link set veth1 mode dormant',
    'link set veth1 group 2147483647',
    'link set veth0 up',
    'link set veth1 up',
  )
  const { veth0, veth1 } = await agree()
  assert.is(veth0?.address, '02:00:00:00:00:ff')
  assert.is(veth0?.broadcast, '02:00:00:00:00:fe')
  assert.is(veth0?.group, '42')
  assert.is(veth1?.linkmode, 'DORMANT')
})

live('names: 15 bytes, many altnames, some of 127 bytes', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `alt${i}-`.padEnd(i % 3 === 0 ? 127 : 9, 'x'))
  ip(
    'link add fifteen-bytes-0 type ifb',
    ...names.map((name) => `link property add dev fifteen-bytes-0 altname ${name}`),
    'link add ifb7 type ifb',
    'link property add dev ifb7 altname only',
  )
  const found = await agree('fifteen-bytes-0')
  assert.equal(found['fifteen-bytes-0']?.altnames, names)
  ip(`link property del dev fifteen-bytes-0 altname ${names[3]}`)
  const { altnames } = (await agree())['fifteen-bytes-0'] as Json
  assert.is((altnames as string[]).length, 11)
})

live('names: UTF-8, control characters, quotes, bytes that are no UTF-8', async () => {
  const odd = Buffer.from('link add name \xff\xfe-odd type ifb', 'latin1')
  ip(
    'link add name größe✓ type ifb',
    'link add name a\x1b[31mb\x07 type ifb',
    'link add name $(){}* type ifb',
    odd,
    'link add ifb7 type ifb',
    'link property add dev ifb7 altname ändern altname e\x1b]0;x',
    Buffer.from('link property add dev ifb7 altname \xc3\x28\xff', 'latin1'),
  )
  const found = await agree('größe✓', 'a\x1b[31mb\x07', '$(){}*', '\ufffd\ufffd-odd')
  assert.is(found['\ufffd\ufffd-odd']?.ifnameBytes, 'fffe2d6f6464')
  assert.not.ok('ifnameBytes' in (found['größe✓'] as Json))
  assert.equal(found.ifb7?.altnames, ['ändern', 'e\x1b]0;x', '\ufffd(\ufffd'])
})

live('a peer in another namespace', async () => {
  const pid = await otherNamespace()
  ip('link add veth0 type veth peer name veth1', `link set veth1 netns ${pid}`, 'link set veth0 up')
  const { veth0 } = await agree('veth0')
  assert.type(veth0?.link_index, 'number')
  assert.type(veth0?.link_netnsid, 'number')
  assert.not.ok('link' in (veth0 as Json))
})

live('links that come and go: ifindexes are not reused, the list is whole', async () => {
  ip(...Array.from({ length: 40 }, (_, i) => `link add p${i} type veth peer name q${i}`))
  assert.is(Object.keys(await agree()).filter((name) => /^[pq]\d+$/.test(name)).length, 80)
  ip(...Array.from({ length: 20 }, (_, i) => `link del p${i}`))
  await agree('p39', 'q20')
})

live('with statistics: the counters of `ip -s`', async () => {
  ip('link set lo up')
  const { stdout } = await cliResult('links', '--json', '--statistics')
  const ours = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const keys = (link: Json) => Object.keys((link.stats64 as Record<string, Json>)?.rx ?? {})
  assert.equal(ours.map(keys), ipLinks('-s').map(keys))
  assert.equal(Object.keys(ours[0].stats64.tx).length, 6)
})

test.run()
