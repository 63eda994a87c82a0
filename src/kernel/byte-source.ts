// Where bytes come from: a real socket, recorded bytes, anything with recv().
// In: a source. Out: its bytes, one read at a time, none of them lost to a read that was given up.

import type { Clock } from '../base/clock.js'
import { type Deadline, TIMED_OUT, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import { concat } from '../message/builders.js'

/** What a socket has counted; a source of your own may have one too, and is counted on then. */
export interface ReceiveStats {
  /** Datagrams received, and their bytes. */
  datagrams: number
  bytes: number
  /** Times the kernel dropped datagrams because the receive buffer was full (ENOBUFS). */
  overruns: number
  /** Datagrams dropped because another process sent them. */
  foreign: number
  /** Datagrams larger than the window they were received into. */
  truncated: number
  /** Messages or rests of datagrams dropped as malformed, and the last one's code and position. */
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

export function countMalformed(stats: ReceiveStats | undefined, error: NetlinkError): void {
  if (!stats) return
  stats.malformed++
  stats.lastMalformed = error
}

/**
 * Anything that yields netlink bytes. `recv()` gives the next bytes, or null when nothing came in time; a
 * source that has nothing at once, 16 times in a row, is taken to have ended. It is called only when all
 * earlier bytes have been used up, and may answer with a promise or at once.
 */
export interface ByteSource {
  recv(
    options?: WaitOptions,
  ): PromiseLike<Uint8Array | null | undefined> | Uint8Array | null | undefined
  /** 'datagram': every read is one whole datagram. Otherwise a byte stream, cut anywhere. */
  readonly framing?: 'datagram' | 'stream'
  readonly stats?: ReceiveStats
  /** The clock that waits on this source go by. Default: the machine's. */
  readonly clock?: Clock
}

/** A source's unread bytes, and the call to `recv()` that is still out. */
export class Inbox {
  static readonly #inboxes = new WeakMap<ByteSource, Inbox>()

  /** The one inbox of a source, so that one wait starts where the last one ended. */
  static of(source: ByteSource): Inbox {
    let inbox = Inbox.#inboxes.get(source)
    if (!inbox) {
      inbox = new Inbox(source)
      Inbox.#inboxes.set(source, inbox)
    }
    return inbox
  }

  /** Padding bytes of the last message that a byte stream still owes. */
  padding = 0
  readonly source: ByteSource
  /** Read and not yet used up, joined only when looked at: a message may come a byte at a time. */
  #parts: Uint8Array[] = []
  #length = 0
  #out: Promise<Uint8Array | null> | undefined
  #user: Deadline | undefined

  private constructor(source: ByteSource) {
    this.source = source
  }

  /** How many bytes were read and not yet used up. */
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
   * @throws NetlinkError ERR_NETLINK_SOURCE_BUSY when another wait has it: each would take the other's bytes.
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
    // A call that an earlier read gave up on may still bring bytes: they come first.
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
    // Whoever reads hears of a failure; after a read that was given up, nobody may.
    call.catch(() => {})
    return call
  }

  /** Adds bytes behind the unread ones, less the padding that a byte stream still owed. */
  append(data: Uint8Array): void {
    const owed = data.subarray(0, this.padding)
    // Recorded messages may lack their padding: then the next header stands here, and is not all zeros.
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
 * The next bytes of a source that must have some; null only when the time is up.
 *
 * @throws NetlinkError ERR_NETLINK_SOURCE_ENDED when nothing more will come.
 */
export async function readOn(inbox: Inbox, deadline: Deadline): Promise<Uint8Array | null> {
  for (let empty = 0; empty < EMPTY_MAX; ) {
    const asked = performance.now()
    const data = await inbox.read(deadline)
    if (data?.length || deadline.left === 0) return data
    // Nothing after some time is a source's own timeout; nothing at once, again and again, is its end.
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

/** How often in a row a source may have nothing, each time within so many milliseconds, before it has ended. */
const EMPTY_MAX = 16
const EMPTY_MS = 50

/** How long recorded bytes may be worked through before timers and signals get their turn. */
const TURN_MS = 20

/** Lets the event loop run now and then, even while a source always has bytes at once. */
export class Turns {
  #started: number = performance.now()

  async yield(): Promise<void> {
    if (performance.now() - this.#started < TURN_MS) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    this.#started = performance.now()
  }
}
