// The type of a value, as TypeScript: of an attribute, a struct's member, an element or a format.
// In: a definition, and the names of the tables that it refers to. Out: a type expression over a form `D` of forms.d.ts.

import * as L from '../../../assembly/schema-layout.js'
import type { Definition, EnumModel, SetTable, SubTable, Table } from './model.js'

/** The identifier of a table in the family's declarations. */
export type NameTable = (table: Table) => string

/** linux/in_route.h: in the route of a lookup, the bit of rtm-flags that else says `offload-failed`. */
const LOOKUP_FLAGS: Readonly<Record<string, string>> = { 'rtm-flags': 'multicast' }

export function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}

export function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ') || 'never'
}

/** The type of one value. */
export function valueType(definition: Definition, nameOf: NameTable): string {
  const { type, arg } = definition
  if (type >= L.TYPE_U8 && type <= L.TYPE_SINT) return integerType(definition, nameOf)
  const inner = (): string =>
    arg?.kind === 'definition' ? attributeType(arg, nameOf) : `D['bytes']`
  switch (type) {
    case L.TYPE_FLAG:
      return `D['flag']`
    case L.TYPE_STRING:
      return `D['text']`
    case L.TYPE_BITFIELD32:
      return `Bits<D, ${definition.enum ? enumType(definition, nameOf) : `D['int']`}>`
    case L.TYPE_BYTES:
      return definition.hint === 0 || definition.hint === L.HINT_HEX ? `D['bytes']` : `D['address']`
    case L.TYPE_STRUCT:
      return arg?.kind === 'struct' ? `${nameOf(arg)}<D> | D['raw']` : `D['bytes']`
    case L.TYPE_ARRAY:
      return definition.enum
        ? `Keyed<D, ${nameOf(definition.enum)}, ${inner()}>`
        : `Packed<D, ${inner()}>`
    case L.TYPE_INDEXED:
      return `List<D, ${inner()}>`
    case L.TYPE_TYPE_VALUE:
      return `ByNumber<D, ${inner()}>`
    case L.TYPE_NEST:
      return nestType(arg, nameOf)
    case L.TYPE_HEADED:
      return headedType(definition, nameOf)
    case L.TYPE_RECORDS:
      return `List<D, ${headedType(definition, nameOf)}>`
    case L.TYPE_SUB_MESSAGE:
      return choiceType(arg as SubTable, nameOf)
    case L.TYPE_MESSAGE:
      return `D['message']`
    default:
      return `D['bytes']`
  }
}

/** linux/nl80211.h: NL80211_ATTR_FRAME_TYPE occurs once among a message's attributes, and repeats in a nest. */
const ALSO_REPEATED = 'frame-type'

/** The type of an attribute, which may occur several times. */
export function attributeType(definition: Definition, nameOf: NameTable): string {
  const type = valueType(definition, nameOf)
  if (definition.name?.text === ALSO_REPEATED) return `${type} | Many<D, ${type}>`
  return definition.flags & L.DEFINITION_MULTI ? `Many<D, ${type}>` : type
}

function integerType(definition: Definition, nameOf: NameTable): string {
  const { type, hint } = definition
  if (hint === L.HINT_MPLS) return `D['label']`
  if (definition.enum) return enumType(definition, nameOf)
  if (hint !== 0 && hint !== L.HINT_HEX) return `D['host']`
  return isWide(type) ? `D['wide']` : `D['int']`
}

/** Whether a value may have 8 bytes. */
function isWide(type: number): boolean {
  return type === L.TYPE_U64 || type === L.TYPE_S64 || type >= L.TYPE_UINT
}

function enumType({ type, flags, enum: table }: Definition, nameOf: NameTable): string {
  const name = nameOf(table as EnumModel)
  if (flags & L.DEFINITION_AS_FLAGS) return `Flags<D, ${name}>`
  return `${isWide(type) && type <= L.TYPE_SINT ? 'WideNamed' : 'Named'}<D, ${name}>`
}

function nestType(arg: Definition['arg'], nameOf: NameTable): string {
  if (arg?.kind !== 'set') return 'Unnamed<D>'
  // Many programs pass on 802.11 elements as bytes.
  const bytes = arg.form === L.FORM_ELEMENTS ? ` | Way<D, string | Uint8Array, never>` : ''
  return `${nameOf(arg)}<D>${bytes}`
}

/** A struct and the attributes behind it, in one object. */
function headedType({ arg, arg2 }: Definition, nameOf: NameTable): string {
  const struct = arg2 === undefined ? 'unknown' : `${nameOf(arg2)}<D>`
  return arg?.kind === 'set' ? besides(struct, arg2?.definitions ?? [], arg, nameOf) : struct
}

/** Members, and attributes: one that has the name of a member is "name#number". */
export function besides(
  members: string,
  definitions: readonly Definition[],
  set: SetTable,
  nameOf: NameTable,
): string {
  const twins = set.definitions.filter(({ name }) =>
    definitions.some((member) => member.name?.text === name?.text && member.type !== L.TYPE_PAD),
  )
  if (twins.length === 0) return `${members} & ${nameOf(set)}<D>`
  const names = union(twins.map(({ name }) => quoted(name?.text ?? '')))
  const spelled = twins.map(
    (twin) =>
      `${quoted(`${twin.name?.text}#${twin.id}`)}?: ${attributeType(twin, nameOf)} | undefined`,
  )
  return `${members} & Omit<${nameOf(set)}<D>, ${names}> & { ${spelled.join('; ')} }`
}

/** Formats of a sub-message, of which only the bytes or something farther away says which one it is. */
function choiceType(sub: SubTable, nameOf: NameTable): string {
  const types = sub.definitions.map((format) => attributeType(format, nameOf))
  if (sub.selectorKind === L.SELECTOR_REQUEST) {
    const asked = sub.definitions.filter(({ flags }) => !(flags & L.DEFINITION_DEFAULT))
    return `Way<D, ${union(asked.map((format) => attributeType(format, nameOf)))}, ${union(types)}>`
  }
  const isOpen = !sub.definitions.some(({ flags }) => flags & L.DEFINITION_DEFAULT)
  const isByLength = sub.selectorKind === L.SELECTOR_LENGTH
  return union(isOpen && !isByLength ? [...types, `D['unlisted']`] : types)
}

/** The names of an enum. */
export function enumNames({ name, values }: EnumModel): string[] {
  const more = LOOKUP_FLAGS[name]
  return [...values.map((value) => value.name.text), ...(more ? [more] : [])]
}
