// Asking the kernel for every link: an RTM_GETLINK dump on a socket of its own. Node only.
//
//   nlmsghdr             ifinfomsg   rtattr IFLA_EXT_MASK
//  +--------------------+-----------+------------------------+
//  | 40, RTM_GETLINK,   | zeros     | RTEXT_FILTER_SKIP_STATS|   statistics would double the answer
//  +--------------------+-----------+------------------------+

import {
  IFINFOMSG_SIZE,
  IFLA_EXT_MASK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETLINK,
} from '../assembly/contract.js'
import { attribute, message } from './build.js'
import { HOST_BYTE_ORDER } from './decode.js'
import { NetlinkError } from './errors.js'
import { Feed } from './feed.js'
import type { Link } from './link.js'
import { errnoText } from './open.js'
import type { NetlinkMessage } from './records.js'
import { LinkTable } from './table.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from './waiting.js'

/** How often a dump that the kernel calls inconsistent (NLM_F_DUMP_INTR) is asked for in all. */
const DUMP_TRIES = 8

export function dumpRequest(seq: number): Uint8Array {
  const byteOrder = HOST_BYTE_ORDER
  return message(
    { type: RTM_GETLINK, flags: NLM_F_REQUEST | NLM_F_DUMP, seq, byteOrder },
    new Uint8Array(IFINFOMSG_SIZE),
    attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS, { byteOrder }),
  )
}

/**
 * The links of this process's network namespace, as `ip -j -d link` shows them.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET, ERR_NETLINK_KERNEL with `errno`
 *   when the kernel refuses, ERR_NETLINK_DUMP_INTERRUPTED when links kept changing through every try;
 *   a `TimeoutError`; the signal's reason
 */
export async function dumpLinks(options: WaitOptions = {}): Promise<Link[]> {
  const deadline = new Deadline(options)
  deadline.signal?.throwIfAborted()
  let settle: (messages: NetlinkMessage[]) => void = () => {}
  let fail: (error: NetlinkError) => void = () => {}
  const feed = new Feed(0, {
    messages: (messages) => settle(messages),
    overrun: () => fail(interrupted()),
    failed: (error) => fail(error),
  })
  try {
    for (let seq = 1; seq <= DUMP_TRIES; seq++) {
      const answer = new Promise<LinkTable | undefined>((resolve, reject) => {
        const dump = new Dump(seq)
        fail = reject
        settle = (messages) => {
          try {
            if (dump.take(messages)) resolve(dump.isInterrupted ? undefined : dump.table)
          } catch (error) {
            reject(error)
          }
        }
      })
      answer.catch(() => {})
      const asked = feed.request(dumpRequest(seq)).then(() => answer)
      const table = await deadline.race(asked)
      if (table === TIMED_OUT) throw timeoutError('the dump of links')
      if (table) return table.links()
    }
    throw interrupted()
  } finally {
    feed.close()
  }
}

/** One dump's answers. */
class Dump {
  readonly table = new LinkTable()
  isInterrupted = false
  readonly #seq: number

  constructor(seq: number) {
    this.#seq = seq
  }

  /** Takes what arrived; true once the dump is complete. */
  take(messages: NetlinkMessage[]): boolean {
    for (const message of messages) {
      if (message.kind === 'malformed') throw message.error
      const { type, flags, seq } = message.header
      if (seq !== this.#seq) continue
      if (flags & NLM_F_DUMP_INTR) this.isInterrupted = true
      if (message.kind === 'control' && message.errno !== 0) throw refused(message.errno)
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return true
      this.table.apply(message)
    }
    return false
  }
}

function refused(errno: number): NetlinkError {
  const code = 'ERR_NETLINK_KERNEL'
  return new NetlinkError(code, `expected a dump of links, got ${errnoText(errno)}`, { errno })
}

function interrupted(): NetlinkError {
  return new NetlinkError(
    'ERR_NETLINK_DUMP_INTERRUPTED',
    `expected a consistent dump of links, got ${DUMP_TRIES} that were interrupted by changes`,
  )
}
