// What a link monitor does behind its table.
// In: a feed of messages. Out: the links, their events, the end.

import type { Clock } from '../base/clock.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import { EventHub } from './event-hub.js'
import { EventQueue } from './event-queue.js'
import type { LinkEvent } from './events.js'
import type { MonitorCore } from './monitor-core.js'
import { newMonitorStats } from './stats.js'
import { LinkSync } from './sync.js'

export class LinkCore implements MonitorCore<LinkEvent> {
  readonly clock: Clock
  readonly hub = new EventHub<LinkEvent>()
  readonly linkHub = this.hub
  readonly stats = newMonitorStats()
  readonly links: LinkSync
  readonly feed: MessageFeed
  received = 0
  #ready: () => void = () => {}
  #notReady: (error: Error) => void = () => {}

  constructor(
    connect: (handler: FeedHandler) => MessageFeed,
    clock: Clock,
    patience: number,
    hasStatistics: boolean,
  ) {
    const self = this
    this.clock = clock
    this.links = new LinkSync(
      {
        get portId() {
          return self.feed.portId
        },
        get request() {
          return self.feed.request
        },
        clock,
        patience,
        hasStatistics,
        get received() {
          return self.received
        },
        checkQueue: () => this.feed.checkQueue(),
        hasListeners: () => this.hub.hasListeners,
        event: (event) => this.hub.emit(event),
        ready: () => this.#ready(),
        failed: (error) => this.finish(error),
      },
      this.stats,
    )
    this.feed = connect({
      messages: (messages) => {
        this.received++
        this.links.take(messages)
      },
      overrun: () => {
        this.received++
        this.links.overrun()
      },
      drained: () => this.links.drained(),
      failed: (error) => this.finish(error),
    })
    this.stats.receiveBufferBytes = this.feed.receiveBufferBytes
  }

  get trouble(): string | undefined {
    return this.links.trouble
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#notReady = reject
      this.links.start()
    })
  }

  refresh(): void {
    this.links.refresh()
  }

  iterate(): AsyncIterableIterator<LinkEvent> {
    const { records } = this.links
    return this.hub.iterate(
      (remove) => new EventQueue(this.links.snapshot(), records, this.clock, remove),
    )
  }

  finish(error: Error): void {
    if (this.hub.ended) return
    this.hub.ended = error
    this.#notReady(error)
    this.links.stop()
    this.feed.close()
    this.hub.end(error)
  }
}
