// Replays a recording: sends its events at their times, and answers dumps with its links, addresses, routes, ….
// In: the frames of a capture. Out: a source for a link monitor and for cloud-init's functions, and the
// clock that they use. Never waits in real time, unless a speed is given. Runs anywhere.

import { NLM_F_DUMP, NLM_F_MULTI, RTM_GETLINK, RTM_NEWROUTE } from '../../assembly/contract.js'
import { checkBytes, expected } from '../base/argument-checks.js'
import { realClock, turn } from '../base/clock.js'
import { outOfRange } from '../base/errors.js'
import { newStats, type ReceiveStats } from '../kernel/byte-source.js'
import type { Datagram, DatagramSource } from '../kernel/source-feed.js'
import { doneMessage, errorMessage } from '../message/builders.js'
import { decodeMessages } from '../message/decode.js'
import {
  type LinkFrame,
  LinkHistory,
  linkFrame,
  parts,
  type RecordedFrame,
} from './link-history.js'
import { NetworkHistory } from './network-history.js'
import { VirtualClock } from './virtual-clock.js'

export type { RecordedFrame } from './link-history.js'

export interface ReplayCaptureOptions {
  /**
   * 'instant' (default): the clock jumps to the next frame or timer when somebody waits on it, and
   * stands still otherwise. A number: 1 as recorded, 2 twice as fast, and so on.
   */
  speed?: 'instant' | number
  /** The clock to advance. Default: a new one, `replay.clock`, which the waits use. */
  clock?: VirtualClock
}

export interface CaptureReplay extends DatagramSource {
  readonly clock: VirtualClock
  readonly stats: ReceiveStats
}

/** A dump that begins this early in a recording, in milliseconds, is its `--dump` at the start. */
const START_MS = 1000
/** How often the clock advances if there is a speed, in milliseconds. */
const TICK_MS = 10
const EOPNOTSUPP = -95
const ENETUNREACH = -101
const RTM_GETROUTE = RTM_NEWROUTE + 2
/** A port id that the kernel never assigns. */
const PORT_ID = 0x7fffffff

/**
 * Replays the link events of a capture, such as one by `netlink-wasm record`, at their times:
 *
 *     const monitor = await openLinkMonitor({ socket: replayCapture(frames) })
 *     const nic = await monitor.waitForAttach({ timeout: 5000 }) // of the recording's time
 *
 * A monitor opens with the links that the recording starts with, if it was made with `--dump`, else
 * with none; a network monitor with its addresses, routes, neighbours and rules, too. After the last frame the clock advances
 * while a timer is pending; then the source has ended.
 * If a frame's comment reports overruns, they are counted in `stats`, and the monitor emits `gap`. A resync cannot bring
 * back what the recording has lost.
 *
 * @throws TypeError if `frames` is no iterable of frames; RangeError for a speed that is not above 0
 */
export function replayCapture(
  frames: Iterable<RecordedFrame> | AsyncIterable<RecordedFrame>,
  { speed = 'instant', clock = new VirtualClock() }: ReplayCaptureOptions = {},
): CaptureReplay {
  checkFrames(frames)
  if (speed !== 'instant' && !(speed > 0)) {
    throw outOfRange(`expected speed to be 'instant' or a number above 0, got ${speed}`)
  }
  return new Replay(frames, speed, clock)
}

/** @throws TypeError, also for the bytes of a capture, which need readCapture() */
function checkFrames(frames: unknown): void {
  const isObject = typeof frames === 'object' && frames !== null
  const { readableObjectMode } = isObject ? (frames as { readableObjectMode?: unknown }) : {}
  const isIterable = isObject && (Symbol.iterator in frames || Symbol.asyncIterator in frames)
  if (isIterable && readableObjectMode !== false && !(frames instanceof Uint8Array)) return
  throw expected('frames to be an iterable of frames, as readCapture() gives', frames)
}

class Replay implements CaptureReplay {
  readonly framing = 'datagram'
  readonly portId = PORT_ID
  readonly stats: ReceiveStats = newStats()
  readonly clock: VirtualClock
  readonly #speed: 'instant' | number
  readonly #frames: AsyncIterator<RecordedFrame> | Iterator<RecordedFrame>
  readonly #history = new LinkHistory()
  readonly #network = new NetworkHistory()
  /** Addresses or others beside links were asked for: their events are replayed, too. */
  #isNetwork = false
  /** Frames that were read, but not replayed yet. */
  readonly #ahead: LinkFrame[] = []
  #reading: Promise<boolean> | undefined
  #queue: Datagram[] = []
  #answering: Promise<void> | undefined
  #hasStarted = false
  /** Where the replay starts: the time in the recording, and the time of the clock. */
  #origin: bigint | undefined
  #start = 0
  /** The real time when the first frame was due. */
  #realStart: number | undefined

  constructor(
    frames: Iterable<RecordedFrame> | AsyncIterable<RecordedFrame>,
    speed: 'instant' | number,
    clock: VirtualClock,
  ) {
    const isAsync = Symbol.asyncIterator in frames
    this.#frames = isAsync ? frames[Symbol.asyncIterator]() : frames[Symbol.iterator]()
    this.#speed = speed
    this.clock = clock
    this.#start = clock.now()
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  async recv(): Promise<Datagram | null> {
    while (this.isEmpty) {
      const frame = await this.#peek(0)
      const hasCome = await this.#pass(frame ? this.#timeOf(frame) : Number.POSITIVE_INFINITY)
      if (!hasCome) continue
      if (!frame) return null
      this.#hasStarted = true
      this.#ahead.shift()
      this.stats.overruns += frame.overruns
      for (const part of parts(frame)) this.#network.note(...part)
      const events = this.#history.take(frame, this.#isNetwork)
      if (events) this.#queue.push(events)
    }
    const datagram = this.#queue.shift() as Datagram
    this.stats.datagrams++
    this.stats.bytes += datagram.length
    return datagram
  }

  /**
   * Answers requests for dumps of links, addresses, routes, neighbours and rules, and for the route to an address; any other
   * with EOPNOTSUPP.
   */
  async send(request: Uint8Array): Promise<void> {
    const answering = this.#answer(request)
    this.#answering = answering
    try {
      await answering
    } finally {
      if (this.#answering === answering) this.#answering = undefined
    }
  }

  async #answer(request: Uint8Array): Promise<void> {
    for (const { kind, header } of decodeMessages(request)) {
      if (kind === 'malformed' || !header) continue
      const { seq } = header
      const pid = this.portId
      const isDump = (header.flags & NLM_F_DUMP) === NLM_F_DUMP
      if (!isDump && header.type === RTM_GETROUTE) {
        const route = this.#network.lookup(request, { seq, pid })
        this.#queue.push(route ?? errorMessage({ errno: ENETUNREACH, seq, pid }, request))
        continue
      }
      if (isDump && !this.#hasStarted) await this.#readStart()
      const found = isDump
        ? await this.#dumped(request, { type: header.type, seq, pid })
        : undefined
      if (!found) this.#queue.push(errorMessage({ errno: EOPNOTSUPP, seq, pid }, request))
      else this.#queue.push(...found, doneMessage({ seq, pid, flags: NLM_F_MULTI }))
    }
  }

  async #dumped(
    request: Uint8Array,
    header: { type: number; seq: number; pid: number },
  ): Promise<Uint8Array[] | undefined> {
    if (header.type === RTM_GETLINK) return this.#history.dump(header)
    if (!this.#isNetwork) await this.#peekStart()
    return this.#network.dump(request, header)
  }

  /** Notes the entries of the dumps that follow that of links, without replaying their frames. */
  async #peekStart(): Promise<void> {
    this.#isNetwork = true
    for (let index = 0; ; index++) {
      const frame = await this.#peek(index)
      if (!frame || this.#timeOf(frame) - this.#start > START_MS) return
      for (const [message, bytes] of parts(frame)) {
        const flags = message.kind === 'malformed' ? 0 : message.header.flags
        if (flags & NLM_F_MULTI) this.#network.note(message, bytes)
      }
    }
  }

  /** Reads the dump that the recording starts with, if there is one. The replay then starts at its end. */
  async #readStart(): Promise<void> {
    this.#hasStarted = true
    let dump: { seq: number; pid: number } | undefined
    for (let index = 0; ; index++) {
      const frame = await this.#peek(index)
      if (!frame) break
      if (!dump && this.#timeOf(frame) - this.#start > START_MS) return
      dump ??= frame.dumpOf
      if (dump && frame.endsDump(dump)) break
    }
    if (!dump) return
    const start = this.#ahead.splice(0, this.#ahead.findIndex((f) => f.endsDump(dump)) + 1)
    if (start.length === 0) start.push(...this.#ahead.splice(0))
    this.#history.start(start, dump)
    for (const frame of start) for (const part of parts(frame)) this.#network.note(...part)
    this.#origin = start.at(-1)?.timestamp ?? this.#origin
  }

  // --- frames ----------------------------------------------------------------------------------

  /** The frame at `index` of those ahead; undefined after the last one. */
  async #peek(index: number): Promise<LinkFrame | undefined> {
    while (this.#ahead.length <= index) {
      this.#reading ??= this.#read()
      const hasMore = await this.#reading
      this.#reading = undefined
      if (!hasMore && this.#ahead.length <= index) return undefined
    }
    return this.#ahead[index]
  }

  async #read(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#frames.next()
      if (done) return false
      checkBytes('data of each frame', value?.data)
      this.#origin ??= value.timestamp
      const frame = linkFrame(value)
      if (!frame) continue
      this.#ahead.push(frame)
      return true
    }
  }

  /** When a frame is due, by the clock. */
  #timeOf({ timestamp }: LinkFrame): number {
    if (timestamp === undefined || this.#origin === undefined) return this.clock.now()
    return this.#start + Number(timestamp - this.#origin) / 1e6
  }

  // --- time ------------------------------------------------------------------------------------

  /**
   * Advances the clock to `at`, and runs the timers that are due before. Returns false if something was queued
   * meanwhile. With infinity, it runs until no timer is left.
   */
  async #pass(at: number): Promise<boolean> {
    for (;;) {
      if (this.#speed === 'instant') await this.clock.waitStarted()
      // Code that awaits a resolved promise runs first.
      await turn()
      if (this.#answering) await this.#answering
      if (!this.isEmpty) return false
      const { next } = this.clock
      if (this.#speed !== 'instant') {
        if (await this.#passAt(this.#speed, at)) return true
      } else if (this.clock.isAwaited) {
        if (next !== undefined && next <= at) this.#moveTo(next)
        else if (at !== Number.POSITIVE_INFINITY) this.#moveTo(at)
        if (next === undefined || next > at) return true
      }
    }
  }

  /** One tick at a speed; returns whether `at` was reached. */
  async #passAt(speed: number, at: number): Promise<boolean> {
    this.#realStart ??= realClock.now()
    const due = this.#start + (realClock.now() - this.#realStart) * speed
    const { next } = this.clock
    if (next !== undefined && next <= Math.min(at, due)) {
      this.#moveTo(next)
      return false
    }
    this.#moveTo(Math.min(at, due))
    if (at <= due || (at === Number.POSITIVE_INFINITY && next === undefined)) return true
    await new Promise<void>((resolve) => {
      realClock.after(Math.min(TICK_MS, (at - due) / speed), resolve)
    })
    return false
  }

  #moveTo(at: number): void {
    this.clock.advance(Math.max(0, at - this.clock.now()))
  }
}
