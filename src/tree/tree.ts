// One frame as a tree: its bytes and its node table.
// In: both, copied out of the module; trees with one layout share a table. Out: nodes, by index, in order, by byte.
// Has only numbers: strings are created on access.

import { NODE_BYTES, NODE_END, NODE_NEXT } from '../../assembly/tree-layout.js'
import { outOfRange } from '../base/errors.js'
import type { Layout } from './layout.js'
import { TreeNode } from './node.js'
import type { PartReader } from './part.js'

/** A frame's nodes in pre-order. `tree.root` is the frame itself. */
export class Tree {
  /** The frame's captured bytes; every offset counts from the first of them. */
  readonly bytes: Uint8Array
  /** Number of nodes. */
  readonly size: number
  /** NETLINK_… protocol of its messages. */
  readonly protocol: number
  /** Byte order in which it was read. */
  readonly byteOrder: 'little' | 'big'
  /** The nodes as numbers, in a layout of the decoder's own that may change. Several trees may share it. */
  readonly table: DataView
  /** @internal */
  readonly layout: Layout
  /** @internal */
  readonly schema: PartReader
  /** Generic netlink families by number, those known when the frame was read. */
  readonly genericFamilies: ReadonlyMap<number, string>

  /** @internal */
  constructor(
    schema: PartReader,
    bytes: Uint8Array,
    layout: Layout,
    protocol: number,
    byteOrder: 'little' | 'big',
    genericFamilies: ReadonlyMap<number, string>,
  ) {
    this.schema = schema
    this.bytes = bytes
    this.layout = layout
    this.table = layout.table
    this.size = this.table.byteLength / NODE_BYTES
    this.protocol = protocol
    this.byteOrder = byteOrder
    this.genericFamilies = genericFamilies
  }

  get root(): TreeNode {
    return new TreeNode(this, 0)
  }

  /** The node at an index in pre-order. */
  node(index: number): TreeNode {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
      throw outOfRange(`expected a node below ${this.size}, got ${String(index)}`)
    }
    return new TreeNode(this, index)
  }

  /** The frame's netlink messages. */
  get messages(): TreeNode[] {
    return [...this.root.children].filter((node) => node.kind === 'message')
  }

  /** Every node in pre-order, the frame first. */
  *[Symbol.iterator](): Generator<TreeNode> {
    for (let index = 0; index < this.size; index++) yield new TreeNode(this, index)
  }

  /** The leaf that contains the byte at `offset`; undefined outside the frame. */
  leafAt(offset: number): TreeNode | undefined {
    if (!(offset >= 0 && offset < this.bytes.length)) return undefined
    let at = 0
    for (;;) {
      const end = this.#next(at)
      let child = at + 1
      while (child < end && this.#end(child) <= offset) child = this.#next(child)
      if (child >= end) return new TreeNode(this, at)
      at = child
    }
  }

  #next(index: number): number {
    return this.table.getUint32(index * NODE_BYTES + NODE_NEXT, true)
  }

  #end(index: number): number {
    return this.table.getUint32(index * NODE_BYTES + NODE_END, true)
  }
}
