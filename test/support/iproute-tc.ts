// Which path of our tree each field of `tc -j -s qdisc|filter show` is.
// In: nothing. Out: tables. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields } from './iproute.ts'
import { flag, handle, link, named, nodes, number, raw } from './iproute-print.ts'
import { QDISC_KINDS, QDISC_STATS } from './iproute-qdiscs.ts'

const TC_H_ROOT = 0xffffffff

const STATS: Fields = {
  bytes: 'stats2/basic/bytes',
  packets: 'stats2/basic/packets',
  drops: 'stats2/queue/drops',
  overlimits: 'stats2/queue/overlimits',
  requeues: 'stats2/queue/requeues',
  backlog: 'stats2/queue/backlog',
  qlen: 'stats2/queue/qlen',
  rate: (at) => raw(at, 'stats2/rate-est64/bps') ?? raw(at, 'stats2/rate-est/bps'),
  pps: (at) => raw(at, 'stats2/rate-est64/pps') ?? raw(at, 'stats2/rate-est/pps'),
}

export const QDISC: Fields = {
  kind: 'kind',
  handle: handle('tcmsg/handle'),
  dev: link('tcmsg/ifindex'),
  root: (at) => raw(at, 'tcmsg/parent') === TC_H_ROOT,
  parent: (at, links) => {
    const parent = handle('tcmsg/parent')(at, links) as string
    return parent.startsWith('0:') ? parent.slice(1) : parent
  },
  offloaded: flag('hw-offload'),
  refcnt: 'tcmsg/info',
  ingress_block: 'ingress-block',
  egress_block: 'egress-block',
  options: { kindAt: 'kind', dataAt: 'options', kinds: QDISC_KINDS },
  ...STATS,
  ...QDISC_STATS,
}

const ACTION: Fields = {
  order: (at: TreeNode) => at.rawType & 0x3fff,
  kind: 'kind',
  mirred_action: named('options/parms/eaction', {
    1: 'redirect',
    2: 'mirror',
    3: 'redirect',
    4: 'mirror',
  }),
  direction: named('options/parms/eaction', {
    1: 'egress',
    2: 'egress',
    3: 'ingress',
    4: 'ingress',
  }),
  to_dev: link('options/parms/ifindex'),
  'control_action.type': 'options/parms/action',
  index: 'options/parms/index',
  ref: 'options/parms/refcnt',
  bind: 'options/parms/bindcnt',
  installed: { none: 'in ticks of the kernel, which has 100 or 250 or 1000 a second' },
  last_used: { none: 'in ticks of the kernel, which has 100 or 250 or 1000 a second' },
  'stats.bytes': 'stats/basic/bytes',
  'stats.packets': 'stats/basic/packets',
  'stats.drops': 'stats/queue/drops',
  'stats.overlimits': 'stats/queue/overlimits',
  'stats.requeues': 'stats/queue/requeues',
  'stats.backlog': 'stats/queue/backlog',
  'stats.qlen': 'stats/queue/qlen',
  not_in_hw: flag('flags', 'not-in-hw'),
}

/** A number in network order, as eight digits. */
const digits = (path: string) => (at: TreeNode) => {
  const value = raw(at, path)
  return value === undefined ? undefined : value.toString(16).padStart(8, '0')
}

/** A u32 handle: hash table, bucket, item. */
const u32Handle = number('tcmsg/handle', (value) => {
  const [table, bucket, item] = [value >>> 20, (value >>> 12) & 0xff, value & 0xfff]
  const inner = bucket ? bucket.toString(16) : ''
  return `${table.toString(16)}:${inner}${item ? `:${item.toString(16)}` : ''}`
})

const U32: Fields = {
  fh: u32Handle,
  ht_divisor: 'options/divisor',
  order: number('tcmsg/handle', (value) => value & 0xfff),
  key_ht: number('options/hash', (value) => (value >>> 20).toString(16)),
  bkt: number('options/hash', (value) => ((value >>> 12) & 0xff).toString(16)),
  flowid: handle('options/classid'),
  not_in_hw: flag('options/flags', 'not-in-hw'),
  rule_hit: 'options/pcnt/rcnt',
  success: 'options/pcnt/rhit',
  terminal_flowid: { none: 'printed for want of a class' },
  'match.value': digits('options/sel/keys/[0]/val'),
  'match.mask': digits('options/sel/keys/[0]/mask'),
  'match.offmask': { none: 'empty where there is none' },
  'match.off': 'options/sel/keys/[0]/off',
  actions: { each: nodes('options/act'), fields: ACTION },
}

export const FILTER: Fields = {
  parent: handle('tcmsg/parent'),
  protocol: number('tcmsg/info', (info) => {
    const number = ((info & 0xff) << 8) | ((info >>> 8) & 0xff)
    return { 2048: 'ip', 34525: 'ipv6', 3: 'all' }[number] ?? `[${number}]`
  }),
  pref: number('tcmsg/info', (info) => info >>> 16),
  kind: 'kind',
  chain: 'chain',
  ...Object.fromEntries(Object.entries(U32).map(([name, rule]) => [`options.${name}`, rule])),
}
