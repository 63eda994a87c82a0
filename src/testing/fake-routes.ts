// Addresses and routes in words for a fake network, and what its requests say.
// In: text, records, requests. Out: records, bytes, whether two are the same.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { ipBytes } from '../base/address-bytes.js'
import { outOfRange } from '../base/errors.js'
import { type Attribute, decodeAttribute } from '../message/decode.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { RouteRecord } from '../message/route-record.js'

const RT_TABLE_MAIN = 254
const RTM_F_CLONED = 0x200

/** A route in words; the kernel's own fields in `record` come on top. */
export interface FakeRouteFields {
  /** "default", or a prefix: "192.0.2.0/24". */
  to: string
  via?: string
  /** ifindex of the link that packets leave by. */
  dev?: number
  src?: string
  metric?: number
  /** Default: 254, main. */
  table?: number
  /** Of "default" without `via`. Default: "inet". */
  family?: 'inet' | 'inet6'
  record?: Partial<RouteRecord>
}

export function routeOf({
  to,
  via,
  dev,
  src,
  metric,
  table = RT_TABLE_MAIN,
  family,
  record,
}: FakeRouteFields) {
  const prefix = to === 'default' ? undefined : prefixBytes(to)
  const gateway = via === undefined ? undefined : hostBytes(via)
  const length = (prefix?.bytes ?? gateway)?.length ?? (family === 'inet6' ? 16 : 4)
  const route: Partial<RouteRecord> = {
    family: length === 16 ? AF_INET6 : AF_INET,
    dstLength: prefix?.bits ?? 0,
    headerTable: table < 256 ? table : 0,
    table,
    protocol: 4,
    scope: gateway || length === 16 ? 0 : 253,
    type: 1,
    dst: prefix?.bytes,
    gateway,
    oif: dev,
    prefSrc: src === undefined ? undefined : hostBytes(src),
    priority: metric,
    ...record,
  }
  return route
}

function hostBytes(text: string): Uint8Array {
  const bytes = ipBytes(text)
  if (!bytes) throw outOfRange(`expected an address, got ${text}`)
  return bytes
}

export function prefixBytes(text: string): { bytes: Uint8Array; bits: number } {
  const [host = '', length] = text.split('/')
  const bytes = hostBytes(host)
  return { bytes, bits: length === undefined ? bytes.length * 8 : Number(length) }
}

export function isSameHost(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && `${a}` === `${b}`)
}

function isWithin(a: Uint8Array | undefined, b: Uint8Array, bits: number): boolean {
  for (let n = 0; n < bits; n++) {
    const mask = 0x80 >> (n & 7)
    if (((a?.[n >> 3] ?? 0) & mask) !== ((b[n >> 3] ?? 0) & mask)) return false
  }
  return true
}

export function isSameRoute(a: Partial<RouteRecord>, b: Partial<RouteRecord>): boolean {
  return (
    a.family === b.family &&
    a.table === b.table &&
    a.dstLength === b.dstLength &&
    isSameHost(a.dst, b.dst) &&
    (b.priority === undefined || a.priority === b.priority) &&
    (b.gateway === undefined || isSameHost(a.gateway, b.gateway)) &&
    (b.oif === undefined || a.oif === b.oif)
  )
}

/** The route that a packet takes: that of the longest prefix in the main table, as the kernel answers. */
export function lookUp(
  routes: readonly Partial<RouteRecord>[],
  to: Uint8Array,
): Partial<RouteRecord> | undefined {
  const candidates = routes.filter(
    ({ dst, dstLength = 0, table, headerTable, family }) =>
      (table ?? headerTable) === RT_TABLE_MAIN &&
      family === (to.length === 16 ? AF_INET6 : AF_INET) &&
      (!dst || isWithin(to, dst, dstLength)),
  )
  const [best] = candidates.sort((a, b) => (b.dstLength ?? 0) - (a.dstLength ?? 0))
  return best && { ...best, dst: to, dstLength: to.length * 8, flags: RTM_F_CLONED }
}

export function isSameNeighbour(a: Partial<NeighbourRecord>, b: Partial<NeighbourRecord>): boolean {
  return a.family === b.family && a.ifindex === b.ifindex && isSameHost(a.dst, b.dst)
}

/** Takes out what `isGone` accepts. */
export function takeOut<T>(list: T[], isGone: (one: T) => boolean): T[] {
  const gone = list.filter(isGone)
  const left = list.filter((one) => !gone.includes(one))
  list.splice(0, list.length, ...left)
  return gone
}

export function requestAttributes(request: Uint8Array, from: number): Attribute[] {
  const found: Attribute[] = []
  for (let at = from; ; ) {
    const one = decodeAttribute(request, at)
    if (!one) return found
    found.push(one)
    at += (one.length + 3) & ~3
  }
}

export function attributeNumber(attribute: Attribute | undefined): number | undefined {
  if (!attribute || attribute.payload.length < 4) return undefined
  return new DataView(attribute.payload.buffer).getUint32(0, true)
}
