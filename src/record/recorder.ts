// The recorder: datagrams become a pcapng file, as they come.
// In: which sockets to open, and a stream. Out: a block with each write, so that what is written is a valid
// file wherever it ends between two. Never drops a datagram itself, and tells where the kernel did:
// while the stream is slow the sockets are left unread, and the kernel's queues are the only ones.

import { protocolName } from '../base/protocols.js'
import { netlinkHeader } from '../capture/framing.js'
import { PcapngWriter } from '../capture/writer.js'
import {
  type Endpoint,
  type OpenEndpoint,
  openEndpoint,
  type Received,
} from '../kernel/recording-endpoint.js'
import { Asker } from './asker.js'
import type { Request } from './dump-requests.js'
import { wallClock } from './wall-clock.js'

/** One socket to record. */
export interface RecordSource {
  protocol: number
  /** Group numbers. */
  groups: readonly number[]
  /** Leave out the highest groups, as far as this kernel does not have them. */
  isLenient?: boolean | undefined
  /** Sent one after another; the answers are recorded too. */
  requests?: readonly Request[] | undefined
  receiveBufferBytes?: number | undefined
}

/** Where a recording goes: a Writable of node:stream is one. */
export interface RecordSink {
  readonly destroyed: boolean
  readonly writableEnded: boolean
  readonly errored: Error | null
  /** False once more is buffered than it should be, until 'drain'. */
  write(block: Uint8Array): boolean
  end(onEnd: (error?: Error | null) => void): unknown
  cork(): void
  uncork(): void
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'finish' | 'close', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
}

export interface RecordOptions {
  sources: readonly RecordSource[]
  /**
   * Gets the file, a pcapng block with each write, and is ended with the recording. While it is slow (above its
   * high-water mark), nothing is received: the kernel's receive buffers are the queue.
   */
  sink: RecordSink
  /** Ends the recording once `sink` has taken what was received. Where it takes nothing, destroy it. */
  signal?: AbortSignal | undefined
  /** Told after each write. */
  onProgress?: ((stats: Readonly<RecordStats>) => void) | undefined
  /** How sockets are opened. Default: the kernel's. */
  open?: OpenEndpoint | undefined
  /** Nanoseconds since 1970. */
  now?: (() => bigint) | undefined
}

export interface RecordStats {
  /** Datagrams written, and their bytes. */
  datagrams: number
  bytes: number
  /** Times the kernel dropped datagrams because a receive buffer was full. */
  overruns: number
  /** Datagrams cut, as they were larger than the window. */
  truncated: number
}

/** linux/if_packet.h: to user space. */
const PACKET_USER = 6
/** How often the loop goes round for what was queued when the recording ends. */
const LAST_TURNS = 64

/**
 * Records until `signal` is aborted, then writes what the kernel had queued by then, and ends `sink`.
 *
 * @returns what was recorded, once it is all written
 * @throws NetlinkError when a socket cannot be opened or fails; what `sink` fails with, and
 *   ERR_STREAM_PREMATURE_CLOSE where it is closed or ended by somebody else
 */
export async function recordNetlink(options: RecordOptions): Promise<RecordStats> {
  const recorder = new Recorder(options)
  return recorder.run(options)
}

interface Channel {
  id: number
  protocol: number
  endpoint: Endpoint | undefined
  asker: Asker | undefined
  /** Told, and not yet written down. */
  overruns: number
  /** The queue has been emptied since: they lie before what comes next. */
  isGapPast: boolean
}

class Recorder {
  readonly #stats: RecordStats = { datagrams: 0, bytes: 0, overruns: 0, truncated: 0 }
  readonly #writer: PcapngWriter
  readonly #sink: RecordSink
  readonly #now: () => bigint
  readonly #onProgress: (stats: RecordStats) => void
  readonly #channels: Channel[]
  #wakeUps = 0
  #isPaused = false
  #fail: (error: Error) => void = () => {}

  constructor({ sources, sink, now = wallClock(), onProgress = () => {} }: RecordOptions) {
    const names = sources.map(({ protocol }) => ({ name: protocolName(protocol) }))
    this.#writer = new PcapngWriter({ interfaces: names })
    this.#sink = sink
    this.#now = now
    this.#onProgress = onProgress
    this.#channels = sources.map(({ protocol }, id) => {
      return { id, protocol, endpoint: undefined, asker: undefined, overruns: 0, isGapPast: false }
    })
  }

  async run({ sources, signal, open = openEndpoint }: RecordOptions): Promise<RecordStats> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject
    })
    failed.catch(() => {})
    this.#sink.on('error', (error) => this.#fail(error))
    for (const event of ['finish', 'close'] as const) this.#sink.on(event, () => this.#fail(closedError()))
    if (this.#sink.destroyed || this.#sink.writableEnded) {
      this.#fail(this.#sink.errored ?? closedError())
    }
    let onAbort = () => {}
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve
      if (signal?.aborted) resolve()
      signal?.addEventListener('abort', onAbort)
    })
    try {
      this.#write(this.#writer.start())
      for (const [index, source] of sources.entries()) this.#open(index, source, open)
      await Promise.race([aborted, failed])
      await Promise.race([this.#last(), failed])
    } finally {
      signal?.removeEventListener('abort', onAbort)
      for (const { endpoint, asker } of this.#channels) {
        asker?.stop()
        endpoint?.close()
      }
      if (!this.#sink.destroyed) {
        const ended = new Promise<void>((resolve, reject) => {
          this.#sink.end((error?: Error | null) => (error ? reject(error) : resolve()))
        })
        await Promise.race([ended, failed])
      }
    }
    return this.#stats
  }

  #open(index: number, source: RecordSource, open: OpenEndpoint): void {
    const channel = this.#channels[index] as Channel
    const onWakeUp = (received: Received[], overran: boolean, isEmpty: boolean) =>
      this.#take(channel, received, overran, isEmpty)
    const endpoint = open(source, onWakeUp, (error) => this.#fail(error))
    channel.endpoint = endpoint
    if (this.#isPaused) endpoint.pause()
    if (!source.requests?.length) return
    channel.asker = new Asker(source.requests, (message) => endpoint.send(message))
    channel.asker.done.catch((error) => this.#fail(error))
  }

  #take(channel: Channel, received: Received[], overran: boolean, isEmpty: boolean): void {
    this.#wakeUps++
    if (overran) {
      channel.overruns++
      this.#stats.overruns++
    }
    this.#sink.cork()
    for (const [index, one] of received.entries()) {
      // What was queued when the kernel began to drop comes first: the gap is where the queue ends.
      const isAtGap = channel.isGapPast || (isEmpty && index === received.length - 1)
      this.#write(this.#block(channel, one, isAtGap))
    }
    this.#sink.uncork()
    channel.isGapPast = isEmpty && channel.overruns > 0
    for (const one of received) channel.asker?.take(one)
    this.#onProgress(this.#stats)
  }

  #block(channel: Channel, one: Received, isAtGap: boolean): Uint8Array {
    const { datagram, length, portId } = one
    const header = netlinkHeader({ protocol: channel.protocol, packetType: PACKET_USER })
    const comments: string[] = []
    if (isAtGap && channel.overruns > 0) {
      const count = channel.overruns === 1 ? '1 overrun' : `${channel.overruns} overruns`
      const where = channel.isGapPast ? 'before' : 'after'
      comments.push(`${count}: the kernel dropped datagrams here, ${where} this one`)
      channel.overruns = 0
      channel.isGapPast = false
    }
    if (portId !== 0) comments.push(`sent by port id ${portId}, not by the kernel`)
    this.#stats.datagrams++
    this.#stats.bytes += length
    if (length > datagram.length) this.#stats.truncated++
    return this.#writer.packet({
      data: [header, datagram],
      timestamp: this.#now(),
      originalLength: header.length + length,
      interfaceId: channel.id,
      ...(comments.length > 0 && { comment: comments.join('\n') }),
    })
  }

  /** While the stream has too many blocks, nothing is received. */
  #write(block: Uint8Array): void {
    if (this.#sink.write(block) || this.#isPaused) return
    this.#isPaused = true
    for (const { endpoint } of this.#channels) endpoint?.pause()
    this.#sink.once('drain', () => {
      this.#isPaused = false
      for (const { endpoint } of this.#channels) endpoint?.resume()
    })
  }

  /** Receives what the kernel has queued by now, as far as that has an end. */
  async #last(): Promise<void> {
    for (let turns = 0; turns < LAST_TURNS; turns++) {
      const wakeUps = this.#wakeUps
      if (this.#isPaused) await new Promise<void>((resolve) => this.#sink.once('drain', resolve))
      // The second immediate comes after the loop has polled once more.
      await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))
      if (this.#wakeUps === wakeUps) return
    }
  }
}

function closedError(): Error {
  const error = new Error('expected a stream that stays open, got one that somebody else ended')
  return Object.assign(error, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}
