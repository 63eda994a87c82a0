// What somebody may do to a monitor on the real kernel, or a busy process to itself, each tried once; for the live
// tests, and for the table of attacks. Out: what came of it, in a few words; a rejection where it does not hold.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, open, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createBoundNetlinkSocket,
  decodeMessages,
  type Link,
  openLinkMonitor,
  readNetlinkSocket,
  type WaitOptions,
  waitForNicAttachEvent,
} from 'netlink-wasm'
import { VirtualClock } from 'netlink-wasm/testing'
import { fixture, ip, otherNamespace, WAIT_MS } from './harness.ts'

const timeout = WAIT_MS

/**
 * While a monitor is being told of the links there are, the other end of a veth is removed in another namespace, by
 * a socket bound to the monitor's port id there, with the sequence number of its dump.
 */
export async function forgedAnswer(): Promise<string> {
  const container = await otherNamespace()
  ip('link add va type veth peer name vb', `link set vb netns ${container}`)
  using own = createBoundNetlinkSocket()
  const asked: number[] = []
  const socket = {
    framing: 'datagram' as const,
    portId: own.portId,
    stats: own.stats,
    recv: (options?: WaitOptions) => own.recv(options),
    send(request: Uint8Array) {
      const { seq = 0 } = decodeMessages(request)[0]?.header ?? {}
      writeSync(own.fd, request)
      if (asked.push(seq) > 1) return
      const echo = ['python3', fixture('echo.py'), `${own.portId}`, `${seq}`, 'vb']
      // The links are in one datagram, made within the send; the end of the dump is made when that has been read.
      execFileSync('nsenter', [`--net=/proc/${container}/ns/net`, ...echo], { timeout: WAIT_MS })
    },
  }
  const monitor = await openLinkMonitor({ socket, timeout })
  try {
    const phantom = monitor.links.find('va')
    if (phantom) throw new Error(`expected va to have gone, got ${phantom.ifname} in the links`)
    await monitor.waitForDetach('va', { timeout })
    return 'the link has gone from `links`, and `waitForDetach()` resolves'
  } finally {
    monitor.close()
  }
}

/** All threads of libuv's pool are blocked, for 25 s of a virtual clock, while a monitor is opened. */
export async function busyPool(): Promise<string> {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
  const folder = mkdtempSync(join(tmpdir(), 'busy-pool-'))
  const fifos = Array.from({ length: threads }, (_, n) => join(folder, `${n}`))
  execFileSync('mkfifo', fifos)
  // Each blocks its thread until somebody opens the other end.
  const blocked = fifos.map((fifo) => promisify(open)(fifo, 'r'))
  const clock = new VirtualClock()
  const opening = openLinkMonitor({ clock })
  let isOver = false
  const end = () => {
    isOver = true
  }
  opening.then(end, end)
  for (let seconds = 0; seconds < 25; seconds++) {
    clock.advance(1000)
    await new Promise(setImmediate)
  }
  const wasOver = isOver
  const writers = fifos.map((fifo) => openSync(fifo, 'w'))
  const readers = await Promise.all(blocked)
  for (const fd of [...writers, ...readers]) closeSync(fd)
  rmSync(folder, { recursive: true })
  const monitor = await opening
  monitor.close()
  if (wasOver) throw new Error('expected the monitor to wait for a thread, got it open without one')
  const { dumps } = monitor.stats
  if (dumps !== 1) throw new Error(`expected one dump, got ${dumps}`)
  return `opens once a thread is free, with ${dumps} dump`
}

/** What an event counts for in a receive buffer. */
const TRUESIZE = 2304
/** Events that the default buffer of a socket holds, with room to spare. */
const BUFFERED = 50

/** Waits whose loop is blocked until after their time, while what they wait for happens, behind other events. */
export async function blockedLoop(wanted: number): Promise<string> {
  ip('link add ifb0 type ifb')
  const short = { timeout: 20 }
  const monitor = await openLinkMonitor({ timeout })
  const { receiveBufferBytes = 0 } = monitor.stats
  const events = Math.min(wanted, Math.floor(receiveBufferBytes / TRUESIZE / 2))
  using reader = createBoundNetlinkSocket()
  using socket = createBoundNetlinkSocket()
  const waits = {
    waitForAttach: monitor.waitForAttach(short),
    waitForDetach: monitor.waitForDetach('ifb0', short),
    waitForOperState: monitor.waitForOperState('ifb1', 'DOWN', short),
    waitFor: monitor.waitFor(({ ifname }) => ifname === 'ifb1', short),
    ...(events <= BUFFERED && {
      waitForNicAttachEvent: waitForNicAttachEvent(socket, ['lo', 'ifb0'], short),
      readNetlinkSocket: readNetlinkSocket(reader, short),
    }),
  }
  const ended = Promise.allSettled(Object.values(waits))
  ip(...Array.from({ length: events }, (_, n) => `link set lo mtu ${2000 + n}`))
  ip('link del ifb0', 'link add ifb1 type ifb')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  const met = (await ended).map((one) => one.status === 'fulfilled' && one.value !== null)
  monitor.close()
  const late = Object.keys(waits).filter((_, at) => !met[at])
  if (late.length > 0) throw new Error(`expected every wait to be met, got ${late} timed out`)
  return `${met.length} of ${met.length} waits are met`
}

/** Monitors opened one after another while links come and go. */
export async function busyHost(links: number, opens: number): Promise<string> {
  for (let n = 0; n < links; n += 100) {
    ip(...Array.from({ length: 100 }, (_, more) => `link add ifb${n + more} type ifb`))
  }
  const changes = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const timer = setInterval(
    () => changes.stdin.write('link add new0 type ifb\nlink del new0\n'),
    10,
  )
  let interrupted = 0
  let failed = 0
  let last = ''
  for (let n = 0; n < opens; n++) {
    try {
      const monitor = await openLinkMonitor()
      interrupted += monitor.stats.interrupted
      monitor.close()
    } catch (error) {
      failed++
      last = (error as Error).message
    }
  }
  clearInterval(timer)
  changes.stdin.end()
  await once(changes, 'close')
  if (failed > 0) throw new Error(`expected ${opens} monitors, ${failed} failed: ${last}`)
  return `${opens} of ${opens} open, after ${interrupted} dumps that were interrupted`
}

/** Changes of links that are down which the kernel may tell nobody of: `resync()` finds each. */
export async function silentChanges(): Promise<string> {
  const [one, other] = [await otherNamespace(), await otherNamespace()]
  ip('link add va type veth peer name vb', `link set vb netns ${one}`)
  ip('link add ifb0 type ifb', 'link set ifb0 mtu 1300', 'link add ifb1 type ifb')
  ip('link add vx0 type vxlan id 5 remote 10.0.0.1 dstport 4789 dev ifb1')
  const moveOn = () =>
    execFileSync('nsenter', [
      `--net=/proc/${one}/ns/net`,
      'ip',
      'link',
      'set',
      'vb',
      'netns',
      `${other}`,
    ])
  const changes: [name: string, field: keyof Link, change: () => unknown][] = [
    ['va', 'group', () => ip('link set va group 7')],
    ['va', 'linkmode', () => ip('link set va mode dormant')],
    ['va', 'altnames', () => ip('link property add dev va altname other')],
    ['va', 'link_netnsid', moveOn],
    ['vx0', 'mtu', () => ip('link set vx0 type vxlan dev ifb0')],
    ['vx0', 'carrier_changes', () => ip('link set vx0 protodown on')],
  ]
  const monitor = await openLinkMonitor({ timeout })
  const silent: string[] = []
  for (const [name, field, change] of changes) {
    const value = () => JSON.stringify(monitor.links.find(name)?.[field])
    const before = value()
    change()
    // What the kernel has told is queued, and read in the next round of the loop.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    if (value() === before) silent.push(`${field} of ${name}`)
    await monitor.resync({ timeout })
    if (value() === before) throw new Error(`expected resync() to find ${field} of ${name}`)
  }
  monitor.close()
  return `${silent.length} of ${changes.length} are silent here (${silent.join(', ')}), \`resync()\` finds all`
}
