// The kernel's messages, decoded where recv has put them.
// In: an fd whose datagrams land in the rx window. Out: batches of messages that own their bytes,
// with no copy of the datagrams in between; and requests written to the kernel. Node only.

import { write } from 'node:fs'
import { constants } from 'node:os'
import type { Stop } from './addon.js'
import { decodeReceived } from './decode.js'
import type { NetlinkError } from './errors.js'
import { module } from './module.js'
import { openRouteSocket, socketError } from './open.js'
import type { NetlinkMessage } from './records.js'

const ENOBUFS = -constants.errno.ENOBUFS

export interface FeedHandler {
  /** What one wake-up brought, in order. */
  messages(messages: NetlinkMessage[]): void
  /** The kernel has dropped datagrams since the last call of `messages`. */
  overrun(): void
  /** The socket is of no more use, and closed. */
  failed(error: NetlinkError): void
}

export class Feed {
  readonly portId: number
  readonly #fd: number
  readonly #stop: Stop
  #writing: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** Opens a NETLINK_ROUTE socket in `groups` and starts receiving. */
  constructor(groups: number, handler: FeedHandler) {
    const { fd, portId, stop } = openRouteSocket(groups, (errno, usedBytes) => {
      if (usedBytes > 0) handler.messages(decodeReceived(module(), usedBytes))
      if (this.#isClosed || errno === 0) return
      if (errno === ENOBUFS) return handler.overrun()
      this.close()
      handler.failed(socketError('recvmsg', errno))
    })
    this.#fd = fd
    this.portId = portId
    this.#stop = stop
  }

  /** Sends a request. Asynchronous, as the kernel makes the first piece of a dump inside the send. */
  async request(message: Uint8Array): Promise<void> {
    const written = this.#writing.then(
      () =>
        new Promise<void>((resolve, reject) => {
          if (this.#isClosed) return resolve()
          write(this.#fd, message, (error) =>
            error ? reject(socketError('write', error.errno ?? 0, error)) : resolve(),
          )
        }),
    )
    this.#writing = written.catch(() => {})
    return written
  }

  /** Closes once no write is under way: a write to a closed and reused fd would reach a stranger. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop.pause()
    this.#writing.then(() => this.#stop())
  }
}
