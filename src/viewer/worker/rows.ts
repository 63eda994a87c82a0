// Lines of the message list.
// In: a row, its frame's tree, and the row above it in the list. Out: text.

import { NLM_F_REQUEST, NLMSG_ERROR } from '../../../assembly/contract.js'
import { NETLINK_KOBJECT_UEVENT } from '../../../assembly/tree-layout.js'
import { errnoWords } from '../../base/errno.js'
import { protocolName } from '../../base/protocols.js'
import { safeJson } from '../../base/text.js'
import { messageSummary } from '../../tree/dissection.js'
import { errorReport } from '../../tree/extack.js'
import type { TreeNode } from '../../tree/node.js'
import { flagsText } from '../../tree/print.js'
import type { Tree } from '../../tree/tree.js'
import type { RowText, RowTone } from '../worker-protocol.js'
import { type CaptureIndex, ROW_BROKEN, ROW_FOREIGN, ROW_MESSAGE } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'

/** The node that starts where the row does: a message, or whatever is there instead. */
export function nodeOfRow(index: CaptureIndex, row: number, tree: Tree): TreeNode | undefined {
  const at = index.rows.at[row] as number
  for (const child of tree.root.children) {
    if (child.start === at && child.kind !== 'header') return child
    if (child.start > at) return undefined
  }
  return undefined
}

export function secondsOf(index: CaptureIndex, row: number): number {
  return (index.frames.time[index.rows.frame[row] as number] as number) / 1e9
}

/** The text for the column of interfaces. */
export function interfaceOf(
  index: CaptureIndex,
  links: InterfaceHistory,
  row: number,
  node: TreeNode | undefined,
): string {
  const summary = node?.kind === 'message' ? messageSummary(node) : undefined
  const ifindex = (index.rows.ifindex[row] as number) || summary?.ifindex || 0
  if (ifindex === 0) return summary?.ifname ?? ''
  return links.nameAt(ifindex, row) || summary?.ifname || `if${ifindex}`
}

export function rowText(
  index: CaptureIndex,
  links: InterfaceHistory,
  row: number,
  above: number | undefined,
  tree: Tree | undefined,
): RowText {
  const { rows } = index
  const frame = rows.frame[row] as number
  const source = index.sourceOf(frame)
  const seconds = secondsOf(index, row)
  const delta = above === undefined ? Number.NaN : seconds - secondsOf(index, above)
  const answers = rows.answers[row] as number
  const node = tree && nodeOfRow(index, row, tree)
  const isMessage = node?.kind === 'message'
  return {
    row,
    frame: frame + 1,
    time: Number.isNaN(seconds) ? '' : seconds.toFixed(6),
    delta: Number.isNaN(delta) ? '' : delta.toFixed(6),
    family: (isMessage ? node.family : undefined) ?? otherFamily(rows.kind[row], source.protocol),
    type: isMessage ? operationOf(node) : otherType(rows.kind[row] as number, node),
    flags: isMessage ? flagsText(node) : '',
    interface: interfaceOf(index, links, row, node),
    info: isMessage ? messageText(node) : otherInfo(index, row, source.linkType),
    tone: toneOf(index, row, node),
    answers: answers === 0 ? undefined : answers - 1,
  }
}

/** The text of a message. For an error, its name and the kernel's message come first. */
function messageText(node: TreeNode): string {
  const report = node.name === 'error' ? errorReport(node) : undefined
  if (!report || report.errno === 0) return messageSummary(node).info
  const said = report.message === undefined ? '' : `: ${safeJson(report.message)}`
  const request = [...node.children].find(({ kind }) => kind === 'request')
  const refused = request ? ` · ${request.family} ${request.name}` : ''
  return `${errnoWords(report.errno)[0]}${said}${refused}`
}

function otherFamily(kind: number | undefined, protocol: number): string {
  return kind === ROW_FOREIGN ? '' : `netlink-${protocolName(protocol)}`
}

function operationOf(node: TreeNode): string {
  return node.tree.protocol === NETLINK_KOBJECT_UEVENT ? 'uevent' : node.name
}

function otherType(kind: number, node: TreeNode | undefined): string {
  if (kind === ROW_FOREIGN) return 'not netlink'
  return kind === ROW_BROKEN ? (node?.kind ?? 'malformed') : (node?.name ?? 'empty')
}

function otherInfo(index: CaptureIndex, row: number, linkType: number): string {
  const bytes = `${index.rows.length[row]} bytes`
  switch (index.rows.kind[row]) {
    case ROW_FOREIGN:
      return `link type ${linkType}, ${bytes}`
    case ROW_BROKEN:
      return `no message can be read at byte ${index.rows.at[row]}`
    default:
      return bytes
  }
}

function toneOf(index: CaptureIndex, row: number, node: TreeNode | undefined): RowTone {
  const { rows, errnos } = index
  const kind = rows.kind[row]
  if (kind === ROW_FOREIGN) return 'foreign'
  if (kind === ROW_BROKEN) return 'broken'
  if (kind === ROW_MESSAGE && node && node.kind !== 'message') return 'broken'
  if (rows.type[row] === NLMSG_ERROR && errnos.has(row)) return 'error'
  if ((rows.flags[row] as number) & NLM_F_REQUEST) return 'request'
  return rows.answers[row] ? 'answer' : 'event'
}
