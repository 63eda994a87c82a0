// Decodes the value of a node: numbers, names of numbers, text, addresses.
// In: the bytes of the value, its type, and the names of the schema. Out: a value that owns its bytes.
// Never reads outside the range. If the length is wrong for the type, the node's status already says so.

import {
  HINT_HEX,
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
} from '../../assembly/schema-layout.js'
import { ipv6Text } from '../base/ipv6.js'
import { decodeText, hexText } from '../base/text.js'
import type { EnumTable } from './part.js'

/** One entry of a label stack (RFC 3032): label, traffic class, bottom of stack, time to live. */
export interface MplsEntry {
  label: number
  tc: number
  bos: boolean
  ttl: number
}

/** struct nla_bitfield32 of linux/netlink.h: `selector` says which bits of `value` count. */
export interface Bitfield32 {
  value: number | string[]
  selector: number | string[]
}

/**
 * An integer (a bigint beyond 2^53), the name of an enum's value, names of flags (and the bits without a name as
 * "0x…"), text, `true` for a flag attribute, an address as text, or bytes.
 */
export type NodeValue =
  | number
  | bigint
  | string
  | boolean
  | string[]
  | MplsEntry
  | Bitfield32
  | Uint8Array

export interface Typing {
  /** TYPE_… of assembly/schema-layout.ts. */
  type: number
  /** HINT_…. */
  hint: number
  isLittle: boolean
  /** Names of its numbers, and whether they are bits. */
  names: EnumTable | undefined
  isFlags: boolean
}

/** The form of enum values and flags. */
export interface ValueOptions {
  /** Enum values and flags by their names in C (IFF_UP) instead of those of the specs (up). */
  cNames?: boolean
  /** Enum values and flags as plain numbers. */
  raw?: boolean
}

/** Decodes bytes whose length is right for the type. */
export function readValue(
  bytes: Uint8Array,
  typing: Typing,
  options: ValueOptions = {},
): NodeValue | undefined {
  const { type, hint, isLittle } = typing
  const text = hintedText(bytes, hint)
  if (text !== undefined) return text
  if (type >= TYPE_U8 && type <= TYPE_SINT) return readInteger(bytes, typing, options)
  switch (type) {
    case TYPE_FLAG:
      return true
    case TYPE_STRING:
      return decodeText(untilNul(bytes)).text
    case TYPE_BITFIELD32: {
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      return {
        value: named(view.getUint32(0, isLittle), typing, options) as number | string[],
        selector: named(view.getUint32(4, isLittle), typing, options) as number | string[],
      }
    }
    case TYPE_PAD:
      return undefined
    default:
      return bytes.slice()
  }
}

/** TYPE_U8 to TYPE_U64, TYPE_S8 to TYPE_S64, TYPE_UINT and TYPE_SINT: the width is the value's length. */
function readInteger(bytes: Uint8Array, typing: Typing, options: ValueOptions): NodeValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { type, isLittle, hint } = typing
  const signed = (type >= TYPE_S8 && type <= TYPE_S64) || type === TYPE_SINT
  switch (bytes.length) {
    case 1:
      return named(signed ? view.getInt8(0) : view.getUint8(0), typing, options)
    case 2:
      return named(
        signed ? view.getInt16(0, isLittle) : view.getUint16(0, isLittle),
        typing,
        options,
      )
    case 4: {
      if (hint === HINT_MPLS) return mplsEntry(view.getUint32(0, isLittle))
      return named(
        signed ? view.getInt32(0, isLittle) : view.getUint32(0, isLittle),
        typing,
        options,
      )
    }
    default:
      return named(
        signed ? view.getBigInt64(0, isLittle) : view.getBigUint64(0, isLittle),
        typing,
        options,
      )
  }
}

function named(
  value: number | bigint,
  typing: Typing,
  options: ValueOptions,
): number | bigint | string | string[] {
  const isBig = typeof value === 'bigint'
  const plain = isBig && isSafe(value) ? Number(value) : value
  if (!typing.names || options.raw) return plain
  const unsigned = BigInt.asUintN(isBig ? 64 : 32, BigInt(value))
  const nameAt = (number: bigint) => {
    const entry = typing.names?.entries.get(number)
    return options.cNames ? (entry?.cName ?? entry?.name) : entry?.name
  }
  return (typing.isFlags ? flagNames(unsigned, nameAt) : nameAt(unsigned)) ?? plain
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
}

const BITS: readonly bigint[] = Array.from({ length: 64 }, (_, bit) => BigInt(bit))

/** The names of the bits that are set; those without a name together in hexadecimal, at the end. */
function flagNames(value: bigint, nameAt: (bit: bigint) => string | undefined): string[] {
  const found: string[] = []
  // Creating a bigint for each bit would make most of the garbage of a frame full of flags.
  const low = Number(value & 0xffffffffn)
  const high = Number(value >> 32n)
  let rest = 0n
  for (const bit of BITS) {
    const place = Number(bit)
    if ((((place < 32 ? low : high) >>> (place & 31)) & 1) === 0) continue
    const name = nameAt(bit)
    if (name === undefined) rest |= 1n << bit
    else found.push(name)
  }
  if (rest > 0n) found.push(`0x${rest.toString(16)}`)
  return found
}

/** Addresses and identifiers as text; undefined if the hint does not fit the length. */
function hintedText(bytes: Uint8Array, hint: number): string | undefined {
  const { length } = bytes
  switch (hint) {
    case HINT_MAC:
      return length > 0 ? hexText(bytes, ':') : undefined
    case HINT_IPV4:
      return length === 4 ? bytes.join('.') : undefined
    case HINT_IPV6:
      return length === 16 ? ipv6Text(bytes) : undefined
    case HINT_IP:
      return ipText(bytes)
    case HINT_LINK_ADDRESS:
      return ipText(bytes) ?? (length > 0 ? hexText(bytes, ':') : undefined)
    case HINT_TEXT:
      return printableText(bytes)
    case HINT_UUID:
      return length === 16 ? uuidText(bytes) : undefined
    default:
      return undefined
  }
}

function printableText(bytes: Uint8Array): string | undefined {
  const { text, lossy } = decodeText(bytes)
  return lossy || /\p{Cc}/u.test(text) ? undefined : text
}

function ipText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  return bytes.length === 16 ? ipv6Text(bytes) : undefined
}

function uuidText(bytes: Uint8Array): string {
  return hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Whether a number is shown in hexadecimal. */
export function isHex(hint: number): boolean {
  return hint === HINT_HEX
}

/**
 *    0                    20    23  24        32
 *   +--------------------+-----+---+---------+
 *   | label              | tc  | S | TTL     |
 *   +--------------------+-----+---+---------+
 */
function mplsEntry(value: number): MplsEntry {
  return {
    label: value >>> 12,
    tc: (value >>> 9) & 7,
    bos: ((value >>> 8) & 1) === 1,
    ttl: value & 255,
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
