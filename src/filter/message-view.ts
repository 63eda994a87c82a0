// A message as a filter sees it: facts of its frame and header, and every node by name.
// In: a message node and its place in the capture. Out: the values of a name.

import { errnoWords } from '../base/errno.js'
import { protocolName } from '../base/protocols.js'
import { hexText } from '../base/text.js'
import type { TreeNode } from '../tree/node.js'
import type { NodeStatus } from '../tree/node-names.js'
import { messageHeader } from '../tree/request-pairing.js'

export interface MessagePlace {
  /** 1-based, of the frame in the capture. */
  frame: number
  /** 1-based, of the message in the frame. */
  message: number
  /** ns since the same moment as `start`. */
  timestamp?: bigint | undefined
  /** Where the filter's `time` starts: the timestamp of the first frame; 0n for seconds since 1970. */
  start?: bigint | undefined
  interfaceName?: string | undefined
}

type Fact = (node: TreeNode, place: MessagePlace) => unknown[]

const FACTS: Record<string, Fact> = {
  frame: (_node, { frame }) => [frame],
  message: (_node, { message }) => [message],
  time: (_node, { timestamp, start = 0n }) => secondsSince(start, timestamp),
  interface: (_node, { interfaceName }) => [interfaceName],
  family: (node) => [node.family],
  operation: (node) => [node.name, node.cName],
  protocol: ({ tree }) => [tree.protocol, protocolName(tree.protocol)],
  type: (node) => [node.rawType, node.name, node.cName],
  length: (node) => [messageHeader(node)?.length],
  seq: (node) => [messageHeader(node)?.seq],
  pid: (node) => [messageHeader(node)?.pid],
  flags: (node) => namedValues(node.find('nlmsghdr/nlmsg-flags')),
  error: (node) => namedErrors(node.find('nlmsgerr/error')?.value),
  status: messageStatuses,
}

/** Those that say that bytes are wrong, and not only that the schema does not have them. */
const MALFORMED: readonly NodeStatus[] = ['bad-length', 'short', 'excess']

/**
 * The values of `status`: those of the message's nodes that are not `typed`, and `malformed` if one of them says that bytes
 * are wrong; `typed` if there are none.
 */
export function messageStatuses({ tree, index, next }: TreeNode): string[] {
  const found = new Set<string>()
  for (let at = index; at < next; at++) {
    const { status, kind } = tree.node(at)
    if (status !== 'typed') found.add(status)
    if (MALFORMED.includes(status) || kind === 'malformed') found.add('malformed')
  }
  return found.size === 0 ? ['typed'] : [...found]
}

/** The values of `time`. */
export function secondsSince(start: bigint, timestamp: bigint | undefined): number[] {
  return timestamp === undefined ? [] : [Number(timestamp - start) / 1e9]
}

/** The values of `error`: the errno, and its name (EOPNOTSUPP). */
export function namedErrors(errno: unknown): unknown[] {
  return typeof errno === 'number' ? [errno, ...(errno < 0 ? [errnoWords(errno)[0]] : [])] : []
}

/** What the predicates of `compileFilter()` need of a message. */
export interface MessageValues {
  /** Every value of a name, or of a path of names. */
  values(path: readonly string[]): unknown[]
}

/** Names that are no attributes. */
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
    return matchingNodes(this.#node, path).flatMap(namedValues)
  }
}

/** The nodes of a message that a path of names means. */
export function matchingNodes(
  { tree, index, next }: TreeNode,
  path: readonly string[],
): TreeNode[] {
  const found: TreeNode[] = []
  for (let at = index + 1; at < next; at++) {
    const node = tree.node(at)
    if (matches(node, path)) found.push(node)
  }
  return found
}

function matches(node: TreeNode, path: readonly string[]): boolean {
  let one: TreeNode | undefined = node
  for (let i = path.length - 1; i >= 0; i--) {
    // A struct's members are nodes below a header. Paths may leave the header out.
    while (one && i < path.length - 1 && (one.kind === 'header' || one.kind === 'element'))
      one = one.parent
    if (!one || (one.name !== path[i] && one.cName !== path[i])) return false
    one = one.parent
  }
  return true
}

/** A node's value in every form that a user may write. A node without a value counts as present. */
export function namedValues(node: TreeNode | undefined): unknown[] {
  if (!node) return []
  const { value } = node
  if (value === undefined) return [true]
  if (value instanceof Uint8Array) return [hexText(value)]
  // A label stack entry or a bit field: each of its parts.
  if (typeof value === 'object' && !Array.isArray(value)) return Object.values(value).flat()
  const raw = node.valueAs({ raw: true })
  const all = [value, node.valueAs({ cNames: true }), raw].flat()
  // Names of numbers also as iproute2 prints them: UP, LOWER_UP. Text of the message keeps its case.
  const names =
    typeof raw === 'string' ? [] : [value].flat().filter((one) => typeof one === 'string')
  return [...new Set([...all, ...names.map((name) => name.toUpperCase().replaceAll('-', '_'))])]
}
