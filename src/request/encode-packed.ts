// Encodes structs and arrays: the reverse of assembly/struct.ts.
// In: members by field, elements in order. Out: their bytes, with zeros for what is not given.

import { HINT_MPLS, TYPE_ARRAY, TYPE_STRUCT } from '../../assembly/schema-layout.js'
import { concat } from '../message/builders.js'
import type { EnumTable } from '../tree/part.js'
import { withFamily } from './address-family.js'
import { encodeValue, enumNumber, isObject, plainObject } from './encode-value.js'
import type { Field } from './field-reader.js'
import { type Given, givenFields } from './given-fields.js'
import { pathOf, tooLong, unknownName, wrongType } from './refusal.js'
import { type Coding, fittingFormat } from './select-format.js'

/** A struct. If its last member may have any length, the struct is as long as its value needs. */
export function encodeStruct(
  coding: Coding,
  struct: number,
  given: Given,
  path: string,
  isBig: boolean,
): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(coding.fields.structSize(struct))
  for (const member of coding.fields.table(struct).fields) {
    const value = given.get(member)
    if (value === undefined) continue
    const name = pathOf(path, member.name)
    const own = encodePacked(coding, member, value, name, isBig || member.isBigEndian, member.size)
    if (member.size === 0) bytes = concat([bytes.subarray(0, member.id), own])
    else if (own.length > member.size) throw tooLong(name, member.size, own.length)
    else bytes.set(own, member.id)
  }
  return bytes
}

/** A member of a struct, an element of an array, or the whole value of an attribute that is no nest. */
export function encodePacked(
  coding: Coding,
  field: Field,
  value: unknown,
  path: string,
  isBig: boolean,
  size: number,
): Uint8Array {
  const tried = (format: Field) => encodePacked(coding, format, value, path, isBig, size)
  const content = fittingFormat(coding, field, value, tried) ?? field
  if (content.type === TYPE_STRUCT) {
    if (value instanceof Uint8Array) return value
    const table = coding.fields.table(content.arg)
    const { members } = givenFields(plainObject(value, path), table, undefined, path)
    const given = withFamily(coding.fields, content.arg, members, members)
    return encodeStruct(coding, content.arg, given, path, isBig)
  }
  if (content.type === TYPE_ARRAY) return encodeArray(coding, content, value, path, isBig)
  return encodeValue(content, value, { path, isLittle: !isBig, size })
}

/** Elements one after the other: given as an array or, if they have names, as an object. */
function encodeArray(
  coding: Coding,
  field: Field,
  value: unknown,
  path: string,
  isBig: boolean,
): Uint8Array {
  if (value instanceof Uint8Array) return value
  const each = coding.fields.field(field.arg)
  const order = isBig || each.isBigEndian
  const elements = field.names && isObject(value) ? byIndex(field.names, value, path) : value
  if (!Array.isArray(elements)) throw wrongType(path, 'an array', value)
  const encoded = Array.from(elements, (one, index) => {
    if (one === undefined) return undefined
    // The last label of a stack is its bottom.
    const isBottom = index === elements.length - 1
    const element = each.hint === HINT_MPLS ? labelOf(one, isBottom) : one
    return encodePacked(coding, each, element, `${path}[${index}]`, order, each.size)
  })
  const size = encoded.find((one) => one !== undefined)?.length ?? 0
  return concat(encoded.map((one) => one ?? new Uint8Array(size)))
}

function labelOf(value: unknown, isBottom: boolean): unknown {
  return isObject(value) ? { bos: isBottom, ...value } : { label: value, bos: isBottom }
}

/** The elements of an array from an object with their names as keys. The first has the enum's lowest number. */
function byIndex(names: EnumTable, values: Record<string, unknown>, path: string): unknown[] {
  const [first = 0n] = names.entries.keys()
  const elements: unknown[] = []
  for (const [key, value] of Object.entries(values)) {
    const number = /^#(\d{1,4})$/.exec(key)?.[1]
    const named = enumNumber(names, key)
    if (named !== undefined) elements[Number(named - first)] = value
    else if (number !== undefined) elements[Number(number)] = value
    else throw unknownName(names, key, path)
  }
  return elements
}
