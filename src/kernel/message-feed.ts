// The interface between a monitor and the source of its messages: the kernel, or anything else.

import type { NetlinkError } from '../base/errors.js'
import type { NetlinkMessage } from '../message/read-message.js'

/** The receiver of a feed. */
export interface FeedHandler {
  /** The messages of one wake-up, in order. */
  messages(messages: NetlinkMessage[]): void
  /** The kernel dropped datagrams since the queue was last empty. */
  overrun(): void
  /** Nothing is queued: everything received from now on was sent from now on. */
  drained(): void
  /** The socket failed, and is closed. */
  failed(error: NetlinkError): void
}

/** The source of a monitor's messages. */
export interface MessageFeed {
  /** Port id to which the kernel sends its answers. */
  readonly portId: number
  /** Bytes of SO_RCVBUF granted; undefined if unknown. */
  readonly receiveBufferBytes: number | undefined
  /** Sends a request; undefined if the source takes none. */
  readonly request: ((message: Uint8Array) => Promise<void>) | undefined
  /** Causes a call of `drained()` once everything that is queued now was handed over. */
  checkQueue(): void
  ref(): void
  unref(): void
  close(): void
}
