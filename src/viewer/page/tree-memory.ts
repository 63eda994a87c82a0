// Remembers which nodes a user has opened and closed, by name, so that the next message is shown alike.
// In: nodes as the names that lead to them from the message. Out: the same decisions for the tree of another message.

import { PACKED_FIELDS, PACKED_NEXT, PACKED_PARENT } from '../worker-protocol.js'

/** The nodes of a frame: labels, and PACKED_FIELDS numbers for each. */
export interface Nodes {
  labels: readonly string[]
  numbers: Uint32Array
}

interface Branch {
  isOpen: boolean | undefined
  below: Map<string, Branch>
}

const branch = (): Branch => ({ isOpen: undefined, below: new Map() })

export class TreeMemory {
  #root = branch()

  /** Remembers that a node of a message was opened or closed. Nodes outside the message are ignored. */
  note(nodes: Nodes, message: number, node: number, isOpen: boolean): void {
    const path = namesBelow(nodes, message, node)
    if (!path) return
    let at = this.#root
    for (const name of path) {
      const below = at.below.get(name) ?? branch()
      at.below.set(name, below)
      at = below
    }
    at.isOpen = isOpen
  }

  /** Opens and closes the nodes of a message as those of earlier ones. Looks only where something was noted. */
  apply(nodes: Nodes, message: number, open: Set<number>): void {
    const visit = ({ isOpen, below }: Branch, node: number) => {
      if (isOpen === true) open.add(node)
      if (isOpen === false) open.delete(node)
      if (below.size === 0) return
      for (const child of childrenOf(nodes, node)) {
        const noted = below.get(nameOf(nodes, child))
        if (noted) visit(noted, child)
      }
    }
    visit(this.#root, message)
  }
}

/** The names from a message down to a node; undefined if it is not below the message. */
export function namesBelow(nodes: Nodes, message: number, node: number): string[] | undefined {
  const path: string[] = []
  for (let at = node; at !== message; at = field(nodes, at, PACKED_PARENT)) {
    if (at === 0) return undefined
    path.unshift(nameOf(nodes, at))
  }
  return path
}

/** The node that a path leads to from a message; -1 if there is none. */
export function nodeAtPath(nodes: Nodes, message: number, path: readonly string[]): number {
  let at = message
  for (const name of path) {
    let found = -1
    for (const child of childrenOf(nodes, at)) {
      if (nameOf(nodes, child) !== name) continue
      found = child
      break
    }
    if (found < 0) return -1
    at = found
  }
  return at
}

function* childrenOf(nodes: Nodes, node: number): Generator<number> {
  const next = field(nodes, node, PACKED_NEXT)
  for (let child = node + 1; child < next; child = field(nodes, child, PACKED_NEXT)) yield child
}

/** The first word of a label: a name, with its number among nodes of the same name. */
function nameOf({ labels }: Nodes, node: number): string {
  return labels[node]?.split(' ', 1)[0] ?? ''
}

function field({ numbers }: Nodes, node: number, which: number): number {
  return numbers[node * PACKED_FIELDS + which] ?? 0
}
