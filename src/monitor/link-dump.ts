// One dump of links: its entries so far, and the errors of dumps that fail.
// Also knows the RTM_NEWLINKs that have fewer fields than the entries of a dump.

import { NetlinkError } from '../base/errors.js'
import { keepMessage, keptMessage } from '../message/kept-message.js'
import type { LinkRecord } from '../message/link-record.js'

/** How often in a row a dump with a malformed message is retried. The next one is accepted as it is. */
export const DAMAGED_TRIES = 8

export interface Dump {
  readonly seq: number
  readonly entries: Map<number, LinkRecord>
  /** Links with an event since the request: the event may be newer than the entry. */
  readonly touched: Set<number>
  isInterrupted: boolean
  /** One of its messages was malformed: a link that it lacks may exist all the same. */
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
/** EINTR, EAGAIN, ENOMEM, EBUSY, ENOBUFS: the same request may succeed later. */
const PASSING: ReadonlySet<number | undefined> = new Set([-4, -11, -12, EBUSY, -105])

/** Whether a retry may succeed after this errno. */
export function mayPass(errno: number | undefined): boolean {
  return PASSING.has(errno)
}

export function refused(errno: number): NetlinkError {
  const message = `expected a dump of links, got errno ${-errno} from the kernel`
  return new NetlinkError('ERR_NETLINK_KERNEL', message, { errno })
}

export function interrupted(): NetlinkError {
  const message = 'expected a consistent dump of links, got one during which links changed'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

export function unanswered(): NetlinkError {
  const message = 'expected an answer to the request for a dump of links, got none'
  return new NetlinkError('ERR_NETLINK_DUMP_INTERRUPTED', message)
}

/** Dumps that failed in a row. */
export interface Failures {
  readonly count: number
  /** When the first one failed, by the monitor's clock. */
  readonly since: number
  readonly last: NetlinkError
}

export function failedAgain(
  before: Failures | undefined,
  last: NetlinkError,
  now: number,
): Failures {
  return { count: (before?.count ?? 0) + 1, since: before?.since ?? now, last }
}

/** Why the last dump failed, how many failed, and for how long. */
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

/** Whether an RTM_NEWLINK has few fields, as those of wireless drivers: name, flags and IFLA_WIRELESS. */
export function isPartial({ mtu, operstate }: LinkRecord): boolean {
  return mtu === undefined && operstate === undefined
}

export function withPart(
  whole: LinkRecord,
  { flags, ifname, ifnameBytes }: LinkRecord,
): LinkRecord {
  const { ifnameBytes: before, ...rest } = whole
  const isNamed = ifname !== undefined
  const bytes = isNamed ? ifnameBytes : before
  const record = {
    ...rest,
    flags,
    ...(isNamed && { ifname }),
    ...(bytes && { ifnameBytes: bytes }),
  }
  const message = keptMessage(whole)
  if (message) keepMessage(record, message)
  return record
}
