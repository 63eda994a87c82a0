// Prints a schema part as text: `npx tsx src/schema/compiler/print-part.ts build/schema/rt-link.nls [TABLE]`.
// In: parts. Out: one line a definition, all names and refs followed. It never needs what the part was made of.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as L from '../../../assembly/schema-layout.js'

const TYPES = [
  ...['unused', 'flag', 'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'uint', 'sint'],
  ...['string', 'opaque', 'bytes', 'pad', 'struct', 'array', 'nest', 'headed', 'sub-message'],
  ...['indexed', 'type-value', 'bitfield32', 'records', 'message'],
]
const HINTS = ['', 'mac', 'ipv4', 'ipv6', 'ip', 'hex', 'uuid', 'mpls', 'link-address', 'text']
const FLAGS: [number, string][] = [
  [L.DEFINITION_BIG_ENDIAN, 'big-endian'],
  [L.DEFINITION_MULTI, 'multi'],
  [L.DEFINITION_OVERLAY, 'overlay'],
  [L.DEFINITION_AS_FLAGS, 'as-flags'],
  [L.DEFINITION_REQUEST, 'request'],
  [L.DEFINITION_REPLY, 'reply'],
  [L.DEFINITION_DEFAULT, 'default'],
  [L.DEFINITION_NET_ORDER, 'net-order'],
]
const MODES: [number, string][] = [
  [L.OPERATION_DO, 'do'],
  [L.OPERATION_DUMP, 'dump'],
  [L.OPERATION_NOTIFY, 'notify'],
]
const FORMS = ['', 'texts', 'elements']
const SELECTORS = ['string', 'number', 'body', 'value', 'request', 'length']

/** A part as text: the family with its operations, then each table at its first use. */
export function dumpPart(part: Uint8Array): string {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
  const u16 = (at: number): number => view.getUint16(at, true)
  const place = (at: number): number => u16(at) * 4
  if (view.getUint32(0, true) !== L.PART_MAGIC) throw new RangeError('expected a schema part')
  if (view.getUint32(L.PART_BYTES, true) !== part.length) throw new RangeError('expected one part')
  const strings = place(L.PART_STRINGS)
  const queue: [kind: 'set' | 'struct' | 'sub' | 'enum', at: number][] = []
  const seen = new Set<string>()

  function name(at: number, prefix?: string): string {
    const start = strings + u16(at)
    let end = start
    while ((part[end] as number) > 2) end++
    const own = decode(start, end)
    if (part[end] === 0) return own
    if (part[end] === 2) return `${own} (no C name)`
    let stop = end + 1
    while (part[stop] !== 0) stop++
    return `${own} (${decode(end + 1, stop)}${prefix === undefined ? '!' : ''})`
  }

  function decode(start: number, end: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(part.subarray(start, end))
  }

  function refer(kind: 'set' | 'struct' | 'sub' | 'enum', at: number): string {
    if (at === 0) return '-'
    const key = `${kind} ${at}`
    if (!seen.has(key)) {
      seen.add(key)
      queue.push([kind, at])
    }
    return name(at + L.TABLE_NAME)
  }

  function content(at: number, isOperation = false): string {
    const type = part[at + L.DEFINITION_TYPE] as number
    const arg = place(at + L.DEFINITION_ARG)
    const words = [TYPES[type] ?? `type-${type}`]
    if (type === L.TYPE_STRUCT) words.push(refer('struct', arg))
    if (type === L.TYPE_NEST) words.push(refer('set', arg))
    if (type === L.TYPE_SUB_MESSAGE) words.push(refer('sub', arg))
    if (type === L.TYPE_HEADED || type === L.TYPE_RECORDS) {
      words.push(refer('struct', place(at + L.DEFINITION_ARG2)), refer('set', arg))
    }
    if ([L.TYPE_ARRAY, L.TYPE_INDEXED, L.TYPE_TYPE_VALUE].includes(type)) {
      const inner =
        u16(arg + L.DEFINITION_NAME) === 0 ? '' : `${name(arg + L.DEFINITION_NAME, '')} `
      words.push(`[${inner}${content(arg)}]`)
    }
    const flags = part[at + L.DEFINITION_FLAGS] as number
    for (const [bit, word] of FLAGS) if (flags & bit) words.push(word)
    const enumAt = place(at + L.DEFINITION_ENUM)
    if (enumAt !== 0) words.push(`enum=${refer('enum', enumAt)}`)
    const hint = u16(at + L.DEFINITION_HINT)
    const size = u16(at + L.DEFINITION_SIZE)
    if (isOperation) {
      for (const [bit, word] of MODES) if (size & bit) words.push(word)
      if (hint !== 0) words.push(`answer=${hint}`)
    } else {
      if (hint !== 0) words.push(`hint=${HINTS[hint]}`)
      if (size !== 0) words.push(`size=${size}`)
    }
    return words.join(' ')
  }

  function rows(first: number, count: number, isOperation = false): string {
    let text = ''
    for (let index = 0; index < count; index++) {
      const at = first + index * L.DEFINITION_BYTES
      text += `  ${u16(at + L.DEFINITION_ID)} ${name(at + L.DEFINITION_NAME, '')}: ${content(at, isOperation)}\n`
    }
    return text
  }

  function table(kind: string, at: number): string {
    const head = `${kind} ${name(at + L.TABLE_NAME)}`
    if (kind === 'enum') {
      const count = u16(at + L.ENUM_COUNT)
      const width = u16(at + L.ENUM_FLAGS) & L.ENUM_WIDE ? 8 : 4
      const names = at + L.ENUM_VALUES + count * width
      let text = `${head} ${name(at + L.ENUM_PREFIX)}\n`
      for (let index = 0; index < count; index++) {
        const value = at + L.ENUM_VALUES + index * width
        const shown = width === 8 ? view.getBigUint64(value, true) : view.getUint32(value, true)
        text += `  ${shown} ${name(names + index * 2, '')}\n`
      }
      return text
    }
    let special = ''
    if (kind === 'set')
      special = `${name(at + L.SET_PREFIX)} ${FORMS[u16(at + L.SET_FORM)]}`.trimEnd()
    if (kind === 'struct') special = String(u16(at + L.STRUCT_SIZE))
    if (kind === 'sub') {
      const selector = part[at + L.SUB_SELECTOR_KIND] as number
      const by =
        selector >= L.SELECTOR_BODY ? `at ${u16(at + L.SUB_SELECTOR)}` : name(at + L.SUB_SELECTOR)
      special = `by ${SELECTORS[selector]} ${TYPES[part[at + L.SUB_SELECTOR_TYPE] as number]} ${by}`
    }
    return `${head} ${special}\n${rows(at + L.TABLE_DEFINITIONS, u16(at + L.TABLE_COUNT))}`
  }

  const family = place(L.PART_FAMILY)
  const flags = u16(family + L.FAMILY_FLAGS)
  const words = [
    `family ${name(family + L.FAMILY_NAME)} protocol=${u16(family + L.FAMILY_PROTOCOL)}`,
    ...(flags & L.FAMILY_GENERIC ? [`generic=${name(family + L.FAMILY_GENL_NAME)}`] : []),
    ...(flags & L.FAMILY_OVERLAY ? ['overlay'] : []),
    `prefix=${name(family + L.FAMILY_PREFIX)}`,
    `groups=${refer('enum', place(family + L.FAMILY_GROUPS))}`,
  ]
  let text = `${words.join(' ')}\n${rows(family + L.FAMILY_DEFINITIONS, u16(family + L.FAMILY_COUNT), true)}`
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    text += `\n${table(...next)}`
  return text
}

/** The parts of a bundle. Throws a RangeError where a length does not fit. */
export function partsOf(bundle: Uint8Array): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bundle.length; ) {
    const length = view.getUint32(at + L.PART_BYTES, true)
    if (length < L.PART_HEADER_BYTES || at + length > bundle.length) {
      throw new RangeError(`expected a part's length, got ${length} at byte ${at}`)
    }
    parts.push(bundle.subarray(at, at + length))
    at += length
  }
  return parts
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = '', only] = process.argv.slice(2)
  for (const part of partsOf(readFileSync(file))) {
    const blocks = dumpPart(part).split('\n\n')
    const chosen = only === undefined ? blocks : blocks.filter((one) => one.split(' ')[1] === only)
    if (chosen.length > 0) console.log(`${chosen.join('\n\n')}\n`)
  }
}
