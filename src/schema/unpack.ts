// Unpacks a shipped schema into the parts that the WebAssembly module walks.
// In: the text that src/schema/compiler/pack.ts makes. Out: parts of assembly/schema-layout.ts, one behind the other.
// It trusts the text, which comes from the package itself.

import * as L from '../../assembly/schema-layout.js'
import * as F from './packed-form.js'
import { mix } from './packed-form.js'
import { createModel, type NextNumber } from './predictor.js'

/** The parts that `text` holds, one behind the other. */
export function unpack(text: string): Uint8Array {
  let at = 0
  let range = 1
  let code = 0
  const next = createModel((chance) => {
    for (; range < F.RANGE; range *= F.DIGITS) {
      const digit = text.charCodeAt(at++) - 35
      code = code * F.DIGITS + digit - (digit > 56 ? 1 : 0)
    }
    const bound = (range * chance) | 0
    if (code < bound) {
      range = bound
      return 1
    }
    code -= bound
    range -= bound
    return 0
  })
  return readParts(next, () => at < text.length)
}

/** The parts that the numbers tell of, while there are more. */
export function readParts(next: NextNumber, hasMore: () => boolean): Uint8Array {
  const bytes = new Uint8Array(F.MOST_BYTES)
  const words: string[] = []
  const before = new Float64Array(F.STREAMS)
  const follow = new Int32Array(F.STREAMS)
  /** The last letters, and the last new word. */
  let [one, two, three] = [0, 0, 0]
  let above = ''
  /** Of the last name: which it is, and what its last part is. */
  let word = 0
  let tail = 0

  /** A number of a stream, in its place: what is likely there, and what was before. */
  function number(stream: number, a: number, b: number): number {
    const last = before[stream] as number
    before[stream] = next(stream, [a, b, last, mix(a, last), mix(a, b)])
    return before[stream] as number
  }

  function nextWord(place: number): string {
    let text = ''
    for (let part = 0; ; ) {
      const pair = mix(one, two)
      const triple = mix(pair, three)
      const value = next(F.LETTER, [
        mix(one, place),
        pair,
        triple,
        part,
        above.startsWith(text) ? above.charCodeAt(text.length) | 0 : -1,
      ])
      three = two
      two = one
      one = value
      if (value === 0) break
      text += F.letterOf(value)
      part = value === 1 ? 0 : mix(part, value)
    }
    above = text
    return text
  }

  /** Writes a part at `start`; returns its length. */
  function readPart(start: number): number {
    const part = new DataView(bytes.buffer, start)
    const put = (at: number, value: number): void => part.setUint16(at, value, true)
    const offsets = new Map<string, number>([['', 0]])
    let strings = '\0'
    let end = L.PART_HEADER_BYTES
    /** Of each table its kind, its place, and what refers to it. */
    const tables = [{ kind: F.FAMILY, at: 0, refs: [L.PART_FAMILY] }]

    function name(at: number, stream: number, place: number): void {
      word = number(stream, place, word)
      let text = ''
      if (word === 1) {
        const [own = '', small = '', exact] = nextWord(
          mix(stream, stream === F.TITLE ? place : 0),
        ).split(F.MARK_IDENTIFIER)
        const identifier = exact ?? F.upper(small)
        text =
          own && identifier
            ? `${own}\x01${identifier}`
            : own.replace(F.MARK_NONE, '\x02') || identifier
        words.push(text)
      } else if (word > 1) {
        // 2 is the word behind that of the last such symbol.
        const index = word > 2 ? word - 3 : (follow[stream] as number)
        follow[stream] = index + 1
        text = words[index] ?? ''
        word = index + 2
      }
      tail = 0
      for (const char of text.slice(text.lastIndexOf('-') + 1)) tail = mix(tail, char.charCodeAt(0))
      if (!offsets.has(text)) {
        offsets.set(text, strings.length)
        strings += `${text}\0`
      }
      put(at, offsets.get(text) as number)
    }

    /** Notes a ref to a table, whose place is known only later. */
    function refer(at: number, field: number, a: number): void {
      const ref = number(F.REF + field, a, word)
      if (ref === 1) tables.push({ kind: number(F.KIND, a, field), at: 0, refs: [at] })
      else if (ref > 1) tables.at(1 - ref)?.refs.push(at)
    }

    /** Definitions; returns the number behind the last. */
    function definitions(count: number, kind: number): number {
      let id = 0
      let type = 0
      let size = 0
      for (let index = 0; index < count; index++) {
        const at = end
        end += L.DEFINITION_BYTES
        name(at + L.DEFINITION_NAME, F.NAME + kind, type)
        const known = word === 1 ? tail : word
        type = number(F.TYPE, mix(tail, kind), known)
        const flags = number(F.FLAGS, mix(type, kind), tail)
        const form = mix(type, flags)
        id = (id + number(F.ID, mix(size, kind), index)) & 0xffff
        size = number(F.SIZE, mix(type, kind), mix(type, tail))
        put(at, id)
        put(at + L.DEFINITION_TYPE, type + flags * 256)
        put(at + L.DEFINITION_HINT, number(F.HINT, form, mix(type, tail)))
        put(at + L.DEFINITION_SIZE, size)
        for (const field of [L.DEFINITION_ENUM, L.DEFINITION_ARG2, L.DEFINITION_ARG]) {
          refer(at + field, field, mix(form, kind))
        }
      }
      return id + size
    }

    function values(count: number, width: number): void {
      let value = -1
      for (let index = 0; index < count; index++, end += width) {
        value += number(F.VALUE, index, word) + 1
        part.setUint32(end, value, true)
        if (width === 8) part.setUint32(end + 4, value / 2 ** 32, true)
      }
      for (let index = 0; index < count; index++, end += 2) name(end, F.NAME + F.ENUM, 0)
      end = (end + 3) & ~3
    }

    function table(kind: number): void {
      const at = end
      const head = F.headOf(kind)
      end += head
      for (let index = 0; index < head; index += 2) {
        // The name stands behind the count, which is easier to tell with it.
        const field = index ^ 2
        const place = mix(kind, field)
        const form = number(F.FIELD, place, 0)
        if (form === F.FIELD_NAME) name(at + field, F.TITLE, place)
        else if (form === F.FIELD_REF) refer(at + field, field, place)
        else put(at + field, number(F.PLAIN, place, mix(place, word)))
      }
      const count = kind ? part.getUint16(at + (kind === F.FAMILY ? L.FAMILY_COUNT : 0), true) : 1
      if (kind === F.ENUM)
        values(count, part.getUint16(at + L.ENUM_FLAGS, true) & L.ENUM_WIDE ? 8 : 4)
      else {
        const size = definitions(count, kind)
        if (kind === F.STRUCT) put(at + L.STRUCT_SIZE, size)
      }
    }

    for (const one of tables) {
      one.at = end
      table(one.kind)
    }
    for (const { at, refs } of tables) for (const ref of refs) put(ref, at >> 2)
    const length = (end + strings.length + L.PART_ALIGN - 1) & -L.PART_ALIGN
    part.setUint32(0, L.PART_MAGIC, true)
    part.setUint32(L.PART_BYTES, length, true)
    put(L.PART_STRINGS, end >> 2)
    put(L.PART_VERSION_FIELD, L.PART_VERSION)
    bytes.set(new TextEncoder().encode(strings), start + end)
    return length
  }

  let start = 0
  while (hasMore()) start += readPart(start)
  return bytes.slice(0, start)
}
