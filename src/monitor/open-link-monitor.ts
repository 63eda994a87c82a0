// Opens a link monitor, on a socket of the kernel or on any source of datagrams.

import { RTMGRP_LINK } from '../../assembly/contract.js'
import { checkObject, expected } from '../base/argument-checks.js'
import type { Clock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import type { ShimOptions } from '../kernel/addon.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import { type DatagramSource, SourceFeed } from '../kernel/source-feed.js'
import { compileObjectFilter } from '../module/object-filter.js'
import schema from '../schema/link.js'
import { LinkMonitor } from './link-monitor.js'

export interface LinkMonitorOptions extends WaitOptions, ShimOptions {
  /** Where datagrams come from, instead of a socket that the monitor opens. */
  socket?: DatagramSource | undefined
  /** Watch only the link with this ifindex. The decoder drops messages about others, so they cost next to nothing. */
  filter?: { ifindex?: number | undefined } | undefined
  /**
   * Bytes of receive buffer to ask for (SO_RCVBUFFORCE with CAP_NET_ADMIN, else up to net.core.rmem_max). The
   * kernel doubles it. `stats.receiveBufferBytes` is what it granted. Default: 4 MiB.
   */
  receiveBufferBytes?: number | undefined
  /** The clock for timers and timeouts. Default: the clock of `socket`, or the system's. */
  clock?: Clock | undefined
}

/** Room for thousands of link events, for each of which the kernel counts 2,304 bytes. It takes memory only while it is full. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/**
 * Opens a monitor of this process's network namespace. It subscribes, and then asks for a dump of all links on
 * the same socket, so that no change is missed. Resolves once `links` has them. While links change too fast for a
 * consistent dump, or the kernel is busy, it asks again, until `timeout` or `signal`, or for half a minute without either.
 *
 * @throws TypeError or RangeError for wrong options; NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL,
 *   ERR_NETLINK_DUMP_INTERRUPTED; a `TimeoutError`; the signal's reason
 */
export async function openLinkMonitor(options: LinkMonitorOptions = {}): Promise<LinkMonitor> {
  checkObject('options', options)
  const {
    socket,
    filter,
    receiveBufferBytes = RECEIVE_BUFFER_BYTES,
    clock,
    shim,
    ...waitOptions
  } = options
  if (filter !== undefined) checkObject('filter', filter)
  if (typeof receiveBufferBytes !== 'number') {
    throw expected('receiveBufferBytes to be a number', receiveBufferBytes)
  }
  const ifindex = filter?.ifindex
  const compiled = ifindex === undefined ? undefined : compileObjectFilter({ ifindex })
  const connect = (handler: FeedHandler) => {
    if (socket) return new SourceFeed(socket, handler, { filter: compiled, schema })
    return kernelFeed(RTMGRP_LINK, handler, { receiveBufferBytes, filter: compiled, schema, shim })
  }
  return LinkMonitor.open(connect, waitOptions, clock ?? socket?.clock)
}
