// One RTM_NEWADDR or RTM_DELADDR: its record's type, reader and lazy view. Generated from src/objects/fields.ts by `npm run build:fields`; never edited.

import {
  bytesAt,
  type RecordBatch,
  type RecordBytes,
  type StructMembers,
  structAt,
  textAt,
} from './record-values.js'

/**
 * One RTM_NEWADDR or RTM_DELADDR: `struct ifaddrmsg` and the attributes of linux/if_addr.h, in the kernel's own
 * numbers. `undefined` means that the message does not have the attribute.
 */
export interface AddressRecord {
  /** AF_INET, AF_INET6, … */
  family: number
  prefixLength: number
  /** The lower 8 bits of IFA_F_…; `flags` has all of them. */
  headerFlags: number
  /** RT_SCOPE_… of linux/rtnetlink.h. */
  scope: number
  ifindex: number
  /** The address, or the peer's where `local` differs. */
  address: Uint8Array | undefined
  local: Uint8Array | undefined
  broadcast: Uint8Array | undefined
  anycast: Uint8Array | undefined
  multicast: Uint8Array | undefined
  label: string | undefined
  /** Seconds, 0xffffffff for ever; and when it was made and changed, in hundredths of a second since boot. */
  cacheInfo: { prefered: number; valid: number; created: number; updated: number } | undefined
  /** IFA_F_… of linux/if_addr.h. */
  flags: number | undefined
  /** Metric of the route to the prefix. */
  priority: number | undefined
  targetNetnsid: number | undefined
  /** IFAPROT_…: who made it. iproute2 names it from 6.3 on. */
  protocol: number | undefined
}

const CACHE_INFO: StructMembers = [
  ['prefered', 'u32'],
  ['valid', 'u32'],
  ['created', 'u32'],
  ['updated', 'u32'],
]

/** The record at `at` of `bytes`, decoded in `mode`, which owns all its bytes; its datagram's first byte is `base`. */
export function addressRecord(
  bytes: RecordBytes,
  at: number,
  base: number,
  mode: number,
): AddressRecord {
  const { records } = bytes
  const low = records.getUint32(at + 64, true)
  return {
    family: records.getUint8(at + 44),
    prefixLength: records.getUint8(at + 45),
    headerFlags: records.getUint8(at + 46),
    scope: records.getUint8(at + 47),
    ifindex: records.getInt32(at + 48, true),
    address: bytesAt(bytes, at + 88, base),
    local: bytesAt(bytes, at + 96, base),
    broadcast: bytesAt(bytes, at + 104, base),
    anycast: bytesAt(bytes, at + 112, base),
    multicast: bytesAt(bytes, at + 120, base),
    label: textAt(bytes, at, base, 128, 40)?.text,
    cacheInfo: structAt<{ prefered: number; valid: number; created: number; updated: number }>(
      bytes,
      at + 136,
      base,
      mode,
      CACHE_INFO,
    ),
    flags: low & 0x80 ? records.getUint32(at + 72, true) : undefined,
    priority: low & 0x100 ? records.getUint32(at + 76, true) : undefined,
    targetNetnsid: low & 0x200 ? records.getInt32(at + 80, true) : undefined,
    protocol: low & 0x400 ? records.getUint8(at + 52) : undefined,
  }
}

/** The same fields, each read when it is asked for. */
export class AddressGetters {
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

  get prefixLength(): number {
    return this.batch.records.getUint8(this.at + 45)
  }

  get headerFlags(): number {
    return this.batch.records.getUint8(this.at + 46)
  }

  get scope(): number {
    return this.batch.records.getUint8(this.at + 47)
  }

  get ifindex(): number {
    return this.batch.records.getInt32(this.at + 48, true)
  }

  get address(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 88, batch.base)
  }

  get local(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 96, batch.base)
  }

  get broadcast(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 104, batch.base)
  }

  get anycast(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 112, batch.base)
  }

  get multicast(): Uint8Array | undefined {
    const { batch } = this
    return bytesAt(batch, this.at + 120, batch.base)
  }

  get label(): string | undefined {
    const { batch } = this
    return textAt(batch, this.at, batch.base, 128, 40)?.text
  }

  get cacheInfo():
    | { prefered: number; valid: number; created: number; updated: number }
    | undefined {
    const { batch } = this
    return structAt<{ prefered: number; valid: number; created: number; updated: number }>(
      batch,
      this.at + 136,
      batch.base,
      batch.mode,
      CACHE_INFO,
    )
  }

  get flags(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x80 ? records.getUint32(at + 72, true) : undefined
  }

  get priority(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x100 ? records.getUint32(at + 76, true) : undefined
  }

  get targetNetnsid(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x200 ? records.getInt32(at + 80, true) : undefined
  }

  get protocol(): number | undefined {
    const { at } = this
    const { records } = this.batch
    return records.getUint32(at + 64, true) & 0x400 ? records.getUint8(at + 52) : undefined
  }

  /** A plain object that owns all its bytes. */
  toRecord(): AddressRecord {
    const { batch, at } = this
    return addressRecord(batch, at, batch.base, batch.mode)
  }
}
