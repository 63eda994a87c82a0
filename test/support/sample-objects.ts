// An address, a route, a neighbour and a rule with every field, and messages like those that the kernel sends.
// In: nothing. Out: records and the builders of their messages, and messages for random damage.

import type { AddressRecord, NeighbourRecord, RouteRecord, RuleRecord } from 'netlink-wasm'
import {
  concat,
  delAddress,
  delNeighbour,
  delRoute,
  delRule,
  type HeaderFields,
  newAddress,
  newNeighbour,
  newRoute,
  newRule,
} from 'netlink-wasm/testing'

const v4 = (...bytes: number[]) => Uint8Array.from(bytes)
const v6 = (last: number) => Uint8Array.from([0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), last])

const ADDRESS: AddressRecord = {
  family: 2,
  prefixLength: 24,
  headerFlags: 0x80,
  scope: 253,
  ifindex: 0x11223344,
  address: v4(10, 0, 0, 2),
  local: v4(10, 0, 0, 1),
  broadcast: v4(10, 0, 0, 255),
  anycast: v6(1),
  multicast: v4(224, 0, 0, 1),
  label: 'eth0:1',
  cacheInfo: { prefered: 0xffffffff, valid: 3600, created: 7, updated: 8 },
  flags: 0x280,
  priority: 77,
  targetNetnsid: -1,
  protocol: 2,
}

const ROUTE: RouteRecord = {
  family: 10,
  dstLength: 64,
  srcLength: 48,
  tos: 0x10,
  headerTable: 252,
  protocol: 4,
  scope: 0,
  type: 1,
  flags: 0x20000010,
  dst: v6(0),
  src: v6(5),
  gateway: v6(1),
  via: v4(2, 0, 10, 0, 0, 9),
  prefSrc: v6(2),
  newDst: v4(0, 1, 1, 0),
  oif: 3,
  iif: 4,
  table: 1000,
  priority: 0xffffffff,
  pref: 1,
  nexthopId: 12,
  multipath: [
    {
      flags: 4,
      hops: 2,
      ifindex: 5,
      gateway: v6(3),
      via: v4(10, 0, ...v6(9)),
      newDst: v4(0, 2, 1, 0),
      flow: 0x10002,
      encapType: 1,
      encap: [{ type: 1, payload: v4(0, 0x10, 0x1, 0x40) }],
    },
    {
      flags: 0,
      hops: 0,
      ifindex: -6,
      gateway: undefined,
      via: undefined,
      newDst: undefined,
      flow: undefined,
      encapType: undefined,
      encap: undefined,
    },
  ],
  metrics: { 1: 4, 2: 1400, 16: 'cubic' },
  cacheInfo: {
    clntref: 1,
    lastuse: 2,
    expires: -300,
    error: 4,
    used: 5,
    id: 6,
    ts: 7,
    tsage: 8,
  },
  expires: 300,
  flow: 0x30004,
  mark: 9,
  uid: 1000,
  encapType: 2,
  encap: [
    { type: 2, payload: v4(192, 0, 2, 1) },
    { type: 4, payload: v4(64) },
  ],
  ttlPropagate: 1,
  ipProto: 17,
  sport: 1234,
  dport: 53,
  flowLabel: 0xabcde,
}

const NEIGHBOUR: NeighbourRecord = {
  family: 2,
  ifindex: 9,
  state: 0x0102,
  flags: 0x90,
  type: 1,
  dst: v4(192, 0, 2, 10),
  lladdr: v4(2, 0, 0, 0, 1, 16),
  cacheInfo: { confirmed: 1, used: 2, updated: 3, refcnt: 4 },
  fdbExtension: [{ type: 1, payload: v4(1) }],
  probes: 3,
  vlan: 10,
  port: 4789,
  vni: 55,
  viaIfindex: 7,
  master: 8,
  linkNetnsid: -1,
  srcVni: 66,
  protocol: 21,
  nexthopId: 13,
  extFlags: 1,
  stateMask: 0xff,
  flagsMask: 0x10,
}

const RULE: RuleRecord = {
  family: 2,
  dstLength: 16,
  srcLength: 8,
  tos: 0x10,
  headerTable: 254,
  action: 1,
  flags: 2,
  iifname: 'eth0',
  oifname: 'eth1',
  dst: v4(10, 2, 0, 0),
  src: v4(10, 0, 0, 0),
  priority: 100,
  table: 500,
  goto: 200,
  fwmark: 0x10,
  fwmask: 0xff,
  flow: 0x10002,
  tunId: 77n,
  suppressIfgroup: -1,
  suppressPrefixLength: 0,
  l3mdev: 1,
  uidRange: { start: 100, end: 0xfffffffe },
  protocol: 12,
  ipProto: 6,
  sportRange: { start: 1000, end: 2000 },
  dportRange: { start: 80, end: 80 },
  dscp: 8,
  flowLabel: 0x12345,
  flowLabelMask: 0xfffff,
  sportMask: 0xffff,
  dportMask: 0xff00,
  dscpMask: 0x3f,
}

type Build = (record: object, header: HeaderFields) => Uint8Array

/** By kind: a record with every field, and the builder of its messages. */
export const FULL_OBJECTS: Record<string, { record: object; build: Build; remove: Build }> = {
  address: { record: ADDRESS, build: newAddress, remove: delAddress },
  route: { record: ROUTE, build: newRoute, remove: delRoute },
  neighbour: { record: NEIGHBOUR, build: newNeighbour, remove: delNeighbour },
  rule: { record: RULE, build: newRule, remove: delRule },
}

/** Messages of one kind: with every field, with each field alone, with few, and several laid end to end. */
export function objectInputs(kind: string, byteOrder: 'little' | 'big'): Uint8Array[] {
  const { record, build, remove } = FULL_OBJECTS[kind] as (typeof FULL_OBJECTS)[string]
  const alone = Object.entries(record).map(([name, value]) => ({ [name]: value }))
  const common = Object.entries(record).filter(([, value]) => typeof value !== 'object')
  const few = Object.fromEntries(common.slice(0, 12))
  return [
    build(record, { byteOrder }),
    remove(record, { byteOrder, flags: 2, seq: 9 }),
    ...alone.map((one) => build(one, { byteOrder })),
    build(few, { byteOrder }),
    build({}, { byteOrder }),
    concat([build(few, { byteOrder }), remove(record, { byteOrder }), build({}, { byteOrder })]),
  ]
}
