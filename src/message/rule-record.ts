// One RTM_NEWRULE or RTM_DELRULE: its record's type, reader and lazy view. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import {
  bigintAt,
  bytesAt,
  type RecordBatch,
  type RecordBytes,
  type StructMembers,
  structAt,
  textAt,
} from './record-values.js'

/**
 * One RTM_NEWRULE or RTM_DELRULE: `struct fib_rule_hdr` and the attributes of linux/fib_rules.h, in the kernel's own
 * numbers. `undefined` means that the message does not have the attribute.
 */
export interface RuleRecord {
  /** AF_INET, AF_INET6, … */
  family: number
  /** Bits of the destination's prefix. */
  dstLength: number
  srcLength: number
  tos: number
  /** RT_TABLE_…; `table` where that is larger. */
  headerTable: number
  /** FR_ACT_…. */
  action: number
  /** FIB_RULE_…. */
  flags: number
  iifname: string | undefined
  oifname: string | undefined
  dst: Uint8Array | undefined
  src: Uint8Array | undefined
  priority: number | undefined
  table: number | undefined
  /** Priority of the rule to go on with. */
  goto: number | undefined
  fwmark: number | undefined
  fwmask: number | undefined
  /** Realms: the upper half is that of the source. */
  flow: number | undefined
  tunId: bigint | undefined
  suppressIfgroup: number | undefined
  suppressPrefixLength: number | undefined
  l3mdev: number | undefined
  uidRange: { start: number; end: number } | undefined
  /** RTPROT_…: who made it. */
  protocol: number | undefined
  ipProto: number | undefined
  sportRange: { start: number; end: number } | undefined
  dportRange: { start: number; end: number } | undefined
  dscp: number | undefined
  flowLabel: number | undefined
  flowLabelMask: number | undefined
  sportMask: number | undefined
  dportMask: number | undefined
  dscpMask: number | undefined
}

const UID_RANGE: StructMembers = [
  ['start', 'u32'],
  ['end', 'u32'],
]

const SPORT_RANGE: StructMembers = [
  ['start', 'u16'],
  ['end', 'u16'],
]

const DPORT_RANGE: StructMembers = [
  ['start', 'u16'],
  ['end', 'u16'],
]

/** The record at `at` of `bytes`, decoded in `mode`, which owns all its bytes; its datagram's first byte is `base`. */
export function ruleRecord(bytes: RecordBytes, at: number, base: number, mode: number): RuleRecord {
  const { records } = bytes
  const low = records.getUint32(at + 64, true)
  return {
    family: records.getUint8(at + 44),
    dstLength: records.getUint8(at + 45),
    srcLength: records.getUint8(at + 46),
    tos: records.getUint8(at + 47),
    headerTable: records.getUint8(at + 48),
    action: records.getUint8(at + 51),
    flags: records.getUint32(at + 52, true),
    iifname: textAt(bytes, at, base, 120, 40)?.text,
    oifname: textAt(bytes, at, base, 128, 42)?.text,
    dst: bytesAt(bytes, at + 136, base),
    src: bytesAt(bytes, at + 144, base),
    priority: low & 0x10 ? records.getUint32(at + 72, true) : undefined,
    table: low & 0x20 ? records.getUint32(at + 76, true) : undefined,
    goto: low & 0x40 ? records.getUint32(at + 80, true) : undefined,
    fwmark: low & 0x80 ? records.getUint32(at + 84, true) : undefined,
    fwmask: low & 0x100 ? records.getUint32(at + 88, true) : undefined,
    flow: low & 0x200 ? records.getUint32(at + 92, true) : undefined,
    tunId: bigintAt(bytes, at + 152, base),
    suppressIfgroup: low & 0x800 ? records.getInt32(at + 96, true) : undefined,
    suppressPrefixLength: low & 0x1000 ? records.getInt32(at + 100, true) : undefined,
    l3mdev: low & 0x2000 ? records.getUint8(at + 60) : undefined,
    uidRange: structAt<{ start: number; end: number }>(bytes, at + 160, base, mode, UID_RANGE),
    protocol: low & 0x8000 ? records.getUint8(at + 61) : undefined,
    ipProto: low & 0x10000 ? records.getUint8(at + 62) : undefined,
    sportRange: structAt<{ start: number; end: number }>(bytes, at + 168, base, mode, SPORT_RANGE),
    dportRange: structAt<{ start: number; end: number }>(bytes, at + 176, base, mode, DPORT_RANGE),
    dscp: low & 0x80000 ? records.getUint8(at + 63) : undefined,
    flowLabel: low & 0x100000 ? records.getUint32(at + 104) : undefined,
    flowLabelMask: low & 0x200000 ? records.getUint32(at + 108) : undefined,
    sportMask: low & 0x400000 ? records.getUint16(at + 56, true) : undefined,
    dportMask: low & 0x800000 ? records.getUint16(at + 58, true) : undefined,
    dscpMask: low & 0x1000000 ? records.getUint8(at + 112) : undefined,
  }
}

/** The same fields, each read when it is asked for. */
export class RuleGetters {
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

  get action(): number {
    return this.batch.records.getUint8(this.at + 51)
  }

  get flags(): number {
    return this.batch.records.getUint32(this.at + 52, true)
  }

  get iifname(): string | undefined {
    const { batch } = this
    return textAt(batch, this.at, batch.base, 120, 40)?.text
  }

  get oifname(): string | undefined {
    const { batch } = this
    return textAt(batch, this.at, batch.base, 128, 42)?.text
  }

  get dst(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 136, batch.base)
  }

  get src(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 144, batch.base)
  }

  get priority(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10 ? records.getUint32(at + 72, true) : undefined
  }

  get table(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x20 ? records.getUint32(at + 76, true) : undefined
  }

  get goto(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x40 ? records.getUint32(at + 80, true) : undefined
  }

  get fwmark(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80 ? records.getUint32(at + 84, true) : undefined
  }

  get fwmask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100 ? records.getUint32(at + 88, true) : undefined
  }

  get flow(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200 ? records.getUint32(at + 92, true) : undefined
  }

  get tunId(): bigint | undefined {
    const { batch } = this
    return bigintAt(batch, this.at + 152, batch.base)
  }

  get suppressIfgroup(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800 ? records.getInt32(at + 96, true) : undefined
  }

  get suppressPrefixLength(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x1000 ? records.getInt32(at + 100, true) : undefined
  }

  get l3mdev(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x2000 ? records.getUint8(at + 60) : undefined
  }

  get uidRange(): { start: number; end: number } | undefined {
    const { batch } = this
    return structAt<{ start: number; end: number }>(
      batch,
      this.at + 160,
      batch.base,
      batch.mode,
      UID_RANGE,
    )
  }

  get protocol(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x8000 ? records.getUint8(at + 61) : undefined
  }

  get ipProto(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10000 ? records.getUint8(at + 62) : undefined
  }

  get sportRange(): { start: number; end: number } | undefined {
    const { batch } = this
    return structAt<{ start: number; end: number }>(
      batch,
      this.at + 168,
      batch.base,
      batch.mode,
      SPORT_RANGE,
    )
  }

  get dportRange(): { start: number; end: number } | undefined {
    const { batch } = this
    return structAt<{ start: number; end: number }>(
      batch,
      this.at + 176,
      batch.base,
      batch.mode,
      DPORT_RANGE,
    )
  }

  get dscp(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80000 ? records.getUint8(at + 63) : undefined
  }

  get flowLabel(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100000 ? records.getUint32(at + 104) : undefined
  }

  get flowLabelMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200000 ? records.getUint32(at + 108) : undefined
  }

  get sportMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400000
      ? records.getUint16(at + 56, true)
      : undefined
  }

  get dportMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800000
      ? records.getUint16(at + 58, true)
      : undefined
  }

  get dscpMask(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x1000000 ? records.getUint8(at + 112) : undefined
  }

  /** A plain object that owns all its bytes. */
  toRecord(): RuleRecord {
    const { batch, at } = this
    return ruleRecord(batch, at, batch.base, batch.mode)
  }
}
