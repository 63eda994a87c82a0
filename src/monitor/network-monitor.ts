// The network monitor: links, addresses, routes, neighbours and rules that are kept true to the kernel, with one order of events.
// In: a feed of messages. Out: tables, async iteration, waits. Holds no socket itself; runs anywhere.

/// <reference lib="esnext.disposable" preserve="true" />

import { type Clock, realClock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { invalidType, NetlinkError } from '../base/errors.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import type { Address } from '../objects/address-object.js'
import type { Route } from '../objects/route-object.js'
import { type AddressWaitOptions, waitForAddress } from './address-wait.js'
import { LinkMap } from './link-map.js'
import { NetworkCore, type NetworkFeed, type NetworkStats } from './network-core.js'
import type { NetworkEvent } from './network-events.js'
import { NetworkTable } from './network-table.js'
import type { NetworkWaitHost } from './network-wait.js'
import type { KeptChoice } from './object-sync.js'
import {
  type Online,
  type OnlineOptions,
  type RouteWaitOptions,
  waitForRoute,
  waitOnline,
} from './route-wait.js'

/** How long the first dumps are retried if the caller gives neither `timeout` nor `signal`. */
const PATIENCE_MS = 30_000

/**
 * The links, addresses, routes, neighbours and rules of a network namespace, and their changes. Made by
 * `openNetworkMonitor()`.
 *
 * An iteration yields `present` for everything, `synced`, and then each event as it happens. Every iteration has a
 * queue of its own, which is bounded: see the event `coalesced`.
 */
export class NetworkMonitor implements AsyncIterable<NetworkEvent>, AsyncDisposable {
  /** The links as they are now, by ifindex. */
  readonly links: LinkMap
  /** Those of all links, IPv4 and IPv6. */
  readonly addresses: NetworkTable<'address'>
  /** Those of all tables, IPv4 and IPv6. */
  readonly routes: NetworkTable<'route'>
  /** Without those that need no ARP (NOARP) and those that this machine answers for (proxy). */
  readonly neighbours: NetworkTable<'neighbour'>
  readonly rules: NetworkTable<'rule'>
  readonly #core: NetworkCore

  /** @internal */
  static async open(
    connect: (handler: FeedHandler) => NetworkFeed,
    choice: KeptChoice,
    options: WaitOptions,
    clock: Clock = realClock,
  ): Promise<NetworkMonitor> {
    let monitor: NetworkMonitor | undefined
    const deadline = new Deadline(options, clock, () => (monitor ? monitor.#core.received : 0))
    const isLimited = options?.timeout != null || options?.signal != null
    try {
      deadline.signal?.throwIfAborted()
      const patience = isLimited ? Number.POSITIVE_INFINITY : PATIENCE_MS
      monitor = new NetworkMonitor(connect, choice, clock, patience)
      const started = monitor.#core.start()
      // Sending the request may have aborted the signal already. Then nobody handles this rejection.
      started.catch(() => {})
      const result = await deadline.race(started)
      if (result === TIMED_OUT)
        throw timeoutError('the first dumps of the network', monitor.#core.trouble)
      return monitor
    } catch (error) {
      monitor?.close()
      throw error
    } finally {
      deadline.close()
    }
  }

  private constructor(
    connect: (handler: FeedHandler) => NetworkFeed,
    choice: KeptChoice,
    clock: Clock,
    patience: number,
  ) {
    this.#core = new NetworkCore(connect, choice, clock, patience)
    const { links, objects } = this.#core
    const { tables } = objects
    this.links = new LinkMap(links.records)
    this.addresses = new NetworkTable(tables.address)
    this.routes = new NetworkTable(tables.route)
    this.neighbours = new NetworkTable(tables.neighbour)
    this.rules = new NetworkTable(tables.rule)
  }

  get stats(): NetworkStats {
    return this.#core.stats
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<NetworkEvent> {
    const core = this.#core
    return core.hub.iterate({
      clock: core.clock,
      past: () => core.past(),
      state: () => core.state(),
    })
  }

  /**
   * Asks the kernel for everything again, and resolves once the tables have it. Needed only for changes at which
   * nothing hints, such as an altname of a link that is administratively down.
   */
  async resync(options: WaitOptions = {}): Promise<void> {
    const core = this.#core
    const deadline = new Deadline(options, core.clock, () => core.received)
    let stop = () => {}
    try {
      deadline.signal?.throwIfAborted()
      const synced = new Promise<void>((resolve, reject) => {
        stop = core.hub.listen((event) => event.type === 'synced' && resolve(), reject)
        if (!core.hub.ended) core.refresh()
      })
      if ((await deadline.race(synced)) === TIMED_OUT) {
        throw timeoutError('the dumps of the network', core.trouble)
      }
    } finally {
      stop()
      deadline.close()
    }
  }

  /**
   * Waits for an address, and resolves at once if there is one. A tentative one is none, unless `usable` is false.
   *
   * @throws a `TimeoutError` that says what there is; NetlinkError ERR_NETLINK_DAD_FAILED if another host has the very
   *   address that `within` names
   */
  waitForAddress(options: AddressWaitOptions = {}): Promise<Address> {
    return waitForAddress(this.#waitHost, options)
  }

  /**
   * Waits for a route: the default one, one to exactly a prefix, or the one that a packet to an address takes, which
   * the kernel looks up, policy rules included.
   *
   * @throws a `TimeoutError` that says which default routes there are
   */
  waitForRoute(options: RouteWaitOptions): Promise<Route> {
    return waitForRoute(this.#waitHost, options)
  }

  /**
   * Waits until there is a link that is up, with a usable global address and a default route, of one family at least.
   *
   * @returns what makes it so, by family
   * @throws a `TimeoutError` that says what is missing
   */
  waitOnline(options: OnlineOptions = {}): Promise<Online[]> {
    return waitOnline(this.#waitHost, options)
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
    this.#core.finish(
      new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open monitor, got a closed one'),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  get #waitHost(): NetworkWaitHost {
    const core = this.#core
    const { links, addresses, routes } = this
    return {
      links,
      addresses,
      routes,
      clock: core.clock,
      get received() {
        return core.received
      },
      throwIfClosed: () => core.hub.throwIfEnded(),
      mustKeep: (name) => {
        if (core.objects.tables[name === 'routes' ? 'route' : 'address']) return
        const what = `expected a monitor that keeps ${name}, got one opened with ${name}: false`
        throw invalidType(what)
      },
      listen: (onEvent, onEnd) => core.hub.listen(onEvent, onEnd),
      lookup: async (target) => {
        const { request } = core.feed
        return request && core.lookups.ask(target, request)
      },
    }
  }
}
