// Address families and routing tables, as iproute2 calls them.
// Sources: linux/socket.h, linux/rtnetlink.h, and the files of /etc/iproute2 as iproute2 ships them.

import { AF_BRIDGE, AF_INET, AF_INET6, AF_MPLS } from '../../assembly/contract.js'

/** AF_…, by name; RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR are those of multicast routes. */
export const ADDRESS_FAMILIES = {
  inet: AF_INET,
  inet6: AF_INET6,
  bridge: AF_BRIDGE,
  link: 17,
  mpls: AF_MPLS,
  ipmr: 128,
  ip6mr: 129,
} as const

/** RT_TABLE_…, by name. */
export const ROUTE_TABLES = { unspec: 0, default: 253, main: 254, local: 255 } as const

/** "inet", "inet6", …; a number in decimal where it has no name. */
export function addressFamilyName(family: number): string {
  return nameIn(ADDRESS_FAMILIES, family)
}

/** "main", "local", …; a number in decimal where it has no name. */
export function tableName(table: number): string {
  return nameIn(ROUTE_TABLES, table)
}

function nameIn(names: Record<string, number>, number: number): string {
  for (const name in names) if (names[name] === number) return name
  return `${number}`
}
