// A link as people and `ip -j link` know it.
// In: a link record, in the kernel's numbers. Out: a Link, with iproute2's names and value forms.

import { addressText } from '../base/address.js'
import { type KeptMessage, keptMessage } from '../message/kept-message.js'
import type { LinkRecord } from '../message/link-record.js'
import { hasLinkInfo, type LinkStatistics, linkDetails, linkStatistics } from './link-details.js'
import type { InfoData } from './link-forms.js'
import { type LinkInfo, linkInfo } from './link-info.js'
import {
  flagNames,
  groupName,
  IFF_POINTOPOINT,
  isUp,
  linkModeName,
  linkTypeName,
  type OperState,
  operStateName,
} from './link-names.js'
import { LINK_DETAILS, type LinkDetails, namePlainLink, type PlainLink } from './named-fields.js'
import { type LinkLookup, NO_LOOKUP, nameOfLink } from './value-forms.js'

/**
 * One network interface, with the field names and value forms of `ip -j -d link`. A field that the kernel did
 * not send is `undefined`. What few callers need (`linkinfo.info_data`, `qdisc`, limits) is read from the kernel's message when
 * it is accessed: JSON has it, `{ ...link }` does not.
 */
export interface Link extends PlainLink, LinkDetails {
  ifindex: number
  /** Name of the link below, of the veth peer, …; null if there is none (a tunnel that is not bound to a link). */
  link?: string | null
  /** If that link is in another namespace: its ifindex there, and the id of the namespace. */
  link_index?: number
  link_netnsid?: number
  ifname: string
  /** The name's bytes, only where they are not UTF-8 and `ifname` is therefore lossy. */
  ifnameBytes?: Uint8Array
  /** "UP", "LOWER_UP", "NO-CARRIER", …; "M-DOWN" when `link` is administratively down. */
  flags: string[]
  /** Bytes. */
  mtu: number | undefined
  /** Name of the bridge, bond, … that the link is a port of. */
  master: string | undefined
  operstate: OperState | `${number}` | undefined
  linkmode: string | undefined
  /**
   * Whether the driver has a carrier (IFLA_CARRIER). Many links that are administratively down say true: the flag
   * "LOWER_UP" means up and carrier. `ip` does not print this field.
   */
  carrier: boolean | undefined
  group: string | undefined
  /** Packets. */
  txqlen: number | undefined
  /** "ether", "loopback", "none", … (ARPHRD_… of linux/if_arp.h). */
  link_type: string
  address: string | undefined
  broadcast: string | undefined
  /** The permanent address, only if the current one differs. */
  permaddr: string | undefined
  /** Undefined for a link without a kind that is a port of nothing. */
  linkinfo: LinkInfo | undefined
  altnames: string[]
  /** True where `broadcast` is the address of the other end. */
  link_pointtopoint?: true
  /** Counters, where they were asked for: those of the moment at which the kernel said this. JSON does not have them. */
  readonly stats64?: LinkStatistics | undefined
  /** A plain object with all that the link has. */
  toJSON(): Omit<Link, 'toJSON' | 'stats64'>
}

/**
 * An object with room for every field that a record has. Its shape depends on which fields there are, and
 * an object from spreads or literals takes some microseconds to find its shape.
 */
class LinkShape {
  readonly #message: KeptMessage | undefined
  readonly #lookup: LinkLookup
  #details: LinkDetails | undefined
  #info: LinkInfo | undefined

  constructor(message: KeptMessage | undefined, lookup: LinkLookup) {
    this.#message = message
    this.#lookup = lookup
  }

  static details(it: LinkShape): LinkDetails {
    if (!(#details in it)) return {}
    it.#details ??= it.#message ? linkDetails(it.#message) : {}
    return it.#details
  }

  /** What the driver says. */
  static info(it: LinkShape): LinkInfo | undefined {
    it.#info ??= it.#message && linkInfo(it.#message, it.#lookup)
    return it.#info
  }

  get stats64(): LinkStatistics | undefined {
    return this.#message && linkStatistics(this.#message)
  }

  toJSON(): object {
    const whole: Partial<Link> = { ...(this as unknown as Link), ...LinkShape.details(this) }
    if (whole.linkinfo) whole.linkinfo = { ...whole.linkinfo, ...LinkShape.info(this) }
    return whole
  }

  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return this.toJSON()
  }
}

class InfoShape implements LinkInfo {
  info_kind?: string
  readonly #link: LinkShape

  constructor(kind: string | undefined, link: LinkShape) {
    if (kind !== undefined) this.info_kind = kind
    this.#link = link
  }

  get info_data(): InfoData | undefined {
    return LinkShape.info(this.#link)?.info_data
  }

  get info_slave_kind(): string | undefined {
    return LinkShape.info(this.#link)?.info_slave_kind
  }

  get info_slave_data(): InfoData | undefined {
    return LinkShape.info(this.#link)?.info_slave_data
  }

  toJSON(): LinkInfo {
    return { ...this, ...LinkShape.info(this.#link) }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): LinkInfo {
    return this.toJSON()
  }
}

for (const [, key] of LINK_DETAILS) {
  Object.defineProperty(LinkShape.prototype, key, {
    get(this: LinkShape) {
      return LinkShape.details(this)[key]
    },
  })
}
// To whoever compares them with literals, both are plain objects.
for (const { prototype } of [LinkShape, InfoShape]) {
  Object.defineProperty(prototype, 'constructor', { value: Object })
}

/** Converts a record. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function toLink(record: LinkRecord, lookup: LinkLookup = NO_LOOKUP): Link {
  const { type, master, operstate, linkmode, carrier, group, kind } = record
  const address = textOf(record.address, type)
  const permaddr = textOf(record.permAddress, type)
  const message = keptMessage(record)
  const shape = new LinkShape(message, lookup)
  const it = shape as unknown as Link
  it.ifindex = record.ifindex
  const isLowerDown = setLower(it, record, lookup)
  it.ifname = record.ifname ?? ''
  if (record.ifnameBytes) it.ifnameBytes = record.ifnameBytes
  it.flags = flagNames(record.flags)
  if (isLowerDown) it.flags.push('M-DOWN')
  it.mtu = record.mtu
  it.master = master ? nameOfLink(master, lookup) : undefined
  it.operstate = operstate === undefined ? undefined : operStateName(operstate)
  it.linkmode = linkmode === undefined ? undefined : linkModeName(linkmode)
  it.carrier = carrier === undefined ? undefined : carrier !== 0
  it.group = group === undefined ? undefined : groupName(group)
  it.txqlen = record.txqlen
  it.link_type = linkTypeName(type)
  it.address = address
  it.broadcast = textOf(record.broadcast, type)
  if (record.flags & IFF_POINTOPOINT && record.broadcast) it.link_pointtopoint = true
  it.permaddr = permaddr === address ? undefined : permaddr
  // A port of a bridge may have no kind itself.
  const hasInfo = kind !== undefined || (master && message && hasLinkInfo(message))
  it.linkinfo = hasInfo ? new InfoShape(kind, shape) : undefined
  namePlainLink(it, record)
  it.altnames = record.altnames
  return it
}

/** The fields for the link below, and whether that is down. */
function setLower(it: Link, { link, linkNetnsid }: LinkRecord, lookup: LinkLookup): boolean {
  if (link === undefined) return false
  if (linkNetnsid !== undefined) {
    it.link_index = link
    it.link_netnsid = linkNetnsid
    return false
  }
  if (link === 0) {
    it.link = null
    return false
  }
  const lower = lookup(link)
  it.link = lower?.ifname ?? `if${link}`
  return lower !== undefined && !isUp(lower.flags)
}

function textOf(bytes: Uint8Array | undefined, type: number): string | undefined {
  return bytes === undefined ? undefined : addressText(bytes, type)
}
