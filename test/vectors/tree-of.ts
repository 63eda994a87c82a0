// A golden vector as a tree, with the schema of every family.

import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import type { Vector } from './read.ts'

export function treeOf(vector: Vector): Tree {
  const { byteOrder, protocol, linkHeader, families, bytes, length } = vector
  const dissector = new Dissector({ schema, families })
  return dissector.dissect(bytes, {
    byteOrder,
    protocol,
    linkHeader,
    isCut: length > bytes.length,
  })
}
