// The link monitor: a table of links that is kept true to the kernel, its events and its waits.
// In: a feed of messages. Out: `links`, async iteration, waits. Holds no socket itself; runs anywhere.

import { type Clock, realClock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import type { LinkEvent } from './events.js'
import { LinkCore } from './link-core.js'
import { MonitorBase } from './monitor-base.js'
import { startCore } from './monitor-core.js'
import type { MonitorStats } from './stats.js'

/**
 * The links of a network namespace and their changes. Made by `openLinkMonitor()`.
 *
 * An iteration yields `present` for every link, `synced`, and then each event as it happens. Every iteration
 * has a queue of its own, which is bounded: see the event `coalesced`.
 */
export class LinkMonitor extends MonitorBase<LinkEvent> {
  readonly stats: MonitorStats

  /** @internal */
  static async open(
    connect: (handler: FeedHandler) => MessageFeed,
    options: WaitOptions,
    clock: Clock = realClock,
    hasStatistics = false,
  ): Promise<LinkMonitor> {
    const make = (patience: number) => new LinkCore(connect, clock, patience, hasStatistics)
    return new LinkMonitor(await startCore(make, options, clock, 'the first dump of links'))
  }

  private constructor(core: LinkCore) {
    super(core)
    this.stats = core.stats
  }
}
