// The network monitor: links, addresses, routes, neighbours and rules that are kept true to the kernel, with one order of events.
// In: a feed of messages. Out: tables, async iteration, waits. Holds no socket itself; runs anywhere.

import { type Clock, realClock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import { invalidType } from '../base/errors.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import type { Address } from '../objects/address-object.js'
import type { Route } from '../objects/route-object.js'
import { type AddressWaitOptions, waitForAddress } from './address-wait.js'
import { MonitorBase } from './monitor-base.js'
import { startCore } from './monitor-core.js'
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

/**
 * The links, addresses, routes, neighbours and rules of a network namespace, and their changes. Made by
 * `openNetworkMonitor()`.
 *
 * An iteration yields `present` for everything, `synced`, and then each event as it happens. Every iteration has a
 * queue of its own, which is bounded: see the event `coalesced`.
 */
export class NetworkMonitor extends MonitorBase<NetworkEvent> {
  /** Those of all links, IPv4 and IPv6. */
  readonly addresses: NetworkTable<'address'>
  /** Those of all tables, IPv4 and IPv6. */
  readonly routes: NetworkTable<'route'>
  /** Those that `ip neigh` prints: without proxies, and those that need no ARP (NOARP) unless they are `extern_learn`. */
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
    const make = (patience: number) => new NetworkCore(connect, choice, clock, patience)
    const core = await startCore(make, options, clock, 'the first dumps of the network')
    return new NetworkMonitor(core)
  }

  private constructor(core: NetworkCore) {
    super(core)
    this.#core = core
    const { tables } = core.objects
    this.addresses = new NetworkTable(tables.address)
    this.routes = new NetworkTable(tables.route)
    this.neighbours = new NetworkTable(tables.neighbour)
    this.rules = new NetworkTable(tables.rule)
  }

  get stats(): NetworkStats {
    return this.#core.stats
  }

  /**
   * Waits for an address, and resolves at once if there is one. A tentative one is none, unless `usable` is false.
   *
   * @throws a `TimeoutError` that says what there is; NetlinkError ERR_NETLINK_DAD_FAILED if another host has the very
   *   address that `within` names
   */
  waitForAddress(options: AddressWaitOptions = {}): Promise<Address> {
    return this.pending(waitForAddress(this.#waitHost, options))
  }

  /**
   * Waits for a route: the default one, one to exactly a prefix, or the one that a packet to an address takes, which
   * the kernel looks up, policy rules included.
   *
   * @throws a `TimeoutError` that says which default routes there are
   */
  waitForRoute(options: RouteWaitOptions): Promise<Route> {
    return this.pending(waitForRoute(this.#waitHost, options))
  }

  /**
   * Waits until there is a link that is up, with a usable global address and a default route, of one family at least.
   *
   * @returns what makes it so, by family
   * @throws a `TimeoutError` that says what is missing
   */
  waitOnline(options: OnlineOptions = {}): Promise<Online[]> {
    return this.pending(waitOnline(this.#waitHost, options))
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
