// A route as people and `ip -j -d route` know it.
// In: a route's record, in the kernel's numbers. Out: a Route, with iproute2's names and value forms.

import { addressFamilyName, tableName } from '../base/object-names.js'
import type { NextHopRecord, RouteMetrics } from '../message/record-values.js'
import type { RouteRecord } from '../message/route-record.js'
import { type Encapsulation, nameEncap } from './encap-forms.js'
import { namePlainRoute, type PlainRoute } from './named-fields.js'
import {
  dsFieldName,
  realmName,
  routeFlagNames,
  routeProtocolName,
  routeTypeName,
  scopeName,
} from './route-names.js'
import {
  hexNumber,
  hostBits,
  hostText,
  type LinkLookup,
  NO_LOOKUP,
  nameOfLink,
} from './value-forms.js'

export interface Realms {
  from?: string
  to: string
}

/** A gateway whose family is not that of the route. */
export interface Via {
  family: string
  host: string
}

/** A next hop of a multipath route. */
export interface NextHop extends Encapsulation {
  /** MPLS labels that replace those of the route. */
  to?: string
  gateway?: string
  via?: Via
  flow?: Realms
  dev: string
  weight?: number
  flags: string[]
}

/** A route, with the names and value forms of `ip -j -d route`. */
export interface Route extends PlainRoute, Encapsulation {
  /** "inet", "inet6", "mpls". */
  family: string
  /** "unicast", "local", "blackhole", … */
  type: string
  /** "default", an address, or a prefix: "10.0.0.0/8". */
  dst: string
  /** A source prefix, only for IPv6. */
  from?: string
  to?: string
  tos?: string
  via?: Via
  /** "main", "local", "default", or a number. */
  table: string
  /** "kernel", "static", "ra", …. The result of a route lookup has neither this nor `scope`. */
  protocol?: string
  scope?: string
  /** "onlink", "linkdown", "dead", … */
  flags: string[]
  mark?: number
  flow?: Realms
  /** Only in the result of a route lookup: "local", "brd", … */
  cache?: string[]
  /** Seconds. */
  expires?: number
  error?: number
  ipid?: string
  ts?: string
  tsage?: number
  /** One object in an array, as in iproute2's JSON. */
  metrics?: Record<string, number | string | null>[]
  /** "low", "medium", "high", only for IPv6. */
  pref?: string | number
  'ttl-propogate'?: boolean
  nexthops?: NextHop[]
}

const RTM_F_CLONED = 0x200
const RTN_MULTICAST = 5
/** The kernel's times are in hundredths of a second. */
const USER_HZ = 100

/** Converts a record. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function toRoute(record: RouteRecord, lookup: LinkLookup = NO_LOOKUP): Route {
  const { family, flags, tos } = record
  const isLookedUp = (flags & RTM_F_CLONED) !== 0
  const it: Route = {
    family: addressFamilyName(family),
    type: routeTypeName(record.type),
    dst: prefixText(record.dst, record.dstLength, family, 'default'),
    table: tableName(record.table ?? record.headerTable),
    ...(!isLookedUp && {
      protocol: routeProtocolName(record.protocol),
      scope: scopeName(record.scope),
    }),
    flags: routeFlagNames(flags),
  }
  if (record.src || record.srcLength > 0) {
    it.from = prefixText(record.src, record.srcLength, family, '0')
  }
  if (record.newDst) it.to = hostText(record.newDst, family)
  if (tos) it.tos = dsFieldName(tos)
  namePlainRoute(it, record, lookup)
  nameGateway(it, record)
  if (record.mark) it.mark = record.mark
  if (isLookedUp && it.family === 'inet') it.cache = cacheFlagNames(flags)
  nameCacheInfo(it, record)
  if (record.metrics) it.metrics = [metricsOf(record.metrics)]
  if (record.pref !== undefined) it.pref = PREFERENCES[record.pref] ?? record.pref
  if (record.ttlPropagate !== undefined) it['ttl-propogate'] = record.ttlPropagate !== 0
  if (record.multipath) {
    it.nexthops = record.multipath.map((hop) => nexthopOf(hop, record, lookup))
  }
  return it
}

/** ICMPV6_ROUTER_PREF_…; 2 is reserved. */
const PREFERENCES: Record<number, string> = { 0: 'medium', 1: 'high', 3: 'low' }

function prefixText(
  bytes: Uint8Array | undefined,
  bits: number,
  family: number,
  none: string,
): string {
  if (bytes) return withBits(hostText(bytes, family), bits, family)
  return bits > 0 ? `0/${bits}` : none
}

function withBits(host: string, bits: number, family: number): string {
  return bits === hostBits(family) ? host : `${host}/${bits}`
}

/** The fields that a route and a next hop share: where packets go. */
function nameGateway(it: Route | NextHop, record: RouteRecord | NextHopRecord): void {
  const { via, flow } = record
  if (via && via.length > 2) {
    const family = (via[0] as number) | (via[1] as number)
    it.via = { family: addressFamilyName(family), host: hostText(via.subarray(2), family) }
  }
  if (flow !== undefined) {
    const from = flow >>> 16
    it.flow = { ...(from > 0 && { from: realmName(from) }), to: realmName(flow & 0xffff) }
  }
  nameEncap(it, record.encapType, record.encap)
}

function nexthopOf(hop: NextHopRecord, { family, flags, type }: RouteRecord, lookup: LinkLookup) {
  const it: NextHop = { dev: nameOfLink(hop.ifindex, lookup), flags: routeFlagNames(hop.flags) }
  if (hop.newDst) it.to = hostText(hop.newDst, family)
  if (hop.gateway) it.gateway = hostText(hop.gateway, family)
  nameGateway(it, hop)
  const isMulticast = (flags & RTM_F_CLONED) !== 0 && type === RTN_MULTICAST
  if (!isMulticast && addressFamilyName(family) !== 'mpls') it.weight = hop.hops + 1
  return it
}

function nameCacheInfo(it: Route, { cacheInfo }: RouteRecord): void {
  if (!cacheInfo) return
  const { expires, error, id, ts, tsage } = cacheInfo
  if (expires !== 0) it.expires = Math.trunc(expires / USER_HZ)
  if (error !== 0) it.error = error
  if (id !== 0) it.ipid = hexNumber(id)
  if (ts !== 0 || tsage !== 0) {
    it.ts = hexNumber(ts)
    it.tsage = tsage
  }
}

/** RTCF_… of linux/in_route.h. */
const CACHE_FLAGS: [mask: number, name: string][] = [
  [0x80000000, 'local'],
  [0x40000000, 'reject'],
  [0x20000000, 'mc'],
  [0x10000000, 'brd'],
  [0x08000000, 'dst-nat'],
  [0x00800000, 'src-nat'],
  [0x00400000, 'masq'],
  [0x00040000, 'redirect'],
  [0x04000000, 'src-direct'],
  [0x00020000, 'dst-direct'],
  [0x00200000, 'fastroute'],
  [0x00010000, 'notify'],
]

function cacheFlagNames(flags: number): string[] {
  return CACHE_FLAGS.filter(([mask]) => flags & mask).map(([, name]) => name)
}

/** RTAX_… of linux/rtnetlink.h. */
const METRICS: Record<number, string> = {
  2: 'mtu',
  3: 'window',
  4: 'rtt',
  5: 'rttvar',
  6: 'ssthresh',
  7: 'cwnd',
  8: 'advmss',
  9: 'reordering',
  10: 'hoplimit',
  11: 'initcwnd',
  13: 'rto_min',
  14: 'initrwnd',
  15: 'quickack',
  16: 'congestion',
  17: 'fastopen_no_cookie',
}
const RTAX_LOCK = 1
const RTAX_RTT = 4
const RTAX_RTTVAR = 5
const RTAX_HOPLIMIT = 10
const RTAX_FEATURES = 12
const RTAX_CC_ALGO = 16
const RTAX_MAX = 17

function metricsOf(metrics: RouteMetrics): Record<string, number | string | null> {
  const it: Record<string, number | string | null> = {}
  const locked = Number(metrics[RTAX_LOCK] ?? 0)
  for (let type = RTAX_LOCK + 1; type <= RTAX_MAX; type++) {
    if (metrics[type] === undefined && !(locked & (1 << type))) continue
    const value = metrics[type] ?? 0
    if (type === RTAX_HOPLIMIT && value === 0xffffffff) continue
    if (type === RTAX_FEATURES) nameFeatures(it, Number(value))
    else if (type === RTAX_RTT) it.rtt = Math.floor(Number(value) / 8)
    else if (type === RTAX_RTTVAR) it.rttvar = Math.floor(Number(value) / 4)
    else if (type !== RTAX_CC_ALGO || typeof value === 'string') it[METRICS[type] as string] = value
  }
  return it
}

function nameFeatures(it: Record<string, number | string | null>, features: number): void {
  if (features & 1) it.ecn = null
  if (features & 0x10) it.tcp_usec_ts = null
  if (features & ~0x11) it.features = hexNumber((features & ~0x11) >>> 0)
}
