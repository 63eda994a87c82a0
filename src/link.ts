// A link as people and `ip -j link` know it.
// In: a link record, in the kernel's numbers. Out: a Link, with iproute2's names and value forms.

import { addressText } from './address.js'
import type { LinkRecord } from './link-record.js'
import {
  flagNames,
  groupName,
  isUp,
  linkModeName,
  linkTypeName,
  type OperState,
  operStateName,
} from './names.js'

/**
 * One network interface, with the field names and value forms of `ip -j -d link`. What the kernel did
 * not say is `undefined`.
 */
export interface Link {
  ifindex: number
  /** Name of the link below, of the veth peer, …; null where there is none (a tunnel not bound to a link). */
  link?: string | null
  /** ifindex of that link where it lives in another namespace, and that namespace's id. */
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
  group: string | undefined
  /** Packets. */
  txqlen: number | undefined
  /** "ether", "loopback", "none", … (ARPHRD_… of linux/if_arp.h). */
  link_type: string
  address: string | undefined
  broadcast: string | undefined
  /** The address burnt in, only where the current one differs. */
  permaddr: string | undefined
  linkinfo: { info_kind: string } | undefined
  carrier_changes: number | undefined
  carrier_up_count: number | undefined
  carrier_down_count: number | undefined
  altnames: string[]
}

/** Finds another link of the same namespace, for the names that a link message refers to by ifindex. */
export type LinkLookup = (ifindex: number) => LinkRecord | undefined

/** Names everything in `record`. A link that `lookup` does not find is called "if" and its ifindex, as iproute2 does. */
export function toLink(record: LinkRecord, lookup: LinkLookup = () => undefined): Link {
  const { type, master } = record
  const flags = flagNames(record.flags)
  const address = map(record.address, (bytes) => addressText(bytes, type))
  const permaddr = map(record.permAddress, (bytes) => addressText(bytes, type))
  return {
    ifindex: record.ifindex,
    ...lowerLink(record, lookup, flags),
    ifname: record.ifname ?? '',
    ...(record.ifnameBytes && { ifnameBytes: record.ifnameBytes }),
    flags,
    mtu: record.mtu,
    master: master ? nameOf(master, lookup) : undefined,
    operstate: map(record.operstate, operStateName),
    linkmode: map(record.linkmode, linkModeName),
    group: map(record.group, groupName),
    txqlen: record.txqlen,
    link_type: linkTypeName(type),
    address,
    broadcast: map(record.broadcast, (bytes) => addressText(bytes, type)),
    permaddr: permaddr === address ? undefined : permaddr,
    linkinfo: map(record.kind, (kind) => ({ info_kind: kind })),
    carrier_changes: record.carrierChanges,
    carrier_up_count: record.carrierUpCount,
    carrier_down_count: record.carrierDownCount,
    altnames: record.altnames,
  }
}

function lowerLink(
  record: LinkRecord,
  lookup: LinkLookup,
  flags: string[],
): Pick<Link, 'link' | 'link_index' | 'link_netnsid'> {
  const { link, linkNetnsid } = record
  if (link === undefined) return {}
  if (linkNetnsid !== undefined) return { link_index: link, link_netnsid: linkNetnsid }
  if (link === 0) return { link: null }
  const lower = lookup(link)
  if (lower && !isUp(lower.flags)) flags.push('M-DOWN')
  return { link: nameOf(link, lookup) }
}

function nameOf(ifindex: number, lookup: LinkLookup): string {
  return lookup(ifindex)?.ifname ?? `if${ifindex}`
}

function map<V, R>(value: V | undefined, form: (value: V) => R): R | undefined {
  return value === undefined ? undefined : form(value)
}
