// Packs schema parts for shipping: what unpack.ts needs to make the same bytes, as a text that hardly
// compresses any more. In: parts, as layout.ts makes them, in groups. Out: a text for each group.
// It never looks at the YAML, and drops nothing.

import * as L from '../../assembly/schema-layout.js'
import * as F from '../families/form.js'
import { createModel } from '../families/model.js'
import { readParts } from '../families/unpack.js'

/** Texts that unpack, one behind the other from the first on, to the parts of so many groups. */
export function pack(groups: Uint8Array[][]): string[] {
  return encode(
    groups.map((parts) => parts.length),
    streamsOf(groups.flat()),
  )
}

/** What a field of a head is, where it is not a plain number. */
const HEADS: Record<number, Record<number, number>> = {
  [F.SET]: { [L.TABLE_NAME]: F.FIELD_NAME, [L.SET_PREFIX]: F.FIELD_NAME },
  [F.STRUCT]: { [L.TABLE_NAME]: F.FIELD_NAME },
  [F.SUB]: { [L.TABLE_NAME]: F.FIELD_NAME },
  [F.ENUM]: { [L.ENUM_NAME]: F.FIELD_NAME, [L.ENUM_PREFIX]: F.FIELD_NAME },
  [F.FAMILY]: {
    [L.FAMILY_NAME]: F.FIELD_NAME,
    [L.FAMILY_GENL_NAME]: F.FIELD_NAME,
    [L.FAMILY_PREFIX]: F.FIELD_NAME,
    [L.FAMILY_GROUPS]: F.FIELD_REF,
    [L.FAMILY_OTHER]: F.FIELD_REF,
  },
}

/** What the parts say, as numbers of each stream. */
export function streamsOf(parts: Uint8Array[]): number[][] {
  const streams = Array.from({ length: F.STREAMS }, (): number[] => [])
  const follow = new Map<number, number>()
  const words = new Map<string, number>()

  function put(stream: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`cannot pack ${value}`)
    streams[stream]?.push(value)
  }

  function putWord(word: string): void {
    for (const char of `${word} `) {
      const known = F.LETTERS.indexOf(char)
      put(F.LETTER, known < 0 ? F.LETTERS.length + char.charCodeAt(0) - 65 : known)
    }
  }

  function packPart(part: Uint8Array): void {
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
    const u16 = (at: number): number => view.getUint16(at, true)
    const place = (at: number): number => u16(at) * 4
    const strings = place(L.PART_STRINGS)
    const family = place(L.PART_FAMILY)
    const known = new Map<number, number>([[family, 0]])
    const queue: [kind: number, at: number][] = [[F.FAMILY, family]]

    function wordAt(at: number): string {
      const start = strings + u16(at)
      let end = start
      while (part[end] !== 0) end++
      return new TextDecoder('utf-8', { fatal: true }).decode(part.subarray(start, end))
    }

    /** 0: none, 1: a new one, 2: the one behind that of the last such ref, 3 and up: those of before. */
    function putName(stream: number, at: number): void {
      const word = wordAt(at)
      const index = words.get(word)
      if (index !== undefined) {
        put(stream, index === (follow.get(stream) ?? 0) ? 2 : 3 + index)
        follow.set(stream, index + 1)
        return
      }
      put(stream, word === '' ? 0 : 1)
      if (word === '') return
      words.set(word, words.size)
      putWord(spell(word))
    }

    /** 0: none, 1: a new one, 2 and up: those of before, from the last one on. */
    function putRef(at: number, field: number, kindOf: () => number): void {
      const to = place(at + field)
      const index = known.get(to)
      put(F.REF + field, to === 0 ? 0 : index === undefined ? 1 : 1 + known.size - index)
      if (to === 0 || index !== undefined) return
      known.set(to, known.size)
      queue.push([kindOf(), to])
      put(F.KIND, kindOf())
    }

    function putDefinitions(first: number, count: number, kind: number): number {
      let before = 0
      for (let at = first; at < first + count * L.DEFINITION_BYTES; at += L.DEFINITION_BYTES) {
        const type = part[at + L.DEFINITION_TYPE] as number
        const id = u16(at + L.DEFINITION_ID)
        const size = u16(at + L.DEFINITION_SIZE)
        putName(F.NAME + kind, at + L.DEFINITION_NAME)
        put(F.TYPE, type)
        put(F.FLAGS, part[at + L.DEFINITION_FLAGS] as number)
        put(F.ID, (id - before) & 0xffff)
        put(F.SIZE, size)
        put(F.HINT, u16(at + L.DEFINITION_HINT))
        putRef(at, L.DEFINITION_ENUM, () => F.ENUM)
        putRef(at, L.DEFINITION_ARG2, () => F.STRUCT)
        putRef(at, L.DEFINITION_ARG, () => argumentOf(type))
        before = id
      }
      return before
    }

    function putValues(at: number, count: number): void {
      const width = u16(at + L.ENUM_FLAGS) & L.ENUM_WIDE ? 8 : 4
      let before = -1
      for (let index = 0; index < count; index++) {
        const value = at + L.ENUM_VALUES + index * width
        const found =
          width === 8 ? Number(view.getBigUint64(value, true)) : view.getUint32(value, true)
        put(F.VALUE, found - before - 1)
        before = found
        putName(F.NAME + F.ENUM, at + L.ENUM_VALUES + count * width + index * 2)
      }
    }

    for (const [kind, at] of queue) {
      const head = F.headOf(kind)
      for (let index = 0; index < head; index += 2) {
        const field = index ^ 2
        const selector = kind === F.SUB && field === L.SUB_SELECTOR
        const isName = selector && (part[at + L.SUB_SELECTOR_KIND] as number) < L.SELECTOR_BODY
        const form = isName ? F.FIELD_NAME : (HEADS[kind]?.[field] ?? F.FIELD_PLAIN)
        put(F.FIELD, form)
        if (form === F.FIELD_NAME) putName(F.TITLE, at + field)
        else if (form === F.FIELD_REF) {
          putRef(at, field, () => (field === L.FAMILY_GROUPS ? F.ENUM : F.ELEMENT))
        }
        // A struct's size follows from its members.
        else put(F.PLAIN, kind === F.STRUCT && field === L.STRUCT_SIZE ? 0 : u16(at + field))
      }
      if (kind === F.ENUM) putValues(at, u16(at + L.ENUM_COUNT))
      else if (kind === F.ELEMENT) putDefinitions(at, 1, kind)
      else {
        const count = u16(at + (kind === F.FAMILY ? L.FAMILY_COUNT : L.TABLE_COUNT))
        putDefinitions(at + head, count, kind)
      }
    }
  }

  for (const part of parts) packPart(part)
  return streams
}

/** The kind of table that a type's argument is. */
function argumentOf(type: number): number {
  if (type === L.TYPE_STRUCT) return F.STRUCT
  if (type === L.TYPE_SUB_MESSAGE) return F.SUB
  return type === L.TYPE_NEST || type === L.TYPE_HEADED || type === L.TYPE_RECORDS
    ? F.SET
    : F.ELEMENT
}

/** A name as letters, with its C identifier, where it has one of its own, as the words around it are written. */
function spell(word: string): string {
  const [own = '', identifier] = word.split('\x01')
  const name = own.replace('\x02', '')
  if (!/^[\w.[-~-]*$/.test(name)) {
    throw new RangeError(`cannot pack the name '${name}'`)
  }
  // A C prefix is an identifier without a name.
  if (identifier === undefined && /^[A-Z0-9_]*[A-Z][A-Z0-9_]*$/.test(own)) {
    return F.MARK_IDENTIFIER + small(own)
  }
  const marked = own.replace('\x02', F.MARK_NONE)
  return identifier === undefined ? marked : `${marked}${F.MARK_IDENTIFIER}${small(identifier)}`
}

/** The numbers as text, cut where a group of parts ends. */
function encode(groups: number[], streams: number[][]): string[] {
  const unread = streams.map((numbers) => numbers.values())
  const coder = createCoder()
  const model = createModel(coder.bit)
  const cuts: number[] = []
  let part = 0
  const ends = groups.map((_, index) => groups.slice(0, index + 1).reduce((sum, one) => sum + one))
  readParts(
    (stream, contexts) => {
      coder.say((unread[stream]?.next().value ?? 0) + 1)
      return model(stream, contexts)
    },
    () => {
      if (ends.includes(part)) cuts.push(coder.length())
      return part++ < (ends.at(-1) ?? 0)
    },
  )
  const text = coder.text()
  return cuts.map((cut, index) => text.slice(cuts[index - 1] ?? 0, cut))
}

/** An arithmetic coder, whose bits are those of the numbers said. */
function createCoder(): {
  bit(chance: number): number
  say(number: number): void
  /** How many digits a reader has taken by now. */
  length(): number
  text(): string
} {
  // The digits that a reader has taken are `digits` and the WIDTH of `low`: those before `low` may still grow.
  const WIDTH = 4
  const digits: number[] = []
  let low = 0
  let range = F.RANGE
  let bits: number[] = []

  function shift(): void {
    digits.push(Math.floor((low * F.DIGITS) / F.RANGE))
    low = (low * F.DIGITS) % F.RANGE
  }

  function carry(): void {
    let rest = Math.floor(low / F.RANGE)
    low %= F.RANGE
    for (let at = digits.length - 1; rest > 0; at--) {
      const digit = (digits[at] as number) + rest
      digits[at] = digit % F.DIGITS
      rest = Math.floor(digit / F.DIGITS)
    }
  }

  return {
    bit(chance) {
      for (; range < F.RANGE; range *= F.DIGITS) shift()
      const bound = (range * chance) | 0
      const bit = bits.pop() ?? 0
      if (bit === 0) low += bound
      carry()
      range = bit === 0 ? range - bound : bound
      return bit
    },
    say(number) {
      const [, ...rest] = number.toString(2)
      bits = [...rest.map(() => 1), 0, ...rest.map(Number)].reverse()
    },
    length: () => digits.length + WIDTH,
    text() {
      for (let index = 0; index < WIDTH; index++) shift()
      return digits.map((digit) => String.fromCharCode(digit + (digit < 57 ? 35 : 36))).join('')
    },
  }
}

/** As the words around it are written, where the way back is the same; else as it is, marked. */
function small(identifier: string): string {
  const text = identifier.toLowerCase().replaceAll('_', '-')
  if (!/^[\w-]*$/.test(identifier)) throw new RangeError(`cannot pack the C name '${identifier}'`)
  return F.upper(text) === identifier ? text : F.MARK_IDENTIFIER + identifier
}
