// The tree sink: one frame, a captured datagram, into the node table.
// In: the frame's bytes at RX_WINDOW and the schema. Out: nodes in pre-order whose leaves tile the frame.
// Never traps, loops or allocates, whatever the bytes are; takes time linear in their number.

import { bigEndian, markHeader, read32, readMarked16 } from './bytes'
import {
  FRAME_HEADER_BYTES,
  MODE_BIG_ENDIAN,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSGHDR_SIZE,
  RX_WINDOW_BYTES,
} from './contract'
import { control } from './control'
import { find, keep, recall, startMemos } from './memo'
import { generic, protocol, raw, setProtocol } from './message-body'
import {
  beyondLimit,
  cutCapture,
  enter,
  frameEnd,
  isCut,
  isFull,
  leaf,
  leave,
  missing,
  ORIGIN,
  startNodes,
  top,
  write,
} from './node-table'
import { DEFINITION_REPLY, DEFINITION_REQUEST } from './schema-layout'
import { corePart, coreStruct } from './schema-lookup'
import { header } from './struct'
import {
  bodyEnd,
  bodyStart,
  messageFlags,
  resetScopes,
  restoreBody,
  scopesStart,
  startBody,
  startMessage,
} from './sub-message'
import {
  CORE_NLMSGHDR,
  CORE_SLL,
  CORE_SLL2,
  ISCSI_MIN_TYPE,
  LINK_HEADER_SLL,
  LINK_HEADER_SLL2,
  MODE_SNAPPED,
  NETLINK_CONNECTOR,
  NETLINK_FIB_LOOKUP,
  NETLINK_GENERIC,
  NETLINK_ISCSI,
  NETLINK_KOBJECT_UEVENT,
  NLMSG_MIN_TYPE,
  NODE_KIND_FRAME,
  NODE_KIND_HEADER,
  NODE_KIND_MALFORMED,
  NODE_KIND_MESSAGE,
  NODE_KIND_PADDING,
  NODE_KIND_TRAILING,
  NODES,
  SLL_HEADER_BYTES,
  SLL2_HEADER_BYTES,
  STATUS_BAD_LENGTH,
  STATUS_EXCESS,
  STATUS_TRUNCATED,
  STATUS_TYPED,
} from './tree-layout'
import { messageNext, messageOk, messageSpace } from './walk'

let isSnapped: bool = false

/** Decodes the frame of `length` bytes in the rx window; returns the address of its nodes. */
export function decodeTree(length: u32, given: u32, linkHeader: i32, mode: i32): usize {
  const end = ORIGIN + min<u32>(length, RX_WINDOW_BYTES - FRAME_HEADER_BYTES)
  startNodes(end, (mode & MODE_BIG_ENDIAN) !== 0)
  resetScopes()
  isSnapped = (mode & MODE_SNAPPED) !== 0
  setProtocol(given & 0xffff)
  let at = ORIGIN
  if (linkHeader === LINK_HEADER_SLL) at += SLL_HEADER_BYTES
  if (linkHeader === LINK_HEADER_SLL2) at += SLL2_HEADER_BYTES
  const isWhole = at <= end
  if (at !== ORIGIN && isWhole) {
    const field = linkHeader === LINK_HEADER_SLL ? ORIGIN + SLL_HEADER_BYTES - 2 : ORIGIN
    setProtocol(bswap<u16>(load<u16>(field)))
  }
  const start = min(at, end)
  write(NODE_KIND_FRAME | (protocol << 16), ORIGIN, start, end, end, 0, 0, 0, 0, bigEndian << 8)
  enter()
  if (!isWhole && isSnapped) cutCapture()
  header(
    NODE_KIND_HEADER,
    coreStruct(linkHeader === LINK_HEADER_SLL ? CORE_SLL : CORE_SLL2),
    corePart,
    ORIGIN,
    start,
    1,
  )
  startMemos(protocol, start, mode)
  let known: usize = 0
  if (protocol === NETLINK_KOBJECT_UEVENT) text(start)
  else known = messages(start)
  leave(NODES, STATUS_TYPED)
  return known === 0 ? <usize>NODES : known
}

/** What the kernel tells udev has no nlmsghdr: the whole frame is operation 0. */
function text(at: usize): void {
  if (at >= frameEnd) return
  const node = top
  write(NODE_KIND_MESSAGE, at, at, frameEnd, frameEnd, 0, 0, 0, 0, 0)
  if (!enter()) return
  startBody(at, frameEnd)
  leave(node, raw(node, 0, DEFINITION_REPLY, at, frameEnd))
}

/** Returns the nodes of the whole frame where they are known already, or 0. */
function messages(start: usize): usize {
  let at = start
  while (at < frameEnd && !isFull()) {
    if (!messageOk(at, frameEnd)) {
      lastMessage(at)
      return 0
    }
    const length = read32(at)
    const next = min(at + messageSpace(length), frameEnd)
    const known = find(at, next)
    if (known !== 0 && at === start && next === frameEnd) return known
    if (!recall(known, at)) {
      const node = top
      openMessage(NODE_KIND_MESSAGE, STATUS_TYPED, at, at + length, next, false)
      keep(at, node)
    }
    at = next
  }
  beyondLimit(at, frameEnd)
  return 0
}

/** What stands at the frame's end is no whole message. */
function lastMessage(at: usize): void {
  const end = frameEnd
  if (isSnapped) cutCapture()
  if (<i32>(end - at) < NLMSGHDR_SIZE) {
    leaf(NODE_KIND_TRAILING, missing(end, STATUS_EXCESS), at, end)
  } else if (isSnapped && read32(at) >= <u32>NLMSGHDR_SIZE) {
    openMessage(NODE_KIND_MESSAGE, STATUS_TRUNCATED, at, end, end, false)
  } else if (read32(at) === 0 && isZero(at, end)) {
    leaf(NODE_KIND_TRAILING, STATUS_EXCESS, at, end)
  } else {
    leaf(NODE_KIND_MALFORMED, STATUS_BAD_LENGTH, at, end)
  }
}

function isZero(at: usize, end: usize): bool {
  for (; at < end; at++) {
    if (load<u8>(at) !== 0) return false
  }
  return true
}

/** An attribute that holds a whole message. */
export function innerMessage(at: usize, end: usize): void {
  const outerStart = bodyStart
  const outerEnd = bodyEnd
  const scopes = scopesStart
  const hasHeader = <i32>(end - at) >= NLMSGHDR_SIZE
  if (hasHeader) markHeader(at)
  const flags = messageFlags
  if (messageOk(at, end)) {
    const valueEnd = at + read32(at)
    const next = min(messageNext(at), end)
    openMessage(NODE_KIND_MESSAGE, STATUS_TYPED, at, valueEnd, next, false)
    leaf(NODE_KIND_TRAILING, missing(end, STATUS_EXCESS), next, end)
  } else if (hasHeader && isCut(end)) {
    openMessage(NODE_KIND_MESSAGE, STATUS_TRUNCATED, at, end, end, false)
  } else {
    leaf(NODE_KIND_MALFORMED, missing(end, STATUS_BAD_LENGTH), at, end)
  }
  restoreBody(outerStart, outerEnd, scopes)
  startMessage(flags)
}

/** A message, or the request in an error: its header, its body, its padding. */
export function openMessage(
  kind: u32,
  status: u32,
  at: usize,
  valueEnd: usize,
  end: usize,
  isBare: bool,
): void {
  const body = min(at + NLMSGHDR_SIZE, valueEnd)
  const isWhole = <i32>(valueEnd - at) >= NLMSGHDR_SIZE
  const type: u32 = isWhole ? readMarked16(at + 4) : 0
  const flags: u32 = isWhole ? readMarked16(at + 6) : 0
  const node = top
  write(kind | (status << 8) | (type << 16), at, body, valueEnd, end, 0, 0, 0, 0, bigEndian << 8)
  if (!enter()) return
  header(NODE_KIND_HEADER, coreStruct(CORE_NLMSGHDR), corePart, at, body, bigEndian)
  startBody(body, valueEnd)
  startMessage(flags)
  let found: u32 = STATUS_TYPED
  if (!isWhole) found = missing(end, STATUS_BAD_LENGTH)
  else if (isControl(type) && kind === NODE_KIND_MESSAGE) {
    found = control(node, type, flags, body, valueEnd)
  } else {
    const direction = flags & NLM_F_REQUEST ? DEFINITION_REQUEST : DEFINITION_REPLY
    if (protocol === NETLINK_GENERIC) found = generic(node, type, direction, body, valueEnd, isBare)
    else found = raw(node, type, direction, body, valueEnd)
  }
  leaf(NODE_KIND_PADDING, STATUS_TYPED, valueEnd, end)
  leave(node, found)
}

/**
 * Every protocol has these, but the connector, whose messages all have the type of a dump's end, the lookup of
 * routes, whose have none, and iSCSI, which counts from 11.
 */
function isControl(type: u32): bool {
  if (protocol === NETLINK_CONNECTOR) return type < <u32>NLMSG_MIN_TYPE && type !== NLMSG_DONE
  if (protocol === NETLINK_FIB_LOOKUP && type === 0) return false
  return type < <u32>(protocol === NETLINK_ISCSI ? ISCSI_MIN_TYPE : NLMSG_MIN_TYPE)
}
