// Which path of our tree each field of `ip -j -d -s link` is.
// In: nothing. Out: tables. iproute2's names stand left, ours right, in iproute2's order.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields, Links } from './iproute.ts'
import { KINDS } from './iproute-kinds.ts'
import {
  bridgeId,
  flag,
  hex,
  link,
  named,
  number,
  raw,
  seconds,
  text,
  values,
} from './iproute-print.ts'

const SECOND = 100

/** IFF_RUNNING is told as NO-CARRIER, where it lacks; M-DOWN is the other end's. */
function flags(at: TreeNode, links: Links): string[] {
  const names = at.find('ifinfomsg/ifi-flags')?.value as string[]
  const shown = names.filter((name) => name !== 'running')
  if (names.includes('up') && !names.includes('running')) shown.push('no-carrier')
  const lower = raw(at, 'link')
  const isElsewhere = at.find('link-netnsid') !== undefined
  if (lower && !isElsewhere && links.get(lower)?.isUp === false) shown.push('m-down')
  return shown
}

export const BRIDGE_PORT: Fields = {
  state: 'state',
  priority: 'priority',
  cost: 'cost',
  hairpin: flag('mode'),
  guard: flag('guard'),
  root_block: flag('protect'),
  fastleave: flag('fast-leave'),
  learning: flag('learning'),
  flood: flag('unicast-flood'),
  id: hex('id'),
  no: hex('no'),
  designated_port: 'designated-port',
  designated_cost: 'designated-cost',
  bridge_id: bridgeId('bridge-id'),
  root_id: bridgeId('root-id'),
  hold_timer: seconds('hold-timer', SECOND),
  message_age_timer: seconds('message-age-timer', SECOND),
  forward_delay_timer: seconds('forward-delay-timer', SECOND),
  topology_change_ack: 'topology-change-ack',
  config_pending: 'config-pending',
  proxy_arp: flag('proxyarp'),
  proxy_arp_wifi: flag('proxyarp-wifi'),
  multicast_router: 'multicast-router',
  mcast_router: 'multicast-router',
  mcast_flood: flag('mcast-flood'),
  bcast_flood: flag('bcast-flood'),
  mcast_to_unicast: flag('mcast-to-ucast'),
  neigh_suppress: flag('neigh-suppress'),
  group_fwd_mask: number('group-fwd-mask', (mask) => (mask ? `0x${mask.toString(16)}` : '0')),
  group_fwd_mask_str: hex('group-fwd-mask'),
  vlan_tunnel: flag('vlan-tunnel'),
  isolated: flag('isolated'),
  locked: flag('locked'),
  backup_port: link('backup-port'),
}

const BOND_PORT: Fields = {
  state: 'state',
  mii_status: named('mii-status', { 0: 'UP', 1: 'GOING_DOWN', 2: 'DOWN', 3: 'GOING_BACK' }),
  link_failure_count: 'link-failure-count',
  perm_hwaddr: 'perm-hwaddr',
  queue_id: 'queue-id',
  prio: 'prio',
  ad_aggregator_id: 'ad-aggregator-id',
  ad_actor_oper_port_state: 'ad-actor-oper-port-state',
  ad_actor_oper_port_state_str: { none: 'the bits of the field above' },
  ad_partner_oper_port_state: 'ad-partner-oper-port-state',
  ad_partner_oper_port_state_str: { none: 'the bits of the field above' },
}

/** linux/if_arp.h has ARPHRD_IPGRE, ARPHRD_IP6GRE and ARPHRD_TUNNEL. */
const LINK_TYPES: Record<string, string> = { ipgre: 'gre', ip6gre: 'gre6', tunnel: 'ipip' }

export const LINK: Fields = {
  ifindex: 'ifinfomsg/ifi-index',
  ifname: 'ifname',
  link: link('link'),
  link_index: 'link',
  link_netnsid: 'link-netnsid',
  flags,
  mtu: 'mtu',
  qdisc: 'qdisc',
  master: link('master'),
  operstate: 'operstate',
  linkmode: 'linkmode',
  group: named('group', { 0: 'default' }),
  txqlen: 'txqlen',
  event: 'event',
  link_type: (at) =>
    LINK_TYPES[text(at, 'ifinfomsg/ifi-type') ?? ''] ?? text(at, 'ifinfomsg/ifi-type'),
  address: 'address',
  broadcast: 'broadcast',
  link_pointtopoint: { none: 'says how the address beside it is meant' },
  permaddr: 'perm-address',
  promiscuity: 'promiscuity',
  allmulti: 'allmulti',
  min_mtu: 'min-mtu',
  max_mtu: 'max-mtu',
  'linkinfo.info_kind': 'linkinfo/kind',
  'linkinfo.info_data': { kindAt: 'linkinfo/kind', dataAt: 'linkinfo/data', kinds: KINDS },
  'linkinfo.info_slave_kind': 'linkinfo/slave-kind',
  'linkinfo.info_slave_data': {
    kindAt: 'linkinfo/slave-kind',
    dataAt: 'linkinfo/slave-data',
    kinds: { bridge: BRIDGE_PORT, bond: BOND_PORT, vrf: { table: 'table' } },
  },
  inet6_addr_gen_mode: 'af-spec/inet6/addr-gen-mode',
  num_tx_queues: 'num-tx-queues',
  num_rx_queues: 'num-rx-queues',
  gso_max_size: 'gso-max-size',
  gso_max_segs: 'gso-max-segs',
  tso_max_size: 'tso-max-size',
  tso_max_segs: 'tso-max-segs',
  gro_max_size: 'gro-max-size',
  phys_port_name: 'phys-port-name',
  phys_port_id: 'phys-port-id',
  phys_switch_id: 'phys-switch-id',
  parentbus: 'parent-dev-bus-name',
  parentdev: 'parent-dev-name',
  ifalias: 'ifalias',
  altnames: values('prop-list', 'alt-ifname'),
  protodown: flag('proto-down'),
  protodown_reason: values('proto-down-reason'),
  'stats64.rx.bytes': 'stats64/rx-bytes',
  'stats64.rx.packets': 'stats64/rx-packets',
  'stats64.rx.errors': 'stats64/rx-errors',
  'stats64.rx.dropped': 'stats64/rx-dropped',
  'stats64.rx.over_errors': 'stats64/rx-over-errors',
  'stats64.rx.multicast': 'stats64/multicast',
  'stats64.tx.bytes': 'stats64/tx-bytes',
  'stats64.tx.packets': 'stats64/tx-packets',
  'stats64.tx.errors': 'stats64/tx-errors',
  'stats64.tx.dropped': 'stats64/tx-dropped',
  'stats64.tx.carrier_errors': 'stats64/tx-carrier-errors',
  'stats64.tx.collisions': 'stats64/collisions',
  addr_info: { none: 'held against the messages of its own dump' },
  vfinfo_list: { none: 'no driver here has virtual functions' },
}

/** `bridge -j -d link`: a port of a bridge, as the bridge tells it. */
export const BRIDGE_LINK: Fields = {
  ifindex: LINK.ifindex as string,
  ifname: LINK.ifname as string,
  link: LINK.link as never,
  flags,
  mtu: 'mtu',
  master: link('master'),
  ...Object.fromEntries(
    Object.entries(BRIDGE_PORT).map(([name, rule]) => [
      name,
      typeof rule === 'string'
        ? `protinfo/${rule}`
        : (at: TreeNode, links: Links) => {
            const port = at.find('protinfo')
            return port && typeof rule === 'function' ? rule(port, links) : undefined
          },
    ]),
  ),
}
