// Which path of our tree each field of `options` in `tc -j -s -d qdisc show` is, by the qdisc's kind, and what it
// prints of its own statistics. In: nothing. Out: tables. iproute2's names stand left, ours right.

import type { TreeNode } from 'netlink-wasm/decoder'
import { About, type Fields, type Print } from './iproute.ts'
import { flag, hex, named, nodes, number, raw, text, values } from './iproute-print.ts'

/** A share of 2^32, as a fraction. */
const share = (path: string) => number(path, (value) => near(value / 0xffffffff))
/** tc prints six significant digits. */
const near = (value: number) => new About(value, 1e-6 + Math.abs(value) * 1e-5)
/** Nanoseconds, in seconds. */
const nano = (path: string) => number(path, (value) => near(value / 1e9))

const redFlags = (path: string): Fields => ({
  ecn: flag(path, 'ecn'),
  harddrop: flag(path, 'harddrop'),
  adaptive: flag(path, 'adaptative'),
  nodrop: flag(path, 'nodrop'),
})

const red: Fields = {
  limit: 'parms/limit',
  min: 'parms/qth-min',
  max: 'parms/qth-max',
  ...redFlags('parms/flags'),
  ewma: 'parms/Wlog',
  probability: share('max-p'),
  Scell_log: 'parms/Scell-log',
}

const prio: Fields = {
  bands: 'bands',
  priomap: values('priomap'),
  multiqueue: { none: 'said by an attribute that these do not have' },
}

/** The queues that are in use: an offset and a count each. */
function queues(path: string): (at: TreeNode) => [number, number][] {
  return (at) => {
    const numbers = (name: string) => nodes(`${path}/${name}`)(at).map((node) => Number(node.value))
    const offsets = numbers('offset')
    return numbers('count')
      .map((count, index): [number, number] => [offsets[index] as number, count])
      .filter(([, count]) => count > 0)
  }
}

/** The queues of tc, as the first and the last of each. */
const ranges: Print = (at) =>
  queues('tc-mqprio-qopt')(at).map(([offset, count]) => `${offset},${offset + count - 1}`)

const netem: Fields = {
  limit: 'tc-netem-qopt/limit',
  gap: 'tc-netem-qopt/gap',
  ecn: flag('ecn'),
  'delay.delay': nano('latency64'),
  'delay.jitter': nano('jitter64'),
  'delay.correlation': share('corr/delay-corr'),
  'loss-random.loss': share('tc-netem-qopt/loss'),
  'loss-random.correlation': share('corr/loss-corr'),
  'duplicate.duplicate': share('tc-netem-qopt/duplicate'),
  'duplicate.correlation': share('corr/dup-corr'),
  'reorder.reorder': share('reorder/probability'),
  'reorder.correlation': share('reorder/correlation'),
  'corrupt.corrupt': share('corrupt/probability'),
  'corrupt.correlation': share('corrupt/correlation'),
  'rate.rate': 'rate/rate',
  'rate.packetoverhead': 'rate/packet-overhead',
  'rate.cellsize': 'rate/cell-size',
  'rate.celloverhead': 'rate/cell-overhead',
  'loss-gemodel.p': share('loss/ge/p'),
  'loss-gemodel.r': share('loss/ge/r'),
  // It prints them the other way round.
  'loss-gemodel.1-h': number('loss/ge/h', (value) => near(1 - value / 0xffffffff)),
  'loss-gemodel.1-k': share('loss/ge/k1'),
  'loss-state.p13': share('loss/gi/p13'),
  'loss-state.p31': share('loss/gi/p31'),
  'loss-state.p32': share('loss/gi/p32'),
  'loss-state.p23': share('loss/gi/p23'),
  'loss-state.p14': share('loss/gi/p14'),
  'slot.min-delay': nano('slot/min-delay'),
  'slot.max-delay': nano('slot/max-delay'),
  'slot.packets': 'slot/max-packets',
  'slot.bytes': 'slot/max-bytes',
  'slot.distribution': nano('slot/dist-delay'),
  'slot.jitter': nano('slot/dist-jitter'),
}

const cake: Fields = {
  bandwidth: (at) => raw(at, 'base-rate64') || 'unlimited',
  diffserv: 'diffserv-mode',
  flowmode: named('flow-mode', {
    ...{ 0: 'flowblind', 1: 'srchost', 2: 'dsthost', 3: 'hosts', 4: 'flows' },
    ...{ 5: 'dual-srchost', 6: 'dual-dsthost', 7: 'triple-isolate' },
  }),
  nat: flag('nat'),
  wash: flag('wash'),
  ingress: flag('ingress'),
  'ack-filter': named('ack-filter', { 0: 'disabled', 1: 'enabled', 2: 'aggressive' }),
  split_gso: flag('split-gso'),
  rtt: 'rtt',
  raw: flag('raw'),
  atm: named('atm', { 0: 'noatm', 1: 'atm', 2: 'ptm' }),
  overhead: 'overhead',
  mpu: 'mpu',
  memlimit: 'memory',
  fwmark: hex('fwmark'),
}

const CLOCKS = { 11: 'TAI' }

const taprio: Fields = {
  tc: 'priomap/num-tc',
  map: values('priomap/prio-tc-map'),
  queues: { none: 'held against ours for mqprio, which has the same struct' },
  clockid: named('sched-clockid', CLOCKS),
  base_time: (at) => raw(at, 'sched-base-time') ?? raw(at, 'admin-sched/sched-base-time'),
  cycle_time: (at) => raw(at, 'sched-cycle-time') ?? raw(at, 'admin-sched/sched-cycle-time'),
  cycle_time_extension: (at) =>
    raw(at, 'sched-cycle-time-extension') ?? raw(at, 'admin-sched/sched-cycle-time-extension'),
  schedule: { none: 'stands where the schedule has come into force, or not yet' },
}

const gred: Fields = {
  dp_cnt: 'dps/DPs',
  dp_default: 'dps/def-DP',
  grio: flag('dps/grio'),
  limit: 'limit',
  ...redFlags('dps/flags'),
  vqs: {
    // DP is beyond the count where a queue is not in use.
    each: (at) => nodes('parms')(at).filter((node) => (raw(node, 'DP') ?? 16) < 16),
    fields: {
      ...{ vq: 'DP', prio: 'prio', limit: 'limit', min: 'qth-min', max: 'qth-max', ewma: 'Wlog' },
      ...{
        Scell_log: 'Scell-log',
        qave: 'qave',
        backlog: 'backlog',
        other: 'other',
        pdrop: 'pdrop',
      },
      ...{ packets: 'packets', bytes: 'bytesin' },
      ...Object.fromEntries(
        [
          ...['ecn', 'harddrop', 'adaptive', 'nodrop', 'probability'],
          ...['forced_drop', 'prob_drop', 'forced_mark', 'prob_mark'],
        ].map((name) => [name, { none: 'stands in another list of the message' }]),
      ),
    },
  },
}

export const QDISC_KINDS: Record<string, Fields> = {
  pfifo_fast: prio,
  prio,
  pfifo: { limit: 'limit' },
  bfifo: { limit: 'limit' },
  skbprio: { limit: 'limit' },
  tbf: {
    rate: (at) => raw(at, 'rate64') ?? raw(at, 'parms/rate/rate'),
    mpu: 'parms/rate/mpu',
    linklayer: 'parms/rate/linklayer',
    burst: { none: 'made of the rate table and the clock of tc' },
    mtu: { none: 'made of the rate table and the clock of tc' },
    lat: { none: 'made of the limit, the rate and the buffer' },
  },
  htb: {
    r2q: 'init/rate2quantum',
    default: 'init/defcls',
    direct_packets_stat: 'init/direct-pkts',
    ver: number('init/version', (value) => `${value >>> 16}.${value & 0xffff}`),
    direct_qlen: 'direct-qlen',
  },
  fq_codel: {
    ...{ limit: 'limit', flows: 'flows', quantum: 'quantum', target: 'target' },
    ...{ interval: 'interval', memory_limit: 'memory-limit', ecn: flag('ecn') },
    ...{ drop_batch: 'drop-batch-size', ce_threshold: 'ce-threshold' },
  },
  codel: {
    ...{ limit: 'limit', target: 'target', interval: 'interval', ecn: flag('ecn') },
    ce_threshold: 'ce-threshold',
  },
  fq: {
    ...{ limit: 'plimit', flow_limit: 'flow-plimit', orphan_mask: 'orphan-mask' },
    ...{ quantum: 'quantum', initial_quantum: 'initial-quantum', maxrate: 'flow-max-rate' },
    ...{ low_rate_threshold: 'low-rate-threshold', refill_delay: 'flow-refill-delay' },
    ...{ ce_threshold: 'ce-threshold', timer_slack: 'timer-slack', horizon: 'horizon' },
    buckets: number('buckets-log', (bits) => 2 ** bits),
    horizon_drop: (at) => (raw(at, 'horizon-drop') ? null : undefined),
    horizon_cap: (at) => (raw(at, 'horizon-drop') === 0 ? null : undefined),
  },
  pie: {
    ...{ limit: 'limit', target: 'target', tupdate: 'tupdate', alpha: 'alpha', beta: 'beta' },
    ...{ ecn: flag('ecn'), bytemode: flag('bytemode') },
  },
  fq_pie: {
    ...{ limit: 'limit', flows: 'flows', target: 'target', tupdate: 'tupdate', alpha: 'alpha' },
    ...{ beta: 'beta', quantum: 'quantum', memory_limit: 'memory-limit', ecn_prob: 'ecn-prob' },
    ecn: flag('ecn'),
  },
  sfq: {
    ...{ limit: 'v0/limit', quantum: 'v0/quantum', depth: 'depth', headdrop: flag('headdrop') },
    ...{ flows: 'v0/flows', divisor: 'v0/divisor', perturb: 'v0/perturb-period' },
    ...{ ewma: 'Wlog', min: 'qth-min', max: 'qth-max', probability: share('max-P') },
    ...redFlags('flags'),
    ...{ prob_mark: 'stats/prob-mark', prob_mark_head: 'stats/prob-mark-head' },
    ...{ prob_drop: 'stats/prob-drop', forced_mark: 'stats/forced-mark' },
    ...{ forced_mark_head: 'stats/forced-mark-head', forced_drop: 'stats/forced-drop' },
  },
  red,
  choke: red,
  sfb: {
    ...{ limit: 'parms/limit', max: 'parms/max', target: 'parms/bin-size' },
    ...{ penalty_rate: 'parms/penalty-rate', penalty_burst: 'parms/penalty-burst' },
    rehash: number('parms/rehash-interval', (value) => value * 1000),
    db: number('parms/warmup-time', (value) => value * 1000),
    // SFB_MAX_PROB is 0xffff.
    increment: number('parms/increment', (value) => near(value / 0xffff)),
    decrement: number('parms/decrement', (value) => near(value / 0xffff)),
  },
  cake,
  netem,
  ets: {
    bands: 'nbands',
    strict: 'nstrict',
    quanta: values('quanta', 'quanta-band'),
    priomap: values('priomap', 'priomap-band'),
  },
  hhf: {
    ...{ limit: 'backlog-limit', quantum: 'quantum', hh_limit: 'hh-flows-limit' },
    ...{ reset_timeout: 'reset-timeout', admit_bytes: 'admit-bytes' },
    ...{ evict_timeout: 'evict-timeout', non_hh_weight: 'non-hh-weight' },
  },
  mqprio: {
    tc: 'tc-mqprio-qopt/num-tc',
    map: values('tc-mqprio-qopt/prio-tc-map'),
    queues: ranges,
    mode: { none: 'printed also where the message does not say it' },
    shaper: { none: 'printed also where the message does not say it' },
  },
  taprio,
  cbs: {
    ...{ hicredit: 'parms/hicredit', locredit: 'parms/locredit', sendslope: 'parms/sendslope' },
    ...{ idleslope: 'parms/idleslope', offload: 'parms/offload' },
  },
  etf: {
    clockid: named('parms/clockid', CLOCKS),
    delta: 'parms/delta',
    ...Object.fromEntries(
      ['offload', 'deadline_mode', 'skip_sock_check'].map((name) => [
        name,
        ((at) => {
          const flags = text(at, 'parms/flags')?.split(',') ?? []
          return flags.includes(name.replaceAll('_', '-')) ? 'on' : 'off'
        }) as Print,
      ]),
    ),
  },
  gred,
}

/** Statistics that a qdisc has of its own: names of tc that are not ours with "-" for "_". */
const XSTATS: Record<string, string> = {
  ...{ pkts_in: 'packets-in', tot_hh: 'hh-tot-count', cur_hh: 'hh-cur-count' },
  ...{ inactive: 'inactive-flows', gc: 'gc-flows', highprio: 'highprio-packets' },
  ...{ throttled: 'throttled-flows', memory_used: 'memory-usage' },
}
const CAKE: Record<string, string> = {
  ...{ memory_used: 'memory-used', capacity_estimate: 'capacity-estimate64' },
  ...{ min_network_size: 'min-netlen', max_network_size: 'max-netlen' },
  ...{ min_adj_size: 'min-adjlen', max_adj_size: 'max-adjlen', avg_hdr_offset: 'avg-netoff' },
}
const PLAIN = [
  ...[
    'maxpacket',
    'drop_overlimit',
    'new_flow_count',
    'ecn_mark',
    'new_flows_len',
    'old_flows_len',
  ],
  ...[
    'flows',
    'count',
    'lastcount',
    'ldelay',
    'drop_next',
    'delay',
    'overlimit',
    'dropped',
    'maxq',
  ],
  ...['overmemory', 'marked', 'early', 'pdrop', 'other', 'matched', 'earlydrop', 'penaltydrop'],
  ...['bucketdrop', 'queuedrop', 'childdrop', 'maxqlen', 'hh_overlimit', 'memory_limit', 'ce_mark'],
  ...['drop_overmemory', 'flows_plimit', 'avg_dq_rate', 'prob', 'maxprob', 'avgprob'],
]

export const QDISC_STATS: Fields = {
  ...Object.fromEntries(
    [...PLAIN, ...Object.keys(XSTATS), ...Object.keys(CAKE)].map((name) => {
      const print: Print = (at) => {
        const names = text(at, 'kind') === 'cake' ? CAKE : XSTATS
        return raw(at, `stats2/app/${names[name] ?? name.replaceAll('_', '-')}`)
      }
      return [name, print]
    }),
  ),
  tins: {
    each: nodes('stats2/app/tin-stats'),
    fields: {
      ...{
        threshold_rate: 'threshold-rate64',
        sent_bytes: 'sent-bytes64',
        drops: 'dropped-packets',
      },
      ...{ ecn_mark: 'ecn-marked-packets', ack_drops: 'acks-dropped-packets' },
      max_pkt_len: 'max-skblen',
      ...Object.fromEntries(
        [
          ...['backlog_bytes', 'target_us', 'interval_us', 'peak_delay_us', 'avg_delay_us'],
          ...['base_delay_us', 'sent_packets', 'way_indirect_hits', 'way_misses', 'way_collisions'],
          ...['sparse_flows', 'bulk_flows', 'unresponsive_flows', 'flow_quantum'],
        ].map((name) => [name, name.replaceAll('_', '-')]),
      ),
    },
  },
}
