// Prints a message as `--tree` does: a line for each node, indented by its depth.

import { printable } from '../base/text.js'
import type { ReadAnswer } from '../request/netlink.js'
import type { TreeNode } from '../tree/node.js'
import { nodeLabel } from '../tree/print.js'

function messageTree(message: TreeNode): string {
  const { tree, index, next } = message
  const depths = new Map([[index, 0]])
  const lines = [printable(nodeLabel(message))]
  for (let at = index + 1; at < next; at++) {
    const node = tree.node(at)
    const depth = 1 + (depths.get(node.parent?.index ?? index) ?? 0)
    depths.set(at, depth)
    if (node.kind === 'padding' || node.name === 'nlattr') continue
    lines.push('  '.repeat(depth) + printable(nodeLabel(node)))
  }
  return lines.join('\n')
}

/** Options of `openNetlink()` with which answers are such lines. */
export const TREES = { read: messageTree as unknown as ReadAnswer }
