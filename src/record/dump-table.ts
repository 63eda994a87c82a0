// Which dumps belong to which groups: a table that a test checks against the UAPI headers.

import { PROTOCOLS } from '../base/protocols.js'

/** Requests of one protocol that belong to some of its groups; names and sizes are those of the headers. */
export interface DumpRow {
  protocol: number
  groups: readonly number[]
  /** The constant for `type`, or the expression. */
  name: string
  type: number
  /** What follows the nlmsghdr, and its size. */
  struct: string
  bytes: number
  /** The first byte of the struct; AF_UNSPEC, all families, by default. */
  family?: number
  /** The bit of if_stats_msg that asks for something at all: byte 8. */
  mask?: number
}

const AF_INET = 2
const AF_BRIDGE = 7
const AF_INET6 = 10
const RTNL_FAMILY_IPMR = 128
const RTNL_FAMILY_IP6MR = 129

type Row = [
  groups: readonly number[],
  name: string,
  type: number,
  struct: string,
  bytes: number,
  family?: number,
  mask?: number,
]

// Links first: a replay of the recording starts with them.
const ROUTE: Row[] = [
  [[1, 12], 'RTM_GETLINK', 18, 'ifinfomsg', 16],
  [[1], 'RTM_GETLINK', 18, 'ifinfomsg', 16, AF_BRIDGE],
  [[5, 9], 'RTM_GETADDR', 22, 'ifaddrmsg', 8],
  [[7, 11, 27], 'RTM_GETROUTE', 26, 'rtmsg', 12],
  [[6], 'RTM_GETROUTE', 26, 'rtmsg', 12, RTNL_FAMILY_IPMR],
  [[10], 'RTM_GETROUTE', 26, 'rtmsg', 12, RTNL_FAMILY_IP6MR],
  [[8, 19], 'RTM_GETRULE', 34, 'fib_rule_hdr', 12],
  [[3], 'RTM_GETNEIGH', 30, 'ndmsg', 12],
  [[3], 'RTM_GETNEIGH', 30, 'ndmsg', 12, AF_BRIDGE],
  [[3], 'RTM_GETNEIGHTBL', 66, 'ndtmsg', 4],
  [[4], 'RTM_GETQDISC', 38, 'tcmsg', 20],
  [[32], 'RTM_GETNEXTHOP', 106, 'nhmsg', 8],
  [[24, 25, 29], 'RTM_GETNETCONF', 82, 'netconfmsg', 1],
  [[26], 'RTM_GETMDB', 86, 'br_port_msg', 8, AF_BRIDGE],
  [[28], 'RTM_GETNSID', 90, 'rtgenmsg', 1],
  [[33], 'RTM_GETVLAN', 114, 'br_vlan_msg', 8, AF_BRIDGE],
  [[35], 'RTM_GETTUNNEL', 122, 'tunnel_msg', 8, AF_BRIDGE],
  [[36], 'RTM_GETSTATS', 94, 'if_stats_msg', 12, 0, 1],
  [[37], 'RTM_GETMULTICAST', 58, 'ifaddrmsg', 8, AF_INET],
  [[38], 'RTM_GETMULTICAST', 58, 'ifaddrmsg', 8, AF_INET6],
  [[39], 'RTM_GETANYCAST', 62, 'ifaddrmsg', 8, AF_INET6],
]

const NETFILTER: Row[] = [
  [[1, 2, 3], 'NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET', 0x101, 'nfgenmsg', 4],
  [[4, 5, 6], 'NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_GET', 0x201, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE', 0xa01, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN', 0xa04, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE', 0xa07, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSET', 0xa0a, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ', 0xa13, 'nfgenmsg', 4],
  [[7], 'NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE', 0xa17, 'nfgenmsg', 4],
  [[8], 'NFNL_SUBSYS_ACCT << 8 | NFNL_MSG_ACCT_GET', 0x701, 'nfgenmsg', 4],
]

const XFRM: Row[] = [
  [[1, 2, 3, 5, 7, 8], 'XFRM_MSG_GETSA', 18, 'xfrm_usersa_id', 24],
  [[4], 'XFRM_MSG_GETPOLICY', 21, 'xfrm_userpolicy_id', 64],
]

export const DUMPS: readonly DumpRow[] = [
  ...rows(PROTOCOLS.ROUTE, ROUTE),
  ...rows(PROTOCOLS.NETFILTER, NETFILTER),
  ...rows(PROTOCOLS.XFRM, XFRM),
]

function rows(protocol: number, table: Row[]): DumpRow[] {
  return table.map(([groups, name, type, struct, bytes, family = 0, mask = 0]) => {
    return { protocol, groups, name, type, struct, bytes, family, mask }
  })
}
