// Looks for a text in the labels of messages. Formats only labels that can have it, which each layout decides once.
// In: a text, then messages. Out: the first node whose label has it.

import {
  HINT_TEXT,
  TYPE_BITFIELD32,
  TYPE_FLAG,
  TYPE_STRING,
} from '../../../assembly/schema-layout.js'
import {
  CORE_ACK_FLAGS,
  CORE_DELETE_FLAGS,
  CORE_GET_FLAGS,
  CORE_NEW_FLAGS,
  NETLINK_KOBJECT_UEVENT,
} from '../../../assembly/tree-layout.js'
import type { Layout } from '../../tree/layout.js'
import type { TreeNode } from '../../tree/node.js'
import { typingOf } from '../../tree/node-value.js'
import type { EnumTable } from '../../tree/part.js'
import { nodeLabel, valueText } from '../../tree/print.js'
import { CACHED_ROUTE_FLAGS, ROUTE_FLAGS } from '../../tree/route-flags.js'

/** Numbers, addresses and bytes are printed with these characters alone. */
const NUMERIC = /^[\da-fx.:/…() bytes-]*$/
/** A longer text is cut: labels are looked through for each of its characters. */
const WANTED_MAX = 256

const HEADER_FLAGS = 'nlmsg-flags'
const FLAG_TABLES = [CORE_ACK_FLAGS, CORE_DELETE_FLAGS, CORE_GET_FLAGS, CORE_NEW_FLAGS]

/** Which nodes of a layout to look at. */
interface Plan {
  /** Nodes whose label may have the text: it depends on their value. */
  candidates: number[]
  /** The first node whose label has it whatever its value is. */
  certain: number
}

export class TextSearch {
  /** In lower case; the list has "mtu=1500" where the tree has "mtu 1500". */
  readonly #wanted: string[]
  readonly #plans = new WeakMap<Layout, Plan | 'seen'>()

  constructor(text: string) {
    const lower = text.slice(0, WANTED_MAX).toLowerCase()
    this.#wanted = [...new Set([lower, lower.replace('=', ' ')])]
  }

  isIn(text: string): boolean {
    const lower = text.toLowerCase()
    return this.#wanted.some((wanted) => lower.includes(wanted))
  }

  /** The index of the first node of a message, or of what is in its place, that has the text; -1 if none has it. */
  nodeIn(message: TreeNode): number {
    const plan = this.#planFor(message)
    const { tree, index, next } = message
    if (!plan) {
      for (let at = index; at < next; at++) {
        const node = tree.node(at)
        if (!isNestHeader(node) && this.isIn(nodeLabel(node))) return at
      }
      return -1
    }
    const { candidates, certain } = plan
    for (const at of candidates) {
      if (at > certain) break
      if (this.isIn(nodeLabel(tree.node(at)))) return at
    }
    return certain === Infinity ? -1 : certain
  }

  /** Undefined for the first message of a layout: a plan takes longer than one message, and many layouts have no second. */
  #planFor(message: TreeNode): Plan | undefined {
    const { layout } = message.tree
    const known = this.#plans.get(layout)
    if (known === 'seen') this.#plans.set(layout, this.#makePlan(message))
    else if (!known) this.#plans.set(layout, 'seen')
    const plan = this.#plans.get(layout)
    return plan === 'seen' ? undefined : plan
  }

  #makePlan({ tree, index, next }: TreeNode): Plan {
    const candidates: number[] = []
    for (let at = index; at < next; at++) {
      const node = tree.node(at)
      if (isNestHeader(node)) continue
      const verdict = this.#judge(node)
      if (verdict === 'always') return { candidates, certain: at }
      if (verdict === 'maybe') candidates.push(at)
    }
    return { candidates, certain: Infinity }
  }

  #judge(node: TreeNode): 'always' | 'maybe' | 'never' {
    const isNamedByBytes =
      node.family !== undefined || node.tree.protocol === NETLINK_KOBJECT_UEVENT
    if (isNamedByBytes) return 'maybe'
    const label = nodeLabel(node).toLowerCase()
    const { value } = node
    const { type, hint, names, isFlags } = typingOf(node)
    if (value === undefined || (type === TYPE_FLAG && node.status === 'typed')) {
      return this.isIn(label) ? 'always' : 'never'
    }
    const text = valueText(value, node.isHex).toLowerCase()
    const at = label.indexOf(` ${text}`) + 1
    const around: Around = { before: label.slice(0, at), after: label.slice(at + text.length) }
    if (this.isIn(around.before) || this.isIn(around.after)) return 'always'
    if (node.status === 'typed') {
      if (type === TYPE_STRING || hint === HINT_TEXT || type === TYPE_BITFIELD32) return 'maybe'
      if (typeof value === 'object' && 'label' in value) return 'maybe'
      const words = wordsOf(node, names)
      if (this.#wanted.some((wanted) => mayBeWord(around, words, isFlags, wanted))) return 'maybe'
    }
    return this.#wanted.some((wanted) => mayBeNumber(around, wanted)) ? 'maybe' : 'never'
  }
}

/** All names that a number of this node may have. Some flags of messages and of routes depend on other values. */
function wordsOf({ tree }: TreeNode, names: EnumTable | undefined): string[] {
  const isHeader = names?.name === HEADER_FLAGS
  const tables = isHeader ? FLAG_TABLES.map((kind) => tree.schema.coreEnum(kind)) : []
  const words = [names, ...tables].flatMap((table) => [...(table?.entries.values() ?? [])])
  const cached = names?.name === ROUTE_FLAGS ? [...CACHED_ROUTE_FLAGS.keys()] : []
  return [...words.map(({ name }) => name), ...cached].map((word) => word.toLowerCase())
}

/** The header of a nest has no line of its own. */
function isNestHeader(node: TreeNode): boolean {
  return node.kind === 'header' && node.name === 'nlattr'
}

/** What of a label does not depend on the value. */
interface Around {
  before: string
  after: string
}

function mayBeWord(around: Around, words: string[], isFlags: boolean, wanted: string): boolean {
  if (isFlags && words.length > 0 && wanted.includes(',')) return true
  const { before, after } = around
  return words.some(
    (word) => `${before}${word}${after}`.includes(wanted) || (isFlags && word.includes(wanted)),
  )
}

/** Whether it is the end of what comes before, characters of a number, and the beginning of what comes after. */
function mayBeNumber({ before, after }: Around, wanted: string): boolean {
  for (let from = 0; from <= wanted.length; from++) {
    if (!before.endsWith(wanted.slice(0, from))) continue
    for (let to = from; to <= wanted.length; to++) {
      if (after.startsWith(wanted.slice(to)) && NUMERIC.test(wanted.slice(from, to))) return true
    }
  }
  return false
}
