// One RTM_NEWROUTE or RTM_DELROUTE: its record's type, reader and lazy view. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import {
  attributesAt,
  bytesAt,
  metricsAt,
  type NestedAttribute,
  type NextHopRecord,
  nexthopsAt,
  type RecordBatch,
  type RecordBytes,
  type RouteMetrics,
  type StructMembers,
  structAt,
} from './record-values.js'

/**
 * One RTM_NEWROUTE or RTM_DELROUTE: `struct rtmsg` and the attributes of linux/rtnetlink.h, in the kernel's own
 * numbers. `undefined` means that the message does not have the attribute.
 */
export interface RouteRecord {
  /** AF_INET, AF_INET6, AF_MPLS, … */
  family: number
  /** Bits of the destination's prefix. */
  dstLength: number
  srcLength: number
  tos: number
  /** RT_TABLE_…; `table` where that is larger. */
  headerTable: number
  /** RTPROT_…: who made it. */
  protocol: number
  /** RT_SCOPE_…. */
  scope: number
  /** RTN_…. */
  type: number
  /** RTM_F_… and RTNH_F_…. */
  flags: number
  dst: Uint8Array | undefined
  src: Uint8Array | undefined
  gateway: Uint8Array | undefined
  /** struct rtvia: family of the gateway, in the machine's byte order, and its address. */
  via: Uint8Array | undefined
  prefSrc: Uint8Array | undefined
  newDst: Uint8Array | undefined
  /** ifindex of the link that packets leave by. */
  oif: number | undefined
  iif: number | undefined
  table: number | undefined
  priority: number | undefined
  pref: number | undefined
  /** Id of a next hop object. */
  nexthopId: number | undefined
  multipath: NextHopRecord[] | undefined
  /** By RTAX_… of linux/rtnetlink.h. */
  metrics: RouteMetrics | undefined
  cacheInfo:
    | {
        clntref: number
        lastuse: number
        expires: number
        error: number
        used: number
        id: number
        ts: number
        tsage: number
      }
    | undefined
  expires: number | undefined
  /** Realms: the upper half is that of the source. */
  flow: number | undefined
  mark: number | undefined
  uid: number | undefined
  /** LWTUNNEL_ENCAP_… of linux/lwtunnel.h. */
  encapType: number | undefined
  /** What `encapType` says of a packet's outer header. */
  encap: NestedAttribute[] | undefined
  ttlPropagate: number | undefined
  ipProto: number | undefined
  sport: number | undefined
  dport: number | undefined
  flowLabel: number | undefined
}

const CACHE_INFO: StructMembers = [
  ['clntref', 'u32'],
  ['lastuse', 'u32'],
  ['expires', 's32'],
  ['error', 'u32'],
  ['used', 'u32'],
  ['id', 'u32'],
  ['ts', 'u32'],
  ['tsage', 'u32'],
]

/** The record at `at` of `bytes`, decoded in `mode`, which owns all its bytes; its datagram's first byte is `base`. */
export function routeRecord(
  bytes: RecordBytes,
  at: number,
  base: number,
  mode: number,
): RouteRecord {
  const { records } = bytes
  const low = records.getUint32(at + 64, true)
  return {
    family: records.getUint8(at + 44),
    dstLength: records.getUint8(at + 45),
    srcLength: records.getUint8(at + 46),
    tos: records.getUint8(at + 47),
    headerTable: records.getUint8(at + 48),
    protocol: records.getUint8(at + 49),
    scope: records.getUint8(at + 50),
    type: records.getUint8(at + 51),
    flags: records.getUint32(at + 52, true),
    dst: bytesAt(bytes, at + 112, base),
    src: bytesAt(bytes, at + 120, base),
    gateway: bytesAt(bytes, at + 128, base),
    via: bytesAt(bytes, at + 136, base),
    prefSrc: bytesAt(bytes, at + 144, base),
    newDst: bytesAt(bytes, at + 152, base),
    oif: low & 0x40 ? records.getUint32(at + 72, true) : undefined,
    iif: low & 0x80 ? records.getUint32(at + 76, true) : undefined,
    table: low & 0x100 ? records.getUint32(at + 80, true) : undefined,
    priority: low & 0x200 ? records.getUint32(at + 84, true) : undefined,
    pref: low & 0x400 ? records.getUint8(at + 58) : undefined,
    nexthopId: low & 0x800 ? records.getUint32(at + 88, true) : undefined,
    multipath: nexthopsAt(bytes, at + 160, base, mode),
    metrics: metricsAt(bytes, at + 168, base, mode),
    cacheInfo: structAt<{
      clntref: number
      lastuse: number
      expires: number
      error: number
      used: number
      id: number
      ts: number
      tsage: number
    }>(bytes, at + 176, base, mode, CACHE_INFO),
    expires: low & 0x8000 ? records.getUint32(at + 92, true) : undefined,
    flow: low & 0x10000 ? records.getUint32(at + 96, true) : undefined,
    mark: low & 0x20000 ? records.getUint32(at + 100, true) : undefined,
    uid: low & 0x40000 ? records.getUint32(at + 104, true) : undefined,
    encapType: low & 0x80000 ? records.getUint16(at + 40, true) : undefined,
    encap: attributesAt(bytes, at + 184, base, mode),
    ttlPropagate: low & 0x200000 ? records.getUint8(at + 59) : undefined,
    ipProto: low & 0x400000 ? records.getUint8(at + 60) : undefined,
    sport: low & 0x800000 ? records.getUint16(at + 42) : undefined,
    dport: low & 0x1000000 ? records.getUint16(at + 56) : undefined,
    flowLabel: low & 0x2000000 ? records.getUint32(at + 108) : undefined,
  }
}

/** The same fields, each read when it is asked for. */
export class RouteGetters {
  /** @internal */
  protected readonly batch: RecordBatch
  /** @internal Where its record is. */
  protected readonly at: number

  /** @internal */
  constructor(batch: RecordBatch, at: number) {
    this.batch = batch
    this.at = at
  }

  get family(): number {
    return this.batch.records.getUint8(this.at + 44)
  }

  get dstLength(): number {
    return this.batch.records.getUint8(this.at + 45)
  }

  get srcLength(): number {
    return this.batch.records.getUint8(this.at + 46)
  }

  get tos(): number {
    return this.batch.records.getUint8(this.at + 47)
  }

  get headerTable(): number {
    return this.batch.records.getUint8(this.at + 48)
  }

  get protocol(): number {
    return this.batch.records.getUint8(this.at + 49)
  }

  get scope(): number {
    return this.batch.records.getUint8(this.at + 50)
  }

  get type(): number {
    return this.batch.records.getUint8(this.at + 51)
  }

  get flags(): number {
    return this.batch.records.getUint32(this.at + 52, true)
  }

  get dst(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 112, batch.base)
  }

  get src(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 120, batch.base)
  }

  get gateway(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 128, batch.base)
  }

  get via(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 136, batch.base)
  }

  get prefSrc(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 144, batch.base)
  }

  get newDst(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 152, batch.base)
  }

  get oif(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x40 ? records.getUint32(at + 72, true) : undefined
  }

  get iif(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80 ? records.getUint32(at + 76, true) : undefined
  }

  get table(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100 ? records.getUint32(at + 80, true) : undefined
  }

  get priority(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200 ? records.getUint32(at + 84, true) : undefined
  }

  get pref(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400 ? records.getUint8(at + 58) : undefined
  }

  get nexthopId(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800 ? records.getUint32(at + 88, true) : undefined
  }

  get multipath(): NextHopRecord[] | undefined {
    const { batch } = this
    return nexthopsAt(batch, this.at + 160, batch.base, batch.mode)
  }

  get metrics(): RouteMetrics | undefined {
    const { batch } = this
    return metricsAt(batch, this.at + 168, batch.base, batch.mode)
  }

  get cacheInfo():
    | {
        clntref: number
        lastuse: number
        expires: number
        error: number
        used: number
        id: number
        ts: number
        tsage: number
      }
    | undefined {
    const { batch } = this
    return structAt<{
      clntref: number
      lastuse: number
      expires: number
      error: number
      used: number
      id: number
      ts: number
      tsage: number
    }>(batch, this.at + 176, batch.base, batch.mode, CACHE_INFO)
  }

  get expires(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x8000 ? records.getUint32(at + 92, true) : undefined
  }

  get flow(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10000 ? records.getUint32(at + 96, true) : undefined
  }

  get mark(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x20000
      ? records.getUint32(at + 100, true)
      : undefined
  }

  get uid(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x40000
      ? records.getUint32(at + 104, true)
      : undefined
  }

  get encapType(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80000 ? records.getUint16(at + 40, true) : undefined
  }

  get encap(): NestedAttribute[] | undefined {
    const { batch } = this
    return attributesAt(batch, this.at + 184, batch.base, batch.mode)
  }

  get ttlPropagate(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200000 ? records.getUint8(at + 59) : undefined
  }

  get ipProto(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400000 ? records.getUint8(at + 60) : undefined
  }

  get sport(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800000 ? records.getUint16(at + 42) : undefined
  }

  get dport(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x1000000 ? records.getUint16(at + 56) : undefined
  }

  get flowLabel(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x2000000 ? records.getUint32(at + 108) : undefined
  }

  /** A plain object that owns all its bytes. */
  toRecord(): RouteRecord {
    const { batch, at } = this
    return routeRecord(batch, at, batch.base, batch.mode)
  }
}
