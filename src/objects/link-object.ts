// A link as people and `ip -j link` know it.
// In: a link record, in the kernel's numbers. Out: a Link, with iproute2's names and value forms.

import { addressText } from '../base/address.js'
import type { LinkRecord } from '../message/link-record.js'
import {
  flagNames,
  groupName,
  isUp,
  linkModeName,
  linkTypeName,
  type OperState,
  operStateName,
} from './link-names.js'
import { namePlainLink, type PlainLink } from './named-fields.js'
import { type LinkLookup, NO_LOOKUP, nameOfLink } from './value-forms.js'

/**
 * One network interface, with the field names and value forms of `ip -j -d link`. A field that the kernel did
 * not send is `undefined`.
 */
export interface Link extends PlainLink {
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
  linkinfo: { info_kind: string } | undefined
  altnames: string[]
}

/**
 * Creates a plain object with every field of a Link. Its shape depends on which fields there are, and
 * an object from spreads or literals takes some microseconds to find its shape.
 */
function BareLink(): void {}
BareLink.prototype = Object.prototype
const LinkShape = BareLink as unknown as new () => Link

/** Converts a record. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function toLink(record: LinkRecord, lookup: LinkLookup = NO_LOOKUP): Link {
  const { type, master, operstate, linkmode, carrier, group, kind } = record
  const address = textOf(record.address, type)
  const permaddr = textOf(record.permAddress, type)
  const it = new LinkShape()
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
  it.permaddr = permaddr === address ? undefined : permaddr
  it.linkinfo = kind === undefined ? undefined : { info_kind: kind }
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
