// Finds the link that a wait is about, and follows it by its ifindex.
// In: a reference, and events of now or of the past. Out: the link's record at each event, or an error if the link is gone.

import { checkChoice, checkFunction, expected } from '../base/argument-checks.js'
import type { WaitOptions } from '../base/deadline.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'
import type { Link } from '../objects/link-object.js'
import { requireLog } from './event-log.js'
import type { LinkEvent } from './events.js'
import { findIfindexes, isIfindex, type LinkMap, type LinkRef } from './link-map.js'
import type { LinkTable } from './link-table.js'
import type { WaitHost } from './until.js'

/** Options of a wait for the link that a reference names. */
export interface RefOptions extends WaitOptions {
  /** Accepts the link that is meant, where several have the MAC address. Without it, that is an error. Default: any. */
  match?: ((link: Link) => boolean) | undefined
}

/** Options of a wait for the state of a link. */
export interface LinkStateOptions extends RefOptions {
  /**
   * What to do when the link is removed: wait for the next link that the name or address fits, or reject with
   * ERR_NETLINK_GONE. A wait by ifindex always rejects then, and also if no link has the ifindex. Default: 'wait'.
   */
  gone?: 'wait' | 'reject' | undefined
}

/** What a wait looks at: the links as they are, or as they were at an event of the past. */
export class View {
  records: LinkTable
  links: LinkMap
  #isPast = false
  readonly #host: WaitHost

  constructor(host: WaitHost) {
    this.#host = host
    this.records = host.records
    this.links = host.links
  }

  /** Whether a link that is not among these does not exist. In the past it may be yet to come, in a gap it is not known. */
  get isComplete(): boolean {
    return !this.#isPast && this.#host.isSynced
  }

  get isPast(): boolean {
    return this.#isPast
  }

  /**
   * `look`, but if there is a mark, the first call looks at everything that has happened since, too.
   *
   * @throws TypeError or RangeError if `since` is not a mark
   */
  lookSince<T>(
    since: number | undefined,
    look: (event?: LinkEvent) => T | undefined,
  ): (event?: LinkEvent) => T | undefined {
    if (since === undefined) return look
    requireLog(this.#host.log, since)
    return (event) => (event ? look(event) : (this.#past(since, look) ?? look()))
  }

  #past<T>(since: number, look: (event?: LinkEvent) => T | undefined): T | undefined {
    this.#isPast = true
    try {
      for (const { records, links, event } of requireLog(this.#host.log, since).since(since)) {
        this.records = records
        this.links = links
        const found = look(event)
        if (found !== undefined) return found
      }
      return undefined
    } finally {
      this.#isPast = false
      this.records = this.#host.records
      this.links = this.#host.links
    }
  }
}

/** @throws TypeError or RangeError */
export function requireRef(ref: unknown): asserts ref is LinkRef {
  if (ref === '') throw outOfRange('interface name cannot be empty')
  if (typeof ref === 'string') return
  if (typeof ref !== 'number')
    throw expected('a link: a name, altname, MAC address or ifindex', ref)
  if (!(Number.isInteger(ref) && ref > 0)) throw outOfRange(`expected an ifindex, got ${ref}`)
}

/**
 * The ifindex of the link that a reference means; undefined if there is none.
 *
 * @throws RangeError if there are several
 */
export function findOne(
  { records, links }: View,
  ref: LinkRef,
  match: RefOptions['match'],
): number | undefined {
  const all = findIfindexes(records, ref)
  const found = match ? all.filter((ifindex) => match(links.get(ifindex) as Link)) : all
  if (found.length > 1) {
    const names = found.map((ifindex) => `${links.get(ifindex)?.ifname} (ifindex ${ifindex})`)
    throw outOfRange(
      `expected the MAC address of one link, got ${ref} of ${names.join(', ')}: use a name, an ifindex or \`match\``,
    )
  }
  return found[0]
}

/** Follows one link by its ifindex. When the link is removed, it looks for the reference again, or throws. */
export class Follower {
  /** Whether the last look found another link than the one before. */
  isNew = false
  readonly #view: View
  readonly #ref: LinkRef
  readonly #match: RefOptions['match']
  readonly #gone: LinkStateOptions['gone']
  #ifindex: number | undefined
  /** Whether the wait ends if no link is found. */
  #isOver: boolean

  /** @throws TypeError or RangeError */
  constructor(view: View, ref: LinkRef, { gone = 'wait', match }: LinkStateOptions) {
    requireRef(ref)
    checkChoice('gone', gone, ['wait', 'reject'])
    if (match !== undefined) checkFunction('match', match)
    this.#view = view
    this.#ref = ref
    this.#match = match
    this.#gone = gone
    this.#isOver = typeof ref === 'number'
  }

  /**
   * Its record at the time of `event`, which may be older than the present one.
   *
   * @throws NetlinkError ERR_NETLINK_GONE; RangeError if an address fits several links
   */
  look(event?: LinkEvent): LinkRecord | undefined {
    const { records, isPast } = this.#view
    if (event?.type === 'removed' && event.ifindex === this.#ifindex) {
      const isOver = this.#gone === 'reject' || isIfindex(this.#ref, event.record)
      if (isOver && !isPast) throw goneError(this.#ref, event.link)
      this.#isOver = isOver
      this.#ifindex = undefined
    }
    const before = this.#ifindex
    this.#ifindex ??= findOne(this.#view, this.#ref, this.#match)
    this.isNew = this.#ifindex !== before
    if (this.#ifindex === undefined) {
      if (this.#isOver && this.#view.isComplete) throw goneError(this.#ref)
      return undefined
    }
    if (event && 'record' in event && event.type !== 'removed' && event.ifindex === this.#ifindex) {
      return event.record
    }
    return records.get(this.#ifindex)
  }
}

function goneError(ref: LinkRef, link?: Link): NetlinkError {
  const got = link ? `${link.ifname} (ifindex ${link.ifindex}) was removed` : 'there is none'
  return new NetlinkError('ERR_NETLINK_GONE', `expected the link ${ref} to stay, got ${got}`)
}
