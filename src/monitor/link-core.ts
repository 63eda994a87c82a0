// What a link monitor does behind its table.
// In: a feed of messages. Out: the links, their events, the end.

import type { Clock } from '../base/clock.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import { EventQueue } from './event-queue.js'
import type { LinkEvent } from './events.js'
import { MonitorCore } from './monitor-core.js'
import { newMonitorStats } from './stats.js'
import { LinkSync } from './sync.js'

export class LinkCore extends MonitorCore<LinkEvent> {
  readonly linkHub = this.hub
  readonly hasStatistics: boolean
  readonly stats = newMonitorStats()
  readonly links: LinkSync
  readonly feed: MessageFeed

  constructor(
    connect: (handler: FeedHandler) => MessageFeed,
    clock: Clock,
    patience: number,
    hasStatistics: boolean,
  ) {
    super(clock, patience)
    this.hasStatistics = hasStatistics
    this.links = new LinkSync(this, this.stats)
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
      failed: (error) => this.failed(error),
    })
    this.stats.receiveBufferBytes = this.feed.receiveBufferBytes
  }

  get trouble(): string | undefined {
    return this.links.trouble
  }

  refresh(): void {
    this.links.refresh()
  }

  iterate(): AsyncIterableIterator<LinkEvent> {
    const { links, clock } = this
    return this.hub.iterate(
      (remove) => new EventQueue(links.snapshot(), links.records, clock, remove),
    )
  }

  protected begin(): void {
    this.links.start()
  }

  protected stop(): void {}
}
