// Records become messages: the one file that reads records.
// In: the module after decode(). Out: plain objects that own all their bytes. Numbers stay the
// kernel's own here; `link.ts` gives them iproute2's names.

import {
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  FRAME_HEADER_BYTES,
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
  KIND_CONTROL,
  KIND_LINK,
  MODE_BIG_ENDIAN,
  NLA_HDRLEN,
  NLA_TYPE_MASK,
  RECORD_ADDRESS,
  RECORD_BROADCAST,
  RECORD_BYTES,
  RECORD_CARRIER,
  RECORD_CARRIER_CHANGES,
  RECORD_CARRIER_DOWN_COUNT,
  RECORD_CARRIER_UP_COUNT,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_ERROR_EXPECTED,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_GROUP,
  RECORD_IFI_CHANGE,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFI_TYPE,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_LINK,
  RECORD_LINK_NETNSID,
  RECORD_LINKMODE,
  RECORD_MASTER,
  RECORD_MTU,
  RECORD_NEW_IFINDEX,
  RECORD_OFFSET,
  RECORD_OPERSTATE,
  RECORD_PERM_ADDRESS,
  RECORD_PID,
  RECORD_PRESENT,
  RECORD_PROP_LIST,
  RECORD_SEQ,
  RECORD_TXQLEN,
  RECORD_TYPE,
  RECORDS,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../assembly/contract.js'
import { faultError, type NetlinkError } from './errors.js'
import type { Module } from './module.js'
import { decodeText } from './text.js'

/** `struct nlmsghdr` of linux/netlink.h. `length` is in bytes and counts the header itself. */
export interface NetlinkHeader {
  length: number
  type: number
  flags: number
  seq: number
  /** Port id of the sender, or of the requester in an answer. */
  pid: number
}

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

/** What became of one netlink message; `offset` is the byte of the input at which it starts. */
export type NetlinkMessage =
  | { kind: 'link'; offset: number; header: NetlinkHeader; link: LinkRecord }
  /** NLMSG_ERROR or NLMSG_DONE; `errno` is negative, or 0 for an acknowledgement. */
  | { kind: 'control'; offset: number; header: NetlinkHeader; errno: number }
  /** Any other type: known to be whole, not looked into. */
  | { kind: 'other'; offset: number; header: NetlinkHeader }
  /** `header` is there when its 16 bytes were. */
  | { kind: 'malformed'; offset: number; header?: NetlinkHeader; error: NetlinkError }

/** Faults of a datagram, or of what is too short to be a message: no nlmsghdr was read. */
const HEADERLESS = new Set([ERROR_MESSAGE_HEADER, ERROR_DATAGRAM_TRUNCATED, ERROR_FOREIGN_SENDER])

/** Record `index` as a message. `base` is where the datagram starts in the caller's input. */
export function readMessage(
  module: Module,
  index: number,
  mode: number,
  base: number,
): NetlinkMessage {
  const { view } = module
  const at = RECORDS + index * RECORD_BYTES
  const code = view.getUint16(at + RECORD_ERROR, true)
  if (HEADERLESS.has(code)) {
    const error = readFault(module, index, base)
    return { kind: 'malformed', offset: error.offset as number, error }
  }
  const offset = base + view.getUint32(at + RECORD_OFFSET, true)
  const header = readHeader(module, index)
  if (code !== 0) {
    return { kind: 'malformed', offset, header, error: readFault(module, index, base) }
  }
  switch (view.getUint16(at + RECORD_KIND, true)) {
    case KIND_LINK:
      return { kind: 'link', offset, header, link: readLink(module, at, mode) }
    case KIND_CONTROL:
      return { kind: 'control', offset, header, errno: view.getInt32(at + RECORD_ERRNO, true) }
    default:
      return { kind: 'other', offset, header }
  }
}

export function readHeader({ view }: Module, index: number): NetlinkHeader {
  const at = RECORDS + index * RECORD_BYTES
  return {
    length: view.getUint32(at + RECORD_LEN, true),
    type: view.getUint16(at + RECORD_TYPE, true),
    flags: view.getUint16(at + RECORD_FLAGS, true),
    seq: view.getUint32(at + RECORD_SEQ, true),
    pid: view.getUint32(at + RECORD_PID, true),
  }
}

function readFault({ view }: Module, index: number, base: number): NetlinkError {
  const at = RECORDS + index * RECORD_BYTES
  return faultError(
    {
      code: view.getUint16(at + RECORD_ERROR, true),
      offset: view.getUint32(at + RECORD_ERROR_OFFSET, true),
      expected: view.getUint32(at + RECORD_ERROR_EXPECTED, true),
      got: view.getUint32(at + RECORD_ERROR_GOT, true),
    },
    base,
  )
}

function readLink(module: Module, at: number, mode: number): LinkRecord {
  const { view } = module
  const low = view.getUint32(at + RECORD_PRESENT, true)
  const high = view.getUint32(at + RECORD_PRESENT + 4, true)
  const has = (type: number) => ((type < 32 ? low >>> type : high >>> (type - 32)) & 1) === 1
  const u32 = (type: number, field: number) =>
    has(type) ? view.getUint32(at + field, true) : undefined
  const s32 = (type: number, field: number) =>
    has(type) ? view.getInt32(at + field, true) : undefined
  const u8 = (type: number, field: number) => (has(type) ? view.getUint8(at + field) : undefined)
  const name = spanAt(module, at, RECORD_IFNAME)
  const ifname = name && decodeText(name)
  const kind = spanAt(module, at, RECORD_INFO_KIND)
  return {
    family: view.getUint8(at + RECORD_IFI_FAMILY),
    type: view.getUint16(at + RECORD_IFI_TYPE, true),
    ifindex: view.getInt32(at + RECORD_IFI_INDEX, true),
    flags: view.getUint32(at + RECORD_IFI_FLAGS, true),
    change: view.getUint32(at + RECORD_IFI_CHANGE, true),
    ifname: ifname?.text,
    ...(name && ifname?.lossy && { ifnameBytes: name.slice() }),
    altnames: readAltnames(module, at, mode),
    address: spanAt(module, at, RECORD_ADDRESS)?.slice(),
    broadcast: spanAt(module, at, RECORD_BROADCAST)?.slice(),
    permAddress: spanAt(module, at, RECORD_PERM_ADDRESS)?.slice(),
    mtu: u32(IFLA_MTU, RECORD_MTU),
    txqlen: u32(IFLA_TXQLEN, RECORD_TXQLEN),
    link: u32(IFLA_LINK, RECORD_LINK),
    master: u32(IFLA_MASTER, RECORD_MASTER),
    operstate: u8(IFLA_OPERSTATE, RECORD_OPERSTATE),
    linkmode: u8(IFLA_LINKMODE, RECORD_LINKMODE),
    carrier: u8(IFLA_CARRIER, RECORD_CARRIER),
    carrierChanges: u32(IFLA_CARRIER_CHANGES, RECORD_CARRIER_CHANGES),
    carrierUpCount: u32(IFLA_CARRIER_UP_COUNT, RECORD_CARRIER_UP_COUNT),
    carrierDownCount: u32(IFLA_CARRIER_DOWN_COUNT, RECORD_CARRIER_DOWN_COUNT),
    kind: kind && decodeText(kind).text,
    group: u32(IFLA_GROUP, RECORD_GROUP),
    linkNetnsid: s32(IFLA_LINK_NETNSID, RECORD_LINK_NETNSID),
    newIfindex: s32(IFLA_NEW_IFINDEX, RECORD_NEW_IFINDEX),
  }
}

/** A view of the window: to be copied before anything else is decoded. */
function spanAt({ view, u8 }: Module, at: number, field: number): Uint8Array | undefined {
  const offset = view.getUint32(at + field, true)
  if (offset === 0) return undefined
  const from = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES + offset
  return u8.subarray(from, from + view.getUint32(at + field + 4, true))
}

/** The IFLA_ALT_IFNAMEs nested in IFLA_PROP_LIST, in the kernel's order. */
function readAltnames(module: Module, at: number, mode: number): string[] {
  const list = spanAt(module, at, RECORD_PROP_LIST)
  if (!list) return []
  const names: string[] = []
  const end = list.byteOffset + list.length
  for (let here = list.byteOffset; ; ) {
    const attribute = stepAttribute(module, here, end, mode)
    if (attribute.next <= 0) return names
    if ((attribute.type & NLA_TYPE_MASK) === IFLA_ALT_IFNAME) {
      names.push(decodeText(untilNul(attribute.payload)).text)
    }
    here = attribute.next
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0)
  return nul < 0 ? bytes : bytes.subarray(0, nul)
}

interface AttributeStep {
  /** Address of the next attribute, 0 at the chain's end, a negative error code where it is broken. */
  next: number
  length: number
  /** With NLA_F_NESTED and NLA_F_NET_BYTEORDER, as sent. */
  type: number
  /** A view of the window. */
  payload: Uint8Array
}

/** Steps over the attribute at address `at`. */
function stepAttribute(module: Module, at: number, end: number, mode: number): AttributeStep {
  const next = module.attribute(at, end, mode & MODE_BIG_ENDIAN)
  const length = module.view.getUint32(SCRATCH_LENGTH, true)
  return {
    next,
    length,
    type: module.view.getUint32(SCRATCH_TYPE, true),
    payload: next > 0 ? module.u8.subarray(at + NLA_HDRLEN, at + length) : new Uint8Array(0),
  }
}
