// One dump of links: what its answer has brought so far, and the errors of one that cannot be had.
// Also tells which RTM_NEWLINKs say less of a link than a dump does.

import { NetlinkError } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'

/** How often in a row a dump with a malformed message is asked for again: the next one is taken as it is. */
export const DAMAGED_TRIES = 8

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

export const EBUSY = -16
/** EINTR, EAGAIN, ENOMEM, EBUSY, ENOBUFS: the same request may do later. */
const PASSING: ReadonlySet<number | undefined> = new Set([-4, -11, -12, EBUSY, -105])

/** Whether what was refused with this errno may be granted at another try. */
export function mayPass(errno: number | undefined): boolean {
  return PASSING.has(errno)
}

export function refused(errno: number): NetlinkError {
  const message = `expected a dump of links, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', message, { errno })
}

export function interrupted(): NetlinkError {
  const message = 'expected a consistent dump of links, got one that changes interrupted'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

export function unanswered(): NetlinkError {
  const message = 'expected an answer to the request for a dump of links, got none'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

/** Dumps that have failed, one after another. */
export interface Failures {
  readonly count: number
  /** When the first one had failed, by the monitor's clock. */
  readonly since: number
  readonly last: NetlinkError
}

/** What the last one failed with, how many there were, and for how long. */
export function failuresText({ count, since, last }: Failures, now: number): string {
  const tries = count === 1 ? '1 try' : `${count} tries`
  return `${last.message}; gave up after ${tries} in ${((now - since) / 1000).toFixed(1)} s`
}

export function givenUp(failures: Failures, now: number): NetlinkError {
  const { code = 'ERR_NETLINK_SOCKET', errno, syscall } = failures.last
  return new NetlinkError(code, failuresText(failures, now), {
    ...(errno !== undefined && { errno }),
    ...(syscall !== undefined && { syscall }),
    cause: failures.last,
  })
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
