// Lays out the fields of a record.
// In: the table of fields. Out: offsets, bits and the tables that the module reads, with every limit checked.
//
//    0  what every record has: contract.ts
//   40  slots of the first two texts, or numbers of one and two bytes
//   44  the header, as it lies in the message
//       numbers of one and two bytes, up to 64
//   64  present: 64 bits, one a field
//   72  numbers of four bytes, then numbers that found no place above
//       spans: offset in the datagram and length, u32 each

import type { FieldLine, Form, Member, ObjectType, Struct } from '../fields.js'

const SLOTS = 40
const HEADER = 44
const PRESENT = 64
const VALUES = 72
/** Where a message's header starts: after the nlmsghdr. The module copies 16 bytes from there. */
const HEADER_ROOM = 16
/** Offsets are bytes in the module's tables, and records are cleared 16 bytes at a time. */
const RECORD_MAX = 240
const CLEARED = 16
/** The most spans in a layout of shape-cache.ts: (LAYOUT_BYTES - LAYOUT_SPANS) / 8. */
const SPANS_MAX = 11
/** The most fields: `present` has 64 bits. */
const FIELDS_MAX = 64

/** How the module stores a field: FORM_… of contract.ts. */
export const MODULE_FORMS = {
  byte: 1,
  half: 2,
  word: 3,
  rawHalf: 4,
  rawWord: 5,
  span: 6,
  attributes: 7,
  kind: 8,
  nexthops: 9,
} as const

const SIZES: Record<string, number> = { u8: 1, u16: 2, be16: 2, u32: 4, s32: 4, be32: 4 }

export interface PlacedField extends FieldLine {
  offset: number
  bit: number
  /** Bytes of the number; 0 for a span. */
  size: number
  moduleForm: number
  /** Bytes that the attribute must have. */
  least: number
  /** Where its slot is, of the first two texts. */
  slot: number | undefined
}

export interface PlacedMember extends Member {
  offset: number
  size: number
}

export interface RecordPlan {
  object: ObjectType
  kind: number
  members: PlacedMember[]
  headerBytes: number
  fields: PlacedField[]
  spansStart: number
  /** Up to the last field, rounded up to what is cleared at a time. */
  bytes: number
}

export function isStruct(form: Form | Struct): form is Struct {
  return typeof form !== 'string'
}

export function isText(form: Form | Struct): boolean {
  return form === 'text' || form === 'name' || form === 'kind'
}

export function structBytes(struct: Struct): number {
  return struct.reduce((sum, [, form]) => sum + (SIZES[form] as number), 0)
}

function moduleForm(form: Form | Struct): number {
  if (isStruct(form)) return MODULE_FORMS.span
  switch (form) {
    case 'u8':
      return MODULE_FORMS.byte
    case 'u16':
      return MODULE_FORMS.half
    case 'u32':
    case 's32':
      return MODULE_FORMS.word
    case 'be16':
      return MODULE_FORMS.rawHalf
    case 'be32':
      return MODULE_FORMS.rawWord
    case 'altnames':
    case 'metrics':
    case 'attributes':
      return MODULE_FORMS.attributes
    case 'kind':
      return MODULE_FORMS.kind
    case 'nexthops':
      return MODULE_FORMS.nexthops
    default:
      return MODULE_FORMS.span
  }
}

function check(holds: boolean, expected: string): void {
  if (!holds) throw new RangeError(`expected ${expected}`)
}

/** `place` is the object's index in the table. */
export function planOf(object: ObjectType, place: number): RecordPlan {
  const { name, attributes } = object
  let at = HEADER
  const members = object.members.map((member): PlacedMember => {
    const size = SIZES[member.form] as number
    check(at % size === 0, `${object.struct} to have ${member.name} aligned`)
    const offset = at
    at += size
    return { ...member, offset, size }
  })
  const headerBytes = at - HEADER
  check(headerBytes <= HEADER_ROOM, `${object.struct} to have at most ${HEADER_ROOM} bytes`)
  check(attributes.length <= FIELDS_MAX, `${name} to have at most ${FIELDS_MAX} fields`)
  const texts = attributes.filter(({ form }) => isText(form))
  check(texts.length <= 2, `${name} to have at most two texts`)

  const used = new Set<number>()
  const claim = (from: number, to: number, size: number): number | undefined => {
    for (let offset = Math.ceil(from / size) * size; offset + size <= to; offset += size) {
      const bytes = Array.from({ length: size }, (_, n) => offset + n)
      if (bytes.some((byte) => used.has(byte))) continue
      for (const byte of bytes) used.add(byte)
      return offset
    }
    return undefined
  }
  const offsets = new Map<FieldLine, number>()
  const put = (wanted: (size: number) => boolean, ...rooms: [from: number, to: number][]) => {
    for (const field of attributes) {
      const size = sizeOf(field.form)
      if (!wanted(size)) continue
      for (const [from, to] of rooms) {
        const offset = offsets.get(field) ?? claim(from, to, size)
        if (offset !== undefined) offsets.set(field, offset)
      }
      check(offsets.has(field), `room for ${field.constant} in a record of ${RECORD_MAX} bytes`)
    }
  }
  put((size) => size === 4, [VALUES, RECORD_MAX])
  const small: [number, number][] = [
    [at, PRESENT],
    [VALUES, RECORD_MAX],
  ]
  if (texts.length === 0) small.unshift([SLOTS, HEADER])
  put((size) => size === 2, ...small)
  put((size) => size === 1, ...small)
  const spansStart = Math.ceil((Math.max(VALUES - 1, ...used) + 1) / 8) * 8
  const spans = attributes.filter(({ form }) => sizeOf(form) === 0)
  for (const [n, span] of spans.entries()) offsets.set(span, spansStart + n * 8)
  const end = spansStart + spans.length * 8
  check(end <= RECORD_MAX, `a ${name} record of at most ${RECORD_MAX} bytes, got ${end}`)

  const fields = attributes.map((attribute, bit): PlacedField => {
    const { form } = attribute
    const size = sizeOf(form)
    const text = texts.indexOf(attribute)
    return {
      ...attribute,
      offset: offsets.get(attribute) as number,
      bit,
      size,
      moduleForm: moduleForm(form),
      least: isStruct(form) ? structBytes(form) : form === 'be64' ? 8 : size,
      slot: text < 0 ? undefined : SLOTS + text * 2,
    }
  })
  const bytes = Math.ceil(end / CLEARED) * CLEARED
  check(bytes - spansStart <= SPANS_MAX * 8, `${name} to have at most ${SPANS_MAX} spans`)
  return { object, kind: FIRST_KIND + place, members, headerBytes, fields, spansStart, bytes }
}

/** Bytes of a number, 0 for a span. */
function sizeOf(form: Form | Struct): number {
  return isStruct(form) ? 0 : (SIZES[form] ?? 0)
}

/** KIND_MESSAGE and KIND_CONTROL come first. */
const FIRST_KIND = 2

/** `carrierChanges` as in C: CARRIER_CHANGES. */
export function constantCase(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase()
}

/** `link` as the start of a type's name: Link. */
export function capital(name: string): string {
  return name[0]?.toUpperCase() + name.slice(1)
}
