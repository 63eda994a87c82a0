// Requests that a kernel refuses, and what it says then: a table of facts, each tried on Linux 6.18.
// In: a namespace with the links, the table and the addresses of `PREPARED`. Out: requests with errno, path and words.

import type { RequestFlag } from 'netlink-wasm'
import {
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EEXIST,
  EINVAL,
  ENETUNREACH,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
  ERANGE,
  OUT_OF_RANGE,
  type RefusalRow,
  type Row,
  rows,
} from './refusal-row.ts'
import { ethtool, ethtoolMore, header, nftAsked, nftMade } from './refusals-ethtool-nft.ts'

/** What has to be there: commands of ip, and one of nft. */
export const PREPARED = {
  ip: [
    'link set lo up',
    'link add va type veth peer name vb',
    'link set va up',
    'link set vb up',
    'link add br0 type bridge',
    'link add vx0 type vxlan id 42 dstport 4789',
    'addr add 192.0.2.1/24 dev va',
  ],
  nft: 'add table inet t; add chain inet t c; add set inet t s { type ipv4_addr; }',
}

const link = (kind: string, data: object) => ({ ifname: 'x', linkinfo: { kind, data } })

const links: Row[] = [
  [
    'newlink',
    link('vxlan', { id: 1 << 24 }),
    ERANGE,
    'linkinfo.data.id',
    'VXLAN ID must be lower than 16777216',
  ],
  [
    'newlink',
    link('vxlan', { id: 1, 'port-range': { low: 9, high: 3 } }),
    ...([EINVAL, 'linkinfo.data.port-range', 'Invalid source port range'] as const),
  ],
  ['newlink', link('vxlan', { id: 1, df: 9 }), EINVAL, 'linkinfo.data.df', 'Invalid DF attribute'],
  [
    'newlink',
    link('vxlan', { id: 1, 'label-policy': 9 }),
    ERANGE,
    'linkinfo.data.label-policy',
    OUT_OF_RANGE,
  ],
  ['newlink', link('nope', {}), EOPNOTSUPP, undefined, 'Unknown device type'],
  ['newlink', { ifname: 'va' }, EEXIST],
  ['setlink', { ifname: 'va', mtu: 10 }, EINVAL, undefined, 'mtu less than device minimum'],
  ['setlink', { ifname: 'nope' }, ENODEV],
  ['setlink', { ifname: 'va', 'new-ifindex': -5 }, ERANGE, 'new-ifindex', OUT_OF_RANGE],
]

const address = { 'ifa-index': 1, 'ifa-prefixlen': 24, local: '10.0.0.1' }
const addresses: Row[] = [
  ['newaddr', { ...address, 'ifa-index': 9999 }, ENODEV, undefined, 'ipv4: Device not found'],
  [
    'newaddr',
    { ...address, 'ifa-prefixlen': 99 },
    EINVAL,
    undefined,
    'ipv4: Invalid prefix length',
  ],
  [
    'newaddr',
    { ...address, 'ifa-prefixlen': 231, local: '2001:db8::1' },
    EINVAL,
    undefined,
    'ipv6: Invalid prefix length',
  ],
  [
    'newaddr',
    { ...address, cacheinfo: { 'ifa-prefered': 9, 'ifa-valid': 3 } },
    EINVAL,
    undefined,
    'ipv4: address lifetime invalid',
  ],
]

const route = {
  ...{ 'rtm-table': 254, 'rtm-protocol': 'boot', 'rtm-scope': 'universe', 'rtm-type': 'unicast' },
  ...{ 'rtm-family': 'inet', 'rtm-dst-len': 24, dst: '198.51.100.0' },
}
const routes: Row[] = [
  [
    'newroute',
    { ...route, gateway: '203.0.113.1' },
    ENETUNREACH,
    undefined,
    'Nexthop has invalid gateway',
  ],
  [
    'newroute',
    { ...route, 'rtm-dst-len': 99, gateway: '192.0.2.9' },
    EINVAL,
    undefined,
    'Invalid prefix length',
  ],
  [
    'newroute',
    { ...route, multipath: [] },
    ERANGE,
    'multipath',
    'Attribute failed policy validation',
  ],
  ['newroute', { ...route, 'nh-id': 99 }, EINVAL, undefined, 'Nexthop id does not exist'],
  [
    'newroute',
    { ...route, 'rtm-tos': 3, gateway: '192.0.2.9' },
    EINVAL,
    undefined,
    'Invalid dsfield (tos): ECN bits must be 0',
  ],
]

const lookup = { family: 'inet', action: 'to-tbl', 'table#15': 3 }
const rules: Row[] = [
  [
    'newrule',
    { family: 'inet', src: '10.0.0.0', 'src-len': 99 },
    EINVAL,
    undefined,
    'Invalid source address',
  ],
  [
    'newrule',
    { family: 'inet', action: 'goto' },
    EINVAL,
    undefined,
    'Missing goto target for action goto',
  ],
  [
    'newrule',
    { ...lookup, 'sport-range': { start: 9, end: 3 } },
    EINVAL,
    undefined,
    'Invalid sport range',
  ],
  ['newrule', { ...lookup, iifname: 'a'.repeat(24) }, ERANGE, 'iifname', 'Error parsing msg'],
  ['newrule', { family: 99 }, EAFNOSUPPORT, undefined, 'Rule family not supported'],
]

const asked: RefusalRow[] = [
  ...rows('rt-link', [['dellink', { ifname: 'lo' }, EOPNOTSUPP]]),
  ...rows('rt-addr', [
    [
      'deladdr',
      { ...address, local: '10.77.0.1' },
      EADDRNOTAVAIL,
      undefined,
      'ipv4: Address not found',
    ],
  ]),
  ...rows('ethtool', [
    ['features-set', { header }, EINVAL],
    ['cable-test-act', {}, EINVAL, undefined, 'request header missing'],
  ]),
  ...rows('rt-neigh', [
    [
      'getneigh',
      { 'ndm-family': 'inet', 'ndm-ifindex': 1, dst: '192.0.2.77' },
      ENOENT,
      undefined,
      'Neighbour entry not found',
    ],
    ['setneightbl', { name: 'nope' }, ENOENT],
  ]),
  ...rows('nlctrl', [
    ['getfamily', { 'family-name': 'nope' }, ENOENT],
    [
      'getfamily',
      { 'family-name': 'a'.repeat(33) },
      EINVAL,
      'family-name',
      'Attribute failed policy validation',
    ],
  ]),
  ...rows('netdev', [
    ['dev-get', {}, EINVAL, 'ifindex'],
    ['dev-get', { ifindex: 0 }, ERANGE, 'ifindex', OUT_OF_RANGE],
    ['queue-get', { ifindex: 1 }, EINVAL, 'id'],
    ['queue-get', { ifindex: 1, type: 9, id: 1 }, ERANGE, 'type', OUT_OF_RANGE],
    ['napi-get', {}, EINVAL, 'id'],
    ['napi-get', { id: 9999 }, ENOENT, 'id'],
  ]),
  ...rows('conntrack', [['get', { 'nfgen-family': 'ipv4', 'tuple-orig': {} }, EINVAL]]),
]

/** Strict checking: what a dump may not be filtered by. */
const dumps: RefusalRow[] = [
  ...rows('rt-link', [
    [
      'getlink',
      { 'ifi-index': 5 },
      EINVAL,
      undefined,
      'Filter by device index not supported for link dumps',
    ],
    ['getlink', { mtu: 5 }, EINVAL, undefined, 'Unsupported attribute in link dump request'],
  ]),
  ...rows('rt-addr', [
    [
      'getaddr',
      { 'ifa-family': 'inet', local: '192.0.2.1' },
      EINVAL,
      undefined,
      'ipv4: Unsupported attribute in dump request',
    ],
  ]),
  ...rows('rt-route', [
    [
      'getroute',
      { 'rtm-family': 'inet', 'rtm-dst-len': 5 },
      EINVAL,
      undefined,
      'Invalid values in header for FIB dump request',
    ],
  ]),
  ...rows('rt-rule', [
    [
      'getrule',
      { family: 'inet', src: '192.0.2.1' },
      EINVAL,
      undefined,
      'Invalid data after header in fib rule dump request',
    ],
  ]),
  ...rows('nlctrl', [['getpolicy', { 'family-name': 'nlctrl', op: 99 }, ENOENT, 'op']]),
].map((row) => ({ ...row, isDump: true }))

const created = { flags: ['create', 'excl'] as RequestFlag[] }

export const REFUSALS: readonly RefusalRow[] = [
  ...rows('ethtool', [...ethtool, ...ethtoolMore]),
  ...rows('nftables', nftAsked),
  ...rows('nftables', nftMade, { flags: ['create'] }),
  ...rows('rt-link', links, created),
  ...rows('rt-addr', addresses, created),
  ...rows('rt-route', routes, created),
  ...rows('rt-rule', rules, created),
  ...asked,
  ...dumps,
]
