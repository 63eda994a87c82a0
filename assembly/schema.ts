// The schema, as the walker asks it: which part, family and definition a number has.
// In: parts that the host has copied to SCHEMA. Out: addresses of definitions, 0 where there is none.
// Trusts the parts' refs: they come from the project's own compiler, and the host checks their frame.

import {
  DEFINITION_BYTES,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_NAME,
  DEFINITION_REPLY,
  DEFINITION_REQUEST,
  FAMILY_COUNT,
  FAMILY_DEFINITIONS,
  FAMILY_FLAGS,
  FAMILY_GENERIC,
  FAMILY_PROTOCOL,
  PART_BYTES,
  PART_FAMILY,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
} from './schema-layout'
import {
  CORE_PROTOCOL,
  CORE_STRUCTS,
  OPERATIONS,
  OPERATIONS_MAX,
  SCHEMA,
  SCHEMA_BYTES,
} from './tree-layout'

let schemaEnd: usize = SCHEMA
/** The table of shared structs, in the core part. */
let coreStructs: usize = 0
export let corePart: usize = 0

/** What the last operation() found. */
export let foundFamily: usize = 0
export let foundPart: usize = 0

/** Takes over the parts between SCHEMA and `end`, an address. */
export function adopt(end: usize): void {
  schemaEnd = min<usize>(end, SCHEMA + SCHEMA_BYTES)
  memory.fill(OPERATIONS, 0, OPERATIONS_MAX * 16)
  corePart = 0
  coreStructs = 0
  for (let part: usize = SCHEMA; part < schemaEnd; part += load<u32>(part, PART_BYTES)) {
    const family = resolve(part, load<u16>(part, PART_FAMILY))
    if (load<u16>(family, FAMILY_PROTOCOL) !== CORE_PROTOCOL) continue
    const structs = entry(family, CORE_STRUCTS, 0)
    if (structs === 0) continue
    corePart = part
    coreStructs = resolve(part, load<u16>(structs, 6))
  }
}

export function resolve(part: usize, ref: u32): usize {
  return part + (<usize>ref << 2)
}

/** The definition of a shared struct or set, or 0 without a core part. */
export function core(id: u32): usize {
  return coreStructs === 0 ? 0 : lookup(coreStructs, id)
}

/** The definition of number `id` in a set, a struct or a sub-message with numbers. */
export function lookup(table: usize, id: u32): usize {
  return search(table + TABLE_DEFINITIONS, load<u16>(table, TABLE_COUNT), id)
}

function search(first: usize, count: u32, id: u32): usize {
  if (count === 0) return 0
  // Most numbers are dense, so the place can be computed; what is left is searched.
  const guess = id - load<u16>(first, DEFINITION_ID)
  if (guess < count) {
    const at = first + guess * DEFINITION_BYTES
    if (load<u16>(at, DEFINITION_ID) === id) return at
  }
  let low: u32 = 0
  while (low < count) {
    const middle = (low + count) >> 1
    const at = first + middle * DEFINITION_BYTES
    const found = load<u16>(at, DEFINITION_ID)
    if (found === id) return at
    if (found < id) low = middle + 1
    else count = middle
  }
  return 0
}

/** A family's operation of number `id`, that of the direction if there are two. */
export function entry(family: usize, id: u32, direction: u32): usize {
  const first = family + FAMILY_DEFINITIONS
  const count = load<u16>(family, FAMILY_COUNT)
  const at = search(first, count, id)
  if (at === 0 || (load<u8>(at, DEFINITION_FLAGS) & direction) === direction) return at
  if (at > first && isOther(at - DEFINITION_BYTES, id, direction)) return at - DEFINITION_BYTES
  const next = at + DEFINITION_BYTES
  const isLast = next === first + count * DEFINITION_BYTES
  return !isLast && isOther(next, id, direction) ? next : at
}

function isOther(at: usize, id: u32, direction: u32): bool {
  return load<u16>(at, DEFINITION_ID) === id && (load<u8>(at, DEFINITION_FLAGS) & direction) !== 0
}

/** Which way a message goes. */
export function directionOf(isRequest: bool): u32 {
  return isRequest ? DEFINITION_REQUEST : DEFINITION_REPLY
}

/**
 * The operation of a message of a family that is not generic; sets foundFamily and foundPart. Several
 * families share a protocol, so all are asked, and the answer is remembered.
 */
export function operation(protocol: u32, type: u32, direction: u32): usize {
  const key = ((protocol << 16) | type) ^ (direction << 24)
  const slot = OPERATIONS + ((type ^ (direction >> 1) ^ (protocol << 5)) & (OPERATIONS_MAX - 1)) * 16
  if (load<u32>(slot) === key && load<u32>(slot, 4) !== 0) {
    foundFamily = load<u32>(slot, 8)
    foundPart = load<u32>(slot, 12)
    return load<u32>(slot, 4)
  }
  for (let part: usize = SCHEMA; part < schemaEnd; part += load<u32>(part, PART_BYTES)) {
    const family = resolve(part, load<u16>(part, PART_FAMILY))
    if (load<u16>(family, FAMILY_PROTOCOL) !== protocol) continue
    if (load<u16>(family, FAMILY_FLAGS) & FAMILY_GENERIC) continue
    const found = entry(family, type, direction)
    if (found === 0) continue
    foundFamily = family
    foundPart = part
    store<u32>(slot, key)
    store<u32>(slot, <u32>found, 4)
    store<u32>(slot, <u32>family, 8)
    store<u32>(slot, <u32>part, 12)
    return found
  }
  return 0
}

/** The definition of a set's attribute called `name`, a u16 of the same part. */
export function named(set: usize, name: u32): usize {
  const count = load<u16>(set, TABLE_COUNT)
  let at = set + TABLE_DEFINITIONS
  const end = at + count * DEFINITION_BYTES
  for (; at < end; at += DEFINITION_BYTES) {
    if (load<u16>(at, DEFINITION_NAME) === name) return at
  }
  return 0
}
