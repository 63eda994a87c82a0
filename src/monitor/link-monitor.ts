// The link monitor: a table of links that is kept true to the kernel, its events and its waits.
// In: a feed of messages. Out: `links`, async iteration, waits. Holds no socket itself; runs anywhere.

/// <reference lib="esnext.disposable" preserve="true" />

import { type Clock, realClock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import { Unawaited } from '../base/unawaited.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import type { OperState } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import { EventLog } from './event-log.js'
import { EventQueue } from './event-queue.js'
import type { LinkEvent } from './events.js'
import type { LinkStateOptions } from './follower.js'
import { LinkMap, type LinkRef } from './link-map.js'
import {
  type MediaSwitchOptions,
  waitForCarrier,
  waitForMediaSwitch,
  waitForOperState,
} from './state-waits.js'
import { type MonitorStats, newMonitorStats } from './stats.js'
import { LinkSync } from './sync.js'
import type { WaitHost } from './until.js'
import {
  type AttachOptions,
  type DetachOptions,
  waitFor,
  waitForAttach,
  waitForDetach,
} from './waits.js'

/** How long the first dump is retried if the caller gives neither `timeout` nor `signal`. */
const PATIENCE_MS = 30_000

interface Listener {
  onEvent: (event: LinkEvent) => void
  onEnd: (error: Error) => void
}

/**
 * The links of a network namespace and their changes. Made by `openLinkMonitor()`.
 *
 * An iteration yields `present` for every link, `synced`, and then each event as it happens. Every iteration
 * has a queue of its own, which is bounded: see the event `coalesced`.
 */
export class LinkMonitor implements AsyncIterable<LinkEvent>, AsyncDisposable {
  /** The links as they are now, by ifindex. */
  readonly links: LinkMap
  readonly stats: MonitorStats = newMonitorStats()
  readonly #sync: LinkSync
  readonly #feed: MessageFeed
  readonly #clock: Clock
  readonly #listeners = new Set<Listener>()
  readonly #waits = new Unawaited()
  #log: EventLog | undefined
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
    hasStatistics = false,
  ): Promise<LinkMonitor> {
    let monitor: LinkMonitor | undefined
    const deadline = new Deadline(options, clock, () => (monitor ? monitor.#received : 0))
    const isLimited = options?.timeout != null || options?.signal != null
    try {
      deadline.signal?.throwIfAborted()
      const patience = isLimited ? Number.POSITIVE_INFINITY : PATIENCE_MS
      monitor = new LinkMonitor(connect, clock, patience, hasStatistics)
      const started = monitor.#start()
      // Sending the request may have aborted the signal already. Then nobody handles this rejection.
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
    hasStatistics: boolean,
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
        hasStatistics,
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
   * A point in the history of the links: what the monitor has read so far. Take one before whatever may happen while
   * nobody waits, and give it to waits as `since`. From the first mark on, the monitor remembers the latest events.
   */
  mark(): number {
    if (!this.#log) {
      const log = new EventLog(this.#sync.records)
      this.#log = log
      this.#listen(
        (event) => log.push(event),
        () => {},
      )
    }
    return this.#log.mark
  }

  /**
   * Waits for a link that is not in `except`, and that `match` accepts. `except` defaults to the links
   * that are present now. If you give it, any other link that is present resolves the wait at once.
   * With `since`, it resolves with any present link that was added after that mark.
   *
   * @returns the link, once it has kept its name for `settle` milliseconds
   */
  waitForAttach(options: AttachOptions = {}): Promise<Link> {
    return this.#waits.add(waitForAttach(this.#waitHost, options))
  }

  /**
   * Waits until a link is removed: the next one, or that of `ref`. Resolves with undefined at once if there is no such link.
   * With `since`, a link that was removed after that mark resolves it at once.
   *
   * @throws NetlinkError ERR_NETLINK_GAP if the monitor no longer remembers all events since the mark
   */
  waitForDetach(ref?: LinkRef | null, options: DetachOptions = {}): Promise<Link | undefined> {
    return this.#waits.add(waitForDetach(this.#waitHost, ref ?? undefined, options))
  }

  /**
   * Waits until a link has lost its media and is UP again. A link that is down now has already lost it, unless `from` is 'up'.
   * With `since`, a switch after that mark resolves it at once, with the link as it was then.
   *
   * @throws NetlinkError ERR_NETLINK_GONE: see `gone`; ERR_NETLINK_GAP if the monitor no longer remembers all events
   *   since the mark
   */
  waitForMediaSwitch(ref: LinkRef, options: MediaSwitchOptions = {}): Promise<Link> {
    return this.#waits.add(waitForMediaSwitch(this.#waitHost, ref, options))
  }

  /**
   * Waits until the operstate of a link is one of `states`. Many virtual links are never UP, but UNKNOWN: see `waitForCarrier()`.
   *
   * @throws NetlinkError ERR_NETLINK_GONE: see `gone`
   */
  waitForOperState(
    ref: LinkRef,
    states: OperState | Iterable<OperState>,
    options: LinkStateOptions = {},
  ): Promise<Link> {
    return this.#waits.add(waitForOperState(this.#waitHost, ref, states, options))
  }

  /**
   * Waits until a link is up and its driver has a carrier: the flag LOWER_UP, in any operstate.
   *
   * @throws NetlinkError ERR_NETLINK_GONE: see `gone`
   */
  waitForCarrier(ref: LinkRef, options: LinkStateOptions = {}): Promise<Link> {
    return this.#waits.add(waitForCarrier(this.#waitHost, ref, options))
  }

  /**
   * Waits until `predicate` accepts a link. It is called with every link at the start and after a gap. Otherwise it is
   * called with the link that an event is about, and with the links that show that link's name or state (`link`,
   * `master`, "M-DOWN"). It may read `links`, but a change of another link there does not cause a call.
   */
  waitFor(
    predicate: (link: Link, links: ReadonlyMap<number, Link>) => boolean,
    options: WaitOptions = {},
  ): Promise<Link> {
    return this.#waits.add(waitFor(this.#waitHost, predicate, options))
  }

  /**
   * Asks the kernel for all links again, and resolves once `links` has them. Needed only for changes of which
   * the kernel sends no notification, such as an altname of a link that is administratively down.
   */
  resync(options: WaitOptions = {}): Promise<void> {
    return this.#waits.add(this.#resync(options))
  }

  async #resync(options: WaitOptions): Promise<void> {
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

  /** An open monitor keeps the process alive: the default. */
  ref(): void {
    this.#feed.ref()
  }

  /** An open monitor does not keep the process alive. */
  unref(): void {
    this.#feed.unref()
  }

  /** Ends iterations, rejects waits with ERR_NETLINK_SOCKET_CLOSED, closes the socket. May be called twice. */
  close(): void {
    this.#waits.forgive()
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
      log: this.#log,
      get isSynced() {
        return sync.isSynced
      },
      get received() {
        return self.#received
      },
      // After the end of a recording, a wait can still be met by the links as they are.
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

/** The error that an iteration ends with; none if the monitor was closed or its source has ended. */
function endError(error: Error): Error | undefined {
  const isClosed = (error as NetlinkError).code === 'ERR_NETLINK_SOCKET_CLOSED'
  return isClosed || isEndOfSource(error) ? undefined : error
}
