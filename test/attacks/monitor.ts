// What was tried on the link monitor and the waits. Those on the real kernel run in a network namespace of their own.

import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openLinkMonitor } from 'netlink-wasm'
import { type FakeKernel, fakeKernel, VirtualClock } from 'netlink-wasm/testing'
import { until } from '../support/monitor.ts'
import { pass, passUntil } from '../support/virtual-time.ts'
import type { Attack } from './attack.ts'

const SOON = { timeout: 60_000 }
const script = fileURLToPath(new URL('../live/attack.ts', import.meta.url))

/** Runs an attack of test/live/attacks.ts. */
const live =
  (name: string, ...numbers: number[]) =>
  async (): Promise<string> => {
    const node = [process.execPath, '--import', 'tsx', script, name, ...numbers.map(String)]
    const env = { ...process.env, NETLINK_WASM_LIVE_OUTSIDE: readlinkSync('/proc/self/ns/net') }
    const { stdout } = await promisify(execFile)('unshare', ['--net', ...node], { env })
    return stdout.trim()
  }

/** Changes a link without a word to anybody, as the kernel does an altname of a link that is down. */
function changeSilently(kernel: FakeKernel, ifindex: number): void {
  const link = kernel.links.get(ifindex)
  if (link) link.altnames = ['silent']
}

/** An event is lost, and recvmsg says EINVAL instead of ENOBUFS. */
async function misnamedOverrun(): Promise<string> {
  const kernel = fakeKernel({ links: [{}, {}] })
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  changeSilently(kernel, 2)
  kernel.inject.failRecv(-22)
  await until(() => monitor.links.find('silent') !== undefined, 'a resync')
  monitor.close()
  return `${monitor.stats.gaps} gap, and a resync that finds what was lost`
}

async function manyLinks(): Promise<string> {
  const links = 3000
  const events = 1500
  const kernel = fakeKernel({ links: Array.from({ length: links }, () => ({})) })
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  let calls = 0
  const wait = monitor.waitFor(({ mtu }) => ++calls > 0 && mtu === 9000, SOON)
  for (let n = 1; n < events; n++) kernel.change(n, { mtu: 1400 })
  kernel.change(events, { mtu: 9000 })
  await wait
  monitor.close()
  if (calls > links + events) throw new Error(`expected ${links + events} calls, got ${calls}`)
  return `${calls} calls of the predicate`
}

async function olderEvent(): Promise<string> {
  const kernel = fakeKernel({ links: [{}, {}] })
  const monitor = await openLinkMonitor({ socket: kernel, ...SOON })
  kernel.change(2, { mtu: 1400 })
  changeSilently(kernel, 2)
  await monitor.resync(SOON)
  const isFound = monitor.links.find('silent') !== undefined
  monitor.close()
  if (!isFound) throw new Error('expected resync() to find the altname')
  return '`links` has the altname'
}

async function comesAgain(): Promise<string> {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const wait = monitor.waitForAttach({ settle: 100 })
  kernel.add({ ifindex: 9, ifname: 'eth9' })
  await pass(clock, 90)
  kernel.remove(9)
  kernel.add({ ifindex: 9, ifname: 'eth9' })
  await passUntil(clock, wait)
  monitor.close()
  if (clock.now() !== 190)
    throw new Error(`expected it 100 ms after it came, got ${clock.now() - 90}`)
  return 'reported 100 ms after it came again'
}

export const attacks: Attack[] = [
  {
    name: 'a forged answer to a dump',
    provoked:
      'in another namespace, from a socket bound to the same port id, the other end of a veth is removed with ' +
      'NLM_F_ECHO and the sequence number of the dump',
    before: 'the link stayed in `links`; `waitForDetach()` timed out',
    run: live('forgedAnswer'),
  },
  {
    name: 'a busy thread pool',
    provoked: 'all threads of libuv are blocked for 25 s while a monitor is opened',
    before: 'ERR_NETLINK_DUMP_INTERRUPTED, though the kernel had not been asked',
    run: live('busyPool'),
  },
  {
    name: 'a busy host',
    provoked: '15 monitors are opened among 3,000 links, with 200 changes a second',
    before: '3 of 15 were rejected after 0.6 s, whatever the timeout',
    run: live('busyHost', 3000, 15),
  },
  {
    name: 'an overrun under another name',
    provoked:
      'an event is lost, and recvmsg says EINVAL, as where a dump has just ended on another thread',
    before: 'forgotten',
    run: misnamedOverrun,
  },
  {
    name: 'a predicate among many links',
    provoked: '`waitFor(predicate)` with 3,000 links and 1,500 events',
    before: '4.5 million calls, 3.3 s',
    run: manyLinks,
  },
  {
    name: 'a resync behind an older event',
    provoked:
      'in one turn a link changes, gets an altname that no event tells of, and `resync()` is called',
    before: '`links` lacked the altname',
    run: olderEvent,
  },
  {
    name: 'a link that comes again while it settles',
    provoked:
      'a link goes 90 ms after it came, and comes again with its ifindex, under `settle: 100`',
    before: 'reported after 10 ms',
    run: comesAgain,
  },
  {
    name: 'a blocked loop',
    provoked:
      'the loop is blocked until after the timeout of six waits, while what they wait for happens behind 50 events',
    before: 'all six timed out',
    run: live('blockedLoop', 50),
  },
  {
    name: 'changes that the kernel does not tell of',
    provoked:
      'group, mode, altname, the namespace of a veth’s peer, the lower link of a vxlan and protodown are ' +
      'changed on links that are down',
    before: 'only the altname was in the README',
    run: live('silentChanges'),
  },
]
