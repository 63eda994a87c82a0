// The form in which schemas are shipped: what compiler/pack.ts writes and unpack.ts reads must agree on.
// In: nothing. Out: what the numbers of a packed schema say, its letters and its digits.

import * as L from '../../assembly/schema-layout.js'

// Kinds of tables. An element is one definition, without a head.
export const ELEMENT = 0
export const SET = 1
export const STRUCT = 2
export const SUB = 3
export const ENUM = 4
export const FAMILY = 5

/** How many bytes a table has before its definitions or values. */
export function headOf(kind: number): number {
  if (kind === ELEMENT) return 0
  return kind === FAMILY ? L.FAMILY_DEFINITIONS : L.TABLE_DEFINITIONS
}

// What a number is about: numbers of one stream are predicted from each other.
export const FIELD = 0
export const PLAIN = 1
export const ID = 2
export const TYPE = 3
export const FLAGS = 4
export const HINT = 5
export const SIZE = 6
export const VALUE = 7
export const KIND = 8
export const LETTER = 9
/** And of each kind of table that has names inside. */
export const NAME = 10
export const TITLE = NAME + FAMILY + 1
/** Of the field of a definition or a head that refers to another table. */
export const REF = TITLE + 1
export const STREAMS = REF + 16

// What a field of a head is.
export const FIELD_PLAIN = 0
export const FIELD_NAME = 1
export const FIELD_REF = 2

// Letters by how often they occur; the first ends a word. Behind them, the characters from 'A' on.
export const LETTERS = ' -etasrniopcldmfguhvbykxwq126403_8=5!79jz.'
export const letterOf = (value: number): string =>
  LETTERS[value] ?? String.fromCharCode(value - LETTERS.length + 65)
export const MARK_IDENTIFIER = '='
export const MARK_NONE = '!'

/** The text is of so many digits; before a bit is read, its range is widened to RANGE: all are small integers. */
export const DIGITS = 64
export const RANGE = DIGITS ** 4

/** A schema has no more bytes. */
export const MOST_BYTES = 1 << 20

export const mix = (a: number, b: number): number => (Math.imul(a ^ (a >>> 14), 0x2f0b4c47) + b) | 0

/** `ifla-mtu` → `IFLA_MTU`. */
export function upper(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}
