// Messages for tests of the decoder, and a sink that knows their families: messages with every type of attribute,
// and messages that end in every kind of last attribute.

import schema from 'netlink-wasm/schema/all'
import { schemaParts } from '../../src/schema/shipped-schema.ts'
import { bytes, join, type Order, text } from './netlink-bytes.ts'
import { A, genericPart, OP, TOY, TOY_GENERIC_ID, toyPart } from './toy-schema.ts'
import { type Exports, newExports, type Sink, sinkOf } from './tree.ts'

export const GENERIC = 16
const ROUTE = 0
const NESTED = 0x8000
/** An attribute that no set has. */
const UNKNOWN = 700

const parts = [schemaParts(schema), toyPart(), genericPart()]

/** A sink with all families of the package, and those of the samples. */
export function openSamplesSink(exports: Exports = newExports()): Sink {
  const sink = sinkOf(exports, ...parts)
  sink.learn(TOY_GENERIC_ID, 'gadget')
  return sink
}

export interface Sample {
  frame: Uint8Array
  protocol: number
  order: Order
}

/** One message with every attribute of the toy family, one of the generic family, and errors of both. */
export function samples(order: Order): Sample[] {
  const { attr, message, u16, u32, u64 } = bytes(order)
  const inner = join(attr(1, u16(5)), attr(2, text('x')), attr(3, [1]), attr(1, u16(6)))
  const pair = new Uint8Array(8).fill(3)
  const body = join(
    attr(A.byKind, inner),
    attr(A.kind, text('red')),
    attr(A.number, u16(1)),
    attr(A.byNumber, inner),
    attr(A.byBody, u16(1)),
    attr(A.byValue, [0, 0, 2, 1, 0, 0, 0, 0]),
    attr(A.u64, u64(1)),
    attr(A.struct, new Uint8Array(16)),
    attr(A.tailed, new Uint8Array(9)),
    attr(A.array, new Uint8Array(7)),
    attr(A.structs, join(pair, pair)),
    attr(A.self, join(attr(A.nest, inner), attr(A.kind, text('blue')), attr(A.self, attr(A.u8)))),
    attr(A.indexed, join(attr(1, inner), attr(2, inner))),
    attr(A.typeValue, attr(9, attr(4, u32(1)))),
    attr(
      A.records,
      join(u16(16), new Uint8Array(6), attr(2, text('ab')), u16(8), new Uint8Array(6)),
    ),
    attr(A.headed, join(pair, inner)),
    attr(NESTED | UNKNOWN, inner),
    attr(A.u8, [1]),
    attr(A.u8, [2]),
  )
  const headed = message(OP.headed, 1, join([7, 0, 0, 0], u32(1), body))
  const wrapped = message(OP.bare, 0, join(attr(A.message, headed), body))
  const generic = message(TOY_GENERIC_ID, 1, join([1, 1, 0, 0], inner))
  const tlvs = join(attr(1, text('no')), attr(2, u32(16)))
  const error = (flags: number, ...parts: Uint8Array[]) => message(2, flags, join(u32(1), ...parts))
  const frames: [number, Uint8Array][] = [
    [TOY, headed],
    [TOY, wrapped],
    [TOY, join(headed, wrapped)],
    [TOY, error(0x200, headed, tlvs)],
    [TOY, error(0x300, headed.subarray(0, 16), tlvs)],
    [TOY, error(0x200, message(OP.bare, 0, undefined, 20), attr(1), attr(2, u32(16)))],
    [TOY, message(3, 0x202, join(u32(0), tlvs))],
    [GENERIC, join(generic, message(TOY_GENERIC_ID, 0, join([1, 1, 0, 0], body)))],
    [GENERIC, error(0x200, generic, tlvs)],
    [GENERIC, message(16, 1, join([3, 1, 0, 0], attr(2, text('nlctrl'))))],
  ]
  return frames.map(([protocol, frame]) => ({ frame, protocol, order }))
}

/** Messages by what they end in, without the padding behind the last attribute. */
export function endings(order: Order): (Sample & { what: string })[] {
  const { attr, message, u16, u32, u64 } = bytes(order)
  const bare = (type: number, payload: Uint8Array | number[] = [], length?: number) =>
    attr(type, payload, length, false)
  const zeros = (length: number) => new Uint8Array(length)
  const found: (Sample & { what: string })[] = []
  const add = (what: string, protocol: number, frame: Uint8Array) => {
    found.push({ what: `${what}, ${order}-endian`, protocol, frame, order })
  }
  const whole = (type: number, flags: number, body: Uint8Array) =>
    message(type, flags, body).subarray(0, 16 + body.length)

  /** Nests that may end a chain, and what is in them. */
  const nests = (type: number): [string, Uint8Array][] => [
    ['empty', bare(type)],
    ['with one', bare(type, attr(1, u16(5)))],
    ['with one that is not padded', bare(type, bare(1, [5]))],
    ['with an empty one', bare(type, attr(2))],
    ['with a nest', bare(type, attr(NESTED | UNKNOWN, attr(NESTED | UNKNOWN, attr(1))))],
    ['with one that is too long', bare(type, attr(1, u16(5), 9))],
    ['with one that is too short', bare(type, attr(1, u16(5), 3))],
    ...[1, 2, 3].map((left): [string, Uint8Array] => [
      `with ${left} bytes behind one`,
      bare(type, join(attr(1, u16(5)), zeros(left))),
    ]),
    ...[1, 2, 3].map((left): [string, Uint8Array] => [`of ${left} bytes`, bare(type, zeros(left))]),
  ]
  const broken: [string, Uint8Array][] = [
    ['an attribute that is too long', bare(UNKNOWN, zeros(6), 11)],
    ['a nest that is too long', bare(NESTED | UNKNOWN, attr(1), 100)],
    ...[0, 1, 2, 3].map((length): [string, Uint8Array] => [
      `an attribute of length ${length}`,
      bare(UNKNOWN, [], length),
    ]),
    ...[1, 2, 3].map((left): [string, Uint8Array] => [`${left} bytes left over`, zeros(left)]),
  ]

  const selectors = join(attr(A.kind, text('red')), attr(A.number, u16(1)))
  const toy = (what: string, end: Uint8Array) => {
    add(`toy: ${what}`, TOY, whole(OP.headed, 0, join([7, 0, 0, 0], u32(1), selectors, end)))
  }
  for (const type of [A.nest, A.self, A.byKind, A.byNumber, A.indexed, A.typeValue]) {
    for (const [what, end] of nests(type)) toy(`attribute ${type}, ${what}`, end)
  }
  for (const [what, end] of nests(NESTED | UNKNOWN)) toy(`an unknown nest, ${what}`, end)
  for (const [what, end] of broken) toy(what, end)
  for (let length = 0; length <= 17; length++) {
    for (const type of [A.string, A.bytes, A.struct, A.tailed, A.array, A.structs]) {
      toy(`attribute ${type} of ${length} bytes`, bare(type, zeros(length)))
    }
    for (const type of [A.kind, A.number, A.message, A.records, A.headed, A.byValue, A.byBody]) {
      toy(`attribute ${type} of ${length} bytes`, bare(type, zeros(length).fill(length)))
    }
  }
  for (const [type, payload] of [
    [A.u8, [1]],
    [A.u16, u16(1)],
    [A.u32, u32(1)],
    [A.u64, u64(1)],
    [A.uint, u64(1)],
    [A.bitfield, zeros(8)],
    [A.mac, zeros(6)],
    [A.flag, []],
  ] as const) {
    toy(`attribute ${type}`, bare(type, [...payload]))
    toy(`attribute ${type} and a byte`, bare(type, [...payload, 0]))
  }
  const inside = message(OP.bare, 0, attr(A.u8, [1]))
  toy('a message within', bare(A.message, inside))
  toy('a message within that is not padded', bare(A.message, inside.subarray(0, 21)))
  toy('a message within, and a byte', bare(A.message, join(inside, [0])))
  toy('records', bare(A.records, join(u16(12), zeros(6), attr(2))))
  toy('records, the last one not padded', bare(A.records, join(u16(8), zeros(6), u16(9), zeros(7))))

  for (const flags of [0, 0x100, 0x200, 0x300]) {
    for (const type of [2, 3]) {
      for (let length = 0; length <= 24; length++) {
        add(
          `control ${type}, flags ${flags}, ${length} bytes`,
          TOY,
          whole(type, flags, zeros(length)),
        )
      }
      const refused = message(OP.bare, 1, attr(A.u8, [1]))
      for (const [what, end] of nests(NESTED | UNKNOWN)) {
        const body = join(u32(1), refused, end)
        add(`control ${type}, flags ${flags}, a nest ${what}`, TOY, whole(type, flags, body))
      }
      for (const [what, end] of broken) {
        const body = join(u32(1), refused, end)
        add(`control ${type}, flags ${flags}, ${what}`, TOY, whole(type, flags, body))
      }
    }
  }
  for (let length = 0; length <= 8; length++) {
    add(`generic, ${length} bytes`, GENERIC, whole(TOY_GENERIC_ID, 1, zeros(length)))
    add(`unknown, ${length} bytes`, TOY, whole(999, 0, zeros(length)))
    add(`unknown generic, ${length} bytes`, GENERIC, whole(999, 0, zeros(length)))
  }
  for (const [what, end] of nests(NESTED | UNKNOWN)) {
    add(`unknown generic, ${what}`, GENERIC, whole(999, 0, join(zeros(4), end)))
  }

  const ifinfo = join([0, 0], u16(1), u32(2), u32(3), u32(4))
  const operstate = attr(16, [6])
  const link = (what: string, ...ends: Uint8Array[]) => {
    add(`link: ${what}`, ROUTE, whole(16, 0, join(ifinfo, ...ends)))
  }
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  for (let length = 0; length <= 20; length++) {
    const name = [...Buffer.from(letters.slice(0, length))]
    link(`a name of ${length} bytes`, operstate, bare(3, name))
    link(`a name of ${length} bytes and a NUL`, operstate, bare(3, [...name, 0]))
    link(`a kind of ${length} bytes`, operstate, bare(18, bare(1, name)))
    link(`an altname of ${length} bytes`, operstate, bare(52, bare(53, name)))
    link(`an address of ${length} bytes`, attr(3, text('eth0')), bare(1, name))
  }
  for (const type of [16, 17, 33, 4, 5, 10, 13, 27, 35, 37, 47, 48, 49]) {
    for (let length = 0; length <= 5; length++) {
      link(`attribute ${type} of ${length} bytes`, attr(3, text('eth0')), bare(type, zeros(length)))
    }
  }
  for (const type of [18, 52, NESTED | UNKNOWN]) {
    for (const [what, end] of nests(type))
      link(`attribute ${type}, ${what}`, attr(3, text('eth0')), end)
  }
  for (const [what, end] of broken) link(what, attr(3, text('eth0')), operstate, end)
  for (let length = 0; length <= 16; length++) {
    add(`an ifinfomsg of ${length} bytes`, ROUTE, whole(16, 0, ifinfo.slice(0, length)))
  }
  return found
}
