// Encodes attributes: the reverse of assembly/chain.ts and assembly/value-nodes.ts.
// In: values for the attributes of a set. Out: a chain of attributes, aligned and padded by src/message/builders.ts.

import { NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_TYPE_MASK } from '../../assembly/contract.js'
import {
  FORM_ELEMENTS,
  SELECTOR_BODY,
  SELECTOR_REQUEST,
  TYPE_ARRAY,
  TYPE_FLAG,
  TYPE_HEADED,
  TYPE_INDEXED,
  TYPE_MESSAGE,
  TYPE_NEST,
  TYPE_RECORDS,
  TYPE_SUB_MESSAGE,
  TYPE_TYPE_VALUE,
} from '../../assembly/schema-layout.js'
import { invalidType, outOfRange } from '../base/errors.js'
import { attribute, concat } from '../message/builders.js'
import { encodePacked, encodeStruct } from './encode-packed.js'
import { encodeValue, isObject, padded, plainObject } from './encode-value.js'
import type { Field, FieldTable } from './field-reader.js'
import { type Given, givenFields, spelling, unknownField, type Values } from './given-fields.js'
import { pathOf, said, tooLong, wrongType } from './refusal.js'
import {
  type Coding,
  fittingFormat,
  isByAttribute,
  type Scope,
  selectByAttribute,
  selectByBytes,
} from './select-format.js'

/** The longest value: nla_len has 16 bits. */
const PAYLOAD_MAX = 0xffff - 4

const NESTS: ReadonlySet<number> = new Set([TYPE_NEST, TYPE_INDEXED, TYPE_TYPE_VALUE])

/** The attributes of a set, in the order in which they are given; `header` is the struct in front of them. */
export function encodeChain(
  coding: Coding,
  set: number,
  given: Given,
  path: string,
  outer: Scope | undefined,
  header?: FieldTable,
): Uint8Array {
  const scope = { set: coding.fields.set(set), given, path, outer }
  const isElements = coding.fields.form(set) === FORM_ELEMENTS
  const pieces: Uint8Array[] = []
  for (const [field, value] of given) {
    const name = pathOf(path, spelling(field, header))
    for (const [where, one] of repeats(coding, field, value, name, scope)) {
      pieces.push(
        isElements ? element(coding, field, one, where) : encoded(coding, field, one, where, scope),
      )
    }
  }
  return concat(pieces)
}

/** An attribute that may occur several times is given as an array. */
function repeats(
  coding: Coding,
  field: Field,
  value: unknown,
  path: string,
  scope: Scope,
): (readonly [path: string, value: unknown])[] {
  if (!Array.isArray(value)) return [[path, value]]
  const isOne = !field.isMulti && takesArray(contentOf(coding, field, value, path, scope))
  return isOne ? [[path, value]] : value.map((one, index) => [`${path}[${index}]`, one])
}

function takesArray({ type, isFlags }: Field): boolean {
  return isFlags || type === TYPE_ARRAY || type === TYPE_INDEXED || type === TYPE_RECORDS
}

function encoded(
  coding: Coding,
  field: Field,
  value: unknown,
  path: string,
  scope: Scope,
): Uint8Array {
  const content = contentOf(coding, field, value, path, scope)
  if (content.type === TYPE_FLAG && value === false) return new Uint8Array(0)
  const isBig = coding.isBig || field.isBigEndian || content.isBigEndian
  const bytes = payload(coding, content, value, path, scope, isBig)
  if (bytes.length > PAYLOAD_MAX) throw tooLong(path, PAYLOAD_MAX, bytes.length)
  const isNest = NESTS.has(content.type)
  const type =
    field.id | (isNest ? NLA_F_NESTED : 0) | (content.isNetOrder ? NLA_F_NET_BYTEORDER : 0)
  return attribute(type, bytes, { byteOrder: coding.byteOrder })
}

/**
 * An element of IEEE 802.11. One with a number from 256 on has the id 255, and the lower byte of its number before the value.
 *
 *    0    1     2
 *   | id | len | value ... |
 */
function element(coding: Coding, field: Field, value: unknown, path: string): Uint8Array {
  const isBig = coding.isBig || field.isBigEndian
  const bytes = encodePacked(coding, field, value, path, isBig, 0)
  const extension = field.id > 0xff ? [field.id & 0xff] : []
  const length = bytes.length + extension.length
  if (length > 0xff) throw tooLong(path, 0xff - extension.length, bytes.length)
  return concat([Uint8Array.of(Math.min(field.id, 0xff), length, ...extension), bytes])
}

/** The definition that applies: the field's own, or the format of its sub-message. */
function contentOf(
  coding: Coding,
  field: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
): Field {
  const { fields, header, isBig } = coding
  if (field.type !== TYPE_SUB_MESSAGE) return field
  const { kind } = fields.selector(field.arg)
  let format: Field | undefined
  if (isByAttribute(fields, field.arg)) {
    const selected = selectByAttribute(fields, field.arg, scope)
    format = selected?.format
    if (selected && !format && isNamed(value)) {
      const names = fields.table(field.arg).fields.map(({ name }) => name)
      if (selected.value !== undefined) {
        const got = said(String(selected.value), names)
        throw outOfRange(`expected ${selected.path} to have a format for ${path}, got ${got}`)
      }
      throw invalidType(`expected ${selected.path}, which says what ${path} is, got none`)
    }
  } else if (kind === SELECTOR_BODY || kind === SELECTOR_REQUEST) {
    format = selectByBytes(fields, field.arg, header, !isBig)
  } else {
    const order = isBig || field.isBigEndian
    format = fittingFormat(coding, field, value, (one) => {
      const content = contentOf(coding, one, value, path, scope)
      return payload(coding, content, value, path, scope, order || content.isBigEndian)
    })
  }
  return format
    ? contentOf(coding, format, value, path, scope)
    : unknownField(field.id, field.name, value)
}

/** Attributes by name: only a format has them. */
function isNamed(value: unknown): boolean {
  return isObject(value) && Object.keys(value).some((key) => !/^#\d+$/.test(key))
}

function payload(
  coding: Coding,
  content: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
  isBig: boolean,
): Uint8Array {
  const { fields } = coding
  const { type, arg } = content
  switch (type) {
    case TYPE_NEST: {
      // Many programs pass on 802.11 elements as bytes.
      const isBytes = fields.form(arg) === FORM_ELEMENTS && !isObject(value)
      if (isBytes)
        return encodeValue(unknownField(0, '', value), value, { path, isLittle: !isBig, size: 0 })
      return encodeNest(coding, arg, plainObject(value, path), path, scope)
    }
    case TYPE_HEADED:
      return headed(coding, content, value, path, scope, isBig)
    case TYPE_RECORDS:
      return concat(
        listOf(value, path).map((one, index) =>
          record(coding, content, one, `${path}[${index}]`, scope),
        ),
      )
    case TYPE_INDEXED:
      return indexed(coding, fields.field(arg), value, path, scope)
    case TYPE_TYPE_VALUE:
      return typeValues(coding, fields.field(arg), value, path, scope)
    case TYPE_MESSAGE:
      if (value instanceof Uint8Array) return value
      throw wrongType(path, 'the bytes of a message', value)
    default:
      return encodePacked(coding, content, value, path, isBig, 0)
  }
}

/** The attributes of a set without a header. */
export function encodeNest(
  coding: Coding,
  set: number,
  values: Values,
  path: string,
  scope: Scope | undefined,
): Uint8Array {
  const { attributes } = givenFields(values, coding.fields.table(0), coding.fields.set(set), path)
  return encodeChain(coding, set, attributes, path, scope)
}

/** A struct, padding to 4 bytes if something follows, and attributes. */
function headed(
  coding: Coding,
  { arg, arg2 }: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
  isBig: boolean,
): Uint8Array {
  const [struct, set] = [coding.fields.table(arg2), coding.fields.set(arg)]
  const { members, attributes } = givenFields(plainObject(value, path), struct, set, path)
  const header = encodeStruct(coding, arg2, members, path, isBig)
  return joined(header, encodeChain(coding, arg, attributes, path, scope, struct))
}

/** A fixed header, and the attributes after it, which are aligned. */
export function joined(header: Uint8Array, chain: Uint8Array): Uint8Array {
  return concat(chain.length === 0 ? [header] : [header, new Uint8Array(-header.length & 3), chain])
}

/** As struct rtnexthop: the first two bytes are the record's length. */
function record(
  coding: Coding,
  content: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
): Uint8Array {
  const bytes = headed(coding, content, value, path, scope, coding.isBig)
  new DataView(bytes.buffer).setUint16(0, bytes.length, !coding.isBig)
  return padded(bytes, (bytes.length + 3) & ~3)
}

/** Attributes whose number is the element's index. It starts at 1: for tc's actions, 0 means none. */
function indexed(
  coding: Coding,
  each: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
): Uint8Array {
  const around = { set: coding.fields.set(0), given: new Map(), path, outer: scope }
  return concat(
    listOf(value, path).map((one, index) =>
      encoded(coding, { ...each, id: index + 1 }, one, `${path}[${index}]`, around),
    ),
  )
}

/** Attributes whose number is a value: given as an object with numbers as keys. */
function typeValues(
  coding: Coding,
  each: Field,
  value: unknown,
  path: string,
  scope: Scope | undefined,
): Uint8Array {
  const around = { set: coding.fields.set(0), given: new Map(), path, outer: scope }
  const pieces: Uint8Array[] = []
  for (const [key, one] of Object.entries(plainObject(value, path))) {
    if (!/^\d{1,5}$/.test(key)) throw invalidType(`expected ${path} to have numbers, got "${key}"`)
    const field = { ...each, id: Number(key) & NLA_TYPE_MASK }
    const where = pathOf(path, key)
    const all = Array.isArray(one) ? one : [one]
    pieces.push(...all.map((single) => encoded(coding, field, single, where, around)))
  }
  return concat(pieces)
}

function listOf(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value
  throw wrongType(path, 'an array', value)
}
