// The network monitor: links, addresses, routes, neighbours and rules that are kept true to the kernel, with one order of events.
// In: a feed of messages. Out: tables, async iteration, waits. Holds no socket itself; runs anywhere.

/// <reference lib="esnext.disposable" preserve="true" />

import { AF_UNSPEC, NLMSG_OVERRUN, RTM_DELLINK, RTM_NEWLINK } from '../../assembly/contract.js'
import { type Clock, realClock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { invalidType, NetlinkError } from '../base/errors.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import type { LinkRecord } from '../message/link-record.js'
import type { Address } from '../objects/address-object.js'
import type { Route } from '../objects/route-object.js'
import { type AddressWaitOptions, waitForAddress } from './address-wait.js'
import { EventHub } from './event-hub.js'
import type { LinkEvent, OfLink } from './events.js'
import type { KeptMessage } from './kept-message.js'
import { LinkMap } from './link-map.js'
import type { NetworkCounts, NetworkEvent } from './network-events.js'
import { linkHints } from './network-hints.js'
import { ofLink, TablesPast } from './network-past.js'
import { NetworkTable } from './network-table.js'
import type { NetworkWaitHost } from './network-wait.js'
import { type KeptChoice, ObjectSync, type ObjectSyncHost } from './object-sync.js'
import { RouteLookups } from './route-lookup.js'
import {
  type Online,
  type OnlineOptions,
  type RouteWaitOptions,
  waitForRoute,
  waitOnline,
} from './route-wait.js'
import { countFault, type MonitorStats, newMonitorStats } from './stats.js'
import { LinkSync, type SyncHost } from './sync.js'

/** How long the first dumps are retried if the caller gives neither `timeout` nor `signal`. */
const PATIENCE_MS = 30_000

export interface NetworkStats extends MonitorStats {
  /** Reads of addresses, routes, neighbours and rules: of a family, or of the part that belongs to a table or a link. */
  reads: number
  /** Whether the kernel answers such a read with that part alone (NETLINK_GET_STRICT_CHK). Without, reads take longer. */
  isStrict: boolean
}

/** A feed, and whether it reads parts of tables. */
export interface NetworkFeed {
  feed: MessageFeed
  isStrict: boolean
}

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
  readonly #links: LinkSync
  readonly #objects: ObjectSync
  readonly #feed: MessageFeed
  readonly #clock: Clock
  readonly #stats: NetworkStats = { ...newMonitorStats(), reads: 0, isStrict: false }
  readonly #hub = new EventHub()
  readonly #lookups = new RouteLookups()
  #received = 0
  #isSynced = false
  #hasBeenSynced = false
  #ready: () => void = () => {}
  #notReady: (error: Error) => void = () => {}

  /** @internal */
  static async open(
    connect: (handler: FeedHandler) => NetworkFeed,
    choice: KeptChoice,
    options: WaitOptions,
    clock: Clock = realClock,
  ): Promise<NetworkMonitor> {
    let monitor: NetworkMonitor | undefined
    const deadline = new Deadline(options, clock, () => (monitor ? monitor.#received : 0))
    const isLimited = options?.timeout != null || options?.signal != null
    try {
      deadline.signal?.throwIfAborted()
      const patience = isLimited ? Number.POSITIVE_INFINITY : PATIENCE_MS
      monitor = new NetworkMonitor(connect, choice, clock, patience)
      const started = monitor.#start()
      // Sending the request may have aborted the signal already. Then nobody handles this rejection.
      started.catch(() => {})
      const result = await deadline.race(started)
      if (result === TIMED_OUT)
        throw timeoutError('the first dumps of the network', monitor.#trouble)
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
    this.#clock = clock
    this.#links = new LinkSync(this.#linkHost(patience), this.#stats)
    this.#objects = new ObjectSync(this.#objectHost(patience), choice)
    this.links = new LinkMap(this.#links.records)
    const { tables } = this.#objects
    this.addresses = new NetworkTable(tables.address)
    this.routes = new NetworkTable(tables.route)
    this.neighbours = new NetworkTable(tables.neighbour)
    this.rules = new NetworkTable(tables.rule)
    const { feed, isStrict } = connect({
      messages: (messages) => this.#take(messages),
      overrun: () => {
        this.#received++
        this.#overrun()
      },
      drained: () => {
        this.#links.drained()
        this.#objects.queue.drained()
      },
      failed: (error) => this.#finish(error),
    })
    this.#feed = feed
    this.#stats.isStrict = isStrict
    this.#stats.receiveBufferBytes = feed.receiveBufferBytes
  }

  #linkHost(patience: number): SyncHost {
    const self = this
    return {
      clock: this.#clock,
      patience,
      get portId() {
        return self.#feed.portId
      },
      get received() {
        return self.#received
      },
      get request() {
        const { queue } = self.#objects
        return self.#feed.request && ((message: Uint8Array) => queue.linkRequest(message))
      },
      checkQueue: () => this.#feed.checkQueue(),
      hasListeners: () => this.#hub.hasListeners,
      event: (event) => this.#tellLink(event),
      ready: () => this.#settle(),
      failed: (error) => this.#finish(error),
    }
  }

  #objectHost(patience: number): ObjectSyncHost {
    const self = this
    const { records } = this.#links
    return {
      clock: this.#clock,
      patience,
      get portId() {
        return self.#feed.portId
      },
      get received() {
        return self.#received
      },
      get request() {
        return self.#feed.request
      },
      checkQueue: () => this.#feed.checkQueue(),
      hasListeners: () => this.#hub.hasListeners,
      event: (event) => this.#hub.tell(event),
      whole: () => this.#settle(),
      failed: (error) => this.#finish(error),
      link: (ifindex) => records.get(ifindex),
      hasLinkNamed: (ifname) => records.find(ifname) !== undefined,
    }
  }

  get stats(): NetworkStats {
    const { queue, events, isStrict } = this.#objects
    const { interrupted, busy, events: ofLinks } = this.#stats
    return {
      ...this.#stats,
      events: ofLinks + events,
      reads: queue.reads,
      isStrict: this.#stats.isStrict && isStrict,
      interrupted: interrupted + queue.interrupted,
      busy: busy + queue.busy,
    }
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#notReady = reject
      this.#objects.refresh()
      this.#links.start()
    })
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<NetworkEvent> {
    return this.#hub.iterate({
      clock: this.#clock,
      past: () => new TablesPast(this.#links.records, this.#objects.tables),
      state: () => this.#state(),
    })
  }

  /**
   * Asks the kernel for everything again, and resolves once the tables have it. Needed only for changes at which
   * nothing hints, such as an altname of a link that is administratively down.
   */
  async resync(options: WaitOptions = {}): Promise<void> {
    const deadline = new Deadline(options, this.#clock, () => this.#received)
    let stop = () => {}
    try {
      deadline.signal?.throwIfAborted()
      const synced = new Promise<void>((resolve, reject) => {
        stop = this.#hub.listen((event) => event.type === 'synced' && resolve(), reject)
        if (this.#hub.ended) return
        this.#isSynced = false
        this.#objects.refresh()
        this.#links.refresh()
      })
      if ((await deadline.race(synced)) === TIMED_OUT) {
        throw timeoutError('the dumps of the network', this.#trouble)
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
    this.#feed.ref()
  }

  /** An open monitor does not keep the process alive. */
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

  get #waitHost(): NetworkWaitHost {
    const self = this
    const { links, addresses, routes } = this
    return {
      links,
      addresses,
      routes,
      clock: this.#clock,
      get received() {
        return self.#received
      },
      throwIfClosed: () => this.#hub.throwIfEnded(),
      require: (name) => {
        if (this.#objects.tables[name === 'routes' ? 'route' : 'address']) return
        throw invalidType(
          `expected a monitor that keeps ${name}, got one opened with ${name}: false`,
        )
      },
      listen: (onEvent, onEnd) => this.#hub.listen(onEvent, onEnd),
      lookup: async (target) => {
        const { request } = this.#feed
        return request && this.#lookups.ask(target, request)
      },
    }
  }

  #take(messages: readonly KeptMessage[]): void {
    this.#received++
    for (const message of messages) {
      if (this.#hub.ended) return
      if (this.#lookups.take(message, this.#feed.portId)) continue
      if (message.kind === 'malformed') this.#takeFault(message)
      else if (message.header.type === NLMSG_OVERRUN) this.#overrun()
      else if (message.kind === 'link') this.#takeLink(message)
      else if (message.kind === 'control') {
        if (!this.#objects.queue.takeControl(message.header, message.errno))
          this.#links.take([message])
      } else this.#objects.take(message)
    }
  }

  #takeFault(message: Extract<KeptMessage, { kind: 'malformed' }>): void {
    const { header, error } = message
    const { queue } = this.#objects
    if (header && queue.current && header.seq === queue.current.seq && queue.isEntry(header)) {
      queue.lost()
      if (countFault(this.#stats, error)) this.#hub.tell({ type: 'fault', origin: 'kernel', error })
      return
    }
    if (error.code !== 'ERR_NETLINK_FOREIGN_SENDER') this.#lost()
    this.#links.take([message])
  }

  #takeLink(message: Extract<KeptMessage, { kind: 'link' }>): void {
    const { queue } = this.#objects
    if (queue.takeLink(message.header)) return
    const { records } = this.#links
    const { ifindex, family } = message.link
    const before = records.get(ifindex)
    this.#links.take([message])
    const { type } = message.header
    const isChange = family === AF_UNSPEC && (type === RTM_NEWLINK || type === RTM_DELLINK)
    if (isChange && !queue.isEntry(message.header)) this.#hint(before, records.get(ifindex))
  }

  #hint(before: LinkRecord | undefined, after: LinkRecord | undefined): void {
    if (!before && !after) return
    for (const hint of linkHints(before, after)) this.#objects.hint(...hint)
  }

  #overrun(): void {
    this.#links.overrun()
    this.#lost()
  }

  /** Events may be missing, of whatever kind. */
  #lost(): void {
    this.#gap()
    this.#lookups.lost()
    this.#objects.refresh()
  }

  #gap(): void {
    if (!this.#isSynced) return
    this.#isSynced = false
    this.#stats.gaps++
    this.#hub.tell({ type: 'gap', origin: 'kernel', overruns: this.#stats.overruns })
  }

  /** One of the two parts is whole: if both are, all is as the kernel has it. */
  #settle(): void {
    if (this.#isSynced || !this.#links.isSynced || !this.#objects.isWhole) return
    this.#isSynced = true
    const isFirst = !this.#hasBeenSynced
    this.#hasBeenSynced = true
    this.#hub.tell(this.#state(isFirst ? 'dump' : 'resync'))
    if (isFirst) this.#ready()
  }

  #tellLink(event: LinkEvent): void {
    if (event.type === 'gap') this.#stats.gaps--
    if (event.type === 'gap') this.#gap()
    else if (event.type === 'synced') this.#settle()
    else if ('link' in event) this.#hub.tell(ofLink(event as Extract<LinkEvent, OfLink>))
    else this.#hub.tell(event)
  }

  #state(origin: 'dump' | 'resync' = 'dump'): NetworkEvent {
    if (!this.#isSynced) return { type: 'gap', origin: 'kernel', overruns: this.#stats.overruns }
    return { type: 'synced', origin, ...this.#counts() }
  }

  #counts(): NetworkCounts {
    return {
      links: this.links.size,
      addresses: this.addresses.size,
      routes: this.routes.size,
      neighbours: this.neighbours.size,
      rules: this.rules.size,
    }
  }

  get #trouble(): string | undefined {
    return this.#links.trouble ?? this.#objects.queue.trouble
  }

  #finish(error: Error): void {
    if (this.#hub.ended) return
    this.#hub.ended = error
    this.#notReady(error)
    this.#links.stop()
    this.#objects.stop()
    this.#feed.close()
    this.#hub.end(error)
  }
}
