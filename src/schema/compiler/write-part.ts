// Lays out a family as one schema part, in the bytes of schema-layout.ts.
// In: a resolved Family. Out: the part: the family, then tables and elements in order of the first
// reference to them, strings. What nothing refers to is left out, and equal elements are one.

import * as L from '../../../assembly/schema-layout.js'
import type {
  Definition,
  EnumTable,
  Family,
  SetTable,
  StructTable,
  SubTable,
  Table,
} from './model.js'
import { createStrings, type Strings } from './strings.js'

/** Makes the part of a family. Throws a RangeError where a ref or a name does not fit. */
export function layOut(family: Family): Uint8Array {
  const reached = reach(family)
  const strings = createStrings()
  let end = L.PART_HEADER_BYTES
  const place = (bytes: number): number => {
    const at = end
    end += Math.ceil(bytes / 4) * 4
    return at
  }
  const familyAt = place(L.FAMILY_DEFINITIONS + family.operations.length * L.DEFINITION_BYTES)
  const places = new Map<Table | Definition, number>()
  for (const table of reached.tables) places.set(table, place(sizeOf(table)))
  for (const [element, first] of reached.elements) {
    places.set(element, places.get(first) as number)
  }
  const writer = createWriter(end, places, strings)
  writer.family(familyAt, family)
  for (const table of reached.tables) writer.table(places.get(table) as number, table)
  const text = strings.bytes()
  const total = Math.ceil((end + text.length) / L.PART_ALIGN) * L.PART_ALIGN
  const part = new Uint8Array(total)
  part.set(writer.bytes)
  part.set(text, end)
  const view = new DataView(part.buffer)
  view.setUint32(0, L.PART_MAGIC, true)
  view.setUint32(L.PART_BYTES, total, true)
  view.setUint16(L.PART_STRINGS, wordsOf(end), true)
  view.setUint16(L.PART_FAMILY, wordsOf(familyAt), true)
  view.setUint16(L.PART_VERSION_FIELD, L.PART_VERSION, true)
  return part
}

function wordsOf(at: number): number {
  if (at >> 2 > 0xffff) throw new RangeError(`expected a part below 262144 bytes, got ref to ${at}`)
  return at >> 2
}

interface Reached {
  /** In the order in which a reader of the definitions meets them; of equal elements the first. */
  tables: (Table | Definition)[]
  /** Each element with the first that is equal to it. */
  elements: Map<Definition, Definition>
}

function reach(family: Family): Reached {
  const tables = new Set<Table | Definition>()
  const elements = new Map<Definition, Definition>()
  const firsts = new Map<string, Definition>()
  const numbers = new Map<object, number>()
  const numberOf = (one: object | undefined): number => {
    if (one === undefined) return 0
    if (!numbers.has(one)) numbers.set(one, numbers.size + 1)
    return numbers.get(one) as number
  }
  const firstOf = (element: Definition): Definition => {
    const { type, flags, name, arg, arg2, hint, size } = element
    const inner = arg?.kind === 'definition' ? firstOf(arg) : arg
    const key = JSON.stringify([
      ...[type, flags, name, hint, size],
      ...[numberOf(inner), numberOf(arg2), numberOf(element.enum)],
    ])
    const first = firsts.get(key) ?? element
    firsts.set(key, first)
    elements.set(element, first)
    return first
  }
  const visit = ({ enum: enumeration, arg2, arg }: Definition): void => {
    if (enumeration !== undefined) tables.add(enumeration)
    if (arg2 !== undefined) tables.add(arg2)
    if (arg !== undefined) tables.add(arg.kind === 'definition' ? firstOf(arg) : arg)
  }
  if (family.groups !== undefined) tables.add(family.groups)
  for (const operation of family.operations) visit(operation)
  // A set grows while it is walked: breadth first.
  for (const table of tables) {
    if (table.kind === 'definition') visit(table)
    else if (table.kind !== 'enum') table.definitions.forEach(visit)
  }
  return { tables: [...tables], elements }
}

function sizeOf(table: Table | Definition): number {
  if (table.kind === 'definition') return L.DEFINITION_BYTES
  if (table.kind !== 'enum') {
    return L.TABLE_DEFINITIONS + table.definitions.length * L.DEFINITION_BYTES
  }
  return L.ENUM_VALUES + table.values.length * ((table.wide ? 8 : 4) + 2)
}

interface Writer {
  bytes: Uint8Array
  family(at: number, family: Family): void
  table(at: number, table: Table | Definition): void
}

function createWriter(
  length: number,
  places: Map<Table | Definition, number>,
  strings: Strings,
): Writer {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true)
  const ref = (to: Table | Definition | undefined): number =>
    to === undefined ? 0 : wordsOf(places.get(to) as number)

  function definition(at: number, one: Definition): void {
    u16(at + L.DEFINITION_ID, one.id)
    bytes[at + L.DEFINITION_TYPE] = one.type
    bytes[at + L.DEFINITION_FLAGS] = one.flags
    u16(at + L.DEFINITION_NAME, strings.add(one.name))
    u16(at + L.DEFINITION_ARG, ref(one.arg))
    u16(at + L.DEFINITION_ARG2, ref(one.arg2))
    u16(at + L.DEFINITION_ENUM, ref(one.enum))
    u16(at + L.DEFINITION_HINT, one.hint)
    u16(at + L.DEFINITION_SIZE, one.size)
  }

  function table(at: number, one: Table | Definition): void {
    if (one.kind === 'definition') {
      definition(at, one)
      return
    }
    if (one.kind === 'enum') {
      enumeration(at, one)
      return
    }
    u16(at + L.TABLE_COUNT, one.definitions.length)
    u16(at + L.TABLE_NAME, strings.add(one.name))
    special(at, one)
    one.definitions.forEach((inner, index) => {
      definition(at + L.TABLE_DEFINITIONS + index * L.DEFINITION_BYTES, inner)
    })
  }

  function special(at: number, one: SetTable | StructTable | SubTable): void {
    if (one.kind === 'set') u16(at + L.SET_PREFIX, strings.add(one.prefix))
    else if (one.kind === 'struct') u16(at + L.STRUCT_SIZE, one.size)
    else {
      const { selector } = one
      u16(at + L.SUB_SELECTOR, 'name' in selector ? strings.add(selector.name) : selector.offset)
      bytes[at + L.SUB_SELECTOR_TYPE] = one.selectorType
      bytes[at + L.SUB_SELECTOR_KIND] = one.selectorKind
    }
  }

  function enumeration(at: number, one: EnumTable): void {
    u16(at + L.ENUM_COUNT, one.values.length)
    u16(at + L.ENUM_NAME, strings.add(one.name))
    u16(at + L.ENUM_FLAGS, one.wide ? L.ENUM_WIDE : 0)
    u16(at + L.ENUM_PREFIX, strings.add(one.prefix))
    const width = one.wide ? 8 : 4
    const names = at + L.ENUM_VALUES + one.values.length * width
    one.values.forEach(({ value, name }, index) => {
      const place = at + L.ENUM_VALUES + index * width
      if (one.wide) view.setBigUint64(place, value, true)
      else view.setUint32(place, Number(value), true)
      u16(names + index * 2, strings.add(name))
    })
  }

  function family(at: number, one: Family): void {
    u16(at + L.FAMILY_PROTOCOL, one.protocol)
    u16(at + L.FAMILY_FLAGS, one.flags)
    u16(at + L.FAMILY_NAME, strings.add(one.name))
    u16(at + L.FAMILY_COUNT, one.operations.length)
    u16(at + L.FAMILY_GENL_NAME, strings.add(one.genlName))
    u16(at + L.FAMILY_GROUPS, ref(one.groups))
    u16(at + L.FAMILY_PREFIX, strings.add(one.prefix))
    one.operations.forEach((operation, index) => {
      definition(at + L.FAMILY_DEFINITIONS + index * L.DEFINITION_BYTES, operation)
    })
  }

  return { bytes, family, table }
}
