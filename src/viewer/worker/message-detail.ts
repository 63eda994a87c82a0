// The details of one message, for the tree and the hex pane.
// In: a row. Out: its frame's bytes and packed tree, its request or answers, and the kernel's refusal.

import { errnoWords } from '../../base/errno.js'
import { isoTime } from '../../capture/time.js'
import { errorReport } from '../../tree/extack.js'
import type { TreeNode } from '../../tree/node.js'
import { nodeLabel } from '../../tree/print.js'
import type { Tree } from '../../tree/tree.js'
import {
  type MessageDetail,
  NODE_BAD,
  NODE_HIDDEN,
  NODE_PADDING,
  PACKED_FIELDS,
  type PackedTree,
  type ReportText,
  type RowRef,
} from '../worker-protocol.js'
import { type CaptureIndex, ROW_FOREIGN } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { nodeOfRow, rowText } from './rows.js'
import type { FrameStore } from './store.js'

/** The most answers that are listed. A dump may have thousands. */
const ANSWERS_SHOWN = 8

export class Details {
  readonly #index: CaptureIndex
  readonly #links: InterfaceHistory
  readonly #store: FrameStore

  constructor(index: CaptureIndex, links: InterfaceHistory, store: FrameStore) {
    this.#index = index
    this.#links = links
    this.#store = store
  }

  async detail(row: number): Promise<MessageDetail> {
    const index = this.#index
    const frame = index.rows.frame[row] as number
    const source = index.sourceOf(frame)
    const bytes = await this.#store.bytes(frame)
    const isForeign = index.rows.kind[row] === ROW_FOREIGN
    const tree = isForeign ? undefined : await this.#store.tree(frame)
    const node = tree && nodeOfRow(index, row, tree)
    const answers = (index.rows.answers[row] as number) - 1
    const answered = this.#answersTo(row)
    const timestamp = index.timestamp(frame)
    return {
      row,
      frame: frame + 1,
      message: index.messageNumber(row),
      title: tree ? rowTitle(node) : `not netlink (link type ${source.linkType})`,
      time:
        timestamp === undefined ? '' : isoTime(timestamp).replace('T', ' ').replace('Z', ' UTC'),
      fileOffset: index.frames.dataAt[frame] as number,
      originalLength: index.frames.originalLength[frame] as number,
      captureInterface: source.interfaceName,
      comment: index.comments.get(frame) ?? '',
      bytes: bytes.slice(),
      tree: tree ? packTree(tree) : packForeign(bytes.length),
      node: node?.index ?? 0,
      answers: answers < 0 ? undefined : await this.#reference(answers),
      answered: await Promise.all(
        answered.slice(0, ANSWERS_SHOWN).map((each) => this.#reference(each)),
      ),
      answeredCount: answered.length,
      report: node?.kind === 'message' ? await this.#report(node, answers) : undefined,
    }
  }

  /** Plain data of a message, or of one of its nodes, as JSON. */
  async json(row: number, node: number): Promise<string> {
    const tree = await this.#store.tree(this.#index.rows.frame[row] as number)
    return JSON.stringify(tree.node(node).toJSON(), undefined, 2)
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
    const text = rowText(this.#index, this.#links, row, undefined, await this.#store.tree(frame))
    return { row, label: `${frame + 1} ${text.family} ${text.type}` }
  }

  async #report(node: TreeNode, answers: number): Promise<ReportText | undefined> {
    let request: TreeNode | undefined
    if (answers >= 0) {
      const frame = this.#index.rows.frame[answers] as number
      request = nodeOfRow(this.#index, answers, await this.#store.tree(frame))
    }
    const report = errorReport(node, request?.kind === 'message' ? request : undefined)
    if (!report || report.errno === 0) return undefined
    const [name, words] = errnoWords(report.errno)
    const isOwn = report.node?.tree === node.tree
    return {
      errno: report.errno,
      name,
      words,
      message: report.message ?? '',
      offset: report.offset,
      path: report.node?.path ?? '',
      node: isOwn ? report.node?.index : undefined,
      requestNode: isOwn ? undefined : report.node?.index,
      missingType: report.missingType,
    }
  }
}

function rowTitle(node: TreeNode | undefined): string {
  if (!node) return 'frame without messages'
  return node.kind === 'message' ? `${node.family} ${node.name}` : nodeLabel(node)
}

/** A label is one line, so it may not contain a line break. The name of a family comes from a message, and may have one. */
function packTree(tree: Tree): PackedTree {
  const numbers = new Uint32Array(tree.size * PACKED_FIELDS)
  const labels: string[] = []
  let at = 0
  for (const node of tree) {
    labels.push(nodeLabel(node).replaceAll('\n', '␊'))
    numbers[at++] = node.start
    numbers[at++] = node.valueStart
    numbers[at++] = node.valueEnd
    numbers[at++] = node.end
    numbers[at++] = node.parent?.index ?? 0
    numbers[at++] = node.next
    const isHidden = node.kind === 'header' && node.name === 'nlattr'
    numbers[at++] =
      (isHidden ? NODE_HIDDEN : 0) |
      (node.status === 'typed' || node.status === 'opaque' ? 0 : NODE_BAD) |
      (node.kind === 'padding' ? NODE_PADDING : 0)
  }
  return { labels: labels.join('\n'), numbers }
}

function packForeign(length: number): PackedTree {
  const numbers = Uint32Array.of(0, 0, length, length, 0, 1, 0)
  return { labels: `frame ${length} bytes, not netlink`, numbers }
}
