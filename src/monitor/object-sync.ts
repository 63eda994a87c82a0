// Keeps addresses, routes, neighbours and rules true to the kernel, beside the links that LinkSync keeps.
// In: messages, overruns, hints, and when the queue is empty. Out: tables, events, and requests for dumps.
// An event is applied, and may hint at changes that the kernel does not announce: that part is read again.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { turn } from '../base/clock.js'
import type { AddressRecord } from '../message/address-record.js'
import type { ObjectName } from '../message/object-body.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { RouteRecord } from '../message/route-record.js'
import type { DumpHost } from './dump-asker.js'
import type { Origin } from './events.js'
import { type KeptEntry, RTM_NEWPREFIX, type TableMessage } from './kept-entry.js'
import type { Read } from './kept-read.js'
import { KeptTable, keyText, type TableHost } from './kept-table.js'
import { routeKeyFacts } from './object-keys.js'
import { ReadQueue } from './read-queue.js'
import { newTypeOf, type ReadScope } from './read-requests.js'
import type { Key } from './record-chunk.js'
import { routeChange } from './route-change.js'
import { RouteCounts } from './route-counts.js'

export type Tables = { readonly [N in ObjectName]?: KeptTable<N> }

export interface ObjectSyncHost extends DumpHost, Omit<TableHost, 'counted' | 'hasRule'> {
  /** Every family that was to be read as a whole has been read. */
  whole(): void
}

export interface KeptChoice {
  objects: readonly ObjectName[]
  /** Every change is an event. */
  isLoud: boolean
}

const FAMILIES = [AF_INET, AF_INET6]
const RTM_NEWNEXTHOP = 104
const RTM_DELNEXTHOP = 105
const NLM_F_REPLACE = 0x100
const RTPROT_KERNEL = 2
const RTPROT_RA = 9
/** `struct prefixmsg` of linux/rtnetlink.h. */
const PREFIXMSG_IFINDEX = 4
/** How long the loop may be kept from other work, in milliseconds, while what is gone is removed. */
const SLICE_MS = 8
const SLICE_SLOTS = 256

export class ObjectSync {
  readonly tables: Tables
  readonly queue: ReadQueue
  /** Notifications of objects that are kept. */
  events = 0
  /** No answer has had more than the part that was asked for. */
  isStrict = true
  readonly #host: ObjectSyncHost
  readonly #counts = new RouteCounts()
  /** Families that are to be read as a whole, until they have been. */
  readonly #missing = new Set<string>()
  /** What was removed by an event since the read under way was asked for. */
  #removed = new Set<string>()
  #removedSince = 0
  #hasBeenWhole = false
  #isStopped = false

  constructor(host: ObjectSyncHost, { objects, isLoud }: KeptChoice) {
    this.#host = host
    const tableHost: TableHost = {
      link: (ifindex) => host.link(ifindex),
      hasLinkNamed: (ifname) => host.hasLinkNamed(ifname),
      hasRule: (family, priority) => this.#hasRule(family, priority),
      hasListeners: () => host.hasListeners(),
      event: (event) => host.event(event),
      counted: (object, key, change) => {
        if (object === 'route') this.#counts.add(key, change)
      },
    }
    const made = objects.map((name) => [name, new KeptTable(name, tableHost, isLoud)])
    this.tables = Object.fromEntries(made)
    this.queue = new ReadQueue(host, (read, done) => this.#sweep(read, done))
  }

  get isWhole(): boolean {
    return this.#missing.size === 0
  }

  /** Reads everything. */
  refresh(): void {
    if (!this.#host.request) return
    this.queue.lost()
    for (const object of Object.keys(this.tables) as ObjectName[]) {
      for (const family of FAMILIES) {
        this.#missing.add(`${object} ${family}`)
        this.queue.want(object, { family }, false)
      }
    }
  }

  stop(): void {
    this.#isStopped = true
    this.queue.stop()
  }

  /** Takes a message about an object that is kept, or a hint. */
  take(message: TableMessage): void {
    if (message.kind === 'malformed') return
    const { header } = message
    if (message.entry) {
      this.#takeEntry(header, message.entry)
      return
    }
    const { kind, body } = message
    if (kind === 'address' || kind === 'route' || kind === 'neighbour' || kind === 'rule') {
      if (body) this.#takeObject(kind, header, (message as never)[kind], body)
    } else if (header.type === RTM_DELNEXTHOP || header.type === RTM_NEWNEXTHOP) {
      const isChange = header.type === RTM_DELNEXTHOP || (header.flags & NLM_F_REPLACE) !== 0
      if (isChange) for (const scope of this.#counts.tablesWithObjects()) this.hint('route', scope)
    } else if (header.type === RTM_NEWPREFIX && body && body.length > PREFIXMSG_IFINDEX + 4) {
      // The kernel does not announce what else it takes from an advertisement: hop limit, MTU, preferences and lifetimes of routes.
      const view = new DataView(body.buffer, body.byteOffset)
      const ifindex = view.getInt32(PREFIXMSG_IFINDEX, HOST_BYTE_ORDER === 'little')
      this.hint('route', { family: AF_INET6, ifindex })
    }
  }

  /** Something may have changed in this part: it is read again soon. */
  hint(object: ObjectName, scope: ReadScope, ofOwnState = false): void {
    if (!this.tables[object] || !this.#host.request || this.#isStopped) return
    const { family, ifindex } = scope
    if (object === 'route' && ifindex !== undefined) {
      const has = ofOwnState ? 'hasOwnState' : 'hasLink'
      if (!this.#counts[has](family, ifindex)) return
    }
    this.queue.want(object, scope, true)
  }

  /** An entry of the read under way, or of one that was given up: that is older than the events since. */
  #takeEntry(header: NetlinkHeader, { object, key, body }: KeptEntry): void {
    const table = this.tables[object] as KeptTable<ObjectName> | undefined
    if (!key || !table) return
    if (!this.#host.request) {
      // A recording: another process asked for this dump.
      table.set(key, body, 'kernel', 0)
      return
    }
    const read = this.queue.readOf(header)
    if (!read) return
    if (!table.kind.isIn(key, read.scope)) {
      // A kernel without IPv6 may answer with IPv4: that is another thing.
      if (key[1] === read.scope.family) this.isStrict = false
    } else if (!this.#isNewer(read, table, key)) {
      table.set(key, body, this.#origin, read.number * 2)
    }
  }

  #takeObject(name: ObjectName, header: NetlinkHeader, record: never, body: Uint8Array): void {
    const table = this.tables[name] as KeptTable<ObjectName> | undefined
    if (!table) return
    const { kind, arena } = table
    const isNew = header.type === newTypeOf(name)
    if (!isNew && header.type !== newTypeOf(name) + 1) return
    this.events++
    // Neighbours without ARP are not kept: one that becomes so goes.
    const isGone = !isNew || !kind.isKept(record)
    const key = kind.key(record, body)
    if (name === 'route') {
      const change = routeChange(arena, key, record, isGone, (header.flags & NLM_F_REPLACE) !== 0)
      for (const slot of change.removes) this.#remove(table, slot)
      if (change.isAmbiguous) {
        const { family, table } = routeKeyFacts(key)
        this.hint('route', { family, table })
      }
      if (change.isAmbiguous && !change.isApplied) return
    }
    if (isGone) {
      const slot = arena.find(key)
      this.#noteRemoved(table, key)
      this.#hintsOf(name, record, isGone)
      if (slot >= 0) table.remove(slot, 'kernel')
    } else {
      if (name === 'address') this.#hintOfLifetime(record, arena.find(key))
      table.set(key, body, 'kernel', this.queue.reads * 2 + 1)
      this.#hintsOf(name, record, isGone)
    }
  }

  /** The route of an IPv6 prefix expires with its addresses, and no longer if one of them is for ever. */
  #hintOfLifetime(record: AddressRecord, slot: number): void {
    const { family, ifindex } = record
    const { address: table } = this.tables
    const before = slot < 0 ? undefined : table?.record(table.arena.body(slot))
    const isSame = before && isForEver(before) === isForEver(record)
    if (family === AF_INET6 && !isSame) this.hint('route', { family, ifindex })
  }

  /** Until the first reads are complete, what they find was there before. */
  get #origin(): Origin {
    return this.#hasBeenWhole ? 'resync' : 'dump'
  }

  /** An event since the request, also a removal, is newer than the entry. */
  #isNewer(read: Read, { arena }: KeptTable<ObjectName>, key: Key): boolean {
    const slot = arena.find(key)
    if (slot >= 0) return arena.stamp(slot) === read.number * 2 + 1
    return this.#removedSince === read.number && this.#removed.has(keyText(key))
  }

  #remove(table: KeptTable<ObjectName>, slot: number): void {
    this.#noteRemoved(table, table.arena.key(slot))
    table.remove(slot, 'kernel')
  }

  #noteRemoved({ kind }: KeptTable<ObjectName>, key: Key): void {
    const { current } = this.queue
    if (current?.object !== kind.name || current.number === 0) return
    if (this.#removedSince !== current.number) this.#removed = new Set()
    this.#removedSince = current.number
    this.#removed.add(keyText(key))
  }

  /** Reads what changes along with an object without a notification. */
  #hintsOf(name: ObjectName, record: never, isGone: boolean): void {
    if (name === 'address') this.#hintsOfAddress(record, isGone)
    if (name === 'route' && !isGone) this.#hintsOfRoute(record)
    if (name === 'rule') this.hint('rule', { family: (record as { family: number }).family })
  }

  #hintsOfAddress({ family, ifindex, local, address }: AddressRecord, isGone: boolean): void {
    if (!isGone) {
      // With a link's first address its dead next hops revive.
      this.hint('route', { family, ifindex }, true)
      return
    }
    // Routes of the link go, and those that prefer the address as their source.
    const source = local ?? address
    const links = source ? this.#counts.linksOfSource(source) : []
    for (const link of new Set([ifindex, ...links])) this.hint('route', { family, ifindex: link })
    this.hint('address', { family, ifindex })
  }

  #hintsOfRoute({ family, protocol, oif }: RouteRecord): void {
    if (family !== AF_INET6 || oif === undefined) return
    // The route of a prefix comes with an address that is not announced while it is tentative.
    if (protocol === RTPROT_KERNEL) this.hint('address', { family, ifindex: oif })
    // The kernel adds what a router advertises, and sets its hop limit, MTU and lifetime afterwards.
    if (protocol === RTPROT_RA) this.hint('route', { family, ifindex: oif })
  }

  #hasRule(family: number, priority: number): boolean {
    const { rule } = this.tables
    for (const slot of rule?.arena.slots() ?? []) {
      const record = rule?.record(rule.arena.body(slot))
      if (record?.family === family && (record.priority ?? 0) === priority) return true
    }
    return false
  }

  /** Removes what a complete read did not have, some at a time. */
  async #sweep(read: Read, done: () => void): Promise<void> {
    const table = this.tables[read.object] as KeptTable<ObjectName>
    const { arena } = table
    const oldest = read.number * 2
    let until = performance.now() + SLICE_MS
    let n = 0
    // What a damaged read does not have may exist.
    for (const slot of read.isDamaged ? [] : arena.slots()) {
      if (arena.stamp(slot) < oldest) this.#sweepSlot(table, slot, read.scope)
      if (++n % SLICE_SLOTS !== 0 || performance.now() < until) continue
      await turn()
      if (this.#isStopped) return
      until = performance.now() + SLICE_MS
    }
    const wasMissing = this.#missing.delete(read.id)
    done()
    if (!wasMissing || this.#missing.size > 0) return
    this.#hasBeenWhole = true
    this.#host.whole()
  }

  #sweepSlot(table: KeptTable<ObjectName>, slot: number, scope: ReadScope): void {
    const key = table.arena.key(slot)
    if (!table.kind.isIn(key, scope)) return
    if (table.kind.name === 'route' && scope.ifindex !== undefined) {
      const { family, table: number, ifindexes } = routeKeyFacts(key)
      // It may have lost this next hop, and kept the others: then it is another route, of another link.
      if (ifindexes.length > 1) {
        this.hint('route', { family, table: number })
        return
      }
    }
    table.remove(slot, this.#origin)
  }
}

function isForEver({ cacheInfo }: AddressRecord): boolean {
  return cacheInfo === undefined || cacheInfo.valid === 0xffffffff
}
