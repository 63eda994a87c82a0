// Makes objects of messages that share a layout: the same objects as json.ts, several times as fast.
// In: one message, to find out what its layout's objects look like. Out: a function that fills such an object from the
// bytes of another. What is not worth a reader of its own is left to json.ts.

import {
  HINT_HEX,
  HINT_IP,
  HINT_IPV4,
  HINT_LINK_ADDRESS,
  TYPE_S32,
  TYPE_U8,
  TYPE_U64,
  TYPE_UINT,
} from '../../assembly/schema-layout.js'
import { type ReadInteger, readU8, readU16, readU32, readU64 } from '../base/integers.js'
import { bodyJson, type Json, leafJson, valueJson } from './json.js'
import type { TreeNode } from './node.js'
import { typingOf } from './node-value.js'
import type { Tree } from './tree.js'
import { readValue } from './value.js'

type JsonObject = { [key: string]: Json }
type Read<T> = (tree: Tree) => T
export type ReadBody = Read<JsonObject>

/** What bodyJson() makes of a message. */
export function readBody(message: TreeNode): JsonObject {
  const { tree } = message
  const { layout } = tree
  // A layout that is seen once is not worth it.
  if (layout.uses++ === 0) return bodyJson(message)
  layout.readBody ??= objectReader(bodyJson(message, { leaf: (node) => new Leaf(node) as never }))
  return layout.readBody(tree)
}

/** Stands for the value of a node. */
class Leaf {
  readonly node: TreeNode

  constructor(node: TreeNode) {
    this.node = node
  }
}

function reader(form: unknown): Read<Json> {
  if (form instanceof Leaf) return leafReader(form.node)
  if (Array.isArray(form)) {
    const readers = form.map(reader)
    return (tree) => readers.map((read) => read(tree))
  }
  if (typeof form === 'object' && form !== null) return objectReader(form as JsonObject)
  // What an error quotes says its operation, which is the layout's.
  return () => form as Json
}

function objectReader(form: JsonObject): Read<JsonObject> {
  const keys = Object.keys(form)
  const readers = Object.values(form).map(reader)
  // An object that was parsed has room for its members in itself, and so have its copies.
  const last = JSON.parse(JSON.stringify(form, (key, value) => (key === '' ? value : null)))
  const values: Json[] = keys.map(() => null)
  return (tree) => {
    // What changes from one entry of a table to the next is little: the rest is copied at once.
    for (let at = 0; at < readers.length; at++) {
      const value = (readers[at] as Read<Json>)(tree)
      if (value === values[at]) continue
      values[at] = value
      last[keys[at] as string] = value
    }
    return { ...last }
  }
}

const IPV4_HINTS: ReadonlySet<number> = new Set([HINT_IPV4, HINT_IP, HINT_LINK_ADDRESS])
/** Names of so many values of one member or attribute are remembered. */
const NAMED_MAX = 256

function leafReader(node: TreeNode): Read<Json> {
  const { index, valueStart: at, valueEnd: end, isLeaf, status } = node
  const size = end - at
  const slowly: Read<Json> = (tree) => leafJson(tree.node(index))
  if (!isLeaf || status !== 'typed' || size === 0) return slowly
  const typing = typingOf(node)
  const { type, hint, names, isLittle } = typing
  if (size === 4 && IPV4_HINTS.has(hint)) return ({ bytes }) => ipv4Text(bytes, at)
  const isPlain = hint === 0 || hint === HINT_HEX
  const isUnsigned = isPlain && ((type >= TYPE_U8 && type <= TYPE_U64) || type === TYPE_UINT)
  const integer = isUnsigned ? INTEGERS[size] : undefined
  if (names)
    return integer && size <= 4
      ? remembering((tree) => integer(tree.bytes, at, isLittle), slowly)
      : slowly
  if (integer) {
    return (tree) => {
      const number = integer(tree.bytes, at, isLittle)
      return number <= Number.MAX_SAFE_INTEGER ? number : slowly(tree)
    }
  }
  // Links have some sixty of these.
  if (isPlain && type === TYPE_S32 && size === 4) {
    return ({ bytes }) => readU32(bytes, at, isLittle) | 0
  }
  return ({ bytes }) => valueJson(readValue(bytes.subarray(at, end), typing)) ?? null
}

/** What `number` says is all that a name depends on, beside the layout. */
function remembering(number: Read<number>, slowly: Read<Json>): Read<Json> {
  const known = new Map<number, Json>()
  let lastKey = -1
  let value: Json = null
  return (tree) => {
    const key = number(tree)
    if (key !== lastKey) {
      value = known.get(key) ?? slowly(tree)
      if (known.size === NAMED_MAX) known.clear()
      known.set(key, value)
      lastKey = key
    }
    // The names of flags: each object has an array of its own.
    return Array.isArray(value) ? value.slice() : value
  }
}

/** By size in bytes. */
const INTEGERS: { readonly [size: number]: ReadInteger } = {
  1: readU8,
  2: readU16,
  4: readU32,
  8: readU64,
}

const NUMBERS: readonly string[] = Array.from({ length: 256 }, (_, byte) => `${byte}`)
const DOTTED: readonly string[] = NUMBERS.map((number) => `.${number}`)

function ipv4Text(bytes: Uint8Array, at: number): string {
  const [one, two] = [NUMBERS[readU8(bytes, at)] as string, DOTTED[readU8(bytes, at + 1)] as string]
  return one + two + DOTTED[readU8(bytes, at + 2)] + DOTTED[readU8(bytes, at + 3)]
}
