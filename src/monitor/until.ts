// One wait of a monitor.
// In: what to look for. Out: a promise that resolves at once if it is there already, and else at the event that brings it.

import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import type { EventLog } from './event-log.js'
import type { LinkEvent } from './events.js'
import type { LinkMap } from './link-map.js'
import type { LinkTable } from './link-table.js'

/** What the waits need of a monitor. */
export interface WaitHost {
  readonly records: LinkTable
  readonly links: LinkMap
  readonly clock: Clock
  /** The latest events; undefined before the first mark. */
  readonly log: EventLog | undefined
  /** Whether the links are known to be what the kernel has: no gap is open. */
  readonly isSynced: boolean
  /** How often something has been received. */
  readonly received: number
  /** @throws the error that closed the monitor, or with which it failed */
  throwIfClosed(): void
  /** Calls `onEvent` for every event, `onEnd` once if the monitor ends, until the function returned is called. */
  listen(onEvent: (event: LinkEvent) => void, onEnd: (error: Error) => void): () => void
}

/** Calls `look` once, and then for every event, until it returns something. All waits use this. */
export async function until<T>(
  host: WaitHost,
  what: string,
  options: WaitOptions,
  look: (event?: LinkEvent) => T | undefined,
): Promise<T> {
  const deadline = new Deadline(options, host.clock, () => host.received)
  let stop = () => {}
  try {
    deadline.signal?.throwIfAborted()
    host.throwIfClosed()
    const now = look()
    if (now !== undefined) return now
    const met = new Promise<T>((resolve, reject) => {
      const onEvent = (event: LinkEvent) => {
        try {
          const found = look(event)
          if (found !== undefined) resolve(found)
        } catch (error) {
          reject(error)
        }
      }
      stop = host.listen(onEvent, reject)
    })
    const result = await deadline.race(met)
    if (result === TIMED_OUT) throw timeoutError(what)
    return result
  } finally {
    stop()
    deadline.close()
  }
}
