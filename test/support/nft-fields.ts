// Which path of our tree each field of `nft -j list ruleset` is.
// In: nothing. Out: tables. nft's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields, Print } from './iproute.ts'
import { flag, named, nodes, number, raw, text } from './iproute-print.ts'

const FAMILIES = { 1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6' }
const UNITS: Record<number, string> = {
  ...{ 1: 'second', 60: 'minute', 3600: 'hour', 86400: 'day', 604800: 'week' },
}

/** NFTNL_UDATA: records of a type, a length and a value, of which 0 is the comment (of sets and rules, too). */
function comment(record: number): Print {
  return (at) => {
    const bytes = at.find('userdata')?.valueBytes
    for (let place = 0; bytes && place + 2 <= bytes.length; ) {
      const end = place + 2 + (bytes[place + 1] as number)
      if (bytes[place] === record) {
        return new TextDecoder().decode(bytes.subarray(place + 2, end)).replace(/\0$/, '')
      }
      place = end
    }
    return undefined
  }
}

const common: Fields = {
  family: named('nfgenmsg/nfgen-family', FAMILIES),
  table: 'table',
  name: 'name',
  handle: 'handle',
  comment: comment(0),
}

const TABLE: Fields = {
  ...common,
  flags: { none: 'nft 1.0.6 prints the name of the family in its place' },
}

const CHAIN: Fields = {
  ...common,
  type: 'type',
  hook: (at) => hook(at),
  prio: (at) => {
    const priority = at.find('hook/priority')?.valueAs({ raw: true })
    return typeof priority === 'number' ? priority | 0 : undefined
  },
  policy: 'policy',
  dev: (at) => text(at, 'hook/dev') ?? nodes('hook/devs', 'name')(at).map((node) => node.value)[0],
}

/** Hooks have numbers of their own in netdev and arp: linux/netfilter.h, linux/netfilter_arp.h. */
const HOOKS: Record<number, string[]> = {
  3: ['input', 'output', 'forward'],
  5: ['ingress', 'egress'],
}
const INET_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress']

function hook(at: TreeNode): string | undefined {
  const names = HOOKS[raw(at, 'nfgenmsg/nfgen-family') ?? 0] ?? INET_HOOKS
  return names[raw(at, 'hook/num') ?? -1]
}

/** The expressions of a rule with this name, in their order: the data of each. */
function expressions(name: string): (at: TreeNode) => TreeNode[] {
  return (at) =>
    nodes(
      'expressions',
      'elem',
    )(at)
      .filter((one) => text(one, 'name') === name)
      .map((one) => one.find('data') as TreeNode)
}

/** Bytes are limited in units of 1024, of which nft prints as many as divide the rate. */
const rate: Print = (at) => {
  const value = raw(at, 'rate') ?? 0
  if (text(at, 'type') !== 'pkt-bytes') return value
  for (const unit of [1024 ** 2, 1024]) if (value % unit === 0 && value > 0) return value / unit
  return value
}

const LIMIT: Fields = {
  rate,
  per: number('unit', (unit) => UNITS[unit]),
  burst: 'burst',
  inv: flag('flags', 'inv'),
  rate_unit: { none: 'chosen by nft for the rate' },
  burst_unit: { none: 'chosen by nft for the burst' },
}

const COUNTER: Fields = { packets: 'packets', bytes: 'bytes' }

const RULE: Fields = {
  ...common,
  chain: 'chain',
  counter: { each: expressions('counter'), fields: COUNTER },
  limit: { each: expressions('limit'), fields: LIMIT },
  log: {
    each: expressions('log'),
    fields: {
      prefix: 'prefix',
      group: 'group',
      snaplen: 'snaplen',
      'queue-threshold': 'qthreshold',
      level: 'level',
      flags: { none: 'all of them stand for a mask' },
    },
  },
  expr: { none: 'made of several expressions each, but those held against ours on their own' },
}

const SET: Fields = {
  ...common,
  type: { none: 'a number that only nft has names for' },
  flags: (at) => {
    const flags = at.find('flags')?.value as string[]
    return flags.filter((one) => !['map', 'object', 'anonymous', 'eval', 'concat'].includes(one))
  },
  timeout: number('timeout', (milliseconds) => milliseconds / 1000),
  'gc-interval': number('gc-interval', (milliseconds) => milliseconds / 1000),
  size: 'desc/size',
  elem: { none: 'told in messages of their own' },
  stmt: { none: 'printed without its values' },
}

const MAP: Fields = { ...SET, map: { none: 'a number that only nft has names for' } }

const inObject = (fields: Fields): Fields => ({
  ...common,
  ...Object.fromEntries(
    Object.entries(fields).map(([name, rule]) => {
      if (typeof rule === 'string') return [name, `data/${rule}`]
      if (typeof rule !== 'function') return [name, rule]
      const within: Print = (at, links) => {
        const data = at.find('data')
        return data && rule(data, links)
      }
      return [name, within]
    }),
  ),
})

export const NFT: Record<string, Fields> = {
  table: TABLE,
  chain: CHAIN,
  rule: RULE,
  set: SET,
  map: MAP,
  counter: inObject(COUNTER),
  quota: inObject({ bytes: 'bytes', used: 'consumed', inv: flag('flags', 'invert') }),
  limit: inObject(LIMIT),
  'ct helper': inObject({ type: 'name', protocol: 'l4proto', l3proto: named('l3proto', FAMILIES) }),
  'ct timeout': inObject({
    protocol: 'l4proto',
    l3proto: named('l3proto', FAMILIES),
    'policy.established': 'data/established',
    'policy.close': 'data/close',
  }),
  'ct expectation': inObject({
    protocol: 'l4proto',
    l3proto: named('l3proto', FAMILIES),
    dport: 'dport',
    timeout: 'timeout',
    size: 'size',
  }),
  synproxy: inObject({
    mss: 'mss',
    wscale: 'wscale',
    flags: (at) => {
      const flags = at.find('flags')?.value as string[]
      return flags?.filter((one) => ['timestamp', 'sack-perm'].includes(one))
    },
  }),
  flowtable: {
    ...common,
    hook: hook,
    prio: 'hook/priority',
    dev: (at) => nodes('hook/devs', 'name')(at).map((node) => node.value),
  },
}
