// What iproute2 calls the data of each kind of link, and the forms that it gives it, where that is not the schema's own.
// In: the name of a kind. Out: its forms. Sources: the output of `ip -j -d link` for each of them; linux/if_link.h,
// linux/if_tunnel.h, linux/if_macsec.h and Documentation/networking/bonding.rst for names of numbers.

import type { TreeNode } from '../tree/node.js'
import {
  asAddress,
  asBoolean,
  asBridgeId,
  asCount,
  asHash,
  asHex,
  asLink,
  asList,
  asMask,
  asNumber,
  asSeconds,
  asSet,
  asVlanProtocol,
  beside,
  flagsIn,
  type InfoForms,
  named,
  numberIn,
  plainValue,
} from './link-forms.js'
import { NO_LOOKUP } from './value-forms.js'

const bridge: InfoForms = {
  'stp-state': asNumber,
  'mcast-router': asNumber,
  'vlan-protocol': asVlanProtocol,
  'bridge-id': asBridgeId,
  'root-id': asBridgeId,
  'hello-timer': asSeconds,
  'tcn-timer': asSeconds,
  'topology-change-timer': asSeconds,
  'gc-timer': asSeconds,
  'group-fwd-mask': asHash,
  'multi-boolopt': {
    several: (node) => {
      const bits = numberIn(node.find('optval') ?? node)
      return { no_linklocal_learn: bits & 1, mcast_vlan_snooping: (bits >> 1) & 1 }
    },
  },
}

const bridgePort: InfoForms = {
  mode: ['hairpin', asBoolean],
  guard: asBoolean,
  protect: ['root_block', asBoolean],
  'fast-leave': ['fastleave', asBoolean],
  learning: asBoolean,
  'unicast-flood': ['flood', asBoolean],
  id: asHex,
  no: asHex,
  'bridge-id': asBridgeId,
  'root-id': asBridgeId,
  'hold-timer': asSeconds,
  'message-age-timer': asSeconds,
  'forward-delay-timer': asSeconds,
  proxyarp: ['proxy_arp', asBoolean],
  'proxyarp-wifi': ['proxy_arp_wifi', asBoolean],
  'mcast-flood': asBoolean,
  'bcast-flood': asBoolean,
  'mcast-to-ucast': ['mcast_to_unicast', asBoolean],
  'neigh-suppress': asBoolean,
  'group-fwd-mask': {
    several: (node, lookup) => ({
      group_fwd_mask: asHash(node, lookup) as string,
      group_fwd_mask_str: asHex(node, lookup) as string,
    }),
  },
  'vlan-tunnel': asBoolean,
  isolated: asBoolean,
  locked: asBoolean,
  mab: asBoolean,
  'neigh-vlan-suppress': asBoolean,
  'neigh-forward-grat': asBoolean,
  'multicast-router': asNumber,
  'backup-port': asLink,
  // For those who configure these, no key of iproute2's.
  'mrp-ring-open': undefined,
  'mrp-in-open': undefined,
  'mcast-eht-hosts-limit': undefined,
  'mcast-eht-hosts-cnt': undefined,
}

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

const macvlan: InfoForms = {
  flags: { several: (node) => (flagsIn(node).includes('nopromisc') ? { nopromisc: true } : {}) },
  'bc-queue-len': ['bcqueuelen', asNumber],
  'bc-queue-len-used': ['usedbcqueuelen', asNumber],
  'macaddr-count': (node) =>
    node.parent?.find('mode')?.value === 'source' ? numberIn(node) : undefined,
  'macaddr-data': asList,
}

const tun: InfoForms = {
  pi: asBoolean,
  'vnet-hdr': asBoolean,
  'multi-queue': asBoolean,
  'num-queues': ['numqueues', asNumber],
  'num-disabled-queues': ['numdisabled', asNumber],
  persist: asBoolean,
  // iproute2 prints their names where the system has some.
  owner: 'user',
}

const ipvlan: InfoForms = {
  flags: {
    several: (node) => ({ [flagsIn(node)[0] ?? 'bridge']: true }),
  },
}

const vlan: InfoForms = {
  protocol: asVlanProtocol,
  flags: (node) =>
    flagsIn(node.find('flags') ?? node).map((flag) => flag.toUpperCase().replaceAll('-', '_')),
  'ingress-qos': qos('ingress_qos'),
  'egress-qos': qos('egress_qos'),
}

function qos(key: string): InfoForms[string] {
  return [
    key,
    (node) =>
      [...node.children]
        .filter(({ name }) => name === 'mapping')
        .map((mapping) => ({
          from: numberIn(mapping.find('from') ?? mapping),
          to: numberIn(mapping.find('to') ?? mapping),
        })),
  ]
}

const vrf: InfoForms = {}

const MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
]
const VALIDATE: (string | null)[] = [
  null,
  'active',
  'backup',
  'all',
  'filter',
  'filter_active',
  'filter_backup',
]
const POLICIES = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac']

const bond: InfoForms = {
  mode: named(MODES),
  'active-slave': asLink,
  'peer-notif-delay': ['peer_notify_delay', asNumber],
  'missed-max': ['arp_missed_max', asNumber],
  'arp-ip-target': asList,
  'ns-ip6-target': asList,
  'arp-validate': (node) => VALIDATE[numberIn(node)] ?? null,
  'arp-all-targets': named(['any', 'all']),
  primary: asLink,
  'primary-reselect': named(['always', 'better', 'failure']),
  'fail-over-mac': named(['none', 'active', 'follow']),
  'xmit-hash-policy': named(POLICIES),
  'ad-lacp-active': named(['off', 'on']),
  'ad-lacp-rate': named(['slow', 'fast']),
  'ad-select': named(['stable', 'bandwidth', 'count']),
  'ad-info': (node) =>
    Object.fromEntries(
      [...node.children].flatMap((child) => {
        if (child.kind !== 'attribute') return []
        const { value } = child
        return [
          [child.name.replaceAll('-', '_'), typeof value === 'string' ? value : numberIn(child)],
        ]
      }),
    ),
}

/** IEEE 802.1AX: the bits of a port's state, from the lowest. */
const PORT_STATE = [
  'active',
  'short_timeout',
  'aggregating',
  'in_sync',
  'collecting',
  'distributing',
  'defaulted',
  'expired',
]

function portState(key: string): InfoForms[string] {
  return {
    several: (node) => ({
      [key]: numberIn(node),
      [`${key}_str`]: PORT_STATE.filter((_, at) => (numberIn(node) >> at) & 1),
    }),
  }
}

const bondPort: InfoForms = {
  'ad-actor-oper-port-state': portState('ad_actor_oper_port_state'),
  'ad-partner-oper-port-state': portState('ad_partner_oper_port_state'),
  state: named(['ACTIVE', 'BACKUP']),
  'mii-status': named(['UP', 'GOING_DOWN', 'DOWN', 'GOING_BACK']),
}

const CIPHERS: Record<string, string> = {
  '80c20001000001': 'GCM-AES-128',
  '80c20001000002': 'GCM-AES-256',
  '80c20001000003': 'GCM-AES-XPN-128',
  '80c20001000004': 'GCM-AES-XPN-256',
  // The first number of GCM-AES-128, which the kernel still sends.
  '80020001000001': 'GCM-AES-128',
}

const macsec: InfoForms = {
  sci: (node) => wide(node.valueAs({ raw: true })).padStart(16, '0'),
  protect: asBoolean,
  'cipher-suite': (node) => {
    const number = wide(node.valueAs({ raw: true }))
    return CIPHERS[number] ?? `0x${number}`
  },
  'icv-len': asNumber,
  encrypt: asBoolean,
  'inc-sci': asBoolean,
  es: asBoolean,
  scb: asBoolean,
  'replay-protect': asBoolean,
}

function wide(value: unknown): string {
  return BigInt.asUintN(64, BigInt(value as bigint | number)).toString(16)
}

const hsr: InfoForms = {
  slave1: asLink,
  slave2: asLink,
  protocol: ['proto', asNumber],
  version: undefined,
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

const KINDS: Record<string, InfoForms> = {
  bond,
  bridge,
  geneve,
  hsr,
  ipvlan,
  ipvtap: ipvlan,
  macsec,
  macvlan,
  macvtap: macvlan,
  tun,
  vlan,
  vrf,
  vxlan,
  ipip: ip,
  sit: ip,
  ip6tnl: ip6,
  gtp: { 'pdp-hashsize': 'hsize' },
  xfrm: { 'if-id': asHex, link: undefined },
  bareudp: {
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
  },
  amt: { link: asLink, 'local-ip': 'local', 'discovery-ip': 'discovery' },
  ipoib: {
    pkey: ['key', asHex],
    umcast: (node) => numberIn(node).toString(16).padStart(4, '0'),
  },
}
for (const kind of ['gre', 'gretap', 'erspan', 'vti', 'ip6gre', 'ip6gretap', 'ip6erspan', 'vti6']) {
  KINDS[kind] = tunnel
}

const PORTS: Record<string, InfoForms> = { bridge: bridgePort, bond: bondPort }

/** Of `info_data`. */
export function infoForms(kind: string): InfoForms {
  return KINDS[kind] ?? {}
}

/** Of `info_slave_data`. */
export function portForms(kind: string): InfoForms {
  return PORTS[kind] ?? {}
}
