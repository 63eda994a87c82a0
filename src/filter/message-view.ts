// A message as a filter sees it: facts of its frame and header, and every node by name.
// In: a message node and where it stands in the capture. Out: the values that a name stands for.

import type { TreeNode } from '../tree/node.js'
import { PROTOCOL_NAMES } from '../tree/node-names.js'
import { messageHeader } from '../tree/request-pairing.js'
import { hexText } from '../tree/value.js'

export interface MessagePlace {
  /** 1-based, of the frame in the capture. */
  frame: number
  /** 1-based, of the message in the frame. */
  message: number
  /** ns since the epoch. */
  timestamp?: bigint | undefined
  interfaceName?: string | undefined
}

type Fact = (node: TreeNode, place: MessagePlace) => unknown[]

const FACTS: Record<string, Fact> = {
  frame: (_node, { frame }) => [frame],
  message: (_node, { message }) => [message],
  time: (_node, { timestamp }) => [timestamp === undefined ? undefined : Number(timestamp) / 1e9],
  interface: (_node, { interfaceName }) => [interfaceName],
  family: (node) => [node.family],
  operation: (node) => [node.name, node.cName],
  protocol: ({ tree }) => [tree.protocol, PROTOCOL_NAMES[tree.protocol]],
  type: (node) => [node.rawType, node.name, node.cName],
  length: (node) => [messageHeader(node)?.length],
  seq: (node) => [messageHeader(node)?.seq],
  pid: (node) => [messageHeader(node)?.pid],
  flags: (node) => namedValues(node.find('nlmsghdr/nlmsg-flags')),
  error: (node) => (node.name === 'error' ? namedValues(node.find('nlmsgerr/error')) : []),
}

/** What `compileFilter()`'s predicates ask of a message. */
export interface MessageValues {
  /** Every value that a name, or names of nodes within each other, stand for. */
  values(path: readonly string[]): unknown[]
}

/** Names that need no tree. */
export const FACT_NAMES: readonly string[] = Object.keys(FACTS)

export function isFact(name: string): boolean {
  return Object.hasOwn(FACTS, name)
}

/** One message, for `compileFilter()`'s predicates. */
export class MessageView implements MessageValues {
  readonly #node: TreeNode
  readonly #place: MessagePlace

  constructor(node: TreeNode, place: MessagePlace) {
    this.#node = node
    this.#place = place
  }

  values(path: readonly string[]): unknown[] {
    const [first = ''] = path
    if (path.length === 1 && isFact(first)) {
      const found = (FACTS[first] as Fact)(this.#node, this.#place)
      return found.filter((value) => value !== undefined)
    }
    const values: unknown[] = []
    const { tree, index, next } = this.#node
    for (let at = index + 1; at < next; at++) {
      const node = tree.node(at)
      if (matches(node, path)) values.push(...namedValues(node))
    }
    return values
  }
}

function matches(node: TreeNode, path: readonly string[]): boolean {
  let one: TreeNode | undefined = node
  for (let i = path.length - 1; i >= 0; i--) {
    // Headers stand between a struct's members and the message; paths may leave them out.
    while (one && i < path.length - 1 && (one.kind === 'header' || one.kind === 'element'))
      one = one.parent
    if (!one || (one.name !== path[i] && one.cName !== path[i])) return false
    one = one.parent
  }
  return true
}

/** A node's value in every form that a user may write; of what has no value, that it is there. */
function namedValues(node: TreeNode | undefined): unknown[] {
  if (!node) return []
  const { value } = node
  if (value === undefined) return [true]
  if (value instanceof Uint8Array) return [hexText(value)]
  // Of a label stack entry or a bit field, each of its parts.
  if (typeof value === 'object' && !Array.isArray(value)) return Object.values(value).flat()
  const all = [value, node.valueAs({ cNames: true }), node.valueAs({ raw: true })]
  return [...new Set(all.flat())]
}
