// Unpacks a shipped schema into the parts that the WebAssembly module walks.
// In: the text that src/schema/pack.ts makes. Out: parts of assembly/schema-layout.ts, one behind the other.
// It trusts the text, which comes from the package itself.

import * as L from '../../assembly/schema-layout.js'
import {
  argumentOf,
  CONTINUATIONS,
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
} from './form.js'

/** One place of a stream: its symbols, from the first. */
function createReader(line: string): () => number {
  let at = 0
  return () => {
    let value = 0
    for (let scale = 1; ; scale *= CONTINUATIONS) {
      const code = line.charCodeAt(at++)
      const digit = code - (code < 92 ? 35 : 36)
      if (digit < PLAIN) return value + digit * scale
      value += (digit - PLAIN) * scale
    }
  }
}

/** The parts that `text` holds, one behind the other. */
export function unpack(text: string): Uint8Array {
  const lines = text.split('\n')
  const read = {} as Record<StreamName, () => number>
  STREAMS.forEach((name, index) => {
    read[name] = createReader(lines[index] as string)
  })
  const unread = (lines[STREAMS.length - 1] as string).split(' ').values()
  const bytes = new Uint8Array(read.heads() * L.PART_ALIGN)
  const shared: Shared = {
    read,
    unread,
    words: [],
    prefixes: [],
    shapes: [],
    follow: {},
    run: 0,
    isOverlay: true,
  }
  for (let at = 0; at < bytes.length; ) at += unpackPart(bytes, at, shared)
  return bytes
}

/** What all parts of a text have in common. */
interface Shared {
  read: Record<StreamName, () => number>
  unread: Iterator<string>
  words: string[]
  prefixes: string[]
  shapes: [type: number, flags: number, hint: number, isEnum: number][]
  /** By stream, the word behind the last one that was not new. */
  follow: Partial<Record<StreamName, number>>
  /** How many definitions are still to come from where the last one came. */
  run: number
  isOverlay: boolean
}

/** Writes the part at `start`; returns its length. */
function unpackPart(bytes: Uint8Array, start: number, shared: Shared): number {
  const { read, words, prefixes, shapes, follow } = shared
  const length = read.heads() * L.PART_ALIGN
  const part = new DataView(bytes.buffer, start, length)
  const put = (at: number, value: number): void => part.setUint16(at, value, true)
  const offsets = new Map<string, number>([['', 0]])
  let strings = '\0'
  let end = L.PART_HEADER_BYTES
  /** Where the tables of each kind are, by their order. */
  const places: number[][] = [[], [], [], [], []]
  const counts = [0, 0, 0, 0, 0]
  const queue: number[] = []
  const refs: [view: DataView, at: number, kind: number, index: number][] = []
  const elements: { view: DataView; word: string }[] = []

  function take(bytes: number): number {
    const at = end
    end += (bytes + 3) & ~3
    return at
  }

  /** The offset of a word in the strings. */
  function intern(word: string): number {
    const known = offsets.get(word)
    if (known !== undefined) return known
    const offset = strings.length
    offsets.set(word, offset)
    strings += `${word}\0`
    return offset
  }

  function name(stream: StreamName): string {
    let ref = read[stream]()
    if (ref === 1) {
      const [own = '', small, exact] = nextWord().split(MARK_IDENTIFIER)
      const identifier = exact ?? (small && upper(small))
      words.push(identifier ? `${own}\x01${identifier}` : own.replace(MARK_NONE, '\x02'))
    } else if (ref > 1) {
      // 2 is the word behind that of the last such symbol.
      const index = ref === 2 ? (follow[stream] ?? 0) : ref - 3
      follow[stream] = index + 1
      ref = index + 2
    }
    return pick(words, ref)
  }

  function prefix(): string {
    const ref = read.prefixes()
    if (ref === 1) prefixes.push(upper(nextWord()))
    return pick(prefixes, ref)
  }

  function nextWord(): string {
    return shared.unread.next().value as string
  }

  /** Notes a ref to a table, whose place is known only later. */
  function refer(stream: StreamName, kind: number, view: DataView, at: number): void {
    const ref = read[stream]()
    if (ref === 0) return
    const index = ref === 1 ? (counts[kind] as number) : ref - 2
    refs.push([view, at, kind, index])
    if (ref > 1) return
    counts[kind] = index + 1
    queue.push(kind)
  }

  /** All but the number and the name, which is returned. */
  function definition(view: DataView, at: number, kind: number): string {
    const isMember = kind === KIND_STRUCT
    const ref = read[isMember ? 'fields' : 'shapes']()
    if (ref === 1) shapes.push([read.forms(), read.forms(), read.forms(), read.forms()])
    const [type, flags, hint, isEnum] = pick(shapes, ref)
    while (shared.run === 0) {
      shared.run = read.runs()
      shared.isOverlay = !shared.isOverlay
    }
    shared.run--
    view.setUint8(at + L.DEFINITION_TYPE, type)
    view.setUint8(at + L.DEFINITION_FLAGS, flags | (shared.isOverlay ? L.DEFINITION_OVERLAY : 0))
    view.setUint16(at + L.DEFINITION_HINT, hint, true)
    const word = name(isMember ? 'members' : 'names')
    if (hasSize(kind, type)) view.setUint16(at + L.DEFINITION_SIZE, read.sizes(), true)
    if (isEnum > 0) refer('enums', KIND_ENUM, view, at + L.DEFINITION_ENUM)
    if (hasHead(type)) refer('structs', KIND_STRUCT, view, at + L.DEFINITION_ARG2)
    const argument = argumentOf(type)
    const arg = at + L.DEFINITION_ARG
    if (argument === KIND_SET) refer('sets', KIND_SET, view, arg)
    else if (argument === KIND_STRUCT) refer('structs', KIND_STRUCT, view, arg)
    else if (argument === KIND_SUB) refer('subs', KIND_SUB, view, arg)
    else if (argument === KIND_ROOT) refs.push([view, arg, KIND_ROOT, element()])
    return word
  }

  /** The index of an element: one of before, or the next. */
  function element(): number {
    const back = read.elements()
    if (back > 0) return elements.length - back
    const view = new DataView(new ArrayBuffer(L.DEFINITION_BYTES))
    const word = definition(view, 0, KIND_ROOT)
    elements.push({ view, word })
    return elements.length - 1
  }

  /** The definitions of a table; returns the size of a struct. */
  function definitions(first: number, count: number, kind: number): number {
    let id = kind === KIND_SET ? -1 : 0
    for (let index = 0; index < count; index++) {
      const at = first + index * L.DEFINITION_BYTES
      put(at + L.DEFINITION_NAME, intern(definition(part, at, kind)))
      if (kind === KIND_STRUCT) {
        const type = part.getUint8(at + L.DEFINITION_TYPE)
        if (!hasSize(kind, type)) put(at + L.DEFINITION_SIZE, 1 << ((type - L.TYPE_U8) & 3))
        put(at, id)
        id += part.getUint16(at + L.DEFINITION_SIZE, true)
      } else if ((part.getUint8(at + L.DEFINITION_FLAGS) & L.DEFINITION_DEFAULT) === 0) {
        id += read.ids()
        put(at, id)
      }
    }
    return id
  }

  function family(): number {
    const [protocol, flags, count] = [read.heads(), read.heads(), read.heads()]
    const at = take(L.FAMILY_DEFINITIONS + count * L.DEFINITION_BYTES)
    put(at + L.FAMILY_PROTOCOL, protocol)
    put(at + L.FAMILY_FLAGS, flags)
    put(at + L.FAMILY_COUNT, count)
    put(at + L.FAMILY_NAME, intern(name('titles')))
    put(at + L.FAMILY_GENL_NAME, intern(name('titles')))
    put(at + L.FAMILY_PREFIX, intern(prefix()))
    definitions(at + L.FAMILY_DEFINITIONS, count, KIND_ROOT)
    refer('enums', KIND_ENUM, part, at + L.FAMILY_GROUPS)
    return at
  }

  function table(kind: number): void {
    const count = read.counts()
    const title = name('titles')
    if (kind === KIND_ENUM) {
      enumeration(count, title)
      return
    }
    const at = take(L.TABLE_DEFINITIONS + count * L.DEFINITION_BYTES)
    places[kind]?.push(at)
    put(at + L.TABLE_COUNT, count)
    put(at + L.TABLE_NAME, intern(title))
    if (kind === KIND_SET) put(at + L.SET_PREFIX, intern(prefix()))
    if (kind === KIND_SUB) {
      const selector = read.heads()
      part.setUint8(at + L.SUB_SELECTOR_KIND, selector)
      part.setUint8(at + L.SUB_SELECTOR_TYPE, read.heads())
      const isPlace = selector >= L.SELECTOR_BODY
      put(at + L.SUB_SELECTOR, isPlace ? read.heads() : intern(name('titles')))
    }
    const size = definitions(at + L.TABLE_DEFINITIONS, count, kind)
    if (kind === KIND_STRUCT) put(at + L.STRUCT_SIZE, size)
  }

  function enumeration(count: number, title: string): void {
    const flags = read.heads()
    const width = flags & L.ENUM_WIDE ? 8 : 4
    const at = take(L.ENUM_VALUES + count * (width + 2))
    places[KIND_ENUM]?.push(at)
    put(at + L.ENUM_COUNT, count)
    put(at + L.ENUM_FLAGS, flags)
    put(at + L.ENUM_NAME, intern(title))
    put(at + L.ENUM_PREFIX, intern(prefix()))
    let value = -1
    for (let index = 0; index < count; index++) {
      value += read.values() + 1
      const place = at + L.ENUM_VALUES + index * width
      if (width === 8) part.setBigUint64(place, BigInt(value), true)
      else part.setUint32(place, value, true)
      put(at + L.ENUM_VALUES + count * width + index * 2, intern(name('entries')))
    }
  }

  put(L.PART_FAMILY, family() >> 2)
  for (const kind of queue) table(kind)
  for (const { view, word } of elements) {
    view.setUint16(L.DEFINITION_NAME, intern(word), true)
    places[KIND_ROOT]?.push(take(L.DEFINITION_BYTES))
  }
  for (const [view, at, kind, index] of refs) {
    view.setUint16(at, (places[kind]?.[index] as number) >> 2, true)
  }
  elements.forEach(({ view }, index) => {
    bytes.set(new Uint8Array(view.buffer), start + (places[KIND_ROOT]?.[index] as number))
  })
  part.setUint32(0, L.PART_MAGIC, true)
  part.setUint32(L.PART_BYTES, length, true)
  put(L.PART_STRINGS, end >> 2)
  put(L.PART_VERSION_FIELD, L.PART_VERSION)
  bytes.set(new TextEncoder().encode(strings), start + end)
  return length
}

/** What a ref stands for: 0 nothing, 1 the newest, 2 and up those of before. */
function pick<T>(known: T[], ref: number): T {
  return (ref === 0 ? '' : ref === 1 ? known.at(-1) : known[ref - 2]) as T
}
