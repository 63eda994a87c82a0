// What a family is once every name is resolved: the tables and definitions of schema-layout.ts as objects.
// In: nothing. Out: types only. Tables may refer to each other in circles.

/** A name as the strings hold it: `c` undefined where the prefix rule gives it, null where there is none. */
export interface Name {
  text: string
  c?: string | null
}

export interface EnumTable {
  kind: 'enum'
  name: string
  prefix: string
  wide: boolean
  isFlags: boolean
  /** Ascending, each once. */
  values: { value: bigint; name: Name }[]
}

export interface SetTable {
  kind: 'set'
  name: string
  prefix: string
  definitions: Definition[]
}

export interface StructTable {
  kind: 'struct'
  name: string
  size: number
  definitions: Definition[]
}

export interface SubTable {
  kind: 'sub'
  name: string
  selector: { name: Name } | { offset: number }
  selectorType: number
  selectorKind: number
  definitions: Definition[]
}

export type Table = EnumTable | SetTable | StructTable | SubTable

export interface Definition {
  kind: 'definition'
  id: number
  type: number
  flags: number
  name: Name | undefined
  arg: SetTable | StructTable | SubTable | Definition | undefined
  arg2: StructTable | undefined
  enum: EnumTable | undefined
  hint: number
  size: number
}

export interface Family {
  name: string
  protocol: number
  flags: number
  genlName: string
  prefix: string
  groups: EnumTable | undefined
  operations: Definition[]
}
