// Returns all links once: opens a monitor without a subscription, and closes it.

import { realClock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import type { Link } from '../objects/link-object.js'
import schema from '../schema/link.js'
import { LinkMonitor } from './link-monitor.js'

export interface DumpLinksOptions extends WaitOptions {
  /** Ask for the counters of each link, too: its `stats64`. */
  statistics?: boolean | undefined
}

/**
 * The links of this process's network namespace, as `ip -j -d link` shows them.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL with `errno`
 *   when the kernel refuses, ERR_NETLINK_DUMP_INTERRUPTED when links kept changing through every try (for half a
 *   minute, if neither `timeout` nor `signal` is given); a `TimeoutError`; the signal's reason
 */
export async function dumpLinks(options: DumpLinksOptions = {}): Promise<Link[]> {
  const { statistics = false, ...limits } = options
  const connect = (handler: FeedHandler) => kernelFeed(0, handler, { schema })
  const monitor = await LinkMonitor.open(connect, limits, realClock, statistics)
  const links = [...monitor.links.values()]
  monitor.close()
  return links
}
