// Attribute chains: one node for each attribute, and what breaks a chain told where it does.
// In: the bytes of a chain and the set that names them. Out: nodes that tile these bytes exactly.

import { AnyOrder, bigEndian, read16 } from './bytes'
import { NLA_F_NESTED, NLA_HDRLEN, NLA_TYPE_MASK } from './contract'
import { beyondLimit, count, isCut, isFull, leaf, missing, top, write } from './nodes'
import { lookup } from './schema'
import { DEFINITION_FLAGS, DEFINITION_TYPE, TYPE_NEST, TYPE_SUB_MESSAGE } from './schema-layout'
import { popScope, pushScope } from './select'
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
import { contentOf, expand, isComposite, lengthStatus } from './value'
import { attributeNext, attributeOk } from './walk'

/**
 * Attributes up to `end`. A `set` names them by their number; or every one of them is `each`, and its
 * number an index; or, with neither, nobody has named them.
 */
export function chain(set: usize, each: usize, part: usize, at: usize, end: usize): void {
  const first = count
  let seen: u64 = 0
  let mayRepeat = false
  let position: u32 = 0
  pushScope(set, at, end)
  while (at < end) {
    if (isFull()) {
      beyondLimit(at, end)
      break
    }
    let next = end
    let valueEnd = end
    let status: u32 = STATUS_TYPED
    if (attributeOk<AnyOrder>(at, end)) {
      valueEnd = at + read16<AnyOrder>(at)
      next = min(attributeNext<AnyOrder>(at), end)
    } else if (
      isCut(end) &&
      <i32>(end - at) >= NLA_HDRLEN &&
      read16<AnyOrder>(at) >= <u32>NLA_HDRLEN
    ) {
      status = STATUS_TRUNCATED
    } else {
      broken(at, end)
      break
    }
    const raw = read16<AnyOrder>(at + 2)
    const type = raw & NLA_TYPE_MASK
    // Types of different bits are different; only where bits meet is it worth counting.
    const bit = (<u64>1) << type
    if (seen & bit) mayRepeat = true
    seen |= bit
    if (each !== 0) {
      attribute(
        NODE_KIND_ELEMENT | (raw << 16),
        status,
        at,
        valueEnd,
        next,
        each,
        0,
        part,
        position,
      )
      position++
    } else {
      const found: usize = set === 0 ? 0 : lookup(set, type)
      attribute(NODE_KIND_ATTRIBUTE | (raw << 16), status, at, valueEnd, next, found, set, part, 0)
    }
    at = next
  }
  popScope()
  if (mayRepeat && each === 0) countRepeats(first)
}

/** Judges where a chain stopped short of its end. */
export function broken(at: usize, end: usize): void {
  if (<i32>(end - at) < NLA_HDRLEN) leaf(NODE_KIND_TRAILING, missing(end, STATUS_EXCESS), at, end)
  else leaf(NODE_KIND_MALFORMED, STATUS_BAD_LENGTH, at, end)
}

/** The bytes are attributes and nothing else. */
export function isChain(at: usize, end: usize): bool {
  if (at >= end) return false
  while (attributeOk<AnyOrder>(at, end)) at = attributeNext<AnyOrder>(at)
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
  position: u32,
): void {
  const value = at + NLA_HDRLEN
  const node = top
  let flags = bigEndian | ((head >> 30) & 1)
  let tail = (flags << 8) | (position << 16)
  if (definition === 0) {
    const isNest = isUnnamedNest(head, value, valueEnd)
    if (isNest) tail |= TYPE_NEST
    if (status === STATUS_TYPED) status = STATUS_UNKNOWN
    write(head | (status << 8), at, value, valueEnd, end, 0, table, 0, part, tail)
    if (isNest) expand(node)
    return
  }
  flags |= load<u8>(definition, DEFINITION_FLAGS) & 3
  let type: u32 = load<u8>(definition, DEFINITION_TYPE)
  let content = definition
  if (type === TYPE_SUB_MESSAGE) {
    content = contentOf(definition, part, value, valueEnd)
    if (content !== 0) {
      type = load<u8>(content, DEFINITION_TYPE)
      flags |= load<u8>(content, DEFINITION_FLAGS) & 1
    } else {
      if (isUnnamedNest(head, value, valueEnd)) type = TYPE_NEST
      if (status === STATUS_TYPED) status = STATUS_NO_FORMAT
    }
  }
  tail = type | (flags << 8) | (position << 16)
  const isBranch = isComposite(type) && value < valueEnd
  if (status === STATUS_TYPED && !isBranch) {
    status = lengthStatus(content, part, <u32>(valueEnd - value))
  }
  write(head | (status << 8), at, value, valueEnd, end, definition, table, content, part, tail)
  if (isBranch) expand(node)
}

function isUnnamedNest(head: u32, value: usize, valueEnd: usize): bool {
  return (head >> 16) & NLA_F_NESTED ? isChain(value, valueEnd) : false
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
