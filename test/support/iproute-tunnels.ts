// Which path of our tree each field of `linkinfo.info_data` of tunnels in `ip -j -d link` is.
// In: nothing. Out: tables, below linkinfo/data. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields, Print } from './iproute.ts'
import { flag, hex, link, named, number, raw, text } from './iproute-print.ts'

/** No address at all is "any". */
const end = (path: string) => (at: TreeNode) => {
  const address = text(at, path)
  return address === '0.0.0.0' || address === '::' ? 'any' : address
}

/** A key looks like an IPv4 address. */
export const dotted: (path: string) => Print = (path) =>
  number(path, (key) => [24, 16, 8, 0].map((shift) => (key >>> shift) & 255).join('.'))

/** linux/ip6_tunnel.h: IP6_TNL_F_… */
const bit = (mask: number) => number('flags', (flags) => (flags & mask) !== 0)

const PROTOCOLS = { 0: 'any', 4: 'ipip', 41: 'ip6ip6', 47: 'gre', 137: 'mplsip' }

const common: Fields = {
  link: link('link'),
  remote: end('remote'),
  local: end('local'),
  ttl: 'ttl',
  tos: number('tos', (tos) => (tos === 1 ? 'inherit' : `0x${tos.toString(16)}`)),
  pmtudisc: flag('pmtudisc'),
  external: flag('collect-metadata'),
  ignore_df: flag('ignore-df'),
  fwmark: hex('fwmark'),
  'encap.type': 'encap-type',
  'encap.sport': 'encap-sport',
  'encap.dport': 'encap-dport',
  'encap.csum': flag('encap-flags', 'csum'),
  'encap.csum6': flag('encap-flags', 'csum6'),
  'encap.remcsum': flag('encap-flags', 'remcsum'),
}

const keyed: Fields = {
  ikey: dotted('ikey'),
  okey: dotted('okey'),
  iseq: flag('iflags', 'seq'),
  oseq: flag('oflags', 'seq'),
  icsum: flag('iflags', 'csum'),
  ocsum: flag('oflags', 'csum'),
  erspan_index: 'erspan-index',
  erspan_ver: 'erspan-ver',
  erspan_dir: named('erspan-dir', { 0: 'ingress', 1: 'egress' }),
  erspan_hwid: hex('erspan-hwid'),
}

const six: Fields = {
  encap_limit: 'encap-limit',
  ip6_tnl_f_ign_encap_limit: bit(1),
  ip6_tnl_f_use_orig_tclass: bit(2),
  ip6_tnl_f_use_orig_flowlabel: bit(4),
  tclass: number('flowinfo', (info) => `0x${((info >>> 20) & 255).toString(16).padStart(2, '0')}`),
  flowlabel: number('flowinfo', (info) => `0x${(info & 0xfffff).toString(16).padStart(5, '0')}`),
}

const gre = { ...common, ...keyed }
const gre6 = { ...common, ...keyed, ...six }
const ip: Fields = { ...common, proto: named('proto', { ...PROTOCOLS, 41: 'ip6ip' }) }

export const TUNNELS: Record<string, Fields> = {
  gre,
  gretap: gre,
  erspan: gre,
  ip6gre: gre6,
  ip6gretap: gre6,
  ip6erspan: gre6,
  vti: gre,
  vti6: gre,
  ipip: ip,
  sit: {
    ...ip,
    prefix: '6rd-prefix',
    prefixlen: '6rd-prefixlen',
    relay_prefix: '6rd-relay-prefix',
    relay_prefixlen: '6rd-relay-prefixlen',
  },
  ip6tnl: { ...common, ...six, proto: named('proto', PROTOCOLS) },
  geneve: {
    id: 'id',
    remote: 'remote',
    remote6: 'remote6',
    ttl: (at) => (raw(at, 'ttl-inherit') ? 'inherit' : raw(at, 'ttl')),
    tos: common.tos as Print,
    df: named('df', { 0: 'unset', 1: 'set', 2: 'inherit' }),
    label: hex('label'),
    port: 'port',
    external: flag('collect-metadata'),
    udp_csum: flag('udp-csum'),
    udp_zero_csum6_tx: flag('udp-zero-csum6-tx'),
    udp_zero_csum6_rx: flag('udp-zero-csum6-rx'),
    inner_proto_inherit: flag('inner-proto-inherit'),
  },
  gtp: { role: 'role', hsize: 'pdp-hashsize', restart_count: 'restart-count' },
  xfrm: { if_id: hex('if-id') },
  bareudp: {
    port: 'port',
    ethertype: 'ethertype',
    srcportmin: 'srcport-min',
    multiproto: flag('multiproto-mode'),
  },
}
