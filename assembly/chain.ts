// Attribute chains: one node for each attribute, and what breaks a chain told where it does.
// In: the bytes of a chain and the set that names them. Out: nodes that tile these bytes exactly.

import { bigEndian, markHeader, see16 } from './bytes'
import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from './contract'
import { beyondLimit, count, isCut, isFull, leaf, missing, top, write } from './node-table'
import {
  DEFINITION_BYTES,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_TYPE,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TYPE_NEST,
  TYPE_SUB_MESSAGE,
} from './schema-layout'
import { lookup } from './schema-lookup'
import { popScope, pushScope } from './sub-message'
import {
  NODE_BYTES,
  NODE_FLAGS,
  NODE_KIND,
  NODE_KIND_ATTRIBUTE,
  NODE_KIND_ELEMENT,
  NODE_KIND_MALFORMED,
  NODE_KIND_TRAILING,
  NODE_NEXT,
  NODE_RAW,
  NODE_REPEAT,
  NODE_REPEATED,
  NODES,
  REPEATS,
  STATUS_BAD_LENGTH,
  STATUS_EXCESS,
  STATUS_NO_FORMAT,
  STATUS_TRUNCATED,
  STATUS_TYPED,
  STATUS_UNKNOWN,
} from './tree-layout'
import { contentOf, expand, isComposite, isScalar, lengthStatus, scalarBytes } from './value-nodes'
import { attributeFits, attributeNext, attributeOk, attributeSpace } from './walk'

/**
 * Attributes up to `end`. A `set` names them by their number; or every one of them is `each`, and its
 * number an index; or, with neither, nobody has named them.
 */
export function chain(set: usize, each: usize, part: usize, at: usize, end: usize): void {
  const first = count
  let seenLow: u64 = 0
  let seenHigh: u64 = 0
  let mayRepeat = false
  const kind = each === 0 ? NODE_KIND_ATTRIBUTE : NODE_KIND_ELEMENT
  /** Elements are numbered as they come: repeat is the upper half of its word. */
  const step: u32 = each === 0 ? 0 : 0x10000
  let repeat: u32 = 0
  const definitions = set + TABLE_DEFINITIONS
  const known: u32 = set === 0 ? 0 : load<u16>(set, TABLE_COUNT)
  const least: u32 = load<u16>(definitions, DEFINITION_ID)
  pushScope(set, at, end)
  while (at < end) {
    const room = <i32>(end - at)
    if (isFull() || room < NLA_HDRLEN) {
      broken(at, end)
      break
    }
    const length = see16(at)
    let next = end
    let valueEnd = end
    let status: u32 = STATUS_TYPED
    if (attributeFits(length, room)) {
      valueEnd = at + length
      next = min(at + attributeSpace(length), end)
    } else if (length >= <u32>NLA_HDRLEN && isCut(end)) {
      status = STATUS_TRUNCATED
    } else {
      broken(at, end)
      break
    }
    const raw = see16(at + 2)
    const type = raw & NLA_TYPE_MASK
    // Types of different bits are different; only where bits meet is it worth counting.
    const bit = (<u64>1) << type
    if ((type & 64 ? seenHigh : seenLow) & bit) mayRepeat = true
    if (type & 64) seenHigh |= bit
    else seenLow |= bit
    let definition = each
    if (set !== 0) {
      // Where numbers are dense, the place tells itself.
      definition = definitions + (type - least) * DEFINITION_BYTES
      if (type - least >= known || load<u16>(definition, DEFINITION_ID) !== type) {
        definition = lookup(set, type)
      }
    }
    attribute((raw << 16) | kind, status, at, valueEnd, next, definition, set, part, repeat)
    repeat += step
    at = next
  }
  popScope()
  if (mayRepeat && each === 0) countRepeats(first)
}

/** Judges where a chain stopped short of its end. */
export function broken(at: usize, end: usize): void {
  if (isFull()) beyondLimit(at, end)
  else if (<i32>(end - at) < NLA_HDRLEN)
    leaf(NODE_KIND_TRAILING, missing(end, STATUS_EXCESS), at, end)
  else leaf(NODE_KIND_MALFORMED, STATUS_BAD_LENGTH, at, end)
}

/** The bytes are attributes and nothing else. */
export function isChain(at: usize, end: usize): bool {
  if (at >= end) return false
  for (markHeader(at); attributeOk(at, end); markHeader(at)) at = attributeNext(at)
  return at >= end || isCut(end)
}

function attribute(
  head: u32,
  status: u32,
  at: usize,
  valueEnd: usize,
  end: usize,
  definition: usize,
  table: usize,
  part: usize,
  repeat: u32,
): void {
  const value = at + NLA_HDRLEN
  const length = <u32>(valueEnd - value)
  let flags = bigEndian | ((head >> 30) & 1)
  let type: u32 = 0
  let content = definition
  let isNamed = definition !== 0
  if (isNamed) {
    // DEFINITION_BIG_ENDIAN and DEFINITION_MULTI are NODE_BIG_ENDIAN and NODE_REPEATED.
    flags |= load<u8>(definition, DEFINITION_FLAGS) & 3
    type = load<u8>(definition, DEFINITION_TYPE)
    if (type === TYPE_SUB_MESSAGE) {
      content = contentOf(definition, part, value, valueEnd)
      isNamed = content !== 0
      if (isNamed) {
        type = load<u8>(content, DEFINITION_TYPE)
        flags |= load<u8>(content, DEFINITION_FLAGS) & 1
      }
    }
  }
  let isBranch: bool = isComposite(type) && length !== 0
  if (!isNamed) {
    isBranch = ((head >> 16) & NLA_F_NESTED) !== 0 && isChain(value, valueEnd)
    if (isBranch) type = TYPE_NEST
    if (status === STATUS_TYPED) status = definition === 0 ? STATUS_UNKNOWN : STATUS_NO_FORMAT
  } else if (!isBranch && status === STATUS_TYPED) {
    if (isScalar(type)) status = length === scalarBytes(type) ? STATUS_TYPED : STATUS_BAD_LENGTH
    else status = lengthStatus(content, part, length)
  }
  const node = top
  const tail = type | (flags << 8) | repeat
  write(head | (status << 8), at, value, valueEnd, end, definition, table, content, part, tail)
  if (isBranch) expand(node)
}

/** Numbers what stands several times in the chain whose first node has index `first`. */
function countRepeats(first: u32): void {
  for (let node = nodeAt(first); node < top; node = nodeAt(load<u32>(node, NODE_NEXT))) {
    if (load<u8>(node, NODE_KIND) !== NODE_KIND_ATTRIBUTE) continue
    const counter = counterOf(node)
    const before = load<u16>(counter)
    store<u16>(node, before, NODE_REPEAT)
    store<u16>(counter, before + 1)
  }
  for (let node = nodeAt(first); node < top; node = nodeAt(load<u32>(node, NODE_NEXT))) {
    if (load<u8>(node, NODE_KIND) !== NODE_KIND_ATTRIBUTE || load<u16>(counterOf(node)) < 2)
      continue
    store<u8>(node, load<u8>(node, NODE_FLAGS) | NODE_REPEATED, NODE_FLAGS)
  }
  for (let node = nodeAt(first); node < top; node = nodeAt(load<u32>(node, NODE_NEXT))) {
    if (load<u8>(node, NODE_KIND) === NODE_KIND_ATTRIBUTE) store<u16>(counterOf(node), 0)
  }
}

function nodeAt(index: u32): usize {
  return NODES + index * NODE_BYTES
}

function counterOf(node: usize): usize {
  return REPEATS + ((load<u16>(node, NODE_RAW) & NLA_TYPE_MASK) << 1)
}
