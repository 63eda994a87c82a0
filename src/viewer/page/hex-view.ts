// The bytes of a frame, sixteen a line, in hexadecimal and as text.
// In: bytes, and ranges to mark. Out: which byte is pointed at or chosen.

import { byId, element, setAttribute, setText } from './dom.js'
import { VirtualList } from './virtual-list.js'

const WIDTH = 16
const ROW_HEIGHT = 20

export interface Range {
  start: number
  end: number
}

export interface HexEvents {
  /** The pointer is over a byte, or over none (-1). */
  onHover(offset: number): void
  onChoose(offset: number): void
}

export class HexView {
  readonly #pane = byId('hex')
  readonly #list: VirtualList
  readonly #events: HexEvents
  #bytes: Uint8Array = new Uint8Array(0)
  #chosen: Range = NOTHING
  /** The value within what is chosen: the rest is header and padding. */
  #value: Range = NOTHING
  #hovered: Range = NOTHING
  #fault: Range = NOTHING
  #cursor = 0

  constructor(events: HexEvents) {
    this.#events = events
    this.#list = new VirtualList({
      scroller: this.#pane,
      rowHeight: ROW_HEIGHT,
      createRow: () => createRow(),
      fillRow: (row, index) => this.#fillRow(row, index),
    })
    this.#pane.addEventListener('pointermove', ({ target }) => {
      events.onHover(offsetOf(target as Element))
    })
    this.#pane.addEventListener('pointerleave', () => events.onHover(-1))
    this.#pane.addEventListener('click', ({ target }) => {
      const offset = offsetOf(target as Element)
      if (offset >= 0) this.#choose(offset)
    })
    this.#pane.addEventListener('keydown', (event) => this.#onKey(event))
  }

  show(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#chosen = NOTHING
    this.#value = NOTHING
    this.#hovered = NOTHING
    this.#fault = NOTHING
    this.#list.count = Math.ceil(bytes.length / WIDTH)
    this.#list.refresh()
  }

  markChosen(range: Range, value: Range): void {
    this.#chosen = range
    this.#value = value
    this.#cursor = range.start
    if (range.end > range.start) this.#list.reveal(Math.floor(range.start / WIDTH))
    const many = range.end - range.start
    const words = many === 0 ? 'none' : `${range.start} to ${range.end - 1} (${many})`
    setAttribute(this.#pane, 'aria-label', `Bytes of the frame; highlighted: ${words}`)
    this.#list.refresh()
  }

  markHovered(range: Range | undefined): void {
    const { start, end } = range ?? NOTHING
    if (start === this.#hovered.start && end === this.#hovered.end) return
    this.#hovered = { start, end }
    this.#list.refresh()
  }

  markFault(range: Range | undefined): void {
    this.#fault = range ?? NOTHING
    this.#list.refresh()
  }

  #choose(offset: number): void {
    this.#cursor = offset
    this.#events.onChoose(offset)
  }

  #onKey(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: WIDTH,
      ArrowUp: -WIDTH,
      PageDown: WIDTH * this.#list.pageSize,
      PageUp: -WIDTH * this.#list.pageSize,
      Home: -Infinity,
      End: Infinity,
    }
    const step = steps[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    if (this.#bytes.length === 0) return
    const to = Math.max(0, Math.min(this.#bytes.length - 1, this.#cursor + step))
    this.#choose(to)
    this.#cursor = to
  }

  #fillRow(row: HTMLElement, index: number): void {
    const from = index * WIDTH
    const [offset, hex, text] = row.children as unknown as [Element, Element, Element]
    setText(offset, from.toString(16).padStart(4, '0'))
    for (let i = 0; i < WIDTH; i++) {
      const byte = this.#bytes[from + i]
      const at = from + i
      const marks = byte === undefined ? '' : this.#marks(at)
      const pair = hex.children[i] as HTMLElement
      const letter = text.children[i] as HTMLElement
      setText(pair, byte === undefined ? '' : byte.toString(16).padStart(2, '0'))
      const isPrintable = byte !== undefined && byte >= 0x20 && byte < 0x7f
      setText(letter, byte === undefined ? '' : isPrintable ? String.fromCharCode(byte) : '·')
      if (pair.className !== marks) pair.className = marks
      const letterMarks = isPrintable || byte === undefined ? marks : `${marks} dim`
      if (letter.className !== letterMarks) letter.className = letterMarks
      setAttribute(pair, 'data-offset', `${at}`)
      setAttribute(letter, 'data-offset', `${at}`)
    }
  }

  #marks(at: number): string {
    let marks = ''
    if (isIn(at, this.#chosen)) marks += isIn(at, this.#value) ? ' chosen value' : ' chosen'
    if (isIn(at, this.#hovered)) marks += ' hovered'
    if (isIn(at, this.#fault)) marks += ' fault'
    return marks.trimStart()
  }
}

const NOTHING: Range = { start: 0, end: 0 }

function isIn(at: number, { start, end }: Range): boolean {
  return at >= start && at < end
}

function createRow(): HTMLElement {
  const row = element('div', { class: 'hex-row' })
  const cells = () => Array.from({ length: WIDTH }, () => element('span'))
  row.append(
    element('span', { class: 'hex-offset' }),
    element('span', { class: 'hex-bytes' }, ...cells()),
    element('span', { class: 'hex-text' }, ...cells()),
  )
  return row
}

function offsetOf(target: Element): number {
  const { offset } = (target as HTMLElement).dataset ?? {}
  return offset === undefined || target.textContent === '' ? -1 : Number(offset)
}
