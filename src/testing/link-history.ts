// Follows the links of a recording, so that a dump can be answered at any time of it.
// In: frames of a capture. Out: the datagrams that a socket in the link group would have received, and the answers
// to a dump. Runs anywhere.

import {
  AF_UNSPEC,
  NETLINK_ROUTE,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { LINKTYPE_NETLINK, netlinkFraming } from '../capture/framing.js'
import type { Datagram } from '../kernel/source-feed.js'
import { concat } from '../message/builders.js'
import { decodeMessages } from '../message/decode.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { isPartial } from '../monitor/link-dump.js'
import { isKeptEvent } from './network-history.js'

/** What a replay needs of a frame. The frames of `readCapture()` have it. */
export interface RecordedFrame {
  /** A link header (LINKTYPE_NETLINK: 16 bytes) and one datagram. */
  data: Uint8Array
  /** Nanoseconds since 1970. */
  timestamp?: bigint | undefined
  /** Bytes of the frame before it was cut, its link header included. */
  originalLength?: number | undefined
  /** LINKTYPE_…: 253, netlink, by default. */
  linkType?: number | undefined
  comment?: string | undefined
}

/** Identifies a dump: its answers have these in their headers. */
interface Asker {
  seq: number
  pid: number
}

/** A frame about links, decoded. */
export interface LinkFrame {
  readonly timestamp: bigint | undefined
  readonly datagram: Datagram
  readonly messages: readonly NetlinkMessage[]
  /** How many overruns its comment reports. */
  readonly overruns: number
  /** The dump of links that it is a part of. */
  readonly dumpOf: Asker | undefined
  /** Whether it contains the end of that dump. */
  endsDump(dump: Asker): boolean
}

/** The packet type of linux/if_packet.h for datagrams that were sent to the kernel. */
const PACKET_KERNEL = 7

/** The frame, if it is about links; undefined for another protocol, or for a request. */
export function linkFrame(frame: RecordedFrame): LinkFrame | undefined {
  const { data, timestamp, originalLength = data.length, linkType = LINKTYPE_NETLINK } = frame
  const framing = netlinkFraming({ linkType, data })
  if (!framing?.isNetlink || framing.protocol !== NETLINK_ROUTE) return undefined
  if (framing.packetType === PACKET_KERNEL) return undefined
  const datagram: Datagram = data.slice(framing.headerBytes)
  if (originalLength > data.length) datagram.trueLength = originalLength - framing.headerBytes
  const messages = decodeMessages(datagram)
  const overruns = Number(/^(\d+) overruns?: /.exec(frame.comment ?? '')?.[1] ?? 0)
  const first = messages.find((message) => isLink(message) && isOfDump(message))
  return {
    timestamp,
    datagram,
    messages,
    overruns,
    dumpOf: first?.header && { seq: first.header.seq, pid: first.header.pid },
    endsDump: ({ seq, pid }) =>
      messages.some(
        ({ header }) =>
          (header?.type === NLMSG_DONE || header?.type === NLMSG_ERROR) &&
          header.seq === seq &&
          header.pid === pid,
      ),
  }
}

export class LinkHistory {
  /** The newest RTM_NEWLINK of each link. */
  readonly #links = new Map<number, Uint8Array>()

  /** Takes the links of a dump. Events between its answers are newer than these. */
  start(frames: readonly LinkFrame[], { seq, pid }: Asker): void {
    const touched = new Set<number>()
    for (const frame of frames) {
      for (const [message, bytes] of parts(frame)) {
        if (message.kind !== 'link' || message.link.family !== AF_UNSPEC) continue
        const { header, link } = message
        const isAnswer = isOfDump(message) && header.seq === seq && header.pid === pid
        if (isAnswer && !touched.has(link.ifindex)) this.#links.set(link.ifindex, bytes)
        else if (isEvent(message)) {
          touched.add(link.ifindex)
          this.#note(message, bytes)
        }
      }
    }
  }

  /**
   * The datagram that a socket in the link group, or one in all groups, would have received; undefined if it would have
   * received none.
   */
  take(frame: LinkFrame, isInAllGroups = false): Datagram | undefined {
    const heard: Uint8Array[] = []
    for (const [message, bytes] of parts(frame)) {
      if (isEvent(message)) this.#note(message, bytes)
      const isHeard = isEvent(message) || (isInAllGroups && isKeptEvent(message))
      if (isHeard || isBroken(message)) heard.push(bytes)
    }
    if (heard.length === 0) return undefined
    const { trueLength } = frame.datagram
    return Object.assign(concat(heard), trueLength !== undefined && { trueLength })
  }

  /** The links as they are now, one datagram each, as answers to this dump. */
  dump({ seq, pid }: Asker): Uint8Array[] {
    return Array.from(this.#links.values(), (bytes) => {
      const answer = bytes.slice()
      const header = new DataView(answer.buffer)
      const isLittle = HOST_BYTE_ORDER === 'little'
      header.setUint16(6, NLM_F_MULTI, isLittle)
      header.setUint32(8, seq, isLittle)
      header.setUint32(12, pid, isLittle)
      return answer
    })
  }

  #note(message: NetlinkMessage, bytes: Uint8Array): void {
    if (message.kind !== 'link' || message.link.family !== AF_UNSPEC) return
    const { header, link } = message
    if (header.type === RTM_DELLINK) this.#links.delete(link.ifindex)
    else if (!isPartial(link)) this.#links.set(link.ifindex, bytes)
  }
}

/** Each message of a frame with its bytes, including the padding after it. */
export function* parts({ datagram, messages }: LinkFrame): Generator<[NetlinkMessage, Uint8Array]> {
  for (const [index, message] of messages.entries()) {
    yield [message, datagram.subarray(message.offset, messages[index + 1]?.offset)]
  }
}

function isLink({ header }: NetlinkMessage): boolean {
  return header?.type === RTM_NEWLINK || header?.type === RTM_DELLINK
}

function isOfDump({ header }: NetlinkMessage): boolean {
  return header !== undefined && (header.flags & NLM_F_MULTI) !== 0
}

/** A notification: not an entry of a dump, and not a request. */
function isEvent(message: NetlinkMessage): boolean {
  const isRequest = ((message.header?.flags ?? 0) & NLM_F_REQUEST) !== 0
  return message.kind === 'link' && isLink(message) && !isOfDump(message) && !isRequest
}

function isBroken(message: NetlinkMessage): boolean {
  return message.kind === 'malformed' && (message.header === undefined || isLink(message))
}
