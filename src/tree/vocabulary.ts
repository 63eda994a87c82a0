// All names of a schema, for completion and for detecting names that do not exist.
// In: schema parts. Out: names of families, operations, attributes and values. Never looks at a message.

import {
  DEFINITION_ARG,
  DEFINITION_ARG2,
  DEFINITION_BYTES,
  DEFINITION_ENUM,
  DEFINITION_NAME,
  DEFINITION_TYPE,
  FAMILY_COUNT,
  FAMILY_PREFIX,
  SET_PREFIX,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TABLE_NAME,
  TYPE_ARRAY,
  TYPE_HEADED,
  TYPE_INDEXED,
  TYPE_NEST,
  TYPE_RECORDS,
  TYPE_STRUCT,
  TYPE_SUB_MESSAGE,
  TYPE_TYPE_VALUE,
} from '../../assembly/schema-layout.js'
import { allParts, type Schema } from '../schema/shipped-schema.js'
import { type Family, PartReader } from './part.js'

export interface Vocabulary {
  families: string[]
  operations: string[]
  /** Attributes and members of structs, by their names in the specs. */
  attributes: string[]
  /** The values that an attribute can have by name. */
  values: Record<string, string[]>
  /** Names in C (IFLA_MTU, RTM_NEWLINK), which filters accept too. */
  cNames: string[]
}

const TABLES = new Set([TYPE_STRUCT, TYPE_NEST, TYPE_SUB_MESSAGE])
const TWO_TABLES = new Set([TYPE_HEADED, TYPE_RECORDS])
const ELEMENTS = new Set([TYPE_ARRAY, TYPE_INDEXED, TYPE_TYPE_VALUE])

/** Visits everything that the families of a schema refer to. */
export function schemaVocabulary(schema: Schema | readonly Schema[]): Vocabulary {
  const families = new Set<string>()
  const operations = new Set<string>()
  const attributes = new Set<string>()
  const cNames = new Set<string>()
  const values = new Map<string, Set<string>>()
  for (const bytes of allParts(schema)) {
    const reader = new PartReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes)
    for (const family of reader.families(0, bytes.length)) {
      if (family.name !== 'netlink') families.add(family.name)
      walk(reader, family)
    }
  }
  return {
    families: [...families].sort(),
    operations: [...operations].sort(),
    attributes: [...attributes].sort(),
    values: Object.fromEntries([...values].map(([name, set]) => [name, [...set]])),
    cNames: [...cNames].sort(),
  }

  function walk(reader: PartReader, family: Family): void {
    const { part } = family
    const seen = new Set<number>()
    const count = reader.u16(family.address + FAMILY_COUNT)
    const prefix = reader.text(family.part, reader.u16(family.address + FAMILY_PREFIX))
    let index = 0
    for (const at of reader.operations(family)) {
      if (index++ >= count) break
      operations.add(reader.text(part, reader.u16(at + DEFINITION_NAME)))
      const cName = reader.cName(part, reader.u16(at + DEFINITION_NAME), prefix)
      if (cName) cNames.add(cName)
      content(at)
    }

    function content(at: number): void {
      const type = reader.u8(at + DEFINITION_TYPE)
      const first = reader.resolve(part, reader.u16(at + DEFINITION_ARG))
      const second = reader.resolve(part, reader.u16(at + DEFINITION_ARG2))
      if (TABLES.has(type) || TWO_TABLES.has(type)) table(first, type)
      if (TWO_TABLES.has(type)) table(second, TYPE_STRUCT)
      // Elements may be called by an enum: `conf.mtu6`.
      const ref = ELEMENTS.has(type) ? reader.u16(at + DEFINITION_ENUM) : 0
      if (ref !== 0) {
        const { entries } = reader.enumTable(part, reader.resolve(part, ref))
        for (const { name } of entries.values()) attributes.add(name)
      }
      if (ELEMENTS.has(type) && first !== 0 && !seen.has(first)) {
        seen.add(first)
        content(first)
      }
    }

    /** A set, a struct, or the formats of a sub-message, which have no names of their own. */
    function table(address: number, type: number): void {
      if (address === 0 || seen.has(address)) return
      seen.add(address)
      const isSet = type !== TYPE_STRUCT
      // A struct is a node, which has its name.
      const own = isSet ? '' : reader.text(part, reader.u16(address + TABLE_NAME))
      if (own !== '') attributes.add(own)
      const prefix = isSet ? reader.text(part, reader.u16(address + SET_PREFIX)) : undefined
      const size = reader.u16(address + TABLE_COUNT)
      for (let i = 0; i < size; i++) {
        const at = address + TABLE_DEFINITIONS + i * DEFINITION_BYTES
        if (type !== TYPE_SUB_MESSAGE) named(at, prefix)
        content(at)
      }
    }

    function named(at: number, prefix: string | undefined): void {
      const offset = reader.u16(at + DEFINITION_NAME)
      const name = reader.text(part, offset)
      if (name === '') return
      attributes.add(name)
      const cName = reader.cName(part, offset, prefix)
      if (cName) cNames.add(cName)
      const ref = reader.u16(at + DEFINITION_ENUM)
      if (ref === 0) return
      const set = values.get(name) ?? new Set()
      for (const entry of reader.enumTable(part, reader.resolve(part, ref)).entries.values()) {
        set.add(entry.name)
      }
      values.set(name, set)
    }
  }
}
