// Which path of our tree each field of an action in `tc -j -s filter show` is. Kinds of actions share names.
// In: nothing. Out: a table, below an action. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import type { Fields, Print } from './iproute.ts'
import { flag, hex, link, named, nodes, number, raw, text, vlanProtocol } from './iproute-print.ts'

/** By the kind of the action: a path below its options, or what is made of them. */
function of(kinds: Record<string, string | Print>): Print {
  return (at, links) => {
    const options = at.find('options')
    const rule = kinds[text(at, 'kind') ?? '']
    if (rule === undefined || options === undefined) return undefined
    if (typeof rule === 'function') return rule(options, links)
    const node = options.find(rule)
    const value = node?.value
    return typeof value === 'bigint' ? Number(value) : value
  }
}

/** The struct that every action has; three kinds call it otherwise. */
function parms(at: TreeNode): TreeNode | undefined {
  const options = at.find('options')
  for (const name of ['parms', 'parms-ex', 'tbf', 'act']) {
    const found = options?.find(name)
    if (found) return found
  }
  return undefined
}
const inParms = (name: string) => (at: TreeNode) => {
  const found = parms(at)
  return found && raw(found, name)
}

// linux/pkt_cls.h: TC_ACT_…; the upper four bits are an opcode.
const VERDICTS: Record<string, string> = { ok: 'pass', shot: 'drop', unspec: 'continue' }
const TC_ACT_GOTO_CHAIN = 2

const verdict: Print = (at) => {
  const found = parms(at)
  // What a policer does with what conforms is told apart.
  const path = text(at, 'kind') === 'police' ? 'options/result' : undefined
  const name = path ? text(at, path) : found && text(found, 'action')
  const code = found && raw(found, 'action')
  if (code !== undefined && code >>> 28 === TC_ACT_GOTO_CHAIN) return 'goto'
  return VERDICTS[name ?? ''] ?? name
}

const ticks = { none: 'in ticks of the kernel, which has 100 or 250 or 1000 a second' }
const MIRRED = { 1: 'redirect', 2: 'mirror', 3: 'redirect', 4: 'mirror' }
const MIRRED_WAY = { 1: 'egress', 2: 'egress', 3: 'ingress', 4: 'ingress' }
const hex8 = (path: string) => number(path, (value) => `${value.toString(16)}`)
const geneve: Fields = {
  class: 'class',
  type: 'type',
  data: (at) => Array.from(at.find('data')?.valueBytes ?? []),
}

export const ACTION: Fields = {
  order: (at) => at.rawType & 0x3fff,
  // Where the kind stands otherwise, as of nat.
  type: of({ nat: () => 'nat', ife: hex('type') }),
  kind: 'kind',
  'control_action.type': verdict,
  'control_action.chain': (at) => (inParms('action')(at) ?? 0) & 0xfffffff,
  index: inParms('index'),
  ref: inParms('refcnt'),
  bind: inParms('bindcnt'),
  installed: ticks,
  last_used: ticks,
  not_in_hw: flag('flags', 'not-in-hw'),
  ...Object.fromEntries(
    Object.entries({
      ...{ bytes: 'basic/bytes', packets: 'basic/packets', drops: 'queue/drops' },
      ...{ overlimits: 'queue/overlimits', requeues: 'queue/requeues' },
      ...{ backlog: 'queue/backlog', qlen: 'queue/qlen' },
    }).map(([name, path]) => [`stats.${name}`, `stats/${path}`]),
  ),
  mirred_action: named('options/parms/eaction', MIRRED),
  to_dev: link('options/parms/ifindex'),
  direction: of({
    mirred: named('parms/eaction', MIRRED_WAY),
    nat: (at) => (flag('parms/flags', 'egress')(at, new Map()) ? 'egress' : 'ingress'),
  }),
  'prob.random_type': (at) => text(at, 'options/prob/ptype') ?? 'none',
  'prob.control_action.type': (at) => VERDICTS[text(at, 'options/prob/paction') ?? 'ok'],
  'prob.val': (at) => raw(at, 'options/prob/pval') ?? 0,
  pkts_rate: 'options/pktrate64',
  pkts_burst: { none: 'made of the rate and the clock of tc' },
  overhead: 'options/tbf/rate/overhead',
  vlan_action: 'options/parms/v-action',
  mpls_action: 'options/parms/m-action',
  id: 'options/push-vlan-id',
  protocol: of({
    vlan: vlanProtocol('push-vlan-protocol'),
    mpls: named('proto', { 2048: 'ip', 34525: 'ipv6', 34887: 'mpls_uc' }),
  }),
  priority: of({
    vlan: 'push-vlan-priority',
    gate: 'priority',
    skbedit: number('priority', (value) => {
      return `${value >>> 16 ? (value >>> 16).toString(16) : ''}:${(value & 0xffff).toString(16)}`
    }),
  }),
  mode: of({
    tunnel_key: named('parms/t-action', { 1: 'set', 2: 'unset' }),
    ife: named('parms/flags', { 0: 'decode', 1: 'encode' }),
  }),
  src_ip: 'options/enc-ipv4-src',
  dst_ip: 'options/enc-ipv4-dst',
  key_id: 'options/enc-key-id',
  dst_port: 'options/enc-dst-port',
  geneve_opts: { each: nodes('options/enc-opts', 'geneve'), fields: geneve },
  flag: (at) => (raw(at, 'options/no-csum') === 1 ? 'nocsum' : undefined),
  tos: 'options/enc-tos',
  ttl: of({ tunnel_key: 'enc-ttl', mpls: 'ttl' }),
  label: 'options/label',
  tc: 'options/tc',
  bos: 'options/bos',
  queue_mapping: 'options/queue-mapping',
  mark: of({
    skbedit: 'mark',
    ct: 'mark',
    // The list of what may pass holds it without a value.
    ife: (at) => (at.find('metalst') ? 'allow' : undefined),
  }),
  ptype: 'options/ptype',
  action: of({ ct: (at) => (flag('action', 'commit')(at, new Map()) ? 'commit' : undefined) }),
  mark_mask: hex8('options/mark-mask'),
  zone: of({ ct: 'zone', connmark: 'parms/zone', ctinfo: 'zone' }),
  nat: (at) => {
    const get = (name: string) => text(at, `options/nat-${name}`)
    return `src addr ${get('ipv4-min')}-${get('ipv4-max')} port ${get('port-min')}-${get('port-max')}`
  },
  nkeys: 'options/parms-ex/nkeys',
  keys: {
    each: nodes('options/parms-ex/keys'),
    fields: {
      htype: { none: 'stands in another list of the message' },
      cmd: { none: 'stands in another list of the message' },
      offset: 'off',
      val: networkHex('val'),
      mask: networkHex('mask'),
    },
  },
  csum: { none: 'names of tc for several bits' },
  old_addr: (at) => {
    const address = text(at, 'options/parms/old-addr')
    // tc 6.1 counts the mask's bits with the bytes the other way round, so this only holds of the address.
    return address === undefined ? undefined : `${address}/32`
  },
  new_addr: 'options/parms/new-addr',
  rate: of({ sample: 'rate' }),
  group: 'options/psample-group',
  trunc_size: 'options/trunc-size',
  dscpmask: hex('options/parms-dscp-mask'),
  dscpstatemask: hex('options/parms-dscp-statemask'),
  cpmark: hex('options/parms-cpmark-mask'),
  dscpset: 'options/stats-dscp-set',
  dscperror: 'options/stats-dscp-error',
  cpmarkset: 'options/stats-cpmark-set',
  dst: 'options/dmac',
  clockid: named('options/clockid', { 11: 'TAI' }),
  flags: of({ gate: hex8('flags') }),
  base_time: 'options/base-time',
  cycle_time: 'options/cycle-time',
  cycle_time_ext: 'options/cycle-time-ext',
  schedule: {
    each: nodes('options/entry-list', 'one-entry'),
    fields: {
      number: 'index',
      gate_state: (at) => (at.find('gate') ? 'open' : 'close'),
      interval: 'interval',
      ipv: 'ipv',
      max_octets: 'max-octets',
    },
  },
}

/** A number in network order, in hexadecimal digits. */
function networkHex(path: string): Print {
  return (at) => {
    const bytes = at.find(path)?.valueBytes
    return bytes && Number.parseInt(Buffer.from(bytes).toString('hex'), 16).toString(16)
  }
}
