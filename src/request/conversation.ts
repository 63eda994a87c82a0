// Requests on one socket, and their answers.
// In: requests as bytes; datagrams. Out: the messages that answer each request, and its one result.
//
//   ask ─▶ in flight ─▶ written ─▶ answers … ─▶ NLMSG_ERROR with 0 (acknowledged), NLMSG_DONE ─▶ resolved
//              │            │          │
//              └────────────┴──────────┴─▶ rejected: refused, lost, timed out, aborted, closed

import {
  NLM_F_ACK,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { type Deadline, TIMED_OUT, timeoutError } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { Endpoint, EndpointOptions } from '../kernel/recording-endpoint.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import { message } from '../message/builders.js'
import { errorReport } from '../tree/extack.js'
import type { TreeNode } from '../tree/node.js'
import { messageHeader } from '../tree/request-pairing.js'
import { type AskingEdge, openAsking } from './asking-socket.js'
import { refusal } from './kernel-refusal.js'

/** A request without its sequence number. */
export interface PreparedRequest {
  /** Its name in errors: "newlink". */
  operation: string
  /** nlmsg_type, and NLM_F_… beside REQUEST and ACK. */
  type: number
  flags: number
  /** What follows the nlmsghdr. */
  body: Uint8Array
  /** Adds the messages that the kernel wants around the request, such as the begin and the end of a batch. */
  wrap?: ((request: Uint8Array, seq: number) => Uint8Array) | undefined
}

interface Exchange {
  prepared: PreparedRequest
  bytes: Uint8Array
  signal: AbortSignal | undefined
  sink: AnswerSink
  isWritten: boolean
  resolve(): void
  reject(error: unknown): void
}

/** Takes the answers to a request as they are received. */
export interface AnswerSink {
  take(answer: TreeNode): void
  /** NLM_F_DUMP_INTR: the table changed while it was dumped. */
  interrupted?(): void
}

export class Conversation {
  /** Wake-ups so far. While this grows, a timeout waits. */
  wakeUps = 0
  readonly #edge: AskingEdge
  readonly #protocol: number
  readonly #endpoint: Endpoint
  readonly #onWakeUp: (() => void) | undefined
  readonly #inFlight = new Map<number, Exchange>()
  #seq = firstSeq()
  #writing: Promise<void> = Promise.resolve()
  #ended: NetlinkError | undefined

  /**
   * `onWakeUp` is called after all messages of a wake-up were passed on.
   *
   * @throws NetlinkError ERR_NETLINK_SOCKET, ERR_NETLINK_UNSUPPORTED
   */
  constructor(edge: AskingEdge, options: EndpointOptions, onWakeUp?: () => void) {
    this.#edge = edge
    this.#protocol = options.protocol
    this.#onWakeUp = onWakeUp
    this.#endpoint = openAsking(edge, options, {
      message: (answer) => this.#take(answer),
      lost: (why) => this.#rejectAll(why),
      wokeUp: () => {
        this.wakeUps++
        this.#onWakeUp?.()
      },
      failed: (error) => this.#end(error),
    })
    this.#endpoint.unref?.()
  }

  /** Its socket is closed, or failed. */
  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /**
   * Sends a request and passes its answers to `sink`, up to the last one.
   *
   * @throws NetlinkError ERR_NETLINK_KERNEL when it is refused, ERR_NETLINK_SOCKET when answers may be lost,
   *   ERR_NETLINK_SOCKET_CLOSED; a `TimeoutError`; the signal's reason
   */
  async ask(prepared: PreparedRequest, deadline: Deadline, sink: AnswerSink): Promise<void> {
    deadline.signal?.throwIfAborted()
    if (this.#ended) throw this.#ended
    const seq = this.#freeSeq()
    const { type, flags, body } = prepared
    const header = { type, seq, pid: this.#endpoint.portId, byteOrder: HOST_BYTE_ORDER }
    const bytes = message({ ...header, flags: flags | NLM_F_REQUEST | NLM_F_ACK }, body)
    const answered = new Promise<void>((resolve, reject) => {
      this.#inFlight.set(seq, {
        prepared,
        bytes,
        signal: deadline.signal,
        sink,
        isWritten: false,
        resolve,
        reject,
      })
    })
    answered.catch(() => {})
    this.#endpoint.ref?.()
    this.#write(seq)
    try {
      if ((await deadline.race(answered)) !== TIMED_OUT) return
      throw timeoutError(`the answer to ${prepared.operation}`)
    } finally {
      this.#inFlight.delete(seq)
      if (this.#inFlight.size === 0) this.#endpoint.unref?.()
    }
  }

  /** Leaves answers in the kernel's buffer: backpressure. */
  pause(): void {
    this.#endpoint.pause()
  }

  resume(): void {
    this.#endpoint.resume()
  }

  close(): void {
    if (this.#ended) return
    this.#endpoint.close()
    this.#end(socketClosed())
  }

  #freeSeq(): number {
    do this.#seq = nextSeq(this.#seq)
    while (this.#inFlight.has(this.#seq))
    return this.#seq
  }

  /** Writes one request at a time. A request that was given up before its turn is not sent. */
  #write(seq: number): void {
    this.#writing = this.#writing.then(async () => {
      const exchange = this.#inFlight.get(seq)
      if (!exchange || exchange.signal?.aborted || this.#ended) return
      exchange.isWritten = true
      const { bytes, prepared } = exchange
      try {
        await this.#endpoint.send(prepared.wrap?.(bytes, seq) ?? bytes)
      } catch (error) {
        exchange.reject(error)
      }
    })
  }

  #take(answer: TreeNode): void {
    const header = messageHeader(answer)
    const exchange = header && this.#inFlight.get(header.seq)
    if (!exchange || header.pid !== this.#endpoint.portId) return
    if (header.flags & NLM_F_DUMP_INTR) exchange.sink.interrupted?.()
    if (header.type !== NLMSG_ERROR && header.type !== NLMSG_DONE) {
      exchange.sink.take(answer)
      return
    }
    // Settled: another message with this number is a duplicate.
    this.#inFlight.delete(header.seq)
    this.#settle(exchange, answer)
  }

  #settle(exchange: Exchange, answer: TreeNode): void {
    const { prepared, bytes } = exchange
    const report = errorReport(answer)
    // Some families, such as team, end with an NLMSG_DONE that has no errno.
    if (answer.rawType === NLMSG_DONE && answer.valueEnd === answer.valueStart) exchange.resolve()
    else if (!report) exchange.reject(shortError(prepared))
    else if (report.errno === 0) exchange.resolve()
    else {
      const { messages } = this.#edge.dissector.dissect(bytes, { protocol: this.#protocol })
      const request = messages[0] as TreeNode
      exchange.reject(refusal(prepared.operation, errorReport(answer, request) ?? report, request))
    }
  }

  /** Any answer to a written request may be lost. */
  #rejectAll(error: NetlinkError): void {
    for (const exchange of this.#inFlight.values()) if (exchange.isWritten) exchange.reject(error)
  }

  #end(error: NetlinkError): void {
    this.#ended = error
    for (const exchange of this.#inFlight.values()) exchange.reject(error)
  }
}

function shortError({ operation }: PreparedRequest): NetlinkError {
  const text = `expected an errno in the end of the answer to ${operation}, got a message without one`
  return new NetlinkError('ERR_NETLINK_BODY_TOO_SHORT', text)
}

export function socketClosed(): NetlinkError {
  return new NetlinkError('ERR_NETLINK_SOCKET_CLOSED', 'expected an open socket, got a closed one')
}
