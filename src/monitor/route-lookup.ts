// Which way a packet goes, by the kernel's own lookup: routes alone do not say, as soon as there are policy rules.
// In: an address. Out: requests, and the route that answers each; undefined where the kernel has none.
//
//   nlmsghdr                 rtmsg                                    rtattr RTA_DST, RTA_SRC, RTA_OIF, RTA_MARK
//  +------------------------+----------------------------------------+------------------------------------------+
//  | RTM_GETROUTE, seq      | family, dst_len, RTM_F_LOOKUP_TABLE    | of what is given                         |
//  +------------------------+----------------------------------------+------------------------------------------+

import {
  AF_INET,
  AF_INET6,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  RTM_NEWROUTE,
} from '../../assembly/contract.js'
import { RTA_DST, RTA_MARK, RTA_OIF, RTA_SRC } from '../../assembly/record-layout.js'
import { ipBytes } from '../base/address-bytes.js'
import { shown } from '../base/argument-checks.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import { firstSeq, nextSeq } from '../kernel/sequence.js'
import { attribute, message } from '../message/builders.js'
import type { RouteRecord } from '../message/route-record.js'
import type { TableMessage } from './kept-entry.js'

export interface LookupTarget {
  to: Uint8Array
  from?: Uint8Array | undefined
  ifindex?: number | undefined
  mark?: number | undefined
}

const RTM_F_LOOKUP_TABLE = 0x1000
const byteOrder = HOST_BYTE_ORDER
/** No route: EACCES (prohibit), EINVAL (blackhole), ENETUNREACH, EHOSTUNREACH (unreachable), EAGAIN (throw), ENODEV. */
const NO_ROUTE: ReadonlySet<number> = new Set([-13, -22, -101, -113, -11, -19])

/** An address as bytes, or a RangeError that says what was given. */
export function addressBytes(name: string, text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? ipBytes(text) : undefined
  if (!bytes) throw outOfRange(`expected ${name} to be an IPv4 or IPv6 address, got ${shown(text)}`)
  return bytes
}

export function familyOfBytes(bytes: Uint8Array): number {
  return bytes.length === 4 ? AF_INET : AF_INET6
}

export function lookupRequest({ to, from, ifindex, mark }: LookupTarget, seq: number): Uint8Array {
  const rtmsg = new DataView(new ArrayBuffer(12))
  rtmsg.setUint8(0, familyOfBytes(to))
  rtmsg.setUint8(1, to.length * 8)
  if (from) rtmsg.setUint8(2, from.length * 8)
  rtmsg.setUint32(8, RTM_F_LOOKUP_TABLE, byteOrder === 'little')
  return message(
    { type: RTM_NEWROUTE + 2, flags: NLM_F_REQUEST, seq, byteOrder },
    new Uint8Array(rtmsg.buffer),
    attribute(RTA_DST, to),
    ...(from ? [attribute(RTA_SRC, from)] : []),
    ...(ifindex === undefined ? [] : [attribute(RTA_OIF, ifindex, { byteOrder })]),
    ...(mark === undefined ? [] : [attribute(RTA_MARK, mark, { byteOrder })]),
  )
}

type Settle = (answer: RouteRecord | undefined | NetlinkError) => void

/** Lookups on a socket that others use, too. */
export class RouteLookups {
  readonly #pending = new Map<number, Settle>()
  #seq = firstSeq()

  /**
   * `send`: how requests are written.
   *
   * @throws NetlinkError ERR_NETLINK_KERNEL where the kernel refuses; what `send` rejects with
   */
  async ask(
    target: LookupTarget,
    send: (message: Uint8Array) => Promise<void>,
  ): Promise<RouteRecord | undefined> {
    this.#seq = nextSeq(this.#seq)
    const seq = this.#seq
    try {
      const answered = new Promise<RouteRecord | undefined | NetlinkError>((resolve) => {
        this.#pending.set(seq, resolve)
      })
      await send(lookupRequest(target, seq))
      const answer = await answered
      if (answer instanceof NetlinkError) throw answer
      return answer
    } finally {
      this.#pending.delete(seq)
    }
  }

  /** Whether a message answers one of them. */
  take(message: TableMessage, portId: number): boolean {
    if (this.#pending.size === 0 || message.kind === 'malformed') return false
    const { header } = message
    const settle = header.pid === portId ? this.#pending.get(header.seq) : undefined
    if (!settle) return false
    if (message.kind === 'route' && (header.flags & NLM_F_MULTI) === 0) {
      settle(message.route)
      return true
    }
    if (message.kind !== 'control' || header.type !== NLMSG_ERROR) return false
    settle(NO_ROUTE.has(message.errno) ? undefined : refusedLookup(message.errno))
    return true
  }

  /** Answers may have been lost, or will not come: the callers may ask again. */
  lost(why: NetlinkError = interruptedLookup()): void {
    for (const settle of this.#pending.values()) settle(why)
  }
}

function interruptedLookup(): NetlinkError {
  const text = 'expected an answer to the lookup of a route, got an overrun'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', text)
}

function refusedLookup(errno: number): NetlinkError {
  const text = `expected a route, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', text, { errno })
}
