// The link headers that captures put before netlink messages.
// In: a frame. Out: where its messages start, and of which protocol they are. Never looks at messages.
// Layout: https://www.tcpdump.org/linktypes.html (LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).

import { outOfRange } from '../base/errors.js'
import type { CaptureFrame } from './frame.js'

/** What nlmon records. */
export const LINKTYPE_NETLINK: number = 253
/** What `-i any` records, by libpcap before and since 1.10. */
export const LINKTYPE_LINUX_SLL: number = 113
export const LINKTYPE_LINUX_SLL2: number = 276

/** linux/if_arp.h */
const ARPHRD_NETLINK = 824
/** linux/if_packet.h: the packet type of everything that nlmon records. */
const PACKET_OUTGOING = 4

/*
 * All big-endian, whatever the file is.
 * netlink, sll:   0 packet type | 2 ARPHRD  4 address length, address  14 protocol  16 messages ...
 * sll2:           0 protocol | 2 reserved  4 ifindex  8 ARPHRD | 10 packet type  11 address  20 messages ...
 */
const SLL_BYTES = 16
const SLL2_BYTES = 20

/** How a frame holds its netlink messages. */
export interface NetlinkFraming {
  linkHeader: 'netlink' | 'sll' | 'sll2'
  /** Bytes before the first message. */
  headerBytes: number
  /** NETLINK_…: 0 route, 12 netfilter, 16 generic; linux/netlink.h. */
  protocol: number
  /** False for a frame of LINKTYPE_NETLINK whose header has another hardware type than netlink. */
  isNetlink: boolean
  /** The interface that it was captured on; only sll2 has it. */
  ifindex?: number
  /** PACKET_…, linux/if_packet.h; 4 is outgoing, which nlmon writes for both directions. */
  packetType: number
}

/**
 * Reads the link header of a frame; undefined if the frame is not netlink, or its header was not captured whole.
 * A frame of `-i any` (sll, sll2) is netlink if its header says so.
 */
export function netlinkFraming(
  frame: Pick<CaptureFrame, 'linkType' | 'data'>,
): NetlinkFraming | undefined {
  const { linkType, data } = frame
  if (linkType === LINKTYPE_NETLINK || linkType === LINKTYPE_LINUX_SLL) {
    if (data.length < SLL_BYTES) return undefined
    const isNetlink = u16(data, 2) === ARPHRD_NETLINK
    if (linkType === LINKTYPE_LINUX_SLL && !isNetlink) return undefined
    return {
      linkHeader: linkType === LINKTYPE_NETLINK ? 'netlink' : 'sll',
      headerBytes: SLL_BYTES,
      protocol: u16(data, 14),
      isNetlink,
      packetType: u16(data, 0),
    }
  }
  if (linkType !== LINKTYPE_LINUX_SLL2 || data.length < SLL2_BYTES) return undefined
  if (u16(data, 8) !== ARPHRD_NETLINK) return undefined
  return {
    linkHeader: 'sll2',
    headerBytes: SLL2_BYTES,
    protocol: u16(data, 0),
    isNetlink: true,
    ifindex: u16(data, 4) * 65536 + u16(data, 6),
    packetType: data[10] as number,
  }
}

export interface NetlinkHeaderFields {
  /** NETLINK_… */
  protocol: number
  /** PACKET_…; 4, outgoing, by default, as nlmon has it. */
  packetType?: number | undefined
}

/**
 * The 16 bytes of LINKTYPE_NETLINK that precede a datagram in a frame.
 *
 * @throws RangeError for numbers that do not fit into 16 bits
 */
export function netlinkHeader(fields: NetlinkHeaderFields): Uint8Array {
  const { protocol, packetType = PACKET_OUTGOING } = fields
  const bytes = new Uint8Array(SLL_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, checkU16('packetType', packetType))
  view.setUint16(2, ARPHRD_NETLINK)
  view.setUint16(14, checkU16('protocol', protocol))
  return bytes
}

function u16(data: Uint8Array, at: number): number {
  return ((data[at] as number) << 8) | (data[at + 1] as number)
}

export function checkU16(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value
  throw outOfRange(`expected ${name} to be an integer of 0 to 65535, got ${value}`)
}
