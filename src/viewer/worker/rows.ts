// Lines of the message list.
// In: a row, its node, and the row above it in the list. Out: text that can be shown as it is.

import { NLM_F_REQUEST, NLMSG_ERROR } from '../../../assembly/contract.js'
import { NETLINK_KOBJECT_UEVENT } from '../../../assembly/tree-layout.js'
import { errnoWords } from '../../base/errno.js'
import { protocolName } from '../../base/protocols.js'
import { safeJson } from '../../base/text.js'
import { captureLinkName } from '../../capture/link-type-names.js'
import { isoTime } from '../../capture/time.js'
import { messageSummary } from '../../tree/dissection.js'
import { errorReport } from '../../tree/extack.js'
import type { TreeNode } from '../../tree/node.js'
import { flagsText } from '../../tree/print.js'
import type { RowText, RowTone } from '../worker-protocol.js'
import { type Change, changesText } from './changes.js'
import { type CaptureIndex, ROW_BROKEN, ROW_FOREIGN, ROW_MESSAGE } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { iprouteWords, type NameOf } from './iproute-words.js'
import { shownText } from './shown-text.js'

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

const INFO_MAX = 400

export function rowText(
  index: CaptureIndex,
  links: InterfaceHistory,
  row: number,
  above: number | undefined,
  node: TreeNode | undefined,
  changes: readonly Change[] = [],
): RowText {
  const { rows } = index
  const frame = rows.frame[row] as number
  const source = index.sourceOf(frame)
  const seconds = secondsOf(index, row)
  const delta = above === undefined ? Number.NaN : seconds - secondsOf(index, above)
  const answers = rows.answers[row] as number
  const isMessage = node?.kind === 'message'
  const nameOf = (ifindex: number) => links.nameAt(ifindex, row) ?? `if${ifindex}`
  const family = isMessage ? node.family : undefined
  return {
    row,
    frame: frame + 1,
    utc: utcText(index.timestamp(frame)),
    time: Number.isNaN(seconds) ? '' : seconds.toFixed(6),
    delta: Number.isNaN(delta) ? '' : delta.toFixed(6),
    family: shownText(family ?? otherFamily(rows.kind[row], source.protocol)),
    type: shownText(isMessage ? operationOf(node) : otherType(rows.kind[row] as number, node)),
    flags: isMessage ? flagsText(node) : '',
    interface: shownText(interfaceOf(index, links, row, node)),
    changes: changesText(changes),
    info: shownText(
      isMessage ? messageText(node, nameOf) : otherInfo(index, row, source.linkType),
      INFO_MAX,
    ),
    tone: toneOf(index, row, node),
    answers: answers === 0 ? undefined : answers - 1,
  }
}

/** To the microsecond. */
function utcText(timestamp: bigint | undefined): string {
  return timestamp === undefined
    ? ''
    : isoTime(timestamp)
        .replace('T', ' ')
        .replace(/\d{3}Z$/, '')
}

/** The text of a message. For an error, its name and the kernel's message come first. */
function messageText(node: TreeNode, nameOf: NameOf): string {
  const report = node.name === 'error' ? errorReport(node) : undefined
  if (!report || report.errno === 0) return iprouteWords(node, nameOf) ?? messageSummary(node).info
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
      return `${captureLinkName(linkType)}, ${bytes}`
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
  if (rows.type[row] === NLMSG_ERROR) return errnos.has(row) ? 'error' : 'ack'
  if ((rows.flags[row] as number) & NLM_F_REQUEST) return 'request'
  return rows.answers[row] ? 'answer' : 'event'
}
