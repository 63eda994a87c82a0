// The kernel's messages, decoded where recv has put them.
// In: an fd whose datagrams land in the rx window. Out: batches of messages that own their bytes,
// with no copy of the datagrams in between; and requests written to the kernel. Node only.

import { write } from 'node:fs'
import { decodeReceived } from '../message/decode.js'
import { type CompiledFilter, NO_FILTER } from '../module/filter-block.js'
import { module } from '../module/module.js'
import type { ShimOptions, SocketOptions, Stop } from './addon.js'
import type { FeedHandler, MessageFeed } from './message-feed.js'
import { DUMP_RACE, LOST, openRouteSocket, socketError, writeError } from './open-socket.js'

export interface FeedOptions extends ShimOptions {
  receiveBufferBytes?: number | undefined
  filter?: CompiledFilter | undefined
}

export class KernelFeed implements MessageFeed {
  readonly portId: number
  readonly receiveBufferBytes: number | undefined
  readonly #fd: number
  readonly #stop: Stop
  #writing: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #wakeUps = 0

  /** Opens a NETLINK_ROUTE socket in `groups` and starts receiving. */
  constructor(groups: number, handler: FeedHandler, options: FeedOptions = {}) {
    const { filter = NO_FILTER, receiveBufferBytes, shim } = options
    const wanted: SocketOptions & ShimOptions = {
      shim,
      ...(receiveBufferBytes !== undefined && { receiveBufferBytes }),
    }
    const onReceive = (errno: number, usedBytes: number, isEmpty: boolean) => {
      this.#wakeUps++
      if (errno !== 0 && LOST.has(errno)) handler.overrun()
      if (usedBytes > 0) handler.messages(decodeReceived(module(), usedBytes, filter))
      if (this.#isClosed) return
      if (isEmpty) handler.drained()
      else this.#drainedUnlessWoken(handler)
      if (errno === 0 || errno === DUMP_RACE || LOST.has(errno)) return
      this.close()
      handler.failed(socketError('recvmsg', errno))
    }
    const { fd, portId, stop } = openRouteSocket(groups, onReceive, wanted)
    this.#fd = fd
    this.portId = portId
    this.receiveBufferBytes = wanted.grantedReceiveBufferBytes
    this.#stop = stop
  }

  /**
   * A wake-up that ended as the window was full has not seen whether the queue was empty too; there is no
   * other if it was. The second immediate comes after the loop has polled once more.
   */
  #drainedUnlessWoken(handler: FeedHandler): void {
    const wakeUps = this.#wakeUps
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#isClosed && this.#wakeUps === wakeUps) handler.drained()
      }),
    )
  }

  /** Asynchronous, as the kernel makes the first piece of a dump inside the send. */
  request = (message: Uint8Array): Promise<void> => {
    const written = this.#writing.then(
      () =>
        new Promise<void>((resolve, reject) => {
          if (this.#isClosed) return resolve()
          write(this.#fd, message, (error) => (error ? reject(writeError(error)) : resolve()))
        }),
    )
    this.#writing = written.catch(() => {})
    return written
  }

  ref(): void {
    this.#stop.ref()
  }

  unref(): void {
    this.#stop.unref()
  }

  /** Closes once no write is under way: a write to a closed and reused fd would reach a stranger. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop.pause()
    this.#writing.then(() => this.#stop())
  }
}
