// The netlink protocols: NETLINK_… of linux/netlink.h, and the name of each.

export const PROTOCOLS = {
  ROUTE: 0,
  USERSOCK: 2,
  FIREWALL: 3,
  SOCK_DIAG: 4,
  NFLOG: 5,
  XFRM: 6,
  SELINUX: 7,
  ISCSI: 8,
  AUDIT: 9,
  FIB_LOOKUP: 10,
  CONNECTOR: 11,
  NETFILTER: 12,
  IP6_FW: 13,
  DNRTMSG: 14,
  KOBJECT_UEVENT: 15,
  GENERIC: 16,
  SCSITRANSPORT: 18,
  ECRYPTFS: 19,
  RDMA: 20,
  CRYPTO: 21,
  SMC: 22,
} as const

const NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(PROTOCOLS).map(([constant, number]) => [kebabCase(constant), number]),
)
const NAMES: ReadonlyMap<number, string> = new Map(
  Array.from(NUMBERS, ([name, number]) => [number, name]),
)

/** "route", "generic", …; a number without a name comes back in decimal. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? `${protocol}`
}

/** The inverse of protocolName(), for protocols that have a name. */
export function protocolNumber(name: string): number | undefined {
  return NUMBERS.get(name)
}

/** "IPV4_IFADDR" as the package writes it: "ipv4-ifaddr". */
export function kebabCase(constant: string): string {
  return constant.toLowerCase().replaceAll('_', '-')
}
