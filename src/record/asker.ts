// Sends requests one after another, as netlink runs only one dump at a time on a socket.
// In: requests, and what is received. Out: requests sent; each is answered, or timed out, before the next.

import { NLMSG_DONE, NLMSG_ERROR } from '../../assembly/contract.js'
import { afterReading, type Clock, realClock } from '../base/clock.js'
import type { Received } from '../kernel/recording-endpoint.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import { decodeMessages } from '../message/decode.js'
import type { NetlinkMessage } from '../message/read-message.js'
import type { Request } from './dump-requests.js'

/** How long nothing may arrive after the request was written: a full receive buffer can lose the end of an answer. */
const ANSWER_MS = 3000

export class Asker {
  /** Resolves once every request was answered; rejects if one cannot be sent. */
  readonly done: Promise<void>
  readonly #send: (message: Uint8Array) => Promise<void>
  readonly #clock: Clock
  readonly #requests: Request[]
  #seq = firstSeq()
  #received = 0
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
    this.#received++
    if (this.#isOver || portId !== 0 || group !== 0) return
    const answer = decodeMessages(datagram).filter(({ header }) => header?.seq === this.#seq)
    if (answer.length === 0) return
    this.#expect(this.#seq)
    const isEnd = ({ header }: NetlinkMessage) =>
      header?.type === NLMSG_DONE || header?.type === NLMSG_ERROR
    if (answer.some(isEnd)) this.#next()
  }

  stop(): void {
    this.#isOver = true
    this.#stopPatience()
  }

  #next(): void {
    this.#stopPatience()
    const request = this.#requests.shift()
    if (!request) {
      this.stop()
      this.#finish()
      return
    }
    this.#seq = nextSeq(this.#seq)
    const seq = this.#seq
    // The timeout starts when the write has ended: a busy thread pool can delay it for long.
    this.#send(request(seq)).then(
      () => this.#expect(seq),
      (error) => {
        this.stop()
        this.#fail(error)
      },
    )
  }

  #expect(seq: number): void {
    if (this.#isOver || seq !== this.#seq) return
    this.#stopPatience()
    const giveUp = () => this.#next()
    this.#stopPatience = afterReading(this.#clock, ANSWER_MS, giveUp, () => this.#received)
  }
}
