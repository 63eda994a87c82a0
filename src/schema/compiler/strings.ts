// The strings of a part: each text once, in order of first use.
// In: names. Out: their u16 offsets and the bytes: UTF-8, then byte 0, or byte 1, a C identifier and byte 0,
// or bytes 2 and 0 where there is no C identifier. It never holds the same name twice.

import type { Name } from './model.js'

export interface Strings {
  /** The offset of a name; 0 for none and for the empty one. */
  add(name: Name | string | undefined): number
  bytes(): Uint8Array
}

const encoder = new TextEncoder()

export function createStrings(): Strings {
  const offsets = new Map<string, number>([['\0', 0]])
  const chunks: Uint8Array[] = [new Uint8Array(1)]
  let length = 1
  return {
    add(name) {
      if (name === undefined) return 0
      const { text, c } = typeof name === 'string' ? { text: name } : name
      const whole =
        c === undefined ? `${text}\0` : c === null ? `${text}\x02\0` : `${text}\x01${c}\0`
      const known = offsets.get(whole)
      if (known !== undefined) return known
      const chunk = encoder.encode(whole)
      const offset = length
      if (offset > 0xffff)
        throw new RangeError(`expected up to 65535 bytes of strings, got ${offset}`)
      offsets.set(whole, offset)
      chunks.push(chunk)
      length += chunk.length
      return offset
    },
    bytes() {
      const all = new Uint8Array(length)
      let at = 0
      for (const chunk of chunks) {
        all.set(chunk, at)
        at += chunk.length
      }
      return all
    },
  }
}
