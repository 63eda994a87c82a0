// Numbers of routes, addresses, neighbours and rules as iproute2 names them.
// Sources: linux/rtnetlink.h, and the files of /etc/iproute2 as iproute2 ships them. A number without a name is
// written in decimal.

const PROTOCOLS: Record<number, string> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  99: 'openr',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
}

/** RTPROT_…. */
export function routeProtocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? `${protocol}`
}

const SCOPES: Record<number, string> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
}

/** RT_SCOPE_…. */
export function scopeName(scope: number): string {
  return SCOPES[scope] ?? `${scope}`
}

const ROUTE_TYPES = [
  'none',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
]

/** RTN_…. */
export function routeTypeName(type: number): string {
  return ROUTE_TYPES[type] ?? `${type}`
}

const DS_FIELDS: Record<number, string> = {
  0: 'default',
  40: 'AF11',
  48: 'AF12',
  56: 'AF13',
  72: 'AF21',
  80: 'AF22',
  88: 'AF23',
  104: 'AF31',
  112: 'AF32',
  120: 'AF33',
  136: 'AF41',
  144: 'AF42',
  152: 'AF43',
  32: 'CS1',
  64: 'CS2',
  96: 'CS3',
  128: 'CS4',
  160: 'CS5',
  192: 'CS6',
  224: 'CS7',
  184: 'EF',
}

/** A TOS or DS field: "CS1", "0x10". */
export function dsFieldName(tos: number): string {
  return DS_FIELDS[tos] ?? `0x${tos.toString(16).padStart(2, '0')}`
}

/** A DSCP, which is the upper six bits of a DS field. */
export function dscpName(dscp: number): string {
  return DS_FIELDS[dscp << 2] ?? `${dscp}`
}

/** /etc/iproute2/rt_realms names 0 and, on most systems, nothing else. */
export function realmName(realm: number): string {
  return realm === 0 ? 'cosmos' : `${realm}`
}

const IP_PROTOCOLS: Record<number, string> = {
  0: 'ip',
  1: 'icmp',
  2: 'igmp',
  4: 'ipencap',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  132: 'sctp',
  136: 'udplite',
}

/** Names of /etc/protocols. */
export function ipProtocolName(protocol: number): string {
  return IP_PROTOCOLS[protocol] ?? `ipproto-${protocol}`
}

/** In the order in which iproute2 prints them. */
const ROUTE_FLAGS: [mask: number, name: string][] = [
  [0x1, 'dead'],
  [0x4, 'onlink'],
  [0x2, 'pervasive'],
  [0x8, 'offload'],
  [0x40, 'trap'],
  [0x100, 'notify'],
  [0x10, 'linkdown'],
  [0x20, 'unresolved'],
  [0x4000, 'rt_offload'],
  [0x8000, 'rt_trap'],
  [0x20000000, 'rt_offload_failed'],
]

/** RTNH_F_… and RTM_F_…. */
export function routeFlagNames(flags: number): string[] {
  return ROUTE_FLAGS.filter(([mask]) => flags & mask).map(([, name]) => name)
}
