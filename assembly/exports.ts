// The module: framed datagrams in the rx window become records, a batch at a time, or a tree of nodes.
// In: what recv or the host wrote at RX_WINDOW. Out: records at RECORDS, nodes where tree() says. Imports nothing,
// allocates nothing, never grows, never traps. A host calls begin() once for a filled window, then
// decode() until it returns 0, reading the records of each batch in between; or tree() for one frame.

import { read16, read32, setOrder } from './bytes'
import {
  CONTRACT_VERSION,
  ERROR_ATTRIBUTE_LONG,
  ERROR_ATTRIBUTE_SHORT,
  ERROR_DATAGRAM_TRUNCATED,
  ERROR_FOREIGN_SENDER,
  ERROR_MESSAGE_HEADER,
  ERROR_MESSAGE_LONG,
  ERROR_MESSAGE_SHORT,
  FILTER_BY_IFINDEX,
  FILTER_FLAGS,
  FILTER_IFINDEX,
  FRAME_ALIGN,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_PORTID,
  IFINFOMSG_SIZE,
  MODE_BIG_ENDIAN,
  MODE_STREAM,
  MODE_WALK,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_OFFSET,
  RECORDS,
  RECORDS_MAX,
  RTM_NEWLINK,
  RX_WINDOW,
  RX_WINDOW_BYTES,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from './contract'
import { forget } from './memo'
import { decodeHeader, decodeMessage, open } from './message-sink'
import { fault, reset } from './record-fields'
import { RECORD_BYTES } from './record-layout'
import { adopt } from './schema-lookup'
import { predict, setPrediction } from './shape-cache'
import { decodeTree } from './tree-sink'
import { attributeFits, attributeSpace, messageFits, messageSpace } from './walk'

let windowEnd: usize = 0
let mode: i32 = 0
/** The frame being read. */
let frame: usize = 0
/** Its next message, or 0 when the frame has not been opened yet. */
let message: usize = 0
let unreadBytes: i32 = 0
/** The next message is known to have no layout. */
let isMissed: bool = false

/** In which every message is looked at by itself. */
const SLOW_MODES: i32 = MODE_BIG_ENDIAN | MODE_STREAM | MODE_WALK
/** The shortest link message that has an ifindex. */
const LINK_BYTES: u32 = NLMSGHDR_SIZE + IFINFOMSG_SIZE

export function version(): i32 {
  return CONTRACT_VERSION
}

/** Adopts the schema parts that lie between SCHEMA and `end`, an address; all family ids are forgotten. */
export function schema(end: usize): void {
  forget()
  adopt(end)
}

/**
 * Decodes the first frame, of `length` bytes, into nodes and returns where these are, until the next call: NODE_NEXT of
 * the first is how many. `linkHeader` is a LINK_HEADER_…; without one, the netlink protocol is `protocol`.
 */
export function tree(length: u32, protocol: u32, linkHeader: i32, modeFlags: i32): usize {
  return decodeTree(length, protocol, linkHeader, modeFlags)
}

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
  setOrder((modeFlags & MODE_BIG_ENDIAN) !== 0)
  open(RECORDS, RX_WINDOW, RX_WINDOW + FRAME_HEADER_BYTES, 0)
}

/**
 * One step along an attribute chain: writes rta_len and the raw rta_type at SCRATCH and returns the
 * address of the next attribute; 0 where the chain ends; the negative error code where it is broken.
 */
export function attribute(at: usize, end: usize, modeFlags: i32): i32 {
  setOrder((modeFlags & MODE_BIG_ENDIAN) !== 0)
  const room = <i32>(end - at)
  if (room < NLA_HDRLEN) return 0
  const length = read16(at)
  store<u32>(SCRATCH_LENGTH, length)
  store<u32>(SCRATCH_TYPE, read16(at + 2))
  if (attributeFits(length, room)) return <i32>(at + attributeSpace(length))
  return length < <u32>NLA_HDRLEN ? -ERROR_ATTRIBUTE_SHORT : -ERROR_ATTRIBUTE_LONG
}

/** Decodes the next batch and returns how many records it wrote; 0 when the window has been read. */
export function decode(): i32 {
  const full: usize = RECORDS + RECORDS_MAX * RECORD_BYTES
  let record: usize = RECORDS
  let at = message
  while (record !== full) {
    if (at === 0 && (mode & SLOW_MODES) === 0) {
      record = decodeSingles(record, full)
      if (record === full) break
    }
    const here = frame
    const base = here + FRAME_HEADER_BYTES
    if (base > windowEnd) break
    const length = load<u32>(here, FRAME_LENGTH)
    const end = base + min<usize>(length, windowEnd - base)
    if (at === 0) {
      at = base
      const portId = load<u32>(here, FRAME_PORTID)
      if (portId !== 0) {
        refuse(record, here, base, end, length, portId)
        record += RECORD_BYTES
        at = end
      }
    }
    while (record < full) {
      const room = <i32>(end - at)
      if (room < NLMSGHDR_SIZE) break
      const size = read32(at)
      if (!messageFits(size, room)) break
      const verdict = isMissed ? 0 : predict(record, here, at, size)
      isMissed = false
      const isKept = verdict === 0 ? decodeMessage(record, here, at, size) : verdict > 0
      if (isKept) record += RECORD_BYTES
      at += messageSpace(size)
    }
    if (record === full) break
    if (at < end || length > <u32>(end - base) || mode & MODE_STREAM) {
      if (refuse(record, here, at, end, length, 0)) record += RECORD_BYTES
    }
    at = 0
    frame = (end + (FRAME_ALIGN - 1)) & ~(FRAME_ALIGN - 1)
  }
  message = at
  return <i32>((record - RECORDS) / RECORD_BYTES)
}

/**
 * Decodes frames of the kernel that hold one message each, as its events do. Stops at the first other frame, and at one
 * that has to be walked; returns the next record's address. A link with another ifindex than the wanted one takes three
 * loads, and the next frame depends on only one of them.
 */
function decodeSingles(record: usize, full: usize): usize {
  const wanted: i64 = load<u32>(FILTER_FLAGS) & FILTER_BY_IFINDEX ? load<u32>(FILTER_IFINDEX) : -1
  const last = windowEnd - LINK_BYTES
  let here = frame
  while (here + FRAME_HEADER_BYTES <= last) {
    // Both words at once: length, and port id 0.
    const length = load<u64>(here)
    if (length - LINK_BYTES > <u64>(last - here - FRAME_HEADER_BYTES)) break
    // nlmsg_len is that of the datagram.
    const header = load<u64>(here, FRAME_HEADER_BYTES) ^ length
    if (<u32>header !== 0) break
    const ifindex: i64 = load<u32>(here, FRAME_HEADER_BYTES + NLMSGHDR_SIZE + 4)
    if (
      wanted < 0 ||
      ifindex === wanted ||
      (header & 0xfffc_00000000) !== (<u64>RTM_NEWLINK) << 32
    ) {
      const verdict = predict(record, here, here + FRAME_HEADER_BYTES, <u32>length)
      if (verdict > 0) record += RECORD_BYTES
      isMissed = verdict === 0
      if (isMissed) break
    }
    here = (here + <usize>length + (FRAME_HEADER_BYTES + FRAME_ALIGN - 1)) & ~(FRAME_ALIGN - 1)
    if (record === full) break
  }
  frame = here
  return record
}

/**
 * Judges where a datagram's messages stopped, or its sender, unless `portId` is 0; true when a record was needed to
 * tell a fault.
 */
function refuse(
  record: usize,
  frame: usize,
  at: usize,
  end: usize,
  length: u32,
  portId: u32,
): bool {
  const room = <i32>(end - at)
  const stored = <u32>(end - frame) - FRAME_HEADER_BYTES
  const isStream = (mode & MODE_STREAM) !== 0
  let code: u32 = ERROR_FOREIGN_SENDER
  let expected: u32 = 0
  let got = portId
  reset(record, frame, 0)
  if (portId === 0) {
    code = ERROR_DATAGRAM_TRUNCATED
    expected = length
    got = stored
    if (length > stored) {
      at = min(at, end)
    } else {
      if (isStream) unreadBytes = room
      if (room <= 0 || (isStream && room < NLMSGHDR_SIZE)) return false
      code = ERROR_MESSAGE_HEADER
      expected = NLMSGHDR_SIZE
      got = room
      if (room < NLMSGHDR_SIZE) {
        store<u32>(record, at - frame - FRAME_HEADER_BYTES, RECORD_OFFSET)
      } else {
        decodeHeader(record, at, 0)
        got = read32(at)
        code = ERROR_MESSAGE_SHORT
        if (got >= <u32>NLMSGHDR_SIZE) {
          code = ERROR_MESSAGE_LONG
          expected = isStream ? RX_WINDOW_BYTES - FRAME_HEADER_BYTES : room
          if (got <= expected) return false
        }
      }
    }
  }
  fault(record, code, at, expected, got)
  return true
}
