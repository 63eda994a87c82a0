// Which path of our tree each field of `ip -j -d addr|route|rule|neigh|nexthop` and `bridge -j fdb|mdb` is.
// In: nothing. Out: tables. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import { ipv6Text } from '../../src/base/ipv6.ts'
import type { Fields } from './iproute.ts'
import {
  flag,
  hex,
  link,
  named,
  nodes,
  number,
  prefix,
  raw,
  seconds,
  shown,
  text,
} from './iproute-print.ts'

const SCOPE = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }
/** What iproute2 shows as flags of a next hop. */
const hopFlags = (path: string) => (at: TreeNode) => at.find(path)?.value
/** iproute2 leaves out the protocol that it uses itself, unless asked for details. */
const realm = (path: string, shift: number) =>
  number(path, (value) => `${(value >>> shift) & 0xffff}`)

export const ADDR: Fields = {
  family: 'ifaddrmsg/ifa-family',
  local: (at) => text(at, 'local') ?? text(at, 'address'),
  address: 'address',
  prefixlen: 'ifaddrmsg/ifa-prefixlen',
  metric: 'rt-priority',
  broadcast: 'broadcast',
  anycast: 'anycast',
  scope: named('ifaddrmsg/ifa-scope', SCOPE),
  label: 'label',
  protocol: 'proto',
  dynamic: (at, links) => flag('flags', 'permanent')(at, links) === false,
  ...Object.fromEntries(
    Object.entries({
      ...{ secondary: 'secondary', temporary: 'secondary', tentative: 'tentative', nodad: 'nodad' },
      ...{ deprecated: 'deprecated', home: 'homeaddress', mngtmpaddr: 'managetempaddr' },
      ...{ noprefixroute: 'noprefixroute', autojoin: 'mcautojoin', dadfailed: 'dadfailed' },
      ...{ optimistic: 'optimistic', 'stable-privacy': 'stable-privacy' },
    }).map(([theirs, ours]) => [theirs, flag('flags', ours)]),
  ),
  valid_life_time: seconds('cacheinfo/ifa-valid', 1),
  preferred_life_time: seconds('cacheinfo/ifa-prefered', 1),
}

const METRICS: Fields = {
  mtu: 'mtu',
  window: 'window',
  rtt: number('rtt', (value) => value / 8),
  rttvar: number('rttvar', (value) => value / 4),
  ssthresh: 'ssthresh',
  cwnd: 'cwnd',
  advmss: 'advmss',
  reordering: 'reordering',
  hoplimit: 'hoplimit',
  initcwnd: 'initcwnd',
  ecn: shown('features', 'ecn'),
  rto_min: 'rto-min',
  initrwnd: 'initrwnd',
  quickack: 'quickack',
  congestion: 'cc-algo',
}

/** Label stacks: "100/200". */
function labels(path: string): (at: TreeNode) => string | undefined {
  return (at) => {
    const stack = nodes(path)(at).map((node) => (node.value as { label: number }).label)
    return stack.length > 0 ? stack.join('/') : undefined
  }
}

/** Where a tunnel leads, or the labels that it pushes. */
function tunnelDst(at: TreeNode): string | undefined {
  return labels('encap/dst')(at) ?? text(at, 'encap/dst')
}

/** What a route through a tunnel prints; its dst and tos stand in the place of the route's own. */
const ENCAP: Fields = {
  encap: 'encap-type',
  dst: tunnelDst,
  id: 'encap/id',
  src: (at) => text(at, 'encap/src') ?? text(at, 'encap/dst'),
  ttl: 'encap/ttl',
  hoplimit: 'encap/hoplimit',
  tc: 'encap/tc',
  key: flag('encap/flags', 'key'),
  csum: flag('encap/flags', 'csum'),
  seq: flag('encap/flags', 'seq'),
  mode: 'encap/srh/mode',
  /** In the order of travel; the header holds them the other way round. */
  segs: (at) => nodes('encap/srh/srh/segments')(at).map((node) => text(node, 'addr')),
  action: (at) => text(at, 'encap/action')?.replace('-', '.'),
  nh4: 'encap/nh4',
  nh6: 'encap/nh6',
}

const HOP: Fields = {
  ...ENCAP,
  gateway: 'gateway',
  'via.family': 'via/rtvia-family',
  'via.host': 'via/rtvia-addr',
  dev: link('rtnexthop/rtnh-ifindex'),
  weight: number('rtnexthop/rtnh-hops', (hops) => hops + 1),
  flags: hopFlags('rtnexthop/rtnh-flags'),
}

export const ROUTE: Fields = {
  ...ENCAP,
  type: 'rtmsg/rtm-type',
  dst: (at, links) => {
    return tunnelDst(at) ?? prefix('dst', 'rtmsg/rtm-dst-len')(at, links)
  },
  from: prefix('src', 'rtmsg/rtm-src-len'),
  tos: (at) => raw(at, 'encap/tos') ?? `0x${raw(at, 'rtmsg/rtm-tos')?.toString(16)}`,
  gateway: 'gateway',
  'via.family': 'via/rtvia-family',
  'via.host': 'via/rtvia-addr',
  dev: link('oif'),
  table: 'table',
  protocol: 'rtmsg/rtm-protocol',
  scope: named('rtmsg/rtm-scope', SCOPE),
  prefsrc: 'prefsrc',
  metric: 'priority',
  flags: hopFlags('rtmsg/rtm-flags'),
  'flow.from': realm('flow', 16),
  'flow.to': realm('flow', 0),
  metrics: {
    each: (at) => [at.find('metrics')].filter((node) => node !== undefined),
    fields: METRICS,
  },
  nexthops: { each: nodes('multipath'), fields: HOP },
  nhid: 'nh-id',
  nh_info: { none: 'comes from a dump of nexthops, which is held against its own' },
  expires: seconds('cacheinfo/rta-expires', 100),
  error: 'cacheinfo/rta-error',
  pref: 'pref',
  to: labels('newdst'),
}

const RULE_PREFIX = (path: string) => (at: TreeNode) => text(at, path) ?? 'all'

export const RULE: Fields = {
  priority: (at) => raw(at, 'priority') ?? 0,
  src: RULE_PREFIX('src'),
  srclen: 'fib-rule-hdr/src-len',
  dst: RULE_PREFIX('dst'),
  dstlen: 'fib-rule-hdr/dst-len',
  not: shown('fib-rule-hdr/flags', 'invert'),
  tos: hex('fib-rule-hdr/tos'),
  fwmark: hex('fwmark'),
  fwmask: hex('fwmask'),
  iif: 'iifname',
  oif: 'oifname',
  l3mdev: shown('l3mdev'),
  uid_start: 'uid-range/start',
  uid_end: 'uid-range/end',
  ipproto: 'ip-proto',
  sport: 'sport-range/start',
  sport_start: 'sport-range/start',
  sport_end: 'sport-range/end',
  dport: 'dport-range/start',
  dport_start: 'dport-range/start',
  dport_end: 'dport-range/end',
  tun_id: 'tun-id',
  table: 'table',
  suppress_prefixlen: 'suppress-prefixlen',
  suppress_ifgroup: 'suppress-ifgroup',
  flow_from: realm('flow', 16),
  flow_to: realm('flow', 0),
  goto: 'goto',
  unresolved: shown('fib-rule-hdr/flags', 'unresolved'),
  nop: (at) => (text(at, 'fib-rule-hdr/action') === 'nop' ? null : undefined),
  action: 'fib-rule-hdr/action',
  protocol: 'protocol',
}

export const NEIGH: Fields = {
  dst: 'dst',
  dev: link('ndmsg/ndm-ifindex'),
  lladdr: 'lladdr',
  router: shown('ndmsg/ndm-flags', 'router'),
  proxy: shown('ndmsg/ndm-flags', 'proxy'),
  extern_learn: shown('ndmsg/ndm-flags', 'ext-learned'),
  offload: shown('ndmsg/ndm-flags', 'offloaded'),
  managed: shown('flags-ext', 'managed'),
  used: seconds('cacheinfo/used', 100),
  confirmed: seconds('cacheinfo/confirmed', 100),
  updated: seconds('cacheinfo/updated', 100),
  refcnt: 'cacheinfo/refcnt',
  probes: 'probes',
  protocol: 'protocol',
  state: 'ndmsg/ndm-state',
}

/** NUD_PERMANENT is told as it is, NUD_REACHABLE not at all, NUD_NOARP as static. */
function fdbState(at: TreeNode): string {
  const states = at.find('ndmsg/ndm-state')?.value as string[]
  if (states.includes('permanent')) return 'permanent'
  if (states.includes('noarp')) return 'static'
  return states.includes('stale') ? 'stale' : ''
}

export const FDB: Fields = {
  mac: 'lladdr',
  ifname: link('ndmsg/ndm-ifindex'),
  dst: 'dst',
  vlan: 'vlan',
  port: 'port',
  vni: 'vni',
  src_vni: 'src-vni',
  viaIf: link('ifindex'),
  master: link('master'),
  nhid: 'nh-id',
  used: seconds('cacheinfo/used', 100),
  updated: seconds('cacheinfo/updated', 100),
  flags: (at) => {
    const flags = at.find('ndmsg/ndm-flags')?.value as string[]
    const shownAs: Record<string, string> = { 'ext-learned': 'extern_learn', offloaded: 'offload' }
    return flags.filter((one) => one !== 'use').map((one) => shownAs[one] ?? one)
  },
  state: fdbState,
}

export const NEXTHOP: Fields = {
  ...ENCAP,
  id: 'id',
  gateway: 'gateway',
  dev: link('oif'),
  scope: named('nhmsg/nh-scope', SCOPE),
  protocol: 'nhmsg/nh-protocol',
  flags: hopFlags('nhmsg/nh-flags'),
  blackhole: shown('blackhole'),
  fdb: shown('fdb'),
  group: {
    each: nodes('group'),
    fields: { id: 'id', weight: number('weight', (weight) => weight + 1) },
  },
  type: 'group-type',
  'resilient_args.buckets': 'res-group/buckets',
  'resilient_args.idle_timer': number('res-group/idle-timer', (value) => value / 100),
  'resilient_args.unbalanced_timer': number('res-group/unbalanced-timer', (value) => value / 100),
  'resilient_args.unbalanced_time': seconds('res-group/unbalanced-time', 100),
  'bucket.index': 'res-bucket/index',
  'bucket.idle_time': seconds('res-bucket/idle-time', 100),
  'bucket.nhid': 'res-bucket/nh-id',
}

const ETH_P_IP = 0x0800
const ETH_P_IPV6 = 0x86dd

/** A union: a MAC address, or what the protocol beside it says, in network order. */
function mdbAddress(at: TreeNode): string | undefined {
  const bytes = at.find('br-mdb-entry/addr')?.valueBytes
  const protocol = raw(at, 'br-mdb-entry/proto')
  if (!bytes) return undefined
  if (protocol === ETH_P_IP) return bytes.subarray(0, 4).join('.')
  if (protocol === ETH_P_IPV6) return ipv6Text(bytes)
  return Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

export const MDB: Fields = {
  index: (at) => raw(mdbOf(at), 'br-port-msg/ifindex'),
  dev: (at, links) => link('br-port-msg/ifindex')(mdbOf(at), links),
  port: link('br-mdb-entry/ifindex'),
  grp: mdbAddress,
  src: 'source',
  state: named('br-mdb-entry/state', { 0: 'temp', 1: 'permanent' }),
  filter_mode: 'group-mode',
  protocol: 'rtprot',
  vid: 'br-mdb-entry/vid',
  flags: hopFlags('br-mdb-entry/flags'),
  timer: seconds('timer', 100),
}

function mdbOf(at: TreeNode): TreeNode {
  let node = at
  while (node.kind !== 'message' && node.parent) node = node.parent
  return node
}

/** Every entry of a bridge, in one row: iproute2 nests them less than the kernel. */
export function mdbEntries(message: TreeNode): TreeNode[] {
  return nodes('mdb', 'entry')(message).flatMap((entry) => nodes('', 'info')(entry))
}
