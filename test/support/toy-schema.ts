// A made-up family that has one of everything: what the tests of the tree sink decode by.
// In: nothing. Out: its schema part, and one of a generic family; laid out as every part is.

import { NLM_F_REQUEST } from '../../assembly/contract.ts'
import * as L from '../../assembly/schema-layout.ts'
import type {
  Definition,
  SetTable,
  StructTable,
  SubTable,
  Table,
} from '../../src/schema/compiler/model.ts'
import { layOut } from '../../src/schema/compiler/write-part.ts'

export const TOY = 30
export const TOY_GENERIC_ID = 40
export { NLM_F_REQUEST }

type More = Partial<Omit<Definition, 'kind' | 'name'>>

export function definition(id: number, name: string, type: number, more: More = {}): Definition {
  const none = { arg: undefined, arg2: undefined, enum: undefined, flags: 0, hint: 0, size: 0 }
  return { kind: 'definition', id, type, name: name ? { text: name } : undefined, ...none, ...more }
}

export function setOf(name: string, ...definitions: Definition[]): SetTable {
  return { kind: 'set', name, prefix: '', definitions }
}

/** `members` by offset, with their sizes. */
export function structOf(name: string, size: number, ...members: Definition[]): StructTable {
  return { kind: 'struct', name, size, definitions: members }
}

type Selector = Pick<SubTable, 'selector' | 'selectorKind' | 'selectorType'>

export function subOf(name: string, selector: Selector, ...formats: Definition[]): SubTable {
  return { kind: 'sub', name, ...selector, definitions: formats }
}

const named = (text: string, kind: number): Selector => ({
  selector: { name: { text } },
  selectorKind: kind,
  selectorType: 0,
})
const nest = (table: Table | undefined): More => ({ arg: table as SetTable })

const pair = structOf(
  'pair',
  8,
  definition(0, 'small', L.TYPE_U8, { size: 1 }),
  definition(4, 'large', L.TYPE_U32, { size: 4, flags: L.DEFINITION_BIG_ENDIAN }),
)
/** A gap of 3 bytes within `pair`, one of 2 at the end. */
const outer = structOf(
  'outer',
  16,
  definition(0, 'pair', L.TYPE_STRUCT, { arg: pair, size: 8 }),
  definition(0, 'same bytes', L.TYPE_U64, { size: 8 }),
  definition(8, 'list', L.TYPE_ARRAY, { arg: definition(0, '', L.TYPE_U16), size: 4 }),
  definition(12, 'label', L.TYPE_STRING, { size: 2 }),
)
const tailed = structOf(
  'tailed',
  4,
  definition(0, 'head', L.TYPE_U32, { size: 4 }),
  definition(4, 'rest', L.TYPE_BYTES),
)
const hop = structOf(
  'hop',
  8,
  definition(0, 'length', L.TYPE_U16, { size: 2 }),
  definition(2, 'rest', L.TYPE_BYTES, { size: 6 }),
)
const head = structOf(
  'head',
  8,
  definition(0, 'family', L.TYPE_U8, { size: 1 }),
  definition(1, 'pad', L.TYPE_PAD, { size: 3 }),
  definition(4, 'index', L.TYPE_S32, { size: 4 }),
)

const inner = setOf(
  'inner',
  definition(1, 'a', L.TYPE_U16),
  definition(2, 'b', L.TYPE_STRING),
  definition(3, 'again', L.TYPE_SUB_MESSAGE, {
    arg: subOf(
      'by outer kind',
      named('kind', L.SELECTOR_STRING),
      definition(0, 'red', L.TYPE_U8),
      definition(0, 'blue', L.TYPE_U32),
    ),
  }),
)
const byKind = subOf(
  'by kind',
  named('kind', L.SELECTOR_STRING),
  definition(0, 'red', L.TYPE_NEST, { arg: inner }),
  definition(0, 'reddish', L.TYPE_STRUCT, { arg: pair }),
  definition(0, 'blue', L.TYPE_U32, { flags: L.DEFINITION_BIG_ENDIAN }),
  definition(0, 'both', L.TYPE_HEADED, { arg: inner, arg2: pair }),
)
const byNumber = subOf(
  'by number',
  named('number', L.SELECTOR_NUMBER),
  definition(1, 'one', L.TYPE_NEST, { arg: inner }),
  definition(258, 'two', L.TYPE_U8),
  definition(0, '', L.TYPE_OPAQUE, { flags: L.DEFINITION_DEFAULT }),
)
const byBody = subOf(
  'by body',
  { selector: { offset: 0 }, selectorKind: L.SELECTOR_BODY, selectorType: L.TYPE_U8 },
  definition(7, 'bridge', L.TYPE_U16),
)
const byValue = subOf(
  'by value',
  { selector: { offset: 2 }, selectorKind: L.SELECTOR_VALUE, selectorType: L.TYPE_U16 },
  definition(258, 'pair', L.TYPE_STRUCT, { arg: pair }),
)

/** The attributes, by number. */
export const A = {
  u8: 1,
  u16: 2,
  u32: 3,
  u64: 4,
  uint: 5,
  flag: 6,
  string: 7,
  bytes: 8,
  mac: 9,
  opaque: 10,
  unused: 11,
  bitfield: 12,
  big: 13,
  struct: 14,
  tailed: 15,
  array: 16,
  structs: 17,
  nest: 18,
  anonymous: 19,
  indexed: 20,
  typeValue: 21,
  records: 22,
  headed: 23,
  multi: 24,
  kind: 25,
  number: 26,
  byKind: 27,
  byNumber: 28,
  byBody: 29,
  message: 30,
  self: 31,
  bigArray: 32,
  byValue: 33,
  far: 1000,
}

const toys = setOf('toys')
toys.definitions.push(
  definition(A.u8, 'u8', L.TYPE_U8),
  definition(A.u16, 'u16', L.TYPE_U16),
  definition(A.u32, 'u32', L.TYPE_U32),
  definition(A.u64, 'u64', L.TYPE_U64),
  definition(A.uint, 'uint', L.TYPE_UINT),
  definition(A.flag, 'flag', L.TYPE_FLAG),
  definition(A.string, 'string', L.TYPE_STRING),
  definition(A.bytes, 'bytes', L.TYPE_BYTES),
  definition(A.mac, 'mac', L.TYPE_BYTES, { size: 6 }),
  definition(A.opaque, 'opaque', L.TYPE_OPAQUE),
  definition(A.unused, 'unused', L.TYPE_UNUSED),
  definition(A.bitfield, 'bitfield', L.TYPE_BITFIELD32),
  definition(A.big, 'big', L.TYPE_U32, { flags: L.DEFINITION_BIG_ENDIAN }),
  definition(A.struct, 'struct', L.TYPE_STRUCT, { arg: outer }),
  definition(A.tailed, 'tailed', L.TYPE_STRUCT, { arg: tailed }),
  definition(A.array, 'array', L.TYPE_ARRAY, { arg: definition(0, '', L.TYPE_U16) }),
  definition(A.structs, 'structs', L.TYPE_ARRAY, {
    arg: definition(0, '', L.TYPE_STRUCT, { arg: pair }),
  }),
  definition(A.nest, 'nest', L.TYPE_NEST, { arg: inner }),
  definition(A.anonymous, 'anonymous', L.TYPE_NEST),
  definition(A.indexed, 'indexed', L.TYPE_INDEXED, {
    arg: definition(0, '', L.TYPE_NEST, { arg: inner }),
  }),
  definition(A.typeValue, 'type-value', L.TYPE_TYPE_VALUE, {
    arg: definition(0, 'key', L.TYPE_TYPE_VALUE, { arg: definition(0, 'code', L.TYPE_U32) }),
  }),
  definition(A.records, 'records', L.TYPE_RECORDS, { arg: inner, arg2: hop }),
  definition(A.headed, 'headed', L.TYPE_HEADED, { arg: inner, arg2: pair }),
  definition(A.multi, 'multi', L.TYPE_U8, { flags: L.DEFINITION_MULTI }),
  definition(A.kind, 'kind', L.TYPE_STRING),
  definition(A.number, 'number', L.TYPE_U16),
  definition(A.byKind, 'by-kind', L.TYPE_SUB_MESSAGE, { arg: byKind }),
  definition(A.byNumber, 'by-number', L.TYPE_SUB_MESSAGE, { arg: byNumber }),
  definition(A.byBody, 'by-body', L.TYPE_SUB_MESSAGE, { arg: byBody }),
  definition(A.message, 'message', L.TYPE_MESSAGE),
  definition(A.self, 'self', L.TYPE_NEST, nest(toys)),
  definition(A.bigArray, 'big-array', L.TYPE_ARRAY, {
    arg: definition(0, '', L.TYPE_U32, { flags: L.DEFINITION_BIG_ENDIAN }),
  }),
  definition(A.byValue, 'by-value', L.TYPE_SUB_MESSAGE, { arg: byValue }),
  definition(A.far, 'far', L.TYPE_U8),
)

/** The operations, by message type. */
export const OP = { bare: 16, headed: 17, struct: 18, sub: 19, opaque: 20, twice: 21 }

const both = L.DEFINITION_REQUEST | L.DEFINITION_REPLY
const byFirstByte = subOf(
  'by first byte',
  { selector: { offset: 0 }, selectorKind: L.SELECTOR_BODY, selectorType: L.TYPE_U8 },
  definition(2, 'second', L.TYPE_HEADED, { arg: toys, arg2: head }),
)

export function toyPart(): Uint8Array {
  return layOut({
    name: 'toy',
    protocol: TOY,
    flags: 0,
    genlName: '',
    prefix: '',
    groups: undefined,
    operations: [
      definition(OP.bare, 'bare', L.TYPE_NEST, { arg: toys, flags: both }),
      definition(OP.headed, 'headed', L.TYPE_HEADED, { arg: toys, arg2: head, flags: both }),
      definition(OP.struct, 'struct', L.TYPE_STRUCT, { arg: head, flags: both }),
      definition(OP.sub, 'sub', L.TYPE_SUB_MESSAGE, { arg: byFirstByte, flags: both }),
      definition(OP.opaque, 'opaque', L.TYPE_OPAQUE, { flags: both }),
      definition(OP.twice, 'asked', L.TYPE_NEST, { arg: toys, flags: L.DEFINITION_REQUEST }),
      definition(OP.twice, 'answered', L.TYPE_NEST, { arg: inner, flags: L.DEFINITION_REPLY }),
    ],
  })
}

export function genericPart(): Uint8Array {
  const flags = L.FAMILY_GENERIC
  return layOut({
    name: 'gadget',
    protocol: 16,
    flags,
    genlName: 'gadget',
    prefix: '',
    groups: undefined,
    operations: [
      definition(1, 'ask', L.TYPE_NEST, { arg: inner, flags: L.DEFINITION_REQUEST }),
      definition(1, 'answer', L.TYPE_NEST, { arg: toys, flags: L.DEFINITION_REPLY }),
      definition(2, 'tell', L.TYPE_HEADED, { arg: inner, arg2: pair, flags: both }),
    ],
  })
}
