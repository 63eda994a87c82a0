// Asks one request after another: netlink has one dump at a time on a socket.
// In: requests, and what is received. Out: requests sent; each is answered, or given up, before the next.

import { NLMSG_DONE, NLMSG_ERROR } from '../../assembly/contract.js'
import { type Clock, realClock } from '../base/clock.js'
import type { Received } from '../kernel/endpoint.js'
import { decodeMessages } from '../message/decode.js'
import type { Request } from './dump-requests.js'

/** How long an answer may bring nothing: the end of it may be lost, as anything may. */
const ANSWER_MS = 3000

export class Asker {
  /** Resolves once every request has been answered; rejects when one cannot be sent. */
  readonly done: Promise<void>
  readonly #send: (message: Uint8Array) => Promise<void>
  readonly #clock: Clock
  readonly #requests: Request[]
  #seq = 0
  #stopPatience = () => {}
  #isOver = false
  #finish: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(
    requests: readonly Request[],
    send: (message: Uint8Array) => Promise<void>,
    clock: Clock = realClock,
  ) {
    this.#requests = [...requests]
    this.#send = send
    this.#clock = clock
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    this.#next()
  }

  /** Looks for the end of the answer: NLMSG_DONE or NLMSG_ERROR. */
  take({ datagram, portId, group }: Received): void {
    if (this.#isOver || portId !== 0 || group !== 0) return
    this.#expect()
    const isAnswered = decodeMessages(datagram).some(
      ({ header }) =>
        (header?.type === NLMSG_DONE || header?.type === NLMSG_ERROR) && header.seq === this.#seq,
    )
    if (isAnswered) this.#next()
  }

  stop(): void {
    this.#isOver = true
    this.#stopPatience()
  }

  #next(): void {
    const request = this.#requests.shift()
    if (!request) {
      this.stop()
      this.#finish()
      return
    }
    this.#seq++
    this.#expect()
    this.#send(request(this.#seq)).catch((error) => {
      this.stop()
      this.#fail(error)
    })
  }

  #expect(): void {
    this.#stopPatience()
    this.#stopPatience = this.#clock.after(ANSWER_MS, () => this.#next())
  }
}
