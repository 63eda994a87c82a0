// Values that the schema allows, in the form in which the decoder prints them.
// In: fields of the schema and random numbers. Out: plain data for each attribute, member and format that an operation
// can hold, down to a depth. Says which of several formats a sub-message has by giving what selects it.

import * as L from '../../assembly/schema-layout.ts'
import { encodeStruct } from '../../src/request/encode-packed.ts'
import type { Field, FieldReader, FieldTable } from '../../src/request/field-reader.ts'
import { givenFields } from '../../src/request/given-fields.ts'
import { selectByBytes } from '../../src/request/select-format.ts'
import { ROUTE_FLAGS } from '../../src/tree/route-flags.ts'

type Values = Record<string, unknown>

/** Sets whose values are known already, the innermost first. */
interface Around {
  set: FieldTable
  values: Values
  outer: Around | undefined
}

/** The number that a member must have, by its place, for the decoder to see a format. */
type Selected = readonly (readonly [place: number, number: bigint])[]

/** No value can be made here: padding, a message, a format that nothing selects. */
const NOTHING = Symbol('nothing')

const HOLDER_TURNS = 60

/** A number that selects no format but the default. */
const OTHER = 250n

const DEPTH_MAX = 8
const WORDS = ['a', 'eth0', 'ünïcode', 'two words', 'x'.repeat(12)]

export class SchemaValues {
  readonly #fields: FieldReader
  readonly #random: () => number
  readonly #byteOrder: 'little' | 'big'
  #header: Uint8Array = new Uint8Array(0)
  /** Sets of which each attribute has had its turn. */
  readonly #swept = new Set<number>()

  constructor(fields: FieldReader, random: () => number, byteOrder: 'little' | 'big' = 'little') {
    this.#byteOrder = byteOrder
    this.#fields = fields
    this.#random = random
  }

  /** Attributes of a set and formats of a sub-message have their turn one after another. */
  readonly #turns = new Map<readonly Field[], number>()

  #turn(fields: readonly Field[]): Field | undefined {
    const turn = this.#turns.get(fields) ?? 0
    this.#turns.set(fields, turn + 1)
    return fields[turn % fields.length]
  }

  #below(end: number): number {
    return Math.floor(this.#random() * end)
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item
  }

  /** Bodies of an operation: each of its headers, each attribute of a set that no operation before it has. */
  *bodies(operation: Field): Generator<Values> {
    for (const [body, selected] of this.#bodyFormats(operation, [])) {
      const { type, arg, arg2 } = body
      const [struct, set] =
        type === L.TYPE_NEST ? [0, arg] : type === L.TYPE_HEADED ? [arg2, arg] : [arg, 0]
      const table = this.#fields.set(set)
      const fields = this.#swept.has(set) ? [] : table.fields.flatMap(repeated)
      for (const only of [undefined, ...fields]) {
        const header = struct === 0 ? {} : this.#struct(struct, selected)
        this.#header = this.#headerBytes(struct, header)
        if (!this.#isSelected(operation, body)) continue
        this.#swept.add(set)
        const values = only ? this.#set(set, header, undefined, 0, only) : header
        const isMore = Object.keys(values).length > Object.keys(header).length
        if (!only || isMore) yield values
      }
    }
  }

  #headerBytes(struct: number, values: Values): Uint8Array {
    const { members } = givenFields(values, this.#fields.table(struct), undefined, '')
    const isBig = this.#byteOrder === 'big'
    const order = { byteOrder: this.#byteOrder, isBig }
    const coding = { fields: this.#fields, ...order, header: new Uint8Array(0) }
    return encodeStruct(coding, struct, members, '', isBig)
  }

  /** What the body of an operation can be, and the member that says so: its place and number. */
  *#bodyFormats(body: Field, selected: Selected): Generator<[Field, Selected]> {
    if (body.type !== L.TYPE_SUB_MESSAGE) {
      yield [body, selected]
      return
    }
    const { place } = this.#fields.selector(body.arg)
    for (const format of this.#fields.table(body.arg).fields) {
      const more = format.isDefault ? [] : [[place, BigInt(format.id)] as const]
      yield* this.#bodyFormats(format, [...selected, ...more])
    }
  }

  #isSelected(operation: Field, body: Field): boolean {
    let found: Field | undefined = operation
    while (found?.type === L.TYPE_SUB_MESSAGE) {
      found = selectByBytes(this.#fields, found.arg, this.#header, this.#byteOrder === 'little')
    }
    return found === body
  }

  /** All members; those at some places have the numbers that select the format. */
  #struct(struct: number, selected: Selected = []): Values {
    const values: Values = {}
    for (const member of this.#fields.table(struct).fields) {
      const [, number] = selected.find(([place]) => place === member.id) ?? []
      const isNumber = isInteger(member) && !Object.hasOwn(ADDRESSES, member.hint)
      const value =
        isNumber && number !== undefined
          ? this.#named(member, number, member.size * 8)
          : this.#packed(member, within(member, selected))
      if (value !== NOTHING) values[member.name] = value
    }
    return values
  }

  /** Attributes of a set: `only` that one, with what selects its format, or some of them. */
  #set(
    set: number,
    header: Values,
    outer: Around | undefined,
    depth: number,
    only?: Field,
  ): Values {
    const table = this.#fields.set(set)
    const values: Values = { ...header }
    const around = { set: table, values: {} as Values, outer }
    const count = depth > DEPTH_MAX ? 0 : Math.max(1, 4 - depth)
    const some = Array.from(
      { length: table.fields.length && count },
      () => this.#turn(table.fields) as Field,
    )
    const chosen = only ? [only] : some
    for (const field of chosen) this.#attribute(field, around, depth)
    for (const [key, value] of Object.entries(around.values)) {
      const field = table.byName.get(key) as Field
      values[Object.hasOwn(header, key) ? `${key}#${field.id}` : key] = value
    }
    return values
  }

  #attribute(field: Field, around: Around, depth: number): void {
    if (Object.hasOwn(around.values, field.name) || field.name === '') return
    if (around.set.byName.get(field.name) !== field) return
    const content = this.#content(field, around, depth)
    if (!content) return
    const value = this.#value(content[0], content[1], around, depth)
    if (value === NOTHING) return
    around.values[field.name] =
      field.isMulti && !Array.isArray(around.values[field.name]) ? [value] : value
  }

  /** A format for a field, with what selects it given in the set around. */
  #content(
    field: Field,
    around: Around | undefined,
    depth: number,
    selected: Selected = [],
  ): [Field, Selected] | undefined {
    if (field.type !== L.TYPE_SUB_MESSAGE) return [field, selected]
    const { kind, place } = this.#fields.selector(field.arg)
    const formats = this.#fields.table(field.arg).fields
    let format: Field | undefined
    if (kind === L.SELECTOR_STRING || kind === L.SELECTOR_NUMBER) {
      let one = around
      while (one && !one.set.fields.some(({ nameOffset }) => nameOffset === place)) one = one.outer
      const selector = one?.set.fields.find(({ nameOffset }) => nameOffset === place)
      if (!one || !selector || selector.isMulti) return undefined
      // What is outside has been chosen already.
      if (one !== around && one.values[selector.name] === undefined) return undefined
      const given = one.values[selector.name]
      format = formats.find(
        (candidate) =>
          !candidate.isDefault &&
          given !== undefined &&
          this.#selects(kind, selector, candidate) === given,
      )
      if (given === undefined) {
        format = this.#turn(formats)
        if (format?.isDefault) format = this.#turn(formats)
        if (!format) return undefined
        one.values[selector.name] = this.#selects(kind, selector, format)
      }
    } else if (kind === L.SELECTOR_BODY || kind === L.SELECTOR_REQUEST) {
      format = selectByBytes(this.#fields, field.arg, this.#header, this.#byteOrder === 'little')
    } else {
      format = this.#turn(formats) as Field
      const number = format.isDefault ? OTHER : BigInt(format.id)
      if (kind === L.SELECTOR_VALUE) selected = [...selected, [place, number]]
    }
    return format && this.#content(format, around, depth, selected)
  }

  #selects(kind: number, selector: Field, format: Field): unknown {
    return kind === L.SELECTOR_STRING ? format.name : this.#named(selector, BigInt(format.id), 32)
  }

  #value(content: Field, selected: Selected, around: Around | undefined, depth: number): unknown {
    const { type, arg, arg2 } = content
    switch (type) {
      case L.TYPE_NEST:
        return arg === 0 ? {} : this.#set(arg, {}, around, depth + 1)
      case L.TYPE_HEADED:
        return this.#set(arg, this.#struct(arg2, selected), around, depth + 1)
      case L.TYPE_RECORDS:
        return [0, 1].map(() => this.#set(arg, this.#struct(arg2), around, depth + 1))
      case L.TYPE_INDEXED:
        return [0, 1].map(() => this.#element(this.#fields.field(arg), around, depth))
      case L.TYPE_TYPE_VALUE:
        return { [1 + this.#below(9)]: [this.#element(this.#fields.field(arg), around, depth)] }
      case L.TYPE_MESSAGE:
      case L.TYPE_PAD:
        return NOTHING
      default:
        return this.#packed(content, selected)
    }
  }

  #element(each: Field, around: Around | undefined, depth: number): unknown {
    const content = this.#content(each, undefined, depth)
    return content ? this.#value(content[0], content[1], around, depth + 1) : NOTHING
  }

  /** What has no attributes below it. */
  #packed(field: Field, given: Selected = []): unknown {
    const found = this.#content(field, undefined, 0, given)
    if (!found) return NOTHING
    const [content, selected] = found
    const { type, arg, size } = content
    if (type === L.TYPE_STRUCT) return this.#struct(arg, selected)
    if (type === L.TYPE_ARRAY) return this.#array(content, field.size, selected)
    if (isInteger(content)) return this.#integer(content)
    switch (type) {
      case L.TYPE_FLAG:
        return true
      case L.TYPE_PAD:
        return NOTHING
      case L.TYPE_STRING:
        return this.#one(
          size === 0 ? WORDS : WORDS.filter((word) => Buffer.byteLength(word) <= size),
        )
      case L.TYPE_BITFIELD32:
        return { value: this.#number(content, 32), selector: this.#number(content, 32) }
      default:
        return this.#bytes(content.hint, field.size || size)
    }
  }

  #array(field: Field, size: number, selected: Selected): unknown {
    const each = this.#fields.field(field.arg)
    const first =
      each.type === L.TYPE_SUB_MESSAGE ? (this.#fields.table(each.arg).fields[0] as Field) : each
    const width =
      first.type === L.TYPE_STRUCT ? this.#fields.structSize(first.arg) : scalarBytes(first)
    const count = size === 0 ? 2 : size / width
    const elements = Array.from({ length: count }, () => this.#packed(each, selected))
    if (!field.names) return elements
    const [lowest = 0n] = field.names.entries.keys()
    return Object.fromEntries(
      elements.map((element, at) => [
        field.names?.entries.get(lowest + BigInt(at))?.name ?? `#${at}`,
        element,
      ]),
    )
  }

  #integer(field: Field): unknown {
    const { hint, type } = field
    const bytes = type >= L.TYPE_UINT ? this.#one([4, 8]) : scalarBytes(field)
    if (hint === L.HINT_MPLS) {
      return {
        label: this.#below(2 ** 20),
        tc: this.#below(8),
        bos: this.#random() < 0.5,
        ttl: this.#below(256),
      }
    }
    const text = ADDRESSES[hint]?.(bytes, () => this.#below(256))
    return text ?? this.#number(field, bytes * 8)
  }

  #number(field: Field, bits: number): unknown {
    const isSigned =
      (field.type >= L.TYPE_S8 && field.type <= L.TYPE_S64) || field.type === L.TYPE_SINT
    // Of an integer of either length, what needs 8 bytes: anything else has 4.
    const isLong = field.type >= L.TYPE_UINT && bits === 64
    let number = 0n
    for (let byte = 0; byte < bits / 8; byte++) number = (number << 8n) | BigInt(this.#below(256))
    if (isLong && field.type <= L.TYPE_SINT) number |= 1n << 40n
    if (this.#random() < 0.5 && !isLong) number &= 0xffn
    // A cached route has other flags than one that is not: src/tree/route-flags.ts.
    if (field.names?.name === ROUTE_FLAGS) number &= ~0x200n
    const names = [...(field.names?.entries.keys() ?? [])].filter((one) => one < 1n << BigInt(bits))
    if (names.length > 0 && !field.isFlags && this.#random() < 0.8) number = this.#one(names)
    return this.#named(field, isSigned ? BigInt.asIntN(bits, number) : number, bits)
  }

  /** As the decoder prints it. */
  #named(field: Field, number: bigint, bits: number): unknown {
    const { names, isFlags } = field
    const plain = Number.isSafeInteger(Number(number)) ? Number(number) : `${number}`
    const unsigned = BigInt.asUintN(bits > 32 ? 64 : 32, number)
    if (!names) return plain
    if (!isFlags) return names.entries.get(unsigned)?.name ?? plain
    const flags: string[] = []
    let rest = 0n
    for (let bit = 0n; bit < 64n; bit++) {
      if (((unsigned >> bit) & 1n) === 0n) continue
      const name = names.entries.get(bit)?.name
      if (name === undefined) rest |= 1n << bit
      else flags.push(name)
    }
    return rest === 0n ? flags : [...flags, `0x${rest.toString(16)}`]
  }

  #bytes(hint: number, size: number): unknown {
    const length =
      size ||
      (hint === L.HINT_IP || hint === L.HINT_IPV6
        ? 16
        : hint === L.HINT_IPV4
          ? 4
          : hint === L.HINT_UUID
            ? 16
            : 6)
    if (hint === L.HINT_TEXT) return this.#one(WORDS).padEnd(0)
    const byte = () => this.#below(256)
    return ADDRESSES[hint]?.(length, byte) ?? Array.from({ length }, () => hex(byte())).join('')
  }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

const ipv4 = (byte: () => number): string => Array.from({ length: 4 }, byte).join('.')
/** Without zeros, of which "::" could be made. */
const ipv6 = (byte: () => number): string =>
  Array.from({ length: 8 }, () => ((byte() << 8) | byte() || 1).toString(16)).join(':')
const mac = (length: number, byte: () => number): string =>
  Array.from({ length }, () => hex(byte())).join(':')

/** Text of a hint for so many bytes; undefined where the hint does not hold for them. */
const ADDRESSES: Record<number, (length: number, byte: () => number) => string | undefined> = {
  [L.HINT_MAC]: mac,
  [L.HINT_IPV4]: (length, byte) => (length === 4 ? ipv4(byte) : undefined),
  [L.HINT_IPV6]: (length, byte) => (length === 16 ? ipv6(byte) : undefined),
  [L.HINT_IP]: (length, byte) =>
    length === 4 ? ipv4(byte) : length === 16 ? ipv6(byte) : undefined,
  [L.HINT_LINK_ADDRESS]: (length, byte) =>
    length === 4 ? ipv4(byte) : length === 16 ? ipv6(byte) : mac(length, byte),
  [L.HINT_UUID]: (length, byte) =>
    length === 16
      ? Array.from({ length }, () => hex(byte()))
          .join('')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
      : undefined,
}

/** What holds others is made several times, so that each of these has its turn. */
function repeated(field: Field): Field[] {
  const isHolder = field.type >= L.TYPE_STRUCT && field.type !== L.TYPE_BITFIELD32
  return new Array(isHolder ? HOLDER_TURNS : 1).fill(field)
}

/** What is selected within a struct that is a member. */
function within({ id, size }: Field, selected: Selected): Selected {
  const inside = selected.filter(([place]) => place >= id && place < id + size)
  return inside.map(([place, number]) => [place - id, number] as const)
}

function isInteger({ type }: Field): boolean {
  return type >= L.TYPE_U8 && type <= L.TYPE_SINT
}

function scalarBytes({ type }: Field): number {
  return type >= L.TYPE_U8 && type <= L.TYPE_S64 ? 1 << ((type - L.TYPE_U8) & 3) : 8
}
