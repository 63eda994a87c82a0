// Answers requests to a fake kernel: handlers by family and operation, on any number of sockets.
// In: handlers; requests as bytes. Out: the answers, acknowledgements and refusals that a real kernel would send.

import {
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSGHDR_SIZE,
} from '../../assembly/contract.js'
import { checkFunction } from '../base/argument-checks.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { PROTOCOLS } from '../base/protocols.js'
import type { OpenEndpoint } from '../kernel/recording-endpoint.js'
import { attribute, concat, doneMessage, errorMessage, message } from '../message/builders.js'
import type { NetlinkHeader } from '../message/read-message.js'
import { type Edge, edgeOf } from '../request/edge.js'
import { encodeRequest } from '../request/encode.js'
import {
  answerTo,
  type Operation,
  type RequestFamily,
  requestFamily,
} from '../request/family-operations.js'
import { requestPath } from '../request/kernel-refusal.js'
import { bodyJson, type Json } from '../tree/json.js'
import type { TreeNode } from '../tree/node.js'
import { messageHeader } from '../tree/request-pairing.js'
import { FakeSocket } from './fake-sockets.js'
import type { DumpFate } from './inject.js'

/** A request, as a handler gets it. */
export interface FakeRequest {
  family: string
  operation: string
  /** Its attributes, as `decode --json` prints them in `body`. */
  body: { [key: string]: Json }
  isDump: boolean
  /** nlmsg_flags. */
  flags: number
}

/** Attributes and header members by name, as for `do()`. */
export type FakeAnswer = Readonly<Record<string, unknown>>

export type FakeAnswers = FakeAnswer | readonly FakeAnswer[] | undefined

/**
 * Answers a request. Return an object, an array of objects (the entries of a dump), or undefined to acknowledge the request.
 * Throw an error to refuse it: its `errno` (default: -22, EINVAL), `extack` and `path` become those of the refusal.
 */
export type FakeHandler = (request: FakeRequest) => FakeAnswers | PromiseLike<FakeAnswers>

/** The part of the fake kernel that answers a dump of links without a handler. */
export interface FakeHost {
  /** The entries of a dump of links. */
  dumpLinks(header: { seq: number; pid: number; flags: number }): Uint8Array[]
  /** The message that answers a request for one link; undefined if there is no such link. */
  link(ifindex: number, header: { seq: number; pid: number }): Uint8Array | undefined
  takeDump(): DumpFate
  readonly perDatagram: number
}

const EINVAL = -22
const ENOENT = -2
const ENODEV = -19
const EOPNOTSUPP = -95
/** NLM_F_CAPPED | NLM_F_ACK_TLVS of linux/netlink.h: an error has only the header of the request, and then attributes. */
const CAPPED_WITH_TLVS = 0x100 | 0x200
const NLMSGERR_ATTR_MSG = 1
const NLMSGERR_ATTR_OFFS = 2
/** nfnetlink: NFNL_MSG_BATCH_BEGIN and END. */
const BATCH_TYPES = new Set([16, 17])
/** The number of the first generic family after the controller. */
const FIRST_GENERIC_ID = 32

export class FakeRequests {
  readonly #host: FakeHost
  readonly #handlers = new Map<string, FakeHandler>()
  /** Families with handlers, in the order of their first handler. The order gives generic families their numbers. */
  readonly #families: string[] = ['nlctrl']
  readonly #sockets = new Set<FakeSocket>()
  #lastPortId: number

  constructor(host: FakeHost, portId: number) {
    this.#host = host
    this.#lastPortId = portId
    this.on('nlctrl', 'getfamily', ({ body, isDump }) => this.#controller(body, isDump))
  }

  on(family: string, operation: string, handler: FakeHandler): void {
    checkFunction('handler', handler)
    if (!this.#families.includes(family)) this.#families.push(family)
    this.#handlers.set(`${family}/${operation}`, handler)
  }

  readonly open: OpenEndpoint = (options, onWakeUp) => {
    this.#lastPortId++
    const socket = new FakeSocket(this.#lastPortId, options, onWakeUp, {
      send: (bytes) => this.#send(socket, bytes),
      closed: () => this.#sockets.delete(socket),
    })
    this.#sockets.add(socket)
    return socket
  }

  /** How many sockets are open. */
  get sockets(): number {
    return this.#sockets.size
  }

  /** Sends a message of a family to all sockets in a group of its protocol. */
  async tell(family: string, operation: string, body: FakeAnswer): Promise<void> {
    const known = requestFamily((await this.#loaded()).schema, family)
    const told = known.operations.find(({ name }) => name === operation) ?? known.request(operation)
    this.multicast(known.protocol, this.#message(known, told, body, { seq: 0, pid: 0 }))
  }

  multicast(protocol: number, datagram: Uint8Array): void {
    for (const socket of this.#listening(protocol)) socket.push(datagram)
  }

  /** Causes an overrun in every subscription of a protocol. */
  overrun(protocol: number): void {
    for (const socket of this.#listening(protocol)) socket.overrun()
  }

  #listening(protocol: number): FakeSocket[] {
    return [...this.#sockets].filter((one) => one.protocol === protocol && one.isListening)
  }

  #loaded(): Promise<Edge> {
    return edgeOf(this.open)
  }

  async #send(socket: FakeSocket, bytes: Uint8Array): Promise<void> {
    const { dissector, schema } = await this.#loaded()
    for (const name of this.#families) {
      const { isGeneric, genlName } = requestFamily(schema, name)
      if (isGeneric && name !== 'nlctrl') dissector.learn(genlName, this.#genericId(name))
    }
    for (const request of dissector.dissect(bytes, { protocol: socket.protocol }).messages) {
      const header = messageHeader(request)
      if (!header || !(header.flags & NLM_F_REQUEST)) continue
      if (socket.protocol === PROTOCOLS.NETFILTER && BATCH_TYPES.has(header.type)) continue
      const answer = await this.#answer(request, header, socket.portId)
      for (const datagram of answer) socket.push(datagram)
    }
  }

  async #answer(request: TreeNode, header: NetlinkHeader, pid: number): Promise<Uint8Array[]> {
    const { family = '', name: operation } = request
    const isDump = (header.flags & NLM_F_DUMP) === NLM_F_DUMP
    const fate = isDump ? this.#host.takeDump() : {}
    const { seq, flags } = header
    const multi = isDump ? NLM_F_MULTI | (fate.isInterrupted ? NLM_F_DUMP_INTR : 0) : 0
    const own = { seq, pid, flags: multi }
    let entries: Uint8Array[]
    try {
      if (fate.errno !== undefined) throw { errno: fate.errno }
      const handler = this.#handlers.get(`${family}/${operation}`)
      if (handler) {
        const given = await handler({ family, operation, body: bodyJson(request), isDump, flags })
        const known = requestFamily((await this.#loaded()).schema, family)
        const asked = known.request(operation)
        const answer = answerTo(asked, known.operations) ?? asked
        const list = given === undefined ? [] : Array.isArray(given) ? given : [given]
        entries = list.map((one) => this.#message(known, answer, one, own))
      } else if (family === 'rt-link' && operation === 'getlink' && isDump) {
        entries = this.#host.dumpLinks(own)
      } else if (family === 'rt-link' && operation === 'getlink') {
        const found = this.#host.link(Number(bodyJson(request)['ifi-index']), { seq, pid })
        if (!found) throw { errno: ENODEV }
        entries = [found]
      } else throw { errno: EOPNOTSUPP }
    } catch (error) {
      return [refusalOf(request, own, error as Refusal)]
    }
    if (isDump) entries.push(doneMessage(own))
    else if (flags & NLM_F_ACK) entries.push(errorMessage({ errno: 0, ...own }, headerOf(request)))
    return this.#datagrams(entries, fate)
  }

  #datagrams(messages: Uint8Array[], { mangle, meanwhile }: DumpFate): Uint8Array[] {
    meanwhile?.()
    const datagrams: Uint8Array[] = []
    for (let from = 0; from < messages.length; from += this.#host.perDatagram) {
      const datagram = concat(messages.slice(from, from + this.#host.perDatagram))
      datagrams.push(mangle?.(datagram) ?? datagram)
    }
    return datagrams
  }

  #message(
    family: RequestFamily,
    operation: Operation,
    body: FakeAnswer,
    header: { seq: number; pid: number; flags?: number },
  ): Uint8Array {
    // Notifications and answers are encoded like requests.
    const asRequest: RequestFamily = Object.create(family, { request: { value: () => operation } })
    const encoded = encodeRequest(asRequest, operation.name, body)
    const type = encoded.type || this.#genericId(family.name)
    return message({ ...header, type, byteOrder: HOST_BYTE_ORDER }, encoded.body)
  }

  #genericId(name: string): number {
    const at = this.#families.indexOf(name)
    return at === 0 ? 16 : FIRST_GENERIC_ID + at
  }

  /** The controller's answer: the families with handlers. */
  async #controller(body: FakeRequest['body'], isDump: boolean): Promise<FakeAnswer[]> {
    const { schema } = await this.#loaded()
    const generic = this.#families
      .map((name) => requestFamily(schema, name))
      .filter(({ isGeneric }) => isGeneric)
    const found = isDump ? generic : generic.filter((one) => one.genlName === body['family-name'])
    if (found.length === 0) throw { errno: ENOENT }
    let group = 0
    return found.map(({ name, genlName, groups }) => ({
      'family-id': this.#genericId(name),
      'family-name': genlName,
      'mcast-groups': Array.from(groups.keys(), (each) => ({ name: each, id: ++group })),
    }))
  }
}

const headerOf = ({ tree, start }: TreeNode): Uint8Array =>
  tree.bytes.subarray(start, start + NLMSGHDR_SIZE)

/** The fields of an error that a handler throws. */
interface Refusal {
  errno?: number
  extack?: string
  path?: string
}

function refusalOf(
  request: TreeNode,
  header: { seq: number; pid: number },
  { errno = EINVAL, extack, path }: Refusal,
): Uint8Array {
  const byteOrder = HOST_BYTE_ORDER
  const tlvs: Uint8Array[] = []
  if (extack !== undefined) tlvs.push(attribute(NLMSGERR_ATTR_MSG, extack, { byteOrder }))
  const at = path === undefined ? undefined : offsetOf(request, path)
  if (at !== undefined) tlvs.push(attribute(NLMSGERR_ATTR_OFFS, at, { byteOrder }))
  const copy = concat([headerOf(request), ...tlvs])
  return errorMessage({ ...header, errno, flags: CAPPED_WITH_TLVS, byteOrder }, copy)
}

function offsetOf({ tree, index, next, start }: TreeNode, path: string): number | undefined {
  for (let at = index + 1; at < next; at++) {
    const node = tree.node(at)
    if (node.kind === 'attribute' && requestPath(node) === path) return node.start - start
  }
  return undefined
}
