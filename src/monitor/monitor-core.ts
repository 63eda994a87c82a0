// What a monitor does behind its tables, as both monitors see it, and how it is started.

import type { Clock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { MessageFeed } from '../kernel/message-feed.js'
import type { DumpHost } from './dump-asker.js'
import { EventHub } from './event-hub.js'
import type { LinkEvent } from './events.js'
import type { LinkSync } from './sync.js'

/** What asks for dumps sees of it what `DumpHost` has. */
export abstract class MonitorCore<E> implements DumpHost {
  readonly clock: Clock
  readonly patience: number
  readonly hub = new EventHub<E>()
  /** The events of links alone. */
  abstract readonly linkHub: EventHub<LinkEvent>
  abstract readonly links: LinkSync
  abstract readonly feed: MessageFeed
  received = 0
  #ready: () => void = () => {}
  #notReady: (error: Error) => void = () => {}

  constructor(clock: Clock, patience: number) {
    this.clock = clock
    this.patience = patience
  }

  get portId(): number {
    return this.feed.portId
  }

  get request(): MessageFeed['request'] {
    return this.feed.request
  }

  /** Why dumps failed since the last complete one; undefined if none did. */
  abstract get trouble(): string | undefined

  /** Reads everything again; the event `synced` follows. */
  abstract refresh(): void

  abstract iterate(): AsyncIterableIterator<E>

  /** Asks for the first dumps. */
  protected abstract begin(): void

  /** Ends what the subclass has begun. */
  protected abstract stop(error: Error): void

  /** Resolves once everything has been read. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#notReady = reject
      this.begin()
    })
  }

  ready(): void {
    this.#ready()
  }

  checkQueue(): void {
    this.feed.checkQueue()
  }

  hasListeners(): boolean {
    return this.hub.hasListeners
  }

  event(event: E): void {
    this.hub.emit(event)
  }

  /** Ends everything with this error. */
  failed(error: Error): void {
    if (this.hub.ended) return
    this.hub.ended = error
    this.#notReady(error)
    this.links.stop()
    this.stop(error)
    this.feed.close()
    this.hub.end(error)
  }
}

/** How long the first dumps are retried if the caller gives neither `timeout` nor `signal`. */
const PATIENCE_MS = 30_000

/** Makes a core, and resolves once it has read everything. `what` is what a timeout's error calls that. */
export async function startCore<
  C extends Pick<MonitorCore<unknown>, 'received' | 'trouble' | 'start' | 'failed'>,
>(make: (patience: number) => C, options: WaitOptions, clock: Clock, what: string): Promise<C> {
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
    core?.failed(closedError())
    throw error
  } finally {
    deadline.close()
  }
}

export function closedError(): NetlinkError {
  return new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open monitor, got a closed one')
}
