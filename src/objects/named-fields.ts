// Plain values by the names of iproute2's JSON, and what of a link differs. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import { isSameList } from '../base/same-list.js'
import type { AddressRecord } from '../message/address-record.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { RouteRecord } from '../message/route-record.js'
import type { RuleRecord } from '../message/rule-record.js'
import type { Link } from './link-object.js'
import { routeProtocolName } from './route-names.js'
import { hostText, type LinkLookup, nameOfLink } from './value-forms.js'

export interface PlainLink {
  carrier_changes: number | undefined
  carrier_up_count: number | undefined
  carrier_down_count: number | undefined
}

export function namePlainLink(it: PlainLink, record: LinkRecord): void {
  it.carrier_changes = record.carrierChanges
  it.carrier_up_count = record.carrierUpCount
  it.carrier_down_count = record.carrierDownCount
}

export interface PlainAddress {
  broadcast?: string
  anycast?: string
  multicast?: string
  metric?: number
}

export function namePlainAddress(it: PlainAddress, record: AddressRecord): void {
  if (record.broadcast !== undefined) it.broadcast = hostText(record.broadcast, record.family)
  if (record.anycast !== undefined) it.anycast = hostText(record.anycast, record.family)
  if (record.multicast !== undefined) it.multicast = hostText(record.multicast, record.family)
  if (record.priority !== undefined) it.metric = record.priority
}

export interface PlainRoute {
  gateway?: string
  prefsrc?: string
  dev?: string
  iif?: string
  metric?: number
  nhid?: number
  uid?: number
}

export function namePlainRoute(it: PlainRoute, record: RouteRecord, lookup: LinkLookup): void {
  if (record.gateway !== undefined) it.gateway = hostText(record.gateway, record.family)
  if (record.prefSrc !== undefined) it.prefsrc = hostText(record.prefSrc, record.family)
  if (record.oif !== undefined) it.dev = nameOfLink(record.oif, lookup)
  if (record.iif !== undefined) it.iif = nameOfLink(record.iif, lookup)
  if (record.priority !== undefined) it.metric = record.priority
  if (record.nexthopId !== undefined) it.nhid = record.nexthopId
  if (record.uid !== undefined) it.uid = record.uid
}

export interface PlainNeighbour {
  protocol?: string
}

export function namePlainNeighbour(it: PlainNeighbour, record: NeighbourRecord): void {
  if (record.protocol !== undefined) it.protocol = routeProtocolName(record.protocol)
}

export interface PlainRule {
  protocol?: string
}

export function namePlainRule(it: PlainRule, record: RuleRecord): void {
  if (record.protocol !== undefined) it.protocol = routeProtocolName(record.protocol)
}

/** What a Link has beyond its record: read when it is asked for. */
export interface LinkDetails {
  /** The queueing discipline at the root. */
  qdisc?: string | undefined
  ifalias?: string | undefined
  /** How many want it to receive everything. */
  promiscuity?: number | undefined
  allmulti?: number | undefined
  /** Bytes. */
  min_mtu?: number | undefined
  max_mtu?: number | undefined
  /** "eui64", "none", "stable_secret", "random". */
  inet6_addr_gen_mode?: string | undefined
  num_tx_queues?: number | undefined
  num_rx_queues?: number | undefined
  /** Bytes. */
  gso_max_size?: number | undefined
  gso_max_segs?: number | undefined
  tso_max_size?: number | undefined
  tso_max_segs?: number | undefined
  gro_max_size?: number | undefined
  gso_ipv4_max_size?: number | undefined
  gro_ipv4_max_size?: number | undefined
  phys_port_name?: string | undefined
  phys_port_id?: string | undefined
  phys_switch_id?: string | undefined
  /** The bus of the device: "pci", "virtio". */
  parentbus?: string | undefined
  /** Its name on that bus: "0000:00:03.0". */
  parentdev?: string | undefined
  proto_down?: true | undefined
  /** Numbers of the bits that are set. */
  proto_down_reason?: string[] | undefined
}

/** Their attributes. */
export const LINK_DETAILS: readonly [
  number: number,
  key: keyof LinkDetails,
  form: 'u32' | 'text' | 'hex' | 'set' | 'own',
][] = [
  [6, 'qdisc', 'text'], // IFLA_QDISC
  [20, 'ifalias', 'text'], // IFLA_IFALIAS
  [30, 'promiscuity', 'u32'], // IFLA_PROMISCUITY
  [61, 'allmulti', 'u32'], // IFLA_ALLMULTI
  [50, 'min_mtu', 'u32'], // IFLA_MIN_MTU
  [51, 'max_mtu', 'u32'], // IFLA_MAX_MTU
  [26, 'inet6_addr_gen_mode', 'own'], // IFLA_AF_SPEC
  [31, 'num_tx_queues', 'u32'], // IFLA_NUM_TX_QUEUES
  [32, 'num_rx_queues', 'u32'], // IFLA_NUM_RX_QUEUES
  [41, 'gso_max_size', 'u32'], // IFLA_GSO_MAX_SIZE
  [40, 'gso_max_segs', 'u32'], // IFLA_GSO_MAX_SEGS
  [59, 'tso_max_size', 'u32'], // IFLA_TSO_MAX_SIZE
  [60, 'tso_max_segs', 'u32'], // IFLA_TSO_MAX_SEGS
  [58, 'gro_max_size', 'u32'], // IFLA_GRO_MAX_SIZE
  [63, 'gso_ipv4_max_size', 'u32'], // IFLA_GSO_IPV4_MAX_SIZE
  [64, 'gro_ipv4_max_size', 'u32'], // IFLA_GRO_IPV4_MAX_SIZE
  [38, 'phys_port_name', 'text'], // IFLA_PHYS_PORT_NAME
  [34, 'phys_port_id', 'hex'], // IFLA_PHYS_PORT_ID
  [36, 'phys_switch_id', 'hex'], // IFLA_PHYS_SWITCH_ID
  [57, 'parentbus', 'text'], // IFLA_PARENT_DEV_BUS_NAME
  [56, 'parentdev', 'text'], // IFLA_PARENT_DEV_NAME
  [39, 'proto_down', 'set'], // IFLA_PROTO_DOWN
  [55, 'proto_down_reason', 'own'], // IFLA_PROTO_DOWN_REASON
]

/** What differs, in the order of the table; not the name, which has an event of its own. */
export function changedLinkFields(was: Link, now: Link): (keyof Link)[] {
  const fields: (keyof Link)[] = []
  if (was.link_type !== now.link_type) fields.push('link_type')
  if (!isSameList(was.flags, now.flags)) fields.push('flags')
  if (was.address !== now.address) fields.push('address')
  if (was.broadcast !== now.broadcast) fields.push('broadcast')
  if (was.permaddr !== now.permaddr) fields.push('permaddr')
  if (was.mtu !== now.mtu) fields.push('mtu')
  if (was.txqlen !== now.txqlen) fields.push('txqlen')
  if (now.link !== undefined && was.link !== now.link) fields.push('link')
  if (now.link_index !== undefined && was.link_index !== now.link_index) fields.push('link_index')
  if (was.master !== now.master) fields.push('master')
  if (was.operstate !== now.operstate) fields.push('operstate')
  if (was.linkmode !== now.linkmode) fields.push('linkmode')
  if (was.carrier !== now.carrier) fields.push('carrier')
  if (was.carrier_changes !== now.carrier_changes) fields.push('carrier_changes')
  if (was.carrier_up_count !== now.carrier_up_count) fields.push('carrier_up_count')
  if (was.carrier_down_count !== now.carrier_down_count) fields.push('carrier_down_count')
  if (was.linkinfo?.info_kind !== now.linkinfo?.info_kind) fields.push('linkinfo')
  if (was.group !== now.group) fields.push('group')
  if (now.link_netnsid !== undefined && was.link_netnsid !== now.link_netnsid)
    fields.push('link_netnsid')
  if (!isSameList(was.altnames, now.altnames)) fields.push('altnames')
  return fields
}
