// What can go wrong between a kernel and its socket, on demand: the faults of a fake kernel.
// In: how often. Out: what the fake kernel asks before it answers a dump or sends an event.

import { NLMSG_OVERRUN } from '../base/constants.js'
import type { Datagram } from '../kernel/source-feed.js'
import { message } from '../message/builders.js'

export type Mangle = (datagram: Uint8Array) => Datagram

/** What the faults do to their kernel. */
interface Target {
  push(datagram: Uint8Array, meta?: { portId?: number }): void
  fail(errno: number): void
}

/** How one dump goes. */
export interface DumpFate {
  errno?: number
  isInterrupted?: boolean
  mangle?: Mangle | undefined
  meanwhile?: (() => void) | undefined
}

const EPERM = -1
const EBUSY = -16

/**
 * Faults of a fake kernel. Each holds for the next `count` events or dumps; errnos are negative.
 *
 *     kernel.inject.overrun(3)
 *     for (const ifname of ['a', 'b', 'c']) kernel.add({ ifname }) // nobody is told of these
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
   * The receive buffer is full: the next events are dropped, and all others until the queue has been
   * emptied; recv() rejects once with ENOBUFS, before what is queued.
   */
  overrun(count = 1): void {
    this.#drops += count
  }

  /** The next events are dropped, and an NLMSG_OVERRUN sent for each. */
  overrunMessage(count = 1): void {
    this.mangleEvents(count, () => message({ type: NLMSG_OVERRUN }))
  }

  /** NLM_F_DUMP_INTR on the next dumps. */
  interruptDumps(count = 1): void {
    this.#add(this.#dumps, count, { isInterrupted: true })
  }

  busyDumps(count = 1): void {
    this.refuseDumps(EBUSY, count)
  }

  refuseDumps(errno: number = EPERM, count = 1): void {
    this.#add(this.#dumps, count, { errno })
  }

  /** Passes the datagrams of the next dumps through `mangle`, to be cut or spoilt. */
  mangleDumps(count: number, mangle: Mangle): void {
    this.#add(this.#dumps, count, { mangle })
  }

  /**
   * Passes the next events through `mangle`, to be cut or spoilt. One cut short on its way to user
   * space has its `trueLength`:
   *
   *     kernel.inject.mangleEvents(1, (event) =>
   *       Object.assign(event.slice(0, 20), { trueLength: event.length }))
   */
  mangleEvents(count: number, mangle: Mangle): void {
    this.#add(this.#events, count, mangle)
  }

  /**
   * Calls `change` in the next dump, once its entries have been made, before they are queued: the
   * events of what it changes overtake entries that are older.
   */
  overtakeDump(change: () => void): void {
    this.#meanwhile.push(change)
  }

  /** A datagram that another process sends; by netlink's own rules anybody with CAP_NET_ADMIN may. */
  foreign(datagram: Uint8Array, portId = 9999): void {
    this.#target.push(datagram, { portId })
  }

  /** recv() rejects: EINTR and EAGAIN pass, ENOBUFS, ENOMEM and EINVAL are overruns, others end a monitor. */
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
