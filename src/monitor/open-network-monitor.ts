// Opens a network monitor, on a socket of the kernel or on any source of datagrams.

import { checkObject, expected, shown } from '../base/argument-checks.js'
import type { Clock } from '../base/clock.js'
import type { WaitOptions } from '../base/deadline.js'
import { invalidType, type NetlinkError, outOfRange } from '../base/errors.js'
import type { ShimOptions } from '../kernel/addon.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { FeedHandler } from '../kernel/message-feed.js'
import { NetnsFeed } from '../kernel/netns-feed.js'
import { type DatagramSource, SourceFeed } from '../kernel/source-feed.js'
import type { ObjectName } from '../message/object-body.js'
import schema from '../schema/link.js'
import { readTableMessage } from './kept-entry.js'
import type { NetworkFeed } from './network-core.js'
import { NetworkMonitor } from './network-monitor.js'
import { RECEIVE_BUFFER_BYTES } from './open-link-monitor.js'

export interface NetworkMonitorOptions extends WaitOptions, ShimOptions {
  /**
   * Another network namespace: its path, such as '/run/netns/blue', or the pid of a process in it. Of that, links and addresses can
   * be kept. It takes CAP_NET_ADMIN, and Linux 4.20.
   */
  netns?: string | number | undefined
  /** What is kept beside links. Default: addresses and routes; with `netns` addresses alone. */
  addresses?: boolean | undefined
  routes?: boolean | undefined
  neighbours?: boolean | undefined
  rules?: boolean | undefined
  /** Emit `changed` also where only lifetimes ran on, or a neighbour was probed. Default: false. */
  everyChange?: boolean | undefined
  /** Where datagrams come from, instead of a socket that the monitor opens. */
  socket?: DatagramSource | undefined
  /** Bytes of receive buffer to ask for; the kernel doubles it. Default: 4 MiB. */
  receiveBufferBytes?: number | undefined
  /** The clock for timers and timeouts. Default: the clock of `socket`, or the system's. */
  clock?: Clock | undefined
}

/** RTNLGRP_… of linux/rtnetlink.h. */
const GROUPS: Record<ObjectName | 'link', number[]> = {
  link: [1],
  neighbour: [3],
  address: [5, 9],
  // With what routers advertise: IPV6_PREFIX.
  route: [7, 11, 18],
  rule: [8, 19],
}
/** Of Linux 5.3. */
const RTNLGRP_NEXTHOP = 32

/**
 * Opens a monitor of this process's network namespace, or of another one: links, and what `options` choose. It subscribes, and
 * then asks for dumps on the same socket, so that no change is missed. Resolves once the tables have them.
 *
 * @throws TypeError or RangeError for wrong options; NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET,
 *   ERR_NETLINK_KERNEL, ERR_NETLINK_DUMP_INTERRUPTED; a `TimeoutError`; the signal's reason
 */
export async function openNetworkMonitor(
  options: NetworkMonitorOptions = {},
): Promise<NetworkMonitor> {
  checkObject('options', options)
  const {
    netns,
    addresses = true,
    routes = netns === undefined,
    neighbours = false,
    rules = false,
    everyChange = false,
    socket,
    receiveBufferBytes = RECEIVE_BUFFER_BYTES,
    clock,
    shim,
    ...waitOptions
  } = options
  if (typeof receiveBufferBytes !== 'number') {
    throw expected('receiveBufferBytes to be a number', receiveBufferBytes)
  }
  const chosen: Record<ObjectName, boolean> = {
    address: addresses,
    route: routes,
    neighbour: neighbours,
    rule: rules,
  }
  const objects = (Object.keys(chosen) as ObjectName[]).filter((name) => chosen[name])
  if (netns !== undefined) checkNetns(netns, { socket, routes, neighbours, rules })
  const reading = { schema, read: readTableMessage }
  const connect = (handler: FeedHandler): NetworkFeed => {
    if (socket) return { feed: new SourceFeed(socket, handler, reading), isStrict: true }
    const groups = (['link', ...objects] as const).flatMap((name) => GROUPS[name])
    if (netns !== undefined) {
      const feed = new NetnsFeed(netns, groups, handler, { receiveBufferBytes, shim, ...reading })
      return { feed, isStrict: true }
    }
    if (routes) groups.push(RTNLGRP_NEXTHOP)
    return openFeed(groups, handler, { receiveBufferBytes, shim, ...reading })
  }
  return NetworkMonitor.open(
    connect,
    { objects, isLoud: everyChange },
    waitOptions,
    clock ?? socket?.clock,
  )
}

/** @throws TypeError or RangeError */
function checkNetns(netns: unknown, rest: { [option: string]: unknown }): void {
  const isPid = typeof netns === 'number'
  if (!isPid && typeof netns !== 'string')
    throw expected('netns to be the path of a network namespace or a pid', netns)
  if (isPid ? !(Number.isInteger(netns) && netns > 0) : netns === '')
    throw outOfRange(`expected netns to be a path or a pid, got ${shown(netns)}`)
  const [other] = Object.keys(rest).filter((option) => rest[option])
  if (other === undefined) return
  throw invalidType(
    `expected no ${other} with netns, got one: of another network namespace, the kernel gives links and addresses alone`,
  )
}

const EINVAL = -22
const ENOPROTOOPT = -92

/** Without what an older kernel lacks: strict checking (4.20), the group of next hops (5.3). */
function openFeed(
  groups: number[],
  handler: FeedHandler,
  options: Parameters<typeof kernelFeed>[2],
  isStrict = true,
): NetworkFeed {
  try {
    const feed = kernelFeed(groups, handler, { ...options, getStrictChk: isStrict })
    return { feed, isStrict }
  } catch (error) {
    const { errno, syscall } = error as NetlinkError
    if (errno === ENOPROTOOPT && isStrict) return openFeed(groups, handler, options, false)
    const isOld = errno === EINVAL && syscall === 'setsockopt' && groups.includes(RTNLGRP_NEXTHOP)
    if (!isOld) throw error
    const known = groups.filter((group) => group !== RTNLGRP_NEXTHOP)
    return openFeed(known, handler, options, isStrict)
  }
}
