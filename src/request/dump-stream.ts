// A dump: the entries of a table, as a stream or as an array.
// In: a request, and how to open a socket for it. Out: the entries of one consistent dump.
//
//   open a socket ─▶ ask ─▶ entries, a wake-up at a time ─▶ NLMSG_DONE ─▶ close
//         ▲                    │
//         └────────────────────┘ NLM_F_DUMP_INTR, while nothing was handed out

import { type Clock, realClock } from '../base/clock.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { TreeNode } from '../tree/node.js'
import { BatchIterator } from './batch-iterator.js'
import type { Conversation, PreparedRequest } from './conversation.js'

/** What a dump needs of its owner. */
export interface DumpOwner {
  /** Opens a socket for one dump. */
  converse(onWakeUp: () => void): Conversation
  /** Closes it. */
  release(conversation: Conversation): void
  /** @throws for a request that cannot be sent */
  prepare(): PreparedRequest | Promise<PreparedRequest>
  clock?: Clock | undefined
}

/** The pause before the second try, in milliseconds. Each further pause is longer by this. */
const RETRY_MS = 20
const RETRY_MAX_MS = 200
/** How many tries a dump gets: about 20 seconds, if the table changes all the time. */
const TRIES_MAX = 100

/** The entries of a table: iterate over them as they arrive, or `await` them all. The request is sent when either starts. */
export class DumpStream<T> implements AsyncIterable<T>, PromiseLike<T[]> {
  readonly #owner: DumpOwner
  readonly #limits: WaitOptions
  readonly #entry: (message: TreeNode) => T
  #whole: Promise<T[]> | undefined

  /** @internal */
  constructor(owner: DumpOwner, limits: WaitOptions, entry: (message: TreeNode) => T) {
    this.#owner = owner
    this.#limits = limits
    this.#entry = entry
  }

  /** Every entry. An interrupted dump is repeated. */
  // biome-ignore lint/suspicious/noThenProperty: `await` is one of the two ways to read a dump.
  then<A = T[], B = never>(
    onFulfilled?: ((entries: T[]) => A | PromiseLike<A>) | null,
    // biome-ignore lint/suspicious/noExplicitAny: as PromiseLike has it.
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#whole ??= this.#collect()
    return this.#whole.then(onFulfilled, onRejected)
  }

  async #collect(): Promise<T[]> {
    let entries: T[] = []
    for await (const batch of this.#batches(() => true)) {
      if (batch === AGAIN) entries = []
      else for (const entry of batch) entries.push(entry)
    }
    return entries
  }

  /** Yields one entry after the other, and reads from the socket only as needed. Leaving the loop closes the socket. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new BatchIterator(this.#untilTaken())
  }

  /** Batches of a dump that is not repeated once one of them was taken. */
  async *#untilTaken(): AsyncGenerator<T[], void> {
    let isUntouched = true
    for await (const batch of this.#batches(() => isUntouched)) {
      if (batch === AGAIN) continue
      isUntouched = false
      yield batch
    }
  }

  /** The entries of each wake-up; AGAIN if the dump is restarted, which `mayRepeat` must allow. */
  async *#batches(mayRepeat: () => boolean): AsyncGenerator<T[] | typeof AGAIN> {
    const { clock = realClock } = this.#owner
    let received = () => 0
    const deadline = new Deadline(this.#limits, clock, () => received())
    try {
      const prepared = await this.#owner.prepare()
      for (let tries = 1; ; tries++) {
        try {
          const attempt = new Attempt(this.#owner, prepared, deadline, this.#entry)
          received = () => attempt.wakeUps
          yield* attempt.batches()
          return
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error
          if (!mayRepeat() || tries === TRIES_MAX) throw interruptedError(prepared, tries)
        }
        yield AGAIN
        await pause(Math.min(RETRY_MS * (tries - 1), RETRY_MAX_MS), clock, deadline, prepared)
      }
    } finally {
      deadline.close()
    }
  }
}

const AGAIN: unique symbol = Symbol('again')

class Interrupted extends Error {}

/** One try, on a socket of its own. */
class Attempt<T> {
  wakeUps = 0
  readonly #owner: DumpOwner
  readonly #prepared: PreparedRequest
  readonly #deadline: Deadline
  readonly #entry: (message: TreeNode) => T
  #entries: T[] = []
  #isInterrupted = false
  #isOver = false
  #failure: { error: unknown } | undefined
  #wake = () => {}

  constructor(
    owner: DumpOwner,
    prepared: PreparedRequest,
    deadline: Deadline,
    entry: (message: TreeNode) => T,
  ) {
    this.#owner = owner
    this.#prepared = prepared
    this.#deadline = deadline
    this.#entry = entry
  }

  /** @throws Interrupted instead of the first batch with NLM_F_DUMP_INTR */
  async *batches(): AsyncGenerator<T[]> {
    const conversation = this.#owner.converse(() => {
      this.wakeUps++
      // One batch is enough. The rest waits in the kernel.
      if (this.#entries.length > 0) conversation.pause()
      this.#wake()
    })
    this.#ask(conversation).then(
      () => this.#end(conversation),
      (error) => this.#end(conversation, { error }),
    )
    try {
      for (;;) {
        while (this.#entries.length === 0 && !this.#isOver) {
          const woken = new Promise<void>((resolve) => {
            this.#wake = resolve
          })
          conversation.resume()
          await woken
        }
        if (this.#failure) throw this.#failure.error
        if (this.#isInterrupted) throw new Interrupted()
        if (this.#entries.length === 0) return
        const batch = this.#entries
        this.#entries = []
        yield batch
      }
    } finally {
      this.#owner.release(conversation)
    }
  }

  #end(conversation: Conversation, failure?: { error: unknown }): void {
    this.#isOver = true
    this.#failure = failure
    this.#owner.release(conversation)
    this.#wake()
  }

  async #ask(conversation: Conversation): Promise<void> {
    let count = 0
    try {
      await conversation.ask(this.#prepared, this.#deadline, {
        take: (message) => {
          count++
          this.#entries.push(this.#entry(message))
        },
        interrupted: () => {
          this.#isInterrupted = true
        },
      })
    } catch (error) {
      if (count > 0 || !isMissingTable(error as NetlinkError)) throw error
    }
  }
}

const ENOENT = -2

/** The errno of a strict dump of a routing table that does not exist: "FIB table does not exist". */
function isMissingTable({ errno, extack = '' }: NetlinkError): boolean {
  return errno === ENOENT && extack.endsWith('table does not exist')
}

async function pause(
  ms: number,
  clock: Clock,
  deadline: Deadline,
  { operation }: PreparedRequest,
): Promise<void> {
  let stop = () => {}
  const over = new Promise<void>((resolve) => {
    stop = clock.after(ms, resolve)
  })
  try {
    if ((await deadline.race(over)) === TIMED_OUT) throw timeoutError(`the dump by ${operation}`)
  } finally {
    stop()
  }
}

function interruptedError({ operation }: PreparedRequest, tries: number): NetlinkError {
  const after = tries === 1 ? '' : ` at ${tries} tries`
  return new NetlinkError(
    'ERR_NETLINK_DUMP_INTERRUPTED',
    `expected a consistent dump by ${operation}, got one that changes interrupted${after}`,
  )
}
