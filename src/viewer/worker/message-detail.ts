// The details of one message, for the tree and the hex pane.
// In: a row. Out: its frame's bytes and packed tree, its request or answers, and the kernel's refusal.

import { errnoWords } from '../../base/errno.js'
import { printable } from '../../base/text.js'
import { captureLinkName } from '../../capture/link-type-names.js'
import { isoTime } from '../../capture/time.js'
import { errorReport } from '../../tree/extack.js'
import type { TreeNode } from '../../tree/node.js'
import { nodeLabel } from '../../tree/print.js'
import type { Tree } from '../../tree/tree.js'
import {
  type ChangesText,
  type Filters,
  type MessageDetail,
  NODE_BAD,
  NODE_HIDDEN,
  NODE_PADDING,
  PACKED_FIELDS,
  type PackedTree,
  type ReportText,
  type RowRef,
} from '../worker-protocol.js'
import type { ChangeFinder } from './changes.js'
import { type CaptureIndex, ROW_FOREIGN } from './columns.js'
import { filterFor } from './filter-for.js'
import type { InterfaceHistory } from './interfaces.js'
import { rowText } from './rows.js'
import { LABEL_MAX, shownText, WHOLE_MAX } from './shown-text.js'
import type { FrameStore } from './store.js'

/** The most answers that are listed. A dump may have thousands. */
const ANSWERS_SHOWN = 8
const COMMENT_MAX = 500
const CHANGES_SHOWN = 200

/** The tree that a message is shown in. */
interface ShownTree {
  tree: Tree
  /** The message, or what is in its place. */
  node: TreeNode | undefined
  /** Where the tree's first byte is in the frame. */
  shift: number
}

export class Details {
  readonly #index: CaptureIndex
  readonly #links: InterfaceHistory
  readonly #store: FrameStore
  readonly #changes: ChangeFinder

  constructor(
    index: CaptureIndex,
    links: InterfaceHistory,
    store: FrameStore,
    changes: ChangeFinder,
  ) {
    this.#index = index
    this.#links = links
    this.#store = store
    this.#changes = changes
  }

  async detail(row: number): Promise<MessageDetail> {
    const index = this.#index
    const frame = index.rows.frame[row] as number
    const source = index.sourceOf(frame)
    const bytes = await this.#store.bytes(frame)
    const isForeign = index.rows.kind[row] === ROW_FOREIGN
    const shown = isForeign ? undefined : await this.#shownTree(row)
    const node = shown?.node
    const answers = (index.rows.answers[row] as number) - 1
    const answered = this.#answersTo(row)
    const timestamp = index.timestamp(frame)
    return {
      row,
      frame: frame + 1,
      message: index.messageNumber(row),
      title: shown ? shownText(rowTitle(node)) : `not netlink: ${captureLinkName(source.linkType)}`,
      time:
        timestamp === undefined ? '' : isoTime(timestamp).replace('T', ' ').replace('Z', ' UTC'),
      fileOffset: index.frames.dataAt[frame] as number,
      originalLength: index.frames.originalLength[frame] as number,
      captureInterface: shownText(source.interfaceName),
      comment: shownText(index.comments.get(frame) ?? '', COMMENT_MAX),
      bytes: bytes.slice(),
      tree: shown ? packTree(shown, bytes.length) : packForeign(bytes.length),
      node: node?.index ?? 0,
      answers: answers < 0 ? undefined : await this.#reference(answers),
      answered: await Promise.all(
        answered.slice(0, ANSWERS_SHOWN).map((each) => this.#reference(each)),
      ),
      answeredCount: answered.length,
      report: node?.kind === 'message' ? await this.#report(node, answers) : undefined,
      changes: node && (await this.#changesText(row, node)),
    }
  }

  async #changesText(row: number, node: TreeNode): Promise<ChangesText | undefined> {
    const changes = await this.#changes.changesOf(row, node)
    if (!changes) return undefined
    const list = changes.list.slice(0, CHANGES_SHOWN)
    return {
      since: await this.#reference(changes.since),
      list: list.map((change) => ({ ...change, node: node.index + change.node })),
    }
  }

  async label(row: number, node: number): Promise<string> {
    const { tree } = await this.#shownTree(row)
    return shownText(nodeLabel(tree.node(node)), WHOLE_MAX)
  }

  /** Plain data of a message, or of one of its nodes, as JSON. */
  async json(row: number, node: number): Promise<string> {
    const { tree } = await this.#shownTree(row)
    return JSON.stringify(tree.node(node).toJSON(), undefined, 2)
  }

  async filters(row: number, node: number): Promise<Filters> {
    const { tree, node: message } = await this.#shownTree(row)
    const { seq, pid, frame } = this.#index.rows
    const { protocol } = this.#index.sourceOf(frame[row] as number)
    const isAsked = seq[row] !== 0 || pid[row] !== 0
    const one = node < 0 ? message : tree.node(node)
    return {
      node: one && filterFor(one),
      conversation: isAsked
        ? `protocol == ${protocol} && seq == ${seq[row]} && pid == ${pid[row]}`
        : undefined,
    }
  }

  /** A node and all below it as lines, as `decode --tree` prints them. */
  async treeText(row: number, node: number): Promise<string> {
    const { tree } = await this.#shownTree(row)
    const lines: string[] = []
    const depths = new Map([[node, 0]])
    for (let at = node; at < tree.node(node).next; at++) {
      const one = tree.node(at)
      const depth = at === node ? 0 : (depths.get(one.parent?.index ?? 0) ?? 0) + 1
      depths.set(at, depth)
      if (!isNestHeader(one)) lines.push(`${'  '.repeat(depth)}${printable(nodeLabel(one))}`)
    }
    return lines.join('\n')
  }

  /** The tree of the frame; of the message alone where the frame has more nodes than a tree can hold. */
  async #shownTree(row: number): Promise<ShownTree> {
    const tree = await this.#store.tree(this.#index.rows.frame[row] as number)
    const node = nodeOfRow(this.#index, row, tree)
    const own = node && isWhole(node) ? undefined : await this.#store.node(row)
    if (!own || own.next - own.index <= (node ? node.next - node.index : 0)) {
      return { tree, node, shift: 0 }
    }
    return { tree: own.tree, node: own, shift: this.#index.rows.at[row] as number }
  }

  #answersTo(row: number): number[] {
    const { answers, count } = this.#index.rows
    const found: number[] = []
    for (let at = answers.indexOf(row + 1, row); at >= 0 && at < count; ) {
      found.push(at)
      at = answers.indexOf(row + 1, at + 1)
    }
    return found
  }

  async #reference(row: number): Promise<RowRef> {
    const frame = this.#index.rows.frame[row] as number
    const text = rowText(this.#index, this.#links, row, undefined, await this.#store.node(row))
    return { row, label: `${frame + 1} ${text.family} ${text.type}` }
  }

  async #report(node: TreeNode, answers: number): Promise<ReportText | undefined> {
    let request: TreeNode | undefined
    if (answers >= 0) {
      request = (await this.#shownTree(answers)).node
    }
    const report = errorReport(node, request?.kind === 'message' ? request : undefined)
    if (!report || report.errno === 0) return undefined
    const [name, words] = errnoWords(report.errno)
    const isOwn = report.node?.tree === node.tree
    return {
      errno: report.errno,
      name,
      words,
      message: shownText(report.message ?? ''),
      offset: report.offset,
      path: report.node?.path ?? '',
      node: isOwn ? report.node?.index : undefined,
      requestNode:
        isOwn || !report.node || !request ? undefined : report.node.index - request.index,
      missingType: report.missingType,
    }
  }
}

function rowTitle(node: TreeNode | undefined): string {
  if (!node) return 'frame without messages'
  return node.kind === 'message' ? `${node.family} ${node.name}` : nodeLabel(node)
}

/** The node that starts where the row does: a message, or whatever is there instead. */
function nodeOfRow(index: CaptureIndex, row: number, tree: Tree): TreeNode | undefined {
  const at = index.rows.at[row] as number
  for (const child of tree.root.children) {
    if (child.start === at && child.kind !== 'header') return child
    if (child.start > at) return undefined
  }
  return undefined
}

/** Whether the tree had room for all of it. */
function isWhole({ tree, index, next }: TreeNode): boolean {
  for (let at = index; at < next; at++) if (tree.node(at).status === 'limit') return false
  return true
}

/** The header of a nest, which the nest's line covers. */
function isNestHeader(node: TreeNode): boolean {
  return node.kind === 'header' && node.name === 'nlattr'
}

/** A label is one line, so it may not contain a line break: `shownText()` escapes it. */
function packTree({ tree, shift }: ShownTree, frameLength: number): PackedTree {
  const numbers = new Uint32Array(tree.size * PACKED_FIELDS)
  const labels: string[] = []
  let at = 0
  for (const node of tree) {
    labels.push(shownText(nodeLabel(node), LABEL_MAX))
    numbers[at++] = node.start + shift
    numbers[at++] = node.valueStart + shift
    numbers[at++] = node.valueEnd + shift
    numbers[at++] = node.end + shift
    numbers[at++] = node.parent?.index ?? 0
    numbers[at++] = node.next
    numbers[at++] =
      (isNestHeader(node) ? NODE_HIDDEN : 0) |
      (node.status === 'typed' || node.status === 'opaque' ? 0 : NODE_BAD) |
      (node.kind === 'padding' ? NODE_PADDING : 0)
  }
  if (shift > 0) {
    labels[0] = `frame ${frameLength} bytes, of which this message is shown`
    numbers.set([0, 0, frameLength, frameLength], 0)
  }
  return { labels: labels.join('\n'), numbers }
}

function packForeign(length: number): PackedTree {
  const numbers = Uint32Array.of(0, 0, length, length, 0, 1, 0)
  return { labels: `frame ${length} bytes, not netlink`, numbers }
}
