// What a family is once every name is resolved: the tables and definitions of schema-layout.ts as objects.
// In: nothing. Out: types only. Tables may refer to each other in circles.

/** A name as the strings hold it: `c` undefined where the prefix rule gives it, null where there is none. */
export interface Name {
  text: string
  c?: string | null
}

export interface EnumModel {
  kind: 'enum'
  name: string
  prefix: string
  /** Where C declares its values: "linux/if.h". */
  header?: string | undefined
  wide: boolean
  isFlags: boolean
  /** Ascending, each once. */
  values: { value: bigint; name: Name }[]
}

export interface SetTable {
  kind: 'set'
  name: string
  prefix: string
  header?: string | undefined
  /** FORM_… of assembly/schema-layout.ts. */
  form: number
  definitions: Definition[]
}

export interface StructTable {
  kind: 'struct'
  name: string
  header?: string | undefined
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

export type Table = EnumModel | SetTable | StructTable | SubTable

export interface Definition {
  kind: 'definition'
  id: number
  type: number
  flags: number
  name: Name | undefined
  arg: SetTable | StructTable | SubTable | Definition | undefined
  arg2: StructTable | undefined
  enum: EnumModel | undefined
  hint: number
  size: number
  /** Where C declares it, if not where it declares the table's other names. */
  header?: string | undefined
  /** The attributes that the specs list for a request. */
  listed?: readonly string[] | undefined
}

export interface FamilyModel {
  name: string
  protocol: number
  flags: number
  genlName: string
  prefix: string
  header?: string | undefined
  groups: EnumModel | undefined
  /** What an operation that is not listed is. */
  other?: Definition | undefined
  operations: Definition[]
}
