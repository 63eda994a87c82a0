// Which path of our tree each field of `linkinfo.info_data` in `ip -j -d link` is, by the link's kind.
// In: nothing. Out: tables, below linkinfo/data. iproute2's names stand left, ours right.

import type { Fields } from './iproute.ts'
import { bridgeId, flag, hex, link, number, seconds, values } from './iproute-print.ts'

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
  vlan_protocol: 'vlan-protocol',
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

export const KINDS: Record<string, Fields> = {
  bridge,
  vxlan,
  macvlan,
  macvtap: macvlan,
  tun,
}
