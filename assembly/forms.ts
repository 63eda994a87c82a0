// Chains of other forms than netlink attributes: texts as udev has them, and IEEE 802.11 elements.
// In: the bytes of a chain and a set whose SET_FORM is not FORM_NLATTR. Out: attribute nodes that tile these bytes.

import { bigEndian, mark } from './bytes'
import { beyondLimit, isFull, leaf, missing, write } from './node-table'
import {
  DEFINITION_FLAGS,
  DEFINITION_TYPE,
  FORM_TEXTS,
  SET_FORM,
  TABLE_DEFINITIONS,
} from './schema-layout'
import { lookup } from './schema-lookup'
import {
  NODE_KIND_ATTRIBUTE,
  NODE_KIND_MALFORMED,
  STATUS_BAD_LENGTH,
  STATUS_UNKNOWN,
} from './tree-layout'
import { lengthStatus } from './value-nodes'

const EXTENSION: u32 = 255
const EQUALS: u32 = 0x3d

/** Tiles a chain of the set's own form. True where equal numbers may stand in it several times. */
export function formed(set: usize, part: usize, at: usize, end: usize): bool {
  const isTexts = load<u16>(set, SET_FORM) === FORM_TEXTS
  if (isTexts) texts(set, part, at, end)
  else elements(set, part, at, end)
  return !isTexts
}

/**
 *    key '=' value NUL      start at the key, value behind the '='
 *    text NUL               without a key that could be a name: all of it is the value
 */
function texts(set: usize, part: usize, at: usize, end: usize): void {
  const definition = set + TABLE_DEFINITIONS
  for (let number: u32 = 0; at < end && !isFull(); number++) {
    let value = at
    let stop = at
    for (; stop < end; stop++) {
      mark(stop)
      const byte: u32 = load<u8>(stop)
      if (byte === 0) break
      if (byte === EQUALS && value === at && isKey(at, stop)) value = stop + 1
    }
    const next = min(stop + 1, end)
    const head = NODE_KIND_ATTRIBUTE | ((number & 0xffff) << 16)
    item(head, at, value, stop, next, definition, set, part)
    at = next
  }
  beyondLimit(at, end)
}

/** A letter, then letters, digits, '_', '-', '.' and ':': names stand in paths. */
function isKey(at: usize, end: usize): bool {
  for (let place = at; place < end; place++) {
    const byte: u32 = load<u8>(place)
    const isLetter = (byte | 0x20) - 0x61 < 26
    const isOther = byte - 0x30 < 11 || byte === 0x5f || byte === 0x2d || byte === 0x2e
    if (!isLetter && (place === at || !isOther)) return false
  }
  return at < end
}

function elements(set: usize, part: usize, at: usize, end: usize): void {
  while (at < end && !isFull()) {
    const room = <u32>(end - at)
    if (room >= 2) mark(at + 1)
    const length: u32 = room < 2 ? 0 : load<u8>(at, 1)
    if (room < 2 || length > room - 2) {
      leaf(NODE_KIND_MALFORMED, missing(end, STATUS_BAD_LENGTH), at, end)
      return
    }
    mark(at)
    let id: u32 = load<u8>(at)
    let value = at + 2
    const next = value + length
    if (id === EXTENSION && length > 0) {
      mark(value)
      id = EXTENSION + 1 + load<u8>(value)
      value++
    }
    const head = NODE_KIND_ATTRIBUTE | (id << 16)
    item(head, at, value, next, next, lookup(set, id), set, part)
    at = next
  }
  beyondLimit(at, end)
}

/** An attribute node; what stands in such a chain has nothing below it. */
function item(
  head: u32,
  at: usize,
  value: usize,
  valueEnd: usize,
  end: usize,
  definition: usize,
  set: usize,
  part: usize,
): void {
  let status: u32 = STATUS_UNKNOWN
  let type: u32 = 0
  let flags = bigEndian
  if (definition !== 0) {
    type = load<u8>(definition, DEFINITION_TYPE)
    flags |= load<u8>(definition, DEFINITION_FLAGS) & 3
    status = lengthStatus(definition, part, <u32>(valueEnd - value))
  }
  const tail = type | (flags << 8)
  write(head | (status << 8), at, value, valueEnd, end, definition, set, definition, part, tail)
}
