// A soak: several processes flap links as fast as they can, while a monitor with a consumer and waits keeps
// up, or loses events and catches up. In: how long. Out: samples, and a verdict on memory and links.

import { setTimeout as sleep } from 'node:timers/promises'
import { type LinkMonitor, openLinkMonitor } from 'netlink-wasm'
import { block, differences, Replay } from './compare.ts'
import { addPairs, flap } from './flaps.ts'
import { afterwards, until, WAIT_MS } from './harness.ts'
import { heapUsed } from './memory.ts'

const PAIRS = 40
const CHILDREN = 4
const SAMPLES = 10
const MB = 1024 * 1024
/** What the heap may grow by after the first tenth: a factor, and some room for what it varies by. */
const GROWTH = 1.5
const ROOM_BYTES = 8 * MB

export interface Sample {
  seconds: number
  events: number
  eventsPerSecond: number
  overruns: number
  gaps: number
  dumps: number
  coalesced: number
  /** Waits that were met, and that ran out, so far. */
  met: number
  timedOut: number
  heapBytes: number
  rssBytes: number
}

export interface Soaked {
  samples: Sample[]
  /** What is wrong; empty when the soak has passed. */
  faults: string[]
}

/** Waits again and again, of every kind, until the monitor is closed. */
class Waits {
  met = 0
  timedOut = 0
  readonly faults: string[] = []
  #isOver = false

  constructor(monitor: LinkMonitor) {
    const options = { timeout: 500 }
    let flips = 0
    this.#repeat(() => monitor.waitForMediaSwitch('a0', options))
    this.#repeat(() => monitor.waitForOperState('a1', 'UP', options))
    this.#repeat(() => monitor.waitForOperState('b2', ['DOWN', 'LOWERLAYERDOWN'], options))
    this.#repeat(() => monitor.waitFor((link) => link.mtu === 1300 + (flips++ % 7), options))
    // These never happen.
    this.#repeat(() => monitor.waitForAttach(options))
    this.#repeat(() => monitor.waitForDetach('a3', options))
  }

  /** No wait begins any more. */
  stop(): void {
    this.#isOver = true
  }

  async #repeat(wait: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      try {
        await wait()
        this.met++
        // One that holds already answers at once, and would take all the time there is.
        await sleep(5)
      } catch (error) {
        const { name, code, message } = error as Error & { code?: string }
        if (code === 'ERR_NETLINK_SOCKET_CLOSED') return
        if (name === 'TimeoutError') this.timedOut++
        else this.faults.push(message)
      }
    }
  }
}

/** Holds up the whole loop, then a consumer, again and again. Counts the times that the consumer was told. */
async function disturb(monitor: LinkMonitor, counts: { coalesced: number; isOver: boolean }) {
  while (!counts.isOver) {
    await sleep(300)
    block(150)
    // It takes one event, and for a while no other: it is told of what it missed.
    const slow = monitor[Symbol.asyncIterator]()
    await slow.next()
    await sleep(500)
    if ((await slow.next()).value?.type === 'coalesced') counts.coalesced++
    await slow.return?.()
  }
}

/** Soaks for `seconds`; `onSample` is called ten times meanwhile. */
export async function soak(
  seconds: number,
  receiveBufferBytes?: number,
  onSample: (sample: Sample) => void = () => {},
): Promise<Soaked> {
  addPairs(PAIRS)
  const monitor = await openLinkMonitor({ receiveBufferBytes, timeout: WAIT_MS })
  afterwards(() => monitor.close())
  const replay = new Replay(monitor)
  const waits = new Waits(monitor)
  const flaps = flap(PAIRS, 56, CHILDREN, true)
  const counts = { coalesced: 0, isOver: false }
  const disturbed = disturb(monitor, counts)
  const samples: Sample[] = []
  const started = performance.now()
  for (let i = 1; i <= SAMPLES; i++) {
    await sleep(Math.max(0, started + (seconds * 1000 * i) / SAMPLES - performance.now()))
    const sample = await look(
      monitor,
      counts.coalesced + replay.count('coalesced'),
      waits,
      started,
      samples.at(-1),
    )
    samples.push(sample)
    onSample(sample)
  }
  counts.isOver = true
  await flaps.stop()
  await disturbed
  // As long as more is queued than this machine reads, none does.
  await until('a wait to time out', () => waits.timedOut > 0)
  const faults = [...waits.faults]
  await until(
    'the links to be the kernel’s',
    () => differences(monitor.links.values()).length === 0,
  )
    .then(() => until('the events to be taken', () => replay.marks.at(-1) === 'synced'))
    .catch(() => {})
  faults.push(...differences(monitor.links.values()))
  faults.push(...differences(replay.links()).map((line) => `by its events: ${line}`))
  faults.push(...replay.nonsense)
  const { malformed, foreign, truncated, errors } = monitor.stats
  if (malformed + foreign + truncated + errors > 0) faults.push(`${malformed} malformed, …`)
  faults.push(...growth(samples, await heapUsed()))
  waits.stop()
  monitor.close()
  await replay.ended
  return { samples, faults }
}

async function look(
  monitor: LinkMonitor,
  coalesced: number,
  waits: Waits,
  started: number,
  last?: Sample,
): Promise<Sample> {
  const heapBytes = await heapUsed()
  const { events, overruns, gaps, dumps } = monitor.stats
  const seconds = (performance.now() - started) / 1000
  const since = seconds - (last?.seconds ?? 0)
  return {
    seconds,
    events,
    eventsPerSecond: (events - (last?.events ?? 0)) / since,
    overruns,
    gaps,
    dumps,
    coalesced,
    met: waits.met,
    timedOut: waits.timedOut,
    heapBytes,
    rssBytes: process.memoryUsage().rss,
  }
}

function growth(samples: Sample[], heapBytes: number): string[] {
  const first = samples[0]?.heapBytes ?? heapBytes
  const most = GROWTH * first + ROOM_BYTES
  if (heapBytes <= most) return []
  return [`the heap grew from ${first} to ${heapBytes} bytes, ${most} at most were expected`]
}

/** The samples as a Markdown table. */
export function table(samples: Sample[]): string {
  const rows = samples.map((sample) => [
    sample.seconds.toFixed(1),
    `${sample.events}`,
    sample.eventsPerSecond.toFixed(0),
    `${sample.overruns}`,
    `${sample.gaps}`,
    `${sample.dumps}`,
    `${sample.coalesced}`,
    `${sample.met}`,
    `${sample.timedOut}`,
    (sample.heapBytes / MB).toFixed(1),
    (sample.rssBytes / MB).toFixed(1),
  ])
  const head = [
    'seconds',
    'events',
    'events/s',
    'overruns',
    'gaps',
    'dumps',
    'coalesced',
    'waits met',
    'timed out',
    'heap MB',
    'RSS MB',
  ]
  const lines = [head, head.map(() => '---:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return lines.join('\n')
}
