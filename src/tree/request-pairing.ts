// Reads the nlmsghdr of a message node, and finds the request for an answer.
// In: message nodes, in the order of the capture. Out: header fields, pairs. Never keeps a tree.

import {
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
} from '../../assembly/contract.js'
import { NETLINK_NETFILTER, NLMSG_MIN_TYPE } from '../../assembly/tree-layout.js'
import { readU16, readU32 } from '../base/integers.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { TreeNode } from './node.js'

/** The nlmsghdr of a message or a request; undefined if it has none (a uevent) or the capture has cut it. */
export function messageHeader(node: TreeNode): NetlinkHeader | undefined {
  const { start, valueStart, tree } = node
  if (valueStart - start < NLMSGHDR_SIZE) return undefined
  const { bytes, byteOrder } = tree
  const isLittle = byteOrder === 'little'
  return {
    length: readU32(bytes, start, isLittle),
    type: readU16(bytes, start + 4, isLittle),
    flags: readU16(bytes, start + 6, isLittle),
    seq: readU32(bytes, start + 8, isLittle),
    pid: readU32(bytes, start + 12, isLittle),
  }
}

interface OpenRequest<T> {
  item: T
  type: number
  flags: number
  /** Port id of the requester: its nlmsg_pid, or, if that is 0, that of the first answer. */
  pid: number
  /** Whether its last answer was seen. */
  isAnswered: boolean
}

/** More facts that help to find the request of an answer. */
export interface AnswerHints {
  /** NETLINK_… protocol: it defines which message types answer which. Without it, any type answers any. */
  protocol?: number | undefined
  /** For an NLMSG_ERROR: nlmsg_type of the request in it. */
  requestType?: number | undefined
}

/**
 * Finds the request for each answer by nlmsg_seq, port id and type. A program may leave nlmsg_pid at 0 in a
 * request. The kernel puts the port id into the answers, so the first answer has it.
 */
export class RequestPairing<T> {
  // Two Maps, as finding the oldest key of one takes time: deleted entries before it are walked over.
  #young = new Map<string | number, OpenRequest<T>[]>()
  #old = new Map<string | number, OpenRequest<T>[]>()
  readonly #half: number

  /** `most`: how many sequence numbers to remember. The older half of them is dropped at once. */
  constructor(most = 65_536) {
    this.#half = Math.ceil(most / 2)
  }

  /**
   * Processes the next message of the capture. Returns the `item` that was passed with the request that it answers;
   * undefined for a request, a notification, and an answer whose request was not captured. `scope` separates
   * messages that share no sequence numbers: protocols, interfaces.
   */
  pair(
    header: NetlinkHeader,
    scope: string | number,
    item: T,
    hints: AnswerHints = {},
  ): T | undefined {
    const { type, flags, seq, pid } = header
    const key = typeof scope === 'number' ? scope * 2 ** 32 + seq : `${scope}/${seq}`
    if (flags & NLM_F_REQUEST) {
      this.#remember(key, { item, type, flags, pid, isAnswered: false })
      return undefined
    }
    if (isNotification(header)) return undefined
    let request: OpenRequest<T> | undefined
    let best = 0
    for (const one of this.#young.get(key) ?? this.#old.get(key) ?? []) {
      const rank = rankOf(one, pid)
      if (rank === 0 || rank < best || !fits(one.type, type, hints)) continue
      best = rank
      request = one
    }
    if (!request) return undefined
    request.pid = pid
    const isOnlyOne = !(flags & NLM_F_MULTI) && !(request.flags & NLM_F_ACK)
    request.isAnswered ||= isOnlyOne || type === NLMSG_ERROR || type === NLMSG_DONE
    return request.item
  }

  #remember(key: string | number, request: OpenRequest<T>): void {
    const before = this.#young.get(key) ?? this.#old.get(key)
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    // The last few requesters of a sequence number: many programs start at the same number.
    this.#young.set(key, before ? [...before.slice(-15), request] : [request])
  }
}

/** An open request of a known requester; else one of an unknown requester; else one that was answered. */
function rankOf(request: OpenRequest<unknown>, pid: number): number {
  if (request.pid === pid) return request.isAnswered ? 1 : 3
  return request.pid === 0 ? 2 : 0
}

/** A notification has no sequence number, or that of a request that it does not answer. */
function isNotification({ type, flags, seq, pid }: NetlinkHeader): boolean {
  if (seq !== 0) return false
  return pid === 0 || !(type === NLMSG_ERROR || type === NLMSG_DONE || flags & NLM_F_MULTI)
}

/** Whether a message of type `answer` may answer a request of type `request`. */
function fits(request: number, answer: number, { protocol, requestType }: AnswerHints): boolean {
  if (requestType !== undefined && answer === NLMSG_ERROR) return request === requestType
  if (answer < NLMSG_MIN_TYPE || protocol === undefined) return true
  switch (protocol) {
    case NETLINK_ROUTE:
      // RTM_NEW, DEL, GET and SET of one kind of object.
      return request >> 2 === answer >> 2
    case NETLINK_NETFILTER:
      return request >> 8 === answer >> 8
    case NETLINK_RDMA:
      return request >> 10 === answer >> 10
    case NETLINK_XFRM:
      return request === answer || (XFRM_ANSWERS[request] ?? request) === answer
    default:
      return request === answer
  }
}

const NETLINK_XFRM = 6
const NETLINK_RDMA = 20

/** linux/xfrm.h: XFRM_MSG_… that are answered by another type. A notification of a change has the type of the request. */
const XFRM_ANSWERS: Readonly<Record<number, number>> = {
  // GETSA, ALLOCSPI, UPDSA: NEWSA
  18: 16,
  22: 16,
  26: 16,
  // GETPOLICY, UPDPOLICY: NEWPOLICY
  21: 19,
  25: 19,
  // GETAE: NEWAE; GETSADINFO: NEWSADINFO; GETSPDINFO: NEWSPDINFO
  31: 30,
  35: 34,
  37: 36,
}
