// Requests that do not compile, as `npm run typecheck` shows, and that the encoder refuses: typed.test.ts tries each.

import { type Asked, asked } from './asked.ts'

export const WRONG: readonly Asked[] = [
  // @ts-expect-error
  asked('rt-link', 'newlink', { ifnam: 'vx0' }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { mtu: 'big' }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { mtu: true }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { mtu: { value: 1 } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { ifname: 5 }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vxlan', data: { idd: 42 } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vxlan', data: { id: 'many' } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vxlan', data: { mode: 'bridge' } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vxlan', data: { df: 'sett' } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vlan', data: { protocol: '8021x' } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'bond', data: { mode: 'fastest' } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'vxlna', data: { id: 42 } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { kind: 'dummy', data: { id: 42 } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { data: { id: 42 } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: { 'slave-kind': 'bond', 'slave-data': { costs: 4 } } }),
  // @ts-expect-error
  asked('rt-link', 'newlink', { linkinfo: 'vxlan' }),
  // @ts-expect-error
  asked('rt-link', 'setlink', { 'ifi-index': 'eth0' }),
  // @ts-expect-error
  asked('rt-link', 'setlink', { 'ifi-flags': ['upp'] }),
  // @ts-expect-error
  asked('rt-link', 'setlink', { operstate: 'sideways' }),
  // @ts-expect-error
  asked('rt-link', 'setlink', { 'ifi-type': 'ethernet' }),
  // @ts-expect-error
  asked('rt-link', 'getlink', { 'ext-mask': ['vff'] }),
  // @ts-expect-error
  asked('rt-link', 'getlink', { address: 42 }),
  // @ts-expect-error
  asked('rt-link', 'getlinks', {}),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { 'ifa-index': true }),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { locale: '192.0.2.1' }),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { local: 3232235777 }),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { flags: ['nodadd'] }),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { 'ifa-scope': 'planet' }),
  // @ts-expect-error
  asked('rt-addr', 'newaddr', { cacheinfo: { prefered: 60 } }),
  // @ts-expect-error
  asked('rt-addr', 'deladdr', { 'ifa-family': 'ipv4' }),
  // @ts-expect-error
  asked('rt-addr', 'changeaddr', { local: '192.0.2.1' }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { 'rtm-family': 'ipv6' }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { destination: '198.51.100.0' }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { gateway: 1 }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { 'rtm-table': 'maine' }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { 'rtm-type': 'blackwhole' }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { metrics: { mtuu: 1400 } }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { metrics: { mtu: { value: 1400 } } }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { multipath: { gateway: '192.0.2.1' } }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { multipath: [{ gatewai: '192.0.2.1' }] }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { 'encap-type': 'mpls', encap: { id: 5 } }),
  // @ts-expect-error
  asked('rt-route', 'newroute', { 'encap-type': 'vxlan', encap: { id: 5 } }),
  // @ts-expect-error
  asked('rt-route', 'getroute', { 'rtm-flags': ['lookup'] }),
  // @ts-expect-error
  asked('rt-route', 'delroutes', { dst: '192.0.2.0' }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { priority: 'high' }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { table: 'maine' }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { action: 'to-table' }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { 'dport-range': { from: 80 } }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { 'dport-range': [80, 90] }),
  // @ts-expect-error
  asked('rt-rule', 'newrule', { fwmark: '7x' }),
  // @ts-expect-error
  asked('rt-neigh', 'newneigh', { 'ndm-state': ['forever'] }),
  // @ts-expect-error
  asked('rt-neigh', 'newneigh', { lladr: '02:00:00:00:00:09' }),
  // @ts-expect-error
  asked('rt-neigh', 'newneigh', { dst: 42 }),
  // @ts-expect-error
  asked('rt-neigh', 'newneigh', { 'fdb-ext-attrs': { 'dont-refresh': 1 } }),
  // @ts-expect-error
  asked('rt-neigh', 'setneightbl', { parms: { 'queue-length': 5 } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { kind: 'fq_codel', options: { limits: 100 } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { kind: 'fq_codel', options: { parms: { limit: 3000 } } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { kind: 'tbf', options: { burst: 'large' } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { kind: 'fq_coddle', options: { limit: 100 } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { options: { limit: 100 } }),
  // @ts-expect-error
  asked('tc', 'newqdisc', { ifindex: 'eth0' }),
  // @ts-expect-error
  asked('tc', 'newtclass', { kind: 'htb', options: { parms: { priority: 1 } } }),
  // @ts-expect-error
  asked('tc', 'newtfilter', { kind: 'flower', options: { 'key-eth-typ': 0x800 } }),
  // @ts-expect-error
  asked('tc', 'getqdisc', { 'dump-invisible': 1 }),
  // @ts-expect-error
  asked('tc', 'newqdiscs', { kind: 'htb' }),
  // @ts-expect-error
  asked('ethtool', 'linkmodes-get', { header: { 'dev-nam': 'eth0' } }),
  // @ts-expect-error
  asked('ethtool', 'linkmodes-get', { header: 'eth0' }),
  // @ts-expect-error
  asked('ethtool', 'linkmodes-set', { speed: 'fast' }),
  // @ts-expect-error
  asked('ethtool', 'linkmodes-set', { header: { flags: ['quiet'] } }),
  // @ts-expect-error
  asked('ethtool', 'features-set', { wanted: { bits: { bit: [{ name: 5 }] } } }),
  // @ts-expect-error
  asked('ethtool', 'features-set', { wanted: ['rx-gro'] }),
  // @ts-expect-error
  asked('ethtool', 'rings-set', { rx: { value: 512 } }),
  // @ts-expect-error
  asked('ethtool', 'coalesce-set', { 'rx-usec': 50 }),
  // @ts-expect-error
  asked('ethtool', 'ring-set', { rx: 512 }),
  // @ts-expect-error
  asked('nftables', 'newtable', { 'nfgen-family': 'ip' }),
  // @ts-expect-error
  asked('nftables', 'newtable', { flags: ['sleeping'] }),
  // @ts-expect-error
  asked('nftables', 'newchain', { policy: 'refuse' }),
  // @ts-expect-error
  asked('nftables', 'newchain', { hook: { num: 'locally', priority: 0 } }),
  // @ts-expect-error
  asked('nftables', 'newchain', { hook: 'input' }),
  // @ts-expect-error
  asked('nftables', 'newrule', { expressions: [{ name: 'counter' }] }),
  // @ts-expect-error
  asked('nftables', 'newset', { expr: { name: 'meta', data: { kee: 'mark' } } }),
  // @ts-expect-error
  asked('nftables', 'newset', { expr: { name: 'meta', data: { key: 'marc' } } }),
  // @ts-expect-error
  asked('nftables', 'newset', { expr: { name: 'metta', data: { key: 'mark' } } }),
  // @ts-expect-error
  asked('nftables', 'newobj', { type: 'quota', data: { packets: 1 } }),
  // @ts-expect-error
  asked('nftables', 'newset', { timeout: 'long' }),
  // @ts-expect-error
  asked('nftables', 'delrule', { handle: true }),
  // @ts-expect-error
  asked('conntrack', 'get', { 'nfgen-family': 'ip' }),
  // @ts-expect-error
  asked('conntrack', 'new', { 'tuple-orig': { 'ip-v4-src': '192.0.2.1' } }),
  // @ts-expect-error
  asked('conntrack', 'new', { 'tuple-orig': { 'tuple-proto': { 'proto-num': 'tpc' } } }),
  // @ts-expect-error
  asked('conntrack', 'new', { status: ['sure'] }),
  // @ts-expect-error
  asked('conntrack', 'new', { timeout: 'long' }),
  // @ts-expect-error
  asked('conntrack', 'list', {}),
  // @ts-expect-error
  asked('sockdiag', 'by-family', { 'sdiag-family': 'ipv4' }),
  // @ts-expect-error
  asked('sockdiag', 'by-family', { 'sdiag-family': 'inet', 'udiag-show': ['name'] }),
  // @ts-expect-error
  asked('sockdiag', 'by-family', { 'sdiag-family': 'unix', 'idiag-ext': ['info'] }),
  // @ts-expect-error
  asked('sockdiag', 'by-family', { 'sdiag-family': 'inet', 'idiag-states': ['listening'] }),
  // @ts-expect-error
  asked('sockdiag', 'by-family', { 'sdiag-family': 'inet', id: { 'idiag-sport': 'ssh' } }),
  // @ts-expect-error
  asked('sockdiag', 'by-families', { 'sdiag-family': 'inet' }),
  // @ts-expect-error
  asked('wireguard', 'get-device', { name: 'wg0' }),
  // @ts-expect-error
  asked('wireguard', 'set-device', { 'private-key': 5 }),
  // @ts-expect-error
  asked('wireguard', 'set-device', { flags: ['replace-all'] }),
  // @ts-expect-error
  asked('wireguard', 'set-device', { peers: { flags: ['remove-me'] } }),
  // @ts-expect-error
  asked('wireguard', 'set-device', { peers: [{ allowedips: [{ ipaddr: 10 }] }] }),
  // @ts-expect-error
  asked('nl80211', 'set-interface', { iftype: 'promiscuous' }),
  // @ts-expect-error
  asked('nl80211', 'new-key', { 'key-default': 'yes' }),
  // @ts-expect-error
  asked('nl80211', 'trigger-scan', { 'scan-ssids': 'home' }),
  // @ts-expect-error
  asked('devlink', 'port-set', { 'port-type': 'ethernet' }),
  // @ts-expect-error
  asked('devlink', 'get', { bus: 'pci' }),
  // @ts-expect-error
  asked('devlink', 'eswitch-set', { 'eswitch-mode': 'switch' }),
  // @ts-expect-error
  asked('xfrm', 'newsa', { mode: 'tunnels' }),
  // @ts-expect-error
  asked('mptcp_pm', 'add-addr', { addr: { flags: ['signals'] } }),
  // @ts-expect-error
  asked('mptcp_pm', 'set-limits', { subflow: 4 }),
  // @ts-expect-error
  asked('team', 'options-get', { 'team-ifindex': 'team0' }),
  // @ts-expect-error
  asked('ovs_vport', 'new', { type: 'external' }),
]
