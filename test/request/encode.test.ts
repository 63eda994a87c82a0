// What goes into a request: values in JavaScript's own forms, in any order, with what a header leaves out filled in; and
// what is refused, by path.

import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NLM_F_REQUEST } from '../../assembly/contract.ts'
import { message } from '../../src/message/builders.ts'
import { type EncodeOptions, encodeRequest } from '../../src/request/encode.ts'
import { familyNames, requestFamily } from '../../src/request/family-operations.ts'

type Values = Record<string, unknown>

/** Of every generic family but the controller. */
const GENERIC_ID = 100

const encode = (family: string, operation: string, values?: Values, options?: EncodeOptions) =>
  encodeRequest(requestFamily(schema, family), operation, values, options)

/** What the decoder prints of a request. */
function printed(family: string, operation: string, values: Values, options?: EncodeOptions) {
  const dissector = new Dissector({ schema, families: { [family]: GENERIC_ID } })
  const { type, protocol, body } = encode(family, operation, values, options)
  const { byteOrder = 'little' } = options ?? {}
  const bytes = message({ type: type || GENERIC_ID, flags: NLM_F_REQUEST, byteOrder }, body)
  const [node] = dissector.dissect(bytes, { protocol, byteOrder }).messages
  return ((node as TreeNode).toJSON() as { body: Values }).body
}

/** The part of what is printed that was given, or is named. */
function some(body: Values, ...names: string[]): Values {
  return Object.fromEntries(names.map((name) => [name, body[name]]))
}

test('a request is a fixed header and attributes, aligned to 4 bytes', () => {
  const { protocol, type, genlName, body } = encode('rt-link', 'newlink', {
    'ifi-index': 3,
    ifname: 'eth0',
    mtu: 1400,
  })
  assert.equal([protocol, type, genlName], [0, 16, undefined])
  assert.is(
    Buffer.from(body).toString('hex'),
    [
      '00000000' + '03000000' + '00000000' + '00000000',
      '09000300' + '6574683000' + '000000',
      '08000400' + '78050000',
    ].join(''),
  )
})

test('a generic family has a command, and a number that only the controller knows', () => {
  const { protocol, type, genlName, body } = encode('ethtool', 'rings-get')
  assert.equal([protocol, type, genlName], [16, 0, 'ethtool'])
  assert.equal([...body], [15, 1, 0, 0])
  const controller = encode('nlctrl', 'getfamily', { 'family-name': 'ethtool' })
  assert.equal([controller.type, controller.genlName], [16, undefined])
})

test('the byte order is that of the kernel asked, but where the schema says big-endian', () => {
  const values = { 'ifi-index': 258, linkinfo: { kind: 'vxlan', data: { id: 258, port: 4789 } } }
  const hex = (byteOrder: 'little' | 'big') =>
    Buffer.from(encode('rt-link', 'newlink', values, { byteOrder }).body).toString('hex')
  assert.ok(hex('little').includes('02010000') && hex('big').includes('00000102'))
  for (const byteOrder of ['little', 'big'] as const) {
    assert.ok(hex(byteOrder).includes('12b5'), 'the port is big-endian in both')
    assert.equal(printed('rt-link', 'newlink', values, { byteOrder }).linkinfo, values.linkinfo)
  }
})

test('numbers are numbers, bigints, decimal or hexadecimal text', () => {
  for (const mtu of [1400, 1400n, '1400', '0x578']) {
    assert.is(printed('rt-link', 'setlink', { mtu }).mtu, 1400)
  }
  const rate = (value: unknown) =>
    printed('tc', 'newtclass', { kind: 'htb', options: { rate64: value } }).options
  assert.equal(rate(2n ** 63n), { rate64: '9223372036854775808' })
  assert.equal(rate('9223372036854775808'), { rate64: '9223372036854775808' })
  assert.equal(rate(5), { rate64: 5 })
})

test('flags and enums are names, of the specs or of C, or numbers', () => {
  for (const flags of [['up', 'promisc'], ['IFF_UP', 'IFF_PROMISC'], 0x101, ['up', '0x100']]) {
    assert.equal(printed('rt-link', 'setlink', { 'ifi-flags': flags })['ifi-flags'], [
      'up',
      'promisc',
    ])
  }
  assert.equal(printed('rt-link', 'setlink', { 'ifi-flags': 'up' })['ifi-flags'], ['up'])
  for (const operstate of ['dormant', 'IF_OPER_DORMANT', 5, '5']) {
    assert.is(printed('rt-link', 'setlink', { operstate }).operstate, 'dormant')
  }
  assert.is(printed('rt-link', 'setlink', { IFLA_MTU: 1400 }).mtu, 1400)
})

test('addresses are text, and the family of a header follows the first', () => {
  const route = printed('rt-route', 'getroute', { dst: '8.8.8.8', 'rtm-dst-len': 32 })
  assert.equal(some(route, 'rtm-family', 'dst'), { 'rtm-family': 'inet', dst: '8.8.8.8' })
  const other = printed('rt-route', 'getroute', { dst: '2001:DB8::1' })
  assert.equal(some(other, 'rtm-family', 'dst'), { 'rtm-family': 'inet6', dst: '2001:db8::1' })
  const neighbour = { 'ndm-ifindex': 3, lladdr: '02:00:00:00:00:01', dst: '::ffff:192.0.2.1' }
  const added = printed('rt-neigh', 'newneigh', neighbour)
  assert.equal({ ...added, ...neighbour, 'ndm-family': 'inet6' }, added)
  // A link's own header says AF_BRIDGE or nothing.
  const tunnel = { kind: 'gre', data: { remote: '192.0.2.1' } }
  assert.is(printed('rt-link', 'newlink', { linkinfo: tunnel })['ifi-family'], 'unspec')
  assert.is(
    printed('rt-route', 'getroute', { dst: '8.8.8.8', 'rtm-family': 'unspec' })['rtm-family'],
    'unspec',
  )
})

test('so does the family of a socket address, and that of a connection', () => {
  const endpoint = (address: string) =>
    printed('wireguard', 'set-device', { peers: [{ endpoint: { address, port: 51820 } }] }).peers
  assert.equal(endpoint('192.0.2.1'), [
    { endpoint: { family: 'inet', port: 51820, address: '192.0.2.1' } },
  ])
  assert.equal(endpoint('fe80::1'), [
    { endpoint: { family: 'inet6', port: 51820, flowinfo: 0, address: 'fe80::1', 'scope-id': 0 } },
  ])
  const tuple = { 'tuple-ip': { 'ip-v6-src': 'fe80::1', 'ip-v6-dst': 'fe80::2' } }
  assert.is(printed('conntrack', 'get', { 'tuple-orig': tuple })['nfgen-family'], 'ipv6')
})

test('a sub-message has the format that is selected, in any order of the keys', () => {
  const data = { id: 5, protocol: '8021ad' }
  for (const linkinfo of [
    { kind: 'vlan', data },
    { data, kind: 'vlan' },
  ]) {
    assert.equal(printed('rt-link', 'newlink', { linkinfo }).linkinfo, linkinfo)
  }
  const actions = [{ options: { parms: { action: 'shot' } }, kind: 'gact' }]
  const tab = printed('tc', 'newaction', { tab: actions }).tab as Values[]
  assert.is(tab[0]?.kind, 'gact')
  const sockets = { 'sdiag-protocol': 'tcp', 'idiag-states': ['listen'], 'sdiag-family': 'inet6' }
  const asked = printed('sockdiag', 'by-family', sockets)
  assert.equal(
    some(asked, 'sdiag-family', 'idiag-states'),
    some(sockets, 'sdiag-family', 'idiag-states'),
  )
})

test('a format is found where all its numbers are zero', () => {
  const container = { 'tcf-ematch-hdr': { kind: 'container' }, ref: 0 }
  const ematches = { 'tree-hdr': { nmatches: 1 }, 'tree-list': [container] }
  const filter = { kind: 'basic', options: { ematches } }
  const { options } = printed('tc', 'newtfilter', filter) as { options: typeof filter.options }
  assert.is(options.ematches['tree-list'][0]?.ref, 0)
  assert.is(options.ematches['tree-list'][0]?.['tcf-ematch-hdr'].kind, 'container')
})

test('an attribute that may stand several times takes one value or an array', () => {
  const names = (elem: unknown) =>
    printed('nftables', 'newrule', { expressions: { elem } }).expressions
  const counter = { name: 'counter', data: { bytes: 1, packets: 2 } }
  assert.equal(names(counter), { elem: [counter] })
  assert.equal(names([counter, counter]), { elem: [counter, counter] })
})

test('one name of a header member and an attribute stands for both, as the decoder prints them', () => {
  const rule = printed('rt-rule', 'newrule', { table: 'main', 'table#15': 1000, src: '192.0.2.0' })
  assert.equal(some(rule, 'table', 'table#15'), { table: 'main', 'table#15': 1000 })
})

test('what does not fit a header member goes into the attribute of its name', () => {
  const table = (value: unknown) =>
    some(printed('rt-rule', 'newrule', { table: value }), 'table', 'table#15')
  for (const value of [255, '255', 'local', 255n])
    assert.equal(table(value), { table: 'local', 'table#15': undefined })
  for (const value of [256, '256', 256n]) {
    assert.equal(table(value), { table: 'unspec', 'table#15': 256 })
  }
  // As the kernel says it of a rule, and back.
  const compat = { table: 'compat', 'table#15': 1000 }
  assert.equal(some(printed('rt-rule', 'newrule', compat), 'table', 'table#15'), compat)
  const netem = (options: object) =>
    printed('tc', 'newqdisc', { kind: 'netem', options }).options as Record<string, unknown>
  const gi = { p13: 1, p31: 2, p32: 3, p14: 4, p23: 5 }
  assert.equal(some(netem({ loss: { gi } }), 'loss', 'loss#5'), { loss: 0, 'loss#5': { gi } })
  assert.equal(some(netem({ loss: 7, 'loss#5': { gi } }), 'loss', 'loss#5'), {
    loss: 7,
    'loss#5': { gi },
  })
  // Both of 32 bits, or both of 8: the member's.
  assert.is(some(printed('xfrm', 'flushsa', { proto: 'esp' }), 'proto').proto, 'esp')
})

test('a flag is there or not, what is undefined is not given, null is no bytes', () => {
  const flags = printed('ethtool', 'linkmodes-set', {
    autoneg: undefined,
    header: { 'dev-index': 1 },
  })
  assert.equal(flags, { header: { 'dev-index': 1 } })
  const link = { linkinfo: { kind: 'vxlan', data: { gbp: true, 'remcsum-nopartial': false } } }
  assert.equal(printed('rt-link', 'newlink', link).linkinfo, { kind: 'vxlan', data: { gbp: true } })
  assert.is(printed('rt-link', 'newlink', { '#5000': null })['#5000'], null)
})

test('bytes are bytes or hexadecimal, attributes without a name their number', () => {
  for (const key of [new Uint8Array(32).fill(7), '07'.repeat(32)]) {
    assert.is(
      printed('wireguard', 'set-device', { 'private-key': key })['private-key'],
      '07'.repeat(32),
    )
  }
  const unknown = { '#5000': 'aabb', '#5001': { '#1': '00', '#2': { '#3': 'ff' } } }
  const link = printed('rt-link', 'newlink', unknown)
  assert.equal(some(link, '#5000', '#5001'), unknown)
})

test('text that looks like hexadecimal is text, where the decoder prints text', () => {
  const ssid = (value: unknown) => printed('nl80211', 'connect', { ssid: value }).ssid
  assert.is(ssid('deadbeef'), 'deadbeef')
  assert.is(encode('nl80211', 'connect', { ssid: 'deadbeef' }).body.length, 4 + 12)
  assert.is(ssid(Uint8Array.of(0xff, 0xfe)), 'fffe')
  assert.is(encode('nl80211', 'connect', { ssid: Uint8Array.of(0xff, 0xfe) }).body.length, 4 + 8)
})

test('802.11 elements go by name, or as they are', () => {
  const connect = (ie: unknown) => printed('nl80211', 'connect', { ie }).ie as Values
  assert.equal(connect('0004686f6d65'), { ssid: 'home' })
  assert.equal(connect(Uint8Array.from([0, 1, 120])), { ssid: 'x' })
  assert.equal(connect({ ssid: 'home' }), { ssid: 'home' })
})

test('labels, bitfields and arrays with names take short forms', () => {
  const labels = printed('rt-route', 'newroute', {
    'rtm-family': 'mpls',
    newdst: [100, { label: 200, ttl: 9 }],
  })
  assert.equal(labels.newdst, [
    { label: 100, tc: 0, bos: false, ttl: 0 },
    { label: 200, tc: 0, bos: true, ttl: 9 },
  ])
  const flags = (value: unknown) =>
    (printed('tc', 'newaction', { tab: [{ kind: 'gact', flags: value }] }).tab as Values[])[0]
      ?.flags
  const hardware = { value: ['no-percpu-stats'], selector: ['no-percpu-stats'] }
  assert.equal(flags({ value: ['no-percpu-stats'] }), hardware)
  assert.equal(flags(hardware), hardware)
})

test('an operation that the schema lacks has its number for a name', () => {
  assert.equal([...encode('nl80211', '#250').body.subarray(0, 2)], [250, 1])
  assert.is(encode('cttimeout', '#77').type, 0x084d)
})

const REFUSED: [
  family: string,
  operation: string,
  values: Values,
  kind: ErrorConstructor,
  expected: string,
][] = [
  [
    'rt-link',
    'newlink',
    { mtuu: 5 },
    TypeError,
    'expected a name of ifinfomsg or link-attrs, got "mtuu": did you mean "mtu"?',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlan', data: { idd: 5 } } },
    TypeError,
    'expected a name of linkinfo-vlan-attrs, got "linkinfo.data.idd": did you mean "linkinfo.data.id"?',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlan', data: { id: 65536 } } },
    RangeError,
    'expected linkinfo.data.id to be an integer from 0 to 65535, got 65536',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlan', data: { id: 'five' } } },
    TypeError,
    'expected linkinfo.data.id to be an integer, got "five"',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlan', data: { id: true } } },
    TypeError,
    'expected linkinfo.data.id to be an integer, got true',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlan', data: { protocol: '8021adx' } } },
    RangeError,
    'expected linkinfo.data.protocol to be a name of vlan-protocols, got "8021adx": did you mean "8021ad"?',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { data: { id: 5 } } },
    TypeError,
    'expected linkinfo.kind, which says what linkinfo.data is, got none',
  ],
  [
    'rt-link',
    'newlink',
    { linkinfo: { kind: 'vlna', data: { id: 5 } } },
    RangeError,
    'expected linkinfo.kind to have a format for linkinfo.data, got "vlna": did you mean "vlan"?',
  ],
  ['rt-link', 'newlink', { linkinfo: 5 }, TypeError, 'expected linkinfo to be an object, got 5'],
  [
    'rt-link',
    'newlink',
    { mtu: -1 },
    RangeError,
    'expected mtu to be an integer from 0 to 4294967295, got -1',
  ],
  ['rt-link', 'newlink', { mtu: 1.5 }, RangeError, 'expected mtu to be an integer, got 1.5'],
  [
    'rt-link',
    'newlink',
    { mtu: 2 ** 53 },
    RangeError,
    'expected mtu to be a bigint, as it is beyond 2^53, got 9007199254740992',
  ],
  [
    'rt-link',
    'newlink',
    { 'link-netnsid': -(2n ** 31n) - 1n },
    RangeError,
    'expected link-netnsid to be an integer from -2147483648 to 2147483647, got -2147483649',
  ],
  ['rt-link', 'newlink', { mtu: null }, TypeError, 'expected mtu to be an integer, got null'],
  ['rt-link', 'newlink', { ifname: 7 }, TypeError, 'expected ifname to be a string, got 7'],
  [
    'rt-link',
    'newlink',
    { ifname: 'a\0b' },
    RangeError,
    'expected ifname to be a string without NUL, got one',
  ],
  [
    'rt-link',
    'newlink',
    { address: '02:00:00:00:00' + ':0g' },
    RangeError,
    'expected address to be a link-layer address, got "02:00:00:00:00:0g"',
  ],
  [
    'rt-link',
    'newlink',
    { 'ifi-flags': ['up', 'prmisc'] },
    RangeError,
    'expected ifi-flags to be a name of ifinfo-flags, got "prmisc": did you mean "promisc"?',
  ],
  [
    'rt-link',
    'newlink',
    { 'prop-list': { 'alt-ifname': [3] } },
    TypeError,
    'expected prop-list.alt-ifname[0] to be a string, got 3',
  ],
  [
    'rt-link',
    'newlink',
    { '#16384': 'aa' },
    TypeError,
    'expected a name of ifinfomsg or link-attrs, got "#16384"',
  ],
  [
    'rt-addr',
    'newaddr',
    { local: '192.0.2.256' },
    RangeError,
    'expected local to be an IP address, got "192.0.2.256"',
  ],
  [
    'rt-addr',
    'newaddr',
    { cacheinfo: { prefered: 5 } },
    TypeError,
    'expected a name of ifa-cacheinfo, got "cacheinfo.prefered": did you mean "cacheinfo.ifa-prefered"?',
  ],
  [
    'rt-route',
    'newroute',
    { multipath: { gateway: '192.0.2.1' } },
    TypeError,
    'expected multipath to be an array, got an object',
  ],
  [
    'rt-route',
    'newroute',
    { multipath: [{}, { gatway: '192.0.2.1' }] },
    TypeError,
    'expected a name of rtnexthop or route-attrs, got "multipath[1].gatway": did you mean "multipath[1].gateway"?',
  ],
  [
    'rt-route',
    'newroute',
    { 'rtm-family': 'mpls', newdst: [2 ** 20] },
    RangeError,
    'expected newdst[0].label to be an integer from 0 to 1048575, got 1048576',
  ],
  [
    'tc',
    'newaction',
    { tab: [{ kind: 'gact', flags: { value: 1, selekt: 1 } }] },
    TypeError,
    'expected tab[0].flags to have value, selector, got "selekt"',
  ],
  [
    'tc',
    'newaction',
    { tab: [{ kind: 'gact', options: { parms: 5 } }] },
    TypeError,
    'expected tab[0].options.parms to be an object, got 5',
  ],
  [
    'sockdiag',
    'by-family',
    { 'sdiag-family': 'inet', 'idiag-stats': 5 },
    TypeError,
    'expected a name of inet-diag-req-v2-v4 or inet-req-attrs, got "idiag-stats": did you mean "idiag-states"?',
  ],
  [
    'wireguard',
    'set-device',
    { peers: [{ 'public-key': new Uint8Array(31) }] },
    RangeError,
    'expected peers[0].public-key to have 32 bytes, got 31',
  ],
  [
    'wireguard',
    'set-device',
    { peers: [{ endpoint: { family: 'inet6', prt: 1 } }] },
    TypeError,
    'expected a name of sockaddr-in6, got "peers[0].endpoint.prt": did you mean "peers[0].endpoint.port"?',
  ],
  [
    'nl80211',
    'trigger-scan',
    { 'scan-ssids': 'home' },
    TypeError,
    'expected scan-ssids to be an array, got "home"',
  ],
  [
    'nlctrl',
    'getfamily',
    { 'family-id': [1, 'x'] },
    TypeError,
    'expected family-id[1] to be an integer, got "x"',
  ],
  [
    'rt-rule',
    'newrule',
    { table: 2 ** 32 },
    RangeError,
    'expected table#15 to be an integer from 0 to 4294967295, got 4294967296',
  ],
  [
    'rt-rule',
    'newrule',
    { table: -1 },
    RangeError,
    'expected table to be an integer from 0 to 255, got -1',
  ],
  [
    'rt-rule',
    'newrule',
    { table: 1000, 'table#15': 1001 },
    TypeError,
    'expected table#15 once, got it twice',
  ],
  [
    'tc',
    'newqdisc',
    { kind: 'netem', options: { loss: { gi: { p13: 'x' } } } },
    TypeError,
    'expected options.loss#5.gi.p13 to be an integer, got "x"',
  ],
  [
    'rt-link',
    'newlnk',
    {},
    RangeError,
    'expected a request of rt-link, got "newlnk": did you mean "newlink"?',
  ],
]

for (const [family, operation, values, kind, expected] of REFUSED) {
  test(`refused: ${expected}`, () => {
    let refusal: unknown
    try {
      encode(family, operation, values)
    } catch (error) {
      refusal = error
    }
    assert.instance(refusal, kind)
    assert.is((refusal as Error).message, expected)
  })
}

test('an attribute that is longer than its length can say is refused', () => {
  assert.throws(
    () => encode('rt-link', 'newlink', { ifalias: 'x'.repeat(65531) }),
    /expected ifalias to have at most 65531 bytes, got 65532/,
  )
})

test('families of a schema are found by name', () => {
  assert.ok(familyNames(schema).includes('nftables'))
  const route = requestFamily(schema, 'rt-route')
  assert.is(route.groups.get('rtnlgrp-ipv4-route'), 7)
  const operation = route.operations.find(({ name }) => name === 'getroute')
  assert.equal([operation?.id, operation?.modes, operation?.answer], [26, ['do', 'dump'], 24])
  assert.equal(route.operations.find(({ name }) => name === 'getnexthop')?.modes, [])
  assert.throws(() => requestFamily(schema, 'rt-rout'), /got "rt-rout": did you mean "rt-route"\?/)
})

test.run()
