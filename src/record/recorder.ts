// The recorder: writes datagrams into a pcapng file while they arrive.
// In: which sockets to open, and a stream. Out: one block with each write, so that the file is valid after every
// write. It drops no datagram itself, and marks where the kernel did. While the stream is slow, the sockets are not
// read: the kernel's receive buffers are the only queue.

import { checkFunction, checkList, checkObject, expected } from '../base/argument-checks.js'
import { Deadline } from '../base/deadline.js'
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
  /** Ignore the highest groups if this kernel does not have them. */
  isLenient?: boolean | undefined
  /** Requests to send one after another. The answers are recorded too. */
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
   * Receives the file, one pcapng block with each write, and is ended with the recording. While it is above its
   * high-water mark, nothing is received: the kernel's receive buffers are the queue.
   */
  sink: RecordSink
  /** Ends the recording once `sink` has written what was received. If it never does, destroy it. */
  signal?: AbortSignal | undefined
  /** Called after each write. */
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
  /** How often the kernel dropped datagrams because a receive buffer was full. */
  overruns: number
  /** Datagrams that were cut because they were larger than the window. */
  truncated: number
}

/** linux/if_packet.h: to user space. */
const PACKET_USER = 6
/** How many rounds of the event loop read what is queued when the recording ends. */
const LAST_TURNS = 64

/**
 * Records until `signal` is aborted. Then it writes what the kernel had queued by then, and ends `sink`.
 *
 * @returns the counts, once everything is written
 * @throws NetlinkError if a socket cannot be opened or fails; the error of `sink`, or an error with code
 *   ERR_STREAM_PREMATURE_CLOSE if something else closes or ends it; what `onProgress` throws
 */
export async function recordNetlink(options: RecordOptions): Promise<RecordStats> {
  checkObject('options', options)
  const { sources, sink, onProgress } = options
  checkList('sources', sources, 'what recordSources() gives')
  if (typeof sink?.write !== 'function') throw expected('sink to be a stream to write to', sink)
  if (onProgress !== undefined) checkFunction('onProgress', onProgress)
  const recorder = new Recorder(options)
  return recorder.run(options)
}

interface Channel {
  id: number
  protocol: number
  endpoint: Endpoint | undefined
  asker: Asker | undefined
  /** Overruns that are not written yet. */
  overruns: number
  /** The queue was empty since: the overruns come before the next datagram. */
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
  #fail: (error: unknown) => void = () => {}

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
    for (const event of ['finish', 'close'] as const)
      this.#sink.on(event, () => this.#fail(closedError()))
    if (this.#sink.destroyed || this.#sink.writableEnded) {
      this.#fail(this.#sink.errored ?? closedError())
    }
    const deadline = new Deadline({ signal })
    const aborted = new Promise<void>((resolve) => {
      if (deadline.signal?.aborted) resolve()
      deadline.signal?.addEventListener('abort', () => resolve())
    })
    try {
      this.#write(this.#writer.start())
      for (const [index, source] of sources.entries()) this.#open(index, source, open)
      await Promise.race([aborted, failed])
      await Promise.race([this.#last(), failed])
    } finally {
      deadline.close()
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
      // Datagrams that were queued when the kernel began to drop come first: the gap is at the end of the queue.
      const isAtGap = channel.isGapPast || (isEmpty && index === received.length - 1)
      this.#write(this.#block(channel, one, isAtGap))
    }
    this.#sink.uncork()
    channel.isGapPast = isEmpty && channel.overruns > 0
    for (const one of received) channel.asker?.take(one)
    try {
      this.#onProgress(this.#stats)
    } catch (error) {
      this.#fail(error)
    }
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

  /** Receives nothing while the stream has too many blocks. */
  #write(block: Uint8Array): void {
    if (this.#sink.write(block) || this.#isPaused) return
    this.#isPaused = true
    for (const { endpoint } of this.#channels) endpoint?.pause()
    this.#sink.once('drain', () => {
      this.#isPaused = false
      for (const { endpoint } of this.#channels) endpoint?.resume()
    })
  }

  /** Receives what the kernel has queued, for a limited number of rounds. */
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
  const error = new Error('expected a stream that stays open, got one that something else ended')
  return Object.assign(error, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}
