// What ethtool and nf_tables refuse: each row tried on Linux 6.18.

import { EINVAL, ENODEV, ENOENT, EOPNOTSUPP, ERANGE, type Row, UNKNOWN } from './refusal-row.ts'

/** All that take a header which names a device. */
const ETHTOOL =
  `linkinfo-get linkinfo-set linkmodes-get linkmodes-set linkstate-get debug-get debug-set wol-get
  wol-set features-get privflags-get privflags-set rings-get rings-set channels-get channels-set
  coalesce-get coalesce-set pause-get pause-set eee-get eee-set tsinfo-get fec-get fec-set phc-vclocks-get module-get module-set plca-get-cfg plca-set-cfg plca-get-status mm-get
  mm-set`.split(/\s+/)

export const ethtool = ETHTOOL.flatMap((operation): Row[] => [
  [operation, {}, EINVAL, 'header'],
  [
    operation,
    { header: { 'dev-name': 'nope' } },
    ENODEV,
    'header.dev-name',
    'no device matches name',
  ],
  [
    operation,
    { header: { 'dev-index': 9999 } },
    ENODEV,
    'header.dev-index',
    'no device matches ifindex',
  ],
  [operation, { header: { 'dev-name': 'va', '#9': '00000000' } }, EINVAL, 'header.#9', UNKNOWN],
])

export const header = { 'dev-name': 'va' }
const bits = (bit: object) => ({ header, wanted: { bits: { bit: [bit] } } })
const strings = (set: object) => ({ header, stringsets: { stringset: [set] } })

export const ethtoolMore: Row[] = [
  ['stats-get', { header }, EINVAL, undefined, 'no stats requested'],
  ['strset-get', strings({}), EINVAL, 'stringsets.stringset[0].id'],
  [
    'strset-get',
    strings({ id: 999 }),
    EOPNOTSUPP,
    'stringsets.stringset[0]',
    'unknown string set id',
  ],
  [
    'channels-set',
    { header, 'rx-count': 99 },
    EINVAL,
    'rx-count',
    'requested channel count exceeds maximum',
  ],
  [
    'features-set',
    bits({ name: 'nope' }),
    EOPNOTSUPP,
    'wanted.bits.bit[0].name',
    'bit name not found',
  ],
  [
    'features-set',
    bits({ index: 999 }),
    EOPNOTSUPP,
    'wanted.bits.bit[0].index',
    'bit index too high',
  ],
  [
    'features-set',
    { header, wanted: { size: 4 } },
    EINVAL,
    'wanted',
    'missing value in compact bitset',
  ],
  [
    'linkinfo-get',
    { header: { ...header, flags: 0xff00 } },
    EINVAL,
    'header.flags',
    'reserved bit set',
  ],
  ['linkinfo-get', { header: {} }, EINVAL, 'header', 'neither ifindex nor name specified'],
  [
    'linkinfo-get',
    { header: { ...header, 'dev-index': 1 } },
    ENODEV,
    'header',
    'ifindex and name do not match',
  ],
]

const inet = { 'nfgen-family': 'inet' }
const rule = (...elem: object[]) => ({ ...inet, table: 't', chain: 'c', expressions: { elem } })
const cmp = { sreg: 99, op: 'eq', data: { value: '00' } }

export const nftAsked: Row[] = [
  ['gettable', { ...inet, name: 'absent' }, ENOENT, 'name'],
  ['deltable', { ...inet, name: 'absent' }, ENOENT, 'name'],
  ...(
    [
      ['getchain', 'name'],
      ['getset', 'name'],
      ['getflowtable', 'name'],
      ['delflowtable', 'name'],
      ['delrule', 'chain'],
      ['getrule', 'chain'],
    ] as const
  ).flatMap(([operation, key]): Row[] => {
    const handle = operation === 'getrule' ? { handle: 1 } : {}
    return [
      [operation, { ...inet, table: 'absent', [key]: 'x', ...handle }, ENOENT, 'table'],
      [operation, { ...inet, table: 't', [key]: 'absent', ...handle }, ENOENT, key],
    ]
  }),
  ['delchain', { ...inet, table: 'absent', name: 'x' }, ENOENT, 'table'],
  ['delset', { ...inet, table: 'absent', name: 'x' }, ENOENT, 'table'],
  ['delobj', { ...inet, table: 'absent', name: 'x', type: 1 }, ENOENT, 'table'],
  ['getobj', { ...inet, table: 'absent', name: 'x', type: 1 }, ENOENT, 'table'],
  ['getobj', { ...inet, table: 't', name: 'absent', type: 1 }, ENOENT, 'name'],
  ['delsetelem', { ...inet, table: 't', set: 'absent', elements: [] }, ENOENT, 'set'],
]

export const nftMade: Row[] = [
  ['newchain', { ...inet, table: 'absent', name: 'x' }, ENOENT, 'table'],
  [
    'newset',
    { ...inet, table: 'absent', name: 'x', 'key-type': 7, 'key-len': 4, id: 1 },
    ENOENT,
    'table',
  ],
  ['newrule', { ...inet, table: 'absent', chain: 'x' }, ENOENT, 'table'],
  ['newsetelem', { ...inet, table: 'absent', set: 'x', elements: [] }, ENOENT, 'table'],
  ['newrule', { ...inet, table: 't', chain: 'absent' }, ENOENT, 'chain'],
  ['newrule', rule({ name: 'nope', data: {} }), ENOENT, 'expressions.elem[0]'],
  [
    'newrule',
    rule({ name: 'counter', data: {} }, { name: 'cmp', data: {} }),
    EINVAL,
    'expressions.elem[1]',
  ],
  ['newrule', rule({ name: 'cmp', data: cmp }), ERANGE, 'expressions.elem[0]'],
  [
    'newrule',
    rule({ name: 'meta', data: { key: 99, dreg: 'reg-1' } }),
    EOPNOTSUPP,
    'expressions.elem[0]',
  ],
  [
    'newrule',
    rule({ name: 'lookup', data: { set: 'absent', sreg: 'reg-1' } }),
    ENOENT,
    'expressions.elem[0]',
  ],
  [
    'newchain',
    { ...inet, table: 't', name: 'h', type: 'nope', hook: { num: 1, priority: 0 } },
    ENOENT,
    'type',
  ],
  ['newtable', { ...inet, name: 'x', flags: 0xff }, EOPNOTSUPP],
]
