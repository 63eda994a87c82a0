// What both monitors offer: the links, the waits for them, marks, a resync, and the end.

/// <reference lib="esnext.disposable" preserve="true" />

import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { Unawaited } from '../base/unawaited.js'
import type { OperState } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import { EventLog } from './event-log.js'
import type { LinkStateOptions } from './follower.js'
import { LinkMap, type LinkRef } from './link-map.js'
import { closedError, type MonitorCore } from './monitor-core.js'
import {
  type MediaSwitchOptions,
  waitForCarrier,
  waitForMediaSwitch,
  waitForOperState,
} from './state-waits.js'
import type { MonitorStats } from './stats.js'
import type { WaitHost } from './until.js'
import {
  type AttachOptions,
  type DetachOptions,
  waitFor,
  waitForAttach,
  waitForDetach,
} from './waits.js'

/** What `LinkMonitor` and `NetworkMonitor` have in common. */
export abstract class MonitorBase<E extends { type: string }>
  implements AsyncIterable<E>, AsyncDisposable
{
  /** The links as they are now, by ifindex. */
  readonly links: LinkMap
  abstract readonly stats: MonitorStats
  readonly #core: MonitorCore<E>
  readonly #waits = new Unawaited()
  #log: EventLog | undefined

  /** @internal */
  constructor(core: MonitorCore<E>) {
    this.#core = core
    this.links = new LinkMap(core.links.records)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<E> {
    return this.#core.iterate()
  }

  /**
   * A point in the history of the links: what the monitor has read so far. Take one before whatever may happen while
   * nobody waits, and give it to waits as `since`. From the first mark on, the monitor remembers the latest events.
   */
  mark(): number {
    if (!this.#log) {
      const { links, linkHub } = this.#core
      const log = new EventLog(links.records)
      this.#log = log
      linkHub.listen(
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
    return this.pending(waitForAttach(this.#waitHost, options))
  }

  /**
   * Waits until a link is removed: the next one, or that of `ref`. Resolves with undefined at once if there is no such link.
   * With `since`, it resolves at once if the link was removed after that mark.
   *
   * @throws NetlinkError ERR_NETLINK_GAP if the monitor no longer remembers all events since the mark
   */
  waitForDetach(ref?: LinkRef | null, options: DetachOptions = {}): Promise<Link | undefined> {
    return this.pending(waitForDetach(this.#waitHost, ref ?? undefined, options))
  }

  /**
   * Waits until a link has lost its media and is UP again. A link that is down now has already lost it, unless `from` is 'up'.
   * With `since`, it resolves at once if there was a switch after that mark, with the link as it was then.
   *
   * @throws NetlinkError ERR_NETLINK_GONE: see `gone`; ERR_NETLINK_GAP if the monitor no longer remembers all events
   *   since the mark
   */
  waitForMediaSwitch(ref: LinkRef, options: MediaSwitchOptions = {}): Promise<Link> {
    return this.pending(waitForMediaSwitch(this.#waitHost, ref, options))
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
    return this.pending(waitForOperState(this.#waitHost, ref, states, options))
  }

  /**
   * Waits until a link is up and its driver has a carrier: the flag LOWER_UP, in any operstate.
   *
   * @throws NetlinkError ERR_NETLINK_GONE: see `gone`
   */
  waitForCarrier(ref: LinkRef, options: LinkStateOptions = {}): Promise<Link> {
    return this.pending(waitForCarrier(this.#waitHost, ref, options))
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
    return this.pending(waitFor(this.#waitHost, predicate, options))
  }

  /**
   * Asks the kernel for everything again, and resolves once the monitor has it. Needed only for changes of which the kernel
   * sends no notification, such as an altname of a link that is administratively down.
   */
  resync(options: WaitOptions = {}): Promise<void> {
    return this.pending(this.#resync(options))
  }

  async #resync(options: WaitOptions): Promise<void> {
    const core = this.#core
    const deadline = new Deadline(options, core.clock, () => core.received)
    let stop = () => {}
    try {
      deadline.signal?.throwIfAborted()
      const synced = new Promise<void>((resolve, reject) => {
        stop = core.hub.listen((event) => event.type === 'synced' && resolve(), reject)
        if (!core.hub.ended) core.refresh()
      })
      if ((await deadline.race(synced)) === TIMED_OUT)
        throw timeoutError('the resync', core.trouble)
    } finally {
      stop()
      deadline.close()
    }
  }

  /** An open monitor keeps the process alive: the default. */
  ref(): void {
    this.#core.feed.ref()
  }

  /** An open monitor does not keep the process alive. */
  unref(): void {
    this.#core.feed.unref()
  }

  /** Ends iterations, rejects waits with ERR_NETLINK_SOCKET_CLOSED, closes the socket. May be called twice. */
  close(): void {
    this.#waits.forgive()
    this.#core.failed(closedError())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @internal Registers a wait: closing the monitor does not end the process, even if nobody has awaited it yet. */
  protected pending<T>(wait: Promise<T>): Promise<T> {
    return this.#waits.add(wait)
  }

  get #waitHost(): WaitHost {
    const core = this.#core
    const { clock, links, linkHub } = core
    return {
      records: links.records,
      links: this.links,
      clock,
      log: this.#log,
      get isSynced() {
        return links.isSynced
      },
      get received() {
        return core.received
      },
      // After the end of a recording, a wait can still be met by the links as they are.
      throwIfClosed: () => linkHub.throwIfEnded(),
      listen: (onEvent, onEnd) => linkHub.listen(onEvent, onEnd),
    }
  }
}
