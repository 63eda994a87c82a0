// The link monitor: a table of links that is kept true, its events, and its waiters.
// In: a feed of messages. Out: `links`, async iteration, waits. Holds no socket itself; runs anywhere.

/// <reference lib="esnext.disposable" preserve="true" />

import { type Clock, realClock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import type { OperState } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import { EventQueue } from './event-queue.js'
import type { LinkEvent } from './events.js'
import { LinkMap, type LinkRef } from './link-map.js'
import { type MonitorStats, newMonitorStats } from './stats.js'
import { LinkSync } from './sync.js'
import {
  type AttachOptions,
  type WaitHost,
  waitFor,
  waitForAttach,
  waitForDetach,
  waitForMediaSwitch,
  waitForOperState,
} from './waits.js'

/** How long the first dump may fail again and again, where the caller sets no limit of their own. */
const PATIENCE_MS = 30_000

interface Listener {
  onEvent: (event: LinkEvent) => void
  onEnd: (error: Error) => void
}

/**
 * The links of a network namespace and what becomes of them. Made by `openLinkMonitor()`.
 *
 * Iterating gives `present` for every link and `synced`, then each event as it happens; every iteration
 * has a queue of its own, which is bounded: see `coalesced`.
 */
export class LinkMonitor implements AsyncIterable<LinkEvent>, AsyncDisposable {
  /** The links as they are now, by ifindex. */
  readonly links: LinkMap
  readonly stats: MonitorStats = newMonitorStats()
  readonly #sync: LinkSync
  readonly #feed: MessageFeed
  readonly #clock: Clock
  readonly #listeners = new Set<Listener>()
  #queues: readonly EventQueue[] = []
  #received = 0
  #end: Error | undefined
  #ready: () => void = () => {}
  #notReady: (error: Error) => void = () => {}

  /** @internal */
  static async open(
    connect: (handler: FeedHandler) => MessageFeed,
    options: WaitOptions,
    clock: Clock = realClock,
  ): Promise<LinkMonitor> {
    let monitor: LinkMonitor | undefined
    const deadline = new Deadline(options, clock, () => (monitor ? monitor.#received : 0))
    const isLimited = options?.timeout != null || options?.signal != null
    try {
      deadline.signal?.throwIfAborted()
      monitor = new LinkMonitor(connect, clock, isLimited ? Number.POSITIVE_INFINITY : PATIENCE_MS)
      const started = monitor.#start()
      // Sending the request may have aborted the signal already: then nobody hears of the failure.
      started.catch(() => {})
      const result = await deadline.race(started)
      if (result === TIMED_OUT) throw timeoutError('the first dump of links', monitor.#sync.trouble)
      return monitor
    } catch (error) {
      monitor?.close()
      throw error
    } finally {
      deadline.close()
    }
  }

  private constructor(
    connect: (handler: FeedHandler) => MessageFeed,
    clock: Clock,
    patience: number,
  ) {
    const self = this
    this.#clock = clock
    this.#sync = new LinkSync(
      {
        get portId() {
          return self.#feed.portId
        },
        get request() {
          return self.#feed.request
        },
        clock,
        patience,
        get received() {
          return self.#received
        },
        checkQueue: () => this.#feed.checkQueue(),
        hasListeners: () => this.#listeners.size + this.#queues.length > 0,
        event: (event) => this.#tell(event),
        ready: () => this.#ready(),
        failed: (error) => this.#finish(error),
      },
      this.stats,
    )
    this.links = new LinkMap(this.#sync.records)
    this.#feed = connect({
      messages: (messages) => {
        this.#received++
        this.#sync.take(messages)
      },
      overrun: () => {
        this.#received++
        this.#sync.overrun()
      },
      drained: () => this.#sync.drained(),
      failed: (error) => this.#finish(error),
    })
    this.stats.receiveBufferBytes = this.#feed.receiveBufferBytes
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#notReady = reject
      this.#sync.start()
    })
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<LinkEvent> {
    const forget = (ended: EventQueue) => {
      this.#queues = this.#queues.filter((one) => one !== ended)
    }
    const { records } = this.#sync
    const queue = new EventQueue(this.#sync.snapshot(), records, forget, this.#clock)
    if (this.#end) queue.end(endError(this.#end))
    else this.#queues = [...this.#queues, queue]
    return queue
  }

  /**
   * Waits for a link that is not one of `except`, and that `match` accepts. `except` defaults to the
   * links present now; given, it replaces that, and any other link present answers at once.
   *
   * @returns the link, once it has not been renamed for `settle` ms
   */
  waitForAttach(options: AttachOptions = {}): Promise<Link> {
    return waitForAttach(this.#waitHost, options)
  }

  /** Waits for the next removal, or for that of one link; undefined, at once, where there is no such link. */
  waitForDetach(ref?: LinkRef | null, options: WaitOptions = {}): Promise<Link | undefined> {
    return waitForDetach(this.#waitHost, ref ?? undefined, options)
  }

  /** Waits until the media of a link was lost and is back; a link that is down has lost it already. */
  waitForMediaSwitch(ref: LinkRef, options: WaitOptions = {}): Promise<Link> {
    return waitForMediaSwitch(this.#waitHost, ref, options)
  }

  /** Waits until a link is in one of `states`. */
  waitForOperState(
    ref: LinkRef,
    states: OperState | Iterable<OperState>,
    options: WaitOptions = {},
  ): Promise<Link> {
    return waitForOperState(this.#waitHost, ref, states, options)
  }

  /**
   * Waits until `predicate` accepts a link. It is called with every link at the start and after a gap, and otherwise
   * with the link that an event is about, and with those that show its name or state (`link`, `master`, "M-DOWN").
   * What it looks at besides, in `links`, does not lead to a call when it changes.
   */
  waitFor(
    predicate: (link: Link, links: ReadonlyMap<number, Link>) => boolean,
    options: WaitOptions = {},
  ): Promise<Link> {
    return waitFor(this.#waitHost, predicate, options)
  }

  /**
   * Asks the kernel for all links again, and resolves once they have been taken in. Needed only for
   * what the kernel does not tell: an altname of a link that is administratively down.
   */
  async resync(options: WaitOptions = {}): Promise<void> {
    const deadline = new Deadline(options, this.#clock, () => this.#received)
    let stop = () => {}
    try {
      deadline.signal?.throwIfAborted()
      const synced = new Promise<void>((resolve, reject) => {
        stop = this.#listen((event) => event.type === 'synced' && resolve(), reject)
        if (!this.#end) this.#sync.refresh()
      })
      if ((await deadline.race(synced)) === TIMED_OUT) {
        throw timeoutError('the dump of links', this.#sync.trouble)
      }
    } finally {
      stop()
      deadline.close()
    }
  }

  /** Lets the monitor keep the process alive (the default), or not. */
  ref(): void {
    this.#feed.ref()
  }

  unref(): void {
    this.#feed.unref()
  }

  /** Ends iterations, rejects waits with ERR_NETLINK_SOCKET_CLOSED, closes the socket. May be called twice. */
  close(): void {
    this.#finish(
      new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open monitor, got a closed one'),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  get #waitHost(): WaitHost {
    const sync = this.#sync
    const self = this
    return {
      records: sync.records,
      links: this.links,
      clock: this.#clock,
      get isSynced() {
        return sync.isSynced
      },
      get received() {
        return self.#received
      },
      // Recorded messages that have come to their end have told what they tell: that may be asked for.
      throwIfClosed: () => {
        if (this.#end && !isEndOfSource(this.#end)) throw this.#end
      },
      listen: (onEvent: Listener['onEvent'], onEnd: Listener['onEnd']) =>
        this.#listen(onEvent, onEnd),
    }
  }

  #listen(onEvent: Listener['onEvent'], onEnd: Listener['onEnd']): () => void {
    const listener = { onEvent, onEnd }
    if (this.#end) onEnd(this.#end)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(event: LinkEvent): void {
    const queues = this.#queues
    for (let n = 0; n < queues.length; n++) queues[n]?.push(event)
    if (this.#listeners.size === 0) return
    for (const { onEvent } of [...this.#listeners]) onEvent(event)
  }

  #finish(error: Error): void {
    if (this.#end) return
    this.#end = error
    this.#notReady(error)
    this.#sync.stop()
    this.#feed.close()
    for (const queue of this.#queues) queue.end(endError(error))
    for (const { onEnd } of [...this.#listeners]) onEnd(error)
    this.#queues = []
    this.#listeners.clear()
  }
}

function isEndOfSource(error: Error): boolean {
  return (error as NetlinkError).code === 'ERR_NETLINK_SOURCE_ENDED'
}

/** An iteration ends in peace where nothing went wrong. */
function endError(error: Error): Error | undefined {
  const isClosed = (error as NetlinkError).code === 'ERR_NETLINK_SOCKET_CLOSED'
  return isClosed || isEndOfSource(error) ? undefined : error
}
