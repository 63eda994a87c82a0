// The node table: nodes are written in pre-order, and those with children are entered and left.
// In: addresses of frame bytes. Out: nodes at NODES, with offsets in the frame. Never writes behind the
// table: whoever loops asks isFull() first, and what is open can then still be closed.

import { bigEndian, setOrder } from './bytes'
import { FRAME_HEADER_BYTES, RX_WINDOW } from './contract'
import {
  DEPTH_MAX,
  NODE_BYTES,
  NODE_KIND_ELEMENT,
  NODE_KIND_MEMBER,
  NODE_KIND_TRAILING,
  NODE_NEXT,
  NODE_PARENT,
  NODE_STATUS,
  NODES,
  NODES_MAX,
  NODES_RESERVE,
  STATUS_LIMIT,
  STATUS_TRUNCATED,
  STATUS_TYPED,
} from './tree-layout'

/** The frame's first byte. */
export const ORIGIN: usize = RX_WINDOW + FRAME_HEADER_BYTES
const FULL: usize = NODES + (NODES_MAX - NODES_RESERVE) * NODE_BYTES

/** Nodes written, and the address of the next one. */
export let count: u32 = 0
export let top: usize = NODES
/** Index of the node that is open. */
let parent: u32 = 0
let depth: i32 = 0

/** Where the captured bytes end. */
export let frameEnd: usize = 0
/** The message being read is longer than what was captured of it. */
let isCaptureCut: bool = false

export function startNodes(end: usize, isBigEndian: bool): void {
  count = 0
  top = NODES
  parent = 0
  depth = 0
  frameEnd = end
  isCaptureCut = false
  setOrder(isBigEndian)
}

export function cutCapture(): void {
  isCaptureCut = true
}

/** Bytes that end at `end` would go on, had the capture not cut them. */
export function isCut(end: usize): bool {
  return isCaptureCut && end === frameEnd
}

/** The status of something that is too short where `end` ends it. */
export function missing(end: usize, status: u32): u32 {
  return isCut(end) ? STATUS_TRUNCATED : status
}

export function isFull(): bool {
  return top >= FULL
}

/** Writes a node. `head` is kind, status and raw; `tail` is type, flags and repeat, as they lie in it. */
export function write(
  head: u32,
  start: usize,
  value: usize,
  valueEnd: usize,
  end: usize,
  definition: usize,
  table: usize,
  content: usize,
  part: usize,
  tail: u32,
): void {
  const at = top
  store<u64>(at, pair(<u32>(start - ORIGIN), <u32>(value - ORIGIN)))
  store<u64>(at, pair(<u32>(valueEnd - ORIGIN), <u32>(end - ORIGIN)), 8)
  store<u64>(at, pair(parent, ++count), NODE_PARENT)
  store<u64>(at, pair(head, <u32>definition), 24)
  store<u64>(at, pair(<u32>table, <u32>content), 32)
  store<u64>(at, pair(<u32>part, tail), 40)
  top = at + NODE_BYTES
}

/** Writes a struct's scalar member: write() with what all of these have in common. */
export function writeMember(
  start: usize,
  end: usize,
  definition: usize,
  struct: usize,
  part: usize,
  tail: u32,
): void {
  const at = top
  const from = <u32>(start - ORIGIN)
  const to = <u32>(end - ORIGIN)
  store<u64>(at, pair(from, from))
  store<u64>(at, pair(to, to), 8)
  store<u64>(at, pair(parent, ++count), 16)
  store<u64>(at, pair(NODE_KIND_MEMBER, <u32>definition), 24)
  store<u64>(at, pair(<u32>struct, <u32>definition), 32)
  store<u64>(at, pair(<u32>part, tail), 40)
  top = at + NODE_BYTES
}

/**
 * Writes the elements of an array of scalars: as many as there are whole ones and nodes left; returns
 * where it stopped.
 */
export function writeElements(
  at: usize,
  end: usize,
  size: usize,
  definition: usize,
  part: usize,
  tail: u32,
): usize {
  const holder = parent
  let node = top
  let next = count
  let from = <u32>(at - ORIGIN)
  const last = <u32>(end - ORIGIN) - <u32>size
  const named = pair(NODE_KIND_ELEMENT, <u32>definition)
  const typed = pair(0, <u32>definition)
  while (from <= last && node < FULL) {
    store<u64>(node, pair(from, from))
    from += <u32>size
    store<u64>(node, pair(from, from), 8)
    store<u64>(node, pair(holder, ++next), 16)
    store<u64>(node, named, 24)
    store<u64>(node, typed, 32)
    store<u64>(node, pair(<u32>part, tail), 40)
    // One further: repeat is the upper half.
    tail += 0x10000
    node += NODE_BYTES
  }
  top = node
  count = next
  return ORIGIN + from
}

export function pair(low: u32, high: u32): u64 {
  return <u64>low | ((<u64>high) << 32)
}

/**
 * Copies a message's nodes into a table: the bytes that they are about lie `bytes` further, and they `shift`, which is
 * in bytes too. Returns the end.
 */
export function copyNodes(
  table: usize,
  to: usize,
  from: usize,
  end: usize,
  bytes: usize,
  shift: usize,
): usize {
  // Both halves of a pair at once: what the lower one borrows, it gives back.
  const offsets = <i64>(<i32>bytes) * 0x100000001
  const places = <i64>(<i32>shift / NODE_BYTES) * 0x100000001
  const first = to
  for (; from < end; from += NODE_BYTES) {
    store<u64>(to, load<u64>(from) + offsets)
    store<u64>(to, load<u64>(from, 8) + offsets, 8)
    store<u64>(to, load<u64>(from, 16) + places, 16)
    store<u64>(to, load<u64>(from, 24), 24)
    store<u64>(to, load<u64>(from, 32), 32)
    store<u64>(to, load<u64>(from, 40), 40)
    to += NODE_BYTES
  }
  // The frame holds it, whatever moves.
  store<u64>(first, pair(0, <u32>(to - table) / NODE_BYTES), NODE_PARENT)
  return to
}

/** Appends the nodes of a message that were there before; false when there is no room for them. */
export function repeatNodes(from: usize, end: usize, bytes: usize, shift: usize): bool {
  const node = top
  if (node + (end - from) >= FULL) return false
  top = copyNodes(NODES, node, from, end, bytes, shift)
  count = load<u32>(node, NODE_NEXT)
  return true
}

/** Writes a leaf that no definition names; none for no bytes. */
export function leaf(kind: u32, status: u32, start: usize, end: usize): void {
  if (start < end) write(kind | (status << 8), start, start, end, end, 0, 0, 0, 0, bigEndian << 8)
}

/** A leaf over what there is no room to look into. */
export function beyondLimit(start: usize, end: usize): void {
  leaf(NODE_KIND_TRAILING, STATUS_LIMIT, start, end)
}

/** Opens the node that was written last; marks it and answers false when there is no room in it. */
export function enter(): bool {
  if (depth === DEPTH_MAX || isFull()) {
    store<u8>(top - NODE_BYTES, STATUS_LIMIT, NODE_STATUS)
    return false
  }
  depth++
  parent = count - 1
  return true
}

/** Closes `node`; a status that it had before stays. */
export function leave(node: usize, status: u32): void {
  depth--
  parent = load<u32>(node, NODE_PARENT)
  store<u32>(node, count, NODE_NEXT)
  if (load<u8>(node, NODE_STATUS) === STATUS_TYPED) store<u8>(node, status, NODE_STATUS)
}
