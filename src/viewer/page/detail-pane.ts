// The chosen message: its tree, its bytes, what it answers, and what is wrong with it.
// In: a row. Out: panes that show it. What is chosen in one is marked in the other.

import type { MessageDetail, ReportText, RowRef } from '../worker-protocol.js'
import type { Client } from './client.js'
import { cArray, copyText, hexLines } from './clipboard.js'
import { byId, counted, element, setText } from './dom.js'
import { HexView, type Range } from './hex-view.js'
import { TreeView } from './tree-view.js'

/** Longer labels do not fit a line of the tree. */
const LINE_MOST = 60

export interface DetailEvents {
  /** Shows another row and, if given, one of its nodes: so many nodes after the message's own. */
  goTo(row: number, node?: number): void
  /** Rows that belong to the chosen one. */
  relate(rows: number[]): void
  announce(text: string): void
}

export class DetailPane {
  readonly #client: Client
  readonly #events: DetailEvents
  readonly #tree: TreeView
  readonly #hex: HexView
  #detail: MessageDetail | undefined
  #wanted = -1
  /** Which of the message's nodes to choose when the row's detail has arrived. */
  #wantedNode: number | undefined

  constructor(client: Client, events: DetailEvents) {
    this.#client = client
    this.#events = events
    this.#tree = new TreeView({
      onHover: (node) => this.#hover(node),
      onChoose: (node) => this.#choose(node),
    })
    this.#hex = new HexView({
      onHover: (offset) => this.#hover(offset < 0 ? -1 : this.#tree.nodeAt(offset)),
      onChoose: (offset) => this.#tree.choose(this.#tree.nodeAt(offset)),
    })
    byId('copy-json').addEventListener('click', () => this.#copyText('JSON', 'json'))
    byId('copy-c').addEventListener('click', () => this.#copyBytes('C array'))
    byId('copy-hex').addEventListener('click', () => this.#copyBytes('Hex'))
    byId('copy-tree').addEventListener('click', () => this.#copyText('Tree', 'tree'))
    this.clear()
  }

  /** The chosen node; the message if none is chosen. */
  get #node(): number {
    return this.#tree.chosen >= 0 ? this.#tree.chosen : (this.#detail?.node ?? 0)
  }

  /** The node that is chosen in the tree of a row; the message itself if that tree is not shown. */
  chosenIn(row: number): { row: number; node: number } {
    return { row, node: this.#detail?.row === row ? this.#node : -1 }
  }

  clear(): void {
    this.#detail = undefined
    this.#wanted = -1
    setText(byId('detail-title'), 'No message chosen')
    setText(byId('detail-place'), '')
    byId('detail-links').replaceChildren()
    byId('report').hidden = true
    this.#tree.show({ labels: '', numbers: new Uint32Array(0) }, 0)
    this.#hex.show(new Uint8Array(0))
    setText(byId('path'), '')
    byId('value').hidden = true
    this.#enableCopying(false)
  }

  async show(row: number, node?: number): Promise<void> {
    this.#wantedNode = node
    if (row === this.#wanted) {
      if (this.#detail?.row === row && node !== undefined)
        this.#tree.choose(this.#detail.node + node)
      return
    }
    this.#wanted = row
    const detail = await this.#client.ask({ do: 'message', row }).catch((error: Error) => {
      this.#events.announce(error.message)
      return undefined
    })
    if (detail && this.#wanted === row) this.#fill(detail)
  }

  /** The row of the request, or of the first answer. */
  get partner(): number | undefined {
    return this.#detail?.answers?.row ?? this.#detail?.answered[0]?.row
  }

  #fill(detail: MessageDetail): void {
    this.#detail = detail
    const { frame, message, time, bytes, originalLength, captureInterface, fileOffset } = detail
    setText(byId('detail-title'), detail.title)
    const cut = originalLength > bytes.length ? `, cut from ${originalLength}` : ''
    const place = [
      `frame ${frame}, message ${message}`,
      time,
      captureInterface && `captured on ${captureInterface}`,
      `${bytes.length} bytes${cut} at byte ${fileOffset} of the file`,
      detail.comment && `comment: ${detail.comment}`,
    ]
    setText(byId('detail-place'), place.filter(Boolean).join(' · '))
    this.#fillLinks(detail)
    const kept = this.#tree.show(detail.tree, detail.node)
    this.#hex.show(bytes)
    this.#fillReport(detail.report, detail)
    this.#fillChanges(detail)
    this.#enableCopying(true)
    const { answers, answered } = detail
    this.#events.relate([...(answers ? [answers] : answered)].map(({ row }) => row))
    const wanted = this.#wantedNode === undefined ? undefined : detail.node + this.#wantedNode
    this.#tree.choose(wanted ?? detail.report?.node ?? (kept < 0 ? detail.node : kept))
    this.#wantedNode = undefined
  }

  #fillLinks({ answers, answered, answeredCount, changes }: MessageDetail): void {
    const link = ({ row, label }: RowRef) => {
      const button = element('button', { type: 'button' }, label)
      button.addEventListener('click', () => this.#events.goTo(row))
      return button
    }
    const parts: (Node | string)[] = []
    if (answers) parts.push('answers ', link(answers))
    if (answered.length > 0) {
      parts.push('answered by ', ...answered.map(link))
      if (answeredCount > answered.length) parts.push(`and ${answeredCount - answered.length} more`)
    }
    if (changes) {
      const many = changes.list.length
      parts.push(
        many === 0 ? 'unchanged since ' : `${counted(many, 'change')} since `,
        link(changes.since),
      )
    }
    byId('detail-links').replaceChildren(...parts)
  }

  #fillReport(report: ReportText | undefined, detail: MessageDetail): void {
    const box = byId('report')
    box.hidden = !report
    this.#tree.markFault(report?.node ?? -1)
    this.#hex.markFault(undefined)
    if (!report) return
    const parts: Node[] = [element('strong', {}, report.name), element('span', {}, report.words)]
    if (report.message) parts.push(element('span', {}, `“${report.message}”`))
    if (report.missingType !== undefined) {
      parts.push(element('span', {}, `attribute ${report.missingType} is missing`))
    }
    if (report.offset !== undefined) {
      const where = report.path === '' ? '' : `: ${report.path}`
      parts.push(element('code', {}, `byte ${report.offset} of the request${where}`))
    }
    if (report.node !== undefined) this.#hex.markFault(this.#tree.rangeOf(report.node))
    const { answers } = detail
    if (report.requestNode !== undefined && answers) {
      const button = element('button', { type: 'button' }, 'Show it in the request')
      button.addEventListener('click', () => this.#events.goTo(answers.row, report.requestNode))
      parts.push(button)
    }
    box.replaceChildren(...parts)
  }

  /** What an object was before stands behind the values that differ; what it does not have any more, behind the message. */
  #fillChanges({ changes, node }: MessageDetail): void {
    const was = new Map<number, string>()
    for (const change of changes?.list ?? []) {
      const gone = [was.get(node), `${change.name} was ${change.was}`].filter(Boolean).join(', ')
      was.set(change.node, change.node === node ? gone : `was ${change.was}`)
    }
    this.#tree.markChanges(was)
  }

  #hover(node: number): void {
    this.#tree.markHovered(node)
    this.#hex.markHovered(node < 0 ? undefined : this.#tree.rangeOf(node))
    this.#tellPath(node < 0 ? this.#tree.chosen : node)
  }

  #choose(node: number): void {
    this.#hex.markChosen(this.#tree.rangeOf(node), this.#tree.valueOf(node))
    this.#tellPath(node)
    void this.#showValue(node)
  }

  /** A label that does not fit a line is shown as a whole below the tree. */
  async #showValue(node: number): Promise<void> {
    const box = byId('value')
    box.hidden = true
    const { row } = this.#detail ?? {}
    if (row === undefined || this.#tree.labelOf(node).length <= LINE_MOST) return
    const text = await this.#client.ask({ do: 'label', row, node }).catch(() => undefined)
    if (text === undefined || this.#detail?.row !== row || this.#tree.chosen !== node) return
    setText(box, text)
    box.hidden = false
    box.scrollTop = 0
  }

  #tellPath(node: number): void {
    if (node < 0) {
      setText(byId('path'), '')
      return
    }
    const { start, end }: Range = this.#tree.rangeOf(node)
    const bytes = end === start ? 'no bytes' : `bytes ${start}–${end - 1} (${end - start})`
    setText(byId('path'), `${bytes}  ${this.#tree.labelOf(node)}`)
  }

  #enableCopying(isEnabled: boolean): void {
    for (const name of ['json', 'c', 'hex', 'tree']) {
      byId<HTMLButtonElement>(`copy-${name}`).disabled = !isEnabled
    }
  }

  async #copyText(form: 'JSON' | 'Tree', what: 'json' | 'tree'): Promise<void> {
    const { row } = this.#detail as MessageDetail
    try {
      await this.#copy(form, await this.#client.ask({ do: what, row, node: this.#node }))
    } catch (error) {
      this.#events.announce((error as Error).message)
    }
  }

  async #copyBytes(form: 'C array' | 'Hex'): Promise<void> {
    const { start, end } = this.#tree.rangeOf(this.#node)
    const bytes = (this.#detail as MessageDetail).bytes.subarray(start, end)
    const label = this.#tree.labelOf(this.#node)
    await this.#copy(form, form === 'Hex' ? hexLines(bytes) : cArray(bytes, 'message', label))
  }

  async #copy(form: string, text: string): Promise<void> {
    const done = await copyText(text)
    const what = this.#tree.labelOf(this.#node).split(' ', 2).join(' ')
    const words = done ? `Copied ${what} as ${form}` : 'The browser does not let this page copy'
    this.#events.announce(words)
  }
}
