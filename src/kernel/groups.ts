// Multicast groups by name.
// In: a name as a user writes it. Out: a protocol and a group number, or a generic netlink family and the name of
// its group, whose numbers only the kernel knows. The numbers are those of the UAPI headers.

import { kebabCase, PROTOCOLS, protocolName, protocolNumber } from '../base/protocols.js'

/** Other names of protocols. */
const ALIASES: Record<string, number> = {
  nfnetlink: PROTOCOLS.NETFILTER,
  nftables: PROTOCOLS.NETFILTER,
  conntrack: PROTOCOLS.NETFILTER,
  uevent: PROTOCOLS.KOBJECT_UEVENT,
}

export interface GroupTable {
  protocol: number
  /** The header that the table comes from, and the prefix of its constants. */
  header: string
  prefix: string
  groups: Readonly<Record<string, number>>
}

export const GROUP_TABLES: readonly GroupTable[] = [
  {
    protocol: PROTOCOLS.ROUTE,
    header: 'linux/rtnetlink.h',
    prefix: 'RTNLGRP_',
    groups: {
      LINK: 1,
      NOTIFY: 2,
      NEIGH: 3,
      TC: 4,
      IPV4_IFADDR: 5,
      IPV4_MROUTE: 6,
      IPV4_ROUTE: 7,
      IPV4_RULE: 8,
      IPV6_IFADDR: 9,
      IPV6_MROUTE: 10,
      IPV6_ROUTE: 11,
      IPV6_IFINFO: 12,
      DECnet_IFADDR: 13,
      DECnet_ROUTE: 15,
      DECnet_RULE: 16,
      IPV6_PREFIX: 18,
      IPV6_RULE: 19,
      ND_USEROPT: 20,
      PHONET_IFADDR: 21,
      PHONET_ROUTE: 22,
      DCB: 23,
      IPV4_NETCONF: 24,
      IPV6_NETCONF: 25,
      MDB: 26,
      MPLS_ROUTE: 27,
      NSID: 28,
      MPLS_NETCONF: 29,
      IPV4_MROUTE_R: 30,
      IPV6_MROUTE_R: 31,
      NEXTHOP: 32,
      BRVLAN: 33,
      MCTP_IFADDR: 34,
      TUNNEL: 35,
      STATS: 36,
      IPV4_MCADDR: 37,
      IPV6_MCADDR: 38,
      IPV6_ACADDR: 39,
    },
  },
  {
    protocol: PROTOCOLS.SOCK_DIAG,
    header: 'linux/sock_diag.h',
    prefix: 'SKNLGRP_',
    groups: {
      INET_TCP_DESTROY: 1,
      INET_UDP_DESTROY: 2,
      INET6_TCP_DESTROY: 3,
      INET6_UDP_DESTROY: 4,
    },
  },
  {
    protocol: PROTOCOLS.XFRM,
    header: 'linux/xfrm.h',
    prefix: 'XFRMNLGRP_',
    groups: {
      ACQUIRE: 1,
      EXPIRE: 2,
      SA: 3,
      POLICY: 4,
      AEVENTS: 5,
      REPORT: 6,
      MIGRATE: 7,
      MAPPING: 8,
    },
  },
  {
    protocol: PROTOCOLS.SELINUX,
    header: 'linux/selinux_netlink.h',
    prefix: 'SELNLGRP_',
    groups: { AVC: 1 },
  },
  {
    protocol: PROTOCOLS.AUDIT,
    header: 'linux/audit.h',
    prefix: 'AUDIT_NLGRP_',
    groups: { READLOG: 1 },
  },
  {
    protocol: PROTOCOLS.NETFILTER,
    header: 'linux/netfilter/nfnetlink.h',
    prefix: 'NFNLGRP_',
    groups: {
      CONNTRACK_NEW: 1,
      CONNTRACK_UPDATE: 2,
      CONNTRACK_DESTROY: 3,
      CONNTRACK_EXP_NEW: 4,
      CONNTRACK_EXP_UPDATE: 5,
      CONNTRACK_EXP_DESTROY: 6,
      NFTABLES: 7,
      ACCT_QUOTA: 8,
      NFTRACE: 9,
    },
  },
]

/** linux/genetlink.h */
export const CTRL = {
  GENL_ID_CTRL: 16,
  GENL_HDRLEN: 4,
  CTRL_CMD_NEWFAMILY: 1,
  CTRL_CMD_GETFAMILY: 3,
  CTRL_ATTR_FAMILY_ID: 1,
  CTRL_ATTR_FAMILY_NAME: 2,
  CTRL_ATTR_MCAST_GROUPS: 7,
  CTRL_ATTR_MCAST_GRP_NAME: 1,
  CTRL_ATTR_MCAST_GRP_ID: 2,
} as const

/** All rtnetlink groups of this kernel and of newer ones: a kernel ignores those above its last. */
export const ALL_ROUTE_GROUPS: readonly number[] = Array.from({ length: 64 }, (_, at) => at + 1)

export interface Group {
  protocol: number
  group: number
}

/** A group of a generic netlink family, by name. */
export interface FamilyGroup {
  family: string
  group: string
}

/** A generic netlink family, as the kernel lists it. */
export interface GenericFamily {
  id: number
  name: string
  groups: { name: string; id: number }[]
}

/**
 * Reads the name of a group: `link` (a group of rtnetlink), `nfnetlink/conntrack-new` or `12/1` (a protocol
 * and its group, each by name or number), `ethtool/monitor` (a generic netlink family and its group).
 *
 * @returns undefined for a name that no group can have
 */
export function parseGroup(text: string): Group | FamilyGroup | undefined {
  const [left = '', right, ...rest] = text.split('/')
  if (rest.length > 0 || left === '' || right === '') return undefined
  if (right === undefined) return known(PROTOCOLS.ROUTE, left)
  const protocol = protocolOf(left)
  if (protocol === undefined) return { family: left, group: right }
  const group = integer(right)
  return group === undefined
    ? known(protocol, right)
    : group > 0 && group <= MAX_GROUP
      ? { protocol, group }
      : undefined
}

/** More than any protocol has. */
const MAX_GROUP = 0x7fffffff

function known(protocol: number, name: string): Group | undefined {
  for (const table of GROUP_TABLES) {
    if (table.protocol !== protocol) continue
    for (const [constant, group] of Object.entries(table.groups)) {
      if (kebabCase(constant) === name) return { protocol, group }
    }
  }
  return undefined
}

function protocolOf(text: string): number | undefined {
  const number = integer(text)
  if (number !== undefined) return number
  return Object.hasOwn(ALIASES, text) ? ALIASES[text] : protocolNumber(text)
}

function integer(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** All names, for the error about an unknown one. */
export function knownGroups(families: readonly GenericFamily[]): string {
  const fixed = GROUP_TABLES.map(({ protocol, groups }) => {
    const prefix = protocol === PROTOCOLS.ROUTE ? '' : `${protocolName(protocol)}/`
    return Object.keys(groups).map((constant) => prefix + kebabCase(constant))
  })
  const generic = families.map(({ name, groups }) => groups.map((group) => `${name}/${group.name}`))
  return [...fixed, ...generic]
    .filter((names) => names.length > 0)
    .map((names) => `  ${names.join(' ')}`)
    .join('\n')
}
