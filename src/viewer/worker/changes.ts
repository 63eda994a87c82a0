// What a message changes: its differences from the last message about the same link, address, route or neighbour.
// In: rows. Out: the values that differ, by node. Walks back a bounded number of rows, and reads few of them.

import { NLM_F_REQUEST, RTM_NEWLINK } from '../../../assembly/contract.js'
import type { TreeNode } from '../../tree/node.js'
import { valueText } from '../../tree/print.js'
import type { NodeValue } from '../../tree/value.js'
import { type CaptureIndex, ROW_MESSAGE } from './columns.js'
import { shownText } from './shown-text.js'
import type { FrameStore } from './store.js'

const ROWS_WALKED = 20_000
const MESSAGES_READ = 64
const WORDS_SHOWN = 4

export interface Change {
  /** The node: so many after the message's own. */
  node: number
  name: string
  was: string
  is: string
  /** Both in a line: "mtu 1500→9000"; of flags, only those that differ: "ifi-flags −RUNNING −LOWER_UP". */
  text: string
}

export interface Changes {
  /** The row of the earlier message. */
  since: number
  list: Change[]
}

/** By the kind of object, (nlmsg_type - RTM_NEWLINK) >> 2: what identifies one. */
const IDENTITY: Readonly<Record<number, readonly string[]>> = {
  0: ['ifinfomsg/ifi-index'],
  1: ['ifaddrmsg/ifa-index', 'ifaddrmsg/ifa-prefixlen', 'local', 'address'],
  2: ['rtmsg/rtm-dst-len', 'rtmsg/rtm-tos', 'table', 'dst', 'priority'],
  3: ['ndmsg/ndm-ifindex', 'dst', 'vlan'],
}
const ROUTES = 2
/** Counters and clocks differ in every message, and the header says nothing of the object. */
const LEFT_OUT = /^(nlmsghdr|padding|nlattr|stats|stats64|af-spec|cacheinfo|ifi-change|probes|pad)$/

export class ChangeFinder {
  readonly #index: CaptureIndex
  readonly #store: FrameStore

  constructor(index: CaptureIndex, store: FrameStore) {
    this.#index = index
    this.#store = store
  }

  /** Undefined if it is no notification of such an object, or if no earlier one is near. */
  async changesOf(row: number, message: TreeNode): Promise<Changes | undefined> {
    const kind = this.#kindOf(row)
    const paths = IDENTITY[kind]
    if (!paths || message.kind !== 'message') return undefined
    const identity = identityOf(message, paths)
    const { rows } = this.#index
    let read = 0
    const last = Math.max(0, row - ROWS_WALKED)
    const scope = this.#scopeOf(row)
    for (let at = row - 1; at >= last && read < MESSAGES_READ; at--) {
      if (this.#kindOf(at) !== kind || rows.command[at] !== rows.command[row]) continue
      if (this.#scopeOf(at) !== scope) continue
      // A route may have got another device.
      if (kind !== ROUTES && rows.ifindex[at] !== rows.ifindex[row]) continue
      read++
      const before = await this.#store.node(at)
      if (before?.kind !== 'message' || identityOf(before, paths) !== identity) continue
      // Gone and back: nothing of the old one counts.
      const isNew = /^del/.test(before.name) || /^del/.test(message.name)
      return isNew ? undefined : { since: at, list: differences(before, message) }
    }
    return undefined
  }

  /** Captures of several interfaces may be of several machines. */
  #scopeOf(row: number): number {
    return this.#index.sourceOf(this.#index.rows.frame[row] as number).scope
  }

  /** The kind of object that a notification is about; -1 for other rows. */
  #kindOf(row: number): number {
    const { rows, frames, sources } = this.#index
    const type = rows.type[row] as number
    if (rows.kind[row] !== ROW_MESSAGE || type < RTM_NEWLINK || type > RTM_NEWLINK + 13) return -1
    const source = sources[frames.source[rows.frame[row] as number] as number]
    const isAsked = ((rows.flags[row] as number) & NLM_F_REQUEST) !== 0
    return source?.protocol === 0 && !isAsked && (type & 3) < 2 ? (type - RTM_NEWLINK) >> 2 : -1
  }
}

/** "operstate UP→DOWN, ifi-flags −LOWER_UP": the first few. Empty without a difference. */
export function changesText(list: readonly Change[]): string {
  const words = list.slice(0, WORDS_SHOWN).map(({ text }) => text)
  const rest = list.length - words.length
  return shownText([...words, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', '))
}

function identityOf(message: TreeNode, paths: readonly string[]): string {
  return paths.map((path) => textOf(message.find(path))).join('|')
}

function textOf(node: TreeNode | undefined): string {
  const value = node?.value
  return node === undefined || value === undefined ? '' : valueText(value, node.isHex)
}

function differences(before: TreeNode, message: TreeNode): Change[] {
  const was = new Map<string, TreeNode>()
  for (const [path, node] of leaves(before)) was.set(path, node)
  const list: Change[] = []
  for (const [path, node] of leaves(message)) {
    const old = was.get(path)
    was.delete(path)
    const [from, to] = [wordOf(old), wordOf(node)]
    if (from === to) continue
    const { name } = node
    const text = flagsText(old?.value, node.value) ?? `${from}→${to}`
    list.push({
      node: node.index - message.index,
      name,
      was: from,
      is: to,
      text: `${name} ${text}`,
    })
  }
  // What the message does not have any more has no node: the message's own stands for it.
  for (const old of was.values()) {
    const { name } = old
    const from = wordOf(old)
    list.push({ node: 0, name, was: from, is: 'none', text: `${name} ${from}→none` })
  }
  return list
}

/** "+LOWER_UP −RUNNING"; undefined for what is no set of flags, and for a state, which is one flag at a time. */
function flagsText(was: NodeValue | undefined, is: NodeValue | undefined): string | undefined {
  if (!Array.isArray(was) || !Array.isArray(is)) return undefined
  if (was.length < 2 && is.length < 2) return undefined
  const added = is.filter((flag) => !was.includes(flag)).map((flag) => `+${flag}`)
  const removed = was.filter((flag) => !is.includes(flag)).map((flag) => `−${flag}`)
  return inCapitals([...added, ...removed].join(' '))
}

function inCapitals(text: string): string {
  return text.toUpperCase().replaceAll('-', '_')
}

/** As iproute2 prints states and flags: UP, LOWER_UP. */
function wordOf(node: TreeNode | undefined): string {
  if (node === undefined) return 'none'
  const text = shownText(textOf(node), 60)
  const isName = node.enumTable !== undefined && typeof node.valueAs({ raw: true }) === 'number'
  return isName ? inCapitals(text) : text
}

/** The leaves below a node with the paths that lead to them. */
function* leaves(node: TreeNode, above = ''): Generator<[string, TreeNode]> {
  for (const child of node.children) {
    if (LEFT_OUT.test(child.name)) continue
    const path = child.pathBelow(above)
    if (child.isLeaf) yield [path, child]
    else yield* leaves(child, path)
  }
}
