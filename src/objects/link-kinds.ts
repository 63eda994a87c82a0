import {
  asBoolean,
  asBridgeId,
  asHash,
  asHex,
  asLink,
  asList,
  asNumber,
  asSeconds,
  asVlanProtocol,
  flagsIn,
  type InfoForms,
  named,
  numberIn,
} from './link-forms.js'
import { TUNNELS } from './tunnel-kinds.js'

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

const ipoib: InfoForms = {
  pkey: ['key', asHex],
  umcast: (node) => numberIn(node).toString(16).padStart(4, '0'),
}

const KINDS = new Map<string, InfoForms>([
  ...TUNNELS,
  ['bond', bond],
  ['bridge', bridge],
  ['hsr', hsr],
  ['ipoib', ipoib],
  ['ipvlan', ipvlan],
  ['ipvtap', ipvlan],
  ['macsec', macsec],
  ['macvlan', macvlan],
  ['macvtap', macvlan],
  ['tun', tun],
  ['vlan', vlan],
])

const PORTS = new Map<string, InfoForms>([
  ['bridge', bridgePort],
  ['bond', bondPort],
])

/** Of `info_data`. */
export function infoForms(kind: string): InfoForms {
  return KINDS.get(kind) ?? {}
}

/** Of `info_slave_data`. */
export function portForms(kind: string): InfoForms {
  return PORTS.get(kind) ?? {}
}
