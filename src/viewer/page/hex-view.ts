// The bytes of a frame, sixteen a line or, in a narrow pane, eight, in hexadecimal and as text.
// In: bytes, and ranges to mark. Out: which byte is pointed at or chosen.

import { byId, element, setAttribute, setText } from './dom.js'
import { VirtualList } from './virtual-list.js'

const ROW_HEIGHT = 20
/** Characters for each byte of a line: a pair and a blank. In the middle are two blanks, and none at the end. */
const COLUMNS = 3
/** A line of sixteen bytes: the pixels of its offset, and the characters of its pairs and its text. */
const OFFSET_WIDTH = 52
const LINE_LETTERS = 66

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
  /** The value in the chosen range: the rest is header and padding. */
  #value: Range = NOTHING
  #hovered: Range = NOTHING
  #fault: Range = NOTHING
  #cursor = 0
  /** Bytes in a line. */
  #width = 16
  /** As wide as ten characters. */
  readonly #probe = element('div', { id: 'hex-probe' })

  constructor(events: HexEvents) {
    this.#events = events
    this.#list = new VirtualList({
      scroller: this.#pane,
      rowHeight: ROW_HEIGHT,
      createRow: () => createRow(),
      fillRow: (row, index) => this.#fillRow(row, index),
    })
    this.#pane.addEventListener('pointermove', (event) => events.onHover(this.#offsetAt(event)))
    this.#pane.addEventListener('pointerleave', () => events.onHover(-1))
    this.#pane.addEventListener('click', (event) => {
      const offset = this.#offsetAt(event)
      if (offset >= 0) this.#choose(offset)
    })
    this.#pane.addEventListener('keydown', (event) => this.#onKey(event))
    this.#pane.append(this.#probe)
    new ResizeObserver(() => this.#fit()).observe(this.#pane)
  }

  #fit(): void {
    const line = OFFSET_WIDTH + (LINE_LETTERS / 10) * this.#probe.offsetWidth
    const width = this.#pane.clientWidth < line ? 8 : 16
    if (width === this.#width) return
    this.#width = width
    this.#pane.classList.toggle('half', width === 8)
    this.#list.count = Math.ceil(this.#bytes.length / width)
    this.#list.reveal(Math.floor(this.#cursor / width))
    this.#list.refresh()
  }

  show(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#chosen = NOTHING
    this.#value = NOTHING
    this.#hovered = NOTHING
    this.#fault = NOTHING
    this.#list.count = Math.ceil(bytes.length / this.#width)
    this.#list.refresh()
  }

  markChosen(range: Range, value: Range): void {
    this.#chosen = range
    this.#value = value
    this.#cursor = range.start
    if (range.end > range.start) this.#list.reveal(Math.floor(range.start / this.#width))
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
      ArrowDown: this.#width,
      ArrowUp: -this.#width,
      PageDown: this.#width * this.#list.pageSize,
      PageUp: -this.#width * this.#list.pageSize,
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

  /** Text with an element for each marked range. An element for each byte would be six hundred. */
  #fillRow(row: HTMLElement, index: number): void {
    const from = index * this.#width
    const end = Math.min(from + this.#width, this.#bytes.length)
    const [offset, hex, text] = row.children as unknown as [Element, Element, Element]
    const pairs: Run[] = []
    const letters: Run[] = []
    let before = ''
    for (let at = from; at < end; at++) {
      const byte = this.#bytes[at] as number
      const marks = this.#marks(at)
      if (at > from)
        add(pairs, marks === before ? marks : '', at - from === this.#width / 2 ? '  ' : ' ')
      add(pairs, marks, byte.toString(16).padStart(2, '0'))
      add(letters, marks, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')
      before = marks
    }
    row.dataset.from = `${from}`
    setText(offset, from.toString(16).padStart(4, '0'))
    setRuns(hex, pairs)
    setRuns(text, letters)
  }

  /** The byte under a pointer; -1 for none. */
  #offsetAt({ target, clientX }: MouseEvent): number {
    const row = (target as Element).closest<HTMLElement>('.hex-row')
    if (!row) return -1
    const [, hex, text] = row.children as unknown as [Element, Element, Element]
    const columns = this.#width * COLUMNS
    const inHex = columnAt(hex, columns, clientX)
    const inText = columnAt(text, this.#width, clientX)
    // Half of the blank on each side belongs to a pair.
    const pair = Math.floor((inHex + 0.5 - (inHex > columns / 2 ? 1 : 0)) / 3)
    const place =
      inHex >= 0 ? Math.min(this.#width - 1, pair) : inText >= 0 ? Math.floor(inText) : -1
    const offset = Number(row.dataset.from) + place
    return place >= 0 && offset < this.#bytes.length ? offset : -1
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
  return element(
    'div',
    { class: 'hex-row' },
    element('span', { class: 'hex-offset' }),
    element('span', { class: 'hex-bytes' }),
    element('span', { class: 'hex-text' }),
  )
}

/** Characters with the same mark. */
interface Run {
  marks: string
  text: string
}

function add(runs: Run[], marks: string, text: string): void {
  const last = runs.at(-1)
  if (last?.marks === marks) last.text += text
  else runs.push({ marks, text })
}

/** Updates only lines that differ: a line keeps its elements while the pointer moves over other lines. */
function setRuns(of: Element, runs: readonly Run[]): void {
  const before = [...of.children]
  const isSame =
    before.length === runs.length &&
    runs.every(({ marks, text }, i) => {
      const { className, textContent } = before[i] as Element
      return className === marks && textContent === text
    })
  if (isSame) return
  of.replaceChildren(...runs.map(({ marks, text }) => element('span', { class: marks }, text)))
}

/** The character under a pointer in an element with this many characters; -1 if the pointer is outside. */
function columnAt(of: Element, columns: number, x: number): number {
  const { left, width } = of.getBoundingClientRect()
  const column = ((x - left) / width) * columns
  return column >= 0 && column < columns ? column : -1
}
