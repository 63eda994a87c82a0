// Messages for a monitor from any source of datagrams: recorded ones, a fake kernel, a custom socket.
// In: a ByteSource. Out: what KernelFeed gives, in the same order. Runs anywhere.

import { ERROR_DATAGRAM_TRUNCATED, ERROR_FOREIGN_SENDER } from '../../assembly/contract.js'
import { expected } from '../base/argument-checks.js'
import { turn } from '../base/clock.js'
import { Deadline } from '../base/deadline.js'
import { type NetlinkError, receiveOutcome } from '../base/errors.js'
import { decodeBytes, type Reading } from '../message/decode.js'
import { endsDatagram, faultError } from '../message/faults.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { type ByteSource, Inbox, readOn, Turns } from './byte-source.js'
import type { FeedHandler, MessageFeed } from './message-feed.js'

/** A datagram; `portId` is its sender, if that is not the kernel, and `trueLength` its length, if it was cut. */
export type Datagram = Uint8Array & { portId?: number; trueLength?: number }

/**
 * A source of whole datagrams, which may accept requests. `recv()` reports an overrun by rejecting with `errno` -105
 * (ENOBUFS), -12 (ENOMEM) or -22 (EINVAL), and then returns the datagrams that were queued until then. A source that
 * can overrun has `isEmpty`.
 */
export interface DatagramSource extends ByteSource {
  /** Sends a request to the kernel. Without it, the links are known from notifications only. */
  send?(request: Uint8Array): PromiseLike<void> | void
  /** Port id that answers are addressed to; 0 if not given. */
  readonly portId?: number
  /** Whether nothing is queued. Without it, the queue counts as empty after every read. */
  readonly isEmpty?: boolean
}

/** How long to wait after a read that returned nothing and lost nothing. */
const PASSING_MS = 10

export class SourceFeed implements MessageFeed {
  readonly portId: number
  readonly receiveBufferBytes: undefined
  readonly request: MessageFeed['request']
  readonly #source: DatagramSource
  readonly #handler: FeedHandler
  readonly #reading: Reading
  readonly #closing = new AbortController()
  readonly #deadline = new Deadline({ signal: this.#closing.signal })

  /** @throws TypeError if `source` has no recv(); NetlinkError ERR_NETLINK_SOURCE_BUSY if it is in use */
  constructor(source: DatagramSource, handler: FeedHandler, reading: Reading = {}) {
    if (typeof source?.recv !== 'function') {
      throw expected('socket to be an object with recv()', source)
    }
    this.#source = source
    this.#handler = handler
    this.#reading = reading
    this.portId = source.portId ?? 0
    this.request = source.send && (async (message) => source.send?.(message))
    const inbox = Inbox.of(source)
    const release = inbox.claim(this.#deadline)
    this.#run(inbox).finally(release)
  }

  async #run(inbox: Inbox): Promise<void> {
    const turns = new Turns()
    let overruns = this.#source.stats?.overruns ?? 0
    while (!this.#closing.signal.aborted) {
      try {
        const data = (await readOn(inbox, this.#deadline)) as Datagram
        if (this.#closing.signal.aborted) return
        const counted = this.#source.stats?.overruns ?? 0
        if (counted > overruns) this.#handler.overrun()
        overruns = counted
        this.#take(data)
        await turns.yield()
      } catch (error) {
        if (this.#closing.signal.aborted) return
        const { errno } = error as NodeJS.ErrnoException
        const outcome = errno === undefined ? 'broken' : receiveOutcome(errno)
        if (outcome === 'lost') {
          this.#handler.overrun()
          this.#drained()
          await turns.yield()
        } else if (outcome === 'go on') {
          await new Promise((resolve) => setTimeout(resolve, PASSING_MS))
        } else {
          this.close()
          this.#handler.failed(error as NetlinkError)
        }
      }
    }
  }

  #take(data: Datagram): void {
    if (data.portId) {
      const error = faultError({
        code: ERROR_FOREIGN_SENDER,
        offset: 0,
        expected: 0,
        got: data.portId,
      })
      this.#handler.messages([{ kind: 'malformed', offset: 0, error }])
    } else {
      this.#handler.messages(decodeDatagram(data, this.#reading))
    }
    this.#drained()
  }

  checkQueue(): void {
    // A source that does not say whether it is empty gets time to return what it has.
    const looked = this.#source.isEmpty === undefined ? turn() : Promise.resolve()
    looked.then(() => this.#drained())
  }

  #drained(): void {
    if (this.#closing.signal.aborted) return
    if (this.#source.isEmpty ?? true) this.#handler.drained()
  }

  ref(): void {}

  unref(): void {}

  close(): void {
    this.#closing.abort()
  }
}

/** As for a frame that recv has cut: its complete messages, then one fault. */
function decodeDatagram(data: Datagram, reading: Reading): NetlinkMessage[] {
  const { messages } = decodeBytes(data, 0, reading)
  const { length, trueLength = length } = data
  if (trueLength <= length) return messages
  const last = messages.at(-1)
  if (last?.kind === 'malformed' && endsDatagram(last.error)) messages.pop()
  const fault = {
    code: ERROR_DATAGRAM_TRUNCATED,
    offset: length,
    expected: trueLength,
    got: length,
  }
  messages.push({ kind: 'malformed', offset: length, error: faultError(fault) })
  return messages
}
