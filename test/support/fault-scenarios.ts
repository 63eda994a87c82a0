// Each fault that can befall a monitor, as something to do to a fake kernel; run by the table and the tests.
// In: a scenario, how often. Out: what a user saw of it, and whether the links were the kernel's afterwards.

import {
  AF_UNSPEC,
  type LinkMonitor,
  type MonitorStats,
  type NetlinkError,
  openLinkMonitor,
  RTM_DELLINK,
} from 'netlink-wasm'
import {
  delLink,
  errorMessage,
  type FakeKernel,
  type Mangle,
  message,
  newLink,
} from 'netlink-wasm/testing'
import { busyKernel, churn } from './churn.ts'
import { Consumer, isEqual } from './monitor.ts'
import { random } from './random.ts'

type Doing = (kernel: FakeKernel, seed: number) => void

export interface Scenario {
  fault: string
  /** How often it is injected: each time into a monitor of its own. */
  times: number
  /** Before the monitor is opened. */
  before?: Doing
  /** Once it is open. */
  during?: Doing
  /** It ends the monitor, or keeps it from opening: the user opens another. */
  isFatal?: true
}

export interface Outcome {
  fault: string
  times: number
  /** Events by type and origin, beside those any change makes. */
  events: Map<string, number>
  /** What `stats` counted, but for events and dumps without fault. */
  stats: Map<string, number>
  errors: Set<string>
  /** Times that the links were the kernel's in the end. */
  equal: number
}

/** Cut to `length` bytes on its way to user space, with MSG_TRUNC. */
const cut =
  (length: number): Mangle =>
  (datagram) =>
    Object.assign(datagram.slice(0, length), { trueLength: datagram.length })

/** Sets `bytes` at `offset`. */
const spoil =
  (offset: number, ...bytes: number[]): Mangle =>
  (datagram) => {
    datagram.set(bytes, offset)
    return datagram
  }

const noLength = spoil(0, 0, 0, 0, 0)
const longLength = spoil(0, 0xff, 0xff, 0, 0)
const shortAttribute = spoil(32, 1, 0)
const longAttribute = spoil(32, 0xff, 0x7f)

/** An overrun, the changes that nobody is told of, and those that follow. */
function overrun(kernel: FakeKernel, seed: number, lost = 1): void {
  churn(kernel, seed, 5)
  kernel.inject.overrun()
  churn(kernel, seed + 1, lost)
  kernel.add()
}

function mangled(mangle: Mangle): Doing {
  return (kernel, seed) => {
    kernel.inject.mangleEvents(1, mangle)
    kernel.change(2, { mtu: 9000 })
    churn(kernel, seed, 5)
  }
}

/** A resync in which `inject` is at work. */
function inResync(inject: Doing): Doing {
  return (kernel, seed) => {
    inject(kernel, seed)
    overrun(kernel, seed)
  }
}

/** Like the real events but for their sender. */
function forge(kernel: FakeKernel): void {
  kernel.inject.foreign(delLink({ ifindex: 2, ifname: 'eth2', operstate: 2 }))
  kernel.inject.foreign(newLink({ ifindex: 99, ifname: 'evil0', operstate: 6 }))
}

/** A removal during the next dump, whose event carries that dump's sequence number and port id. */
function echo(kernel: FakeKernel): void {
  const send = kernel.send.bind(kernel)
  kernel.send = (request) => {
    kernel.send = send
    kernel.inject.overtakeDump(() => {
      kernel.inject.mangleEvents(1, (event) => {
        event.set(request.subarray(8, 12), 8)
        new DataView(event.buffer).setUint32(12, kernel.portId, true)
        return event
      })
      const [first = 0] = kernel.links.keys()
      kernel.remove(first)
    })
    send(request)
  }
}

/** Random bytes; the length of the first message holds half the time, so that attributes are reached. */
function garbage(kernel: FakeKernel, seed: number): void {
  const next = random(seed)
  for (let i = 0; i < 10; i++) {
    const bytes = Uint8Array.from({ length: Math.ceil(next() * 200) }, () => next() * 256)
    // Never a message that makes sense: type 16 would be an event like any other.
    if (bytes.length > 5) bytes[5] = 0xff
    if (next() < 0.5) kernel.push(message({ type: 16 }, bytes.slice(0, 15)))
    else kernel.push(bytes)
  }
  churn(kernel, seed, 5)
}

const failRecv =
  (errno: number): Doing =>
  (kernel, seed) => {
    kernel.inject.failRecv(errno)
    churn(kernel, seed, 5)
  }

const flood = (kernel: FakeKernel, seed: number) => overrun(kernel, seed, 50)

export const SCENARIOS: Scenario[] = [
  { fault: 'ENOBUFS: one event dropped', times: 100, during: overrun },
  { fault: 'ENOBUFS: 50 events dropped, others queued', times: 100, during: flood },
  {
    fault: 'ENOBUFS during the first dump',
    times: 100,
    before: (kernel, seed) => kernel.inject.overtakeDump(() => overrun(kernel, seed, 20)),
  },
  {
    fault: 'ENOBUFS during the dump after ENOBUFS',
    times: 100,
    during: inResync((kernel, seed) =>
      kernel.inject.overtakeDump(() => overrun(kernel, seed + 9, 20)),
    ),
  },
  {
    fault: 'NLMSG_OVERRUN instead of an event',
    times: 100,
    during: (kernel, seed) => {
      kernel.inject.overrunMessage()
      churn(kernel, seed, 5)
    },
  },
  {
    fault: 'NLM_F_DUMP_INTR, 3 times, first dump',
    times: 100,
    before: ({ inject }) => inject.interruptDumps(3),
  },
  {
    fault: 'NLM_F_DUMP_INTR, 3 times, after ENOBUFS',
    times: 100,
    during: inResync(({ inject }) => inject.interruptDumps(3)),
  },
  {
    fault: 'NLM_F_DUMP_INTR, 12 times, first dump',
    times: 100,
    before: ({ inject }) => inject.interruptDumps(12),
  },
  {
    fault: 'EBUSY, 3 times, first dump',
    times: 100,
    before: ({ inject }) => inject.busyDumps(3),
  },
  {
    fault: 'EBUSY, 3 times, after ENOBUFS',
    times: 100,
    during: inResync(({ inject }) => inject.busyDumps(3)),
  },
  {
    fault: 'first dump refused (EPERM)',
    times: 20,
    isFatal: true,
    before: ({ inject }) => inject.refuseDumps(-1),
  },
  {
    fault: 'dump after ENOBUFS refused (EPERM), for over a second',
    times: 20,
    during: inResync(({ inject }) => inject.refuseDumps(-1, 12)),
  },
  {
    fault: 'events overtake an older first dump',
    times: 100,
    before: (kernel, seed) => kernel.inject.overtakeDump(() => churn(kernel, seed, 20)),
  },
  {
    fault: 'events overtake an older dump after ENOBUFS',
    times: 100,
    during: inResync((kernel, seed) =>
      kernel.inject.overtakeDump(() => churn(kernel, seed + 9, 20)),
    ),
  },
  { fault: 'foreign sender forges 2 events', times: 100, during: forge },
  {
    fault: 'removal with the first dump’s sequence number (NLM_F_ECHO from another namespace)',
    times: 100,
    before: echo,
  },
  {
    fault: 'removal with the sequence number of the dump after ENOBUFS',
    times: 100,
    during: inResync(echo),
  },
  { fault: 'event truncated to 20 bytes', times: 100, during: mangled(cut(20)) },
  { fault: 'event truncated before its attributes', times: 100, during: mangled(cut(32)) },
  {
    fault: 'first dump truncated',
    times: 100,
    before: ({ inject }) => inject.mangleDumps(1, cut(40)),
  },
  {
    fault: 'dump after ENOBUFS truncated',
    times: 100,
    during: inResync(({ inject }) => inject.mangleDumps(1, cut(40))),
  },
  { fault: 'event with nlmsg_len 0', times: 100, during: mangled(noLength) },
  { fault: 'event with nlmsg_len past its end', times: 100, during: mangled(longLength) },
  { fault: 'event with rta_len 1', times: 100, during: mangled(shortAttribute) },
  { fault: 'event with rta_len past its end', times: 100, during: mangled(longAttribute) },
  {
    fault: 'first dump with rta_len 1',
    times: 100,
    before: ({ inject }) => inject.mangleDumps(1, shortAttribute),
  },
  {
    fault: 'dump after ENOBUFS with rta_len 1',
    times: 100,
    during: inResync(({ inject }) => inject.mangleDumps(1, shortAttribute)),
  },
  {
    fault: 'dump after ENOBUFS with nlmsg_len 0',
    times: 100,
    during: inResync(({ inject }) => inject.mangleDumps(1, noLength)),
  },
  { fault: '10 datagrams of garbage', times: 100, during: garbage },
  {
    fault: 'NLMSG_ERROR that answers nothing',
    times: 100,
    during: (kernel, seed) => {
      kernel.push(errorMessage({ errno: -1, seq: 7, pid: 7 }))
      churn(kernel, seed, 5)
    },
  },
  {
    fault: 'AF_BRIDGE RTM_DELLINK of a port',
    times: 100,
    during: (kernel, seed) => {
      kernel.tellPort(5, RTM_DELLINK)
      churn(kernel, seed, 5)
    },
  },
  {
    fault: 'RTM_NEWLINK without state (IFLA_WIRELESS)',
    times: 100,
    during: (kernel) => {
      const [link] = kernel.links.values()
      const { ifindex = 0, ifname = '', flags = 0, type = 1 } = link ?? {}
      const state = { family: AF_UNSPEC, ifindex, ifname, linkFlags: flags, linkType: type }
      kernel.push(newLink({ ...state, attributes: [[11, new Uint8Array(8)]] }))
    },
  },
  { fault: 'recv fails: EINTR', times: 100, during: failRecv(-4) },
  { fault: 'recv fails: EAGAIN', times: 100, during: failRecv(-11) },
  { fault: 'recv fails: ENOMEM', times: 100, during: failRecv(-12) },
  { fault: 'recv fails: EINVAL', times: 100, during: failRecv(-22) },
  { fault: 'recv fails: EBADF', times: 20, isFatal: true, during: failRecv(-9) },
]

/** Injects one fault `scenario.times` times at once, each into a monitor and a kernel of its own. */
export async function run(scenario: Scenario): Promise<Outcome> {
  const { fault, times } = scenario
  const outcome: Outcome = {
    fault,
    times,
    events: new Map(),
    stats: new Map(),
    errors: new Set(),
    equal: 0,
  }
  const seeds = Array.from({ length: times }, (_, i) => 100 * i + 1)
  await Promise.all(seeds.map((seed) => runOnce(scenario, seed, outcome)))
  return outcome
}

async function runOnce(scenario: Scenario, seed: number, outcome: Outcome): Promise<void> {
  const { before, during, isFatal } = scenario
  const kernel = busyKernel()
  before?.(kernel, seed)
  let monitor: LinkMonitor | undefined
  try {
    monitor = await openLinkMonitor({ socket: kernel, timeout: 60_000 })
  } catch (error) {
    note(outcome, error as NetlinkError)
  }
  if (monitor) {
    const consumer = new Consumer(monitor)
    during?.(kernel, seed)
    if (isFatal) await consumer.done
    else await consumer.settled(kernel)
    if (consumer.error) note(outcome, consumer.error as NetlinkError)
    count(outcome, monitor.stats, consumer)
    if (!isFatal && isEqual(kernel, monitor, consumer)) outcome.equal++
    monitor.close()
    await consumer.done
  }
  if (isFatal) {
    const again = await openLinkMonitor({ socket: kernel, timeout: 60_000 })
    if (isEqual(kernel, again)) outcome.equal++
    again.close()
  }
}

function note({ errors }: Outcome, { code, errno }: NetlinkError): void {
  errors.add(errno === undefined ? code : `${code}, errno ${errno}`)
}

function count(outcome: Outcome, stats: MonitorStats, { events }: Consumer): void {
  const add = (to: Map<string, number>, key: string, more: number) =>
    to.set(key, (to.get(key) ?? 0) + more)
  for (const event of events) {
    if (event.type === 'fault') add(outcome.events, `fault ${event.error.code}`, 1)
    else if (event.type === 'gap') add(outcome.events, 'gap', 1)
    else if (event.type === 'coalesced') add(outcome.events, 'coalesced', 1)
    else if (event.origin === 'resync') add(outcome.events, `${event.type} (resync)`, 1)
  }
  for (const [key, value] of Object.entries(stats)) {
    if (typeof value === 'number' && key !== 'events' && value > 0) add(outcome.stats, key, value)
  }
}
