// A frame in the form that packet viewers use: columns, a plain tree, a node for each byte, conversations.
// In: a tree. Out: objects that own their data. `nodeLabel()` and `treeLines()` print the same labels.

import { protocolName } from '../base/protocols.js'
import { printable } from '../base/text.js'
import type { TreeNode } from './node.js'
import { type InfoWord, messageWords, nodeLabel } from './print.js'
import { messageHeader } from './request-pairing.js'
import type { Tree } from './tree.js'
import type { NodeValue } from './value.js'

/** One node; `start` and `length` are bytes of the frame, header and padding included. */
export interface DissectionNode {
  /** Index in `nodes`. */
  index: number
  /** The text for a tree view. */
  label: string
  /** Its name in a filter: names joined by ".", without the family. */
  field: string
  value: NodeValue | undefined
  start: number
  length: number
  /** False if it is cut, malformed, or unknown to the schema. */
  isTyped: boolean
  children: DissectionNode[]
}

export interface DissectedMessage {
  /** The index of the message in `nodes`. */
  index: number
  columns: { protocol: string; info: string; interface: string }
  /**
   * Equal for a request and its answers in one protocol; undefined for notifications. Different programs may use the
   * same numbers: `RequestPairing` distinguishes them, given all messages of a capture.
   */
  conversation: string | undefined
}

export interface Dissection {
  root: DissectionNode
  /** Every node in pre-order; `nodes[0]` is `root`. */
  nodes: DissectionNode[]
  messages: DissectedMessage[]
  /** The index in `nodes` of the innermost node that contains a byte; -1 outside the frame. */
  nodeAt(offset: number): number
}

/** Returns the name of a network interface by its ifindex, if it is known. */
export type InterfaceNames = (ifindex: number) => string | undefined

/** A whole frame. `interfaceName` returns the names of interfaces, such as the `get` of a Map. */
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
  const known = ifindex === 0 ? undefined : interfaceName(ifindex)
  const number = ifindex === 0 ? '' : `if${ifindex}`
  const { protocol } = node.tree
  const header = messageHeader(node)
  const isAsked = header !== undefined && (header.seq !== 0 || header.pid !== 0)
  return {
    index,
    columns: {
      protocol: node.family ?? protocolName(protocol),
      info: info === '' ? node.name : `${node.name} ${info}`,
      interface: printable(known ?? (ifname || number)),
    },
    conversation: isAsked ? `${protocolName(protocol)}/${header.seq}` : undefined,
  }
}

/** Nodes that say which interface a message is about, the most reliable first. */
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
const NAME_NAMES = ['ifname', 'dev-name', 'dev', 'INTERFACE']

/** What people look for first in a line. */
const FIRST = [
  ...[
    'ACTION',
    'SUBSYSTEM',
    'DEVPATH',
    'error',
    'msg',
    'request',
    'name',
    'table',
    'operstate',
    'ifi-flags',
    'carrier',
    'kind',
  ],
  ...['mtu', 'master', 'dst', 'address', 'local', 'gateway', 'lladdr', 'oif', 'chain', 'set'],
  ...['family-name', 'family-id', 'type', 'state', 'ndm-state'],
]
const RANKS = new Map(FIRST.map((name, rank) => [name, rank]))
const WORDS_READ = 64
const SUMMARY_SHOWN = 160

export interface MessageSummary {
  /** The ifindex that it is about; 0 if it has none. */
  ifindex: number
  /** Its name, if the message has it. */
  ifname: string
  /** Its contents, the most important first. */
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
