// The reads of a network monitor that are wanted, and when each is due.
// In: hints, failures, how long reads took. Out: the read that is due first. Many parts of one family become one whole.

import type { ObjectName } from '../message/object-body.js'
import { newRead, type Read } from './kept-read.js'
import type { ReadScope } from './read-requests.js'

/** How long hints are gathered before the part that they are about is read again. */
const HINT_MS = 10
/** A read waits twice as long as the last two took at least, but no longer than that. */
const DELAY_MAX_MS = 2000
/** Parts of one family that may wait. If there are more, the whole family is read. */
const PARTS_MAX = 16

export interface Wanted {
  read: Read
  dueAt: number
}

export class WantedReads {
  readonly #wanted = new Map<string, Wanted>()
  /** How long the last two reads of a part took, in milliseconds, if the last one took long. */
  readonly #costs = new Map<string, readonly [before: number, last: number]>()

  get size(): number {
    return this.#wanted.size
  }

  /** `isHint`: others may follow, so it waits for them. */
  add(object: ObjectName, scope: ReadScope, isHint: boolean, now: number): void {
    const { family, table, ifindex } = scope
    const whole = `${object} ${family}`
    const isWhole = table === undefined && ifindex === undefined
    const id = isWhole ? whole : `${whole} ${table ?? ''} ${ifindex ?? ''}`
    if (this.#wanted.has(whole) && !isWhole) return
    const waiting = this.#wanted.get(id)
    const parts = [...this.#wanted.keys()].filter((other) => other.startsWith(`${whole} `))
    if (isWhole) for (const part of parts) this.#wanted.delete(part)
    else if (parts.length >= PARTS_MAX && !waiting) {
      this.add(object, { family }, isHint, now)
      return
    }
    // One alone may have taken long because the loop was blocked.
    const cost = Math.min(...(this.#costs.get(id) ?? [0]))
    const delay = Math.min(Math.max(isHint ? HINT_MS : 0, 2 * cost), DELAY_MAX_MS)
    const dueAt = Math.min(now + delay, waiting?.dueAt ?? Number.POSITIVE_INFINITY)
    this.#wanted.set(id, { read: newRead(object, scope, id), dueAt })
  }

  /** Wants a read that failed once more, unless its whole family will be read anyway. */
  again({ object, scope, id }: Read, dueAt: number): void {
    if (this.#wanted.has(`${object} ${scope.family}`)) return
    this.#wanted.set(id, { read: newRead(object, scope, id), dueAt })
  }

  next(): Wanted | undefined {
    let next: Wanted | undefined
    for (const wanted of this.#wanted.values()) {
      if (!next || wanted.dueAt < next.dueAt) next = wanted
    }
    return next
  }

  take({ read }: Wanted): void {
    this.#wanted.delete(read.id)
  }

  /** A read took so many milliseconds: the next one of the same part waits accordingly. */
  took({ id }: Read, ms: number): void {
    if (ms > HINT_MS) this.#costs.set(id, [this.#costs.get(id)?.[1] ?? 0, ms])
    else this.#costs.delete(id)
  }

  clear(): void {
    this.#wanted.clear()
  }
}
