// The addresses, routes, neighbours and rules of a recording at any moment of it.
// In: frames of a capture. Out: the answers to dumps. Runs anywhere.

import {
  AF_INET,
  AF_UNSPEC,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSGHDR_SIZE,
  RTM_DELLINK,
  RTM_NEWROUTE,
} from '../../assembly/contract.js'
import { RTA_DST } from '../../assembly/record-layout.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { decodeMessages } from '../message/decode.js'
import type { LinkRecord } from '../message/link-record.js'
import type { ObjectName } from '../message/object-body.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { KEPT_KINDS, type KeptKind } from '../monitor/kept-kinds.js'
import { keyText } from '../monitor/kept-table.js'
import { newTypeOf } from '../monitor/read-requests.js'
import { lookUp, requestAttributes } from './fake-routes.js'
import { objectBytes } from './object-bytes.js'

const IFF_UP = 0x1
const RTMSG_SIZE = 12

type Kept = Extract<NetlinkMessage, { kind: ObjectName }>

/** Whether a message is about an object beside links. */
export function isKept(message: NetlinkMessage): message is Kept {
  return message.kind in KEPT_KINDS
}

/** A notification: not an entry of a dump, and not a request. */
export function isKeptEvent(message: NetlinkMessage): boolean {
  return isKept(message) && (message.header.flags & (NLM_F_MULTI | NLM_F_REQUEST)) === 0
}

export class NetworkHistory {
  /** The newest message of each object, by its kind and key. */
  readonly #messages = new Map<string, Uint8Array>()

  /** Notes what a message says, which is a notification or an entry of a dump. */
  note(message: NetlinkMessage, bytes: Uint8Array): void {
    if (message.kind === 'link') this.#noteLink(message.header.type, message.link)
    if (!isKept(message) || message.header.flags & NLM_F_REQUEST) return
    const { kind, header } = message
    const record = (message as unknown as Record<string, never>)[kind] as never
    const own = KEPT_KINDS[kind] as unknown as KeptKind
    if (!own.isKept(record)) return
    const body = bytes.slice(NLMSGHDR_SIZE, header.length)
    const id = `${kind} ${keyText(own.key(record, body))}`
    if (header.type === newTypeOf(kind)) this.#messages.set(id, bytes.slice())
    else this.#messages.delete(id)
  }

  /** With a link that goes, or is set down, its IPv4 routes go without notification. */
  #noteLink(type: number, { ifindex, family, flags }: LinkRecord): void {
    const isUp = type !== RTM_DELLINK && (flags & IFF_UP) !== 0
    if (isUp || family !== AF_UNSPEC) return
    for (const [id, message] of this.#routes()) {
      if (message.route.family === AF_INET && message.route.oif === ifindex) {
        this.#messages.delete(id)
      }
    }
  }

  *#routes(): Generator<[id: string, message: Extract<NetlinkMessage, { kind: 'route' }>]> {
    for (const [id, bytes] of this.#messages) {
      const [message] = id.startsWith('route ') ? decodeMessages(bytes) : []
      if (message?.kind === 'route') yield [id, message]
    }
  }

  /** The route that a packet takes now; undefined for a request that is for none, and where there is none. */
  lookup(request: Uint8Array, header: { seq: number; pid: number }): Uint8Array | undefined {
    const to = requestAttributes(request, NLMSGHDR_SIZE + RTMSG_SIZE).find(
      ({ type }) => type === RTA_DST,
    )?.payload
    const routes = Array.from(this.#routes(), ([, { route }]) => route)
    const found = to && lookUp(routes, to)
    return found && objectBytes('route', found, { ...header, type: RTM_NEWROUTE })
  }

  /** One family of a kind as it is now, one datagram each; undefined for a request that is for none. */
  dump(
    request: Uint8Array,
    { type, seq, pid }: { type: number; seq: number; pid: number },
  ): Uint8Array[] | undefined {
    const kind = (Object.keys(KEPT_KINDS) as ObjectName[]).find(
      (one) => newTypeOf(one) + 2 === type,
    )
    if (!kind) return undefined
    const family = request[NLMSGHDR_SIZE]
    const isLittle = HOST_BYTE_ORDER === 'little'
    return [...this.#messages]
      .filter(([id, bytes]) => id.startsWith(`${kind} `) && bytes[NLMSGHDR_SIZE] === family)
      .map(([, bytes]) => {
        const answer = bytes.slice()
        const header = new DataView(answer.buffer)
        header.setUint16(6, NLM_F_MULTI, isLittle)
        header.setUint32(8, seq, isLittle)
        header.setUint32(12, pid, isLittle)
        return answer
      })
  }
}
