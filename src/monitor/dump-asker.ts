// Asks the kernel for dumps of links, one at a time, and retries until one is complete.
// In: that a dump is wanted, the messages that answer, and that the queue is empty. Out: requests, complete dumps.
//
//   wanted ─▶ queue empty ─▶ request written ─▶ entries … NLMSG_DONE ─▶ complete
//     ▲                                             │
//     └───── later and later ◀──────────────────────┘ NLM_F_DUMP_INTR, EBUSY, no answer

import {
  AF_UNSPEC,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { afterReading, type Clock } from '../base/clock.js'
import type { NetlinkError } from '../base/errors.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import type { NetlinkHeader, NetlinkMessage } from '../message/read-message.js'
import {
  DAMAGED_TRIES,
  type Dump,
  EBUSY,
  type Failures,
  failedAgain,
  failuresText,
  givenUp,
  interrupted,
  mayPass,
  newDump,
  refused,
  unanswered,
} from './link-dump.js'
import { dumpRequest } from './link-dump-request.js'
import type { MonitorStats } from './stats.js'

/** At least this much time is between two dumps after overruns. */
const RESYNC_MS = 1000
/** How long nothing may arrive after the request was written before the dump is asked for again. */
const ANSWER_MS = 3000
/** Each retry waits this much longer than the one before, up to a limit. */
const RETRY_MS = 20
const RETRY_MAX_MS = 200

export interface DumpHost {
  /** Port id to which the kernel sends its answers. */
  readonly portId: number
  /** Sends a request; undefined if the source takes none, as a replay. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  readonly clock: Clock
  /** Milliseconds after which the first dump is not retried any more. */
  readonly patience: number
  /** Whether dumps have the counters of each link. */
  readonly hasStatistics?: boolean
  /** How often something has been received. */
  readonly received: number
  /** Causes a call of `drained()` once everything that is queued now has been processed. */
  checkQueue(): void
  /** The dump failed for good. */
  failed(error: NetlinkError): void
}

export class DumpAsker {
  /** A dump is wanted: something was lost since the last one started. */
  isWanted = false
  readonly #host: DumpHost
  readonly #stats: MonitorStats
  readonly #onDump: (dump: Dump) => void
  #dump: Dump | undefined
  #seq = firstSeq()
  #failures: Failures | undefined
  #hasSynced = false
  #nextAskAt = 0
  #isStopped = false
  /** Stops the timer of the next request. */
  #stopTimer: (() => void) | undefined
  /** Stops the timeout of the answer. */
  #stopPatience = () => {}

  constructor(host: DumpHost, stats: MonitorStats, onDump: (dump: Dump) => void) {
    this.#host = host
    this.#stats = stats
    this.#onDump = onDump
  }

  /** The dump under way. */
  get dump(): Dump | undefined {
    return this.#dump
  }

  /** Why dumps failed since the last complete one. */
  get trouble(): string | undefined {
    return this.#failures && failuresText(this.#failures, this.#host.clock.now())
  }

  /** Asks as soon as the queue is empty, even if nothing is known to be lost. */
  refresh(): void {
    this.isWanted = true
    if (this.#dump || this.#stopTimer) return
    this.#nextAskAt = 0
    // Events that are queued now are older than the dump. Read after the request, they would count as newer.
    this.#host.checkQueue()
  }

  /** Nothing is queued: a dump that starts now misses nothing. */
  drained(): void {
    if (!this.isWanted || this.#dump || this.#stopTimer || this.#isStopped) return
    const { clock, request } = this.#host
    if (!request) return
    const delay = this.#nextAskAt - clock.now()
    if (delay <= 0) {
      this.ask()
      return
    }
    this.#stopTimer = clock.after(delay, () => {
      this.#stopTimer = undefined
      this.#host.checkQueue()
    })
  }

  ask(): void {
    this.isWanted = false
    if (this.#stats.dumps > 0) this.#nextAskAt = this.#host.clock.now() + RESYNC_MS
    this.#seq = nextSeq(this.#seq)
    this.#stats.dumps++
    const dump = newDump(this.#seq)
    this.#dump = dump
    // The timeout starts when the write has ended: a busy thread pool can delay it for long.
    this.#host.request?.(dumpRequest(dump.seq, this.#host.hasStatistics)).then(
      () => this.#expectAnswer(dump),
      (error: NetlinkError) => this.#dump === dump && this.#refused(error),
    )
  }

  stop(): void {
    this.#isStopped = true
    this.#stopTimer?.()
    this.#stopPatience()
    this.#stopTimer = undefined
    this.#dump = undefined
  }

  /**
   * Whether a message is an entry of a dump, not an event. An event may carry the port id and the sequence number of a
   * request: a process bound to that port id in another namespace can make the kernel send one (NLM_F_ECHO).
   * But an event never has NLM_F_MULTI.
   */
  isEntry({ type, flags, pid }: NetlinkHeader): boolean {
    if (type !== RTM_NEWLINK || (flags & NLM_F_MULTI) === 0) return false
    return this.#host.request !== undefined && pid === this.#host.portId
  }

  /** Whether a message is an entry of the dump under way, its end, or its refusal. */
  answers(header: NetlinkHeader): boolean {
    const { type, seq, pid } = header
    if (seq !== this.#dump?.seq || pid !== this.#host.portId) return false
    return this.isEntry(header) || type === NLMSG_DONE || type === NLMSG_ERROR
  }

  /** Processes an answer to the dump under way. */
  take(message: Exclude<NetlinkMessage, { kind: 'malformed' }>): void {
    const dump = this.#dump as Dump
    this.#expectAnswer(dump)
    if (message.header.flags & NLM_F_DUMP_INTR) dump.isInterrupted = true
    if (message.kind === 'link') {
      const { link } = message
      if (link.family === AF_UNSPEC) dump.entries.set(link.ifindex, link)
    } else if (message.kind === 'control') {
      this.#finish(message.errno, dump)
    }
  }

  /** Retries at once, and then after growing delays. The first dump is given up after `patience`. */
  retry(error: NetlinkError): void {
    this.#stopPatience()
    this.#dump = undefined
    this.isWanted = true
    const now = this.#host.clock.now()
    this.#failures = failedAgain(this.#failures, error, now)
    if (!this.#hasSynced && now - this.#failures.since >= this.#host.patience) {
      this.#host.failed(givenUp(this.#failures, now))
      return
    }
    // Opening a monitor waits for the first dump, so it is retried sooner.
    const most = this.#hasSynced ? RESYNC_MS : RETRY_MAX_MS
    this.#nextAskAt = now + Math.min(RETRY_MS * (this.#failures.count - 1), most)
    this.#host.checkQueue()
  }

  /** The kernel refused the request. If it has accepted one before, any refusal is retried. */
  #refused(error: NetlinkError): void {
    if (this.#hasSynced || mayPass(error.errno)) this.retry(error)
    else this.#host.failed(error)
  }

  /** Asks again if no answer arrives: a full receive buffer can lose answers, too. */
  #expectAnswer(dump: Dump): void {
    if (this.#dump !== dump) return
    this.#stopPatience()
    const giveUp = () => {
      if (this.#dump === dump) this.retry(unanswered())
    }
    const received = () => this.#host.received
    this.#stopPatience = afterReading(this.#host.clock, ANSWER_MS, giveUp, received)
  }

  #finish(errno: number, dump: Dump): void {
    if (errno === EBUSY) this.#stats.busy++
    if (errno !== 0) {
      this.#refused(refused(errno))
      return
    }
    if (dump.isInterrupted) this.#stats.interrupted++
    const mayImprove = dump.isDamaged && (this.#failures?.count ?? 0) + 1 < DAMAGED_TRIES
    if (dump.isInterrupted || mayImprove) {
      this.retry(interrupted())
      return
    }
    this.#stopPatience()
    this.#failures = undefined
    this.#dump = undefined
    this.#hasSynced ||= !this.isWanted
    this.#onDump(dump)
  }
}
