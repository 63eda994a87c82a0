// Storms: a hundred links flap while the event loop is blocked, so that the receive buffer overflows
// over and over. The monitor tells each gap once, is right afterwards, and so are its waits.

import { type LinkMonitor, openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { agrees, block, differences, Replay, unhandledRejections } from './compare.ts'
import { addPairs, flap, flapRound } from './flaps.ts'
import { afterwards, ip, live, settled, until, WAIT_MS } from './harness.ts'

const timeout = WAIT_MS
const PAIRS = 50
const ALL = Array.from({ length: PAIRS }, (_, i) => i)

/** Buffers: 64 KiB holds some 50 events, and 1 is rounded up to the least that the kernel grants. */
const SIZES = { 'a small buffer': 64 * 1024, 'the smallest buffer': 1 }

async function open(receiveBufferBytes: number): Promise<LinkMonitor> {
  const monitor = await openLinkMonitor({ receiveBufferBytes, timeout })
  afterwards(() => monitor.close())
  return monitor
}

/** Waits until every gap is made up for, and holds that gaps and dumps took turns. */
async function caughtUp(monitor: LinkMonitor, replay: Replay, gapsBefore = 0): Promise<void> {
  await until('the last gap to be made up for', () => replay.marks.at(-1) === 'synced')
  replay.marks.forEach((mark, i) => {
    if (i > 0) assert.is.not(mark, replay.marks[i - 1], replay.marks.join(' '))
  })
  assert.is(replay.count('gap'), monitor.stats.gaps - gapsBefore)
  assert.equal(replay.nonsense, [])
}

for (const [size, bytes] of Object.entries(SIZES)) {
  live(`${size}: a hundred links flap while the loop is blocked for seconds`, async () => {
    const check = unhandledRejections()
    addPairs(PAIRS)
    const monitor = await open(bytes)
    const { stats } = monitor
    if (bytes === 1)
      assert.ok((stats.receiveBufferBytes ?? 0) < 8192, `${stats.receiveBufferBytes}`)
    const replay = new Replay(monitor)
    const flaps = flap(PAIRS, 24, 4, true)
    for (let burst = 1; burst <= 3; burst++) {
      block(1000)
      // Overruns do not end before the queue is empty: one for each time that the loop was blocked.
      await until(`overrun ${burst}`, () => stats.overruns >= burst)
    }
    await flaps.stop()
    await agrees(size, () => monitor.links.values())
    await caughtUp(monitor, replay)
    await agrees(`${size}, by its events`, () => replay.links())
    assert.ok(stats.gaps >= 1 && stats.gaps <= stats.overruns, `${stats.gaps} gaps`)
    assert.is(stats.malformed + stats.foreign + stats.truncated + stats.errors, 0)
    monitor.close()
    await replay.ended
    check()
  })

  live(`${size}: each burst is one gap, and what was lost is told as of a resync`, async () => {
    addPairs(PAIRS)
    const monitor = await open(bytes)
    const { stats } = monitor
    await agrees('before the storm', () => monitor.links.values())
    await settled('what the links do by themselves', () => stats.events + stats.overruns)
    const replay = new Replay(monitor)
    await until('the links', () => replay.count('synced') === 1)
    const { gaps } = stats
    for (const burst of [1, 2, 3]) {
      for (const step of [1, 2])
        ip(...ALL.map((i) => `link set a${i} mtu ${1300 + 2 * burst + step}`))
      await until(`gap ${burst}`, () => replay.count('gap') === burst)
      await until(`dump ${burst}`, () => replay.count('synced') === burst + 1)
      assert.equal(differences(monitor.links.values()), [])
    }
    await caughtUp(monitor, replay, gaps)
    assert.equal(replay.marks, ['synced', 'gap', 'synced', 'gap', 'synced', 'gap', 'synced'])
  })

  live(`${size}: waits whose decisive events were lost answer right`, async () => {
    const check = unhandledRejections()
    addPairs(PAIRS)
    ip(
      'link add media type veth peer name media-peer',
      'link add gone type ifb',
      'link add swapped index 5000 type ifb',
      'link add kept index 5001 type ifb',
      'link set media up',
      'link set media-peer up',
    )
    const monitor = await open(bytes)
    await monitor.waitForOperState('media', 'UP', { timeout })
    const replay = new Replay(monitor)
    const media = monitor.waitForMediaSwitch('media', { timeout })
    const gone = monitor.waitForDetach('gone', { timeout })
    const swapped = monitor.waitForDetach('swapped', { timeout })
    const attached = monitor.waitForAttach({ match: ({ ifname }) => ifname === 'fresh', timeout })
    const state = monitor.waitForOperState('kept', 'UNKNOWN', { timeout })
    const altname = monitor.waitFor(({ altnames }) => altnames.includes('alias'), { timeout })
    let isEarly = false
    const early = monitor.waitForDetach('kept', { timeout }).then(
      () => {
        isEarly = true
      },
      (error) => error,
    )

    // `ip` runs while this process waits for it: the buffer is full before the first of these.
    ip(...flapRound(ALL, 0), ...flapRound(ALL, 1))
    ip(
      'link set media-peer down',
      'link del gone',
      'link del swapped',
      'link add swapped index 5000 type bridge',
      'link set kept name kept2',
      'link set kept2 up',
      'link property add dev kept2 altname alias',
      'link add fresh type ifb',
      'link set media-peer up',
    )
    ip(...flapRound(ALL, 2), ...flapRound(ALL, 3))

    assert.is((await media).operstate, 'UP')
    assert.is((await gone)?.ifname, 'gone')
    assert.is((await swapped)?.linkinfo?.info_kind, 'ifb')
    assert.is((await attached).ifname, 'fresh')
    assert.is((await state).ifname, 'kept2')
    assert.is((await altname).ifindex, 5001)
    assert.ok(monitor.stats.overruns > 0)
    await agrees('after the waits', () => monitor.links.values())
    await caughtUp(monitor, replay)
    assert.is(isEarly, false, 'what was only renamed has not gone')
    monitor.close()
    assert.is((await early)?.code, 'ERR_NETLINK_SOCKET_CLOSED')
    check()
  })
}

live('an overrun whose queue ends just where a wake-up does is made up for', async () => {
  ip('link add ifb7 type ifb')
  const changes = (count: number) =>
    ip(...Array.from({ length: count }, (_, i) => `link set ifb7 mtu ${1400 + (i % 2)}`))
  // How many events one wake-up takes, by a buffer that holds more.
  const wide = await openLinkMonitor({ timeout })
  afterwards(() => wide.close())
  changes(600)
  while (wide.stats.events === 0) await new Promise((resolve) => setImmediate(resolve))
  const atOnce = wide.stats.events
  assert.ok(atOnce > 50 && atOnce < 600, `${atOnce}`)
  wide.close()
  for (const events of [atOnce, 2 * atOnce]) {
    // The kernel doubles the size, and takes 2,304 bytes for an event; where it takes others, nothing is held.
    const monitor = await open(events * 1152)
    changes(events + 30)
    await until('the overrun', () => monitor.stats.overruns === 1)
    await until(`the dump after ${events} events`, () => monitor.stats.dumps === 2)
    monitor.close()
  }
})

live('the default buffer: a storm, with the loop blocked at random', async () => {
  addPairs(PAIRS)
  const monitor = await openLinkMonitor({ timeout })
  afterwards(() => monitor.close())
  const replay = new Replay(monitor)
  const flaps = flap(PAIRS, 24, 4)
  let isOver = false
  const over = flaps.ended.then(() => {
    isOver = true
  })
  for (let i = 0; i < 8 && !isOver; i++) {
    block(40 * (i + 1))
    await until('a datagram', () => monitor.stats.events > 0)
  }
  await flaps.stop()
  await over
  await agrees('the default buffer', () => monitor.links.values())
  await caughtUp(monitor, replay)
  await agrees('the default buffer, by its events', () => replay.links())
})

test.run()
