// Which path of our tree each field of `linkinfo.info_data` in `ip -j -d link` is, by the link's kind.
// In: nothing. Out: tables, below linkinfo/data. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields } from './iproute.ts'
import {
  bridgeId,
  flag,
  hex,
  link,
  named,
  nodes,
  number,
  raw,
  seconds,
  values,
  vlanProtocol,
} from './iproute-print.ts'
import { TUNNELS } from './iproute-tunnels.ts'

const SECOND = 100
const zeroOrHex = (path: string) => number(path, (mask) => (mask ? `0x${mask.toString(16)}` : '0'))

const bridge: Fields = {
  forward_delay: 'forward-delay',
  hello_time: 'hello-time',
  max_age: 'max-age',
  ageing_time: 'ageing-time',
  stp_state: 'stp-state',
  priority: 'priority',
  vlan_filtering: 'vlan-filtering',
  vlan_protocol: vlanProtocol('vlan-protocol'),
  bridge_id: bridgeId('bridge-id'),
  root_id: bridgeId('root-id'),
  root_port: 'root-port',
  root_path_cost: 'root-path-cost',
  topology_change: 'topology-change',
  topology_change_detected: 'topology-change-detected',
  hello_timer: seconds('hello-timer', SECOND),
  tcn_timer: seconds('tcn-timer', SECOND),
  topology_change_timer: seconds('topology-change-timer', SECOND),
  gc_timer: seconds('gc-timer', SECOND, 400),
  vlan_default_pvid: 'vlan-default-pvid',
  vlan_stats_enabled: 'vlan-stats-enabled',
  vlan_stats_per_port: 'vlan-stats-per-port',
  group_fwd_mask: zeroOrHex('group-fwd-mask'),
  group_addr: 'group-addr',
  mcast_snooping: 'mcast-snooping',
  no_linklocal_learn: number('multi-boolopt/optval', (bits) => bits & 1),
  mcast_vlan_snooping: number('multi-boolopt/optval', (bits) => (bits >> 1) & 1),
  mcast_router: 'mcast-router',
  mcast_query_use_ifaddr: 'mcast-query-use-ifaddr',
  mcast_querier: 'mcast-querier',
  mcast_hash_elasticity: 'mcast-hash-elasticity',
  mcast_hash_max: 'mcast-hash-max',
  mcast_last_member_cnt: 'mcast-last-member-cnt',
  mcast_startup_query_cnt: 'mcast-startup-query-cnt',
  mcast_last_member_intvl: 'mcast-last-member-intvl',
  mcast_membership_intvl: 'mcast-membership-intvl',
  mcast_querier_intvl: 'mcast-querier-intvl',
  mcast_query_intvl: 'mcast-query-intvl',
  mcast_query_response_intvl: 'mcast-query-response-intvl',
  mcast_startup_query_intvl: 'mcast-startup-query-intvl',
  mcast_stats_enabled: 'mcast-stats-enabled',
  mcast_igmp_version: 'mcast-igmp-version',
  mcast_mld_version: 'mcast-mld-version',
  nf_call_iptables: 'nf-call-iptables',
  nf_call_ip6tables: 'nf-call-ip6tables',
  nf_call_arptables: 'nf-call-arptables',
}

const vxlan: Fields = {
  id: 'id',
  group: 'group',
  group6: 'group6',
  remote: 'group',
  remote6: 'group6',
  local: 'local',
  local6: 'local6',
  link: link('link'),
  'port_range.low': 'port-range/low',
  'port_range.high': 'port-range/high',
  port: 'port',
  learning: flag('learning'),
  proxy: flag('proxy'),
  rsc: flag('rsc'),
  l2miss: flag('l2miss'),
  l3miss: flag('l3miss'),
  tos: number('tos', (tos) => (tos === 1 ? 'inherit' : `0x${tos.toString(16)}`)),
  ttl: 'ttl',
  df: 'df',
  label: hex('label'),
  ageing: 'ageing',
  limit: 'limit',
  udp_csum: flag('udp-csum'),
  udp_zero_csum6_tx: flag('udp-zero-csum6-tx'),
  udp_zero_csum6_rx: flag('udp-zero-csum6-rx'),
  remcsum_tx: flag('remcsum-tx'),
  remcsum_rx: flag('remcsum-rx'),
  external: flag('collect-metadata'),
  vnifilter: flag('vnifilter'),
  gbp: flag('gbp'),
  gpe: flag('gpe'),
}

const macvlan: Fields = {
  mode: 'mode',
  nopromisc: flag('flags', 'nopromisc'),
  bcqueuelen: 'bc-queue-len',
  usedbcqueuelen: 'bc-queue-len-used',
  macaddr_count: 'macaddr-count',
  macaddr_data: values('macaddr-data', 'macaddr'),
}

const tun: Fields = {
  type: 'type',
  pi: flag('pi'),
  vnet_hdr: flag('vnet-hdr'),
  multi_queue: flag('multi-queue'),
  numqueues: 'num-queues',
  numdisabled: 'num-disabled-queues',
  persist: flag('persist'),
  user: 'owner',
  group: 'group',
}

const ipvlan: Fields = {
  mode: 'mode',
  private: flag('flags', 'private'),
  vepa: flag('flags', 'vepa'),
}

const QOS: Fields = { from: 'from', to: 'to' }

const vlan: Fields = {
  protocol: vlanProtocol('protocol'),
  id: 'id',
  flags: 'flags/flags',
  ingress_qos: { each: nodes('ingress-qos', 'mapping'), fields: QOS },
  egress_qos: { each: nodes('egress-qos', 'mapping'), fields: QOS },
}

const MODES = {
  ...{ 0: 'balance-rr', 1: 'active-backup', 2: 'balance-xor', 3: 'broadcast', 4: '802.3ad' },
  ...{ 5: 'balance-tlb', 6: 'balance-alb' },
}

/** linux/if_bonding.h has no names for most of these numbers; Documentation/networking/bonding.rst does. */
const bond: Fields = {
  mode: named('mode', MODES),
  active_slave: link('active-slave'),
  miimon: 'miimon',
  updelay: 'updelay',
  downdelay: 'downdelay',
  peer_notify_delay: 'peer-notif-delay',
  use_carrier: 'use-carrier',
  arp_interval: 'arp-interval',
  arp_missed_max: 'missed-max',
  arp_ip_target: values('arp-ip-target'),
  ns_ip6_target: values('ns-ip6-target'),
  arp_validate: (at) => ARP_VALIDATE[raw(at, 'arp-validate') ?? -1],
  arp_all_targets: named('arp-all-targets', { 0: 'any', 1: 'all' }),
  primary: link('primary'),
  primary_reselect: named('primary-reselect', { 0: 'always', 1: 'better', 2: 'failure' }),
  fail_over_mac: named('fail-over-mac', { 0: 'none', 1: 'active', 2: 'follow' }),
  xmit_hash_policy: named('xmit-hash-policy', {
    ...{
      0: 'layer2',
      1: 'layer3+4',
      2: 'layer2+3',
      3: 'encap2+3',
      4: 'encap3+4',
      5: 'vlan+srcmac',
    },
  }),
  resend_igmp: 'resend-igmp',
  num_peer_notif: 'num-peer-notif',
  all_slaves_active: 'all-slaves-active',
  min_links: 'min-links',
  lp_interval: 'lp-interval',
  packets_per_slave: 'packets-per-slave',
  ad_lacp_active: named('ad-lacp-active', { 0: 'off', 1: 'on' }),
  ad_lacp_rate: named('ad-lacp-rate', { 0: 'slow', 1: 'fast' }),
  ad_select: named('ad-select', { 0: 'stable', 1: 'bandwidth', 2: 'count' }),
  'ad_info.aggregator': 'ad-info/aggregator',
  'ad_info.num_ports': 'ad-info/num-ports',
  'ad_info.actor_key': 'ad-info/actor-key',
  'ad_info.partner_key': 'ad-info/partner-key',
  'ad_info.partner_mac': 'ad-info/partner-mac',
  ad_actor_sys_prio: 'ad-actor-sys-prio',
  ad_user_port_key: 'ad-user-port-key',
  ad_actor_system: 'ad-actor-system',
  tlb_dynamic_lb: 'tlb-dynamic-lb',
}
const ARP_VALIDATE: Record<number, string | null> = {
  ...{ 0: null, 1: 'active', 2: 'backup', 3: 'all', 4: 'filter', 5: 'filter_active' },
  6: 'filter_backup',
}

/** linux/if_macsec.h: MACSEC_CIPHER_ID_… */
const CIPHERS: Record<string, string> = {
  ...{ '80c20001000001': 'GCM-AES-128', '80c20001000002': 'GCM-AES-256' },
  ...{ '80c20001000003': 'GCM-AES-XPN-128', '80c20001000004': 'GCM-AES-XPN-256' },
  // The first number of GCM-AES-128, which is still told.
  '80020001000001': 'GCM-AES-128',
}
const wide = (path: string) => (at: TreeNode) => {
  const value = at.find(path)?.valueAs({ raw: true })
  const isNumber = typeof value === 'bigint' || typeof value === 'number'
  return isNumber ? BigInt.asUintN(64, BigInt(value)).toString(16) : undefined
}

const macsec: Fields = {
  sci: (at) => wide('sci')(at)?.padStart(16, '0'),
  protect: flag('protect'),
  cipher_suite: (at) => CIPHERS[wide('cipher-suite')(at) ?? ''],
  icv_len: 'icv-len',
  encoding_sa: 'encoding-sa',
  validation: 'validation',
  offload: 'offload',
  encrypt: flag('encrypt'),
  inc_sci: flag('inc-sci'),
  es: flag('es'),
  scb: flag('scb'),
  replay_protect: flag('replay-protect'),
  window: 'window',
}

const hsr: Fields = {
  slave1: link('slave1'),
  slave2: link('slave2'),
  supervision_addr: 'supervision-addr',
  seq_nr: 'seq-nr',
  proto: 'protocol',
  version: 'version',
}

export const KINDS: Record<string, Fields> = {
  ...TUNNELS,
  bond,
  bridge,
  hsr,
  ipvlan,
  ipvtap: ipvlan,
  macsec,
  macvlan,
  macvtap: macvlan,
  tun,
  vlan,
  vrf: { table: 'table' },
  vxlan,
}
