// The decoder on built messages: every field, both byte orders, absent told from 0, copies not views.

import {
  AF_BRIDGE,
  decodeMessages,
  formatMessage,
  getNetlinkMsgHeader,
  IFLA_ADDRESS,
  IFLA_ALT_IFNAME,
  IFLA_BROADCAST,
  IFLA_CARRIER,
  IFLA_CARRIER_CHANGES,
  IFLA_CARRIER_DOWN_COUNT,
  IFLA_CARRIER_UP_COUNT,
  IFLA_GROUP,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_LINKMODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NEW_IFINDEX,
  IFLA_PERM_ADDRESS,
  IFLA_PROP_LIST,
  IFLA_TXQLEN,
  init,
  type LinkRecord,
  type NetlinkMessage,
  NLA_F_NESTED,
  OPER_UP,
  RTM_NEWLINK,
  toLink,
  unpackRtaAttr,
} from 'netlink-wasm'
import {
  type AttributeValue,
  attribute,
  concat,
  delLink,
  doneMessage,
  errorMessage,
  message,
  newLink,
} from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { thrown } from '../support/errors.ts'

const mac = Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2)
const broadcast = new Uint8Array(6).fill(0xff)

function fullLink(byteOrder: 'little' | 'big'): Uint8Array {
  const numbers: [number, AttributeValue][] = [
    [IFLA_MTU, 1500],
    [IFLA_TXQLEN, 1000],
    [IFLA_LINK, 7],
    [IFLA_MASTER, 8],
    [IFLA_GROUP, 9],
    [IFLA_LINK_NETNSID, -1],
    [IFLA_NEW_IFINDEX, 10],
    [IFLA_CARRIER_CHANGES, 11],
    [IFLA_CARRIER_UP_COUNT, 12],
    [IFLA_CARRIER_DOWN_COUNT, 0xffffffff],
    [IFLA_LINKMODE, Uint8Array.of(1)],
    [IFLA_CARRIER, Uint8Array.of(0)],
    [IFLA_ADDRESS, mac],
    [IFLA_BROADCAST, broadcast],
    [IFLA_PERM_ADDRESS, mac],
  ]
  const altnames = ['a', 'enp0s31f6'].map((name) => attribute(IFLA_ALT_IFNAME, name, { byteOrder }))
  const kind = attribute(IFLA_INFO_KIND, 'veth', { byteOrder })
  return newLink({
    byteOrder,
    seq: 0x01020304,
    pid: 0x05060708,
    flags: 0x0a0b,
    ifindex: 0x11223344,
    linkType: 0xfffe,
    linkFlags: 0x11043,
    change: 0xffffffff,
    ifname: 'eth0',
    operstate: OPER_UP,
    attributes: [
      ...numbers,
      attribute(IFLA_LINKINFO, [kind, attribute(99, 'x', { byteOrder })], { byteOrder }),
      attribute(IFLA_PROP_LIST | NLA_F_NESTED, altnames, { byteOrder }),
    ],
  })
}

const FULL_LINK: LinkRecord = {
  family: 0,
  type: 0xfffe,
  ifindex: 0x11223344,
  flags: 0x11043,
  change: 0xffffffff,
  ifname: 'eth0',
  altnames: ['a', 'enp0s31f6'],
  address: mac,
  broadcast,
  permAddress: mac,
  mtu: 1500,
  txqlen: 1000,
  link: 7,
  master: 8,
  operstate: OPER_UP,
  linkmode: 1,
  carrier: 0,
  carrierChanges: 11,
  carrierUpCount: 12,
  carrierDownCount: 0xffffffff,
  kind: 'veth',
  group: 9,
  linkNetnsid: -1,
  newIfindex: 10,
}

for (const byteOrder of ['little', 'big'] as const) {
  test(`every field of a link message, ${byteOrder}-endian`, () => {
    const [decoded] = decodeMessages(fullLink(byteOrder), { byteOrder })
    assert.ok(decoded?.kind === 'link')
    assert.equal(decoded.link, FULL_LINK)
    const { length, ...header } = decoded.header
    assert.equal(header, { type: RTM_NEWLINK, flags: 0x0a0b, seq: 0x01020304, pid: 0x05060708 })
    assert.is(length, fullLink(byteOrder).length)
  })
}

test('absent is told from 0', () => {
  const bare = linkOf(newLink({}))
  const zero = linkOf(
    newLink({
      operstate: 0,
      attributes: [
        [IFLA_MTU, 0],
        [IFLA_ADDRESS, new Uint8Array(0)],
      ],
    }),
  )
  assert.equal(
    [bare.ifname, bare.operstate, bare.mtu, bare.address],
    [undefined, undefined, undefined, undefined],
  )
  assert.equal([zero.operstate, zero.mtu, zero.address], [0, 0, new Uint8Array(0)])
})

test('control messages and unknown types are told', () => {
  const data = concat([errorMessage({ errno: -16, seq: 4 }), doneMessage(), message({ type: 77 })])
  const kinds = decodeMessages(data).map((decoded) => [
    decoded.kind,
    decoded.kind === 'control' ? decoded.errno : undefined,
  ])
  assert.equal(kinds, [
    ['control', -16],
    ['control', 0],
    ['other', undefined],
  ])
})

test('a message decoded earlier is not touched by a later one', () => {
  const first = decodeMessages(fullLink('little'))
  const before = structuredClone(linkOf(fullLink('little')))
  const attr = unpackRtaAttr(newLink({ ifname: 'first' }), 32)
  decodeMessages(new Uint8Array(300_000).fill(0xee))
  unpackRtaAttr(newLink({ ifname: 'other' }), 32)
  assert.ok(first[0]?.kind === 'link')
  assert.equal(first[0].link, before)
  assert.equal(attr?.data, new TextEncoder().encode('first\0'))
})

test('a Buffer is decoded into copies, and stays as it was', () => {
  const buffer = Buffer.from(newLink({ ifname: 'eth0', operstate: OPER_UP }))
  const copy = Buffer.from(buffer)
  const attr = unpackRtaAttr(buffer, 32)
  const [decoded] = decodeMessages(buffer)
  assert.equal(Buffer.compare(buffer, copy), 0)
  buffer.fill(0)
  assert.equal(attr?.data, new TextEncoder().encode('eth0\0'))
  assert.ok(decoded?.kind === 'link' && decoded.link.ifname === 'eth0')
})

test('data of many windows is decoded to its end, with offsets that count from its start', () => {
  const one = newLink({ ifname: 'eth0', operstate: OPER_UP })
  const count = 30_000
  const data = concat([...Array.from({ length: count }, () => one), new Uint8Array(16)])
  const decoded = decodeMessages(data)
  assert.is(decoded.length, count + 1)
  assert.ok(decoded.every(({ offset }, index) => offset === index * one.length))
  const last = decoded.at(-1) as NetlinkMessage
  assert.ok(last.kind === 'malformed' && last.error.offset === count * one.length)
})

test('what is no Uint8Array is refused', () => {
  for (const data of [null, undefined, 'text', new ArrayBuffer(16), [1, 2]] as never[]) {
    assert.instance(
      thrown(() => decodeMessages(data)),
      TypeError,
    )
    assert.instance(
      thrown(() => getNetlinkMsgHeader(data)),
      TypeError,
    )
  }
  const byteOrder = 'middle' as never
  assert.instance(
    thrown(() => decodeMessages(new Uint8Array(0), { byteOrder })),
    TypeError,
  )
})

test('toLink names what iproute2 names', () => {
  const peer = { ...FULL_LINK, ifindex: 7, ifname: 'peer', flags: 0 }
  const link = toLink({ ...FULL_LINK, linkNetnsid: undefined }, (ifindex) =>
    ifindex === 7 ? peer : undefined,
  )
  assert.equal(link.flags, ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP', 'M-DOWN'])
  assert.equal(
    [
      link.link,
      link.master,
      link.operstate,
      link.linkmode,
      link.group,
      link.link_type,
      link.address,
    ],
    ['peer', 'if8', 'UP', 'DORMANT', '9', 'none', '02:42:ac:11:00:02'],
  )
  assert.equal(link.linkinfo, { info_kind: 'veth' })
  assert.is(link.permaddr, undefined)
  const away = toLink(FULL_LINK)
  assert.equal([away.link, away.link_index, away.link_netnsid], [undefined, 7, -1])
  assert.is(toLink({ ...FULL_LINK, link: 0, linkNetnsid: undefined }).link, null)
})

test('tunnels have IP addresses', () => {
  const text = (type: number, bytes: number[]) =>
    toLink({ ...FULL_LINK, type, address: Uint8Array.from(bytes) }).address
  const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  assert.is(text(776, [192, 0, 2, 1]), '192.0.2.1')
  assert.is(text(769, v6), '2001:db8::1')
  assert.is(text(823, new Array(16).fill(0)), '::')
  assert.is(text(823, [0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]), '0:1:0:0:2::')
  assert.is(text(769, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]), '::ffff:192.0.2.1')
})

test('flags without a name and numbers without one are shown as numbers', () => {
  const link = toLink({ ...FULL_LINK, flags: 0x80000001, operstate: 9, linkmode: 7, type: 4000 })
  assert.equal(link.flags, ['NO-CARRIER', 'UP', '80000000'])
  assert.equal([link.operstate, link.linkmode, link.link_type], ['9', '7', '[4000]'])
})

test('formatMessage prints one line a message', () => {
  const port = delLink({ ifname: 'eth0', family: AF_BRIDGE, ifindex: 3 })
  const lines = decodeMessages(concat([port, doneMessage()])).map(formatMessage)
  assert.equal(lines, [
    '0 RTM_DELLINK len=44 flags=0x0 seq=0 pid=0 family=7 type=1 ifindex=3 ifi_flags=0x0 change=0x0 ifname="eth0"',
    '44 NLMSG_DONE len=20 flags=0x2 seq=0 pid=0 errno=0',
  ])
})

test('init() may be called at any time, and any number of times', async () => {
  await Promise.all([init(), init()])
  assert.is(decodeMessages(newLink({})).length, 1)
})

function linkOf(data: Uint8Array): LinkRecord {
  const [decoded] = decodeMessages(data)
  assert.ok(decoded?.kind === 'link')
  return decoded.link
}

test.run()
