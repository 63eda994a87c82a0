// One socket of a fake kernel: what is queued on it, until it is read.
// In: datagrams, overruns. Out: wake-ups from the event loop, like those of an endpoint; none while it is paused.

import { turn } from '../base/clock.js'
import { NetlinkError } from '../base/errors.js'
import type { Endpoint, EndpointOptions, OnWakeUp, Received } from '../kernel/recording-endpoint.js'

/** The owner of a socket. */
interface SocketOwner {
  send(bytes: Uint8Array): Promise<void>
  closed(): void
}

export class FakeSocket implements Endpoint {
  readonly portId: number
  readonly protocol: number
  /** Whether it has joined groups. */
  readonly isListening: boolean
  readonly #onWakeUp: OnWakeUp
  readonly #owner: SocketOwner
  #queue: Received[] = []
  #hasOverrun = false
  #isPaused = false
  #isClosed = false
  #isDue = false

  constructor(
    portId: number,
    { protocol, groups }: EndpointOptions,
    onWakeUp: OnWakeUp,
    owner: SocketOwner,
  ) {
    this.portId = portId
    this.protocol = protocol
    this.isListening = groups.length > 0
    this.#onWakeUp = onWakeUp
    this.#owner = owner
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed)
      throw new NetlinkError(
        'ERR_NETLINK_SOCKET_CLOSED',
        'expected an open socket, got a closed one',
      )
    await this.#owner.send(bytes)
  }

  /** Queues a datagram. */
  push(datagram: Uint8Array): void {
    const { trueLength = datagram.length, portId = 0 } = datagram as {
      trueLength?: number
      portId?: number
    } & Uint8Array
    this.#queue.push({ datagram: datagram.slice(), length: trueLength, portId, group: 0 })
    this.#wake()
  }

  /** Reports that datagrams were dropped because the queue was full. */
  overrun(): void {
    this.#hasOverrun = true
    this.#wake()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#queue = []
    this.#owner.closed()
  }

  async #wake(): Promise<void> {
    if (this.#isDue) return
    this.#isDue = true
    await turn()
    this.#isDue = false
    if (this.#isPaused || this.#isClosed) return
    if (this.#queue.length === 0 && !this.#hasOverrun) return
    const received = this.#queue
    const hasOverrun = this.#hasOverrun
    this.#queue = []
    this.#hasOverrun = false
    this.#onWakeUp(received, hasOverrun, true)
  }
}
