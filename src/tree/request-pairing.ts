// What the nlmsghdr of a message node says, and which request an answer belongs to.
// In: message nodes, in the order of the capture. Out: header fields, pairs. Never holds on to a tree.

import { NLM_F_REQUEST, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import type { NetlinkHeader } from '../message/read-message.js'
import type { TreeNode } from './node.js'

/** The nlmsghdr of a message or a request; undefined where the capture has cut it. */
export function messageHeader(node: TreeNode): NetlinkHeader | undefined {
  const { start, end, tree } = node
  if (end - start < NLMSGHDR_SIZE) return undefined
  const { bytes, byteOrder } = tree
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, NLMSGHDR_SIZE)
  const isLittle = byteOrder === 'little'
  return {
    length: view.getUint32(0, isLittle),
    type: view.getUint16(4, isLittle),
    flags: view.getUint16(6, isLittle),
    seq: view.getUint32(8, isLittle),
    pid: view.getUint32(12, isLittle),
  }
}

interface OpenRequest<T> {
  item: T
  /** Port id of the requester: of its nlmsg_pid, or, where that is 0, of the first answer. */
  pid: number
}

/**
 * Finds for each answer the request before it, by nlmsg_seq and port id. A program may leave nlmsg_pid at 0 in a
 * request; the kernel puts the port id into the answers, so the first of them tells.
 */
export class RequestPairing<T> {
  readonly #open = new Map<string | number, OpenRequest<T>[]>()
  readonly #most: number

  /** `most`: how many sequence numbers are remembered; the oldest is forgotten first. */
  constructor(most = 65_536) {
    this.#most = most
  }

  /**
   * Takes the capture's next message. Returns what was given with the request that it answers; undefined for a
   * request, a notification, and an answer whose request was not captured. `scope` keeps apart what shares
   * no sequence numbers: protocols, interfaces.
   */
  pair(header: NetlinkHeader, scope: string | number, item: T): T | undefined {
    const { flags, seq, pid } = header
    const key = typeof scope === 'number' ? scope * 2 ** 32 + seq : `${scope}/${seq}`
    if (flags & NLM_F_REQUEST) {
      this.#remember(key, { item, pid })
      return undefined
    }
    if (seq === 0 && pid === 0) return undefined
    const request = this.#open.get(key)?.findLast((one) => one.pid === pid || one.pid === 0)
    if (!request) return undefined
    request.pid = pid
    return request.item
  }

  #remember(key: string | number, request: OpenRequest<T>): void {
    const before = this.#open.get(key)
    this.#open.delete(key)
    // Of one sequence number, the last few requesters: many programs start at the same one.
    this.#open.set(key, before ? [...before.slice(-15), request] : [request])
    if (this.#open.size > this.#most) {
      for (const oldest of this.#open.keys()) {
        this.#open.delete(oldest)
        return
      }
    }
  }
}
