// Splits a flat object into the members of a struct and the attributes of a set.
// In: an object by the specs' names or the C names. Out: the value for each field, or an error for an unknown name.

import { TYPE_NEST, TYPE_OPAQUE, TYPE_STRUCT, TYPE_U64 } from '../../assembly/schema-layout.js'
import { invalidType } from '../base/errors.js'
import { isObject } from './encode-value.js'
import type { Field, FieldTable } from './field-reader.js'
import { pathOf, said } from './refusal.js'

export type Values = Readonly<Record<string, unknown>>
export type Given = ReadonlyMap<Field, unknown>

/** Separates the members of a struct from the attributes after it. A value of undefined counts as not given. */
export function givenFields(
  values: Values,
  struct: FieldTable,
  set: FieldTable | undefined,
  path: string,
): { members: Map<Field, unknown>; attributes: Map<Field, unknown> } {
  const members = new Map<Field, unknown>()
  const attributes = new Map<Field, unknown>()
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue
    const member = struct.byName.get(key)
    const twin = member && set?.byName.get(member.name)
    if (member && !(twin && isBeyond(member, twin, value))) members.set(member, value)
    else {
      const attribute = twin ?? attributeOf(key, value, struct, set, path)
      if (attributes.has(attribute)) throw givenTwice(attribute, struct, path)
      attributes.set(attribute, value)
    }
  }
  return { members, attributes }
}

/** Whether a member has no room for what the attribute of the same name takes: `table` of a rule, `loss` of netem. */
function isBeyond(member: Field, twin: Field, value: unknown): boolean {
  if (isObject(value)) return twin.type === TYPE_NEST && member.type < TYPE_STRUCT
  const isWider = twin.type > member.type && twin.type <= TYPE_U64
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  const isText = typeof value === 'string' && /^\d+$/.test(value)
  return isWider && (isNumber || isText) && Number(value) >= 2 ** (member.size * 8)
}

function givenTwice(field: Field, struct: FieldTable, path: string): TypeError {
  return invalidType(`expected ${pathOf(path, spelling(field, struct))} once, got it twice`)
}

/** What an attribute is called: "table#15" where the header in front of it has a `table`, too. */
export function spelling({ name, id }: Field, struct: FieldTable | undefined): string {
  return struct?.byName.has(name) ? `${name}#${id}` : name
}

/**
 * Finds an attribute by its name. If the header also has a `table`, "table#15" is the attribute, whose number is 15. "#57"
 * is an attribute that the schema does not have, and "unspec" is the one with number 0.
 */
function attributeOf(
  key: string,
  value: unknown,
  struct: FieldTable,
  set: FieldTable | undefined,
  path: string,
): Field {
  const named = set?.byName.get(key)
  if (named) return named
  const [, name = '', number] = /^(.*)#(\d{1,5})$/.exec(key === 'unspec' ? '#0' : key) ?? []
  const id = Number(number)
  const found = set?.fields.find((field) => field.id === id && (name === '' || field.name === name))
  if (found) return found
  if (set && name === '' && id <= NUMBER_MAX) return unknownField(id, key, value)
  const names = [...struct.fields, ...(set?.fields ?? [])].map((field) => field.name)
  const owner = [struct.name, set?.name].filter(Boolean).join(' or ')
  const got = said(key, names, path)
  throw invalidType(`expected ${owner ? `a name of ${owner}` : 'a number as "#1"'}, got ${got}`)
}

/** NLA_TYPE_MASK of linux/netlink.h. */
const NUMBER_MAX = 0x3fff

/** A field that is not in the schema: bytes, or attributes by number. */
export function unknownField(id: number, name: string, value: unknown): Field {
  return {
    ...{ id, name, nameOffset: 0, arg: 0, arg2: 0, names: undefined, hint: 0, size: 0 },
    ...{ isBigEndian: false, isMulti: false, isFlags: false, isDefault: false, isNetOrder: false },
    type: isObject(value) ? TYPE_NEST : TYPE_OPAQUE,
  }
}
