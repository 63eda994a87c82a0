// A socket to ask on, without a schema: dumps and lookups, made from constants, one after another.
// In: how to connect. Out: the messages that answer.

import { NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from '../../assembly/contract.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import type { ShimOptions } from '../kernel/addon.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import { type DatagramSource, SourceFeed } from '../kernel/source-feed.js'
import type { NetlinkMessage } from '../message/read-message.js'
import type { RouteRecord } from '../message/route-record.js'
import { dumpRequest } from './link-dump-request.js'
import { LinkTable } from './link-table.js'
import { readRequest } from './read-requests.js'
import { type LookupTarget, RouteLookups } from './route-lookup.js'

export interface QuestionOptions extends WaitOptions, ShimOptions {
  /** Where to ask, instead of a socket that is opened for it. */
  socket?: DatagramSource | undefined
}

const RECEIVE_BUFFER_BYTES = 1024 * 1024
const RT_TABLE_MAIN = 254
const RTN_UNICAST = 1
const RTM_F_CLONED = 0x200
const TRIES = 8

/** Opens a socket, has `use` ask on it, and closes it. */
export async function asking<T>(
  { socket, shim, ...limits }: QuestionOptions,
  use: (asker: QuestionSocket) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(limits, socket?.clock, () => asker?.received ?? 0)
  let asker: QuestionSocket | undefined
  try {
    deadline.signal?.throwIfAborted()
    const connect = (handler: FeedHandler): MessageFeed => {
      if (socket) return new SourceFeed(socket, handler)
      const options = { receiveBufferBytes: RECEIVE_BUFFER_BYTES, shim }
      try {
        return kernelFeed(0, handler, { ...options, getStrictChk: true })
      } catch (error) {
        // Before Linux 4.20: dumps have more than was asked for.
        if ((error as NetlinkError).errno !== ENOPROTOOPT) throw error
        return kernelFeed(0, handler, options)
      }
    }
    asker = new QuestionSocket(connect)
    const answer = use(asker)
    answer.catch(() => {})
    const result = await deadline.race(answer)
    if (result === TIMED_OUT) throw timeoutError('the answer of the kernel')
    return result
  } finally {
    asker?.close()
    deadline.close()
  }
}

const ENOPROTOOPT = -92

/** Answers to one request after another. */
export class QuestionSocket {
  received = 0
  readonly #feed: MessageFeed
  readonly #lookups = new RouteLookups()
  #seq = firstSeq()
  #take: (message: NetlinkMessage) => void = () => {}
  #fail: (error: NetlinkError) => void = () => {}

  constructor(connect: (handler: FeedHandler) => MessageFeed) {
    this.#feed = connect({
      messages: (messages) => {
        this.received++
        for (const message of messages) {
          if (!this.#lookups.take(message, this.#feed.portId)) this.#take(message)
        }
      },
      overrun: () => {
        this.#lookups.lost()
        this.#fail(lost())
      },
      drained: () => {},
      failed: (error) => {
        this.#lookups.lost(error)
        this.#fail(error)
      },
    })
  }

  close(): void {
    this.#feed.close()
  }

  async links(): Promise<LinkTable> {
    const links = new LinkTable()
    for (const message of await this.dump(dumpRequest)) {
      if (message.kind === 'link') links.set(message.link.ifindex, message.link)
    }
    return links
  }

  async lookup(target: LookupTarget): Promise<RouteRecord | undefined> {
    const { request } = this.#feed
    if (!request) throw unable()
    return this.#lookups.ask(target, request)
  }

  /** The default route of the main table with the least metric, whose link is not down. */
  async defaultRoute(family: number): Promise<RouteRecord | undefined> {
    const scope = { family, table: RT_TABLE_MAIN }
    const found = (await this.dump((seq) => readRequest('route', scope, seq), isDefault)).flatMap(
      (message) =>
        message.kind === 'route' && message.route.family === family ? [message.route] : [],
    )
    const byMetric = (route: { priority: number | undefined }) => route.priority ?? 0
    return found.sort((a, b) => byMetric(a) - byMetric(b))[0]
  }

  /** A dump, asked for again while it is interrupted. What `accepts` does not accept is left out. */
  async dump(
    request: (seq: number) => Uint8Array,
    accepts: (message: NetlinkMessage) => boolean = () => true,
  ): Promise<NetlinkMessage[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#dumpOnce(request, accepts)
      } catch (error) {
        const { code } = error as NetlinkError
        if (code !== 'ERR_NETLINK_DUMP_INTERRUPTED' || tries === TRIES) throw error
      }
    }
  }

  async #dumpOnce(
    request: (seq: number) => Uint8Array,
    accepts: (message: NetlinkMessage) => boolean,
  ): Promise<NetlinkMessage[]> {
    const { request: send, portId } = this.#feed
    if (!send) throw unable()
    this.#seq = nextSeq(this.#seq)
    const seq = this.#seq
    const found: NetlinkMessage[] = []
    const answered = new Promise<void>((resolve, reject) => {
      let isInterrupted = false
      this.#fail = reject
      this.#take = (message) => {
        if (message.kind === 'malformed') {
          reject(message.error)
          return
        }
        const { header } = message
        if (header.seq !== seq || header.pid !== portId) return
        if (header.flags & NLM_F_DUMP_INTR) isInterrupted = true
        if (message.kind !== 'control') {
          if (accepts(message)) found.push(message)
        } else if (header.type === NLMSG_DONE || header.type === NLMSG_ERROR) {
          if (isInterrupted) reject(lost())
          else if (message.errno === 0 || EMPTY.has(message.errno)) resolve()
          else reject(refusedQuestion(message.errno))
        }
      }
    })
    answered.catch(() => {})
    await send(request(seq))
    await answered
    return found
  }
}

/** No such table, no such family. */
const EMPTY: ReadonlySet<number> = new Set([-2, -95, -97])
const RTNH_F_DEAD = 0x1
const RTNH_F_LINKDOWN = 0x10

function isDefault(message: NetlinkMessage): boolean {
  if (message.kind !== 'route') return false
  const { dstLength, type, flags, table, headerTable } = message.route
  const isOpen = (flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) === 0
  const isMain = (table ?? headerTable) === RT_TABLE_MAIN && (flags & RTM_F_CLONED) === 0
  return dstLength === 0 && type === RTN_UNICAST && isOpen && isMain
}

function lost(): NetlinkError {
  const text = 'expected a whole answer, got one during which the network changed'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', text)
}

function refusedQuestion(errno: number): NetlinkError {
  const text = `expected an answer, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', text, { errno })
}

function unable(): NetlinkError {
  const text = 'expected a socket that takes requests, got one without send()'
  return new NetlinkError('ERR_NETLINK_UNSUPPORTED', text)
}
