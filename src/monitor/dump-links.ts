// Returns all links once: opens a monitor without a subscription, and closes it.

import type { WaitOptions } from '../base/deadline.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { Link } from '../objects/link-object.js'
import schema from '../schema/link.js'
import { LinkMonitor } from './link-monitor.js'

/**
 * The links of this process's network namespace, as `ip -j -d link` shows them.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL with `errno`
 *   when the kernel refuses, ERR_NETLINK_DUMP_INTERRUPTED when links kept changing through every try (for half a
 *   minute, if neither `timeout` nor `signal` is given); a `TimeoutError`; the signal's reason
 */
export async function dumpLinks(options: WaitOptions = {}): Promise<Link[]> {
  const monitor = await LinkMonitor.open((handler) => kernelFeed(0, handler, { schema }), options)
  const links = [...monitor.links.values()]
  monitor.close()
  return links
}
