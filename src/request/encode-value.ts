// Encodes the value of an attribute, a member or an element: the reverse of src/tree/value.ts.
// In: a value in JavaScript's own forms or as the decoder prints it, and the field with its type. Out: bytes, without
// header or padding, or an error that names the place if the field cannot hold the value.

import {
  HINT_IP,
  HINT_IPV4,
  HINT_IPV6,
  HINT_LINK_ADDRESS,
  HINT_MAC,
  HINT_MPLS,
  HINT_TEXT,
  HINT_UUID,
  TYPE_BITFIELD32,
  TYPE_FLAG,
  TYPE_PAD,
  TYPE_S8,
  TYPE_S64,
  TYPE_SINT,
  TYPE_STRING,
  TYPE_U8,
  TYPE_UINT,
} from '../../assembly/schema-layout.js'
import { hexBytes, ipBytes, ipv4Bytes, ipv6Bytes } from '../base/address-bytes.js'
import { invalidType, outOfRange } from '../base/errors.js'
import { encodeText, printable } from '../base/text.js'
import { concat } from '../message/builders.js'
import type { EnumTable } from '../tree/part.js'
import { CACHED_ROUTE_FLAGS, ROUTE_FLAGS } from '../tree/route-flags.js'
import type { Field } from './field-reader.js'
import { notWithin, tooLong, unknownName, wrongType } from './refusal.js'

/** The place that a value is for. */
export interface Place {
  /** The attribute in the request, as in errors: "linkinfo.data.id". */
  path: string
  isLittle: boolean
  /** Its bytes in a struct; 0 if it may have any length. */
  size: number
}

/** The bytes of a value that is not nested. */
export function encodeValue(field: Field, value: unknown, place: Place): Uint8Array {
  const { type } = field
  if (type >= TYPE_U8 && type <= TYPE_SINT) return encodeInteger(field, value, place)
  switch (type) {
    case TYPE_FLAG:
      if (value === true) return new Uint8Array(0)
      throw wrongType(place.path, 'true or false', value)
    case TYPE_STRING:
      return encodeString(value, place)
    case TYPE_BITFIELD32:
      return encodeBitfield(field, value, place)
    case TYPE_PAD:
      throw wrongType(place.path, 'nothing, as it is padding', value)
    default:
      return encodeBytes(field, value, place)
  }
}

/** An integer as a bigint: the value of a selector, or of an enum. */
export function integerOf(field: Field, value: unknown, path: string): bigint {
  if (field.isFlags && Array.isArray(value)) {
    return value.reduce((bits: bigint, one) => bits | bitsOf(field, one, path), 0n)
  }
  return field.isFlags && typeof value === 'string'
    ? bitsOf(field, value, path)
    : numberOf(field, value, path)
}

function numberOf(field: Field, value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string') {
    const number = (field.names && enumNumber(field.names, value)) ?? plainNumber(value)
    if (number !== undefined) return number
    if (field.names) throw unknownName(field.names, value, path)
  }
  const wanted = FORMS[field.hint] ?? (field.names ? 'a name or an integer' : 'an integer')
  if (Number.isInteger(value)) {
    throw outOfRange(`expected ${path} to be a bigint, as it is beyond 2^53, got ${value}`)
  }
  if (typeof value === 'number') throw outOfRange(`expected ${path} to be ${wanted}, got ${value}`)
  throw wrongType(path, wanted, value)
}

/** A flag by name, or all bits of a number. */
function bitsOf(field: Field, value: unknown, path: string): bigint {
  if (typeof value !== 'string') return numberOf(field, value, path)
  const isRoute = field.names?.name === ROUTE_FLAGS
  const known = field.names && enumNumber(field.names, value)
  const bit = known ?? (isRoute ? CACHED_ROUTE_FLAGS.get(value) : undefined)
  return bit === undefined ? numberOf(field, value, path) : 1n << bit
}

/** Decimal, or hexadecimal as the decoder prints bits without a name. */
function plainNumber(text: string): bigint | undefined {
  return /^(-?\d+|0x[\da-f]+)$/i.test(text) ? BigInt(text) : undefined
}

const numbers = new WeakMap<EnumTable, Map<string, bigint>>()

/** The number of an enum's name, the specs' or C's. */
export function enumNumber(names: EnumTable, word: string): bigint | undefined {
  let known = numbers.get(names)
  if (!known) {
    known = new Map()
    for (const [number, { name, cName }] of names.entries) {
      if (cName !== undefined) known.set(cName, number)
      known.set(name, number)
    }
    numbers.set(names, known)
  }
  return known.get(word)
}

/** TYPE_U8 to TYPE_U64, TYPE_S8 to TYPE_S64. TYPE_UINT and TYPE_SINT have 4 bytes if that is enough, else 8. */
function encodeInteger(field: Field, value: unknown, place: Place): Uint8Array {
  const { type, hint } = field
  if (hint === HINT_MPLS) return encodeMplsEntry(value, place)
  const text = typeof value === 'string' ? hintedBytes(value, hint) : undefined
  const isAuto = type >= TYPE_UINT
  const isSigned = (type >= TYPE_S8 && type <= TYPE_S64) || type === TYPE_SINT
  let width = isAuto ? 4 : 1 << ((type - TYPE_U8) & 3)
  if (text?.length === width) return text
  let number = integerOf(field, value, place.path)
  if (isAuto && !fits(number, 32, isSigned)) width = 8
  // The number of a name may be unsigned although the member is signed: 0xffffffff for -1.
  if (
    isSigned &&
    typeof value === 'string' &&
    field.names &&
    number >= 1n << BigInt(width * 8 - 1)
  ) {
    number = BigInt.asIntN(width * 8, number)
  }
  if (!fits(number, width * 8, isSigned)) throw notWithin(place.path, width * 8, isSigned, number)
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt.asUintN(width * 8, number), place.isLittle)
  const from = place.isLittle ? 0 : 8 - width
  return new Uint8Array(view.buffer, from, width)
}

function fits(number: bigint, bits: number, isSigned: boolean): boolean {
  return (isSigned ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) === number
}

function encodeString(value: unknown, { path, size }: Place): Uint8Array {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw wrongType(path, 'a string', value)
  }
  const bytes = typeof value === 'string' ? encodeText(value) : value
  if (bytes.includes(0)) throw outOfRange(`expected ${path} to be a string without NUL, got one`)
  if (size === 0) return concat([bytes, Uint8Array.of(0)])
  if (bytes.length > size) throw tooLong(path, size, bytes.length)
  return padded(bytes, size)
}

function encodeBitfield(field: Field, given: unknown, { path, isLittle }: Place): Uint8Array {
  const { value, selector = value } = plainObject(given, path, ['value', 'selector'])
  const view = new DataView(new ArrayBuffer(8))
  for (const [at, part, name] of [
    [0, value, 'value'],
    [4, selector, 'selector'],
  ] as const) {
    const number = integerOf(field, part, `${path}.${name}`)
    if (!fits(number, 32, false)) throw notWithin(`${path}.${name}`, 32, false, number)
    view.setUint32(at, Number(number), isLittle)
  }
  return new Uint8Array(view.buffer)
}

/** An object that has only these keys. */
export function plainObject(
  value: unknown,
  path: string,
  keys?: readonly string[],
): Record<string, unknown> {
  if (!isObject(value)) throw wrongType(path, 'an object', value)
  const stray = keys && Object.keys(value).find((key) => !keys.includes(key))
  if (stray === undefined) return value
  throw invalidType(`expected ${path} to have ${keys?.join(', ')}, got "${stray}"`)
}

/** An object of names and values: no array, no bytes. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** An MPLS label, or the parts of its entry: label 20 bits, traffic class 3, bottom of stack 1, time to live 8. */
function encodeMplsEntry(value: unknown, { path, isLittle }: Place): Uint8Array {
  const entry = typeof value === 'object' ? value : { label: value }
  const keys = ['label', 'tc', 'bos', 'ttl']
  const { label, tc = 0, bos = false, ttl = 0 } = plainObject(entry, path, keys)
  if (typeof bos !== 'boolean') throw wrongType(`${path}.bos`, 'true or false', bos)
  const bits = (number: unknown, name: string, width: number): number => {
    const isWithin = Number.isInteger(number) && (number as number) >= 0
    if (isWithin && (number as number) < 2 ** width) return number as number
    if (typeof number !== 'number') throw wrongType(`${path}.${name}`, 'an integer', number)
    throw outOfRange(
      `expected ${path}.${name} to be an integer from 0 to ${2 ** width - 1}, got ${number}`,
    )
  }
  const view = new DataView(new ArrayBuffer(4))
  const upper = bits(label, 'label', 20) * 4096 + bits(tc, 'tc', 3) * 512
  view.setUint32(0, upper + (bos ? 256 : 0) + bits(ttl, 'ttl', 8), isLittle)
  return new Uint8Array(view.buffer)
}

/** Bytes as they are, text in the form of the field's hint, or hexadecimal. */
function encodeBytes(field: Field, value: unknown, { path, size }: Place): Uint8Array {
  const { hint } = field
  const wanted = size || field.size
  let bytes = value instanceof Uint8Array ? value : undefined
  if (value === null) bytes = new Uint8Array(0)
  if (typeof value === 'string') {
    bytes = hint in FORMS && value !== '' ? hintedBytes(value, hint) : hexBytes(value)
    // An IPv4 address in a member with room for an IPv6 address.
    if (bytes?.length === 4 && wanted === 16 && hint !== 0) bytes = padded(bytes, 16)
    if (!bytes)
      throw outOfRange(`expected ${path} to be ${formOf(hint)}, got "${printable(value)}"`)
  }
  if (!bytes) throw wrongType(path, hint === 0 ? 'bytes' : formOf(hint), value)
  const isShorter = hint === HINT_TEXT || hint === HINT_LINK_ADDRESS
  if (isShorter && bytes.length < size) return padded(bytes, size)
  if (wanted === 0 || bytes.length === wanted) return bytes
  throw outOfRange(`expected ${path} to have ${wanted} bytes, got ${bytes.length}`)
}

/** The bytes of text in the form of a hint; undefined if it has another form. */
function hintedBytes(text: string, hint: number): Uint8Array | undefined {
  switch (hint) {
    case HINT_MAC:
      return hexBytes(text, ':')
    case HINT_IPV4:
      return ipv4Bytes(text)
    case HINT_IPV6:
      return ipv6Bytes(text)
    case HINT_IP:
      return ipBytes(text)
    case HINT_LINK_ADDRESS:
      return hexBytes(text, ':') ?? ipBytes(text)
    case HINT_TEXT:
      return encodeText(text)
    case HINT_UUID:
      return hexBytes(text.replaceAll('-', ''))
    default:
      return undefined
  }
}

const FORMS: Readonly<Record<number, string>> = {
  [HINT_MAC]: 'a MAC address',
  [HINT_IPV4]: 'an IPv4 address',
  [HINT_IPV6]: 'an IPv6 address',
  [HINT_IP]: 'an IP address',
  [HINT_LINK_ADDRESS]: 'a link-layer address',
  [HINT_TEXT]: 'a string',
  [HINT_UUID]: 'a UUID',
}

function formOf(hint: number): string {
  return FORMS[hint] ?? 'bytes in hexadecimal'
}

/** `bytes`, and zeros up to `size`. */
export function padded(bytes: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size)
  whole.set(bytes)
  return whole
}
