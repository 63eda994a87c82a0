// What one attribute, header or struct is depends on: which way its message goes, how long it is, what link it is of.

import { NLM_F_REQUEST } from 'netlink-wasm'
import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import { attribute, concat, errorMessage, linkMessage, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const GENERIC = 16
const NETFILTER = 12
const NL80211 = 40
const NESTED = 0x8000

function only(bytes: Uint8Array, protocol = 0): TreeNode {
  const dissector = new Dissector({ schema: all, families: { nl80211: NL80211, told: 41 } })
  const [one, ...rest] = dissector.dissect(bytes, { protocol, byteOrder: 'little' }).messages
  assert.is(rest.length, 0)
  assert.ok(one)
  return one
}

/** Not one node of it is short, malformed or unknown. */
function assertTyped(node: TreeNode): void {
  const { tree, index, next } = node
  for (let at = index; at < next; at++) {
    const { status, path } = tree.node(at)
    assert.is(status, 'typed', path)
  }
}

const u8 = (...values: number[]) => Uint8Array.from(values)
const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)
const zeros = (length: number) => new Uint8Array(length)
const attr = attribute

function wireless(command: number, flags: number, ...attributes: Uint8Array[]): TreeNode {
  return only(message({ type: NL80211, flags }, u8(command, 0, 0, 0), ...attributes), GENERIC)
}

// IFLA_AF_SPEC 26, AF_INET 2, IFLA_INET_CONF 1.
function inetConf(flags: number, nested: number, conf: Uint8Array | Uint8Array[]): TreeNode {
  const inet = attr(2 | NESTED, [attr(1 | nested, conf)])
  return only(linkMessage({ flags, attributes: [attr(26 | NESTED, [inet])] }))
}

test("IPv4's device configuration is a nest in a request and an array in an answer", () => {
  const nest = [attr(1, u32(1)), attr(8, u32(2))]
  for (const [flags, nested] of [
    [NLM_F_REQUEST, 0],
    [NLM_F_REQUEST, NESTED],
    [0, NESTED],
  ] as const) {
    const asked = inetConf(flags, nested, nest)
    assertTyped(asked)
    assert.equal(asked.find('af-spec/inet/conf')?.toJSON(), { forwarding: 1, 'rp-filter': 2 })
  }
  const told = inetConf(0, 0, u32(1, 0, 5))
  assertTyped(told)
  const conf = told.find('af-spec/inet/conf')
  assert.equal(conf?.toJSON(), { forwarding: 1, 'mc-forwarding': 0, 'proxy-arp': 5 })
  assert.equal(conf?.toJSON({ cNames: true }), {
    IPV4_DEVCONF_FORWARDING: 1,
    IPV4_DEVCONF_MC_FORWARDING: 0,
    IPV4_DEVCONF_PROXY_ARP: 5,
  })
  assert.is(told.find('af-spec/inet/conf/proxy-arp')?.path.split('/').at(-1), 'conf[2]')
  assert.is(told.find('af-spec/inet/conf/[2]')?.value, 5)
})

test('elements that no name is known for keep their number', () => {
  const conf = inetConf(0, 0, u32(...Array.from({ length: 35 }, (_, index) => index)))
  const json = conf.find('af-spec/inet/conf')?.toJSON() as Record<string, number>
  assert.is(json['arp-evict-nocarrier'], 32)
  assert.is(json['#34'], 34)
})

test("IPv6's counters are named by how many there are: Linux 6.8 put them into another order", () => {
  const stats = (count: number) => {
    const values = BigUint64Array.from({ length: count }, (_, index) => BigInt(index))
    const inet6 = attr(10 | NESTED, [attr(3, new Uint8Array(values.buffer))])
    const link = only(linkMessage({ attributes: [attr(26 | NESTED, [inet6])] }))
    return link.find('af-spec/inet6/stats')?.toJSON() as Record<string, number>
  }
  assert.is(stats(37).outforwdatagrams, 4)
  assert.is(stats(36).outforwdatagrams, 4)
  assert.is(stats(38).outforwdatagrams, 11)
  assert.is(stats(38).noectpkts, 4)
})

test('ttl-inherit of a VXLAN is asked for by a flag and told by a number', () => {
  const vxlan = (value: Uint8Array) => {
    const info = attr(18 | NESTED, [attr(1, 'vxlan\0'), attr(2 | NESTED, [attr(28, value)])])
    const link = only(linkMessage({ attributes: [info] }))
    assertTyped(link)
    return link.find('linkinfo/data/ttl-inherit')?.value
  }
  assert.is(vxlan(zeros(0)), true)
  assert.is(vxlan(u8(1)), 1)
})

test('attributes of nl80211 that are flags in one message and values in another', () => {
  const ethertype = wireless(46, 0, attr(0x66, u8(0x8e, 0x88)))
  assert.is(ethertype.find('control-port-ethertype')?.value, 0x888e)
  assert.is(wireless(3, 0, attr(0x66, zeros(0))).find('control-port-ethertype')?.value, true)
  const select = (...inner: Uint8Array[]) => wireless(46, NLM_F_REQUEST, attr(0xe3, inner))
  assert.is(select(attr(2, u32(1))).find('bss-select/band-pref')?.value, '5ghz')
  assert.is(select(attr(2, zeros(0))).find('bss-select/band-pref')?.value, true)
  assert.is(select(attr(3, u8(1, 0xfe))).find('bss-select/rssi-adjust/delta')?.value, -2)
})

test('what woke the machine is the number of a pattern, and what may wake it are patterns', () => {
  const woken = wireless(74, 0, attr(0x75, [attr(4, u32(1))]))
  assertTyped(woken)
  assert.is(woken.find('wowlan-triggers/pkt-pattern')?.value, 1)
  const pattern = attr(1, [attr(1, u8(1)), attr(2, u8(0xaa)), attr(3, u32(14))])
  const asked = wireless(74, NLM_F_REQUEST, attr(0x75, [attr(4, [pattern])]))
  assertTyped(asked)
  assert.is(asked.find('wowlan-triggers/pkt-pattern/[0]/offset')?.value, 14)
})

test('an old program asks for neighbours, addresses or routes with a struct ifinfomsg', () => {
  const ifinfomsg = concat([u8(7, 0, 0, 0), u32(0, 1, 0)])
  for (const type of [26, 30, 34, 66, 74, 82]) {
    const asked = only(message({ type, flags: NLM_F_REQUEST | 0x300 }, ifinfomsg, attr(29, u32(1))))
    assertTyped(asked)
    assert.equal(asked.find('ifinfomsg/ifi-flags')?.value, ['up'], asked.name)
    assert.equal(asked.find('ext-mask')?.value, ['vf'], asked.name)
  }
  const getaddr = message({ type: 22, flags: NLM_F_REQUEST }, zeros(16), attr(29, u32(1)))
  assertTyped(only(getaddr))
  const fdb = only(message({ type: 30, flags: NLM_F_REQUEST }, ifinfomsg, attr(10, u32(5))))
  assert.is(fdb.find('master')?.value, 5)
  const mac = attr(2, u8(2, 0, 0, 0, 0, 1))
  const get = only(message({ type: 30, flags: NLM_F_REQUEST }, u8(7, 0, 0, 0), u32(3, 0), mac))
  assertTyped(get)
  assert.is(get.find('lladdr')?.value, '02:00:00:00:00:01')
})

test('a struct is whole without its padding', () => {
  assertTyped(only(linkMessage({ attributes: [attr(14, zeros(28)), attr(14, zeros(32))] })))
})

test("an older kernel's struct is short, a broken one has a bad length", () => {
  const stats = (length: number) =>
    only(linkMessage({ attributes: [attr(23, zeros(length))] })).find('stats64')?.status
  assert.is(stats(23 * 8), 'short')
  assert.is(stats(23 * 8 + 4), 'bad-length')
})

test('the address of a virtual function is as long as its link’s', () => {
  const vf = (linkType: number) => {
    const mac = concat([u32(1), Uint8Array.from({ length: 32 }, (_, n) => (n < 6 ? n : 0))])
    const list = attr(22, [attr(1 | NESTED, [attr(1, mac)])])
    const link = only(linkMessage({ linkType, attributes: [list] }))
    assertTyped(link)
    return link.find('vfinfo-list/info/mac/mac')?.value
  }
  assert.is(vf(1), '00:01:02:03:04:05')
  assert.is(vf(32), `00:01:02:03:04:05${':00'.repeat(14)}`)
})

test('a wireless event has its union at 8, and its command a name', () => {
  const event = concat([u8(24, 0, 0x15, 0x8b), zeros(4), u8(1, 0, 2, 0, 0, 0, 0, 9), zeros(8)])
  const link = only(linkMessage({ attributes: [attr(11, event)] }))
  assertTyped(link)
  assert.is(link.find('wireless/cmd')?.valueAs({ cNames: true }), 'SIOCGIWAP')
  assert.is(link.find('wireless/u')?.valueBytes[2], 2)
})

test('a command that a family lacks is called by its own number, and its attributes are named', () => {
  const unknown = wireless(254, 0, attr(3, u32(4)))
  assert.is(unknown.path, 'nl80211/#254')
  assert.is(unknown.status, 'unknown')
  assert.is(unknown.find('ifindex')?.value, 4)
  const told = only(message({ type: 41 }, u8(9, 1, 0, 0), attr(3, u32(4))), GENERIC)
  assert.is(told.path, 'told/#9')
  const foreign = only(message({ type: 77 }, u8(9, 1, 0, 0)), GENERIC)
  assert.is(foreign.path, 'netlink-generic/#77')
  const capped = errorMessage({ errno: -22, flags: 0x100 }, message({ type: NL80211 }))
  assert.is(only(capped, GENERIC).find('unknown')?.path, 'netlink/error/request/nl80211/unknown')
})

test('a command that a subsystem of nfnetlink lacks has its family, its number and its header', () => {
  const unknown = only(message({ type: 0x0a63 }, u8(2, 0, 0, 7), attr(1, u32(4))), NETFILTER)
  assert.is(unknown.path, 'nftables/#99')
  assert.is(unknown.status, 'unknown')
  assert.is(unknown.find('nfgenmsg/nfgen-family')?.value, 'ipv4')
  assert.is(unknown.find('#1')?.status, 'unknown')
  const subsystem = only(message({ type: 0x7001 }, u8(10, 0, 0, 0)), NETFILTER)
  assert.is(subsystem.path, 'netlink-netfilter/#28673')
  assert.is(subsystem.find('nfgenmsg/nfgen-family')?.valueAs({ raw: true }), 10)
})

test('a route that was looked up has RTCF_ flags', () => {
  const route = (flags: number) =>
    only(message({ type: 24 }, u8(2, 32, 0, 0, 254, 0, 0, 1), u32(flags))).find('rtmsg/rtm-flags')
  assert.equal(route(0x80000200)?.value, ['cloned', 'local'])
  assert.equal(route(0x20000200)?.valueAs({ cNames: true }), ['RTM_F_CLONED', 'RTCF_MULTICAST'])
  assert.equal(route(0x20000000)?.value, ['rt-offload-failed'])
})

test.run()
