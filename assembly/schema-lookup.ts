// The schema, as the walker asks it: which part, family and definition a number has.
// In: parts that the host has copied to SCHEMA. Out: addresses of definitions, 0 where there is none.
// Trusts the parts' refs: they come from the project's own compiler, and the host checks their frame.

import {
  DEFINITION_ARG,
  DEFINITION_BYTES,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_NAME,
  FAMILY_COUNT,
  FAMILY_DEFINITIONS,
  FAMILY_FLAGS,
  FAMILY_GENERIC,
  FAMILY_PROTOCOL,
  PART_BYTES,
  PART_FAMILY,
  PART_HEADER_BYTES,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
} from './schema-layout'
import {
  CORE_PROTOCOL,
  CORE_STRUCTS,
  FAMILY_IDS,
  FAMILY_IDS_MAX,
  OPERATIONS,
  OPERATIONS_MAX,
  SCHEMA,
  SCHEMA_BYTES,
} from './tree-layout'

let schemaEnd: usize = SCHEMA

/** The part of family `netlink`, and what lies in it. */
export let corePart: usize = 0
export let coreFamily: usize = 0
/** The table of shared structs and sets. */
export let coreStructs: usize = 0

/** What the last operation() found. */
export let foundFamily: usize = 0
export let foundPart: usize = 0

/** Takes over the parts between SCHEMA and `end`, an address; every family id is unknown then. */
export function adopt(end: usize): void {
  schemaEnd = min<usize>(end, SCHEMA + SCHEMA_BYTES)
  memory.fill(OPERATIONS, 0, OPERATIONS_MAX * 16)
  memory.fill(FAMILY_IDS, 0, FAMILY_IDS_MAX * 4)
  corePart = 0
  coreFamily = 0
  coreStructs = 0
  for (let part: usize = SCHEMA; part < schemaEnd; part += bytesOf(part)) {
    const family = familyOf(part)
    if (load<u16>(family, FAMILY_PROTOCOL) !== CORE_PROTOCOL) continue
    const structs = entry(family, CORE_STRUCTS, 0)
    if (structs === 0) continue
    corePart = part
    coreFamily = family
    coreStructs = argumentOf(structs, part)
  }
}

/** A part's length; one that leads nowhere ends the schema, so that no part can make it loop. */
function bytesOf(part: usize): usize {
  return max<usize>(load<u32>(part, PART_BYTES), PART_HEADER_BYTES)
}

export function resolve(part: usize, ref: u32): usize {
  return part + ((<usize>ref) << 2)
}

export function familyOf(part: usize): usize {
  return resolve(part, load<u16>(part, PART_FAMILY))
}

/** What a definition's `arg` refers to, or 0. */
export function argumentOf(definition: usize, part: usize): usize {
  const ref = load<u16>(definition, DEFINITION_ARG)
  return ref === 0 ? 0 : resolve(part, ref)
}

/** The struct of number `id` in the core part, or 0. */
export function coreStruct(id: u32): usize {
  const definition = coreDefinition(id)
  return definition === 0 ? 0 : argumentOf(definition, corePart)
}

/** The definition of a shared struct or set, or 0 without a core part. */
export function coreDefinition(id: u32): usize {
  return coreStructs === 0 ? 0 : lookup(coreStructs, id)
}

/** The part of the generic netlink family of this id, or 0. */
export function genericPart(id: u32): usize {
  if (id >= <u32>FAMILY_IDS_MAX) return 0
  const part = <usize>load<u32>(FAMILY_IDS + id * 4)
  return part >= <usize>SCHEMA && part < schemaEnd ? part : 0
}

/** The definition of number `id` in a set or a struct. */
export function lookup(table: usize, id: u32): usize {
  return search(table + TABLE_DEFINITIONS, load<u16>(table, TABLE_COUNT), id)
}

/** Among `count` definitions by ascending id, that of number `id`. */
export function search(first: usize, count: u32, id: u32): usize {
  if (count === 0) return 0
  // Most numbers are dense, so the place can be computed; with a few gaps it is a little before. What is
  // left is searched.
  const guess = min<u32>(id - load<u16>(first, DEFINITION_ID), count - 1)
  let near = first + guess * DEFINITION_BYTES
  for (let tries = 0; tries < 4 && near >= first; tries++) {
    const found = load<u16>(near, DEFINITION_ID)
    if (found === id) return near
    if (found < id) break
    near -= DEFINITION_BYTES
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

/**
 * The operation of a message of a family that is not generic; sets foundFamily and foundPart. Several
 * families share a protocol, so all are asked, and the answer is remembered, also that there is none.
 *
 *   slot   0 protocol << 16 | type   4 direction << 24 | definition   8 family   12 part
 */
export function operation(protocol: u32, type: u32, direction: u32): usize {
  const key = (protocol << 16) | type
  const slot =
    OPERATIONS + ((type ^ (direction >> 1) ^ (protocol << 5)) & (OPERATIONS_MAX - 1)) * 16
  const known = load<u32>(slot, 4)
  if (load<u32>(slot) !== key || known >> 24 !== direction) {
    store<u32>(slot, key)
    store<u32>(slot, <u32>seek(protocol, type, direction) | (direction << 24), 4)
    store<u32>(slot, <u32>foundFamily, 8)
    store<u32>(slot, <u32>foundPart, 12)
  }
  foundFamily = load<u32>(slot, 8)
  foundPart = load<u32>(slot, 12)
  return load<u32>(slot, 4) & 0xffffff
}

function seek(protocol: u32, type: u32, direction: u32): usize {
  for (let part: usize = SCHEMA; part < schemaEnd; part += bytesOf(part)) {
    const family = familyOf(part)
    if (load<u16>(family, FAMILY_PROTOCOL) !== protocol) continue
    if (load<u16>(family, FAMILY_FLAGS) & FAMILY_GENERIC) continue
    const found = entry(family, type, direction)
    if (found === 0) continue
    foundFamily = family
    foundPart = part
    return found
  }
  foundFamily = 0
  foundPart = 0
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
