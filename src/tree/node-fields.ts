// The fields of a node, as assembly/tree-layout.ts draws them.
// In: a node and the offset of a field. Out: its number.

import { NODE_BYTES } from '../../assembly/tree-layout.js'
import type { TreeNode } from './node.js'

export function u8({ tree, index }: TreeNode, field: number): number {
  return tree.table.getUint8(index * NODE_BYTES + field)
}

export function u16({ tree, index }: TreeNode, field: number): number {
  return tree.table.getUint16(index * NODE_BYTES + field, true)
}

export function u32({ tree, index }: TreeNode, field: number): number {
  return tree.table.getUint32(index * NODE_BYTES + field, true)
}
