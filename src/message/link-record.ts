// One link message: its record's type, reader and lazy view. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import { altnamesAt, bytesAt, type RecordBatch, type RecordBytes, textAt } from './record-values.js'

/**
 * One link message: `struct ifinfomsg` and the attributes of linux/rtnetlink.h, linux/if_link.h, in the kernel's own
 * numbers. `undefined` means that the message does not have the attribute.
 */
export interface LinkRecord {
  /** AF_UNSPEC for the link itself, AF_BRIDGE for what a bridge says of one of its ports. */
  family: number
  /** ARPHRD_… of linux/if_arp.h. */
  type: number
  ifindex: number
  /** IFF_… of linux/if.h, as a 32-bit mask. */
  flags: number
  change: number
  ifname: string | undefined
  /** The name's bytes, only where they are not UTF-8 and `ifname` is therefore lossy. */
  ifnameBytes?: Uint8Array
  address: Uint8Array | undefined
  broadcast: Uint8Array | undefined
  permAddress: Uint8Array | undefined
  mtu: number | undefined
  txqlen: number | undefined
  /** ifindex of the link below, of the veth peer, … */
  link: number | undefined
  /** ifindex of the bridge, bond, … that the link is a port of. */
  master: number | undefined
  /** IF_OPER_… of linux/if.h. */
  operstate: number | undefined
  linkmode: number | undefined
  carrier: number | undefined
  carrierChanges: number | undefined
  carrierUpCount: number | undefined
  carrierDownCount: number | undefined
  /** IFLA_INFO_KIND: the driver's name for virtual links ("veth", "bridge", …). */
  kind: string | undefined
  group: number | undefined
  linkNetnsid: number | undefined
  newIfindex: number | undefined
  altnames: string[]
}

/** The record at `at` of `bytes`, decoded in `mode`, which owns all its bytes; its datagram's first byte is `base`. */
export function linkRecord(bytes: RecordBytes, at: number, base: number, mode: number): LinkRecord {
  const { records } = bytes
  const low = records.getUint32(at + 64, true)
  const ifname = textAt(bytes, at, base, 112, 40)
  const record: LinkRecord = {
    family: records.getUint8(at + 44),
    type: records.getUint16(at + 46, true),
    ifindex: records.getInt32(at + 48, true),
    flags: records.getUint32(at + 52, true),
    change: records.getUint32(at + 56, true),
    ifname: ifname?.text,
    address: bytesAt(bytes, at + 120, base),
    broadcast: bytesAt(bytes, at + 128, base),
    permAddress: bytesAt(bytes, at + 136, base),
    mtu: low & 0x10 ? records.getUint32(at + 72, true) : undefined,
    txqlen: low & 0x20 ? records.getUint32(at + 76, true) : undefined,
    link: low & 0x40 ? records.getUint32(at + 80, true) : undefined,
    master: low & 0x80 ? records.getUint32(at + 84, true) : undefined,
    operstate: low & 0x100 ? records.getUint8(at + 60) : undefined,
    linkmode: low & 0x200 ? records.getUint8(at + 61) : undefined,
    carrier: low & 0x400 ? records.getUint8(at + 62) : undefined,
    carrierChanges: low & 0x800 ? records.getUint32(at + 88, true) : undefined,
    carrierUpCount: low & 0x1000 ? records.getUint32(at + 92, true) : undefined,
    carrierDownCount: low & 0x2000 ? records.getUint32(at + 96, true) : undefined,
    kind: textAt(bytes, at, base, 144, 42)?.text,
    group: low & 0x8000 ? records.getUint32(at + 100, true) : undefined,
    linkNetnsid: low & 0x10000 ? records.getInt32(at + 104, true) : undefined,
    newIfindex: low & 0x20000 ? records.getInt32(at + 108, true) : undefined,
    altnames: altnamesAt(bytes, at + 152, base, mode),
  }
  if (ifname?.lossy) record.ifnameBytes = bytesAt(bytes, at + 112, base) as Uint8Array
  return record
}

/** The same fields, each read when it is asked for. */
export class LinkGetters {
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

  get type(): number {
    return this.batch.records.getUint16(this.at + 46, true)
  }

  get ifindex(): number {
    return this.batch.records.getInt32(this.at + 48, true)
  }

  get flags(): number {
    return this.batch.records.getUint32(this.at + 52, true)
  }

  get change(): number {
    return this.batch.records.getUint32(this.at + 56, true)
  }

  get ifname(): string | undefined {
    const { batch } = this
    return textAt(batch, this.at, batch.base, 112, 40)?.text
  }

  get address(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 120, batch.base)
  }

  get broadcast(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 128, batch.base)
  }

  get permAddress(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 136, batch.base)
  }

  get mtu(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10 ? records.getUint32(at + 72, true) : undefined
  }

  get txqlen(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x20 ? records.getUint32(at + 76, true) : undefined
  }

  get link(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x40 ? records.getUint32(at + 80, true) : undefined
  }

  get master(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80 ? records.getUint32(at + 84, true) : undefined
  }

  get operstate(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100 ? records.getUint8(at + 60) : undefined
  }

  get linkmode(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200 ? records.getUint8(at + 61) : undefined
  }

  get carrier(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400 ? records.getUint8(at + 62) : undefined
  }

  get carrierChanges(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x800 ? records.getUint32(at + 88, true) : undefined
  }

  get carrierUpCount(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x1000 ? records.getUint32(at + 92, true) : undefined
  }

  get carrierDownCount(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x2000 ? records.getUint32(at + 96, true) : undefined
  }

  get kind(): string | undefined {
    const { batch } = this
    return textAt(batch, this.at, batch.base, 144, 42)?.text
  }

  get group(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x8000 ? records.getUint32(at + 100, true) : undefined
  }

  get linkNetnsid(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x10000 ? records.getInt32(at + 104, true) : undefined
  }

  get newIfindex(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x20000 ? records.getInt32(at + 108, true) : undefined
  }

  get altnames(): string[] {
    const { batch } = this
    return altnamesAt(batch, this.at + 152, batch.base, batch.mode)
  }

  /** A plain object that owns all its bytes. */
  toRecord(): LinkRecord {
    const { batch, at } = this
    return linkRecord(batch, at, batch.base, batch.mode)
  }
}
