// The endpoint: one netlink socket, for everything that listens or asks. Node only.
//
//   kernel ─ recv ─▶ rx window ─ wakeUp ─▶ monitor, recorder, cloud-init's socket
//   kernel ◀─ write, one at a time ─ send ◀─ requests
//
// Only this file decides what to do about an errno, and when the queue is empty.

import { write } from 'node:fs'
import type { NetlinkError } from '../base/errors.js'
import { receiveOutcome } from '../base/errors.js'
import type { Groups, ShimOptions, SocketOptions, Stop } from './addon.js'
import { openSocket, socketError, writeError } from './open-socket.js'

export interface EndpointSettings
  extends ShimOptions,
    Omit<SocketOptions, 'grantedReceiveBufferBytes'> {
  /** NETLINK_… of linux/netlink.h. */
  protocol: number
  groups: Groups
}

/** What an endpoint calls, always from the event loop and never from within a call of its own methods. */
export interface EndpointHandler {
  /**
   * The first `usedBytes` of the rx window hold frames until this returns. `isLost`: the kernel may have dropped
   * datagrams while these were queued. `isEmpty`: nothing was queued after them.
   */
  wakeUp(usedBytes: number, isLost: boolean, isEmpty: boolean): void
  /** Nothing is queued: everything received from now on was sent from now on. */
  drained?(): void
  /** The socket failed, and is closed. */
  failed(error: NetlinkError): void
}

export class SocketEndpoint {
  readonly fd: number
  /** The port id, chosen by the kernel, which sends answers to it. */
  readonly portId: number
  /** Bytes of SO_RCVBUF granted. */
  readonly receiveBufferBytes: number
  readonly #handler: EndpointHandler
  readonly #stop: Stop
  #writing: Promise<unknown> = Promise.resolve()
  #unwritten = 0
  #wakeUps = 0
  #isClosed = false

  /** @throws NetlinkError ERR_NETLINK_SOCKET with `errno` and `syscall`, or ERR_NETLINK_UNSUPPORTED */
  constructor({ protocol, groups, ...options }: EndpointSettings, handler: EndpointHandler) {
    const socketOptions: SocketOptions & ShimOptions = options
    const onReceive = (errno: number, usedBytes: number, isEmpty: boolean): void =>
      this.#receive(errno, usedBytes, isEmpty)
    const { fd, portId, stop } = openSocket(protocol, groups, onReceive, socketOptions)
    this.fd = fd
    this.portId = portId
    this.receiveBufferBytes = socketOptions.grantedReceiveBufferBytes as number
    this.#handler = handler
    this.#stop = stop
  }

  #receive(errno: number, usedBytes: number, isEmpty: boolean): void {
    this.#wakeUps++
    const outcome = receiveOutcome(errno)
    this.#handler.wakeUp(usedBytes, outcome === 'lost', isEmpty)
    if (this.#isClosed) return
    if (isEmpty) this.#handler.drained?.()
    else this.checkQueue()
    if (outcome !== 'broken') return
    this.close()
    this.#handler.failed(socketError('recvmsg', errno))
  }

  /**
   * Calls `drained()` unless something arrives first. A wake-up that ended because the window was full does not know
   * whether the queue was empty. The second immediate runs after the loop has polled once more: if nothing arrived
   * then, nothing is queued.
   */
  checkQueue(): void {
    if (!this.#handler.drained) return
    const wakeUps = this.#wakeUps
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#isClosed && this.#wakeUps === wakeUps) this.#handler.drained?.()
      }),
    )
  }

  /** Writes to the kernel, asynchronously, as the kernel makes the first part of a dump during the write. */
  readonly send = (message: Uint8Array): Promise<void> => {
    this.#unwritten++
    const written = this.#writing.then(() => this.#write(message))
    this.#writing = written
      .catch(() => {})
      .then(() => {
        this.#unwritten--
        this.#stopIfDone()
      })
    return written
  }

  #write(message: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return resolve()
      write(this.fd, message, (error) => (error ? reject(writeError(error)) : resolve()))
    })
  }

  /** Leaves datagrams in the kernel's buffer. A paused endpoint does not keep the process alive. */
  pause(): void {
    this.#stop.pause()
  }

  resume(): void {
    this.#stop.resume()
  }

  ref(): void {
    this.#stop.ref()
  }

  unref(): void {
    this.#stop.unref()
  }

  /** Closes after the last write: a write to a closed fd could reach another file with the same number. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop.pause()
    this.#stopIfDone()
  }

  #stopIfDone(): void {
    if (this.#isClosed && this.#unwritten === 0) this.#stop()
  }
}
