// Messages written into the rx window, and the module run over them.
// In: fields, in the order in which the bytes are to lie. Out: frames, then records to look at.
// Every byte not written is poison, so that whatever reads too far reads nonsense.

import {
  FILTER,
  FILTER_NAME,
  FILTER_NAME_MAX,
  FRAME_ALIGN,
  FRAME_FLAGS,
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_NSID,
  FRAME_PORTID,
  MODE_BIG_ENDIAN,
  NAMES,
  NETNSA_NSID_NOT_ASSIGNED,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORDS,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../../assembly/contract'
import { begin, decode } from '../../../assembly/exports'
import { IFLA_IFNAME, RECORD_BYTES } from '../../../assembly/record-layout'

export const POISON: u8 = 0xa5

let isBigEndian = false
/** Where the next byte goes. */
let cursor: usize = 0
let frame: usize = 0
let messageStart: usize = 0
let attributeStart: usize = 0

/** Forgets everything: an empty window, an empty filter, the byte order of what follows. */
export function open(bigEndian: bool): void {
  isBigEndian = bigEndian
  memory.fill(FILTER, 0, FILTER_NAME + FILTER_NAME_MAX - FILTER)
  memory.fill(RECORDS, POISON, NAMES - RECORDS)
  memory.fill(RX_WINDOW, POISON, RX_WINDOW_BYTES)
  cursor = RX_WINDOW
  frame = 0
}

export function mode(): i32 {
  return isBigEndian ? MODE_BIG_ENDIAN : 0
}

/** Starts a frame; all that follows, up to the next one, is its datagram. */
export function startFrame(portId: u32 = 0, flags: u32 = 0): void {
  if (frame !== 0) endFrame()
  frame = (cursor + (FRAME_ALIGN - 1)) & ~(FRAME_ALIGN - 1)
  store<u32>(frame, portId, FRAME_PORTID)
  store<u16>(frame, 0, FRAME_GROUP)
  store<u16>(frame, <u16>flags, FRAME_FLAGS)
  store<i32>(frame, NETNSA_NSID_NOT_ASSIGNED, FRAME_NSID)
  cursor = frame + FRAME_HEADER_BYTES
}

export function endFrame(): void {
  store<u32>(frame, <u32>(cursor - datagram()), FRAME_LENGTH)
}

/** Claims that the datagram was longer than what the window holds of it. */
export function claimLength(length: u32): void {
  store<u32>(frame, length, FRAME_LENGTH)
}

/** The first byte of the last frame's datagram. */
export function datagram(): usize {
  return frame + FRAME_HEADER_BYTES
}

/** How many bytes the last frame's datagram has. */
export function datagramBytes(): u32 {
  return <u32>(cursor - datagram())
}

/** The address behind the last byte written. */
export function end(): usize {
  return cursor
}

export function put8(value: u32): void {
  store<u8>(cursor++, <u8>value)
}

export function put16(value: u32): void {
  store<u16>(cursor, isBigEndian ? bswap<u16>(<u16>value) : <u16>value)
  cursor += 2
}

export function put32(value: u32): void {
  store<u32>(cursor, isBigEndian ? bswap<u32>(value) : value)
  cursor += 4
}

/** Overwrites a 16-bit number of the message, such as rta_len, with a wrong one. */
export function patch16(at: usize, value: u32): void {
  const kept = cursor
  cursor = at
  put16(value)
  cursor = kept
}

export function patch32(at: usize, value: u32): void {
  const kept = cursor
  cursor = at
  put32(value)
  cursor = kept
}

export function putText(text: string): void {
  cursor += String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, cursor)
}

function align(): void {
  while (cursor & 3) put8(0)
}

/** An nlmsghdr whose nlmsg_len endMessage() fills in. Opens the first frame if there is none. */
export function startMessage(type: u32): void {
  if (frame === 0) startFrame()
  align()
  messageStart = cursor
  put32(NLMSGHDR_SIZE)
  put16(type)
  put16(0x1234)
  put32(0x89abcdef)
  put32(0xfedcba98)
}

export function endMessage(): void {
  patch32(messageStart, <u32>(cursor - messageStart))
}

export function startLink(type: u32, ifindex: i32, family: u32 = 0): void {
  startMessage(type)
  put8(family)
  put8(POISON)
  put16(772)
  put32(ifindex)
  put32(0x80010043)
  put32(0xfffffffe)
}

/** rta_type as sent, flag bits included; endAttribute() fills in rta_len. Attributes may nest. */
export function startAttribute(type: u32): usize {
  align()
  const start = cursor
  put16(NLA_HDRLEN)
  put16(type)
  return start
}

export function endAttribute(start: usize): void {
  patch16(start, <u32>(cursor - start))
  attributeStart = start
}

/** The last attribute that was ended. */
export function lastAttribute(): usize {
  return attributeStart
}

export function attribute8(type: u32, value: u32): void {
  const start = startAttribute(type)
  put8(value)
  endAttribute(start)
}

export function attribute32(type: u32, value: u32): void {
  const start = startAttribute(type)
  put32(value)
  endAttribute(start)
}

export function attributeText(type: u32, text: string): void {
  const start = startAttribute(type)
  putText(text)
  endAttribute(start)
}

/** A whole link message with a name that ends in NUL, where there is one. */
export function link(type: u32, ifindex: i32, name: string = ''): void {
  startLink(type, ifindex)
  if (name.length > 0) attributeText(IFLA_IFNAME, `${name}\0`)
  endMessage()
}

/** Ends the last frame, hands the window to the module, and decodes the first batch. */
export function run(flags: i32 = 0): i32 {
  if (frame !== 0) endFrame()
  return runAsIs(flags)
}

/** As run(), with the last frame's claimed length left as it is. */
export function runAsIs(flags: i32 = 0): i32 {
  begin(cursor, mode() | flags)
  return decode()
}

export function record(index: i32): usize {
  return <usize>RECORDS + <usize>index * RECORD_BYTES
}
