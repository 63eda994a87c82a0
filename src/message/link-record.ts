// A link's record becomes an object.
// In: a record, in the module or in a copy, and the bytes that its spans lie in. Out: a LinkRecord that owns
// all its bytes.

import {
  IFLA_ALT_IFNAME,
  IFLA_CARRIER,
  IFLA_CARRIER_CHANGES,
  IFLA_CARRIER_DOWN_COUNT,
  IFLA_CARRIER_UP_COUNT,
  IFLA_GROUP,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKMODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NEW_IFINDEX,
  IFLA_OPERSTATE,
  IFLA_TXQLEN,
  MODE_BIG_ENDIAN,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  RECORD_ADDRESS,
  RECORD_BROADCAST,
  RECORD_CARRIER,
  RECORD_CARRIER_CHANGES,
  RECORD_CARRIER_DOWN_COUNT,
  RECORD_CARRIER_UP_COUNT,
  RECORD_GROUP,
  RECORD_IFI_CHANGE,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFI_TYPE,
  RECORD_IFNAME,
  RECORD_LINK,
  RECORD_LINK_NETNSID,
  RECORD_LINKMODE,
  RECORD_MASTER,
  RECORD_MTU,
  RECORD_NEW_IFINDEX,
  RECORD_OPERSTATE,
  RECORD_PERM_ADDRESS,
  RECORD_PRESENT,
  RECORD_PROP_LIST,
  RECORD_TXQLEN,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../../assembly/contract.js'
import { decodeText, decodeTextAt, type Text } from '../base/text.js'
import type { Module } from '../module/module.js'

/**
 * One link message: `struct ifinfomsg` and the attributes of linux/if_link.h, in the kernel's own
 * numbers. An attribute that was not in the message is `undefined`, which is told apart from 0.
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
  altnames: string[]
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
}

/** Where a record and its bytes are. */
export interface RecordBytes {
  readonly records: DataView
  /** What spans lie in, twice. */
  readonly u8: Uint8Array
  readonly view: DataView
}

/** The record at `at`, of a datagram whose first byte is `base`, and what is known of its names. */
export function linkOf(
  bytes: RecordBytes,
  at: number,
  base: number,
  name: Text | undefined,
  kind: string | undefined,
  altnames: string[],
): LinkRecord {
  const { records } = bytes
  const low = records.getUint32(at + RECORD_PRESENT, true)
  const high = records.getUint32(at + RECORD_PRESENT + 4, true)
  const link: LinkRecord = {
    family: records.getUint8(at + RECORD_IFI_FAMILY),
    type: records.getUint16(at + RECORD_IFI_TYPE, true),
    ifindex: records.getInt32(at + RECORD_IFI_INDEX, true),
    flags: records.getUint32(at + RECORD_IFI_FLAGS, true),
    change: records.getUint32(at + RECORD_IFI_CHANGE, true),
    ifname: name?.text,
    altnames,
    address: bytesOf(bytes, at + RECORD_ADDRESS, base),
    broadcast: bytesOf(bytes, at + RECORD_BROADCAST, base),
    permAddress: bytesOf(bytes, at + RECORD_PERM_ADDRESS, base),
    mtu: low & bit(IFLA_MTU) ? records.getUint32(at + RECORD_MTU, true) : undefined,
    txqlen: low & bit(IFLA_TXQLEN) ? records.getUint32(at + RECORD_TXQLEN, true) : undefined,
    link: low & bit(IFLA_LINK) ? records.getUint32(at + RECORD_LINK, true) : undefined,
    master: low & bit(IFLA_MASTER) ? records.getUint32(at + RECORD_MASTER, true) : undefined,
    operstate: low & bit(IFLA_OPERSTATE) ? records.getUint8(at + RECORD_OPERSTATE) : undefined,
    linkmode: low & bit(IFLA_LINKMODE) ? records.getUint8(at + RECORD_LINKMODE) : undefined,
    carrier: high & bit(IFLA_CARRIER) ? records.getUint8(at + RECORD_CARRIER) : undefined,
    carrierChanges:
      high & bit(IFLA_CARRIER_CHANGES)
        ? records.getUint32(at + RECORD_CARRIER_CHANGES, true)
        : undefined,
    carrierUpCount:
      high & bit(IFLA_CARRIER_UP_COUNT)
        ? records.getUint32(at + RECORD_CARRIER_UP_COUNT, true)
        : undefined,
    carrierDownCount:
      high & bit(IFLA_CARRIER_DOWN_COUNT)
        ? records.getUint32(at + RECORD_CARRIER_DOWN_COUNT, true)
        : undefined,
    kind,
    group: low & bit(IFLA_GROUP) ? records.getUint32(at + RECORD_GROUP, true) : undefined,
    linkNetnsid:
      high & bit(IFLA_LINK_NETNSID) ? records.getInt32(at + RECORD_LINK_NETNSID, true) : undefined,
    newIfindex:
      high & bit(IFLA_NEW_IFINDEX) ? records.getInt32(at + RECORD_NEW_IFINDEX, true) : undefined,
  }
  if (name?.lossy) link.ifnameBytes = bytesOf(bytes, at + RECORD_IFNAME, base) as Uint8Array
  return link
}

/** An attribute's bit in the half of `present` that has it. */
export function bit(type: number): number {
  return 1 << (type & 31)
}

/** The name in the span at `field`, or undefined. */
export function textOf(bytes: RecordBytes, field: number, base: number): Text | undefined {
  const { records, view } = bytes
  const offset = records.getUint32(field, true)
  if (offset === 0) return undefined
  return decodeTextAt(view, base + offset, records.getUint32(field + 4, true))
}

/** A copy of the span at `field`, or undefined. */
export function bytesOf(bytes: RecordBytes, field: number, base: number): Uint8Array | undefined {
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

/** The altnames of the record at `at` of the module. */
export function altnamesOf(module: Module, at: number, base: number, mode: number): string[] {
  const { view } = module
  const offset = view.getUint32(at + RECORD_PROP_LIST, true)
  if (offset === 0) return []
  const from = base + offset
  return altnamesAt(module, from, from + view.getUint32(at + RECORD_PROP_LIST + 4, true), mode)
}

/** The IFLA_ALT_IFNAMEs between two addresses of the module, in the kernel's order. */
export function altnamesAt(module: Module, from: number, end: number, mode: number): string[] {
  const names: string[] = []
  for (let here = from; ; ) {
    const next = module.attribute(here, end, mode & MODE_BIG_ENDIAN)
    if (next <= 0) return names
    if ((module.view.getUint32(SCRATCH_TYPE, true) & NLA_TYPE_MASK) === IFLA_ALT_IFNAME) {
      const length = module.view.getUint32(SCRATCH_LENGTH, true)
      names.push(decodeText(untilNul(module.u8.subarray(here + NLA_HDRLEN, here + length))).text)
    }
    here = next
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0)
  return nul < 0 ? bytes : bytes.subarray(0, nul)
}
