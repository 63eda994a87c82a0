// Finds the nodes that a name in a filter means, once for all messages of one layout.
// In: messages, each in a tree of its own. Out: the values of a name, equal to those of a MessageView.

import { NETLINK_KOBJECT_UEVENT } from '../../../assembly/tree-layout.js'
import { matchingNodes, messageStatuses, namedValues } from '../../filter/message-view.js'
import type { Layout } from '../../tree/layout.js'
import type { TreeNode } from '../../tree/node.js'

export class LayoutPaths {
  /** By layout and path: the indexes of nodes. Most messages do not have a name, which one look-up says. */
  readonly #found = new WeakMap<Layout, Map<string, number[]>>()

  readonly #statuses = new WeakMap<Layout, string[]>()

  /** The values of `status`. */
  statuses(message: TreeNode): string[] {
    const { layout } = message.tree
    const known = this.#statuses.get(layout) ?? messageStatuses(message)
    this.#statuses.set(layout, known)
    return known
  }

  values(message: TreeNode, path: readonly string[]): unknown[] {
    const { tree } = message
    const values: unknown[] = []
    for (const index of this.#indexes(message, path)) values.push(...namedValues(tree.node(index)))
    return values
  }

  #indexes(message: TreeNode, path: readonly string[]): number[] {
    const { layout, protocol } = message.tree
    // The names in a uevent are bytes of the message.
    if (protocol === NETLINK_KOBJECT_UEVENT) return indexesOf(message, path)
    let paths = this.#found.get(layout)
    if (!paths) {
      paths = new Map()
      this.#found.set(layout, paths)
    }
    const key = path.join('.')
    let indexes = paths.get(key)
    if (!indexes) {
      indexes = indexesOf(message, path)
      paths.set(key, indexes)
    }
    return indexes
  }
}

function indexesOf(message: TreeNode, path: readonly string[]): number[] {
  return matchingNodes(message, path).map(({ index }) => index)
}
