// What a monitor does behind its tables, as both monitors see it, and how it is started.

import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { MessageFeed } from '../kernel/message-feed.js'
import type { EventHub } from './event-hub.js'
import type { LinkEvent } from './events.js'
import type { LinkSync } from './sync.js'

export interface MonitorCore<E> {
  readonly clock: Clock
  readonly hub: EventHub<E>
  /** The events of links alone. */
  readonly linkHub: EventHub<LinkEvent>
  readonly links: LinkSync
  readonly feed: MessageFeed
  /** How often something has been received. */
  readonly received: number
  /** Why dumps failed since the last complete one; undefined if none did. */
  readonly trouble: string | undefined
  /** Resolves once everything has been read. */
  start(): Promise<void>
  /** Reads everything again; the event `synced` follows. */
  refresh(): void
  iterate(): AsyncIterableIterator<E>
  /** Ends everything with this error. */
  finish(error: Error): void
}

/** How long the first dumps are retried if the caller gives neither `timeout` nor `signal`. */
const PATIENCE_MS = 30_000

/** Makes a core, and resolves once it has read everything. `what` is what a timeout's error calls that. */
export async function startCore<C extends Omit<MonitorCore<unknown>, 'hub'>>(
  make: (patience: number) => C,
  options: WaitOptions,
  clock: Clock,
  what: string,
): Promise<C> {
  let core: C | undefined
  const deadline = new Deadline(options, clock, () => core?.received ?? 0)
  const isLimited = options?.timeout != null || options?.signal != null
  try {
    deadline.signal?.throwIfAborted()
    core = make(isLimited ? Number.POSITIVE_INFINITY : PATIENCE_MS)
    const started = core.start()
    // Sending the request may have aborted the signal already. Then nobody handles this rejection.
    started.catch(() => {})
    if ((await deadline.race(started)) === TIMED_OUT) throw timeoutError(what, core.trouble)
    return core
  } catch (error) {
    core?.finish(closedError())
    throw error
  } finally {
    deadline.close()
  }
}

export function closedError(): NetlinkError {
  return new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open monitor, got a closed one')
}
