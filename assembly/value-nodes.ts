// What stands in a value: which types have nodes below them, and what these are.
// In: a node that the table holds, and what types it. Out: its status and the nodes below it, which
// tile it exactly.

import { chain } from './chain'
import { enter, leaf, leave, ORIGIN } from './node-table'
import {
  DEFINITION_ARG2,
  DEFINITION_SIZE,
  DEFINITION_TYPE,
  STRUCT_SIZE,
  TYPE_ARRAY,
  TYPE_BITFIELD32,
  TYPE_BYTES,
  TYPE_FLAG,
  TYPE_HEADED,
  TYPE_INDEXED,
  TYPE_MESSAGE,
  TYPE_NEST,
  TYPE_OPAQUE,
  TYPE_RECORDS,
  TYPE_S64,
  TYPE_SINT,
  TYPE_STRUCT,
  TYPE_SUB_MESSAGE,
  TYPE_TYPE_VALUE,
  TYPE_U8,
  TYPE_UINT,
  TYPE_UNUSED,
} from './schema-layout'
import { argumentOf, resolve } from './schema-lookup'
import { elements, headed, members, records } from './struct'
import { select } from './sub-message'
import {
  NODE_CONTENT,
  NODE_END,
  NODE_FLAGS,
  NODE_KIND_HEADER,
  NODE_KIND_PADDING,
  NODE_KIND_TRAILING,
  NODE_PART,
  NODE_START,
  NODE_TYPE,
  NODE_VALUE,
  NODE_VALUE_END,
  STATUS_BAD_LENGTH,
  STATUS_OPAQUE,
  STATUS_SHORT,
  STATUS_TYPED,
} from './tree-layout'
import { innerMessage } from './tree-sink'

/** A definition's own type, or the format that its sub-message has for this value; 0 when it has none. */
export function contentOf(definition: usize, part: usize, at: usize, end: usize): usize {
  // A format may be a sub-message again, though hardly twice.
  for (let i = 0; i < 4; i++) {
    if (load<u8>(definition, DEFINITION_TYPE) !== TYPE_SUB_MESSAGE) return definition
    definition = select(argumentOf(definition, part), part, at, end)
    if (definition === 0) return 0
  }
  return 0
}

/** A value of this type has nodes below it. */
export function isComposite(type: u32): bool {
  return type >= <u32>TYPE_STRUCT && type !== TYPE_BITFIELD32 && type !== TYPE_SUB_MESSAGE
}

/** An integer of one size. */
export function isScalar(type: u32): bool {
  return type - TYPE_U8 <= <u32>(TYPE_S64 - TYPE_U8)
}

export function scalarBytes(type: u32): u32 {
  return 1 << ((type - TYPE_U8) & 3)
}

/** Whether a leaf's value may have `length` bytes; of a composite type it has none. */
export function lengthStatus(content: usize, part: usize, length: u32): u32 {
  const type: u32 = load<u8>(content, DEFINITION_TYPE)
  if (isScalar(type)) return exactly(length, scalarBytes(type))
  switch (type) {
    case TYPE_UNUSED:
      return STATUS_OPAQUE
    case TYPE_OPAQUE:
      return length === 0 ? STATUS_TYPED : STATUS_OPAQUE
    case TYPE_FLAG:
      return exactly(length, 0)
    case TYPE_UINT:
    case TYPE_SINT:
      return length === 4 ? STATUS_TYPED : exactly(length, 8)
    case TYPE_BYTES: {
      const size = load<u16>(content, DEFINITION_SIZE)
      return size === 0 ? STATUS_TYPED : exactly(length, size)
    }
    case TYPE_BITFIELD32:
      return exactly(length, 8)
    case TYPE_STRUCT:
    case TYPE_HEADED:
      return load<u16>(structOf(content, part, type), STRUCT_SIZE) === 0
        ? STATUS_TYPED
        : STATUS_SHORT
    case TYPE_MESSAGE:
      return STATUS_BAD_LENGTH
  }
  return STATUS_TYPED
}

function exactly(length: u32, wanted: u32): u32 {
  return length === wanted ? STATUS_TYPED : STATUS_BAD_LENGTH
}

/** The struct of a TYPE_STRUCT, or of one that puts a struct in front. */
export function structOf(content: usize, part: usize, type: u32): usize {
  if (type === TYPE_STRUCT) return argumentOf(content, part)
  return resolve(part, load<u16>(content, DEFINITION_ARG2))
}

/** Writes the nodes below a composite one that was written last. */
export function expand(node: usize): void {
  if (!enter()) return
  const start = ORIGIN + load<u32>(node, NODE_START)
  const value = ORIGIN + load<u32>(node, NODE_VALUE)
  const valueEnd = ORIGIN + load<u32>(node, NODE_VALUE_END)
  const end = ORIGIN + load<u32>(node, NODE_END)
  leaf(NODE_KIND_HEADER, STATUS_TYPED, start, value)
  const content = <usize>load<u32>(node, NODE_CONTENT)
  const part = <usize>load<u32>(node, NODE_PART)
  const type = load<u8>(node, NODE_TYPE)
  const status = fill(content, part, type, value, valueEnd, load<u8>(node, NODE_FLAGS) & 1)
  leaf(NODE_KIND_PADDING, STATUS_TYPED, valueEnd, end)
  leave(node, status)
}

/** Tiles a value by what `content` says; returns the status of the node that holds it. */
export function fill(
  content: usize,
  part: usize,
  type: u32,
  at: usize,
  end: usize,
  order: u32,
): u32 {
  switch (type) {
    case TYPE_NEST:
      chain(content === 0 ? 0 : argumentOf(content, part), 0, part, at, end)
      break
    case TYPE_STRUCT:
      return members(argumentOf(content, part), part, at, end, order)
    case TYPE_HEADED:
      headed(structOf(content, part, type), argumentOf(content, part), part, at, end, order)
      break
    case TYPE_ARRAY:
      return elements(argumentOf(content, part), part, at, end, order)
    case TYPE_INDEXED:
    case TYPE_TYPE_VALUE:
      chain(0, argumentOf(content, part), part, at, end)
      break
    case TYPE_RECORDS:
      records(content, part, at, end)
      break
    case TYPE_MESSAGE:
      innerMessage(at, end)
      break
    default:
      leaf(NODE_KIND_TRAILING, STATUS_OPAQUE, at, end)
  }
  return STATUS_TYPED
}
