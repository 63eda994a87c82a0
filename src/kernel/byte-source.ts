// Where bytes come from: a real socket, recorded bytes, anything with recv().
// In: a source. Out: its bytes, one read at a time. An aborted read loses none.

import { type Clock, turn } from '../base/clock.js'
import { type Deadline, TIMED_OUT, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import { concat } from '../message/builders.js'

/** The counters of a socket. A custom source may have them too: then the waits count malformed messages in it. */
export interface ReceiveStats {
  /** Datagrams received, and their bytes. */
  datagrams: number
  bytes: number
  /** How often the kernel dropped, or may have dropped, datagrams because the receive buffer was full (ENOBUFS, ENOMEM, EINVAL). */
  overruns: number
  /** Datagrams dropped because another process sent them. */
  foreign: number
  /** Datagrams larger than the window they were received into. */
  truncated: number
  /** Malformed messages, or rests of datagrams, that were dropped; and the error of the last one. */
  malformed: number
  lastMalformed: NetlinkError | undefined
}

export function newStats(): ReceiveStats {
  return {
    datagrams: 0,
    bytes: 0,
    overruns: 0,
    foreign: 0,
    truncated: 0,
    malformed: 0,
    lastMalformed: undefined,
  }
}

/** How many datagrams were received; 0 if the source does not count. */
export function receivedBy({ stats }: { stats?: ReceiveStats }): number {
  return stats ? stats.datagrams + stats.foreign : 0
}

export function countMalformed(stats: ReceiveStats | undefined, error: NetlinkError): void {
  if (!stats) return
  stats.malformed++
  stats.lastMalformed = error
}

/**
 * Anything that yields netlink bytes. `recv()` returns the next bytes, or null if nothing came in time; or a promise
 * of either. A source that returns null at once, 16 times in a row, counts as ended. `recv()` is called only when all
 * earlier bytes were used.
 */
export interface ByteSource {
  recv(
    options?: WaitOptions,
  ): PromiseLike<Uint8Array | null | undefined> | Uint8Array | null | undefined
  /** 'datagram': each result of `recv()` is one datagram. Otherwise it is a byte stream that may be cut anywhere. */
  readonly framing?: 'datagram' | 'stream'
  readonly stats?: ReceiveStats
  /** The clock for timeouts of waits on this source. Default: the system's. */
  readonly clock?: Clock
}

/** A source's unread bytes, and the pending call of `recv()`. */
export class Inbox {
  static readonly #inboxes = new WeakMap<ByteSource, Inbox>()

  /** The inbox of a source: each source has one, so that one wait starts where the last one ended. */
  static of(source: ByteSource): Inbox {
    let inbox = Inbox.#inboxes.get(source)
    if (!inbox) {
      inbox = new Inbox(source)
      Inbox.#inboxes.set(source, inbox)
    }
    return inbox
  }

  /** Padding bytes of the last message that have not arrived. */
  padding = 0
  readonly source: ByteSource
  /** Bytes that were read and not used yet. They are joined on access, as a message may arrive byte by byte. */
  #parts: Uint8Array[] = []
  #length = 0
  #out: Promise<Uint8Array | null> | undefined
  #user: Deadline | undefined

  private constructor(source: ByteSource) {
    this.source = source
  }

  /** How many bytes were read and not used yet. */
  get length(): number {
    return this.#length
  }

  /** These bytes. */
  get unread(): Uint8Array {
    if (this.#parts.length !== 1) this.#parts = [concat(this.#parts)]
    return this.#parts[0] as Uint8Array
  }

  set unread(bytes: Uint8Array) {
    this.#parts = [bytes]
    this.#length = bytes.length
  }

  /**
   * Claims the source for one wait, until the returned function is called or its signal is aborted.
   *
   * @throws NetlinkError ERR_NETLINK_SOURCE_BUSY if another wait uses it: each would take the other's bytes
   */
  claim(deadline: Deadline): () => void {
    if (this.#user) {
      deadline.close()
      throw new NetlinkError(
        'ERR_NETLINK_SOURCE_BUSY',
        'expected a socket that no other wait is using, got one in use',
      )
    }
    this.#user = deadline
    const release = () => {
      if (this.#user === deadline) this.#user = undefined
      deadline.close()
    }
    deadline.signal?.addEventListener('abort', release)
    return release
  }

  /** The next bytes; null when the source had none in time. */
  async read(deadline: Deadline): Promise<Uint8Array | null> {
    deadline.signal?.throwIfAborted()
    // The pending call of an aborted read may still return bytes: they come first.
    const isEarlier = this.#out !== undefined
    const out = this.#out ?? this.#call(deadline)
    this.#out = out
    let data: Uint8Array | null | typeof TIMED_OUT
    try {
      data = await deadline.race(out)
    } catch (error) {
      if (deadline.signal?.aborted) throw error
      this.#out = undefined
      if (isEarlier) return this.read(deadline)
      throw error
    }
    if (data === TIMED_OUT) return null
    this.#out = undefined
    return isEarlier && data === null ? this.read(deadline) : data
  }

  #call(deadline: Deadline): Promise<Uint8Array | null> {
    const call = receive(this.source, deadline)
    // A failure is reported by the read. After an aborted read nobody may handle it.
    call.catch(() => {})
    return call
  }

  /** Appends bytes to the unread ones, without the padding that was still missing. */
  append(data: Uint8Array): void {
    const owed = data.subarray(0, this.padding)
    // Recorded messages may lack their padding. Then the next header is here, and is not all zeros.
    const from = owed.every((byte) => byte === 0) ? owed.length : 0
    this.padding = from === data.length ? this.padding - from : 0
    this.#parts.push(data.subarray(from))
    this.#length += data.length - from
  }
}

async function receive(source: ByteSource, deadline: Deadline): Promise<Uint8Array | null> {
  const { signal, left: timeout } = deadline
  const data = await source.recv({ signal, timeout })
  if (data === null || data === undefined) return null
  if (data instanceof Uint8Array) return data
  throw Object.assign(new TypeError('expected recv() to yield a Uint8Array or null'), {
    code: 'ERR_INVALID_RETURN_VALUE',
  })
}

/**
 * The next bytes; null only after the timeout.
 *
 * @throws NetlinkError ERR_NETLINK_SOURCE_ENDED if the source has ended
 */
export async function readOn(inbox: Inbox, deadline: Deadline): Promise<Uint8Array | null> {
  for (let empty = 0; empty < EMPTY_MAX; ) {
    const asked = performance.now()
    const data = await inbox.read(deadline)
    if (data?.length || deadline.left === 0) return data
    // Null after some time is a timeout of the source. Null at once, again and again, is its end.
    empty = performance.now() - asked < EMPTY_MS ? empty + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  const { length } = inbox
  throw new NetlinkError(
    'ERR_NETLINK_SOURCE_ENDED',
    `expected more bytes to wait on, got the end of the source at byte ${length} of a message`,
    { offset: length },
  )
}

/** A source has ended if it returns null this often in a row, each time within this many milliseconds. */
const EMPTY_MAX = 16
const EMPTY_MS = 50

/** How long recorded bytes are processed before timers and signals get their turn. */
const TURN_MS = 20

/** Lets the event loop run now and then, even while a source always has bytes at once. */
export class Turns {
  #started: number = performance.now()

  async yield(): Promise<void> {
    if (performance.now() - this.#started < TURN_MS) return
    await turn()
    this.#started = performance.now()
  }
}
