// Opening a monitor: on the kernel, or on any source of datagrams.

import { KernelFeed } from '#kernel'
import { RTMGRP_LINK } from '../../assembly/contract.js'
import type { Clock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import type { ShimOptions } from '../kernel/addon.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import { type DatagramSource, SourceFeed } from '../kernel/source-feed.js'
import { compileFilter } from '../module/filter-block.js'
import { LinkMonitor } from './link-monitor.js'

export interface LinkMonitorOptions extends WaitOptions, ShimOptions {
  /** Where datagrams come from, instead of a socket of the monitor's own. */
  socket?: DatagramSource | undefined
  /** Watch one link only; applied inside the module, so that others cost next to nothing. By ifindex, so that renames are seen. */
  filter?: { ifindex?: number | undefined } | undefined
  /**
   * Receive buffer to ask for (SO_RCVBUFFORCE with CAP_NET_ADMIN, else up to net.core.rmem_max); the
   * kernel doubles it. What it granted is in `stats.receiveBufferBytes`. Default: 4 MiB.
   */
  receiveBufferBytes?: number | undefined
  /** What the monitor's timers and its waits go by. Default: the clock of `socket`, or the machine's. */
  clock?: Clock | undefined
}

/** Room for thousands of link events, 2,304 bytes each to the kernel; it costs memory only while full. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/**
 * Opens a monitor of this process's network namespace: subscribes, then asks for the links there are, on
 * the same socket, so that nothing falls between. Resolves once `links` holds them.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL,
 *   ERR_NETLINK_DUMP_INTERRUPTED; a `TimeoutError`; the signal's reason
 */
export function openLinkMonitor(options: LinkMonitorOptions = {}): Promise<LinkMonitor> {
  const {
    socket,
    filter,
    receiveBufferBytes = RECEIVE_BUFFER_BYTES,
    clock,
    shim,
    ...waitOptions
  } = options
  const connect = (handler: FeedHandler) => {
    if (socket) return new SourceFeed(socket, handler)
    const compiled =
      filter?.ifindex === undefined ? undefined : compileFilter({ ifindex: filter.ifindex })
    return new KernelFeed(RTMGRP_LINK, handler, { receiveBufferBytes, filter: compiled, shim })
  }
  return LinkMonitor.open(connect, waitOptions, clock ?? socket?.clock)
}
