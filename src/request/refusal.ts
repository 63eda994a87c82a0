// The errors for requests that cannot be encoded: they name the place, what was expected and what was given.
// In: a path, a value. Out: TypeErrors and RangeErrors, which the callers throw.

import { invalidType, outOfRange } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { printable } from '../base/text.js'
import type { EnumTable } from '../tree/part.js'

/** A name below a path: "linkinfo" and "kind" are "linkinfo.kind". */
export function pathOf(above: string, name: string): string {
  return above === '' ? name : `${above}.${name}`
}

/** A word in quotes, with a suggestion if a name is near; both with `path` in front. */
export function said(word: string, names: readonly string[], path = ''): string {
  const near = nearest(word, names)
  const got = `"${printable(pathOf(path, word))}"`
  return near === undefined ? got : `${got}: did you mean "${pathOf(path, near)}"?`
}

const NAMES_SHOWN = 12

/** The error for a word that is no name of an enum. */
export function unknownName({ name, entries }: EnumTable, word: string, path: string): RangeError {
  const names = Array.from(entries.values(), (entry) => entry.name)
  const expected = `expected ${path} to be a name of ${name}, got ${said(word, names)}`
  if (nearest(word, names) !== undefined) return outOfRange(expected)
  const some = names.slice(0, NAMES_SHOWN).join(', ')
  return outOfRange(`${expected}; there are ${some}${names.length > NAMES_SHOWN ? ', …' : ''}`)
}

export function notWithin(
  path: string,
  bits: number,
  isSigned: boolean,
  number: bigint,
): RangeError {
  const span = 1n << BigInt(bits)
  const [least, most] = isSigned ? [-span / 2n, span / 2n - 1n] : [0n, span - 1n]
  return outOfRange(`expected ${path} to be an integer from ${least} to ${most}, got ${number}`)
}

export function tooLong(path: string, most: number, got: number): RangeError {
  return outOfRange(`expected ${path} to have at most ${most} bytes, got ${got}`)
}

export function wrongType(path: string, wanted: string, got: unknown): TypeError {
  return invalidType(`expected ${path} to be ${wanted}, got ${shown(got)}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
