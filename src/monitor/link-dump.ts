// One dump of links: what its answer has brought so far, and the errors of one that cannot be had.
// Also tells which RTM_NEWLINKs say less of a link than a dump does.

import { NetlinkError } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'

/** How often in a row a dump that was interrupted or found the kernel busy is asked for again. */
export const DUMP_TRIES = 8

export interface Dump {
  readonly seq: number
  readonly entries: Map<number, LinkRecord>
  /** Links that an event told of since the request: newer than their entries may be. */
  readonly touched: Set<number>
  isInterrupted: boolean
  /** One of its messages was malformed: a link that it lacks may be there all the same. */
  isDamaged: boolean
}

export function newDump(seq: number): Dump {
  return {
    seq,
    entries: new Map(),
    touched: new Set(),
    isInterrupted: false,
    isDamaged: false,
  }
}

export function refused(errno: number): NetlinkError {
  const message = `expected a dump of links, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', message, { errno })
}

export function interrupted(): NetlinkError {
  const message = `expected a consistent dump of links, got ${DUMP_TRIES} that changes interrupted`
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

export function unanswered(): NetlinkError {
  const message = 'expected an answer to the request for a dump of links, got none'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

/** Whether an RTM_NEWLINK tells but a part, as a wireless driver's does: name, flags and IFLA_WIRELESS. */
export function isPartial({ mtu, operstate }: LinkRecord): boolean {
  return mtu === undefined && operstate === undefined
}

export function withPart(
  whole: LinkRecord,
  { flags, ifname, ifnameBytes }: LinkRecord,
): LinkRecord {
  if (ifname === undefined) return { ...whole, flags }
  const { ifnameBytes: _, ...rest } = whole
  return { ...rest, flags, ifname, ...(ifnameBytes && { ifnameBytes }) }
}
