// Checks of what a caller passes, for every public function: an error names the argument and shows what was given.

import { invalidType, outOfRange } from './errors.js'

/** A value, as an error shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 50 ? `${value.slice(0, 50)}…` : value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  const { name = 'object' } = (value.constructor ?? {}) as { name?: string }
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name === 'Object' ? 'object' : name}`
}

/** A TypeError: `what` was expected, and `value` given. */
export function expected(what: string, value: unknown): TypeError {
  return invalidType(`expected ${what}, got ${shown(value)}`)
}

/** @throws TypeError unless `value` is an object; an array is none. */
export function checkObject(name: string, value: unknown): void {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject) throw expected(`${name} to be an object`, value)
}

/** @throws TypeError */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw expected(`${name} to be a function`, value)
}

/** @throws TypeError, or RangeError for a text that is no choice. */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  const what = `${name} to be ${choices.map(shown).join(' or ')}`
  if (typeof value !== 'string') throw expected(what, value)
  if (!choices.includes(value)) throw outOfRange(`expected ${what}, got ${shown(value)}`)
}

/** @throws TypeError */
export function checkBytes(name: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw expected(`${name} to be a Uint8Array`, value)
}

/** @throws TypeError unless `value` can be iterated, and is no text, which would be taken letter by letter. */
export function checkList(name: string, value: unknown, of = ''): void {
  const isList = typeof value === 'object' && value !== null && Symbol.iterator in value
  if (!isList) throw expected(`${name} to be a list${of && ` of ${of}`}`, value)
}

/** @throws TypeError, or RangeError for less than 0 and NaN. */
export function checkMilliseconds(name: string, value: unknown): void {
  if (typeof value !== 'number') throw expected(`${name} to be a number of milliseconds`, value)
  if (!(value >= 0)) throw outOfRange(`expected ${name} to be 0 or more milliseconds, got ${value}`)
}
