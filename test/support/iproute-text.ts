// What `ip`, `bridge` and `tc monitor file` print of a message, made of what our tree says: MPLS routes, VLANs of a
// bridge, VNIs of a VXLAN, classes of traffic control. In: a message. Out: its words.
// Interfaces have no names here: iproute2 calls one that it does not find `if` and its number.

import type { TreeNode } from 'netlink-wasm/decoder'
import { raw, text } from './iproute-print.ts'

/** Words with a value each, of the nodes that are there: `[word, path]`. */
function pairs(at: TreeNode, fields: [string, string][], show = text): string[] {
  return fields.flatMap(([word, path]) => (at.find(path) ? [word, String(show(at, path))] : []))
}

function all(at: TreeNode, path: string): TreeNode[] {
  return [...at.children].filter(({ name }) => name === path)
}

function elements(at: TreeNode, path: string): TreeNode[] {
  return [...(at.find(path)?.children ?? [])].filter(({ kind }) => kind === 'element')
}

function names(at: TreeNode, path: string): string[] {
  return (at.find(path)?.value as string[] | undefined) ?? []
}

function range(at: TreeNode, first: string, last: string): string {
  return [raw(at, first), ...(at.find(last) ? [raw(at, last)] : [])].join('-')
}

const labels = (at: TreeNode, path: string) =>
  elements(at, path)
    .map(({ value }) => (value as { label: number }).label)
    .join('/')

/** Where a route or one of its nexthops leads. */
function hop(at: TreeNode, index: string, flags: string): { way: string[]; flags: string[] } {
  const way = [
    ...(at.find('newdst') ? ['as', 'to', labels(at, 'newdst')] : []),
    ...(at.find('via')
      ? ['via', text(at, 'via/rtvia-family'), text(at, 'via/rtvia-addr')].map(String)
      : []),
    ...(at.find(index) ? ['dev', `if${raw(at, index)}`] : []),
  ]
  return { way, flags: names(at, flags) }
}

export function mplsRoute(message: TreeNode): string[] {
  const { way, flags } = hop(message, 'oif', 'rtmsg/rtm-flags')
  const scope = text(message, 'rtmsg/rtm-scope')
  const hops = elements(message, 'multipath')
  return [
    ...(message.name === 'delroute' ? ['Deleted'] : []),
    String(text(message, 'rtmsg/rtm-type')),
    labels(message, 'dst'),
    ...way,
    ...pairs(message, [
      ['table', 'rtmsg/rtm-table'],
      ['proto', 'rtmsg/rtm-protocol'],
    ]),
    'scope',
    scope === 'universe' ? 'global' : String(scope),
    ...flags,
    ...hops.flatMap((one) => {
      const { way, flags } = hop(one, 'rtnexthop/rtnh-ifindex', 'rtnexthop/rtnh-flags')
      return ['nexthop', ...way, ...flags]
    }),
  ]
}

export function bridgeVlan(message: TreeNode): string[] {
  return [
    `if${raw(message, 'br-vlan-msg/ifindex')}`,
    ...all(message, 'entry').flatMap(vlanEntry),
    ...all(message, 'global-options').flatMap((at) => [
      range(at, 'id', 'range'),
      ...pairs(at, GLOBAL_OPTIONS, raw as typeof text),
    ]),
  ]
}

function vlanEntry(at: TreeNode): string[] {
  const flags = names(at, 'info/flags')
  const count = (path: string) => String(raw(at, `stats/${path}`) ?? 0)
  return [
    at.find('range') ? `${raw(at, 'info/vid')}-${raw(at, 'range')}` : String(raw(at, 'info/vid')),
    ...(flags.includes('pvid') ? ['PVID'] : []),
    ...(flags.includes('untagged') ? ['Egress', 'Untagged'] : []),
    ...pairs(at, [['state', 'state']]),
    ...pairs(at, [['mcast_router', 'mcast-router']], raw as typeof text),
    ...['RX:', count('rx-bytes'), 'bytes', count('rx-packets'), 'packets'],
    ...['TX:', count('tx-bytes'), 'bytes', count('tx-packets'), 'packets'],
  ]
}

const GLOBAL_OPTIONS: [string, string][] = [
  ['mcast_snooping', 'mcast-snooping'],
  ['mcast_querier', 'mcast-querier'],
  ['mcast_igmp_version', 'mcast-igmp-version'],
  ['mcast_mld_version', 'mcast-mld-version'],
  ['mcast_last_member_count', 'mcast-last-member-cnt'],
  ['mcast_last_member_interval', 'mcast-last-member-intvl'],
  ['mcast_startup_query_count', 'mcast-startup-query-cnt'],
  ['mcast_startup_query_interval', 'mcast-startup-query-intvl'],
  ['mcast_membership_interval', 'mcast-membership-intvl'],
  ['mcast_querier_interval', 'mcast-querier-intvl'],
  ['mcast_query_interval', 'mcast-query-intvl'],
  ['mcast_query_response_interval', 'mcast-query-response-intvl'],
]

export function vni(message: TreeNode): string[] {
  return [
    `if${raw(message, 'tunnel-msg/ifindex')}`,
    ...all(message, 'entry').flatMap((at) => [
      range(at, 'start', 'end'),
      ...['group', 'group6'].flatMap((path) => text(at, path) ?? []),
      ...(at.find('stats')
        ? ['rx', 'tx'].flatMap((way) => [
            `${way.toUpperCase()}:`,
            ...['bytes', 'pkts', 'drops', 'errors'].flatMap((what) => [
              what,
              String(raw(at, `stats/${way}-${what}`)),
            ]),
          ])
        : []),
    ]),
  ]
}

const ROOT = 0xffff_ffff

export function tcClass(message: TreeNode): string[] {
  const kind = String(text(message, 'kind'))
  const parent = raw(message, 'tcmsg/parent')
  const info = raw(message, 'tcmsg/info') ?? 0
  const { options, counters } = CLASSES[kind] ?? {}
  const stats = message.find('stats2')
  const app = stats?.find('app')
  return [
    ...(message.name === 'deltclass' ? ['deleted'] : []),
    ...['class', kind, classId(raw(message, 'tcmsg/handle') ?? 0)],
    ...['dev', `if${raw(message, 'tcmsg/ifindex')}`],
    ...(parent === ROOT ? ['root'] : ['parent', classId(parent ?? 0)]),
    ...(info === 0 ? [] : ['leaf', `${(info >>> 16).toString(16)}:`]),
    ...(options?.(message.find('options') ?? message) ?? []),
    ...(stats ? sent(stats) : []),
    ...((app && counters?.(app)) ?? []),
  ]
}

function classId(id: number): string {
  const [major, minor] = [id >>> 16, id & 0xffff].map((half) => half.toString(16))
  return id & 0xffff ? `${major}:${minor}` : `${major}:`
}

function sent(at: TreeNode): string[] {
  const queue = (path: string) => raw(at, `queue/${path}`)
  const basic = at.find('basic')
  return [
    ...(basic ? ['Sent', raw(basic, 'bytes'), 'bytes', raw(basic, 'packets'), 'pkt'] : []),
    ...['(dropped', `${queue('drops')},`, 'overlimits', queue('overlimits')],
    ...['requeues', `${queue('requeues')})`],
    ...['backlog', size(queue('backlog') ?? 0), `${queue('qlen')}p`, 'requeues', queue('requeues')],
  ].map(String)
}

/** 1,536 bytes are 1536b, 2,048 are 2Kb. */
function size(bytes: number): string {
  const unit = bytes >= 1 << 20 ? 20 : bytes >= 1 << 10 ? 10 : 0
  const whole = Math.round(bytes / 2 ** unit)
  const isNear = Math.abs(whole * 2 ** unit - bytes) < 16
  return unit > 0 && isNear ? `${whole}${unit === 20 ? 'M' : 'K'}b` : `${bytes}b`
}

/** Bytes a second, as bits. */
function rate(bytes: number): string {
  let bits = bytes * 8
  let unit = 0
  while (bits >= 1000 && (bits % 1000 === 0 || bits >= 1_000_000) && unit < 3) {
    bits /= 1000
    unit++
  }
  return `${bits.toFixed(0)}${['', 'K', 'M', 'G'][unit]}bit`
}

/** Microseconds, to three digits. */
function time(us: number): string {
  const show = (value: number) => String(Number(value.toPrecision(3)))
  if (us >= 1_000_000) return `${show(us / 1_000_000)}s`
  return us >= 1000 ? `${show(us / 1000)}ms` : `${us}us`
}

type Words = (at: TreeNode) => string[]

/** A tick of the packet scheduler is 64 ns. */
const TICK = 64e-9

function htb(at: TreeNode): string[] {
  const parms = at.find('parms')
  if (!parms) return []
  const of = (path: string) => raw(parms, path) ?? 0
  const level = of('level')
  const bucket = (name: string, buffer: string) => [
    size(Math.trunc(of(`${name}/rate`) * of(buffer) * TICK)),
    String(1 << of(`${name}/cell-log`)),
  ]
  return [
    ...(level === 0 ? ['prio', String(of('prio')), 'quantum', String(of('quantum'))] : []),
    ...['rate', rate(of('rate/rate'))],
    ...(of('rate/overhead') ? ['overhead', String(of('rate/overhead'))] : []),
    ...['ceil', rate(of('ceil/rate')), 'linklayer', String(text(parms, 'rate/linklayer'))],
    ...['burst', bucket('rate', 'buffer').join('/'), 'mpu', size(of('rate/mpu'))],
    ...['cburst', bucket('ceil', 'cbuffer').join('/'), 'mpu', size(of('ceil/mpu'))],
    ...['level', String(level)],
  ]
}

function hfsc(at: TreeNode): string[] {
  const curve = (path: string) => {
    const of = (name: string) => raw(at, `${path}/${name}`) ?? 0
    return ['m1', rate(of('m1')), 'd', time(of('d')), 'm2', rate(of('m2'))]
  }
  const isOne = at.find('rsc') && at.find('fsc') && `${curve('rsc')}` === `${curve('fsc')}`
  const curves = isOne
    ? [['sc', 'rsc']]
    : [
        ['rt', 'rsc'],
        ['ls', 'fsc'],
      ]
  return [...curves, ['ul', 'usc']].flatMap(([word = '', path = '']) =>
    at.find(path) ? [word, ...curve(path)] : [],
  )
}

const CLASSES: Record<string, { options?: Words; counters?: Words }> = {
  drr: {
    options: (at) => (at.find('quantum') ? ['quantum', size(raw(at, 'quantum') ?? 0)] : []),
    counters: (at) => ['deficit', size(raw(at, 'deficit') ?? 0)],
  },
  qfq: {
    options: (at) =>
      pairs(
        at,
        [
          ['weight', 'weight'],
          ['maxpkt', 'lmax'],
        ],
        raw as typeof text,
      ),
  },
  ets: {
    options: (at) => pairs(at, [['quantum', 'quanta-band']]),
  },
  fq_codel: {
    counters: (at) => [
      ...pairs(at, [
        ['deficit', 'deficit'],
        ['count', 'count'],
        ['lastcount', 'lastcount'],
      ]),
      ...['ldelay', time(raw(at, 'ldelay') ?? 0)],
    ],
  },
  hfsc: {
    options: hfsc,
    counters: (at) => [
      ...pairs(at, [['period', 'period']]),
      ...['work', 'rtwork'].flatMap((path) =>
        raw(at, path) ? [path, String(raw(at, path)), 'bytes'] : [],
      ),
      ...pairs(at, [['level', 'level']]),
    ],
  },
  htb: {
    options: htb,
    counters: (at) =>
      pairs(at, [
        ['lended:', 'lends'],
        ['borrowed:', 'borrows'],
        ['giants:', 'giants'],
        ['tokens:', 'tokens'],
        ['ctokens:', 'ctokens'],
      ]),
  },
}
