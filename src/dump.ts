// Asking the kernel for every link, once, on a socket of its own. Node only.

import { NLM_F_DUMP_INTR } from '../assembly/contract.js'
import { dumpRequest } from './dump-request.js'
import { NetlinkError } from './errors.js'
import { KernelFeed } from './feed.js'
import type { Link } from './link.js'
import { errnoText } from './open.js'
import type { NetlinkMessage } from './records.js'
import { LinkTable } from './table.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from './waiting.js'

/** How often a dump that the kernel calls inconsistent (NLM_F_DUMP_INTR) is asked for in all. */
const DUMP_TRIES = 8

/**
 * The links of this process's network namespace, as `ip -j -d link` shows them.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL with `errno`
 *   when the kernel refuses, ERR_NETLINK_DUMP_INTERRUPTED when links kept changing through every try;
 *   a `TimeoutError`; the signal's reason
 */
export async function dumpLinks(options: WaitOptions = {}): Promise<Link[]> {
  const deadline = new Deadline(options)
  try {
    deadline.signal?.throwIfAborted()
    return await dumpWithin(deadline)
  } finally {
    deadline.close()
  }
}

async function dumpWithin(deadline: Deadline): Promise<Link[]> {
  let dump = new Dump(0)
  const feed = new KernelFeed(0, {
    messages: (messages) => dump.take(messages),
    overrun: () => dump.interrupt(),
    drained: () => {},
    failed: (error) => dump.fail(error),
  })
  try {
    for (let seq = 1; seq <= DUMP_TRIES; seq++) {
      dump = new Dump(seq)
      const asked = feed.request(dumpRequest(seq)).then(() => dump.done)
      const table = await deadline.race(asked)
      if (table === TIMED_OUT) throw timeoutError('the dump of links')
      if (table) return table.links()
    }
    throw new NetlinkError(
      'ERR_NETLINK_DUMP_INTERRUPTED',
      `expected a consistent dump of links, got ${DUMP_TRIES} that changes interrupted`,
    )
  } finally {
    feed.close()
  }
}

/** One dump: what the kernel answers to the request of sequence number `seq`. */
export class Dump {
  readonly seq: number
  /** The links; or undefined where they changed meanwhile (NLM_F_DUMP_INTR), so that it has to be asked again. */
  readonly done: Promise<LinkTable | undefined>
  readonly #table = new LinkTable()
  #isInterrupted = false
  #settle: (table: LinkTable | undefined) => void = () => {}
  fail: (error: NetlinkError) => void = () => {}

  constructor(seq: number) {
    this.seq = seq
    this.done = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.fail = reject
    })
    // Nobody may be waiting yet, or any more.
    this.done.catch(() => {})
  }

  /** Takes what has arrived; what does not answer this request is passed over. */
  take(messages: NetlinkMessage[]): void {
    for (const message of messages) {
      if (message.kind === 'malformed') {
        if (message.error.code !== 'ERR_NETLINK_FOREIGN_SENDER') this.fail(message.error)
      } else if (message.header.seq === this.seq) {
        this.#answer(message)
      }
    }
  }

  #answer(message: Exclude<NetlinkMessage, { kind: 'malformed' }>): void {
    if (message.header.flags & NLM_F_DUMP_INTR) this.#isInterrupted = true
    this.#table.apply(message)
    if (message.kind !== 'control') return
    if (message.errno !== 0) this.fail(refused(message.errno))
    else this.#settle(this.#isInterrupted ? undefined : this.#table)
  }

  /** The answer has a hole. */
  interrupt(): void {
    this.#settle(undefined)
  }
}

function refused(errno: number): NetlinkError {
  const code = 'ERR_NETLINK_KERNEL'
  return new NetlinkError(code, `expected a dump of links, got ${errnoText(errno)}`, { errno })
}
