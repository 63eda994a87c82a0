// An endpoint that passes on copies of datagrams, for the recorder. Never decodes them.

import { SocketEndpoint } from '#kernel'
import type { NetlinkError } from '../base/errors.js'
import { module } from '../module/module.js'
import { framesIn } from '../module/window.js'
import type { ShimOptions } from './addon.js'

/** A datagram, as it was received. */
export interface Received {
  /** The bytes that were received. */
  datagram: Uint8Array
  /** Its true length: more than that of `datagram` if it was cut. */
  length: number
  /** The sender's port id: 0 is the kernel. */
  portId: number
  /** The multicast group that it was sent to, 0 for none. */
  group: number
}

/**
 * Receives the datagrams of one wake-up. `overran`: the kernel may have dropped datagrams while these were queued.
 * `isEmpty`: the queue was empty at the end.
 */
export type OnWakeUp = (received: Received[], overran: boolean, isEmpty: boolean) => void

export interface EndpointOptions extends ShimOptions {
  protocol: number
  /** Group numbers. */
  groups: readonly number[]
  /** Ignore the highest groups if this kernel does not have them. */
  isLenient?: boolean | undefined
  receiveBufferBytes?: number | undefined
  /** NETLINK_EXT_ACK: refusals carry the kernel's words and the place that it objects to. */
  extAck?: boolean | undefined
  /** NETLINK_CAP_ACK: refusals quote the header of the request, and not all of it. */
  capAck?: boolean | undefined
  /** NETLINK_GET_STRICT_CHK: dumps are filtered by their request, which may hold nothing else. */
  getStrictChk?: boolean | undefined
}

/** An open socket that receives. */
export interface Endpoint {
  readonly portId: number
  send(message: Uint8Array): Promise<void>
  pause(): void
  resume(): void
  /** Whether receiving keeps the process alive: it does until `unref()`. */
  ref?(): void
  unref?(): void
  close(): void
}

export type OpenEndpoint = (
  options: EndpointOptions,
  onWakeUp: OnWakeUp,
  onFailure: (error: NetlinkError) => void,
) => Endpoint

const EINVAL = -22

/** @throws NetlinkError ERR_NETLINK_SOCKET with `errno` and `syscall`, or ERR_NETLINK_UNSUPPORTED */
export const openEndpoint: OpenEndpoint = (options, onWakeUp, onFailure) => {
  const { isLenient, ...settings } = options
  const { groups } = settings
  try {
    return new SocketEndpoint(settings, {
      wakeUp: (usedBytes, isLost, isEmpty) => onWakeUp(copies(usedBytes), isLost, isEmpty),
      failed: onFailure,
    })
  } catch (error) {
    const { errno, syscall } = error as NetlinkError
    const mayBeUnknown = errno === EINVAL && syscall === 'setsockopt' && groups.length > 0
    if (!isLenient || !mayBeUnknown) throw error
    return openEndpoint({ ...options, groups: groups.slice(0, -1) }, onWakeUp, onFailure)
  }
}

function copies(usedBytes: number): Received[] {
  return Array.from(framesIn(module(), usedBytes), ({ datagram, length, portId, group }) => ({
    datagram: datagram.slice(),
    length,
    portId,
    group,
  }))
}
