// What a network monitor does behind its tables: one feed, whose messages go to the links and to the other objects in one
// order, and what both together say: whether all is as the kernel has it.
// In: a feed of messages. Out: the state of both, events, the answers to lookups.

import { AF_UNSPEC, NLMSG_OVERRUN, RTM_DELLINK, RTM_NEWLINK } from '../../assembly/contract.js'
import type { Clock } from '../base/clock.js'
import type { NetlinkError } from '../base/errors.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import type { LinkRecord } from '../message/link-record.js'
import { EventHub } from './event-hub.js'
import type { LinkEvent, OfLink } from './events.js'
import type { TableMessage } from './kept-entry.js'
import { MonitorCore } from './monitor-core.js'
import type { NetworkEvent } from './network-events.js'
import { linkHints } from './network-hints.js'
import { ofLink, TablesPast } from './network-past.js'
import { NetworkQueue, type QueueHost } from './network-queue.js'
import { type KeptChoice, ObjectSync, type ObjectSyncHost } from './object-sync.js'
import { RouteLookups } from './route-lookup.js'
import { countFault, type MonitorStats, newMonitorStats } from './stats.js'
import { LinkSync, type SyncHost } from './sync.js'

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

export class NetworkCore extends MonitorCore<NetworkEvent> implements ObjectSyncHost {
  readonly linkHub = new EventHub<LinkEvent>()
  readonly links: LinkSync
  readonly objects: ObjectSync
  readonly lookups = new RouteLookups()
  readonly feed: MessageFeed
  readonly #stats: NetworkStats = { ...newMonitorStats(), reads: 0, isStrict: false }
  #isSynced = false
  #hasBeenSynced = false

  constructor(
    connect: (handler: FeedHandler) => NetworkFeed,
    choice: KeptChoice,
    clock: Clock,
    patience: number,
  ) {
    super(clock, patience)
    this.links = new LinkSync(this.#linkHost(), this.#stats)
    this.objects = new ObjectSync(this, choice)
    const { feed, isStrict } = connect({
      messages: (messages) => this.#take(messages),
      overrun: () => {
        this.received++
        this.#overrun()
      },
      drained: () => {
        this.links.drained()
        this.objects.queue.drained()
      },
      failed: (error) => this.failed(error),
    })
    this.feed = feed
    this.#stats.isStrict = isStrict
    this.#stats.receiveBufferBytes = feed.receiveBufferBytes
  }

  get trouble(): string | undefined {
    return this.links.trouble ?? this.objects.queue.trouble
  }

  get stats(): NetworkStats {
    const { queue, events, isStrict } = this.objects
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

  refresh(): void {
    this.#isSynced = false
    this.objects.refresh()
    this.links.refresh()
  }

  iterate(): AsyncIterableIterator<NetworkEvent> {
    const host: QueueHost = {
      clock: this.clock,
      past: () => new TablesPast(this.links.records, this.objects.tables),
      state: () => this.#state(),
    }
    return this.hub.iterate((remove) => new NetworkQueue(host, remove))
  }

  /** `synced`, or the gap that is open. */
  #state(origin: 'dump' | 'resync' = 'dump'): NetworkEvent {
    if (!this.#isSynced) return { type: 'gap', origin: 'kernel', overruns: this.#stats.overruns }
    const { address, route, neighbour, rule } = this.objects.tables
    return {
      type: 'synced',
      origin,
      links: this.links.records.size,
      addresses: address?.arena.size ?? 0,
      routes: route?.arena.size ?? 0,
      neighbours: neighbour?.arena.size ?? 0,
      rules: rule?.arena.size ?? 0,
    }
  }

  protected begin(): void {
    this.objects.refresh()
    this.links.start()
  }

  protected stop(error: Error): void {
    this.lookups.lost(error as NetlinkError)
    this.objects.stop()
    this.linkHub.end(error)
  }

  link(ifindex: number): LinkRecord | undefined {
    return this.links.records.get(ifindex)
  }

  hasLinkNamed(ifname: string): boolean {
    return this.links.records.find(ifname) !== undefined
  }

  /** All objects have been read. */
  whole(): void {
    this.#settle()
  }

  /** As this core, but its dumps wait for their turn, and its events for those of the objects. */
  #linkHost(): SyncHost {
    const self = this
    return {
      clock: this.clock,
      patience: this.patience,
      get portId() {
        return self.portId
      },
      get received() {
        return self.received
      },
      get request() {
        const { queue } = self.objects
        return self.feed.request && ((message: Uint8Array) => queue.linkRequest(message))
      },
      checkQueue: () => this.checkQueue(),
      hasListeners: () => this.hub.hasListeners || this.linkHub.hasListeners,
      event: (event) => this.#takeLinkEvent(event),
      ready: () => this.#settle(),
      failed: (error) => this.failed(error),
    }
  }

  #take(messages: readonly TableMessage[]): void {
    this.received++
    for (const message of messages) {
      if (this.hub.ended) return
      if (this.lookups.take(message, this.feed.portId)) continue
      if (message.kind === 'malformed') this.#takeFault(message)
      else if (message.header.type === NLMSG_OVERRUN) this.#overrun()
      else if (message.kind === 'link') this.#takeLink(message)
      else if (message.kind === 'control') {
        if (!this.objects.queue.takeControl(message.header, message.errno))
          this.links.take([message])
      } else this.objects.take(message)
    }
  }

  #takeFault(message: Extract<TableMessage, { kind: 'malformed' }>): void {
    const { header, error } = message
    const { queue } = this.objects
    if (header && queue.current && header.seq === queue.current.seq && queue.isEntry(header)) {
      queue.lost()
      if (countFault(this.#stats, error)) this.hub.emit({ type: 'fault', origin: 'kernel', error })
      return
    }
    if (error.code !== 'ERR_NETLINK_FOREIGN_SENDER') this.#lost()
    this.links.take([message])
  }

  #takeLink(message: Extract<TableMessage, { kind: 'link' }>): void {
    const { queue } = this.objects
    if (queue.takeLink(message.header)) return
    const { records } = this.links
    const { ifindex, family } = message.link
    const before = records.get(ifindex)
    this.links.take([message])
    const { type } = message.header
    const isChange = family === AF_UNSPEC && (type === RTM_NEWLINK || type === RTM_DELLINK)
    if (isChange && !queue.isEntry(message.header)) this.#hint(before, records.get(ifindex))
  }

  #hint(before: LinkRecord | undefined, after: LinkRecord | undefined): void {
    if (!before && !after) return
    for (const hint of linkHints(before, after)) this.objects.hint(...hint)
  }

  #overrun(): void {
    this.links.overrun()
    this.#lost()
  }

  /** Events may be missing, of whatever kind. */
  #lost(): void {
    this.#gap()
    this.lookups.lost()
    this.objects.refresh()
  }

  #gap(): void {
    if (!this.#isSynced) return
    this.#isSynced = false
    this.#stats.gaps++
    this.hub.emit({ type: 'gap', origin: 'kernel', overruns: this.#stats.overruns })
  }

  /** One of the two parts is whole: if both are, all is as the kernel has it. */
  #settle(): void {
    if (this.#isSynced || !this.links.isSynced || !this.objects.isWhole) return
    this.#isSynced = true
    const isFirst = !this.#hasBeenSynced
    this.#hasBeenSynced = true
    this.hub.emit(this.#state(isFirst ? 'dump' : 'resync'))
    if (isFirst) this.ready()
  }

  #takeLinkEvent(event: LinkEvent): void {
    this.linkHub.emit(event)
    if (event.type === 'gap') this.#stats.gaps--
    if (event.type === 'gap') this.#gap()
    else if (event.type === 'synced') this.#settle()
    else if ('link' in event) this.hub.emit(ofLink(event as Extract<LinkEvent, OfLink>))
    else this.hub.emit(event)
  }
}
