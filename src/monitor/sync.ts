// Keeping a table of links true to the kernel.
// In: messages, overruns and the word that the queue is empty. Out: the table, events, and requests for
// dumps. Never lies: what was lost is made up for by a dump, and a dump that may be older than an
// event does not undo it. Knows no socket and no clock but setTimeout.
//
//   subscribe ─ dump ─▶ synced ─ overrun ─▶ queue emptied ─ dump (at once, then one a second) ─▶ synced
//                          ▲                                    │ NLM_F_DUMP_INTR, EBUSY: again, bounded
//                          └────────────────────────────────────┘

import {
  AF_UNSPEC,
  NLM_F_DUMP_INTR,
  NLMSG_ERROR,
  NLMSG_OVERRUN,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { dumpRequest } from '../dump-request.js'
import { NetlinkError } from '../errors.js'
import type { LinkRecord, NetlinkMessage } from '../records.js'
import { compareLink, type LinkEvent, type Origin, told } from './events.js'
import { countFault, type MonitorStats } from './stats.js'

/** How often in a row a dump that was interrupted or found the kernel busy is asked for again. */
export const DUMP_TRIES = 8
/** The least time between two dumps after overruns. */
export const RESYNC_MS = 1000
/** Waited longer before each further try. */
const BUSY_MS = 20
const EBUSY = -16

export interface SyncHost {
  /** Port id that the kernel answers to. */
  readonly portId: number
  /** Sends a request; undefined where there is nobody to ask, as in a replay. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  /** Whether anybody wants events: they are not made otherwise. */
  hasListeners(): boolean
  event(event: LinkEvent): void
  /** The first dump has been taken in. */
  ready(): void
  /** The links cannot be had. */
  failed(error: NetlinkError): void
}

interface Dump {
  readonly seq: number
  readonly entries: Map<number, LinkRecord>
  /** Links that an event told of since the request: newer than their entries may be. */
  readonly touched: Set<number>
  isInterrupted: boolean
}

export class LinkSync {
  readonly records = new Map<number, LinkRecord>()
  readonly #host: SyncHost
  readonly #stats: MonitorStats
  #dump: Dump | undefined
  #seq = 0
  #tries = 0
  #isSynced = false
  #hasBeenSynced = false
  /** Something was lost since the last dump began. */
  #isStale = true
  #isQueueEmpty = true
  #nextResyncAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: SyncHost, stats: MonitorStats) {
    this.#host = host
    this.#stats = stats
  }

  start(): void {
    if (this.#host.request) {
      this.#ask()
      return
    }
    this.#isStale = false
    this.#isSynced = true
    this.#hasBeenSynced = true
    this.#host.ready()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dump = undefined
  }

  take(messages: readonly NetlinkMessage[]): void {
    for (const message of messages) {
      if (message.kind === 'malformed') {
        const { error } = message
        if (countFault(this.#stats, error))
          this.#host.event({ type: 'fault', origin: 'kernel', error })
        if (message.error.code === 'ERR_NETLINK_TRUNCATED') this.lost()
      } else if (message.header.type === NLMSG_OVERRUN) {
        this.overrun()
      } else if (this.#answers(message)) {
        this.#takeAnswer(message, this.#dump as Dump)
      } else if (message.kind === 'link') {
        this.#takeEvent(message.header.type, message.link)
      } else if (message.header.type === NLMSG_ERROR) {
        this.#stats.errors++
      }
    }
  }

  /** Asks for the links once more, though nothing is known to be lost. */
  refresh(): void {
    if (!this.#host.request) {
      this.#host.event({ type: 'synced', origin: 'resync', links: this.records.size })
    } else if (this.#dump || this.#timer !== undefined) {
      this.#isStale = true
    } else {
      this.#ask()
    }
  }

  /** ENOBUFS: the kernel has dropped events since the queue was last empty. */
  overrun(): void {
    this.#stats.overruns++
    this.#isQueueEmpty = false
    this.lost()
  }

  /** Nothing is queued: events sent from now on arrive, so a dump begun now misses nothing. */
  drained(): void {
    this.#isQueueEmpty = true
    if (this.#isStale) this.#askSoon()
  }

  /** Asks for the links again, as after an overrun. */
  lost(): void {
    const isNews = this.#isSynced || (this.#dump !== undefined && !this.#isStale)
    this.#isStale = true
    if (this.#isSynced) {
      this.#isSynced = false
      this.#stats.gaps++
      this.#host.event({ type: 'gap', origin: 'kernel', overruns: this.#stats.overruns })
    }
    if (isNews && this.#isQueueEmpty) this.#askSoon()
  }

  #answers({ header }: Exclude<NetlinkMessage, { kind: 'malformed' }>): boolean {
    return header.seq === this.#dump?.seq && header.pid === this.#host.portId
  }

  #takeEvent(type: number, link: LinkRecord): void {
    if (link.family !== AF_UNSPEC || (type !== RTM_NEWLINK && type !== RTM_DELLINK)) return
    this.#stats.events++
    this.#dump?.touched.add(link.ifindex)
    this.#apply(link.ifindex, type === RTM_DELLINK ? undefined : link, 'kernel')
  }

  #apply(ifindex: number, after: LinkRecord | undefined, origin: Origin): void {
    const before = this.records.get(ifindex)
    const lookup = (other: number) => this.records.get(other)
    if (after) this.records.set(ifindex, after)
    else this.records.delete(ifindex)
    if (!this.#host.hasListeners()) return
    const isFirst = origin === 'dump'
    for (const event of compareLink(before, after, origin, lookup)) {
      this.#host.event(isFirst && event.type === 'added' ? { ...event, type: 'present' } : event)
    }
  }

  // --- dumps -----------------------------------------------------------------------------------

  #askSoon(): void {
    if (this.#dump || this.#timer !== undefined || !this.#host.request) return
    this.#later(this.#nextResyncAt - performance.now())
  }

  #later(delayMs: number): void {
    if (delayMs <= 0) {
      this.#ask()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isQueueEmpty) this.#ask()
    }, delayMs)
  }

  #ask(): void {
    this.#isStale = false
    if (this.#hasBeenSynced) this.#nextResyncAt = performance.now() + RESYNC_MS
    this.#seq = (this.#seq % 0xffffffff) + 1
    this.#stats.dumps++
    const dump: Dump = {
      seq: this.#seq,
      entries: new Map(),
      touched: new Set(),
      isInterrupted: false,
    }
    this.#dump = dump
    this.#host.request?.(dumpRequest(dump.seq)).catch((error: NetlinkError) => {
      if (this.#dump === dump) this.#retry(error)
    })
  }

  #takeAnswer(message: Exclude<NetlinkMessage, { kind: 'malformed' }>, dump: Dump): void {
    if (message.header.flags & NLM_F_DUMP_INTR) dump.isInterrupted = true
    if (message.kind === 'link') {
      const { link } = message
      if (link.family === AF_UNSPEC) dump.entries.set(link.ifindex, link)
    } else if (message.kind === 'control') {
      this.#finish(message.errno, dump)
    }
  }

  #finish(errno: number, dump: Dump): void {
    if (errno === EBUSY) this.#stats.busy++
    if (errno === 0 && dump.isInterrupted) this.#stats.interrupted++
    if (errno !== 0 || dump.isInterrupted) {
      this.#retry(errno === 0 ? interrupted() : refused(errno))
      return
    }
    this.#tries = 0
    this.#dump = undefined
    this.#merge(dump)
    if (this.#isStale) {
      if (this.#isQueueEmpty) this.#askSoon()
      return
    }
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

  /** Takes in a whole dump. An event since its request, a removal included, beats its entry. */
  #merge({ entries, touched }: Dump): void {
    const origin = this.#hasBeenSynced ? 'resync' : 'dump'
    for (const ifindex of [...this.records.keys()]) {
      if (!entries.has(ifindex) && !touched.has(ifindex)) this.#apply(ifindex, undefined, origin)
    }
    for (const [ifindex, link] of entries) {
      if (!touched.has(ifindex)) this.#apply(ifindex, link, origin)
    }
  }

  /** Asks again, DUMP_TRIES times in a row; then the first dump has failed, and a later one waits. */
  #retry(error: NetlinkError): void {
    this.#dump = undefined
    this.#isStale = true
    if (++this.#tries < DUMP_TRIES) {
      this.#later(BUSY_MS * (this.#tries - 1))
    } else if (this.#hasBeenSynced) {
      this.#tries = 0
      this.#later(RESYNC_MS)
    } else {
      this.#host.failed(error)
    }
  }

  /** Events that say what is there, for a consumer who begins now. */
  snapshot(): LinkEvent[] {
    const lookup = (ifindex: number) => this.records.get(ifindex)
    const present = Array.from(this.records.values(), (link) =>
      told('present', link, 'dump', lookup),
    )
    return [...present, { type: 'synced', origin: 'dump', links: present.length }]
  }
}

function refused(errno: number): NetlinkError {
  const message = `expected a dump of links, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', message, { errno })
}

function interrupted(): NetlinkError {
  const message = `expected a consistent dump of links, got ${DUMP_TRIES} that changes interrupted`
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}
