// Asks the kernel for single links again, where an event said too little. Many such events become one dump.
// In: ifindexes, that the queue is empty, and refusals. Out: requests. The answers are processed as events are: the kernel
// sends both in the order in which things happened.

import { firstSeq, nextSeq } from '../kernel/sequence.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { DumpAsker, DumpHost } from './dump-asker.js'
import { linkRequest } from './link-dump-request.js'
import type { MonitorStats } from './stats.js'

/** More links than this within WINDOW_MS are asked for by a dump. */
export const ASKED_MAX = 64
const WINDOW_MS = 1000
/** When to ask once more for a link whose parameters are set after it was announced. */
const LATER_MS = 200
const ENODEV = -19

export class LinkAsker {
  readonly #host: DumpHost
  readonly #stats: MonitorStats
  readonly #dumps: DumpAsker
  readonly #wanted = new Set<number>()
  readonly #timers = new Set<() => void>()
  /** Requests have the sequence numbers from `first` to `seq`. */
  readonly #first = firstSeq()
  #seq = this.#first
  #windowEnd = 0
  #asked = 0

  constructor(host: DumpHost, stats: MonitorStats, dumps: DumpAsker) {
    this.#host = host
    this.#stats = stats
    this.#dumps = dumps
  }

  want(ifindex: number): void {
    if (this.#host.request) this.#wanted.add(ifindex)
  }

  wantLater(ifindex: number): void {
    if (!this.#host.request) return
    const cancel = this.#host.clock.after(LATER_MS, () => {
      this.#timers.delete(cancel)
      this.want(ifindex)
      this.#host.checkQueue()
    })
    this.#timers.add(cancel)
  }

  /** Nothing is queued: what is wanted is asked for, unless a dump will have it anyway. */
  drained(): void {
    if (this.#wanted.size === 0) return
    const now = this.#host.clock.now()
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS
      this.#asked = 0
    }
    this.#asked += this.#wanted.size
    if (this.#asked > ASKED_MAX) this.#dumps.isWanted = true
    if (!this.#dumps.isWanted) for (const ifindex of this.#wanted) this.#ask(ifindex)
    this.#wanted.clear()
  }

  stop(): void {
    this.#wanted.clear()
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  /** Whether a message answers one of these requests. */
  answers({ seq, pid }: NetlinkHeader): boolean {
    const count = (this.#seq - this.#first) >>> 0
    return pid === this.#host.portId && (seq - this.#first) >>> 0 <= count && seq !== this.#first
  }

  /** A request was refused. With ENODEV the link is gone, and its RTM_DELLINK follows. */
  refused(errno: number): void {
    if (errno !== ENODEV) this.#failed()
  }

  #ask(ifindex: number): void {
    this.#seq = nextSeq(this.#seq)
    this.#stats.asked++
    this.#host.request?.(linkRequest(this.#seq, ifindex)).catch(() => this.#failed())
  }

  #failed(): void {
    this.#dumps.isWanted = true
    this.#host.checkQueue()
  }
}
