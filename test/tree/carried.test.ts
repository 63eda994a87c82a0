// What messages carry for others: matches and targets of iptables, sockets' structs by length, IPsec's arrays, 802.11
// elements; and the families that have a form of their own.

import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import { attribute as attr, concat, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const SOCK_DIAG = 4
const XFRM = 6
const ISCSI = 8
const FIB_LOOKUP = 10
const NETFILTER = 12
const GENERIC = 16

function only(bytes: Uint8Array, protocol: number): TreeNode {
  const families = { nl80211: 40, vdpa: 41, NCSI: 42 }
  const tree = new Dissector({ schema: all, families }).dissect(bytes, {
    protocol,
    byteOrder: 'little',
  })
  const [one, ...rest] = tree.messages
  assert.is(rest.length, 0)
  assert.ok(one)
  return one
}

function assertTyped(node: TreeNode): void {
  const { tree, index, next } = node
  for (let at = index; at < next; at++) {
    const { status, path } = tree.node(at)
    assert.is(status, 'typed', path)
  }
}

const u8 = (...values: number[]) => Uint8Array.from(values)
const u16 = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)
const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)
const be32 = (value: number) => u8(0, 0, 0, value)
const zeros = (length: number) => new Uint8Array(length)

// NFTA_RULE_EXPRESSIONS 4, of NFTA_LIST_ELEM 1, of NFTA_EXPR_NAME 1 and NFTA_EXPR_DATA 2.
function compat(kind: 'match' | 'target', name: string, rev: number, info: Uint8Array): TreeNode {
  const data = attr(2, [attr(1, `${name}\0`), attr(2, be32(rev)), attr(3, info)])
  const rule = attr(4, [attr(1, [attr(1, `${kind}\0`), data])])
  return only(message({ type: 0x0a06 }, u8(2, 0, 0, 0), rule), NETFILTER)
}

function infoOf(rule: TreeNode): TreeNode {
  const found = rule.find('expressions/elem/data/info')
  assert.ok(found)
  return found
}

test('what a match of iptables holds', () => {
  const mark = compat('match', 'mark', 1, concat([u32(0x10, 0xff), u8(1), zeros(7)]))
  assertTyped(mark)
  assert.equal(infoOf(mark).toJSON(), { mark: 0x10, mask: 0xff, invert: 1 })
  const addrtype = infoOf(compat('match', 'addrtype', 1, concat([u16(0, 4), u32(0)])))
  assert.equal(addrtype.toJSON(), { source: [], dest: ['local'], flags: [] })
  const comment = concat([new TextEncoder().encode('docker'), zeros(250)])
  assert.equal(infoOf(compat('match', 'comment', 0, comment)).toJSON(), { comment: 'docker' })
  const conntrack = concat([zeros(128), u32(0, 0), u16(0, 0, 0, 0, 0, 0x2001, 0, 6, 0), zeros(14)])
  const state = infoOf(compat('match', 'conntrack', 3, conntrack))
  assert.equal(state.find('state-mask')?.value, ['established', 'related'])
  assert.equal(state.find('match-flags')?.value, ['state', 'state-alias'])
})

test('what a target of iptables holds', () => {
  const range = concat([u32(1, 3), u8(10, 0, 0, 1), u8(10, 0, 0, 1), u8(0, 80, 0, 80), zeros(4)])
  const dnat = compat('target', 'DNAT', 0, range)
  assertTyped(dnat)
  assert.equal(infoOf(dnat).toJSON(), {
    rangesize: 1,
    flags: ['map-ips', 'proto-specified'],
    'min-ip': '10.0.0.1',
    'max-ip': '10.0.0.1',
    min: 80,
    max: 80,
  })
})

test('an extension of another length or name stays bytes', () => {
  const odd = infoOf(compat('match', 'mark', 9, zeros(24)))
  assert.ok(odd.value instanceof Uint8Array)
  assert.is(odd.status, 'typed')
  assert.ok(infoOf(compat('target', 'FANCY', 0, zeros(8))).value instanceof Uint8Array)
})

// INET_DIAG_INFO 2, behind a struct inet_diag_msg of 72 bytes.
test('INET_DIAG_INFO is the struct that has its length', () => {
  const info = (length: number) => {
    const socket = concat([u8(2, 1, 0, 0), zeros(68)])
    const told = only(message({ type: 20 }, socket, attr(2, zeros(length))), SOCK_DIAG)
    assert.is(told.find('inet-diag-msg-v4/idiag-family')?.value, 'inet')
    return told.find('info')
  }
  assert.is(info(280)?.find('tcpi-rtt')?.value, 0)
  assert.is(info(232)?.status, 'short')
  assert.is(info(96)?.find('mptcpi-token')?.value, 0)
  assert.is(info(368)?.find('sctpi-rwnd')?.value, 0)
})

// XFRMA_TMPL 5, behind a struct xfrm_userpolicy_info of 168 bytes.
test('each template of a policy has a family of its own', () => {
  const template = (family: number) =>
    concat([u8(192, 0, 2, 1), zeros(20), u16(family, 0), u8(198, 51, 100, 1), zeros(32)])
  const policy = concat([zeros(40), u16(2), zeros(126)])
  const tmpl = attr(5, [template(2), template(10)])
  const told = only(message({ type: 19 }, policy, tmpl), XFRM)
  assert.is(told.find('tmpl/[0]/saddr')?.value, '198.51.100.1')
  assert.is(told.find('tmpl/[0]/family')?.value, 'inet')
  assert.is(told.find('tmpl/[1]/saddr')?.value, 'c633:6401::')
  assert.is(told.find('tmpl/[1]/family')?.value, 'inet6')
})

// NL80211_ATTR_IE 42, NL80211_ATTR_SSID 52, NL80211_ATTR_AKM_SUITES 76, NL80211_ATTR_CIPHER_SUITE_GROUP 74.
test('802.11 elements have an id, a name and a length each', () => {
  const elements = u8(
    0,
    4,
    0x68,
    0x6f,
    0x6d,
    0x65,
    3,
    1,
    11,
    221,
    3,
    0,
    0x50,
    0xf2,
    221,
    0,
    255,
    2,
    35,
    7,
    242,
    1,
    9,
  )
  const told = only(message({ type: 40 }, u8(46, 0, 0, 0), attr(42, elements)), GENERIC)
  const ie = told.find('ie')
  assert.equal(ie?.toJSON(), {
    ssid: 'home',
    'ds-parameter-set': 11,
    'vendor-specific': ['0050f2', ''],
    'he-capabilities': '07',
    fragment: '09',
  })
  assert.equal(ie?.value, elements)
  assert.is(ie?.find('he-capabilities')?.rawType, 256 + 35)
  const cut = only(message({ type: 40 }, u8(46, 0, 0, 0), attr(42, u8(0, 9, 1, 2))), GENERIC)
  assert.is(cut.find('ie/malformed')?.status, 'bad-length')
  const strange = only(message({ type: 40 }, u8(46, 0, 0, 0), attr(42, u8(250, 1, 7))), GENERIC)
  assert.is(strange.find('ie/#250')?.status, 'unknown')
})

test('an SSID is text where it is, suites have names', () => {
  const connect = only(
    message(
      { type: 40 },
      u8(46, 0, 0, 0),
      attr(52, new TextEncoder().encode('café')),
      attr(74, u32(0x000fac04)),
      attr(76, u32(0x000fac02, 0x000fac08)),
    ),
    GENERIC,
  )
  assert.is(connect.find('ssid')?.value, 'café')
  assert.is(connect.find('cipher-suite-group')?.value, 'ccmp')
  assert.equal(connect.find('akm-suites')?.toJSON(), ['psk', 'sae'])
  const hidden = only(message({ type: 40 }, u8(46, 0, 0, 0), attr(52, zeros(3))), GENERIC)
  assert.equal(hidden.find('ssid')?.value, zeros(3))
})

test('a route is looked up by a message of type 0', () => {
  const asked = concat([u8(8, 8, 8, 8), u32(0), u8(0, 0, 254, 254, 0, 0, 1, 0), u32(0)])
  const told = only(message({ type: 0 }, asked), FIB_LOOKUP)
  assertTyped(told)
  assert.is(told.path, 'fib_lookup/lookup')
  assert.is(told.find('fib-result/fl-addr')?.value, '8.8.8.8')
  assert.is(told.find('fib-result/tb-id')?.value, 'main')
})

test('iSCSI counts its messages from 11, each with its own parts of two unions', () => {
  // What is asked is behind 16 bytes, what is answered or told behind 40.
  const stop = concat([u32(18, 0, 0, 0), u32(1, 2, 0xabc, 0, 3, 0), u32(0, 0, 0, 0)])
  const asked = only(message({ type: 18 }, stop), ISCSI)
  assertTyped(asked)
  assert.equal((asked.toJSON() as { body: unknown }).body, {
    type: 18,
    iferror: 0,
    'transport-handle': 0,
    sid: 1,
    cid: 2,
    'conn-handle': 0xabc,
    flag: 'recover',
    retcode: 0,
  })
  const broken = concat([u32(102, 0, 0, 0), zeros(24), u32(1, 2, 1011, 0)])
  const told = only(message({ type: 102 }, broken), ISCSI)
  assertTyped(told)
  assert.is(told.path, 'iscsi/event-conn-error')
  assert.is(told.find('event-conn-error/error')?.value, 'conn-failed')
  const pdu = concat([u32(101, 0, 0, 0), zeros(24), u32(1, 2, 7, 0), u8(0x3f, 0x80)])
  const data = only(message({ type: 101 }, pdu), ISCSI).find('event-recv-pdu/data')?.value
  assert.equal(data, u8(0x3f, 0x80))
  assert.is(only(message({ type: 3 }, u32(0)), ISCSI).path, 'netlink/done')
})

test('vDPA and NC-SI are named', () => {
  const vdpa = only(message({ type: 41 }, u8(5, 1, 0, 0), attr(4, 'vdpa0\0')), GENERIC)
  assert.is(vdpa.path, 'vdpa/dev-get')
  assert.is(vdpa.find('dev-name')?.value, 'vdpa0')
  const device = attr(5, u32(1))
  const features = attr(14, new Uint8Array(BigUint64Array.of(0x1_0000_0020n).buffer))
  const config = only(message({ type: 41 }, u8(6, 1, 0, 0), concat([device, features])), GENERIC)
  assert.is(config.find('dev-id')?.value, 'net')
  assert.equal(config.find('dev-negotiated-features')?.value, ['mac', 'version-1'])
  const channel = attr(1, [attr(2, u32(0)), attr(7, zeros(0))])
  const list = attr(2, [attr(1, [attr(2, u32(1)), attr(4, [channel])])])
  const ncsi = only(message({ type: 42 }, u8(1, 0, 0, 0), list), GENERIC)
  assertTyped(ncsi)
  assert.is(ncsi.find('package-list/attr/channel-list/attr/active')?.value, true)
})

test.run()
