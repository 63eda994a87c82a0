// cloud-init's socket on the real kernel: bound, subscribed, read one datagram at a time.
// Out: a ByteSource whose datagrams are copies. The kernel's receive buffer is the only
// queue: the shim polls only while a read is waiting.

/// <reference lib="esnext.disposable" preserve="true" />

import { SocketEndpoint } from '#kernel'
import { NETLINK_ROUTE, RTMGRP_LINK } from '../../assembly/contract.js'
import { Deadline, TIMED_OUT, type WaitOptions } from '../base/deadline.js'
import { cannotCreateSocket, NetlinkError } from '../base/errors.js'
import type { ShimOptions } from '../kernel/addon.js'
import { type ByteSource, newStats, type ReceiveStats, receivedBy } from '../kernel/byte-source.js'
import { module } from '../module/module.js'
import { framesIn } from '../module/window.js'

interface Waiting {
  resolve: (datagram: Uint8Array) => void
  reject: (error: NetlinkError) => void
}

/** A netlink socket bound to the link group. Made by `createBoundNetlinkSocket()`. */
export class NetlinkSocket implements ByteSource, Disposable {
  readonly framing = 'datagram'
  readonly fd: number
  /** The port id that the kernel chose, so that a process can have many sockets. */
  readonly portId: number
  readonly stats: ReceiveStats = newStats()
  readonly #endpoint: SocketEndpoint
  readonly #queue: Uint8Array[] = []
  /** Waiting reads without a limit that came before any with one: each gets a datagram when it arrives. */
  readonly #waiting: Waiting[] = []
  /** How many waiting reads have a limit. */
  #limited = 0
  #isPaused = true
  /** Resolves at every arrival. A limited read then takes from the queue, so that an abort loses no datagram. */
  #arrival = newArrival()
  #failure: NetlinkError | undefined

  constructor(options: ShimOptions = {}) {
    this.#endpoint = new SocketEndpoint(
      { protocol: NETLINK_ROUTE, groups: RTMGRP_LINK, shim: options.shim },
      {
        wakeUp: (usedBytes, isLost) => this.#receive(usedBytes, isLost),
        failed: (error) => this.#fail(error),
      },
    )
    this.fd = this.#endpoint.fd
    this.portId = this.#endpoint.portId
    this.#endpoint.pause()
  }

  /**
   * The next datagram from the kernel, or null if none came within `timeout` milliseconds.
   * Datagrams of other processes are dropped and counted.
   *
   * @throws the signal's reason; NetlinkError ERR_NETLINK_SOCKET_CLOSED, or ERR_NETLINK_SOCKET with `errno`
   */
  recv(options?: WaitOptions): Promise<Uint8Array | null> {
    const isLimited = options?.signal !== undefined || options?.timeout !== undefined
    if (isLimited || this.#limited > 0) return this.#recvUntil(options)
    const datagram = this.#queue.shift()
    if (datagram) return Promise.resolve(datagram)
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#poll()
    })
  }

  async #recvUntil(options: WaitOptions | undefined): Promise<Uint8Array | null> {
    const deadline = new Deadline(options, undefined, () => receivedBy(this))
    try {
      deadline.signal?.throwIfAborted()
      for (;;) {
        const datagram = this.#queue.shift()
        if (datagram) return datagram
        if (this.#failure) throw this.#failure
        this.#limited++
        this.#poll()
        try {
          const outcome = await deadline.race(this.#arrival.promise)
          if (outcome === TIMED_OUT && this.#queue.length === 0) return null
        } finally {
          this.#limited--
          this.#rest()
        }
      }
    } finally {
      deadline.close()
    }
  }

  #poll(): void {
    if (this.#isPaused) this.#endpoint.resume()
    this.#isPaused = false
  }

  /** While nobody reads: leaves datagrams in the kernel's buffer, and does not keep the process alive. */
  readonly #rest = (): void => {
    if (this.#isPaused || this.#waiting.length + this.#limited > 0) return
    this.#isPaused = true
    this.#endpoint.pause()
  }

  /** Closes the socket; waiting and later reads reject with ERR_NETLINK_SOCKET_CLOSED. May be called twice. */
  close(): void {
    this.#fail(
      new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open socket, got a closed one'),
    )
  }

  /** Lets a waiting read keep the process alive (the default); a socket that nobody reads never does. */
  ref(): void {
    this.#endpoint.ref()
  }

  unref(): void {
    this.#endpoint.unref()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #receive(usedBytes: number, isLost: boolean): void {
    for (const frame of framesIn(module(), usedBytes)) {
      if (frame.portId !== 0) {
        this.stats.foreign++
        continue
      }
      this.stats.datagrams++
      this.stats.bytes += frame.datagram.length
      if (frame.truncated) this.stats.truncated++
      const datagram = frame.datagram.slice()
      const waiting = this.#waiting.length === 1 ? this.#waiting.pop() : this.#waiting.shift()
      if (waiting) waiting.resolve(datagram)
      else this.#queue.push(datagram)
    }
    if (isLost) this.stats.overruns++
    this.#arrive()
  }

  #fail(error: NetlinkError): void {
    if (this.#failure) return
    this.#failure = error
    this.#queue.length = 0
    this.#endpoint.close()
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.#arrive()
  }

  #arrive(): void {
    if (this.#limited > 0) {
      this.#arrival.resolve()
      this.#arrival = newArrival()
    }
    // Code that got a datagram runs first, and usually reads again.
    if (this.#waiting.length === 0) queueMicrotask(this.#rest)
  }
}

/**
 * Creates a netlink socket and binds it to RTMGRP_LINK, the multicast group of link notifications. It receives what
 * happens from now on, and does not ask for the links that exist already.
 *
 * @throws NetlinkCreateSocketError with `errno` and `syscall`; its code is ERR_NETLINK_UNSUPPORTED if there is no netlink
 */
export function createBoundNetlinkSocket(options: ShimOptions = {}): NetlinkSocket {
  try {
    return new NetlinkSocket(options)
  } catch (cause) {
    throw cause instanceof NetlinkError ? cannotCreateSocket(cause) : cause
  }
}

function newArrival(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
