// What stands between a monitor and where its messages come from: the kernel, or anything else.

import type { NetlinkError } from '../base/errors.js'
import type { NetlinkMessage } from '../message/read-message.js'

/** Who takes what a feed brings. */
export interface FeedHandler {
  /** What one wake-up brought, in order. */
  messages(messages: NetlinkMessage[]): void
  /** The kernel has dropped datagrams since the queue was last empty. */
  overrun(): void
  /** Nothing is queued: what comes from now on was sent from now on. */
  drained(): void
  /** The socket is of no more use, and closed. */
  failed(error: NetlinkError): void
}

/** Where a monitor gets its messages from. */
export interface MessageFeed {
  /** Port id that the kernel answers to. */
  readonly portId: number
  /** Bytes of SO_RCVBUF granted; undefined where that is not known. */
  readonly receiveBufferBytes: number | undefined
  /** Sends a request; undefined where there is nobody to ask. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  ref(): void
  unref(): void
  close(): void
}
