// Which path of our tree each field of `tc -j -s filter show` is.
// In: nothing. Out: a table. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields, Print } from './iproute.ts'
import { ACTION } from './iproute-actions.ts'
import { flag, handle, hex, named, nodes, number, raw, text } from './iproute-print.ts'

const ETHER_TYPES: Record<number, string> = {
  ...{ 3: 'all', 2048: 'ip', 2054: 'arp', 33024: '802.1Q', 34525: 'ipv6' },
  34887: 'mpls_uc',
}
const etherType = (path: string) => number(path, (type) => ETHER_TYPES[type] ?? `[${type}]`)

/** A number in network order, as eight digits. */
const digits = (path: string) => (at: TreeNode) => {
  const value = raw(at, path)
  return value === undefined ? undefined : value.toString(16).padStart(8, '0')
}
/** As few digits as it takes. */
const bare = (path: string) => (at: TreeNode) => raw(at, path)?.toString(16)
const decimal = (path: string) => (at: TreeNode) => raw(at, path)?.toString()

/** A u32 handle: hash table, bucket, item. */
const u32Handle = number('tcmsg/handle', (value) => {
  const [table, bucket, item] = [value >>> 20, (value >>> 12) & 0xff, value & 0xfff]
  const inner = bucket ? bucket.toString(16) : ''
  return `${table.toString(16)}:${inner}${item ? `:${item.toString(16)}` : ''}`
})

const key = (name: string) => `options/key-${name}`

/** Of several attributes, the one that is there. */
const first =
  (...names: string[]): Print =>
  (at) => {
    for (const name of names) {
      const node = at.find(key(name))
      if (node) return node.value
    }
    return undefined
  }

/** An address and its mask: without it where it is the whole address, as "/24" where it is a prefix. */
const masked =
  (...names: string[]): Print =>
  (at) => {
    const name = names.find((one) => at.find(key(one)))
    const mask = name && at.find(key(`${name}-mask`))?.valueBytes
    if (!name || !mask) return undefined
    const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('')
    const ones = bits.indexOf('0')
    return ones < 0 ? text(at, key(name)) : `${text(at, key(name))}/${ones}`
  }

const state: Print = (at) => {
  const names = (path: string) => (at.find(key(path))?.value as string[]) ?? []
  const short: Record<string, string> = { tracked: 'trk', established: 'est', related: 'rel' }
  const set = names('ct-state')
  const order = ['new', 'established', 'related', 'tracked', 'invalid', 'reply']
  const parts = names('ct-state-mask').map((name) => {
    return `${set.includes(name) ? '+' : '-'}${short[name] ?? name}`
  })
  // In an order of its own: compared as a sorted list.
  return order && parts.sort().reverse().join('')
}

const FLOWER: Fields = {
  vlan_id: key('vlan-id'),
  vlan_prio: key('vlan-prio'),
  vlan_ethtype: etherType(key('vlan-eth-type')),
  eth_type: number(key('eth-type'), (type) => {
    const names: Record<number, string> = { 2048: 'ipv4', 2054: 'arp', 34525: 'ipv6' }
    return names[type] ?? type.toString(16)
  }),
  ip_proto: key('ip-proto'),
  src_ip: masked('ipv4-src', 'ipv6-src'),
  dst_ip: masked('ipv4-dst', 'ipv6-dst'),
  src_mac: masked('eth-src'),
  dst_mac: masked('eth-dst'),
  dst_port: first('tcp-dst', 'udp-dst', 'sctp-dst'),
  src_port: first('tcp-src', 'udp-src', 'sctp-src'),
  'src_port.start': key('port-src-min'),
  'src_port.end': key('port-src-max'),
  tcp_flags: (at) => `0x${bare(key('tcp-flags'))(at)}/${bare(key('tcp-flags-mask'))(at)}`,
  ip_tos: key('ip-tos'),
  ip_tos_mask: bare(key('ip-tos-mask')),
  ip_ttl: key('ip-ttl'),
  enc_src_ip: masked('enc-ipv4-src', 'enc-ipv6-src'),
  enc_dst_ip: masked('enc-ipv4-dst', 'enc-ipv6-dst'),
  enc_key_id: key('enc-key-id'),
  enc_dst_port: key('enc-udp-dst-port'),
  enc_tos: key('enc-ip-tos'),
  enc_ttl: key('enc-ip-ttl'),
  geneve_opt_key: { each: nodes(key('enc-opts'), 'geneve'), fields: geneve() },
  geneve_opt_mask: { each: nodes(key('enc-opts-mask'), 'geneve'), fields: geneve() },
  icmp_type: (at) => (decimal(key('icmpv6-type'))(at) ?? decimal(key('icmpv4-type'))(at)) as string,
  icmp_code: (at) => (decimal(key('icmpv6-code'))(at) ?? decimal(key('icmpv4-code'))(at)) as string,
  arp_sip: masked('arp-sip'),
  arp_tip: masked('arp-tip'),
  arp_op: named(key('arp-op'), { 1: 'request', 2: 'reply' }),
  arp_sha: masked('arp-sha'),
  mpls_label: key('mpls-label'),
  mpls_tc: decimal(key('mpls-tc')),
  mpls_bos: decimal(key('mpls-bos')),
  mpls_ttl: decimal(key('mpls-ttl')),
  ct_state: state,
  ct_zone: key('ct-zone'),
  ct_mark: key('ct-mark'),
  ct_mark_mask: bare(key('ct-mark-mask')),
  ct_label: (at) => Buffer.from(at.find(key('ct-labels'))?.valueBytes ?? []).toString('hex'),
}

function geneve(): Fields {
  return {
    class: 'class',
    type: 'type',
    data: (at) => Array.from(at.find('data')?.valueBytes ?? []),
  }
}

const OPTIONS: Fields = {
  fh: u32Handle,
  ht_divisor: 'options/divisor',
  order: number('tcmsg/handle', (value) => value & 0xfff),
  key_ht: number('options/hash', (value) => (value >>> 20).toString(16)),
  bkt: number('options/hash', (value) => ((value >>> 12) & 0xff).toString(16)),
  flowid: handle('options/classid'),
  handle: 'tcmsg/handle',
  skip_hw: flag('options/flags', 'skip-hw'),
  not_in_hw: flag('options/flags', 'not-in-hw'),
  terminal_flowid: { none: 'printed for want of a class' },
  rule_hit: { none: 'of several processors, which count on' },
  success: { none: 'of several processors, which count on' },
  'match.value': digits('options/sel/keys/[0]/val'),
  'match.mask': digits('options/sel/keys/[0]/mask'),
  'match.offmask': { none: 'empty where there is none' },
  'match.off': 'options/sel/keys/[0]/off',
  fwmark_value: hex('options/mark/val'),
  fwmark_mask: hex('options/mark/mask'),
  fwmark_success: 'options/mark/success',
  actions: { each: nodes('options/act'), fields: ACTION },
  ...Object.fromEntries(Object.entries(FLOWER).map(([name, rule]) => [`keys.${name}`, rule])),
}

export const FILTER: Fields = {
  parent: handle('tcmsg/parent'),
  protocol: number('tcmsg/info', (info) => {
    // In network order.
    const type = ((info & 0xff) << 8) | ((info >>> 8) & 0xff)
    return ETHER_TYPES[type] ?? `[${type}]`
  }),
  pref: number('tcmsg/info', (info) => info >>> 16),
  kind: 'kind',
  chain: 'chain',
  ...Object.fromEntries(Object.entries(OPTIONS).map(([name, rule]) => [`options.${name}`, rule])),
}
