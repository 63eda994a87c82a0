// Asks the kernel for dumps of links: one at a time, again where one fails, until one is whole.
// In: that a dump is wanted, the messages that answer, and that the queue is empty. Out: requests, whole dumps.
//
//   wanted ─▶ queue empty ─▶ request written ─▶ entries … NLMSG_DONE ─▶ whole
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

/** The least time between two dumps after overruns. */
const RESYNC_MS = 1000
/** How long an answer may bring nothing, once the request has been written, before it is asked for again. */
const ANSWER_MS = 3000
/** Waited longer before each further try, up to a limit. */
const RETRY_MS = 20
const RETRY_MAX_MS = 200

export interface DumpHost {
  /** Port id that the kernel answers to. */
  readonly portId: number
  /** Sends a request; undefined where there is nobody to ask, as in a replay. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  readonly clock: Clock
  /** Milliseconds for which the first dump may fail again and again. */
  readonly patience: number
  /** How often something has been received. */
  readonly received: number
  /** Leads to a call of `drained()`, once what is queued now has been taken in. */
  checkQueue(): void
  /** The links cannot be had. */
  failed(error: NetlinkError): void
}

export class DumpAsker {
  /** A dump is wanted: something was lost since the last one began. */
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
  /** Stops the timer that leads to the next request. */
  #stopTimer: (() => void) | undefined
  /** Stops the timer that runs while an answer is expected. */
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

  /** What the dumps since the last whole one have failed with. */
  get trouble(): string | undefined {
    return this.#failures && failuresText(this.#failures, this.#host.clock.now())
  }

  /** Asks as soon as the queue is empty, though nothing may be known to be lost. */
  refresh(): void {
    this.isWanted = true
    if (this.#dump || this.#stopTimer) return
    this.#nextAskAt = 0
    // What is queued is older than the answer, and would be taken for newer if it were read after the request.
    this.#host.checkQueue()
  }

  /** Nothing is queued: a dump begun now misses nothing. */
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
    // The kernel has been asked when the write has ended, however long that waited for a thread.
    this.#host.request?.(dumpRequest(dump.seq)).then(
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
   * Whether it is an entry of a dump, and no event. An event may carry the port id and the sequence number of a
   * request: whoever is bound to that port id in another namespace can make the kernel send one (NLM_F_ECHO).
   * NLM_F_MULTI it never has.
   */
  isEntry({ type, flags, pid }: NetlinkHeader): boolean {
    if (type !== RTM_NEWLINK || (flags & NLM_F_MULTI) === 0) return false
    return this.#host.request !== undefined && pid === this.#host.portId
  }

  /** Whether it is an entry of the dump under way, its end, or its refusal. */
  answers(header: NetlinkHeader): boolean {
    const { type, seq, pid } = header
    if (seq !== this.#dump?.seq || pid !== this.#host.portId) return false
    return this.isEntry(header) || type === NLMSG_DONE || type === NLMSG_ERROR
  }

  /** Takes what answers the dump under way. */
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

  /** Asks again, at once and then ever later; for the first dump, as long as there is patience. */
  retry(error: NetlinkError): void {
    this.#stopPatience()
    this.#dump = undefined
    this.isWanted = true
    const now = this.#host.clock.now()
    const { count, since } = this.#failures ?? { count: 0, since: now }
    this.#failures = { count: count + 1, since, last: error }
    if (!this.#hasSynced && now - since >= this.#host.patience) {
      this.#host.failed(givenUp(this.#failures, now))
      return
    }
    // Who opens a monitor waits for it; who has one has the links of before.
    const most = this.#hasSynced ? RESYNC_MS : RETRY_MAX_MS
    this.#nextAskAt = now + Math.min(RETRY_MS * count, most)
    this.#host.checkQueue()
  }

  /** The kernel does not take the request. Where it has taken one before, it is asked again whatever it says. */
  #refused(error: NetlinkError): void {
    if (this.#hasSynced || mayPass(error.errno)) this.retry(error)
    else this.#host.failed(error)
  }

  /** An answer may be lost to a full buffer, as anything may. */
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
