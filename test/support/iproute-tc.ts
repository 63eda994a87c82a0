// Which path of our tree each field of `tc -j -s -d qdisc show` is.
// In: nothing. Out: a table. iproute2's names stand left, ours right.

import type { Fields } from './iproute.ts'
import { flag, handle, link, raw } from './iproute-print.ts'
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
