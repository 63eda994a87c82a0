// The words for the numbers in a node: kinds, statuses, types, protocols.
// In: a number of the contract. Out: its name, the one used in JSON, in the printer and in the API.

import { NETLINK_ROUTE } from '../../assembly/contract.js'
import { NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT } from '../../assembly/tree-layout.js'

export type NodeKind =
  | 'frame'
  | 'message'
  | 'genl'
  | 'header'
  | 'member'
  | 'attribute'
  | 'element'
  | 'request'
  | 'extack'
  | 'padding'
  | 'trailing'
  | 'malformed'

/** In the order of NODE_KIND_…. */
export const NODE_KINDS: readonly NodeKind[] = [
  'frame',
  'message',
  'genl',
  'header',
  'member',
  'attribute',
  'element',
  'request',
  'extack',
  'padding',
  'trailing',
  'malformed',
]

export type NodeStatus =
  | 'typed'
  | 'opaque'
  | 'unknown'
  | 'no-format'
  | 'bad-length'
  | 'short'
  | 'excess'
  | 'truncated'
  | 'limit'

/** In the order of STATUS_…. */
export const NODE_STATUSES: readonly NodeStatus[] = [
  'typed',
  'opaque',
  'unknown',
  'no-format',
  'bad-length',
  'short',
  'excess',
  'truncated',
  'limit',
]

/** The kernel's name for a protocol (NETLINK_… of linux/netlink.h), lower case, dashes. */
export const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  [NETLINK_ROUTE]: 'route',
  2: 'usersock',
  3: 'firewall',
  4: 'sock-diag',
  5: 'nflog',
  6: 'xfrm',
  7: 'selinux',
  8: 'iscsi',
  9: 'audit',
  10: 'fib-lookup',
  11: 'connector',
  12: 'netfilter',
  13: 'ip6-fw',
  14: 'dnrtmsg',
  [NETLINK_KOBJECT_UEVENT]: 'kobject-uevent',
  [NETLINK_GENERIC]: 'generic',
  18: 'scsitransport',
  19: 'ecryptfs',
  20: 'rdma',
  21: 'crypto',
  22: 'smc',
}

/** "route", "generic", …; a number without a name comes back in decimal. */
export function protocolName(protocol: number): string {
  return PROTOCOL_NAMES[protocol] ?? `${protocol}`
}
