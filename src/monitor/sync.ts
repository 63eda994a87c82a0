// Keeps a table of links true to the kernel.
// In: messages, overruns, and when the queue is empty. Out: the table, events, and requests for dumps.
// After a loss, a dump repairs the table. A dump that may be older than an event does not undo it. Knows no socket.
//
//   subscribe ─ dump ─▶ synced ─ overrun ─▶ queue emptied ─ dump (at once, then one a second) ─▶ synced

import {
  AF_UNSPEC,
  NLMSG_ERROR,
  NLMSG_OVERRUN,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { endsDatagram } from '../message/faults.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NetlinkHeader, NetlinkMessage } from '../message/read-message.js'
import { DumpAsker, type DumpHost } from './dump-asker.js'
import { compareLink, type LinkEvent, linkEvent, type Origin } from './events.js'
import { LinkAsker } from './link-asker.js'
import { type Dump, isPartial, withPart } from './link-dump.js'
import { isSetLater, linksToAsk } from './link-hints.js'
import { LinkTable } from './link-table.js'
import { countFault, type MonitorStats } from './stats.js'

export interface SyncHost extends DumpHost {
  /** Whether anybody listens: otherwise no events are created. */
  hasListeners(): boolean
  event(event: LinkEvent): void
  /** The first dump is complete. */
  ready(): void
}

type Malformed = Extract<NetlinkMessage, { kind: 'malformed' }>

export class LinkSync {
  readonly records = new LinkTable()
  readonly #host: SyncHost
  readonly #stats: MonitorStats
  readonly #asker: DumpAsker
  readonly #links: LinkAsker
  #isSynced = false
  #hasBeenSynced = false
  #isStopped = false
  readonly #lookup = (ifindex: number): LinkRecord | undefined => this.records.get(ifindex)

  constructor(host: SyncHost, stats: MonitorStats) {
    this.#host = host
    this.#stats = stats
    this.#asker = new DumpAsker(host, stats, (dump) => this.#takeDump(dump))
    this.#links = new LinkAsker(host, stats, this.#asker)
  }

  /** Whether the table is what the kernel has. A source that takes no requests always counts as synced. */
  get isSynced(): boolean {
    return this.#isSynced || !this.#host.request
  }

  /** Why dumps failed since the last complete one; undefined if none did. */
  get trouble(): string | undefined {
    return this.#asker.trouble
  }

  start(): void {
    if (this.#host.request) {
      this.#asker.ask()
      return
    }
    this.#isSynced = true
    this.#hasBeenSynced = true
    this.#host.ready()
  }

  stop(): void {
    this.#isStopped = true
    this.#asker.stop()
    this.#links.stop()
  }

  take(messages: readonly NetlinkMessage[]): void {
    const asker = this.#asker
    for (let n = 0; n < messages.length; n++) {
      if (this.#isStopped) return
      const message = messages[n] as NetlinkMessage
      if (message.kind === 'malformed') {
        this.#takeFault(message)
      } else if (message.header.type === NLMSG_OVERRUN) {
        this.overrun()
      } else if (asker.answers(message.header)) {
        asker.take(message)
      } else if (message.kind === 'link') {
        // An entry of an abandoned dump is older than the events since.
        if (!asker.isEntry(message.header)) this.#takeLink(message.header, message.link)
      } else if (message.header.type === NLMSG_ERROR) {
        if (message.kind === 'control' && this.#links.answers(message.header)) {
          this.#links.refused(message.errno)
        } else {
          this.#stats.errors++
        }
      }
    }
  }

  /** Asks for the links again, even if nothing is known to be lost. */
  refresh(): void {
    if (this.#host.request) this.#asker.refresh()
    else this.#host.event({ type: 'synced', origin: 'resync', links: this.records.size })
  }

  /** The kernel may have dropped events since the queue was last empty. */
  overrun(): void {
    this.#stats.overruns++
    this.#lost()
  }

  /** Nothing is queued. */
  drained(): void {
    this.records.tidy()
    this.#links.drained()
    this.#asker.drained()
  }

  /** Asks for the links again, as after an overrun, once the queue is empty. */
  #lost(): void {
    this.#asker.isWanted = true
    if (!this.#isSynced) return
    this.#isSynced = false
    this.#stats.gaps++
    this.#host.event({ type: 'gap', origin: 'kernel', overruns: this.#stats.overruns })
  }

  /** A message that cannot be read is lost, whether it was an event or a part of a dump. */
  #takeFault({ error, header }: Malformed): void {
    if (countFault(this.#stats, error)) this.#host.event({ type: 'fault', origin: 'kernel', error })
    if (error.code === 'ERR_NETLINK_FOREIGN_SENDER') return
    const { dump } = this.#asker
    const isOfDump = dump !== undefined && (!header || this.#asker.answers(header))
    const isRestLost = endsDatagram(error) || error.code === 'ERR_NETLINK_TRUNCATED'
    if (isOfDump && !isRestLost) {
      dump.isDamaged = true
      return
    }
    this.#lost()
    // The lost rest may have included the end of the dump.
    if (isOfDump && this.#asker.dump === dump) this.#asker.retry(error)
  }

  /** A notification, or a link that was asked for: both are applied in the order in which they come. */
  #takeLink(header: NetlinkHeader, link: LinkRecord): void {
    const { type } = header
    if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return
    const before = this.records.get(link.ifindex)
    if (this.#links.answers(header)) {
      if (link.family === AF_UNSPEC) this.#takeEvent(type, link)
      return
    }
    if (link.family === AF_UNSPEC) {
      this.#stats.events++
      this.#takeEvent(type, link)
    }
    for (const ifindex of linksToAsk(type, link, before, this.records)) {
      if (this.records.has(ifindex)) this.#links.want(ifindex)
    }
    if (!before && isSetLater(link)) this.#links.wantLater(link.ifindex)
  }

  #takeEvent(type: number, link: LinkRecord): void {
    const { ifindex } = link
    const before = this.records.get(ifindex)
    const isPart = type === RTM_NEWLINK && isPartial(link)
    // The dump has all fields.
    const { dump } = this.#asker
    if (isPart && !before && dump) return
    if (!isPart) dump?.touched.add(ifindex)
    const after = isPart && before ? withPart(before, link) : link
    this.#apply(ifindex, type === RTM_DELLINK ? undefined : after, 'kernel')
  }

  #apply(ifindex: number, after: LinkRecord | undefined, origin: Origin): void {
    const before = this.records.get(ifindex)
    if (after) this.records.set(ifindex, after)
    else this.records.delete(ifindex)
    if (!this.#host.hasListeners()) return
    const isFirst = origin === 'dump'
    const events = compareLink(before, after, origin, this.#lookup)
    for (let n = 0; n < events.length; n++) {
      const event = events[n] as LinkEvent
      this.#host.event(isFirst && event.type === 'added' ? { ...event, type: 'present' } : event)
    }
  }

  #takeDump(dump: Dump): void {
    this.#merge(dump)
    // Something was lost during the dump: another one follows.
    if (this.#asker.isWanted) return
    const isFirst = !this.#hasBeenSynced
    this.#hasBeenSynced = true
    this.#isSynced = true
    this.#host.event({
      type: 'synced',
      origin: isFirst ? 'dump' : 'resync',
      links: this.records.size,
    })
    if (isFirst) this.#host.ready()
  }

  /** Merges a complete dump. An event since its request, also a removal, wins over its entry. */
  #merge({ entries, touched, isDamaged }: Dump): void {
    const origin = this.#hasBeenSynced ? 'resync' : 'dump'
    for (const ifindex of isDamaged ? [] : [...this.records.keys()]) {
      if (!entries.has(ifindex) && !touched.has(ifindex)) this.#apply(ifindex, undefined, origin)
    }
    for (const [ifindex, link] of entries) {
      if (!touched.has(ifindex)) this.#apply(ifindex, link, origin)
    }
  }

  /** The events with which a new consumer starts: the present links and state. */
  snapshot(): LinkEvent[] {
    const present = Array.from(this.records.values(), (link) =>
      linkEvent('present', link, 'dump', this.#lookup),
    )
    const { overruns } = this.#stats
    const state: LinkEvent = this.isSynced
      ? { type: 'synced', origin: 'dump', links: present.length }
      : { type: 'gap', origin: 'kernel', overruns }
    return [...present, state]
  }
}
