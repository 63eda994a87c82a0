// Packs schema parts for shipping: text that compresses to about half of what the parts would.
// In: parts, as layout.ts makes them. Out: streams of symbols, a line each, that unpack.ts turns into the same
// bytes. It never looks at the YAML, and drops nothing.

import * as L from '../../assembly/schema-layout.js'
import {
  argumentOf,
  CONTINUATIONS,
  digitOf,
  hasHead,
  hasSize,
  KIND_ENUM,
  KIND_ROOT,
  KIND_SET,
  KIND_STRUCT,
  KIND_SUB,
  MARK_IDENTIFIER,
  MARK_NONE,
  PLAIN,
  STREAMS,
  type StreamName,
  upper,
} from '../families/form.js'

/** One text for all parts. Throws a RangeError where a part does not fit the form. */
export function pack(parts: Uint8Array[]): string {
  const streams = Object.fromEntries(STREAMS.map((name) => [name, [] as string[]])) as Record<
    StreamName,
    string[]
  >
  const prefixes = new Map<string, number>()
  const follow = new Map<StreamName, number>()
  let origin = 0
  let run = 0
  const words = new Map<string, number>()
  const shapes = new Map<string, number>()

  function put(stream: StreamName, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`cannot pack ${value}`)
    let text = ''
    let rest = value
    for (; rest >= PLAIN; rest = Math.floor(rest / CONTINUATIONS)) {
      text += digitOf(PLAIN + (rest % CONTINUATIONS))
    }
    streams[stream].push(text + digitOf(rest))
  }

  /** 0: none, 1: the next new one, 2 and up: those of before, by their order. */
  function putRef<T>(stream: StreamName, known: Map<T, number>, key: T | undefined): boolean {
    const index = key === undefined ? undefined : known.get(key)
    if (key === undefined) put(stream, 0)
    else if (index !== undefined) put(stream, 2 + index)
    else {
      put(stream, 1)
      known.set(key, known.size)
    }
    return key !== undefined && index === undefined
  }

  function putWord(word: string): void {
    streams.words.push(`${word} `)
  }

  /** How many definitions there are until the next whose facts come from elsewhere. */
  function putOrigin(now: number): void {
    if (now !== origin) {
      put('runs', run)
      origin = now
      run = 0
    }
    run++
  }

  function packPart(part: Uint8Array): void {
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
    const u16 = (at: number): number => view.getUint16(at, true)
    const place = (at: number): number => u16(at) * 4
    const strings = place(L.PART_STRINGS)
    const tables = new Map<number, Map<number, number>>()
    const elements = new Map<number, number>()
    const queue: [kind: number, at: number][] = []

    function wordAt(at: number): string {
      const start = strings + u16(at)
      let end = start
      while (part[end] !== 0) end++
      return new TextDecoder('utf-8', { fatal: true }).decode(part.subarray(start, end))
    }

    function putName(stream: StreamName, at: number): void {
      const word = wordAt(at)
      const index = words.get(word)
      if (index !== undefined) {
        // What once followed often follows again: 2 is the word behind that of the last such symbol.
        const isNext = index === (follow.get(stream) ?? 0)
        put(stream, isNext ? 2 : 3 + index)
        follow.set(stream, index + 1)
        return
      }
      if (!putRef(stream, words, word === '' ? undefined : word)) return
      const [own = '', identifier] = word.split('\x01')
      const name = own.replace('\x02', '')
      if (!/^[ -~]*$/.test(name) || /[ =!]/.test(name)) {
        throw new RangeError(`cannot pack the name '${name}'`)
      }
      const marked = own.replace('\x02', MARK_NONE)
      putWord(identifier === undefined ? marked : `${marked}${MARK_IDENTIFIER}${small(identifier)}`)
    }

    function putPrefix(at: number): void {
      const prefix = wordAt(at)
      if (putRef('prefixes', prefixes, prefix === '' ? undefined : prefix)) putWord(small(prefix))
    }

    function putTable(stream: StreamName, kind: number, at: number): void {
      const known = tables.get(kind) ?? new Map<number, number>()
      tables.set(kind, known)
      if (putRef(stream, known, at === 0 ? undefined : at)) queue.push([kind, at])
    }

    function putDefinition(at: number, kind: number): void {
      const type = part[at + L.DEFINITION_TYPE] as number
      const flags = part[at + L.DEFINITION_FLAGS] as number
      const hint = u16(at + L.DEFINITION_HINT)
      putOrigin(flags & L.DEFINITION_OVERLAY)
      const rest = flags & ~L.DEFINITION_OVERLAY
      const enumAt = place(at + L.DEFINITION_ENUM)
      const form = [type, rest, hint, Math.min(enumAt, 1)]
      const shape = form.join(' ')
      const isMember = kind === KIND_STRUCT
      if (putRef(isMember ? 'fields' : 'shapes', shapes, shape)) {
        for (const one of form) put('forms', one)
      }
      putName(isMember ? 'members' : 'names', at + L.DEFINITION_NAME)
      if (hasSize(kind, type)) put('sizes', u16(at + L.DEFINITION_SIZE))
      if (enumAt > 0) putTable('enums', KIND_ENUM, enumAt)
      if (hasHead(type)) putTable('structs', KIND_STRUCT, place(at + L.DEFINITION_ARG2))
      const argument = argumentOf(type)
      const arg = place(at + L.DEFINITION_ARG)
      if (argument === KIND_SET) putTable('sets', KIND_SET, arg)
      else if (argument === KIND_STRUCT) putTable('structs', KIND_STRUCT, arg)
      else if (argument === KIND_SUB) putTable('subs', KIND_SUB, arg)
      else if (argument === KIND_ROOT) {
        const index = elements.get(arg)
        put('elements', index === undefined ? 0 : elements.size - index)
        if (index === undefined) {
          putDefinition(arg, KIND_ROOT)
          elements.set(arg, elements.size)
        }
      }
    }

    function putDefinitions(first: number, count: number, kind: number): void {
      let before = kind === KIND_SET ? -1 : 0
      for (let index = 0; index < count; index++) {
        const at = first + index * L.DEFINITION_BYTES
        putDefinition(at, kind)
        const id = u16(at + L.DEFINITION_ID)
        if (kind === KIND_STRUCT) continue
        const isDefault = (part[at + L.DEFINITION_FLAGS] as number) & L.DEFINITION_DEFAULT
        if (isDefault) continue
        put('ids', id - before)
        before = id
      }
    }

    function putEnum(at: number, count: number): void {
      const flags = u16(at + L.ENUM_FLAGS)
      const width = flags & L.ENUM_WIDE ? 8 : 4
      put('heads', flags)
      putPrefix(at + L.ENUM_PREFIX)
      let before = -1
      for (let index = 0; index < count; index++) {
        const value = at + L.ENUM_VALUES + index * width
        const found =
          width === 8 ? Number(view.getBigUint64(value, true)) : view.getUint32(value, true)
        put('values', found - before - 1)
        before = found
        putName('entries', at + L.ENUM_VALUES + count * width + index * 2)
      }
    }

    const family = place(L.PART_FAMILY)
    put('heads', part.length / L.PART_ALIGN)
    for (const field of [L.FAMILY_PROTOCOL, L.FAMILY_FLAGS, L.FAMILY_COUNT]) {
      put('heads', u16(family + field))
    }
    putName('titles', family + L.FAMILY_NAME)
    putName('titles', family + L.FAMILY_GENL_NAME)
    putPrefix(family + L.FAMILY_PREFIX)
    putDefinitions(family + L.FAMILY_DEFINITIONS, u16(family + L.FAMILY_COUNT), KIND_ROOT)
    putTable('enums', KIND_ENUM, place(family + L.FAMILY_GROUPS))
    for (const [kind, at] of queue) {
      const count = u16(at + L.TABLE_COUNT)
      put('counts', count)
      putName('titles', at + L.TABLE_NAME)
      if (kind === KIND_ENUM) {
        putEnum(at, count)
        continue
      }
      if (kind === KIND_SET) putPrefix(at + L.SET_PREFIX)
      else if (kind === KIND_SUB) {
        const selector = part[at + L.SUB_SELECTOR_KIND] as number
        put('heads', selector)
        put('heads', part[at + L.SUB_SELECTOR_TYPE] as number)
        if (selector >= L.SELECTOR_BODY) put('heads', u16(at + L.SUB_SELECTOR))
        else putName('titles', at + L.SUB_SELECTOR)
      }
      putDefinitions(at + L.TABLE_DEFINITIONS, count, kind)
    }
  }

  put(
    'heads',
    parts.reduce((sum, { length }) => sum + length / L.PART_ALIGN, 0),
  )
  for (const part of parts) packPart(part)
  put('runs', run)
  return STREAMS.map((name) => `${streams[name].join('')}\n`).join('')
}

/** As the words around it are written, where the way back is the same; else as it is, marked. */
function small(identifier: string): string {
  const text = identifier.toLowerCase().replaceAll('_', '-')
  if (!/^[\w-]*$/.test(identifier)) throw new RangeError(`cannot pack the C name '${identifier}'`)
  return upper(text) === identifier ? text : MARK_IDENTIFIER + identifier
}
