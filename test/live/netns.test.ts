// A network monitor of another network namespace, without entering it: against `ip` in there, through every way in which
// links and addresses change, and to the namespace's end.

import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import {
  type NetlinkError,
  type NetworkEvent,
  type NetworkMonitor,
  openNetlink,
  openNetworkMonitor,
} from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { afterwards, has, ip, live, newSockets, otherNamespace, until, WAIT_MS } from './harness.ts'
import { keyOf, wholeDifferences } from './whole-links.ts'

const timeout = WAIT_MS
type Json = Record<string, unknown>

/** A command in the namespace of a process. */
function inside(pid: number, ...command: string[]): string {
  const args = [`--net=/proc/${pid}/ns/net`, ...command]
  const { status, stdout, stderr } = spawnSync('nsenter', args, { encoding: 'utf8', timeout })
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
  return stdout
}

const ipAt = (pid: number, ...commands: string[]) => {
  for (const command of commands) inside(pid, 'ip', ...command.split(' '))
}

const jsonAt = (pid: number, ...args: string[]): Json[] =>
  JSON.parse(inside(pid, 'ip', '-j', ...args) || '[]')

/** What differs between a monitor and `ip` in its namespace: whole links, and addresses but for lifetimes that run. */
function differences(network: NetworkMonitor, pid: number): string[] {
  const links = wholeDifferences(network.links.values(), jsonAt(pid, '-d', 'link')).filter(
    // The kernel gives the ids of this namespace in one place, and those of that one in another.
    (line) => keyOf(line) !== 'link_netnsid',
  )
  const text = (it: object) => {
    const { valid_life_time: _v, preferred_life_time: _p, ...rest } = it as Json
    return JSON.stringify(Object.entries(rest).sort())
  }
  const ours = Array.from(network.addresses.values(), (it) => text({ ...it }))
  const theirs = jsonAt(pid, 'addr').flatMap(({ ifindex, ifname, addr_info }) =>
    (addr_info as Json[]).map((one) => text({ ...one, ifindex, dev: ifname })),
  )
  const alone = (mine: string[], other: string[], whose: string) =>
    mine.filter((one) => !other.includes(one)).map((one) => `address, ${whose} alone: ${one}`)
  return [...links, ...alone(ours, theirs, 'ours'), ...alone(theirs, ours, 'ip')]
}

async function agrees(network: NetworkMonitor, pid: number): Promise<void> {
  let found: string[] = []
  await until('the monitor to agree with ip', () => {
    found = differences(network, pid)
    return found.length === 0
  }).catch(() => assert.equal(found, []))
}

async function openAt(netns: string | number): Promise<NetworkMonitor> {
  const network = await openNetworkMonitor({ netns, timeout })
  afterwards(() => network.close())
  return network
}

if (has('nsenter', '--version')) {
  live('links and addresses of another namespace are what ip says there', async () => {
    const pid = await otherNamespace()
    ip('link add ours type veth peer name theirs', `link set theirs netns ${pid}`)
    ipAt(pid, 'link set lo up', 'addr add 10.1.0.1/24 dev theirs')
    const byPid = await openAt(pid)
    const byPath = await openAt(`/proc/${pid}/ns/net`)
    const all = async () => {
      for (const network of [byPid, byPath]) await agrees(network, pid)
    }
    await all()
    const changes = [
      ['link set theirs up', 'addr add 10.1.0.2/24 dev theirs'],
      ['link add br0 type bridge', 'link set theirs master br0', 'link set br0 up'],
      ['link set theirs name renamed', 'addr add fd01::1/64 dev renamed'],
      ['link set renamed mtu 1400', 'link add inner type veth peer name other'],
      ['addr del 10.1.0.1/24 dev renamed', 'link set renamed nomaster', 'link del br0'],
      ['link set inner up', 'link set other up', 'link set renamed down', 'link del inner'],
    ]
    for (const change of changes) {
      ipAt(pid, ...change)
      // What happens here is not of that namespace.
      ip('link add same type ifb', 'addr add 10.9.9.9/24 dev lo', 'link del same')
      ip('addr del 10.9.9.9/24 dev lo')
      await all()
    }
    for (const network of [byPid, byPath]) {
      assert.is(network.stats.gaps, 0)
      assert.not([...network.links.values()].some(({ ifname }) => ifname === 'ours'))
    }
  })

  live('a NIC is moved by a request, and watched in there', async () => {
    const pid = await otherNamespace()
    const network = await openAt(pid)
    const since = network.mark()
    ip('link add stays type veth peer name moves', 'link set stays up')
    const links = await openNetlink('rt-link', { timeout })
    afterwards(() => links.close())
    const fd = openSync(`/proc/${pid}/ns/net`, 'r')
    afterwards(() => closeSync(fd))
    await links.do('newlink', { ifname: 'moves', 'net-ns-fd': fd }, { timeout })
    const { ifindex, ifname } = await network.waitForAttach({ since, timeout })
    assert.is(ifname, 'moves')
    const carrier = network.waitForCarrier(ifindex, { timeout })
    const address = network.waitForAddress({ link: ifindex, within: '10.0.0.0/8', timeout })
    ipAt(pid, 'link set moves up', 'addr add 10.2.0.1/24 dev moves')
    assert.is((await carrier).ifname, 'moves')
    assert.is((await address).local, '10.2.0.1')
    ip('link del stays')
    assert.is((await network.waitForDetach(ifindex, { since, timeout }))?.ifname, 'moves')
    await agrees(network, pid)
  })

  live('two namespaces with the same links, addresses and ifindexes are two', async () => {
    const pids = [await otherNamespace(), await otherNamespace()]
    const networks = await Promise.all(pids.map((pid) => openAt(pid)))
    const seen = networks.map((): string[] => [])
    for (const [n, network] of networks.entries()) {
      void (async () => {
        for await (const event of network as AsyncIterable<NetworkEvent>) {
          if (event.type === 'added' && event.object === 'link') seen[n]?.push(event.link.ifname)
        }
      })()
    }
    for (const [n, pid] of pids.entries()) ipAt(pid, `link add only${n} type ifb`)
    for (const [n, network] of networks.entries()) {
      await network.waitForAttach({
        match: ({ ifname }) => ifname === `only${n}`,
        except: [],
        timeout,
      })
      await agrees(network, pids[n] as number)
    }
    assert.equal(seen, [['only0'], ['only1']])
  })

  live('after an overrun it reads again, and still that namespace', async () => {
    const pid = await otherNamespace()
    const network = await openNetworkMonitor({ netns: pid, receiveBufferBytes: 4096, timeout })
    afterwards(() => network.close())
    const commands = Array.from({ length: 400 }, (_, n) => `link set lo mtu ${2000 + n}`)
    const batch = [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-']
    spawnSync('nsenter', batch, { input: commands.join('\n'), timeout })
    ip('link add ours type ifb')
    await until('a gap', () => network.stats.gaps > 0)
    await agrees(network, pid)
  })

  live('the end of the namespace ends the monitor, with an error that says so', async () => {
    const pid = await otherNamespace()
    const opened = newSockets()
    const network = await openAt(pid)
    assert.is(opened(), 1)
    const wait = network.waitForAddress({ timeout })
    process.kill(pid, 'SIGKILL')
    const { code, message } = (await rejection(wait)) as NetlinkError
    assert.is(code, 'ERR_NETLINK_GONE')
    assert.is(message, `expected the network namespace ${pid} to stay, got its end`)
    await until('the socket to be closed', () => opened() === 0)
  })

  live('a monitor does not keep the namespace alive', async () => {
    const pid = await otherNamespace()
    await openAt(pid)
    ip('link add stays type veth peer name moves', `link set moves netns ${pid}`)
    process.kill(pid, 'SIGKILL')
    await until('the veth to go with the namespace', () => {
      const { stdout } = spawnSync('ip', ['link', 'show', 'stays'], { encoding: 'utf8' })
      return stdout === ''
    })
  })

  live('the namespace of this process, by its path', async () => {
    const network = await openAt('/proc/self/ns/net')
    ip('link add here type ifb')
    await network.waitForAttach({ match: ({ ifname }) => ifname === 'here', except: [], timeout })
    await agrees(network, process.pid)
  })
}

live(
  'what is no namespace, and what the kernel does not tell of one, is a clear error',
  async () => {
    const open = (options: object) => openNetworkMonitor({ timeout, ...options } as never)
    const fails = async (options: object, wanted: string, message: RegExp) => {
      const error = await rejection(open(options))
      assert.is(error.name, wanted)
      assert.match(error.message, message)
    }
    const netns = '/proc/self/ns/net'
    const opened = newSockets()
    await fails({ netns: '/nowhere' }, 'NetlinkError', /ENOENT.*open '\/nowhere'/)
    await fails({ netns: '/proc/version' }, 'NetlinkError', /a network namespace.*\/proc\/version/)
    await fails({ netns: '/proc/self/ns/mnt' }, 'NetlinkError', /a network namespace/)
    await fails({ netns: 2 ** 30 }, 'NetlinkError', /ENOENT.*open '\/proc\/1073741824\/ns\/net'/)
    await fails({ netns: '' }, 'RangeError', /expected netns to be a path or a pid, got ''/)
    await fails({ netns: 0 }, 'RangeError', /got 0/)
    await fails({ netns: {} }, 'TypeError', /expected netns to be the path .* got an object/)
    for (const object of ['routes', 'neighbours', 'rules']) {
      await fails(
        { netns, [object]: true },
        'TypeError',
        new RegExp(`expected no ${object} with netns`),
      )
    }
    await fails({ netns, socket: { recv() {} } }, 'TypeError', /expected no socket with netns/)
    await until('the sockets to be closed', () => opened() === 0)
  },
)

live('without the privilege, it is a clear error', async () => {
  const program = `
    import { openNetworkMonitor } from ${JSON.stringify(new URL('../../build/index.js', import.meta.url).href)}
    process.setgid(65534); process.setuid(65534)
    await openNetworkMonitor({ netns: '/proc/self/ns/net', timeout: ${timeout} })
      .then(() => console.log('opened'), (error) => console.log(error.code, error.message))`
  const args = ['--input-type=module', '-e', program]
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout })
  assert.match(stdout, /^ERR_NETLINK_SOCKET EPERM: operation not permitted, setsockopt/)
})

test.run()
