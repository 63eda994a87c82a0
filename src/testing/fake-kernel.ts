// A kernel for tests: keeps links, answers dumps, sends notifications, and fails on demand.
// In: calls that change its links or inject faults. Out: the datagrams that a real kernel would send, through
// recv(). Needs no root and no Linux, and knows nothing of the monitor that is tested with it.

import {
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  RTM_DELLINK,
  RTM_GETLINK,
} from '../../assembly/contract.js'
import { checkList } from '../base/argument-checks.js'
import { Deadline, type WaitOptions } from '../base/deadline.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import type { OpenEndpoint } from '../kernel/recording-endpoint.js'
import type { Datagram, DatagramSource } from '../kernel/source-feed.js'
import { concat, doneMessage, errorMessage, type HeaderFields } from '../message/builders.js'
import { decodeMessages } from '../message/decode.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NetlinkHeader, NetlinkMessage } from '../message/read-message.js'
import { FakeLinks } from './fake-links.js'
import { FakeNetwork, type NetworkAnswer, type ToBytes } from './fake-network.js'
import { type FakeAnswer, type FakeHandler, FakeRequests } from './fake-requests.js'
import { Inject } from './inject.js'
import { linkBytes, portBytes } from './link-bytes.js'
import type { FakeLinkFields } from './link-fields.js'

export interface FakeKernelOptions {
  /** The links at the start. */
  links?: Iterable<FakeLinkFields>
  /** The port id of its socket. Default: 4242. */
  portId?: number
  /** How many messages a datagram of a dump has. Default: 4. */
  linksPerDatagram?: number
}

const ENODEV = -19
const EOPNOTSUPP = -95
const ENOBUFS = -105
/**
 * A kernel for tests of whole agents, without root and without Linux: the socket of a link monitor.
 *
 *     const kernel = fakeKernel({ links: [{ ifname: 'lo', type: 772, operstate: OPER_UNKNOWN }] })
 *     const monitor = await openLinkMonitor({ socket: kernel })
 *     const attached = monitor.waitForAttach({ timeout: 1000 })
 *     kernel.add({ ifname: 'eth0' })
 *     console.log((await attached).ifname)
 *
 * A change of a link has no side effects on others: removing a bridge does not release its ports. Its addresses and
 * routes go as a real kernel's do: see `network`.
 */
export function fakeKernel(options: FakeKernelOptions = {}): FakeKernel {
  return new FakeKernel(options)
}

/** A kernel for tests: see `fakeKernel()`. */
export class FakeKernel implements DatagramSource {
  readonly framing = 'datagram'
  readonly portId: number
  /** Injects faults. */
  readonly inject: Inject
  /** Its addresses, routes, neighbours and rules. */
  readonly network: FakeNetwork
  /** Dump requests received. */
  dumps = 0
  /** Requests received for one link. */
  asked = 0
  readonly #links: FakeLinks
  readonly #requests: FakeRequests
  readonly #linksPerDatagram: number
  readonly #queue: Datagram[] = []
  readonly #errnos: number[] = []
  #isEnded = false
  /** As NETLINK_S_CONGESTED in the kernel: set by an overrun, cleared when the queue is empty. */
  #isCongested = false
  #wake = () => {}

  /** @internal */
  constructor({ links = [], portId = 4242, linksPerDatagram = 4 }: FakeKernelOptions) {
    checkList('links', links)
    if (!(Number.isInteger(linksPerDatagram) && linksPerDatagram > 0)) {
      throw outOfRange(`expected linksPerDatagram to be 1 or more, got ${linksPerDatagram}`)
    }
    this.portId = portId
    this.#linksPerDatagram = linksPerDatagram
    this.#links = new FakeLinks(links)
    this.inject = new Inject({
      push: (datagram, meta) => this.push(datagram, meta),
      fail: (errno) => this.#fail(errno),
    })
    this.network = new FakeNetwork({
      tell: (event) => this.#tell(event),
      link: (ifindex) => this.#links.all.get(ifindex),
    })
    this.#requests = new FakeRequests(
      {
        dumpLinks: (header) => this.#entries(header),
        link: (ifindex, header) => this.#answer(ifindex, header),
        takeDump: () => this.inject.takeDump(),
        perDatagram: linksPerDatagram,
      },
      portId,
    )
  }

  /** Its links as they are now, by ifindex. */
  get links(): ReadonlyMap<number, LinkRecord> {
    return this.#links.all
  }

  // --- changes: each sends its event ---------------------------------------------------------------

  /**
   * Adds a link and returns its ifindex. Default: an Ethernet link that is up, named "eth" and its ifindex.
   *
   * Of `flags`, `operstate` and `carrier`, those that you leave out follow from those that you give.
   *
   * @throws TypeError for an unknown field, or a value of another type; RangeError for what a kernel refuses: a name that
   *   is taken or invalid, an ifindex that is taken, an unknown master, a number that is out of range, an operstate or a
   *   carrier that contradicts the flags. Limits of single drivers are not checked.
   */
  add(fields: FakeLinkFields = {}): number {
    const link = this.#links.add(fields)
    this.#tell(linkBytes(link))
    return link.ifindex
  }

  /**
   * Changes fields; `undefined` removes an attribute, as in `{ master: undefined }`.
   *
   * @throws TypeError or RangeError as `add()`; RangeError for an unknown `ifindex`
   */
  change(ifindex: number, fields: FakeLinkFields): void {
    const link = this.#links.change(ifindex, fields)
    this.#tell(linkBytes(link))
    this.network.linkChanged(ifindex, link)
  }

  /** @throws TypeError or RangeError as `change()` */
  rename(ifindex: number, ifname: string): void {
    this.change(ifindex, { ifname })
  }

  /**
   * Plugs the cable in or out: changes carrier, flags, operstate and counters. Does nothing if the carrier is the same.
   *
   * @throws RangeError for an unknown `ifindex`
   */
  setCarrier(ifindex: number, isUp: boolean): void {
    const link = this.#links.get(ifindex)
    if ((link.carrier === 1) === isUp) return
    const { carrierChanges = 0, carrierUpCount = 0, carrierDownCount = 0 } = link
    this.change(ifindex, {
      carrier: isUp ? 1 : 0,
      carrierChanges: carrierChanges + 1,
      carrierUpCount: carrierUpCount + (isUp ? 1 : 0),
      carrierDownCount: carrierDownCount + (isUp ? 0 : 1),
    })
  }

  /** @throws RangeError for an unknown `ifindex` */
  remove(ifindex: number): void {
    const link = this.#links.remove(ifindex)
    this.network.linkChanged(ifindex, undefined)
    this.#tell(linkBytes(link, { type: RTM_DELLINK }))
  }

  /** Sends a bridge's message about its port, with the port's ifindex. With RTM_DELLINK the link is no longer a port. */
  tellPort(ifindex: number, type?: number): void {
    this.#tell(portBytes(this.#links.get(ifindex), type === undefined ? {} : { type }))
  }

  // --- requests: see `openNetlink()` ---------------------------------------------------------------

  /**
   * Answers requests for an operation of a family, both by the schema's names. `do()` and dumps call the same handler.
   *
   *     kernel.on('rt-route', 'getroute', ({ body }) => ({ 'rtm-family': 'inet', dst: body.dst, oif: 2 }))
   *     await using rt = await openNetlink('rt-route', { open: kernel.open })
   *
   * Without a handler, dumps of links are answered with its links, and other requests are refused with EOPNOTSUPP.
   */
  on(family: string, operation: string, handler: FakeHandler): void {
    this.#requests.on(family, operation, handler)
  }

  /** Opens one more socket: the option `open` of `openNetlink()`. */
  get open(): OpenEndpoint {
    return this.#requests.open
  }

  /** How many sockets of `open` are open. */
  get sockets(): number {
    return this.#requests.sockets
  }

  /** Sends a message to all sockets in a group of the family's protocol. */
  tell(family: string, operation: string, body: FakeAnswer): Promise<void> {
    return this.#requests.tell(family, operation, body)
  }

  // --- the socket of a link monitor ------------------------------------------------------------------------------------

  /** Queues a datagram as it is: a recorded one, a malformed one, or one from another process. */
  push(datagram: Uint8Array, meta: { portId?: number } = {}): void {
    const { trueLength } = datagram as Datagram
    this.#queue.push(Object.assign(datagram.slice(), trueLength && { trueLength }, meta))
    this.#wake()
  }

  /** Ends the source: iterations of a monitor end once the queue is empty. */
  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#errnos.length === 0
  }

  async recv(options: WaitOptions = {}): Promise<Datagram | null> {
    const deadline = new Deadline(options)
    try {
      deadline.signal?.throwIfAborted()
      if (this.isEmpty && !this.#isEnded) {
        await deadline.race(
          new Promise<void>((resolve) => {
            this.#wake = resolve
          }),
        )
      }
    } finally {
      deadline.close()
    }
    const errno = this.#errnos.shift()
    const datagram = errno === undefined ? this.#queue.shift() : undefined
    if (this.#queue.length === 0) this.#isCongested = false
    if (errno !== undefined) throw receiveError(errno)
    return datagram ?? null
  }

  /** Answers requests for links, addresses, routes, neighbours and rules; any other is refused with EOPNOTSUPP. */
  send(request: Uint8Array): void {
    for (const message of decodeMessages(request)) {
      const { kind, header } = message
      if (kind === 'malformed' || !header) continue
      const answer = this.#answerTo(message, request)
      if ('dump' in answer) this.#dump(header, request, answer.dump)
      else if ('one' in answer) this.push(answer.one({ seq: header.seq, pid: this.portId }))
      else this.#refuse(answer.errno, header, request)
    }
  }

  #answerTo(message: NetlinkMessage, request: Uint8Array): NetworkAnswer {
    const header = message.header as NetlinkHeader
    if (header.type !== RTM_GETLINK) {
      return this.network.answer(header, request) ?? { errno: EOPNOTSUPP }
    }
    if ((header.flags & NLM_F_DUMP) === NLM_F_DUMP) {
      return { dump: Array.from(this.links.values(), (link) => (to) => linkBytes(link, to)) }
    }
    this.asked++
    const link = message.kind === 'link' ? this.links.get(message.link.ifindex) : undefined
    return link ? { one: (to) => linkBytes(link, to) } : { errno: ENODEV }
  }

  #answer(ifindex: number, header: HeaderFields): Uint8Array | undefined {
    const link = this.links.get(ifindex)
    return link && linkBytes(link, header)
  }

  #dump({ seq }: NetlinkHeader, request: Uint8Array, entries: readonly ToBytes[]): void {
    this.dumps++
    const fate = this.inject.takeDump()
    if (fate.errno !== undefined) {
      this.#refuse(fate.errno, { seq }, request)
      return
    }
    const flags = NLM_F_MULTI | (fate.isInterrupted ? NLM_F_DUMP_INTR : 0)
    const header = { seq, pid: this.portId, flags }
    const answer = entries.map((entry) => entry(header))
    answer.push(doneMessage(header))
    fate.meanwhile?.()
    for (let from = 0; from < answer.length; from += this.#linksPerDatagram) {
      const datagram = concat(answer.slice(from, from + this.#linksPerDatagram))
      this.push(fate.mangle?.(datagram) ?? datagram)
    }
  }

  #refuse(errno: number, { seq = 0 }: HeaderFields, request: Uint8Array): void {
    this.push(errorMessage({ errno, seq, pid: this.portId }, request))
  }

  #tell(event: Uint8Array): void {
    if (this.#isCongested) return
    if (this.inject.takeDrop()) {
      this.#isCongested = true
      this.#fail(ENOBUFS)
    } else {
      this.push(this.inject.takeEvent()?.(event) ?? event)
    }
  }

  #fail(errno: number): void {
    this.#errnos.push(errno)
    this.#wake()
  }

  #entries(header: HeaderFields): Uint8Array[] {
    return Array.from(this.#links.all.values(), (link) => linkBytes(link, header))
  }
}

function receiveError(errno: number): NetlinkError {
  const text = `expected a datagram, got errno ${-errno} from recvmsg`
  return new NetlinkError('ERR_NETLINK_SOCKET', text, { errno, syscall: 'recvmsg' })
}
