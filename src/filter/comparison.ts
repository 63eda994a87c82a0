// Comparisons of a filter: what an operator and a word say of one value.
// In: an operator and what is written after it. Out: a test of values.

import { ipBytes } from '../base/address-bytes.js'

export type Test = (value: unknown) => boolean

/** Reports what was expected after the operator, and what is there instead. */
export type Fail = (expected: string, got: string) => Error

/** How many characters of a text are looked at. The time of many patterns grows with their square. */
const MATCHED_MAX = 4096

/** @throws what `fail` returns */
export function comparison(operator: string, word: string, fail: Fail): Test {
  switch (operator) {
    case '==':
    case '!=':
      return equality(word)
    case 'contains':
      return (value) => textOf(value).includes(word)
    case '=~':
      return pattern(word, '', fail)
    case 'matches':
      return pattern(word, 'i', fail)
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const number = numberOf(word)
      if (number === undefined) throw fail('a number', `"${word}"`)
      return (value) => orders(value, operator, number)
    }
    default:
      throw fail('one of == != < <= > >= =~ contains matches in', operator)
  }
}

/** A value of `in { … }`, or of `==`: a word, a number, or a network, which has addresses in it. */
function equality(word: string): Test {
  const number = numberOf(word)
  const network = networkOf(word)
  return (value) =>
    String(value) === word ||
    (number !== undefined && equals(value, number)) ||
    (network !== undefined && typeof value === 'string' && isWithin(value, network))
}

export function membership(words: readonly string[]): Test {
  const tests = words.map(equality)
  return (value) => tests.some((test) => test(value))
}

function pattern(word: string, flags: string, fail: Fail): Test {
  try {
    const expression = new RegExp(word, flags)
    return (value) => expression.test(textOf(value))
  } catch (error) {
    throw fail('a regular expression', (error as Error).message)
  }
}

function textOf(value: unknown): string {
  return String(value).slice(0, MATCHED_MAX)
}

function equals(value: unknown, number: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number of one value are equal here
  return (typeof value === 'number' || typeof value === 'bigint') && value == number
}

function orders(value: unknown, operator: string, number: number | bigint): boolean {
  if (typeof value !== 'number' && typeof value !== 'bigint') return false
  if (operator === '<') return value < number
  if (operator === '<=') return value <= number
  return operator === '>' ? value > number : value >= number
}

/** Integers exactly, whatever their size. */
function numberOf(word: string): number | bigint | undefined {
  const [, sign, digits = '', fraction] = /^(-?)(0x[0-9a-f]+|\d+(\.\d+)?)$/i.exec(word) ?? []
  if (sign === undefined) return undefined
  const size = fraction === undefined ? BigInt(digits) : Number(digits)
  return sign === '' ? size : -size
}

interface Network {
  bytes: Uint8Array
  bits: number
}

/** "10.0.0.0/8", "fe80::/64" */
function networkOf(word: string): Network | undefined {
  const [, address = '', length = ''] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(word) ?? []
  const bytes = address === '' ? undefined : ipBytes(address)
  const bits = Number(length)
  return bytes && bits <= bytes.length * 8 ? { bytes, bits } : undefined
}

function isWithin(value: string, { bytes, bits }: Network): boolean {
  const address = ipBytes(value)
  if (address?.length !== bytes.length) return false
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff00 >> Math.min(8, bits - at * 8)
    if ((((address[at] as number) ^ (bytes[at] as number)) & mask & 0xff) !== 0) return false
  }
  return true
}
