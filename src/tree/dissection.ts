// A frame in the form that packet viewers take: columns, a plain tree, a node for each byte, conversations.
// In: a tree. Out: objects that own all they say. `nodeLabel()` and `treeLines()` print the same labels.

import type { TreeNode } from './node.js'
import { protocolName } from './node-names.js'
import { type InfoWord, messageWords, nodeLabel } from './print.js'
import { messageHeader } from './request-pairing.js'
import type { Tree } from './tree.js'
import type { NodeValue } from './value.js'

/** One node; `start` and `length` are bytes of the frame, header and padding included. */
export interface DissectionNode {
  /** Place in `nodes`. */
  index: number
  /** What a tree view shows. */
  label: string
  /** What a filter calls it: names joined by ".", without the family. */
  field: string
  value: NodeValue | undefined
  start: number
  length: number
  /** False for what is cut, malformed, or not known to the schema. */
  isTyped: boolean
  children: DissectionNode[]
}

export interface DissectedMessage {
  /** The message's place in `nodes`. */
  index: number
  columns: { protocol: string; info: string; interface: string }
  /**
   * Equal for a request and its answers of one protocol; undefined for what the kernel says unasked. Many programs
   * count from the same number: `RequestPairing` tells them apart, given all of a capture.
   */
  conversation: string | undefined
}

export interface Dissection {
  root: DissectionNode
  /** Every node in pre-order; `nodes[0]` is `root`. */
  nodes: DissectionNode[]
  messages: DissectedMessage[]
  /** The place in `nodes` of the innermost node that holds a byte; -1 outside the frame. */
  nodeAt(offset: number): number
}

/** Which links there are: gives the name of one, where it is known. */
export type InterfaceNames = (ifindex: number) => string | undefined

/** A whole frame. `interfaceName` turns the numbers of interfaces into names; a Map's `get` will do. */
export function dissection(
  tree: Tree,
  interfaceName: InterfaceNames = () => undefined,
): Dissection {
  const nodes: DissectionNode[] = []
  // The four bytes before a nest are the nest's own: they have no node here.
  const places: number[] = []
  const messages: DissectedMessage[] = []
  for (const node of tree) {
    const parent = node.parent
    const above = parent && (nodes[places[parent.index] as number] as DissectionNode)
    if (above && node.name === 'nlattr' && node.kind === 'header') {
      places[node.index] = above.index
      continue
    }
    const index = nodes.length
    places[node.index] = index
    const made = plainNode(node, index, above)
    nodes.push(made)
    above?.children.push(made)
    if (node.kind === 'message' && parent?.index === 0) {
      messages.push(dissectedMessage(node, index, interfaceName))
    }
  }
  return {
    root: nodes[0] as DissectionNode,
    nodes,
    messages,
    nodeAt: (offset) => places[tree.leafAt(offset)?.index ?? -1] ?? -1,
  }
}

function plainNode(node: TreeNode, index: number, above?: DissectionNode): DissectionNode {
  const { start, end, value, kind, name } = node
  // The path of a filter starts below the message.
  const field = !above?.field || kind === 'message' ? '' : `${above.field}.`
  const isBelow = kind !== 'frame' && kind !== 'message' && kind !== 'padding'
  return {
    index,
    label: nodeLabel(node),
    field: isBelow ? field + name : '',
    value,
    start,
    length: end - start,
    isTyped: node.status === 'typed',
    children: [],
  }
}

function dissectedMessage(
  node: TreeNode,
  index: number,
  interfaceName: InterfaceNames,
): DissectedMessage {
  const { ifindex, ifname, info } = messageSummary(node)
  const told = ifindex === 0 ? undefined : interfaceName(ifindex)
  const number = ifindex === 0 ? '' : `if${ifindex}`
  const { protocol } = node.tree
  const header = messageHeader(node)
  const isAsked = header !== undefined && (header.seq !== 0 || header.pid !== 0)
  return {
    index,
    columns: {
      protocol: node.family ?? protocolName(protocol),
      info: info === '' ? node.name : `${node.name} ${info}`,
      interface: told ?? (ifname || number),
    },
    conversation: isAsked ? `${protocolName(protocol)}/${header.seq}` : undefined,
  }
}

/** Nodes that say which interface a message is about, the surest first. */
const INDEX_NAMES = [
  'ifi-index',
  'ifa-index',
  'ndm-ifindex',
  'tcm-ifindex',
  'oif',
  'ifindex',
  'dev-index',
  'if-index',
]
const NAME_NAMES = ['ifname', 'dev-name', 'dev']

/** What people look for first in a line. */
const FIRST = [
  ...['error', 'msg', 'request', 'name', 'table', 'operstate', 'ifi-flags', 'carrier', 'kind'],
  ...['mtu', 'master', 'dst', 'address', 'local', 'gateway', 'lladdr', 'oif', 'chain', 'set'],
  ...['family-name', 'family-id', 'type', 'state', 'ndm-state'],
]
const RANKS = new Map(FIRST.map((name, rank) => [name, rank]))
const WORDS_READ = 64
const SUMMARY_SHOWN = 160

export interface MessageSummary {
  /** Number of the interface that it is about; 0 where it tells none. */
  ifindex: number
  /** Its name, where the message itself tells it. */
  ifname: string
  /** What it says, the most telling first. */
  info: string
}

/** A message in a few words, for a list. */
export function messageSummary(message: TreeNode): MessageSummary {
  const words: InfoWord[] = []
  const about = interfaceOf(message)
  for (const word of messageWords(message)) {
    // Which interface it is about has a column of its own.
    const isAbout = INDEX_NAMES.includes(word.name) || word.text.endsWith(`=${about.ifname}`)
    if (!isAbout && !word.text.endsWith('=unspec')) words.push(word)
    if (words.length === WORDS_READ) break
  }
  const rank = ({ name }: InfoWord) => RANKS.get(name) ?? FIRST.length
  const kept: string[] = []
  let length = 0
  for (const { text } of words.sort((one, other) => rank(one) - rank(other))) {
    length += text.length + 1
    if (length > SUMMARY_SHOWN) {
      kept.push('…')
      break
    }
    kept.push(text)
  }
  return { ...about, info: kept.join(' ') }
}

function interfaceOf(message: TreeNode): { ifindex: number; ifname: string } {
  let ifindex = 0
  let best = INDEX_NAMES.length
  let ifname = ''
  for (const child of message.children) {
    if (child.kind === 'request' || child.kind === 'extack') continue
    for (const node of child.isLeaf ? [child] : [child, ...child.children]) {
      const { name } = node
      const rank = INDEX_NAMES.indexOf(name)
      if (rank >= 0 && rank < best && typeof node.value === 'number' && node.value > 0) {
        ifindex = node.value
        best = rank
      } else if (ifname === '' && NAME_NAMES.includes(name) && typeof node.value === 'string') {
        ifname = node.value
      }
    }
  }
  return { ifindex, ifname }
}
