// The schema's definitions as objects, for encoding: from names to numbers, while the decoder goes from numbers to names.
// In: addresses in a schema part. Out: fields and tables of them, each made once. Never looks at a value.

import {
  DEFINITION_ARG,
  DEFINITION_ARG2,
  DEFINITION_AS_FLAGS,
  DEFINITION_BIG_ENDIAN,
  DEFINITION_BYTES,
  DEFINITION_DEFAULT,
  DEFINITION_ENUM,
  DEFINITION_FLAGS,
  DEFINITION_HINT,
  DEFINITION_ID,
  DEFINITION_MULTI,
  DEFINITION_NAME,
  DEFINITION_NET_ORDER,
  DEFINITION_SIZE,
  DEFINITION_TYPE,
  SET_FORM,
  SET_PREFIX,
  STRUCT_SIZE,
  SUB_SELECTOR,
  SUB_SELECTOR_KIND,
  SUB_SELECTOR_TYPE,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
  TABLE_NAME,
} from '../../assembly/schema-layout.js'
import type { EnumTable, PartReader } from '../tree/part.js'

/** An attribute, a struct's member, a format, an element: a definition of assembly/schema-layout.ts. */
export interface Field {
  id: number
  /** TYPE_…. */
  type: number
  name: string
  /** Where the name is in the part's strings. Selectors refer to it by that. */
  nameOffset: number
  /** Addresses that it refers to; 0 for none. */
  arg: number
  arg2: number
  names: EnumTable | undefined
  /** HINT_…. */
  hint: number
  size: number
  isBigEndian: boolean
  isMulti: boolean
  isFlags: boolean
  isDefault: boolean
  /** Whether the kernel accepts it only with NLA_F_NET_BYTEORDER. */
  isNetOrder: boolean
}

/** A set, a struct or the formats of a sub-message. */
export interface FieldTable {
  name: string
  fields: readonly Field[]
  /** Fields by the specs' name and by the C name. If names are equal, the first field. */
  byName: ReadonlyMap<string, Field>
}

/** The selector of a sub-message's format: SUB_SELECTOR… of assembly/schema-layout.ts. */
export interface Selector {
  place: number
  type: number
  kind: number
}

export class FieldReader {
  readonly #reader: PartReader
  readonly #part: number
  readonly #fields = new Map<number, Field>()
  readonly #tables = new Map<number, FieldTable>()

  constructor(reader: PartReader, part: number) {
    this.#reader = reader
    this.#part = part
  }

  /** The definition at an address. */
  field(at: number): Field {
    let field = this.#fields.get(at)
    if (!field) {
      field = this.#readField(at)
      this.#fields.set(at, field)
    }
    return field
  }

  #readField(at: number): Field {
    const reader = this.#reader
    const flags = reader.u8(at + DEFINITION_FLAGS)
    const names = this.#resolve(at + DEFINITION_ENUM)
    const nameOffset = reader.u16(at + DEFINITION_NAME)
    return {
      id: reader.u16(at + DEFINITION_ID),
      type: reader.u8(at + DEFINITION_TYPE),
      name: reader.text(this.#part, nameOffset),
      nameOffset,
      arg: this.#resolve(at + DEFINITION_ARG),
      arg2: this.#resolve(at + DEFINITION_ARG2),
      names: names === 0 ? undefined : reader.enumTable(this.#part, names),
      hint: reader.u16(at + DEFINITION_HINT),
      size: reader.u16(at + DEFINITION_SIZE),
      isBigEndian: (flags & DEFINITION_BIG_ENDIAN) !== 0,
      isMulti: (flags & DEFINITION_MULTI) !== 0,
      isFlags: (flags & DEFINITION_AS_FLAGS) !== 0,
      isDefault: (flags & DEFINITION_DEFAULT) !== 0,
      isNetOrder: (flags & DEFINITION_NET_ORDER) !== 0,
    }
  }

  #resolve(at: number): number {
    return this.#reader.resolve(this.#part, this.#reader.u16(at))
  }

  /** The attributes of a set. Address 0 is a set without known attributes. */
  set(at: number): FieldTable {
    const prefix = at === 0 ? 0 : this.#reader.u16(at + SET_PREFIX)
    return this.#table(at, this.#reader.text(this.#part, prefix))
  }

  /** The members of a struct, the formats of a sub-message. */
  table(at: number): FieldTable {
    return this.#table(at, undefined)
  }

  #table(at: number, prefix: string | undefined): FieldTable {
    let table = this.#tables.get(at)
    if (!table) {
      table = this.#readTable(at, prefix)
      this.#tables.set(at, table)
    }
    return table
  }

  #readTable(at: number, prefix: string | undefined): FieldTable {
    const reader = this.#reader
    if (at === 0) return { name: '', fields: [], byName: new Map() }
    const fields: Field[] = []
    const byName = new Map<string, Field>()
    const cNames = new Map<string, Field>()
    for (let i = reader.u16(at + TABLE_COUNT); i > 0; i--) {
      const field = this.field(at + TABLE_DEFINITIONS + fields.length * DEFINITION_BYTES)
      fields.push(field)
      if (!byName.has(field.name)) byName.set(field.name, field)
      const cName = reader.cName(this.#part, field.nameOffset, prefix)
      if (cName !== undefined) cNames.set(cName, field)
    }
    for (const [name, field] of cNames) if (!byName.has(name)) byName.set(name, field)
    return { name: reader.text(this.#part, reader.u16(at + TABLE_NAME)), fields, byName }
  }

  /** A struct's length in bytes, without a last member of any length; 0 for none. */
  structSize(at: number): number {
    return at === 0 ? 0 : this.#reader.u16(at + STRUCT_SIZE)
  }

  /** FORM_…: how a set's attributes are laid out in a message. */
  form(set: number): number {
    return set === 0 ? 0 : this.#reader.u16(set + SET_FORM)
  }

  /** What selects the formats of a sub-message. */
  selector(sub: number): Selector {
    return {
      place: this.#reader.u16(sub + SUB_SELECTOR),
      type: this.#reader.u8(sub + SUB_SELECTOR_TYPE),
      kind: this.#reader.u8(sub + SUB_SELECTOR_KIND),
    }
  }
}
