// The module: framed datagrams in the rx window become records, a batch at a time, or a tree of nodes.
// In: what recv or the host wrote at RX_WINDOW. Out: records at RECORDS, nodes at NODES. Imports nothing,
// allocates nothing, never grows, never traps. A host calls begin() once for a filled window, then
// decode() until it returns 0, reading the records of each batch in between; or tree() for one frame.

import { read16, read32, setOrder } from './bytes'
import {
  ERROR_ATTRIBUTE_LONG,
  ERROR_ATTRIBUTE_SHORT,
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  ERROR_MESSAGE_LONG,
  ERROR_MESSAGE_SHORT,
  FRAME_ALIGN,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_PORTID,
  MODE_BIG_ENDIAN,
  MODE_STREAM,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_BYTES,
  RECORD_OFFSET,
  RECORDS,
  RECORDS_MAX,
  RX_WINDOW,
  RX_WINDOW_BYTES,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from './contract'
import { setPrediction } from './layout'
import { decodeHeader, decodeMessage } from './message'
import { fault, reset } from './record'
import { attributeNext, attributeOk, messageNext, messageOk } from './walk'

export { schema, tree, version } from './trees'

let windowEnd: usize = 0
let mode: i32 = 0
/** The frame being read. */
let frame: usize = 0
/** Its next message, or 0 when the frame has not been opened yet. */
let message: usize = 0
let unreadBytes: i32 = 0

/** Takes a window filled up to `end`, an address. */
export function begin(end: usize, modeFlags: i32): void {
  windowEnd = min<usize>(end, RX_WINDOW + RX_WINDOW_BYTES)
  mode = modeFlags
  frame = RX_WINDOW
  message = 0
  unreadBytes = 0
  setOrder((modeFlags & MODE_BIG_ENDIAN) !== 0)
  setPrediction(modeFlags)
}

/**
 * With MODE_STREAM, after the last batch: how many bytes at the window's end belong to a message that
 * is not whole yet; or, negative, how many padding bytes of the last message are still to come.
 */
export function unread(): i32 {
  return unreadBytes
}

/** Decodes just the nlmsghdr of the first frame into the first record, whatever its length says. */
export function header(modeFlags: i32): void {
  reset(RECORDS, RX_WINDOW)
  setOrder((modeFlags & MODE_BIG_ENDIAN) !== 0)
  decodeHeader(RECORDS, RX_WINDOW + FRAME_HEADER_BYTES)
}

/**
 * One step along an attribute chain: writes rta_len and the raw rta_type at SCRATCH and returns the
 * address of the next attribute; 0 where the chain ends; the negative error code where it is broken.
 */
export function attribute(at: usize, end: usize, modeFlags: i32): i32 {
  setOrder((modeFlags & MODE_BIG_ENDIAN) !== 0)
  if (<i32>(end - at) < NLA_HDRLEN) return 0
  const length = <i32>read16(at)
  store<u32>(SCRATCH_LENGTH, length)
  store<u32>(SCRATCH_TYPE, read16(at + 2))
  if (attributeOk(at, end)) return <i32>attributeNext(at)
  return length < NLA_HDRLEN ? -ERROR_ATTRIBUTE_SHORT : -ERROR_ATTRIBUTE_LONG
}

/** Decodes the next batch and returns how many records it wrote; 0 when the window has been read. */
export function decode(): i32 {
  const full: usize = RECORDS + RECORDS_MAX * RECORD_BYTES
  let record: usize = RECORDS
  let here = frame
  let at = message
  let length = load<u32>(here, FRAME_LENGTH)
  while (here + FRAME_HEADER_BYTES <= windowEnd && record !== full) {
    const base = here + FRAME_HEADER_BYTES
    const end = base + min<usize>(length, windowEnd - base)
    const next = (end + (FRAME_ALIGN - 1)) & ~(FRAME_ALIGN - 1)
    // Read so early, as it is far away, and what follows waits for it.
    const nextLength = load<u32>(next, FRAME_LENGTH)
    if (at === 0) {
      at = base
      const portId = load<u32>(here, FRAME_PORTID)
      if (portId !== 0) {
        reset(record, here)
        fault(record, ERROR_FOREIGN_SENDER, base, 0, portId)
        record += RECORD_BYTES
        at = end
      }
    }
    while (record < full && messageOk(at, end)) {
      if (decodeMessage(record, here, at)) record += RECORD_BYTES
      at = messageNext(at)
    }
    if (record === full) break
    if (at < end || length > <u32>(end - base) || mode & MODE_STREAM) {
      if (refuse(record, here, at, end, length)) record += RECORD_BYTES
    }
    at = 0
    here = next
    length = nextLength
  }
  frame = here
  message = at
  return <i32>((record - RECORDS) / RECORD_BYTES)
}

/** Judges where a datagram's messages stopped; true when a record was needed to tell a fault. */
function refuse(record: usize, frame: usize, at: usize, end: usize, length: u32): bool {
  const base = frame + FRAME_HEADER_BYTES
  const room = <i32>(end - at)
  const stored = <u32>(end - base)
  if (length > stored) {
    reset(record, frame)
    fault(record, ERROR_DATAGRAM_TRUNCATED, min(at, end), length, stored)
    return true
  }
  if (mode & MODE_STREAM) unreadBytes = room
  if (room <= 0) return false
  reset(record, frame)
  store<u32>(record, at - base, RECORD_OFFSET)
  if (room < NLMSGHDR_SIZE) {
    if (mode & MODE_STREAM) return false
    fault(record, ERROR_MESSAGE_HEADER, at, NLMSGHDR_SIZE, room)
    return true
  }
  decodeHeader(record, at)
  const claimed = read32(at)
  if (claimed < <u32>NLMSGHDR_SIZE) {
    fault(record, ERROR_MESSAGE_SHORT, at, NLMSGHDR_SIZE, claimed)
    return true
  }
  const most: u32 = mode & MODE_STREAM ? RX_WINDOW_BYTES - FRAME_HEADER_BYTES : room
  if (claimed <= most) return false
  fault(record, ERROR_MESSAGE_LONG, at, most, claimed)
  return true
}
