// The messages of the kernel, decoded where recv has written them, without a copy of the datagrams.

import { SocketEndpoint } from '#kernel'
import { NETLINK_ROUTE } from '../../assembly/contract.js'
import type { NetlinkError } from '../base/errors.js'
import { decodeReceived, type Reading } from '../message/decode.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { module } from '../module/module.js'
import type { Groups, ShimOptions } from './addon.js'
import type { FeedHandler, MessageFeed } from './message-feed.js'

export interface FeedOptions extends ShimOptions, Reading {
  receiveBufferBytes?: number | undefined
  /** NETLINK_GET_STRICT_CHK: the kernel answers with the part of a table that a request names. */
  getStrictChk?: boolean | undefined
  /** NETLINK_LISTEN_ALL_NSID: receives from every network namespace that has an id here. */
  listenAllNsid?: boolean | undefined
}

/** Opens a NETLINK_ROUTE socket in `groups` and passes on what it receives, in batches that own their bytes. */
export function kernelFeed(
  groups: Groups,
  handler: FeedHandler,
  { filter, schema, read, ...options }: FeedOptions = {},
): MessageFeed {
  const endpoint = new SocketEndpoint(
    { protocol: NETLINK_ROUTE, groups, ...options },
    {
      wakeUp(usedBytes, isLost) {
        if (isLost) handler.overrun()
        if (usedBytes === 0) return
        let messages: NetlinkMessage[]
        try {
          messages = decodeReceived(module(), usedBytes, { filter, schema, read })
        } catch (error) {
          endpoint.close()
          handler.failed(error as NetlinkError)
          return
        }
        handler.messages(messages)
      },
      drained: () => handler.drained(),
      failed: (error) => handler.failed(error),
    },
  )
  return {
    portId: endpoint.portId,
    receiveBufferBytes: endpoint.receiveBufferBytes,
    request: endpoint.send,
    checkQueue: () => endpoint.checkQueue(),
    ref: () => endpoint.ref(),
    unref: () => endpoint.unref(),
    close: () => endpoint.close(),
  }
}
