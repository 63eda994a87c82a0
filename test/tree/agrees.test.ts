// The link record and the tree are two sinks over one walk: what both tell must be the same, for every
// golden vector and for mutations of all of them. TREE_FUZZ_ROUNDS and FUZZ_SEED repeat or prolong a run.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as C from '../../assembly/contract.ts'
import * as layout from '../../assembly/record-layout.ts'
import { corpus } from '../support/corpus.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'
import { type Node, openSink } from '../support/tree.ts'
import { readVectors } from '../vectors/read.ts'

const rounds = Number(process.env.TREE_FUZZ_ROUNDS ?? 40_000)
const seed = Number(process.env.FUZZ_SEED ?? 90125)
const FIRST = C.RX_WINDOW + C.FRAME_HEADER_BYTES

const part = (name: string) =>
  readFileSync(new URL(`../../build/schema/${name}.nls`, import.meta.url))
const sink = openSink(part('netlink'), part('rt-link'))
const { view, u8 } = sink

/** Attribute number, record field, and how many bytes of the value it holds. */
const NUMBERS: [number, number, 1 | 4][] = [
  [layout.IFLA_MTU, layout.LINK_MTU, 4],
  [layout.IFLA_TXQLEN, layout.LINK_TXQLEN, 4],
  [layout.IFLA_LINK, layout.LINK_LINK, 4],
  [layout.IFLA_MASTER, layout.LINK_MASTER, 4],
  [layout.IFLA_GROUP, layout.LINK_GROUP, 4],
  [layout.IFLA_LINK_NETNSID, layout.LINK_LINK_NETNSID, 4],
  [layout.IFLA_NEW_IFINDEX, layout.LINK_NEW_IFINDEX, 4],
  [layout.IFLA_CARRIER_CHANGES, layout.LINK_CARRIER_CHANGES, 4],
  [layout.IFLA_CARRIER_UP_COUNT, layout.LINK_CARRIER_UP_COUNT, 4],
  [layout.IFLA_CARRIER_DOWN_COUNT, layout.LINK_CARRIER_DOWN_COUNT, 4],
  [layout.IFLA_OPERSTATE, layout.LINK_OPERSTATE, 1],
  [layout.IFLA_LINKMODE, layout.LINK_LINKMODE, 1],
  [layout.IFLA_CARRIER, layout.LINK_CARRIER, 1],
]
/** And of those that are spans: whether a NUL ends them. */
const SPANS: [number, number, boolean][] = [
  [layout.IFLA_IFNAME, layout.LINK_IFNAME, true],
  [layout.IFLA_ADDRESS, layout.LINK_ADDRESS, false],
  [layout.IFLA_BROADCAST, layout.LINK_BROADCAST, false],
  [layout.IFLA_PERM_ADDRESS, layout.LINK_PERM_ADDRESS, false],
  [layout.IFLA_PROP_LIST, layout.LINK_ALTNAMES, false],
]
/** Members of the ifinfomsg, by name, with record field and size. */
/** Attributes that a record has a field for. */
const WITH_FIELD = new Set(
  [...NUMBERS, ...SPANS].map(([type]) => type).concat(layout.IFLA_LINKINFO),
)
const MEMBERS: [string, number, number][] = [
  ['ifi-family', layout.LINK_FAMILY, 1],
  ['ifi-type', layout.LINK_TYPE, 2],
  ['ifi-index', layout.LINK_IFINDEX, 4],
  ['ifi-flags', layout.LINK_FLAGS, 4],
  ['ifi-change', layout.LINK_CHANGE, 4],
]
const HEADER: [string, number, number][] = [
  ['nlmsg-len', C.RECORD_LEN, 4],
  ['nlmsg-type', C.RECORD_TYPE, 2],
  ['nlmsg-flags', C.RECORD_FLAGS, 2],
  ['nlmsg-seq', C.RECORD_SEQ, 4],
  ['nlmsg-pid', C.RECORD_PID, 4],
]

const integer = (at: number, size: number, little: boolean) =>
  size === 1
    ? view.getUint8(at)
    : size === 2
      ? view.getUint16(at, little)
      : view.getUint32(at, little)

/** Compares both sinks on one frame; returns how many records there were. */
function compare(frame: Uint8Array, byteOrder: 'little' | 'big'): number {
  const count = sink.run(frame, { byteOrder })
  const nodes = Array.from({ length: count }, (_, index) => sink.node(index))
  sink.exports.begin(FIRST + frame.length, byteOrder === 'big' ? C.MODE_BIG_ENDIAN : 0)
  const records = sink.exports.decode()
  assert.ok(records < C.RECORDS_MAX)
  const messages = childrenOf(nodes, nodes[0] as Node)
  assert.is(records, messages.length, 'as many records as nodes below the frame')
  for (let index = 0; index < records; index++) {
    const record = C.RECORDS + index * layout.RECORD_BYTES
    compareMessage(nodes, messages[index] as Node, record, byteOrder === 'little')
  }
  return records
}

function childrenOf(nodes: Node[], node: Node): Node[] {
  const children: Node[] = []
  for (let index = node.index + 1; index < node.next; index = (nodes[index] as Node).next) {
    children.push(nodes[index] as Node)
  }
  return children
}

function compareMessage(nodes: Node[], message: Node, record: number, little: boolean): void {
  const u32 = (field: number) => view.getUint32(record + field, true)
  const kind = view.getUint16(record + C.RECORD_KIND, true)
  const error = view.getUint16(record + C.RECORD_ERROR, true)
  const offset = u32(C.RECORD_ERROR_OFFSET)
  assert.is(u32(C.RECORD_OFFSET), message.start)
  if (message.kind !== 'message') {
    assert.match(message.kind, /malformed|trailing/)
    assert.ok(error >= C.ERROR_MESSAGE_HEADER && error <= C.ERROR_MESSAGE_LONG, `error ${error}`)
    assert.is(offset, message.start)
    return
  }
  const parts = childrenOf(nodes, message)
  const struct = (name: string) => parts.find((node) => node.tableName === name)
  const members = (name: string, fields: [string, number, number][]) => {
    for (const node of childrenOf(nodes, struct(name) as Node)) {
      const [, field, size] = fields.find(([member]) => member === node.name) ?? []
      if (field === undefined || size === undefined) continue
      assert.is(integer(FIRST + node.value, size, little), integer(record + field, size, true))
    }
  }
  members('nlmsghdr', HEADER)
  if (kind === C.KIND_CONTROL) {
    const node = struct('nlmsgerr') ?? struct('done')
    if (node?.status === 'typed') {
      assert.is(integer(FIRST + node.value, 4, little), u32(C.RECORD_ERRNO))
    } else assert.is(error, message.raw === C.NLMSG_ERROR ? C.ERROR_BODY_SHORT : 0)
  }
  if (error === C.ERROR_BODY_SHORT && message.raw >= C.RTM_NEWLINK) {
    const node = struct('ifinfomsg')
    assert.ok(node === undefined || node.status === 'short' || node.status === 'bad-length')
  }
  if (kind !== layout.KIND_LINK) return
  members('ifinfomsg', MEMBERS)
  compareAttributes(nodes, parts, record, error, offset, little)
}

function compareAttributes(
  nodes: Node[],
  parts: Node[],
  record: number,
  error: number,
  offset: number,
  little: boolean,
): void {
  const u32 = (field: number) => view.getUint32(record + field, true)
  // A record stops at its first fault, the tree goes on: of that, only what starts before is compared.
  const isRead = (node: Node) => node.kind === 'attribute' && (error === 0 || node.start < offset)
  const attributes = parts.filter(isRead)
  const typeOf = (node: Node) => node.raw & C.NLA_TYPE_MASK
  const last = (type: number) => attributes.findLast((node) => typeOf(node) === type)
  if (error === 0) {
    const there = new Set(attributes.map(typeOf).filter((type) => WITH_FIELD.has(type)))
    const present = view.getBigUint64(record + C.RECORD_PRESENT, true).toString(2)
    assert.is(present.replaceAll('0', '').length, there.size, `present ${present}`)
  }
  for (const [type, field, size] of NUMBERS) {
    const node = last(type)
    const value = node === undefined ? 0 : integer(FIRST + node.value, size, little)
    assert.is(integer(record + field, size, true), value, `attribute ${type}`)
    if (node !== undefined) assert.ok(node.valueEnd - node.value >= size)
  }
  for (const [type, field, isText] of SPANS) {
    const node = last(type)
    assert.equal([u32(field), u32(field + 4)], spanOf(node, isText), `attribute ${type}`)
  }
  const linkinfo = last(layout.IFLA_LINKINFO)
  if (linkinfo !== undefined) {
    const inner = childrenOf(nodes, linkinfo).filter(isRead)
    const kind = inner.findLast((node) => typeOf(node) === C.IFLA_INFO_KIND)
    const found = [u32(layout.LINK_KIND), u32(layout.LINK_KIND + 4)]
    assert.equal(found, spanOf(kind, true), 'kind')
  }
  compareFault(nodes, parts, error, offset)
}

function spanOf(node: Node | undefined, isText: boolean): [number, number] {
  if (node === undefined) return [0, 0]
  const value = u8.subarray(FIRST + node.value, FIRST + node.valueEnd)
  const end = isText ? value.indexOf(0) : -1
  return [node.value, end < 0 ? value.length : end]
}

/** The chains that a record looks at are broken in both or in neither, at the same byte. */
function compareFault(nodes: Node[], parts: Node[], error: number, offset: number): void {
  const chains = parts.filter((node) =>
    [layout.IFLA_LINKINFO, layout.IFLA_PROP_LIST].includes(node.raw & C.NLA_TYPE_MASK),
  )
  const direct = [...parts, ...chains.flatMap((node) => childrenOf(nodes, node))]
  const broken = direct.filter((node) => node.kind === 'malformed').map((node) => node.start)
  const isBroken = error === C.ERROR_ATTRIBUTE_SHORT || error === C.ERROR_ATTRIBUTE_LONG
  if (isBroken) assert.ok(broken.includes(offset), `a chain broken at ${offset}`)
  else if (error === 0) assert.equal(broken, [], 'no chain that is broken')
  if (error === C.ERROR_VALUE_SHORT) {
    const node = parts.find(({ start }) => start === offset)
    assert.is(node?.status, 'bad-length')
  }
}

test('every vector', () => {
  for (const { bytes, byteOrder, title } of readVectors()) {
    try {
      compare(bytes, byteOrder)
    } catch (error) {
      throw new Error(`${title}: ${(error as Error).message}`)
    }
  }
})

test(`${rounds} mutations (FUZZ_SEED=${seed})`, () => {
  const next = random(seed)
  const vectors = readVectors().filter(({ bytes }) => bytes.length > 0)
  const others = corpus()
  const pool = [...vectors, ...others.map((bytes) => ({ bytes, byteOrder: 'little' as const }))]
  const mutators = { little: mutator(next, others, true), big: mutator(next, others, false) }
  let records = 0
  for (let round = 0; round < rounds; round++) {
    const { bytes, byteOrder } = pool[Math.floor(next() * pool.length)] as (typeof pool)[0]
    const frame = mutators[byteOrder].mutate(bytes)
    try {
      records += compare(frame, byteOrder)
    } catch (error) {
      const hex = Buffer.from(frame).toString('hex')
      throw new Error(`round ${round}: ${(error as Error).message}: ${byteOrder} ${hex}`)
    }
  }
  assert.ok(records > rounds, `${records} records`)
})

test.run()
