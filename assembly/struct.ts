// Structs and arrays: members, elements, and records of a struct and attributes.
// In: a struct's or an element's definition and the bytes of a value. Out: nodes that tile these bytes.

import { bigEndian, see16 } from './bytes'
import { broken, chain, isChain } from './chain'
import { NLA_HDRLEN } from './contract'
import {
  beyondLimit,
  enter,
  isCut,
  isFull,
  leaf,
  leave,
  missing,
  top,
  write,
  writeElements,
  writeMember,
} from './node-table'
import {
  DEFINITION_BYTES,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_SIZE,
  DEFINITION_TYPE,
  STRUCT_SIZE,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TYPE_BITFIELD32,
  TYPE_HEADED,
  TYPE_STRUCT,
} from './schema-layout'
import { argumentOf } from './schema-lookup'
import {
  NODE_KIND_ELEMENT,
  NODE_KIND_HEADER,
  NODE_KIND_MEMBER,
  NODE_KIND_PADDING,
  NODE_KIND_TRAILING,
  STATUS_BAD_LENGTH,
  STATUS_EXCESS,
  STATUS_OPAQUE,
  STATUS_SHORT,
  STATUS_TRUNCATED,
  STATUS_TYPED,
} from './tree-layout'
import { expand, isComposite, isScalar, lengthStatus, scalarBytes, structOf } from './value-nodes'
import { attributeSpace } from './walk'

/** A struct as a node of its own, with its members below; none for no bytes. */
export function header(
  kind: u32,
  struct: usize,
  part: usize,
  at: usize,
  end: usize,
  order: u32,
): void {
  if (at >= end) return
  const node = top
  write(kind, at, at, end, end, 0, struct, 0, part, TYPE_STRUCT | (order << 8))
  if (struct !== 0 && enter()) leave(node, members(struct, part, at, end, order))
}

/** A struct, then attributes; or, where the schema knows of none, nothing. */
export function headed(
  struct: usize,
  set: usize,
  part: usize,
  at: usize,
  end: usize,
  order: u32,
): void {
  const size = load<u16>(struct, STRUCT_SIZE)
  const stop = set === 0 && isOpenEnded(struct) ? end : min(at + size, end)
  header(NODE_KIND_HEADER, struct, part, at, stop, order)
  if (stop >= end) return
  const next = min(at + attributeSpace(size), end)
  leaf(NODE_KIND_PADDING, STATUS_TYPED, stop, next)
  if (set !== 0 || isChain(next, end)) chain(set, 0, part, next, end)
  else leaf(NODE_KIND_TRAILING, STATUS_EXCESS, next, end)
}

/** The last member takes what is left. */
function isOpenEnded(struct: usize): bool {
  const count = load<u16>(struct, TABLE_COUNT)
  if (count === 0) return false
  const last = struct + TABLE_DEFINITIONS + (count - 1) * DEFINITION_BYTES
  return load<u16>(last, DEFINITION_SIZE) === 0
}

/** The members of a struct and the gaps between them; returns the status of the node that holds them. */
export function members(struct: usize, part: usize, at: usize, end: usize, order: u32): u32 {
  const size = load<u16>(struct, STRUCT_SIZE)
  let definition = struct + TABLE_DEFINITIONS
  const last = definition + load<u16>(struct, TABLE_COUNT) * DEFINITION_BYTES
  let cursor = at
  for (; definition < last; definition += DEFINITION_BYTES) {
    const start = at + load<u16>(definition, DEFINITION_ID)
    if (start < cursor) continue
    if (start >= end) break
    if (isFull()) {
      beyondLimit(cursor, end)
      return STATUS_TYPED
    }
    if (cursor < start) leaf(NODE_KIND_PADDING, STATUS_TYPED, cursor, start)
    const bytes = load<u16>(definition, DEFINITION_SIZE)
    const type: u32 = load<u8>(definition, DEFINITION_TYPE)
    if (isScalar(type) && bytes === scalarBytes(type) && start + bytes <= end) {
      cursor = start + bytes
      const flags = order | (load<u8>(definition, DEFINITION_FLAGS) & 1)
      writeMember(start, cursor, definition, struct, part, type | (flags << 8))
      continue
    }
    cursor = bytes === 0 ? end : start + bytes
    const isShort = cursor > end
    if (isShort) cursor = end
    item(NODE_KIND_MEMBER, definition, struct, part, start, cursor, order, 0, isShort)
  }
  const stop = min(at + size, end)
  if (cursor < stop) {
    leaf(NODE_KIND_PADDING, STATUS_TYPED, cursor, stop)
    cursor = stop
  }
  if (cursor < end) {
    leaf(NODE_KIND_TRAILING, STATUS_EXCESS, cursor, end)
    return STATUS_EXCESS
  }
  return at + size > end ? missing(end, STATUS_SHORT) : STATUS_TYPED
}

/** A member or an element: a value without a header. */
function item(
  kind: u32,
  definition: usize,
  table: usize,
  part: usize,
  at: usize,
  end: usize,
  order: u32,
  repeat: u32,
  isShort: bool,
): void {
  const node = top
  const type = load<u8>(definition, DEFINITION_TYPE)
  const flags = order | (load<u8>(definition, DEFINITION_FLAGS) & 1)
  const isBranch = isComposite(type)
  let status: u32 = STATUS_TYPED
  if (!isBranch) {
    status = lengthStatus(definition, part, <u32>(end - at))
    if (isShort) status = missing(end, STATUS_BAD_LENGTH)
  }
  const tail = type | (flags << 8) | (repeat << 16)
  write(kind | (status << 8), at, at, end, end, definition, table, definition, part, tail)
  if (isBranch) expand(node)
}

/** The elements of a packed array; returns the status of the node that holds them. */
export function elements(each: usize, part: usize, at: usize, end: usize, order: u32): u32 {
  const size = sizeOf(each, part)
  if (size === 0) {
    leaf(NODE_KIND_TRAILING, STATUS_OPAQUE, at, end)
    return STATUS_OPAQUE
  }
  const type: u32 = load<u8>(each, DEFINITION_TYPE)
  if (isComposite(type)) {
    for (let position: u32 = 0; end - at >= size && !isFull(); position++, at += size) {
      item(NODE_KIND_ELEMENT, each, 0, part, at, at + size, order, position, false)
    }
  } else {
    const flags = order | (load<u8>(each, DEFINITION_FLAGS) & 1)
    at = writeElements(at, end, size, each, part, type | (flags << 8))
  }
  if (end - at >= size) {
    beyondLimit(at, end)
    return STATUS_TYPED
  }
  const status = missing(end, STATUS_BAD_LENGTH)
  leaf(NODE_KIND_TRAILING, status, at, end)
  return at < end ? status : STATUS_TYPED
}

function sizeOf(definition: usize, part: usize): usize {
  const type: u32 = load<u8>(definition, DEFINITION_TYPE)
  if (isScalar(type)) return scalarBytes(type)
  if (type === TYPE_BITFIELD32) return 8
  if (type === TYPE_STRUCT) return load<u16>(argumentOf(definition, part), STRUCT_SIZE)
  return load<u16>(definition, DEFINITION_SIZE)
}

/** As struct rtnexthop: each record's first u16 is its length; 4-byte aligned. */
export function records(content: usize, part: usize, at: usize, end: usize): void {
  const size = load<u16>(structOf(content, part, TYPE_HEADED), STRUCT_SIZE)
  for (let position: u32 = 0; at < end; position++) {
    const room = <u32>(end - at)
    const length: u32 = room < <u32>NLA_HDRLEN ? 0 : see16(at)
    const isWhole = length <= room
    if (isFull() || length < max<u32>(size, NLA_HDRLEN) || !(isWhole || isCut(end))) {
      broken(at, end)
      return
    }
    const valueEnd = at + min(length, room)
    const next = min(at + attributeSpace(length), end)
    const status = isWhole ? STATUS_TYPED : STATUS_TRUNCATED
    const node = top
    const tail = TYPE_HEADED | (bigEndian << 8) | (position << 16)
    write(NODE_KIND_ELEMENT | (status << 8), at, at, valueEnd, next, 0, 0, content, part, tail)
    expand(node)
    at = next
  }
}
