// `watch --json`: what becomes of links shows as present, added, changed, renamed and removed.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, type Running } from './cli.ts'
import { ip, ipLinks, live, until } from './harness.ts'

/** Starts watching; resolves once every link that is there has been told of. */
async function watching(...args: string[]): Promise<Running> {
  const present = ipLinks().length
  const watch = cli('watch', '--json', ...args)
  await until('the present links', () => watch.events().length >= present)
  return watch
}

/** Ends the watch as a user does, and checks that every link's events make a life. */
async function finish(watch: Running): Promise<void> {
  watch.child.kill('SIGINT')
  const { code, stderr } = await watch.ended
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const names = new Map<number, string>()
  for (const { event, ifindex, ifname, deleted } of watch.events()) {
    const known = names.get(ifindex)
    const what = `${event} ${ifname} (${ifindex}), known as ${known}`
    if (event === 'present' || event === 'added') assert.is(known, undefined, what)
    if (event === 'changed' || event === 'removed') assert.is(known, ifname, what)
    if (event === 'renamed') assert.ok(known !== undefined && known !== ifname, what)
    assert.is(deleted, event === 'removed' ? true : undefined, what)
    if (event === 'removed') names.delete(ifindex)
    else names.set(ifindex, ifname)
  }
}

live('what is there is present, what comes is added', async () => {
  ip('link add veth0 type veth peer name veth1')
  const watch = await watching()
  await watch.next('present', ({ ifname }) => ifname === 'lo')
  const veth1 = await watch.next('present', ({ ifname }) => ifname === 'veth1')
  assert.is(veth1.linkinfo?.info_kind, 'veth')
  await watch.next('present', ({ ifname }) => ifname === 'veth0')
  ip('link add veth2 type veth peer name veth3')
  const veth3 = await watch.next('added', ({ ifname }) => ifname === 'veth3')
  const veth2 = await watch.next('added', ({ ifname }) => ifname === 'veth2')
  assert.is(veth2.link, 'veth3')
  assert.is(veth2.ifindex, veth3.ifindex + 1)
  await finish(watch)
})

live(
  'what is present names the link it stands on, also where that comes later in the dump',
  async () => {
    ip('link add veth0 type veth peer name veth1')
    const watch = await watching()
    const veth1 = await watch.next('present', ({ ifname }) => ifname === 'veth1')
    assert.is(veth1.link, 'veth0')
    assert.ok(veth1.flags.includes('M-DOWN'))
    await finish(watch)
  },
)

live('a carrier that goes and comes: the peer of a veth goes down and up', async () => {
  ip('link add veth0 type veth peer name veth1', 'link set veth0 up', 'link set veth1 up')
  const watch = await watching()
  ip('link set veth1 down')
  const lost = await watch.next('changed', ({ ifname, flags, operstate }) => {
    return ifname === 'veth0' && flags.includes('NO-CARRIER') && operstate !== 'UP'
  })
  assert.not.ok(lost.flags.includes('LOWER_UP'))
  ip('link set veth1 up')
  const back = await watch.next('changed', ({ ifname, operstate, flags }) => {
    return ifname === 'veth0' && operstate === 'UP' && flags.includes('LOWER_UP')
  })
  assert.not.ok(back.flags.includes('NO-CARRIER'))
  await finish(watch)
})

live('a bridge and its port: master comes and goes, the port stays', async () => {
  ip('link add ifb7 type ifb')
  const watch = await watching()
  ip('link add br0 type bridge')
  const br0 = await watch.next('added', ({ ifname }) => ifname === 'br0')
  assert.is(br0.linkinfo?.info_kind, 'bridge')
  ip('link set ifb7 master br0')
  await watch.next('changed', ({ ifname, master }) => ifname === 'ifb7' && master === 'br0')
  ip('link set ifb7 nomaster')
  await watch.next('changed', ({ ifname, master }) => ifname === 'ifb7' && master === undefined)
  ip('link del br0')
  await watch.next('removed', ({ ifname }) => ifname === 'br0')
  ip('link set ifb7 mtu 1400')
  await watch.next('changed', ({ ifname, mtu }) => ifname === 'ifb7' && mtu === 1400)
  assert.not.ok(
    watch.events().some(({ event, ifname }) => event === 'removed' && ifname === 'ifb7'),
  )
  await finish(watch)
})

live('macvlan: names the link below, and goes with it', async () => {
  ip('link add ifb7 type ifb')
  const watch = await watching()
  ip('link add mv0 link ifb7 type macvlan mode bridge')
  const mv0 = await watch.next('added', ({ ifname }) => ifname === 'mv0')
  assert.is(mv0.link, 'ifb7')
  assert.is(mv0.linkinfo?.info_kind, 'macvlan')
  assert.ok(mv0.flags.includes('M-DOWN'))
  ip('link del ifb7')
  await watch.next('removed', ({ ifname }) => ifname === 'mv0')
  await watch.next('removed', ({ ifname }) => ifname === 'ifb7')
  await finish(watch)
})

live('altnames come and go, a link is renamed, and renamed back', async () => {
  // The kernel tells of altnames only while the link is up: netdev_state_change() asks for IFF_UP.
  ip('link add ifb7 type ifb', 'link set ifb7 up')
  const watch = await watching()
  const { ifindex } = await watch.next('present', ({ ifname }) => ifname === 'ifb7')
  const long = 'x'.repeat(127)
  ip(`link property add dev ifb7 altname first altname ${long}`)
  const named = await watch.next('changed', ({ altnames }) => altnames?.length === 2)
  assert.equal(named.altnames, ['first', long])
  ip('link set ifb7 name nic0')
  const renamed = await watch.next('renamed', ({ ifname }) => ifname === 'nic0')
  assert.is(renamed.ifindex, ifindex)
  assert.equal(renamed.altnames, ['first', long])
  ip(`link property del dev nic0 altname ${long}`)
  await watch.next('changed', ({ altnames }) => altnames?.join() === 'first')
  ip('link set nic0 name ifb7')
  await watch.next('renamed', ({ ifname }) => ifname === 'ifb7')
  await finish(watch)
})

live(
  'removed with its last name; another of that name is added, with another ifindex',
  async () => {
    const watch = await watching()
    ip('link add ifb7 type ifb')
    const first = await watch.next('added', ({ ifname }) => ifname === 'ifb7')
    ip('link set ifb7 name ifb8')
    ip('link del ifb8')
    await watch.next('renamed', ({ ifname }) => ifname === 'ifb8')
    const removed = await watch.next('removed', ({ ifname }) => ifname === 'ifb8')
    assert.is(removed.ifindex, first.ifindex)
    ip('link add ifb8 type ifb')
    const second = await watch.next('added', ({ ifname }) => ifname === 'ifb8')
    assert.is.not(second.ifindex, first.ifindex)
    await finish(watch)
  },
)

live('the last event of each link is what `ip` says, after a storm of changes', async () => {
  ip('link add veth0 type veth peer name veth1', 'link add br0 type bridge')
  const watch = await watching()
  for (let round = 0; round < 10; round++) {
    ip(
      `link set veth0 mtu ${1400 + round}`,
      'link set veth1 up',
      'link set veth0 master br0',
      `link add t${round} type ifb`,
      'link set veth0 up',
      'link set veth0 nomaster',
      'link set veth1 down',
    )
    if (round % 2 === 0) ip(`link del t${round}`)
  }
  const pick = ({ ifindex, ifname, mtu, master, operstate }: Record<string, unknown>) =>
    JSON.stringify([ifindex, ifname, mtu, master, operstate])
  await until('the watch to agree with ip', () => {
    const links = new Map<number, string>()
    for (const event of watch.events()) {
      if (event.event === 'synced') continue
      if (event.event === 'removed') links.delete(event.ifindex)
      else links.set(event.ifindex, pick({ ...event }))
    }
    const theirs = ipLinks().map(pick).sort()
    return JSON.stringify([...links.values()].sort()) === JSON.stringify(theirs)
  })
  await finish(watch)
})

test.run()
