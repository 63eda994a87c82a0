// Reads schema parts: the names and the types of a definition.
// In: addresses in a module's memory, which has parts as assembly/schema-layout.ts draws them.
// Out: strings and numbers, each name decoded once. Never reads a message's bytes.

import {
  DEFINITION_ARG,
  DEFINITION_BYTES,
  DEFINITION_ENUM,
  DEFINITION_ID,
  ENUM_COUNT,
  ENUM_FLAGS,
  ENUM_NAME,
  ENUM_PREFIX,
  ENUM_VALUES,
  ENUM_WIDE,
  FAMILY_COUNT,
  FAMILY_DEFINITIONS,
  FAMILY_FLAGS,
  FAMILY_GENERIC,
  FAMILY_GENL_NAME,
  FAMILY_NAME,
  FAMILY_PROTOCOL,
  PART_BYTES,
  PART_FAMILY,
  PART_STRINGS,
  TABLE_COUNT,
  TABLE_DEFINITIONS,
} from '../../assembly/schema-layout.js'
import { CORE_PROTOCOL, CORE_STRUCTS } from '../../assembly/tree-layout.js'

/** A name in the specs ("carrier-changes"), and its name in C, if that does not follow the rule. */
interface Name {
  text: string
  /** undefined: it follows the rule (prefix and upper case); null: C has no name for it. */
  c: string | null | undefined
}

/** One family of the schema: the addresses of its part and its tables, and its names. */
export interface Family {
  part: number
  address: number
  name: string
  /** Name under which the kernel registers it (CTRL_ATTR_FAMILY_NAME); equal to `name` if none is given. */
  genlName: string
  protocol: number
  isGeneric: boolean
}

/** A value's names: of an enum by number, of flags by bit. */
export interface EnumTable {
  name: string
  entries: Map<bigint, { name: string; cName: string | undefined }>
}

const utf8 = new TextDecoder()
const NAME_END = 0
const NAME_C = 1
const NAME_NO_C = 2

export class PartReader {
  readonly #view: DataView
  readonly #u8: Uint8Array
  readonly #names = new Map<number, Name>()
  readonly #enums = new Map<number, EnumTable>()
  #core: Family | undefined

  constructor(view: DataView, u8: Uint8Array) {
    this.#view = view
    this.#u8 = u8
  }

  u8(at: number): number {
    return this.#u8[at] as number
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true)
  }

  /** The address that a ref (a count of words from the part's first byte) stands for; 0 stays 0. */
  resolve(part: number, ref: number): number {
    return ref === 0 ? 0 : part + ref * 4
  }

  /** The text of name `offset` of a part. */
  text(part: number, offset: number): string {
    return this.#name(part, offset).text
  }

  /**
   * Its name in C: given in the part, or else `prefix` and the text in upper case; without a prefix, the text
   * (a struct's member). Undefined if C has no name for it.
   */
  cName(part: number, offset: number, prefix?: string): string | undefined {
    const { text, c } = this.#name(part, offset)
    if (c !== undefined) return c ?? undefined
    if (prefix === undefined) return text.replaceAll('-', '_')
    return (prefix + text).replaceAll('-', '_').toUpperCase()
  }

  #name(part: number, offset: number): Name {
    const at = this.resolve(part, this.u16(part + PART_STRINGS)) + offset
    let name = this.#names.get(at)
    if (!name) {
      name = this.#readName(at)
      this.#names.set(at, name)
    }
    return name
  }

  #readName(at: number): Name {
    let end = at
    while (this.u8(end) > NAME_NO_C) end++
    const text = utf8.decode(this.#u8.subarray(at, end))
    if (this.u8(end) === NAME_END) return { text, c: undefined }
    if (this.u8(end) !== NAME_C) return { text, c: null }
    const from = end + 1
    for (end = from; this.u8(end) > NAME_END; ) end++
    return { text, c: utf8.decode(this.#u8.subarray(from, end)) }
  }

  /** The enum or flag set at `address`. */
  enumTable(part: number, address: number): EnumTable {
    let table = this.#enums.get(address)
    if (!table) {
      table = this.#readEnum(part, address)
      this.#enums.set(address, table)
    }
    return table
  }

  #readEnum(part: number, address: number): EnumTable {
    const count = this.u16(address + ENUM_COUNT)
    const isWide = (this.u16(address + ENUM_FLAGS) & ENUM_WIDE) !== 0
    const prefix = this.text(part, this.u16(address + ENUM_PREFIX))
    const values = address + ENUM_VALUES
    const names = values + count * (isWide ? 8 : 4)
    const entries: EnumTable['entries'] = new Map()
    for (let i = 0; i < count; i++) {
      const value = isWide
        ? this.#view.getBigUint64(values + i * 8, true)
        : BigInt(this.#view.getUint32(values + i * 4, true))
      const offset = this.u16(names + i * 2)
      // If a number has several names, the first is shown.
      if (entries.has(value)) continue
      entries.set(value, {
        name: this.text(part, offset),
        cName: this.cName(part, offset, prefix),
      })
    }
    return { name: this.text(part, this.u16(address + ENUM_NAME)), entries }
  }

  /** The families of the parts that lie between two addresses. */
  families(from: number, end: number): Family[] {
    const found = [...this.#familiesIn(from, end)]
    this.#core = found.find(({ protocol }) => protocol === CORE_PROTOCOL)
    return found
  }

  *#familiesIn(from: number, end: number): Generator<Family> {
    for (let part = from; part < end; part += this.#view.getUint32(part + PART_BYTES, true)) {
      const address = this.resolve(part, this.u16(part + PART_FAMILY))
      const name = this.text(part, this.u16(address + FAMILY_NAME))
      yield {
        part,
        address,
        name,
        genlName: this.text(part, this.u16(address + FAMILY_GENL_NAME)) || name,
        protocol: this.u16(address + FAMILY_PROTOCOL),
        isGeneric: (this.u16(address + FAMILY_FLAGS) & FAMILY_GENERIC) !== 0,
      }
    }
  }

  /** The names of a shared value (CORE_…_FLAGS of assembly/tree-layout.ts); undefined without a core part. */
  coreEnum(id: number): EnumTable | undefined {
    if (!this.#core) return undefined
    const { part } = this.#core
    for (const operation of this.operations(this.#core)) {
      if (this.u16(operation + DEFINITION_ID) !== CORE_STRUCTS) continue
      const set = this.resolve(part, this.u16(operation + DEFINITION_ARG))
      const count = this.u16(set + TABLE_COUNT)
      for (let i = 0; i < count; i++) {
        const at = set + TABLE_DEFINITIONS + i * DEFINITION_BYTES
        const ref = this.u16(at + DEFINITION_ENUM)
        if (this.u16(at + DEFINITION_ID) === id && ref !== 0) {
          return this.enumTable(part, this.resolve(part, ref))
        }
      }
    }
    return undefined
  }

  /** The addresses of a family's operations. */
  *operations(family: Family): Generator<number> {
    const count = this.u16(family.address + FAMILY_COUNT)
    for (let i = 0; i < count; i++) {
      yield family.address + FAMILY_DEFINITIONS + i * DEFINITION_BYTES
    }
  }
}
