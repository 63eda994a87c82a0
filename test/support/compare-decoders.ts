// Holds the decoder against the second one: the same messages, fields, error codes and places.
// In: bytes. Out: messages, or an error that shows the bytes.

import { decodeMessages, type NetlinkMessage } from 'netlink-wasm'
import * as assert from 'uvu/assert'
import { type ReferenceMessage, referenceDecode } from './reference.ts'

/** What the second decoder makes of `data`; fails unless the first makes the same of it. */
export function compare(data: Uint8Array, little: boolean, where: string): ReferenceMessage[] {
  const expected = referenceDecode(data, little)
  const actual = decodeMessages(data, { byteOrder: little ? 'little' : 'big' })
  same(actual.map(plain), expected, data, `${where}, ${little ? 'little' : 'big'}-endian`)
  return expected
}

/** A message with its error as code and place, as the second decoder has it. */
function plain(message: NetlinkMessage): unknown {
  if (message.kind !== 'malformed') return message
  return { ...message, error: { code: message.error.code, offset: message.error.offset } }
}

export function same(actual: unknown, expected: unknown, data: Uint8Array, where: string): void {
  if (isEqual(actual, expected)) return
  assert.equal(actual, expected, `${where}\n${dump(data)}`)
  assert.unreachable(`${where}: expected the same keys\n${dump(data)}`)
}

/** Deep equality, keys in any order; several times as fast as uvu's. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && isEqual(a[key as never], b[key as never]))
  )
}

function dump(data: Uint8Array): string {
  const hex = Buffer.from(data.subarray(0, 4096)).toString('hex')
  const lines = hex.match(/.{1,64}/g) ?? []
  return [`${data.length} bytes`, ...lines.map((line) => line.replace(/../g, '$& '))].join('\n')
}
