// The values that a record only says the place of: bytes, texts, structs and nests.
// In: the field of a span, in the module or in a copy, and the bytes that it lies in. Out: values that own all their
// bytes, or undefined where there was no such attribute.

import {
  IFLA_ALT_IFNAME,
  MODE_BIG_ENDIAN,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  RTNEXTHOP_SIZE,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../../assembly/contract.js'
import {
  RTA_ENCAP,
  RTA_ENCAP_TYPE,
  RTA_FLOW,
  RTA_GATEWAY,
  RTA_NEWDST,
  RTA_VIA,
} from '../../assembly/record-layout.js'
import { decodeText, decodeTextAt, type Text } from '../base/text.js'
import type { Module } from '../module/module.js'
import { nameAt, type Slots } from '../module/slots.js'

/** Where a record and its bytes are: a module, or a copy. */
export interface RecordBytes {
  readonly records: DataView
  /** What spans lie in, twice. */
  readonly u8: Uint8Array
  readonly view: DataView
  /** Of a module. */
  readonly slots?: Slots
  /** Of a copy: puts bytes of it into a module, which walks them. */
  bring?(from: number, end: number): Brought
}

/** Where bytes lie in a module's memory. */
export interface Brought {
  it: Module
  from: number
  end: number
}

/** Records of the one datagram that starts at `base`. */
export interface RecordBatch extends RecordBytes {
  readonly base: number
  /** MODE_… that it was decoded with. */
  readonly mode: number
}

/** An attribute of a nest. */
export interface NestedAttribute {
  /** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
  type: number
  payload: Uint8Array
}

/** Numbers by RTAX_… of linux/rtnetlink.h, and the name of the congestion control algorithm. */
export type RouteMetrics = { [type: number]: number | string }

/** struct rtnexthop of linux/rtnetlink.h, and its attributes. */
export interface NextHopRecord {
  /** RTNH_F_…. */
  flags: number
  /** One less than its weight. */
  hops: number
  ifindex: number
  gateway: Uint8Array | undefined
  via: Uint8Array | undefined
  newDst: Uint8Array | undefined
  flow: number | undefined
  encapType: number | undefined
  encap: NestedAttribute[] | undefined
}

export type StructMembers = readonly (readonly [name: string, form: 'u16' | 'u32' | 's32'])[]

/** A copy of the span at `field`. */
export function bytesAt(bytes: RecordBytes, field: number, base: number): Uint8Array | undefined {
  const { records, u8 } = bytes
  const offset = records.getUint32(field, true)
  if (offset === 0) return undefined
  const from = base + offset
  const length = records.getUint32(field + 4, true)
  const copy = new Uint8Array(length)
  // Addresses have six bytes, and a view of so few costs more than they do.
  if (length > 32) copy.set(u8.subarray(from, from + length))
  else for (let n = 0; n < length; n++) copy[n] = u8[from + n] as number
  return copy
}

/** The text in the span at `field` of the record at `at`, whose slot is at `slot`. */
export function textAt(
  bytes: RecordBytes,
  at: number,
  base: number,
  field: number,
  slot: number,
): Text | undefined {
  if (bytes.slots !== undefined) return nameAt(bytes as Module, at, field, slot)
  const { records, view } = bytes
  const offset = records.getUint32(at + field, true)
  if (offset === 0) return undefined
  return decodeTextAt(view, base + offset, records.getUint32(at + field + 4, true))
}

/** A number of eight bytes, big-endian as all such in records are. */
export function bigintAt(bytes: RecordBytes, field: number, base: number): bigint | undefined {
  const offset = bytes.records.getUint32(field, true)
  return offset === 0 ? undefined : bytes.view.getBigUint64(base + offset)
}

/** The numbers of a C struct, by name. */
export function structAt<T>(
  bytes: RecordBytes,
  field: number,
  base: number,
  mode: number,
  members: StructMembers,
): T | undefined {
  const { records, view } = bytes
  const offset = records.getUint32(field, true)
  if (offset === 0) return undefined
  const isLittle = (mode & MODE_BIG_ENDIAN) === 0
  const struct: Record<string, number> = {}
  let at = base + offset
  for (const [name, form] of members) {
    if (form === 'u16') struct[name] = view.getUint16(at, isLittle)
    else if (form === 'u32') struct[name] = view.getUint32(at, isLittle)
    else struct[name] = view.getInt32(at, isLittle)
    at += form === 'u16' ? 2 : 4
  }
  return struct as T
}

/** The attributes of the nest in the span at `field`. */
export function attributesAt(
  bytes: RecordBytes,
  field: number,
  base: number,
  mode: number,
): NestedAttribute[] | undefined {
  const nest = nestAt(bytes, field, base, mode)
  return nest && plain(nest)
}

/** The IFLA_ALT_IFNAMEs of IFLA_PROP_LIST, in the kernel's order. */
export function altnamesAt(
  bytes: RecordBytes,
  field: number,
  base: number,
  mode: number,
): string[] {
  const names: string[] = []
  for (const { type, payload } of attributesAt(bytes, field, base, mode) ?? []) {
    if (type === IFLA_ALT_IFNAME) names.push(textOf(payload))
  }
  return names
}

const RTAX_CC_ALGO = 16

/** The metrics of RTA_METRICS; one that is too short to be a number is left out. */
export function metricsAt(
  bytes: RecordBytes,
  field: number,
  base: number,
  mode: number,
): RouteMetrics | undefined {
  const attributes = attributesAt(bytes, field, base, mode)
  if (attributes === undefined) return undefined
  const metrics: RouteMetrics = {}
  for (const { type, payload } of attributes) {
    const value = type === RTAX_CC_ALGO ? textOf(payload) : numberOf(payload, 4, mode)
    if (value !== undefined) metrics[type] = value
  }
  return metrics
}

/** The next hops of RTA_MULTIPATH. */
export function nexthopsAt(
  bytes: RecordBytes,
  field: number,
  base: number,
  mode: number,
): NextHopRecord[] | undefined {
  const chain = nestAt(bytes, field, base, mode)
  if (chain === undefined) return undefined
  const { it, end } = chain
  const isLittle = (mode & MODE_BIG_ENDIAN) === 0
  const hops: NextHopRecord[] = []
  // The module has checked their lengths; where the bytes have been overwritten since, the chain may end early.
  for (let from = chain.from; end - from >= RTNEXTHOP_SIZE; ) {
    const length = it.view.getUint16(from, isLittle)
    if (length < RTNEXTHOP_SIZE || length > end - from) break
    hops.push(nexthopIn({ ...chain, from, end: from + length }, isLittle))
    from += (length + 3) & ~3
  }
  return hops
}

function nexthopIn(nest: Nest, isLittle: boolean): NextHopRecord {
  const { it, from, mode } = nest
  const attributes = walk({ ...nest, from: from + RTNEXTHOP_SIZE })
  const last = (wanted: number) => attributes.findLast(({ type }) => type === wanted)
  const encap = last(RTA_ENCAP)
  return {
    flags: it.view.getUint8(from + 2),
    hops: it.view.getUint8(from + 3),
    ifindex: it.view.getInt32(from + 4, isLittle),
    gateway: last(RTA_GATEWAY)?.payload,
    via: last(RTA_VIA)?.payload,
    newDst: last(RTA_NEWDST)?.payload,
    flow: numberOf(last(RTA_FLOW)?.payload, 4, mode),
    encapType: numberOf(last(RTA_ENCAP_TYPE)?.payload, 2, mode),
    encap: encap && plain({ ...nest, from: encap.from, end: encap.from + encap.payload.length }),
  }
}

function numberOf(payload: Uint8Array | undefined, size: 2 | 4, mode: number): number | undefined {
  if (payload === undefined || payload.length < size) return undefined
  const view = new DataView(payload.buffer)
  const isLittle = (mode & MODE_BIG_ENDIAN) === 0
  return size === 2 ? view.getUint16(0, isLittle) : view.getUint32(0, isLittle)
}

interface Nest extends Brought {
  mode: number
}

/** The nest in the span at `field`. */
function nestAt(bytes: RecordBytes, field: number, base: number, mode: number): Nest | undefined {
  const { records } = bytes
  const offset = records.getUint32(field, true)
  if (offset === 0) return undefined
  const from = base + offset
  const end = from + records.getUint32(field + 4, true)
  return bytes.bring
    ? { ...bytes.bring(from, end), mode }
    : { it: bytes as unknown as Module, from, end, mode }
}

function plain(nest: Nest): NestedAttribute[] {
  return walk(nest).map(({ type, payload }) => ({ type, payload }))
}

function walk({ it, from, end, mode }: Nest): (NestedAttribute & { from: number })[] {
  const attributes: (NestedAttribute & { from: number })[] = []
  for (let at = from; ; ) {
    const next = it.attribute(at, end, mode & MODE_BIG_ENDIAN)
    if (next <= 0) return attributes
    const type = it.view.getUint32(SCRATCH_TYPE, true) & NLA_TYPE_MASK
    const length = it.view.getUint32(SCRATCH_LENGTH, true)
    const payload = it.u8.slice(at + NLA_HDRLEN, at + length)
    attributes.push({ type, payload, from: at + NLA_HDRLEN })
    at = next
  }
}

function textOf(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0)
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul)).text
}
