// The faults of a fake kernel: everything that can go wrong between a kernel and its socket.
// In: a fault, and how often. Out: what the fake kernel does with its next dump or event.

import { NLMSG_OVERRUN } from '../base/constants.js'
import type { Datagram } from '../kernel/source-feed.js'
import { message } from '../message/builders.js'

export type Mangle = (datagram: Uint8Array) => Datagram

/** What the faults need of the fake kernel. */
interface Target {
  push(datagram: Uint8Array, meta?: { portId?: number }): void
  fail(errno: number): void
}

/** What happens to one dump. */
export interface DumpFate {
  errno?: number
  isInterrupted?: boolean
  mangle?: Mangle | undefined
  meanwhile?: (() => void) | undefined
}

const EPERM = -1
const EBUSY = -16

/**
 * Faults of a fake kernel. Each applies to the next `count` events or dumps; errnos are negative.
 *
 *     kernel.inject.overrun(3)
 *     for (const ifname of ['a', 'b', 'c']) kernel.add({ ifname }) // these notifications are lost
 */
export class Inject {
  readonly #target: Target
  #drops = 0
  readonly #events: Mangle[] = []
  readonly #dumps: DumpFate[] = []
  readonly #meanwhile: (() => void)[] = []

  /** @internal */
  constructor(target: Target) {
    this.#target = target
  }

  /**
   * The receive buffer overflows: the next `count` events are dropped, and all further ones until the queue is
   * empty. recv() rejects once with ENOBUFS, before it returns what is queued.
   */
  overrun(count = 1): void {
    this.#drops += count
  }

  /** Replaces each of the next events by an NLMSG_OVERRUN. */
  overrunMessage(count = 1): void {
    this.mangleEvents(count, () => message({ type: NLMSG_OVERRUN }))
  }

  /** Sets NLM_F_DUMP_INTR in the next dumps. */
  interruptDumps(count = 1): void {
    this.#add(this.#dumps, count, { isInterrupted: true })
  }

  /** Refuses the next dumps with EBUSY. */
  busyDumps(count = 1): void {
    this.refuseDumps(EBUSY, count)
  }

  /** Refuses the next dumps with `errno`. */
  refuseDumps(errno: number = EPERM, count = 1): void {
    this.#add(this.#dumps, count, { errno })
  }

  /** Passes the datagrams of the next dumps through `mangle`, which may cut or damage them. */
  mangleDumps(count: number, mangle: Mangle): void {
    this.#add(this.#dumps, count, { mangle })
  }

  /**
   * Passes the next events through `mangle`, which may cut or damage them. A datagram that was cut because it is
   * larger than the window has a `trueLength`:
   *
   *     kernel.inject.mangleEvents(1, (event) =>
   *       Object.assign(event.slice(0, 20), { trueLength: event.length }))
   */
  mangleEvents(count: number, mangle: Mangle): void {
    this.#add(this.#events, count, mangle)
  }

  /**
   * Calls `change` during the next dump, after its entries were made and before they are queued. So the
   * events of that change arrive before the entries, although these are older.
   */
  overtakeDump(change: () => void): void {
    this.#meanwhile.push(change)
  }

  /** Sends a datagram from another process, which the kernel allows with CAP_NET_ADMIN. */
  foreign(datagram: Uint8Array, portId = 9999): void {
    this.#target.push(datagram, { portId })
  }

  /** Makes recv() reject. A monitor ignores EINTR and EAGAIN, takes ENOBUFS, ENOMEM and EINVAL as overruns, and ends at others. */
  failRecv(errno: number, count = 1): void {
    for (let times = 0; times < count; times++) this.#target.fail(errno)
  }

  /** @internal */
  takeDrop(): boolean {
    if (this.#drops === 0) return false
    this.#drops--
    return true
  }

  /** @internal */
  takeEvent(): Mangle | undefined {
    return this.#events.shift()
  }

  /** @internal */
  takeDump(): DumpFate {
    const fate = this.#dumps.shift() ?? {}
    return fate.errno === undefined ? { ...fate, meanwhile: this.#meanwhile.shift() } : fate
  }

  #add<T>(list: T[], count: number, item: T): void {
    for (let times = 0; times < count; times++) list.push(item)
  }
}
