// Recordings as a kernel of the past: waits answer by the recording's time, at once.

import {
  type LinkEvent,
  openLinkMonitor,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
} from 'netlink-wasm'
import { fakeKernel, type RecordedFrame, replayCapture, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { sleep } from '../support/monitor.ts'
import { dumpAnswer, frame, linkEvent } from '../support/recording.ts'
import { heard, isSettled } from '../support/virtual-time.ts'

const RTM_DELLINK = 17
const DOWN = 2
const UP = 6
const eth0 = { ifindex: 2, ifname: 'eth0' }
const eth1 = { ifindex: 3, ifname: 'eth1' }

/** eth0 is there; after 6 s eth1 comes, is renamed 100 ms later, and loses its media for a while. */
const HOTPLUG: RecordedFrame[] = [
  ...dumpAnswer([eth0]).map((datagram, at) => frame(at, datagram)),
  frame(6000, linkEvent({ ...eth1, operstate: DOWN })),
  frame(6100, linkEvent({ ...eth1, ifname: 'lan1', operstate: DOWN })),
  frame(7000, linkEvent({ ...eth1, ifname: 'lan1', operstate: UP })),
  frame(9000, linkEvent({ ...eth1, ifname: 'lan1', operstate: DOWN })),
  frame(9500, linkEvent({ ...eth1, ifname: 'lan1', operstate: UP })),
  frame(12_000, linkEvent({ ...eth1, ifname: 'lan1' }, { type: RTM_DELLINK })),
]

/** The delays of all timers that `run` asks the machine for. */
async function delaysOf(run: () => Promise<void>): Promise<number[]> {
  const { setTimeout } = globalThis
  const delays: number[] = []
  const counted = (call: () => void, ms = 0) => {
    delays.push(ms)
    return setTimeout(call, ms)
  }
  globalThis.setTimeout = counted as typeof setTimeout
  try {
    await run()
  } finally {
    globalThis.setTimeout = setTimeout
  }
  return delays
}

/** Waits for no timer of the machine's, but the short ones of the tests themselves. */
function quick(name: string, run: () => Promise<void>): void {
  test(name, async () => {
    const delays = await delaysOf(run)
    assert.equal(
      delays.filter((ms) => ms >= 100),
      [],
    )
  })
}

async function* streamed(frames: RecordedFrame[]): AsyncGenerator<RecordedFrame> {
  for (const one of frames) {
    await sleep(0)
    yield one
  }
}

for (const [kind, recording] of [
  ['an array', () => HOTPLUG],
  ['a stream', () => streamed(HOTPLUG)],
] as const) {
  quick(`a monitor on ${kind}: the links of the dump, and each wait in its time`, async () => {
    const socket = replayCapture(recording())
    const monitor = await openLinkMonitor({ socket })
    assert.equal(
      [...monitor.links.values()].map(({ ifname }) => ifname),
      ['eth0'],
    )
    assert.is((await monitor.waitForAttach()).ifname, 'eth1')
    assert.is(Math.round(socket.clock.now()), 6000 - 1)
    assert.is((await monitor.waitForOperState(3, 'UP')).ifname, 'lan1')
    assert.is(Math.round(socket.clock.now()), 7000 - 1)
    assert.is((await monitor.waitForMediaSwitch('lan1')).operstate, 'UP')
    assert.is(Math.round(socket.clock.now()), 9500 - 1)
    assert.is((await monitor.waitForDetach('lan1'))?.ifname, 'lan1')
    assert.is(Math.round(socket.clock.now()), 12_000 - 1)
    monitor.close()
  })
}

quick('a timeout of 5 s is up where the event comes after 6', async () => {
  const socket = replayCapture(HOTPLUG)
  const monitor = await openLinkMonitor({ socket })
  const error = await rejection(monitor.waitForAttach({ timeout: 5000 }))
  assert.is(error.name, 'TimeoutError')
  assert.is(socket.clock.now(), 5000)
  assert.is((await monitor.waitForAttach({ timeout: 5000 })).ifname, 'eth1')
  monitor.close()
})

quick('settle waits for the end of renames', async () => {
  const monitor = await openLinkMonitor({ socket: replayCapture(HOTPLUG) })
  assert.is((await monitor.waitForAttach({ settle: 50, timeout: 7000 })).ifname, 'eth1')
  monitor.close()
  const other = await openLinkMonitor({ socket: replayCapture(HOTPLUG) })
  assert.is((await other.waitForAttach({ settle: 200, timeout: 7000 })).ifname, 'lan1')
  other.close()
  const late = await openLinkMonitor({ socket: replayCapture(HOTPLUG) })
  const error = await rejection(late.waitForAttach({ settle: 200, timeout: 6200 }))
  assert.is(error.name, 'TimeoutError')
  late.close()
})

quick('time stands still while nobody waits', async () => {
  const socket = replayCapture(HOTPLUG)
  const monitor = await openLinkMonitor({ socket })
  await heard()
  assert.is(socket.clock.now(), 0)
  assert.is(monitor.links.size, 1)
  await monitor.waitForAttach()
  await heard()
  assert.is(monitor.links.find('eth1')?.operstate, 'DOWN')
  monitor.close()
})

quick(
  'after the last frame the clock advances while a timer is pending, then the source has ended',
  async () => {
    const socket = replayCapture(HOTPLUG.slice(0, 3))
    const monitor = await openLinkMonitor({ socket })
    assert.is((await monitor.waitForAttach({ settle: 2000 })).ifname, 'eth1')
    assert.is(Math.round(socket.clock.now()), 8000 - 1)
    const error = await rejection(monitor.waitForDetach('eth1', { timeout: 60_000 }))
    assert.is(error.name, 'TimeoutError')
    const end = await rejection(monitor.waitForDetach('eth1'))
    assert.is((end as NodeJS.ErrnoException).code, 'ERR_NETLINK_SOURCE_ENDED')
    monitor.close()
  },
)

quick('an iteration yields everything, and ends without an error', async () => {
  const monitor = await openLinkMonitor({ socket: replayCapture(HOTPLUG) })
  const tale: string[] = []
  for await (const event of monitor) {
    tale.push('link' in event ? `${event.type} ${event.link.ifname}` : event.type)
  }
  assert.equal(tale, [
    ...['present eth0', 'synced', 'added eth1', 'renamed lan1', 'changed lan1', 'changed lan1'],
    ...['changed lan1', 'removed lan1'],
  ])
})

quick('events between the answers of the first dump are newer than they', async () => {
  const [answer, done] = dumpAnswer([eth0, eth1]).reduce<Uint8Array[][]>(
    (parts, datagram) => {
      ;(parts[0]?.length === 2 ? parts[1] : parts[0])?.push(datagram)
      return parts
    },
    [[], []],
  ) as [Uint8Array[], Uint8Array[]]
  const frames = [
    linkEvent({ ...eth0, mtu: 9000 }),
    ...answer,
    linkEvent(eth1, { type: RTM_DELLINK }),
    ...done,
  ].map((datagram, at) => frame(at, datagram))
  const monitor = await openLinkMonitor({ socket: replayCapture(frames) })
  const links = [...monitor.links.values()].map(({ ifname, mtu }) => [ifname, mtu])
  assert.equal(links, [['eth0', 9000]])
  monitor.close()
})

quick('a recording without a dump: a monitor opens with no links', async () => {
  const monitor = await openLinkMonitor({ socket: replayCapture(HOTPLUG.slice(2)) })
  assert.is(monitor.links.size, 0)
  assert.is((await monitor.waitForAttach({ timeout: 10 })).ifname, 'eth1')
  await monitor.resync()
  assert.is(monitor.links.size, 1)
  monitor.close()
})

quick('only what the link group hears is told', async () => {
  const frames = [
    frame(0, linkEvent({ ifindex: 9, ifname: 'asked' }, { flags: 1 })),
    frame(1, linkEvent({ ifindex: 9, ifname: 'sent' }), 0, 7),
    frame(2, linkEvent({ ifindex: 9, ifname: 'other' }), 16),
    frame(3, Uint8Array.of(1, 2)),
    { data: Uint8Array.of(1, 2, 3) },
    { ...frame(4, linkEvent({ ifindex: 9, ifname: 'ether' })), linkType: 1 },
    ...dumpAnswer([{ ifindex: 9, ifname: 'dumped' }]).map((datagram) => frame(5000, datagram)),
    frame(6000, linkEvent(eth1)),
  ]
  const socket = replayCapture(frames)
  const monitor = await openLinkMonitor({ socket })
  assert.is((await monitor.waitForAttach()).ifname, 'eth1')
  assert.is(monitor.stats.malformed, 1)
  monitor.close()
})

quick('a comment that tells of overruns is a gap', async () => {
  const comment = '3 overruns: the kernel dropped datagrams after this one'
  const frames = HOTPLUG.map((one, at) => (at === 3 ? { ...one, comment } : one))
  const socket = replayCapture(frames)
  const monitor = await openLinkMonitor({ socket })
  const told: LinkEvent['type'][] = []
  for await (const { type } of monitor) told.push(type)
  assert.equal(told.slice(2, 6), ['added', 'gap', 'renamed', 'synced'])
  assert.is(socket.stats.overruns, 3)
})

quick('cloud-init’s functions hear the events, not the dump, and go by its time', async () => {
  const socket = replayCapture(HOTPLUG)
  const late = await rejection(waitForNicAttachEvent(socket, [], { timeout: 5000 }))
  assert.is(late.name, 'TimeoutError')
  assert.is(await waitForNicAttachEvent(socket, [], { timeout: 5000 }), 'eth1')
  await waitForMediaDisconnectConnect(socket, 'lan1', { timeout: 1001 })
  assert.is(Math.round(socket.clock.now()), 7000)
  await waitForMediaDisconnectConnect(socket, 'lan1', { timeout: 3000 })
  assert.is(Math.round(socket.clock.now()), 9500)
  const never = await rejection(waitForNicAttachEvent(socket, ['lan1'], { timeout: 60_000 }))
  assert.is(never.name, 'TimeoutError')
})

test('a speed: as recorded, so many times as fast', async () => {
  const start = performance.now()
  const delays = await delaysOf(async () => {
    const socket = replayCapture(HOTPLUG, { speed: 60 })
    const monitor = await openLinkMonitor({ socket })
    assert.is((await monitor.waitForAttach({ timeout: 6500 })).ifname, 'eth1')
    const error = await rejection(monitor.waitForDetach('eth1', { timeout: 2000 }))
    assert.is(error.name, 'TimeoutError')
    monitor.close()
  })
  // 8 s of the recording: a timer may come late, but not early.
  const real = performance.now() - start
  assert.ok(real > 125, `${real} ms`)
  const asked = delays.reduce((sum, ms) => sum + ms, 0)
  assert.ok(asked < 145, `timers of ${asked} ms`)
  assert.throws(() => replayCapture([], { speed: 0 }), RangeError)
})

quick('a virtual clock on a fake kernel: timeouts and settling when told', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [eth0] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  const attached = monitor.waitForAttach({ timeout: 5000 })
  clock.advance(4999)
  assert.is(await isSettled(attached), false)
  const failed = rejection(attached)
  clock.advance(1)
  assert.is((await failed).name, 'TimeoutError')

  const settled = monitor.waitForAttach({ settle: 500 })
  kernel.add(eth1)
  await heard()
  clock.advance(499)
  kernel.rename(3, 'lan1')
  await heard()
  clock.advance(499)
  assert.is(await isSettled(settled), false)
  clock.advance(1)
  assert.is((await settled).ifname, 'lan1')
  monitor.close()
})

quick('resyncs wait by the virtual clock', async () => {
  const clock = new VirtualClock()
  const kernel = fakeKernel({ links: [eth0] })
  const monitor = await openLinkMonitor({ socket: kernel, clock })
  for (const count of [1, 2]) {
    kernel.inject.overrun()
    kernel.add()
    await heard()
    clock.advance(1)
    await heard()
    assert.is(monitor.stats.gaps, count)
  }
  assert.is(kernel.dumps, 2)
  clock.advance(999)
  await heard()
  assert.is(kernel.dumps, 3)
  assert.is(monitor.links.size, 3)
  monitor.close()
})

test('a virtual clock calls in the order of time, at the time', () => {
  const clock = new VirtualClock()
  const calls: [string, number][] = []
  const note = (name: string) => () => calls.push([name, clock.now()])
  clock.after(20, note('c'))
  clock.after(10, () => {
    note('a')()
    clock.after(5, note('b'))
  })
  const cancel = clock.after(12, note('never'))
  clock.after(20, note('d'))
  cancel()
  assert.is(clock.next, 10)
  clock.advance(20)
  assert.equal(calls, [
    ['a', 10],
    ['b', 15],
    ['c', 20],
    ['d', 20],
  ])
  assert.is(clock.next, undefined)
  assert.throws(() => clock.advance(-1), RangeError)
})

test.run()
