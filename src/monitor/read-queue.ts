// The dumps of a network monitor, one at a time, as the kernel runs one a socket; dumps of links wait in the same line.
// In: what is to be read, the messages that answer, and when the queue is empty. Out: requests, entries, complete reads.
//
//   wanted ─▶ due ─▶ queue empty ─▶ barrier answered ─▶ queue empty ─▶ request ─▶ entries … NLMSG_DONE ─▶ swept ─▶ next
//     ▲                                                                    │
//     └──────────────── later and later ◀─────────────────────────────────┘ NLM_F_DUMP_INTR, EBUSY, no answer

import {
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTM_GETLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { afterReading } from '../base/clock.js'
import type { NetlinkError } from '../base/errors.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import type { ObjectName } from '../message/object-body.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { DumpHost } from './dump-asker.js'
import { NOTHING_THERE, type Read, readFailure } from './kept-read.js'
import {
  DAMAGED_TRIES,
  EBUSY,
  type Failures,
  failedAgain,
  failuresText,
  givenUp,
  mayPass,
} from './link-dump.js'
import { barrierRequest, newTypeOf, type ReadScope, readRequest } from './read-requests.js'
import { WantedReads } from './wanted-reads.js'

/** How long nothing may arrive before a read is given up and repeated. */
const ANSWER_MS = 3000
const RETRY_MS = 20
const RETRY_MAX_MS = 1000
/** A dump of links that waits for its turn. */
interface LinkTurn {
  message: Uint8Array
  seq: number
  resolve(): void
  reject(error: unknown): void
}

export class ReadQueue {
  /** Requests so far. */
  reads = 0
  interrupted = 0
  busy = 0
  readonly #host: DumpHost
  readonly #complete: (read: Read, done: () => void) => void
  readonly #wanted = new WantedReads()
  readonly #links: LinkTurn[] = []
  #current: Read | undefined
  #linkTurn: LinkTurn | undefined
  /** The barrier's number: 0 if none is out. */
  #barrier = 0
  #isPastBarrier = false
  #isSweeping = false
  #seq = firstSeq()
  #failures: Failures | undefined
  #hasSynced = false
  #isStopped = false
  #stopTimer: (() => void) | undefined
  #stopPatience = () => {}
  #armedFor: Read | undefined
  #armedAt = -1
  #startedAt = 0

  /** `complete` is given each complete read, to remove what that did not have, and calls `done` when it has. */
  constructor(host: DumpHost, complete: (read: Read, done: () => void) => void) {
    this.#host = host
    this.#complete = complete
  }

  /** The read under way. */
  get current(): Read | undefined {
    return this.#current
  }

  get trouble(): string | undefined {
    return this.#failures && failuresText(this.#failures, this.#host.clock.now())
  }

  /** Reads a family, or a part of it, soon. `isHint`: other hints may follow, so wait for them. */
  want(object: ObjectName, scope: ReadScope, isHint: boolean): void {
    this.#wanted.add(object, scope, isHint, this.#host.clock.now())
    this.#host.checkQueue()
  }

  /** Sends a link monitor's request: a dump when its turn comes, any other at once. */
  linkRequest(message: Uint8Array): Promise<void> {
    const view = new DataView(message.buffer, message.byteOffset)
    const isLittle = HOST_BYTE_ORDER === 'little'
    const isDump =
      view.getUint16(4, isLittle) === RTM_GETLINK &&
      (view.getUint16(6, isLittle) & NLM_F_DUMP) === NLM_F_DUMP
    if (!isDump) return this.#send(message)
    // It asks again when it has given up: then nobody waits for the end of the dump before.
    this.#linkTurn = undefined
    return new Promise((resolve, reject) => {
      this.#links.push({ message, seq: view.getUint32(8, isLittle), resolve, reject })
      this.#advance()
    })
  }

  /** Nothing is queued: a read that starts now misses nothing. */
  drained(): void {
    if (this.#isPastBarrier) this.#ask()
    else this.#advance(true)
  }

  stop(): void {
    this.#isStopped = true
    this.#stopTimer?.()
    this.#stopPatience()
    this.#current = undefined
    this.#wanted.clear()
  }

  /** Whether a message is the end of the read under way, or its refusal. */
  takeControl({ type, seq, pid, flags }: NetlinkHeader, errno: number): boolean {
    if (pid !== this.#host.portId || (type !== NLMSG_DONE && type !== NLMSG_ERROR)) {
      return false
    }
    if (this.#linkTurn?.seq === seq) {
      this.#linkTurn = undefined
      this.#host.checkQueue()
      return false
    }
    if (this.#barrier !== 0 && seq === this.#barrier) {
      this.#passBarrier()
      return true
    }
    const read = this.#current
    if (!read || seq !== read.seq) return false
    if (flags & NLM_F_DUMP_INTR) read.isInterrupted = true
    this.#finish(read, errno)
    return true
  }

  /** Whether a link message is the answer to the barrier. */
  takeLink({ type, seq, pid, flags }: NetlinkHeader): boolean {
    const isAnswer = type === RTM_NEWLINK && (flags & NLM_F_MULTI) === 0
    if (!isAnswer || this.#barrier === 0 || seq !== this.#barrier || pid !== this.#host.portId) {
      return false
    }
    this.#passBarrier()
    return true
  }

  /** Whether a message is an entry of a dump, of the read under way or of one that was given up. */
  isEntry({ flags, pid }: NetlinkHeader): boolean {
    return (flags & NLM_F_MULTI) !== 0 && pid === this.#host.portId && pid !== 0
  }

  /** The read under way, if a message is an entry of it. */
  readOf(header: NetlinkHeader): Read | undefined {
    const read = this.#current
    const isOfRead = read?.seq === header.seq && header.type === newTypeOf(read.object)
    if (!read || !isOfRead || !this.isEntry(header)) return undefined
    if (header.flags & NLM_F_DUMP_INTR) read.isInterrupted = true
    this.#expectAnswer(read)
    return read
  }

  /** Something was lost: the read under way cannot be trusted. */
  lost(): void {
    if (this.#current && !this.#isSweeping) this.#current.isDamaged = true
  }

  #passBarrier(): void {
    this.#barrier = 0
    this.#isPastBarrier = true
    this.#host.checkQueue()
  }

  /** Starts what is due. A dump of links may start at any time, a read only while the queue is empty. */
  #advance(isDrained = false): void {
    if (this.#isStopped || this.#current || this.#linkTurn) return
    const turn = this.#links.shift()
    if (turn) {
      this.#linkTurn = turn
      this.#send(turn.message).then(turn.resolve, (error) => {
        if (this.#linkTurn === turn) this.#linkTurn = undefined
        turn.reject(error)
      })
      return
    }
    const now = this.#host.clock.now()
    const next = this.#wanted.next()
    if (!next || !isDrained) return
    if (next.dueAt > now) {
      this.#stopTimer?.()
      this.#stopTimer = this.#host.clock.after(next.dueAt - now, () => {
        this.#stopTimer = undefined
        this.#host.checkQueue()
      })
      return
    }
    this.#wanted.take(next)
    this.#current = next.read
    this.#barrier = this.#seq = nextSeq(this.#seq)
    this.#sendFor(next.read, barrierRequest(this.#barrier))
  }

  #ask(): void {
    const read = this.#current
    this.#isPastBarrier = false
    if (!read) return
    this.#seq = nextSeq(this.#seq)
    this.reads++
    this.#startedAt = this.#host.clock.now()
    read.seq = this.#seq
    read.number = this.reads
    this.#sendFor(read, readRequest(read.object, read.scope, read.seq))
  }

  #sendFor(read: Read, message: Uint8Array): void {
    this.#send(message).then(
      () => this.#expectAnswer(read),
      (error: NetlinkError) => this.#current === read && this.#retry(read, error),
    )
  }

  async #send(message: Uint8Array): Promise<void> {
    await this.#host.request?.(message)
  }

  #expectAnswer(read: Read): void {
    if (this.#current !== read || this.#isSweeping) return
    // One timer for all entries of a wake-up.
    if (this.#armedFor === read && this.#armedAt === this.#host.received) return
    this.#armedFor = read
    this.#armedAt = this.#host.received
    this.#stopPatience()
    const giveUp = () => {
      if (this.#current === read) this.#retry(read, readFailure(read, 'no answer'))
    }
    const received = () => this.#host.received
    this.#stopPatience = afterReading(this.#host.clock, ANSWER_MS, giveUp, received)
  }

  #finish(read: Read, errno: number): void {
    if (errno === EBUSY) this.busy++
    if (read.isInterrupted) this.interrupted++
    if (errno !== 0 && !NOTHING_THERE.has(errno)) {
      const error = readFailure(read, `errno ${-errno} from the kernel`, errno)
      if (this.#hasSynced || mayPass(errno)) this.#retry(read, error)
      else this.#host.failed(error)
      return
    }
    const mayImprove = read.isDamaged && (this.#failures?.count ?? 0) + 1 < DAMAGED_TRIES
    if (read.isInterrupted || mayImprove) {
      this.#retry(read, readFailure(read, 'one during which it changed'))
      return
    }
    this.#stopPatience()
    this.#failures = undefined
    this.#isSweeping = true
    this.#complete(read, () => {
      this.#isSweeping = false
      if (this.#isStopped) return
      this.#current = undefined
      this.#hasSynced ||= this.#wanted.size === 0
      this.#wanted.took(read, this.#host.clock.now() - this.#startedAt)
      this.#advance()
      this.#host.checkQueue()
    })
  }

  #retry(read: Read, error: NetlinkError): void {
    this.#stopPatience()
    this.#current = undefined
    this.#barrier = 0
    this.#isPastBarrier = false
    const now = this.#host.clock.now()
    this.#failures = failedAgain(this.#failures, error, now)
    if (!this.#hasSynced && now - this.#failures.since >= this.#host.patience) {
      this.#host.failed(givenUp(this.#failures, now))
      return
    }
    const delay = Math.min(RETRY_MS * (this.#failures.count - 1), RETRY_MAX_MS)
    this.#wanted.again(read, now + delay)
    this.#advance()
    this.#host.checkQueue()
  }
}
