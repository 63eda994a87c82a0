// cloud-init's readers and waits, over anything that yields bytes. Run anywhere.
// Names, results and error messages are those of cloud-init's netlink helper, in camelCase. Every wait also
// takes a signal and a timeout. They see only what arrives after they start: a link monitor misses nothing.

import {
  MODE_STREAM,
  NLMSG_ALIGNTO,
  NLMSGHDR_SIZE,
  OPER_DOWN,
  OPER_UP,
  RTM_DELLINK,
  RTM_NEWLINK,
} from '../../assembly/contract.js'
import { checkFunction, checkList } from '../base/argument-checks.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { invalidType, outOfRange } from '../base/errors.js'
import {
  type ByteSource,
  countMalformed,
  Inbox,
  readOn,
  receivedBy,
  Turns,
} from '../kernel/byte-source.js'
import { decodeBytes, decodeHeader } from '../message/decode.js'
import { endsDatagram } from '../message/faults.js'
import type { NetlinkMessage } from '../message/read-message.js'
import { compileLinkFilter } from '../module/filter-block.js'

export interface NicWaitOptions extends WaitOptions {
  /** Values of IFLA_OPERSTATE that count. Default: those of cloud-init. */
  operstates?: Iterable<number> | undefined
}

/** @deprecated Use `NicWaitOptions`. */
export type SeedWaitOptions = NicWaitOptions

const WAIT = 'the wait for a netlink message'
/** Reads after the deadline, of what was queued by then: more than a socket's default buffer holds. */
const LATE_READS_MAX = 1024

/** Returns whether to go on, given a link's name, its operstate and the one before it (OPER_UP at first). */
export type ShouldContinue = (
  ifname: string,
  operstate: number,
  previous: number,
) => boolean | PromiseLike<boolean>

/**
 * Reads once: the next bytes, or null if none came within `timeout` milliseconds.
 *
 * @throws TypeError "netlink socket is none"; the signal's reason if it is aborted
 */
export async function readNetlinkSocket(
  socket: ByteSource,
  timeout?: number | WaitOptions | null,
  options?: WaitOptions | null,
): Promise<Uint8Array | null> {
  requireSocket(socket, 'netlink socket is none')
  const given = typeof timeout === 'object' ? timeout : { timeout }
  const deadline = new Deadline({ ...given, ...options }, socket.clock, () => receivedBy(socket))
  const inbox = Inbox.of(socket)
  const release = inbox.claim(deadline)
  try {
    if (inbox.unread.length === 0) return await inbox.read(deadline)
    const unread = inbox.unread
    inbox.unread = new Uint8Array(0)
    return unread
  } finally {
    release()
  }
}

/**
 * Reads link messages until `shouldContinue` returns false. A message counts if it is AF_UNSPEC, its type is in
 * `rtmTypes`, its operstate is in `operstates`, and, with an `ifnameFilter`, its name is that one. Bytes that were
 * read and not used are kept for the next wait on the same socket. A malformed message is
 * dropped and counted in the socket's `stats`.
 *
 * @throws TypeError "Netlink socket is none"; a `TimeoutError`; the signal's reason
 * @throws NetlinkError ERR_NETLINK_SOURCE_ENDED if the source has ended; on a byte stream also
 *   the error of a message whose length makes no sense, as the next message cannot be found
 */
export async function readNetlinkMessages(
  socket: ByteSource,
  ifnameFilter: string | null | undefined,
  rtmTypes: Iterable<number>,
  operstates: Iterable<number>,
  shouldContinue: ShouldContinue,
  options: WaitOptions = {},
): Promise<void> {
  requireSocket(socket, 'Netlink socket is none')
  checkList('rtmTypes', rtmTypes)
  checkList('operstates', operstates)
  checkFunction('shouldContinue', shouldContinue)
  const filter = compileLinkFilter({
    types: rtmTypes,
    operstates,
    unspecOnly: true,
    named: true,
    ...(ifnameFilter != null && { ifname: ifnameFilter }),
  })
  const deadline = new Deadline(options, socket.clock, () => receivedBy(socket))
  const isStream = socket.framing !== 'datagram'
  const inbox = Inbox.of(socket)
  const release = inbox.claim(deadline)
  try {
    deadline.signal?.throwIfAborted()
    let current = OPER_UP
    let lateReads = 0
    const turns = new Turns()
    for (;;) {
      const data = inbox.unread
      const { messages, unread } = decodeBytes(data, isStream ? MODE_STREAM : 0, { filter })
      for (const message of messages) {
        keepUnread(inbox, data, message)
        if (message.kind === 'malformed') {
          countMalformed(socket.stats, message.error)
          if (isStream && endsDatagram(message.error)) throw message.error
        } else if (message.kind === 'link') {
          const { ifname = '', operstate = 0 } = message.link
          const previous = current
          current = operstate
          if (!(await decide(shouldContinue(ifname, current, previous), deadline))) return
        }
      }
      inbox.unread = isStream && unread > 0 ? data.subarray(data.length - unread) : NOTHING
      inbox.padding = isStream && unread < 0 ? -unread : 0
      // Messages that were queued in time count, but a source that always has bytes must not go on past the deadline for long.
      if (deadline.left === 0 && ++lateReads > LATE_READS_MAX) throw timeoutError(WAIT)
      await turns.yield()
      await fill(inbox, deadline)
    }
  } finally {
    release()
  }
}

/**
 * Waits for a link whose name is not in `existingNics`, and resolves with its name. As in
 * cloud-init, only links in operstate UP or DOWN count, which excludes some real ones (UNKNOWN,
 * LOWERLAYERDOWN). `operstates` replaces these two.
 */
export async function waitForNicAttachEvent(
  socket: ByteSource,
  existingNics: Iterable<string>,
  { operstates = [OPER_UP, OPER_DOWN], ...options }: NicWaitOptions = {},
): Promise<string> {
  requireSocket(socket, 'Netlink socket is none')
  checkList('existingNics', existingNics)
  const existing = new Set(existingNics)
  let attached = ''
  const isExisting = (ifname: string) => {
    if (existing.has(ifname)) return true
    attached = ifname
    return false
  }
  await readNetlinkMessages(socket, null, [RTM_NEWLINK], operstates, isExisting, options)
  return attached
}

/** Waits until a link in operstate DOWN (or one of `operstates`) is removed, and resolves with its name. */
export async function waitForNicDetachEvent(
  socket: ByteSource,
  { operstates = [OPER_DOWN], ...options }: NicWaitOptions = {},
): Promise<string> {
  let detached = ''
  const take = (ifname: string) => {
    detached = ifname
    return false
  }
  await readNetlinkMessages(socket, null, [RTM_DELLINK], operstates, take, options)
  return detached
}

/**
 * Waits until the media of `ifname` was disconnected and connected again: an operstate of DOWN, and then
 * one of UP. Other states in between are ignored.
 *
 * @throws TypeError "netlink socket is none", "interface name is none"
 * @throws RangeError "interface name cannot be empty"
 */
export async function waitForMediaDisconnectConnect(
  socket: ByteSource,
  ifname: string,
  options: WaitOptions = {},
): Promise<void> {
  requireSocket(socket, 'netlink socket is none')
  if (ifname === null || ifname === undefined) throw invalidType('interface name is none')
  if (typeof ifname !== 'string') throw invalidType('interface name is not a string')
  if (ifname.length === 0) throw outOfRange('interface name cannot be empty')
  await readNetlinkMessages(
    socket,
    ifname,
    [RTM_NEWLINK, RTM_DELLINK],
    [OPER_UP, OPER_DOWN],
    (_ifname, operstate, previous) => !(previous === OPER_DOWN && operstate === OPER_UP),
    options,
  )
}

/** The result of `shouldContinue`, which may be a promise. It has no more time than the wait. */
async function decide(
  answer: boolean | PromiseLike<boolean>,
  deadline: Deadline,
): Promise<boolean> {
  if (typeof answer !== 'object') return answer
  const decided = await deadline.race(answer)
  if (decided === TIMED_OUT) throw timeoutError('the wait for shouldContinue')
  return decided
}

/** Reads until there is something new to decode: if a message is incomplete, the rest of it. */
async function fill(inbox: Inbox, deadline: Deadline): Promise<void> {
  const needed = inbox.length < NLMSGHDR_SIZE ? 1 : decodeHeader(inbox.unread).length
  do {
    const more = await readOn(inbox, deadline)
    if (!more) throw timeoutError(WAIT)
    inbox.append(more)
  } while (inbox.length < needed)
}

const NOTHING = new Uint8Array(0)

/** Keeps what comes after `message` for the next wait, in case this one ends here. */
function keepUnread(inbox: Inbox, data: Uint8Array, message: NetlinkMessage): void {
  const { offset, header } = message
  const isLast = !header || (message.kind === 'malformed' && endsDatagram(message.error))
  const next = isLast ? data.length : offset + header.length
  const padding = isLast ? 0 : -header.length & (NLMSG_ALIGNTO - 1)
  inbox.unread = data.subarray(Math.min(next + padding, data.length))
  inbox.padding = Math.max(0, next + padding - data.length)
}

function requireSocket(socket: unknown, none: string): asserts socket is ByteSource {
  if (socket === null || socket === undefined) throw invalidType(none)
  if (typeof (socket as ByteSource).recv !== 'function') {
    throw invalidType('expected a netlink socket, an object with recv()')
  }
}
