// Selects the format of a sub-message in a request, as assembly/sub-message.ts does in a message.
// In: the selector: an attribute that is given, bytes of the header, or the value itself. Out: the format, or undefined.

import {
  SELECTOR_LENGTH,
  SELECTOR_NUMBER,
  SELECTOR_REQUEST,
  SELECTOR_STRING,
  TYPE_HEADED,
  TYPE_NEST,
  TYPE_STRUCT,
  TYPE_SUB_MESSAGE,
  TYPE_U8,
} from '../../assembly/schema-layout.js'
import type { ByteOrder } from '../base/byte-order.js'
import { integerOf, isObject } from './encode-value.js'
import type { Field, FieldReader, FieldTable } from './field-reader.js'
import { pathOf } from './refusal.js'

/** The context of a whole message. */
export interface Coding {
  readonly fields: FieldReader
  readonly byteOrder: ByteOrder
  readonly isBig: boolean
  /** The fixed header, which may select formats. Empty until it is encoded. */
  header: Uint8Array
}

/** The attributes that are given beside and above a value, the innermost set first. */
export interface Scope {
  set: FieldTable
  given: ReadonlyMap<Field, unknown>
  path: string
  outer: Scope | undefined
}

/** The attribute that selects the format of `sub`, its path, and its value. */
export interface Selected {
  /** "linkinfo.kind" */
  path: string
  value: unknown
  format: Field | undefined
}

/** The selecting attribute of a sub-message; undefined if no set above has that attribute. */
export function selectByAttribute(
  fields: FieldReader,
  sub: number,
  scope: Scope | undefined,
): Selected | undefined {
  const { place, kind } = fields.selector(sub)
  for (let one = scope; one; one = one.outer) {
    const selector = one.set.fields.find(({ nameOffset }) => nameOffset === place)
    if (!selector) continue
    const given = one.given.get(selector)
    // If an attribute occurs several times, the last one counts, as in the kernel's nla_parse().
    const value = selector.isMulti && Array.isArray(given) ? given.at(-1) : given
    const path = pathOf(one.path, selector.name)
    if (value === undefined) return { path, value, format: fallback(fields, sub) }
    const format =
      kind === SELECTOR_STRING
        ? spelled(fields, sub, String(value))
        : numbered(fields, sub, integerOf(selector, value, path))
    return { path, value, format }
  }
  return undefined
}

/** Whether an attribute's value selects the format; otherwise bytes do. */
export function isByAttribute(fields: FieldReader, sub: number): boolean {
  const { kind } = fields.selector(sub)
  return kind === SELECTOR_STRING || kind === SELECTOR_NUMBER
}

/** The format of a sub-message that an integer among `bytes` selects: the message's header, or the value. */
export function selectByBytes(
  fields: FieldReader,
  sub: number,
  bytes: Uint8Array,
  isLittle: boolean,
): Field | undefined {
  const { place, type, kind } = fields.selector(sub)
  if (kind === SELECTOR_REQUEST) return numbered(fields, sub, 1n)
  if (kind === SELECTOR_LENGTH) return numbered(fields, sub, BigInt(bytes.length))
  const size = 1 << ((type - TYPE_U8) & 3)
  if (place + size > bytes.length) return fallback(fields, sub)
  let number = 0n
  for (let at = 0; at < size; at++) {
    const byte = bytes[place + (isLittle ? size - 1 - at : at)] as number
    number = (number << 8n) | BigInt(byte)
  }
  return numbered(fields, sub, number)
}

/**
 * The format of a sub-message that its own bytes select. If several formats can hold the value, it is the one with which
 * the decoder reads the value back. If none can, it is the one whose number the value contains, or the default.
 */
export function fittingFormat(
  { fields, isBig }: Coding,
  { type, arg }: Field,
  value: unknown,
  encode: (format: Field) => Uint8Array,
): Field | undefined {
  if (type !== TYPE_SUB_MESSAGE) return undefined
  const other = fallback(fields, arg)
  const isLength = fields.selector(arg).kind === SELECTOR_LENGTH
  const isGiven = !isObject(value) || Object.values(value).some((one) => one !== undefined)
  const rest = fields.table(arg).fields.filter((format) => format !== other)
  // If the length selects, the default is the newest struct. An older one may have the same names.
  const formats = other ? (isLength ? [other, ...rest] : [...rest, other]) : rest
  const fitting = formats.find((format) => {
    const bytes = hasNames(fields, format, value) ? attempt(() => encode(format)) : undefined
    if (!bytes || bytes.length === 0) return bytes !== undefined
    // A header without given members selects nothing.
    const isTelling = isLength || format === other || isGiven
    return isTelling && selectByBytes(fields, arg, bytes, !isBig) === format
  })
  return (
    fitting ?? formats.find((format) => isMeant(fields, arg, format, value)) ?? other ?? rest[0]
  )
}

/** Whether a format has all names of an object. That is cheaper than trying to encode it. */
function hasNames(fields: FieldReader, { type, arg, arg2 }: Field, value: unknown): boolean {
  const isStruct = type === TYPE_STRUCT
  if (!isObject(value) || !(isStruct || type === TYPE_HEADED || type === TYPE_NEST)) return true
  const members = fields.table(isStruct ? arg : arg2).byName
  const attributes = fields.set(isStruct ? 0 : arg).byName
  return Object.keys(value).every(
    (key) => members.has(key) || attributes.has(key) || key.includes('#'),
  )
}

/** Whether the value gives a format's selecting member the number of that format. */
function isMeant(fields: FieldReader, sub: number, format: Field, value: unknown): boolean {
  const member = selectingMember(fields, sub, format)
  const given = member && isObject(value) ? value[member.name] : undefined
  if (!member || given === undefined || format.isDefault) return false
  return attempt(() => integerOf(member, given, member.name)) === BigInt(format.id)
}

/** The member of a format's struct that selects the format. */
function selectingMember(
  fields: FieldReader,
  sub: number,
  { type, arg, arg2 }: Field,
): Field | undefined {
  if (type !== TYPE_STRUCT && type !== TYPE_HEADED) return undefined
  const { place } = fields.selector(sub)
  return fields.table(type === TYPE_STRUCT ? arg : arg2).fields.find(({ id }) => id === place)
}

/** The result of `make`; undefined if it throws because the value does not fit. */
function attempt<Made>(make: () => Made): Made | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}

/** The format that applies if no other does. */
export function fallback(fields: FieldReader, sub: number): Field | undefined {
  return fields.table(sub).fields.find(({ isDefault }) => isDefault)
}

function numbered(fields: FieldReader, sub: number, number: bigint): Field | undefined {
  const formats = fields.table(sub).fields
  const found = formats.find(({ id, isDefault }) => !isDefault && BigInt(id) === number)
  return found ?? fallback(fields, sub)
}

function spelled(fields: FieldReader, sub: number, word: string): Field | undefined {
  const formats = fields.table(sub).fields
  return formats.find(({ name, isDefault }) => !isDefault && name === word) ?? fallback(fields, sub)
}
