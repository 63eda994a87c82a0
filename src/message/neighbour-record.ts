// One RTM_NEWNEIGH or RTM_DELNEIGH: its record's type, reader and lazy view. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import {
  attributesAt,
  bytesAt,
  type NestedAttribute,
  type RecordBatch,
  type RecordBytes,
  type StructMembers,
  structAt,
} from './record-values.js'

/**
 * One RTM_NEWNEIGH or RTM_DELNEIGH: `struct ndmsg` and the attributes of linux/neighbour.h, in the kernel's own
 * numbers. `undefined` means that the message does not have the attribute.
 */
export interface NeighbourRecord {
  /** AF_INET, AF_INET6; AF_BRIDGE for an entry of a forwarding database. */
  family: number
  ifindex: number
  /** NUD_…. */
  state: number
  /** NTF_…. */
  flags: number
  /** RTN_…. */
  type: number
  dst: Uint8Array | undefined
  lladdr: Uint8Array | undefined
  /** Hundredths of a second since it was confirmed, used and changed; and how many use it. */
  cacheInfo: { confirmed: number; used: number; updated: number; refcnt: number } | undefined
  fdbExtension: NestedAttribute[] | undefined
  probes: number | undefined
  vlan: number | undefined
  port: number | undefined
  vni: number | undefined
  viaIfindex: number | undefined
  master: number | undefined
  linkNetnsid: number | undefined
  srcVni: number | undefined
  /** RTPROT_…: who made it. */
  protocol: number | undefined
  nexthopId: number | undefined
  /** NTF_EXT_…. */
  extFlags: number | undefined
  stateMask: number | undefined
  flagsMask: number | undefined
}

const CACHE_INFO: StructMembers = [
  ['confirmed', 'u32'],
  ['used', 'u32'],
  ['updated', 'u32'],
  ['refcnt', 'u32'],
]

/** The record at `at` of `bytes`, decoded in `mode`, which owns all its bytes; its datagram's first byte is `base`. */
export function neighbourRecord(
  bytes: RecordBytes,
  at: number,
  base: number,
  mode: number,
): NeighbourRecord {
  const { records } = bytes
  const low = records.getUint32(at + 64, true)
  return {
    family: records.getUint8(at + 44),
    ifindex: records.getInt32(at + 48, true),
    state: records.getUint16(at + 52, true),
    flags: records.getUint8(at + 54),
    type: records.getUint8(at + 55),
    dst: bytesAt(bytes, at + 104, base),
    lladdr: bytesAt(bytes, at + 112, base),
    cacheInfo: structAt<{ confirmed: number; used: number; updated: number; refcnt: number }>(
      bytes,
      at + 120,
      base,
      mode,
      CACHE_INFO,
    ),
    fdbExtension: attributesAt(bytes, at + 128, base, mode),
    probes: low & 0x10 ? records.getUint32(at + 72, true) : undefined,
    vlan: low & 0x20 ? records.getUint16(at + 40, true) : undefined,
    port: low & 0x40 ? records.getUint16(at + 42) : undefined,
    vni: low & 0x80 ? records.getUint32(at + 76, true) : undefined,
    viaIfindex: low & 0x100 ? records.getUint32(at + 80, true) : undefined,
    master: low & 0x200 ? records.getUint32(at + 84, true) : undefined,
    linkNetnsid: low & 0x400 ? records.getInt32(at + 88, true) : undefined,
    srcVni: low & 0x800 ? records.getUint32(at + 92, true) : undefined,
    protocol: low & 0x1000 ? records.getUint8(at + 58) : undefined,
    nexthopId: low & 0x2000 ? records.getUint32(at + 96, true) : undefined,
    extFlags: low & 0x4000 ? records.getUint32(at + 100, true) : undefined,
    stateMask: low & 0x8000 ? records.getUint16(at + 56, true) : undefined,
    flagsMask: low & 0x10000 ? records.getUint8(at + 59) : undefined,
  }
}

/** The same fields, each read when it is asked for. */
export class NeighbourGetters {
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

  get ifindex(): number {
    return this.batch.records.getInt32(this.at + 48, true)
  }

  get state(): number {
    return this.batch.records.getUint16(this.at + 52, true)
  }

  get flags(): number {
    return this.batch.records.getUint8(this.at + 54)
  }

  get type(): number {
    return this.batch.records.getUint8(this.at + 55)
  }

  get dst(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 104, batch.base)
  }

  get lladdr(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 112, batch.base)
  }

  get cacheInfo():
    | { confirmed: number; used: number; updated: number; refcnt: number }
    | undefined {
    const { batch } = this
    return structAt<{ confirmed: number; used: number; updated: number; refcnt: number }>(
      batch,
      this.at + 120,
      batch.base,
      batch.mode,
      CACHE_INFO,
    )
  }

  get fdbExtension(): NestedAttribute[] | undefined {
    const { batch } = this
    return attributesAt(batch, this.at + 128, batch.base, batch.mode)
  }

  get probes(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10 ? records.getUint32(at + 72, true) : undefined
  }

  get vlan(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x20 ? records.getUint16(at + 40, true) : undefined
  }

  get port(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x40 ? records.getUint16(at + 42) : undefined
  }

  get vni(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80 ? records.getUint32(at + 76, true) : undefined
  }

  get viaIfindex(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100 ? records.getUint32(at + 80, true) : undefined
  }

  get master(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200 ? records.getUint32(at + 84, true) : undefined
  }

  get linkNetnsid(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400 ? records.getInt32(at + 88, true) : undefined
  }

  get srcVni(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800 ? records.getUint32(at + 92, true) : undefined
  }

  get protocol(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x1000 ? records.getUint8(at + 58) : undefined
  }

  get nexthopId(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x2000 ? records.getUint32(at + 96, true) : undefined
  }

  get extFlags(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x4000 ? records.getUint32(at + 100, true) : undefined
  }

  get stateMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x8000 ? records.getUint16(at + 56, true) : undefined
  }

  get flagsMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10000 ? records.getUint8(at + 59) : undefined
  }

  /** A plain object that owns all its bytes. */
  toRecord(): NeighbourRecord {
    const { batch, at } = this
    return neighbourRecord(batch, at, batch.base, batch.mode)
  }
}
