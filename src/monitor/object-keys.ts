// What makes an address, a route, a neighbour or a rule itself, as bytes: two objects with one key are one object.
// In: records. Out: a key in a scratch buffer, valid until the next one is made.
//
//   +------+--------+---------------------------------+-----------------+
//   | head | family | what may have several in a row  | what tells them |   head: bytes of all but the last part
//   +------+--------+---------------------------------+-----------------+

import { AF_INET } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import { encodeText } from '../base/text.js'
import type { AddressRecord } from '../message/address-record.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { RouteRecord } from '../message/route-record.js'
import type { Key } from './record-chunk.js'

const IS_LITTLE = HOST_BYTE_ORDER === 'little'
let scratch = new Uint8Array(4096)
let view = new DataView(scratch.buffer)
let end = 0

function begin(family: number): void {
  scratch[1] = family
  end = 2
}

function u8(value: number): void {
  if (end + 8 > scratch.length) grow()
  scratch[end++] = value
}

function u32(value: number): void {
  if (end + 8 > scratch.length) grow()
  view.setUint32(end, value, true)
  end += 4
}

function u16(value: number): void {
  u8(value & 0xff)
  u8(value >> 8)
}

function bytes(value: Uint8Array | undefined): void {
  const length = value?.length ?? 0
  u8(length)
  while (end + length > scratch.length) grow()
  for (let n = 0; n < length; n++) scratch[end++] = (value as Uint8Array)[n] as number
}

function grow(): void {
  const larger = new Uint8Array(scratch.length * 2)
  larger.set(scratch)
  scratch = larger
  view = new DataView(scratch.buffer)
}

function headEnds(): void {
  scratch[0] = Math.min(end, 255)
}

const made = (): Key => scratch.subarray(0, end)

/** Link, family, local address, prefix and peer. */
export function addressKey(record: AddressRecord): Key {
  begin(record.family)
  u32(record.ifindex)
  u8(record.prefixLength)
  bytes(record.local ?? record.address)
  bytes(record.address)
  headEnds()
  return made()
}

/** Family, link, destination and proxy. */
export function neighbourKey(record: NeighbourRecord): Key {
  begin(record.family)
  u32(record.ifindex)
  u8(record.flags & NTF_PROXY)
  bytes(record.dst)
  headEnds()
  return made()
}

export const NTF_PROXY = 0x08
const FIB_RULE_FLAGS = 8
/** FIB_RULE_UNRESOLVED, _IIF_DETACHED and _OIF_DETACHED: they follow from other rules and links. */
const DERIVED_RULE_FLAGS = 0x4 | 0x8 | 0x10

/** A rule is its whole selector: all that it has. */
export function ruleKey(body: Uint8Array): Key {
  begin(body[0] as number)
  while (end + body.length > scratch.length) grow()
  scratch.set(body, end)
  const flags = view.getUint32(end + FIB_RULE_FLAGS, IS_LITTLE)
  view.setUint32(end + FIB_RULE_FLAGS, flags & ~DERIVED_RULE_FLAGS, IS_LITTLE)
  end += body.length
  headEnds()
  return made()
}

/**
 * IPv4: table, destination, tos, metric; type, scope, prefsrc, next hops, and all else by which the kernel tells routes.
 * IPv6: table, destination, source, metric; type, prefsrc and next hops.
 */
export function routeKey(record: RouteRecord): Key {
  const isV4 = record.family === AF_INET
  begin(record.family)
  u32(record.table ?? record.headerTable)
  u8(record.dstLength)
  bytes(record.dst)
  u8(record.srcLength)
  bytes(record.src)
  u8(isV4 ? record.tos : 0)
  u32(record.priority ?? 0)
  headEnds()
  u8(record.type)
  u8(isV4 ? record.scope : 0)
  bytes(record.prefSrc)
  u32(record.nexthopId ?? 0)
  const { multipath, oif = 0, gateway, via } = record
  u16((multipath?.length ?? 0) + 1)
  hop(oif, gateway ?? via)
  for (const one of multipath ?? []) hop(one.ifindex, one.gateway ?? one.via)
  if (isV4) rest(record)
  return made()
}

/** Set by users, unlike the others of a next hop: RTNH_F_PERVASIVE, RTNH_F_ONLINK. */
const GIVEN_FLAGS = 0x2 | 0x4

/** Routes that differ in any of these coexist: `ip route append` adds another one. */
function rest(record: RouteRecord): void {
  const { protocol, flags, multipath, metrics, flow, encapType, encap } = record
  u8(protocol)
  u8(flags & GIVEN_FLAGS)
  for (const one of multipath ?? []) {
    u8(one.flags & GIVEN_FLAGS)
    u8(one.hops)
    extras(one.flow, one.encapType, one.encap)
  }
  extras(flow, encapType, encap)
  for (const [type, value] of Object.entries(metrics ?? {})) {
    u8(Number(type))
    if (typeof value === 'number') u32(value)
    else bytes(encodeText(value))
  }
}

function extras(
  flow: number | undefined,
  type: number | undefined,
  encap: RouteRecord['encap'],
): void {
  u8((flow === undefined ? 0 : 1) | (type === undefined ? 0 : 2))
  if (flow !== undefined) u32(flow)
  if (type !== undefined) u8(type)
  for (const one of encap ?? []) {
    u8(one.type)
    bytes(one.payload)
  }
}

/** What the keys of routes to a destination have in common, from their second byte on. */
export function routeKeyStart(
  family: number,
  table: number,
  dstLength: number,
  dst: Uint8Array | undefined,
): Uint8Array {
  begin(family)
  u32(table)
  u8(dstLength)
  bytes(dst)
  return scratch.slice(1, end)
}

function hop(ifindex: number, gateway: Uint8Array | undefined): void {
  u32(ifindex)
  bytes(gateway)
}

/** What the key of a route says of it. */
export interface RouteKeyFacts {
  family: number
  table: number
  prefSrc: Uint8Array
  nexthopId: number
  /** Of each next hop; of one alone, 0 if it has none. */
  ifindexes: number[]
  hasGateway: boolean
  /** Whether `linkdown` and `dead` are its own, and not what its link says. */
  hasOwnState: boolean
}

const IPV4_BYTES = 4

export function routeKeyFacts(key: Key): RouteKeyFacts {
  const family = key[1] as number
  const from = new DataView(key.buffer, key.byteOffset, key.byteLength)
  let at = (key[0] as number) + 2
  const prefSrcEnd = at + 1 + (key[at] as number)
  const prefSrc = key.subarray(at + 1, prefSrcEnd)
  const nexthopId = from.getUint32(prefSrcEnd, true)
  const ifindexes: number[] = []
  let hasGateway = false
  let isViaOther = false
  at = prefSrcEnd + 4
  let hops = from.getUint16(at, true)
  for (at += 2; hops > 0; hops--) {
    const ifindex = from.getUint32(at, true)
    const length = key[at + 4] as number
    hasGateway ||= length > 0
    isViaOther ||= family === AF_INET && length > IPV4_BYTES
    // The first stands for the route itself, which has none where it has several.
    if (ifindex !== 0 || ifindexes.length > 0) ifindexes.push(ifindex)
    at += 5 + length
  }
  const hasOwnState = nexthopId !== 0 || ifindexes.length > 1 || isViaOther
  const table = from.getUint32(2, true)
  return { family, table, prefSrc, nexthopId, ifindexes, hasGateway, hasOwnState }
}

/** The link of an address or a neighbour. */
export function linkInKey(key: Key): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(2, true)
}
