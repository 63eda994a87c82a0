// Keeping a table of links true to the kernel.
// In: messages, overruns and the word that the queue is empty. Out: the table, events, and requests for
// dumps. Never lies: what was lost is made up for by a dump, and a dump that may be older than an
// event does not undo it. Knows no socket, and no clock but the one given.
//
//   subscribe ─ dump ─▶ synced ─ overrun ─▶ queue emptied ─ dump (at once, then one a second) ─▶ synced
//                          ▲                                    │ NLM_F_DUMP_INTR, EBUSY: again, bounded
//                          └────────────────────────────────────┘

import {
  AF_UNSPEC,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_ERROR,
  NLMSG_OVERRUN,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import type { Clock } from '../base/clock.js'
import type { NetlinkError } from '../base/errors.js'
import { endsDatagram } from '../message/faults.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NetlinkHeader, NetlinkMessage } from '../message/read-message.js'
import { compareLink, type LinkEvent, type Origin, told } from './events.js'
import {
  DUMP_TRIES,
  type Dump,
  interrupted,
  isPartial,
  newDump,
  refused,
  unanswered,
  withPart,
} from './link-dump.js'
import { dumpRequest } from './link-dump-request.js'
import { LinkTable } from './link-table.js'
import { countFault, type MonitorStats } from './stats.js'

/** The least time between two dumps after overruns. */
export const RESYNC_MS = 1000
/** How long a dump may bring nothing before it is asked for again. */
export const ANSWER_MS = 3000
/** Waited longer before each further try. */
const BUSY_MS = 20
const EBUSY = -16

export interface SyncHost {
  /** Port id that the kernel answers to. */
  readonly portId: number
  /** Sends a request; undefined where there is nobody to ask, as in a replay. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  readonly clock: Clock
  /** Whether anybody wants events: they are not made otherwise. */
  hasListeners(): boolean
  event(event: LinkEvent): void
  /** The first dump has been taken in. */
  ready(): void
  /** The links cannot be had. */
  failed(error: NetlinkError): void
}

type Malformed = Extract<NetlinkMessage, { kind: 'malformed' }>

export class LinkSync {
  readonly records = new LinkTable()
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
  #isStopped = false
  #nextResyncAt = 0
  readonly #lookup = (ifindex: number): LinkRecord | undefined => this.records.get(ifindex)
  /** Stops the timer that leads to the next dump. */
  #stopTimer: (() => void) | undefined
  /** Stops the timer that runs while a dump is out. */
  #stopPatience = () => {}

  constructor(host: SyncHost, stats: MonitorStats) {
    this.#host = host
    this.#stats = stats
  }

  /** Whether the table is the kernel's, as far as anybody to ask can tell. */
  get isSynced(): boolean {
    return this.#isSynced || !this.#host.request
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
    this.#isStopped = true
    this.#stopTimer?.()
    this.#stopPatience()
    this.#stopTimer = undefined
    this.#dump = undefined
  }

  take(messages: readonly NetlinkMessage[]): void {
    for (let n = 0; n < messages.length; n++) {
      if (this.#isStopped) return
      const message = messages[n] as NetlinkMessage
      if (message.kind === 'malformed') {
        this.#takeFault(message)
      } else if (message.header.type === NLMSG_OVERRUN) {
        this.overrun()
      } else if (this.#answers(message.header)) {
        this.#takeAnswer(message, this.#dump as Dump)
      } else if (this.#isAnswerGivenUp(message.header)) {
        // Older than what has been told since: no event.
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
    } else if (this.#dump || this.#stopTimer || !this.#isQueueEmpty) {
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

  #answers({ seq, pid }: NetlinkHeader): boolean {
    return seq === this.#dump?.seq && pid === this.#host.portId
  }

  #isAnswerGivenUp({ seq, pid, flags }: NetlinkHeader): boolean {
    return this.#seq > 0 && seq > 0 && pid === this.#host.portId && (flags & NLM_F_MULTI) !== 0
  }

  /** What the kernel said and cannot be read is lost, be it an event or part of a dump. */
  #takeFault({ error, header }: Malformed): void {
    if (countFault(this.#stats, error)) this.#host.event({ type: 'fault', origin: 'kernel', error })
    if (error.code === 'ERR_NETLINK_FOREIGN_SENDER') return
    const dump = this.#dump
    const isOfDump = dump !== undefined && (!header || this.#answers(header))
    const isRestLost = endsDatagram(error) || error.code === 'ERR_NETLINK_TRUNCATED'
    if (isOfDump && !isRestLost) {
      dump.isDamaged = true
      return
    }
    this.lost()
    // The rest may have held the end of the dump.
    if (isOfDump && this.#dump === dump) this.#retry(error)
  }

  #takeEvent(type: number, link: LinkRecord): void {
    if (link.family !== AF_UNSPEC || (type !== RTM_NEWLINK && type !== RTM_DELLINK)) return
    this.#stats.events++
    const { ifindex } = link
    const before = this.records.get(ifindex)
    const isPart = type === RTM_NEWLINK && isPartial(link)
    // A dump tells more.
    if (isPart && !before && this.#dump) return
    if (!isPart) this.#dump?.touched.add(ifindex)
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

  // --- dumps -----------------------------------------------------------------------------------

  #askSoon(): void {
    if (this.#dump || this.#stopTimer || this.#isStopped || !this.#host.request) return
    this.#later(this.#nextResyncAt - this.#host.clock.now())
  }

  #later(delayMs: number): void {
    if (delayMs <= 0) {
      if (this.#isQueueEmpty) this.#ask()
      return
    }
    this.#stopTimer = this.#host.clock.after(delayMs, () => {
      this.#stopTimer = undefined
      if (this.#isQueueEmpty) this.#ask()
    })
  }

  #ask(): void {
    this.#isStale = false
    if (this.#stats.dumps > 0) this.#nextResyncAt = this.#host.clock.now() + RESYNC_MS
    this.#seq = (this.#seq % 0xffffffff) + 1
    this.#stats.dumps++
    const dump = newDump(this.#seq)
    this.#dump = dump
    this.#expectAnswer(dump)
    this.#host.request?.(dumpRequest(dump.seq)).catch((error: NetlinkError) => {
      if (this.#dump === dump) this.#retry(error)
    })
  }

  /** An answer may be lost to a full buffer, as anything may. */
  #expectAnswer(dump: Dump): void {
    const { clock } = this.#host
    this.#stopPatience()
    this.#stopPatience = clock.after(ANSWER_MS, () => {
      // After a loop that was blocked, the answer may be there and unread: let it be read first.
      this.#stopPatience = clock.after(BUSY_MS, () => {
        if (this.#dump === dump) this.#retry(unanswered())
      })
    })
  }

  #takeAnswer(message: Exclude<NetlinkMessage, { kind: 'malformed' }>, dump: Dump): void {
    this.#expectAnswer(dump)
    if (message.header.flags & NLM_F_DUMP_INTR) dump.isInterrupted = true
    if (message.kind === 'link') {
      const { link } = message
      if (link.family === AF_UNSPEC) dump.entries.set(link.ifindex, link)
    } else if (message.kind === 'control') {
      this.#finish(message.errno, dump)
    }
  }

  #finish(errno: number, dump: Dump): void {
    this.#stopPatience()
    if (errno === EBUSY) this.#stats.busy++
    if (errno === 0 && dump.isInterrupted) this.#stats.interrupted++
    const mayImprove = dump.isDamaged && this.#tries + 1 < DUMP_TRIES
    if (errno !== 0 || dump.isInterrupted || mayImprove) {
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
  #merge({ entries, touched, isDamaged }: Dump): void {
    const origin = this.#hasBeenSynced ? 'resync' : 'dump'
    for (const ifindex of isDamaged ? [] : [...this.records.keys()]) {
      if (!entries.has(ifindex) && !touched.has(ifindex)) this.#apply(ifindex, undefined, origin)
    }
    for (const [ifindex, link] of entries) {
      if (!touched.has(ifindex)) this.#apply(ifindex, link, origin)
    }
  }

  /** Asks again, DUMP_TRIES times in a row; then the first dump has failed, and a later one waits. */
  #retry(error: NetlinkError): void {
    this.#stopPatience()
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
    const present = Array.from(this.records.values(), (link) =>
      told('present', link, 'dump', this.#lookup),
    )
    const { overruns } = this.#stats
    const state: LinkEvent = this.isSynced
      ? { type: 'synced', origin: 'dump', links: present.length }
      : { type: 'gap', origin: 'kernel', overruns }
    return [...present, state]
  }
}
