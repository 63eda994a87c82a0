// What iproute2 calls the data of each kind of tunnel, and the forms that it gives it, where that is not the schema's own.
// In: nothing. Out: forms by kind. Sources: the output of `ip -j -d link` for each of them; linux/if_tunnel.h, linux/ip6_tunnel.h.

import type { TreeNode } from '../tree/node.js'
import {
  asAddress,
  asBoolean,
  asCount,
  asHex,
  asLink,
  asMask,
  asSet,
  beside,
  flagsIn,
  type InfoForms,
  named,
  numberIn,
  plainValue,
} from './link-forms.js'
import { NO_LOOKUP } from './value-forms.js'

const vxlan: InfoForms = {
  group: asAddress('group', 'remote'),
  group6: asAddress('group6', 'remote6'),
  link: asLink,
  'port-range': {
    several: (node) => ({
      port_range: {
        low: numberIn(node.find('low') ?? node),
        high: numberIn(node.find('high') ?? node),
      },
    }),
  },
  learning: asBoolean,
  proxy: asSet,
  rsc: asSet,
  l2miss: asSet,
  l3miss: asSet,
  tos: asMask,
  'ttl-inherit': undefined,
  ttl: (node) => (isSet(node, 'ttl-inherit') ? undefined : numberIn(node)),
  label: asMask,
  'label-policy': undefined,
  limit: asCount,
  'udp-csum': asBoolean,
  'udp-zero-csum6-tx': asBoolean,
  'udp-zero-csum6-rx': asBoolean,
  'remcsum-tx': asSet,
  'remcsum-rx': asSet,
  'collect-metadata': ['external', asSet],
  vnifilter: asSet,
  gbp: asSet,
  gpe: asSet,
  localbypass: asBoolean,
}

/** Whether the attribute beside `node` is not 0. */
function isSet(node: TreeNode, name: string): boolean {
  const other = beside(node, name)
  return other !== undefined && numberIn(other) !== 0
}

const PROTOCOLS: Record<number, string> = {
  0: 'any',
  4: 'ipip',
  41: 'ip6ip6',
  47: 'gre',
  137: 'mplsip',
}

const tunnel: InfoForms = {
  link: asLink,
  remote: asAddress('remote'),
  local: asAddress('local'),
  tos: asMask,
  pmtudisc: asBoolean,
  'collect-metadata': ['external', asBoolean],
  'ignore-df': asSet,
  fwmark: asMask,
  ikey: (node) => keyOf(node, 'iflags'),
  okey: (node) => keyOf(node, 'oflags'),
  iflags: { several: (node) => keyFlags(flagsIn(node), 'i') },
  oflags: { several: (node) => keyFlags(flagsIn(node), 'o') },
  'erspan-dir': named(['ingress', 'egress']),
  'erspan-hwid': asHex,
  flags: {
    several: (node) =>
      Object.fromEntries(
        TUNNEL_FLAGS.filter((_, at) => (numberIn(node) >> at) & 1).map((flag) => [flag, true]),
      ),
  },
  flowinfo: {
    several: (node) => ({
      tclass: `0x${((numberIn(node) >>> 20) & 255).toString(16).padStart(2, '0')}`,
      flowlabel: `0x${(numberIn(node) & 0xfffff).toString(16).padStart(5, '0')}`,
    }),
  },
  'encap-type': undefined,
  'encap-flags': undefined,
  'encap-sport': undefined,
  'encap-dport': undefined,
  '6rd-prefix': 'prefix',
  '6rd-prefixlen': 'prefixlen',
  '6rd-relay-prefix': [
    'relay_prefix',
    (node) => (isSet(node, '6rd-relay-prefixlen') ? plainValue(node, NO_LOOKUP) : undefined),
  ],
  '6rd-relay-prefixlen': ['relay_prefixlen', asCount],
}

/** linux/ip6_tunnel.h: IP6_TNL_F_…, from the lowest. */
const TUNNEL_FLAGS = [
  'ip6_tnl_f_ign_encap_limit',
  'ip6_tnl_f_use_orig_tclass',
  'ip6_tnl_f_use_orig_flowlabel',
]

function keyFlags(flags: string[], way: 'i' | 'o'): Record<string, boolean> {
  const set = ['seq', 'csum'].filter((flag) => flags.includes(flag))
  return Object.fromEntries(set.map((flag) => [`${way}${flag}`, true]))
}

/** The key of a tunnel, which looks like an IPv4 address; of GRE only where its flag is set. */
function keyOf(node: TreeNode, flags: string): string | undefined {
  const found = beside(node, flags)
  const isThere = found ? flagsIn(found).includes('key') : numberIn(node) !== 0
  return isThere ? node.valueBytes.join('.') : undefined
}

const ip: InfoForms = { ...tunnel, flags: undefined, proto: named({ ...PROTOCOLS, 41: 'ip6ip' }) }
const ip6: InfoForms = { ...tunnel, proto: named(PROTOCOLS) }

const geneve: InfoForms = {
  'ttl-inherit': undefined,
  ttl: (node) => (isSet(node, 'ttl-inherit') ? undefined : numberIn(node)),
  tos: asMask,
  df: named(['unset', 'set', 'inherit']),
  label: asMask,
  'collect-metadata': ['external', asBoolean],
  'udp-csum': asBoolean,
  'udp-zero-csum6-tx': asBoolean,
  'udp-zero-csum6-rx': asBoolean,
  'inner-proto-inherit': asBoolean,
}

const gtp: InfoForms = { 'pdp-hashsize': 'hsize' }
const xfrm: InfoForms = { 'if-id': asHex, link: undefined }
const amt: InfoForms = { link: asLink, 'local-ip': 'local', 'discovery-ip': 'discovery' }

const bareudp: InfoForms = {
  port: 'dstport',
  ethertype: (node) => String(node.value).replaceAll('-', '_'),
  'srcport-min': {
    several: (node) => ({
      srcportmin: numberIn(node),
      // An attribute without a value, whose absence iproute2 prints too.
      multiproto: beside(node, 'multiproto-mode') !== undefined,
    }),
  },
  'multiproto-mode': undefined,
}

/** By kind. */
export const TUNNELS: readonly (readonly [kind: string, forms: InfoForms])[] = [
  ['amt', amt],
  ['bareudp', bareudp],
  ['geneve', geneve],
  ['gtp', gtp],
  ['ip6tnl', ip6],
  ['ipip', ip],
  ['sit', ip],
  ['vxlan', vxlan],
  ['xfrm', xfrm],
  ...['gre', 'gretap', 'erspan', 'vti', 'ip6gre', 'ip6gretap', 'ip6erspan', 'vti6'].map(
    (kind) => [kind, tunnel] as const,
  ),
]
