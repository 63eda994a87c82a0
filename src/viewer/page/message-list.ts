// The list of messages.
// In: their number, and rows from the worker as they become visible. Out: which one is chosen.

import type { RowText } from '../worker-protocol.js'
import type { Client } from './client.js'
import { ColumnChoice } from './column-choice.js'
import { byId, element, setAttribute, setText } from './dom.js'
import { VirtualList } from './virtual-list.js'

const COLUMNS = ['frame', 'time', 'delta', 'family', 'type', 'flags', 'interface', 'info'] as const
const ROW_HEIGHT = 22
/** How many lines are requested and kept together. */
const PAGE = 64
const MAX_PAGES = 64

export interface MessageListEvents {
  onChoose(text: RowText): void
  /** Lines could not be read, as when the file has gone. */
  onFail(message: string): void
}

export class MessageList {
  readonly #client: Client
  readonly #grid = byId('messages')
  readonly #list: VirtualList
  readonly #columns: ColumnChoice
  readonly #pages = new Map<number, RowText[]>()
  readonly #onChoose: (text: RowText) => void
  readonly #onFail: (message: string) => void
  /** The lines that are visible. */
  #visible = { from: 0, to: 0 }
  #isAsking = false
  /** Why lines could not be read. */
  #failure = ''
  /** Place of the chosen line; -1 for none. */
  #chosen = -1
  #chosenRow = -1
  #choices = 0
  /** Increased when all places get other rows, so that late answers are ignored. */
  #version = 0
  /** A line to choose once its text has arrived. */
  #pending = -1
  related: Set<number> = new Set()

  constructor(client: Client, events: MessageListEvents) {
    this.#client = client
    this.#onChoose = events.onChoose
    this.#onFail = events.onFail
    this.#list = new VirtualList({
      scroller: byId('message-scroller'),
      rowHeight: ROW_HEIGHT,
      createRow: () => this.#createRow(),
      fillRow: (row, index) => this.#fillRow(row, index),
      onShow: (from, to) => {
        this.#visible = { from, to }
        void this.#ask()
      },
      onDrawn: () => this.#markActive(),
    })
    this.#columns = new ColumnChoice(() => this.#list.refresh())
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event))
    byId('message-scroller').addEventListener('pointerdown', (event) => {
      const row = (event.target as Element).closest('[role=row]') as HTMLElement | null
      if (row?.dataset.index) this.choose(Number(row.dataset.index))
      this.#grid.focus({ preventScroll: true })
      if (event.button === 0 && row) event.preventDefault()
    })
  }

  get count(): number {
    return this.#list.count
  }

  set count(count: number) {
    this.#list.count = count
    setAttribute(this.#grid, 'aria-rowcount', `${count + 1}`)
    // The page of lines that contained the old end is incomplete.
    const last = [...this.#pages].filter(([, texts]) => texts.length < PAGE)
    for (const [page] of last) this.#pages.delete(page)
    if (last.length > 0) this.#list.refresh()
  }

  get chosenPlace(): number {
    return this.#chosen
  }

  get chosenRow(): number {
    return this.#chosenRow
  }

  /** How often a line was chosen. It shows whether one was chosen in the meantime. */
  get choices(): number {
    return this.#choices
  }

  focus(): void {
    this.#grid.focus()
  }

  /** Forgets the texts of all lines, because their places have other rows, or the texts changed. */
  reset(keepChoice: boolean): void {
    this.#version++
    this.#pages.clear()
    this.#failure = ''
    if (!keepChoice) {
      this.#chosen = -1
      this.#chosenRow = -1
      this.related = new Set()
    }
    this.#list.refresh()
  }

  refresh(): void {
    this.#list.refresh()
  }

  /** Chooses the line at a place and shows it. */
  choose(place: number): void {
    this.#choices++
    if (!(place >= 0 && place < this.count)) return
    const before = this.#chosen
    this.#chosen = place
    this.#list.reveal(place)
    this.#list.refreshRow(before)
    this.#list.refreshRow(place)
    this.#markActive()
    const text = this.#textAt(place)
    this.#pending = text ? -1 : place
    if (text) this.#tellChosen(text)
    else void this.#ask()
  }

  /** Only an element that exists can be the active one. */
  #markActive(): void {
    const id = this.#list.isDrawn(this.#chosen) ? `message-${this.#chosen}` : undefined
    setAttribute(this.#grid, 'aria-activedescendant', id)
  }

  /** Sets the place of the chosen row after the list has changed; -1 if the list does not have it. */
  moveChoice(place: number): void {
    this.#chosen = place
    if (place >= 0) this.#list.reveal(place)
    this.#list.refresh()
  }

  #tellChosen(text: RowText): void {
    this.#chosenRow = text.row
    this.#onChoose(text)
  }

  #onKey(event: KeyboardEvent): void {
    const page = this.#list.pageSize
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    }
    const step = steps[event.key]
    if (step === undefined || event.altKey || event.metaKey) return
    event.preventDefault()
    if (this.count === 0) return
    const from = this.#chosen < 0 ? this.#list.firstShown - Math.sign(step) : this.#chosen
    this.choose(Math.max(0, Math.min(this.count - 1, from + step)))
  }

  #createRow(): HTMLElement {
    const row = element('div', { role: 'row', class: 'message' })
    for (const name of COLUMNS) row.append(element('span', { role: 'gridcell', class: name }))
    row.lastElementChild?.append(element('b'), element('span'))
    return row
  }

  #fillRow(row: HTMLElement, index: number): void {
    const text = this.#textAt(index)
    row.id = `message-${index}`
    row.dataset.index = `${index}`
    setAttribute(row, 'aria-rowindex', `${index + 2}`)
    setAttribute(row, 'aria-selected', `${index === this.#chosen}`)
    const isRelated = text !== undefined && this.related.has(text.row)
    row.className = `message tone-${text?.tone ?? 'none'}${isRelated ? ' related' : ''}`
    COLUMNS.forEach((name, column) => {
      const cell = row.children[column] as Element
      if (name === 'info') return
      const own = text && (name === 'time' ? this.#columns.timeOf(text) : `${text[name]}`)
      setText(cell, own ?? this.#placeholders[name] ?? '')
    })
    const [changes, info] = (row.lastElementChild as Element).children
    setText(changes as Element, text?.changes ?? '')
    setText(info as Element, text?.info ?? this.#placeholders.info ?? '')
  }

  /** Cells of a line whose text has not arrived. */
  get #placeholders(): Partial<Record<(typeof COLUMNS)[number], string>> {
    return this.#failure === '' ? { frame: '…' } : { info: this.#failure }
  }

  #textAt(place: number): RowText | undefined {
    return this.#pages.get(Math.floor(place / PAGE))?.[place % PAGE]
  }

  /** The next page to ask for: that of the line to choose, then those that are visible. */
  get #missing(): number | undefined {
    const { from, to } = this.#visible
    const wanted = this.#pending >= 0 ? [Math.floor(this.#pending / PAGE)] : []
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) wanted.push(page)
    return wanted.find((page) => !this.#pages.has(page))
  }

  /** Asks for one page after another. Lines that were scrolled past in the meantime are never asked for. */
  async #ask(): Promise<void> {
    const page = this.#missing
    if (page === undefined || this.#isAsking || this.#failure !== '') return
    const version = this.#version
    this.#isAsking = true
    try {
      const ask = { do: 'rows', from: page * PAGE, to: (page + 1) * PAGE } as const
      const texts = (await this.#client.ask(ask)) ?? []
      if (version === this.#version) this.#keep(page, texts)
    } catch (error) {
      if (version === this.#version) this.#fail((error as Error).message)
    }
    this.#isAsking = false
    void this.#ask()
  }

  #keep(page: number, texts: RowText[]): void {
    this.#pages.set(page, texts)
    if (this.#pages.size > MAX_PAGES) {
      for (const oldest of this.#pages.keys()) {
        this.#pages.delete(oldest)
        break
      }
    }
    this.#list.refresh()
    const pending = this.#pending >= 0 ? this.#textAt(this.#pending) : undefined
    if (!pending) return
    this.#pending = -1
    this.#tellChosen(pending)
  }

  #fail(message: string): void {
    this.#failure = `cannot be read: ${message}`
    this.#pending = -1
    this.#list.refresh()
    this.#onFail(message)
  }
}
