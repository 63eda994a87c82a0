// One question each: which way a packet goes, the default route, the addresses of all links. No monitor is needed.
// In: arguments. Out: the answer of the kernel, asked on a socket that is closed again.

import {
  AF_INET,
  AF_INET6,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../assembly/contract.js'
import { checkObject, shown } from '../base/argument-checks.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import type { ShimOptions } from '../kernel/addon.js'
import { kernelFeed } from '../kernel/kernel-feed.js'
import type { FeedHandler, MessageFeed } from '../kernel/message-feed.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import { type DatagramSource, SourceFeed } from '../kernel/source-feed.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { toAddress } from '../objects/address-object.js'
import { toLink } from '../objects/link-object.js'
import { type Route, toRoute } from '../objects/route-object.js'
import { hostText } from '../objects/value-forms.js'
import { dumpRequest } from './link-dump-request.js'
import type { LinkRef } from './link-map.js'
import { findIfindex } from './link-map.js'
import { LinkTable } from './link-table.js'
import { checkInetFamily, checkLink, type InetFamily } from './network-wait.js'
import { readRequest } from './read-requests.js'
import { addressBytes, RouteLookups } from './route-lookup.js'

export interface QuestionOptions extends WaitOptions, ShimOptions {
  /** Where to ask, instead of a socket that is opened for it. */
  socket?: DatagramSource | undefined
}

export interface RouteToOptions extends QuestionOptions {
  /** The source address of the packet. */
  from?: string | undefined
  /** The link that it is to leave by. */
  link?: LinkRef | undefined
  /** Its firewall mark. */
  mark?: number | undefined
}

const RECEIVE_BUFFER_BYTES = 1024 * 1024
const RT_TABLE_MAIN = 254
const RTN_UNICAST = 1
const RTM_F_CLONED = 0x200
const TRIES = 8

/**
 * The route that a packet to an address takes, by the kernel's own lookup, as `ip route get` has it; undefined if there
 * is none.
 *
 * @throws RangeError for what is no address or no link; NetlinkError ERR_NETLINK_KERNEL, ERR_NETLINK_SOCKET,
 *   ERR_NETLINK_UNSUPPORTED; a `TimeoutError`; the signal's reason
 */
export async function routeTo(
  address: string,
  options: RouteToOptions = {},
): Promise<Route | undefined> {
  checkObject('options', options)
  const { from, link, mark, ...rest } = options
  const to = addressBytes('address', address)
  const source = from === undefined ? undefined : addressBytes('from', from)
  if (link !== undefined) checkLink('link', link)
  if (mark !== undefined && !(Number.isInteger(mark) && mark >= 0 && mark <= 0xffffffff)) {
    throw outOfRange(`expected mark to be a 32-bit number, got ${shown(mark)}`)
  }
  return asking(rest, async (asker) => {
    const links = await asker.links()
    const ifindex = link === undefined ? undefined : findIfindex(links, link)
    if (link !== undefined && ifindex === undefined) return undefined
    const record = await asker.lookup({ to, from: source, ifindex, mark })
    return record && toRoute(record, (index) => links.get(index))
  })
}

/**
 * The default route of the main table with the least metric whose link is not down; undefined if there is none. Without
 * `family`, IPv4's comes before IPv6's.
 *
 * @throws as `routeTo()`
 */
export async function defaultGateway(
  family?: InetFamily,
  options: QuestionOptions = {},
): Promise<Route | undefined> {
  if (family !== undefined) checkInetFamily('family', family)
  checkObject('options', options)
  const families =
    family === undefined ? [AF_INET, AF_INET6] : [family === 'inet' ? AF_INET : AF_INET6]
  return asking(options, async (asker) => {
    const links = await asker.links()
    for (const number of families) {
      const best = await asker.defaultRoute(number)
      if (best) return toRoute(best, (index) => links.get(index))
    }
    return undefined
  })
}

/** An address as `os.networkInterfaces()` has it. */
export interface InterfaceAddress {
  address: string
  netmask: string
  family: 'IPv4' | 'IPv6'
  mac: string
  /** Whether its link is a loopback. */
  internal: boolean
  /** With the prefix length: "192.0.2.7/24". */
  cidr: string
  /** IPv6 alone: ifindex of a link-local address, 0 of another. */
  scopeid?: number
}

/**
 * The addresses of every link, by its name: the shape of `os.networkInterfaces()`, but with links that are down, and with
 * links that have no address.
 *
 * @throws as `routeTo()`
 */
export async function networkInterfaces(
  options: QuestionOptions = {},
): Promise<Record<string, InterfaceAddress[]>> {
  checkObject('options', options)
  return asking(options, async (asker) => {
    const links = await asker.links()
    const named = new Map(
      Array.from(links.values(), (record) => [record.ifindex, toLink(record, (n) => links.get(n))]),
    )
    const found: Record<string, InterfaceAddress[]> = Object.create(null)
    for (const { ifname } of named.values()) found[ifname] = []
    for (const family of [AF_INET, AF_INET6]) {
      for (const message of await asker.dump((seq) => readRequest('address', { family }, seq))) {
        if (message.kind !== 'address' || message.address.family !== family) continue
        const address = toAddress(message.address)
        const link = named.get(address.ifindex)
        if (!link || address.local === undefined) continue
        const { local, prefixlen, scope } = address
        found[link.ifname]?.push({
          address: local,
          netmask: netmask(prefixlen, family),
          family: family === AF_INET ? 'IPv4' : 'IPv6',
          mac: link.address ?? '00:00:00:00:00:00',
          internal: link.flags.includes('LOOPBACK'),
          cidr: `${local}/${prefixlen}`,
          ...(family === AF_INET6 && { scopeid: scope === 'link' ? link.ifindex : 0 }),
        })
      }
    }
    return found
  })
}

function netmask(bits: number, family: number): string {
  const mask = Uint8Array.from({ length: family === AF_INET ? 4 : 16 }, (_, n) =>
    bits >= n * 8 + 8 ? 255 : bits <= n * 8 ? 0 : (0xff00 >> (bits - n * 8)) & 0xff,
  )
  return hostText(mask, family)
}

/** Opens a socket, has `use` ask on it, and closes it. */
async function asking<T>(
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
class QuestionSocket {
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
      failed: (error) => this.#fail(error),
    })
  }

  close(): void {
    this.#feed.close()
  }

  async links(): Promise<LinkTable> {
    const links = new LinkTable()
    for (const message of await this.dump(dumpRequest)) {
      if (message.kind === 'link') links.set(message.link.ifindex, message.link as LinkRecord)
    }
    return links
  }

  lookup(target: Parameters<RouteLookups['ask']>[0]): ReturnType<RouteLookups['ask']> {
    const { request } = this.#feed
    if (!request) throw unable()
    return this.#lookups.ask(target, request)
  }

  async defaultRoute(family: number) {
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
