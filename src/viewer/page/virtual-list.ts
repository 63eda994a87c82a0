// A list with elements only for its visible lines, whatever its length.
// In: the number of lines, and a function that fills one. Out: a scrolling element. All lines have the same height.

/** Browsers lay out at most about 16 million pixels. In a longer list, a pixel of the scroll bar is more than one. */
const MAX_HEIGHT = 8_000_000

export interface VirtualListOptions {
  /** The element that scrolls. The list adds its own elements to it. */
  scroller: HTMLElement
  rowHeight: number
  createRow(): HTMLElement
  fillRow(row: HTMLElement, index: number): void
  /** Called when other lines become visible. */
  onShow?: (from: number, to: number) => void
  /** Called after lines were drawn or moved out of sight. */
  onDrawn?: () => void
}

export class VirtualList {
  readonly #options: VirtualListOptions
  readonly #spacer = document.createElement('div')
  readonly #pane = document.createElement('div')
  readonly #rows: HTMLElement[] = []
  /** The index that each line shows; -1 for none. */
  readonly #shown: number[] = []
  #count = 0
  /** Pixels above the first visible line, as if the list had its whole height. */
  #top = 0
  #expected = 0
  #scheduled = false
  #isStale = false

  constructor(options: VirtualListOptions) {
    this.#options = options
    const { scroller } = options
    this.#spacer.className = 'virtual-spacer'
    this.#pane.className = 'virtual-pane'
    for (const each of [this.#spacer, this.#pane]) each.setAttribute('role', 'presentation')
    this.#spacer.append(this.#pane)
    scroller.append(this.#spacer)
    scroller.addEventListener('scroll', () => this.#onScroll(), { passive: true })
    scroller.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false })
    new ResizeObserver(() => this.#resized()).observe(scroller)
  }

  get count(): number {
    return this.#count
  }

  set count(count: number) {
    if (count === this.#count) return
    this.#count = count
    this.#spacer.style.height = `${this.#height}px`
    this.#moveTo(this.#top)
  }

  /** How many whole lines fit. */
  get pageSize(): number {
    return Math.max(1, Math.floor(this.#view / this.#options.rowHeight))
  }

  get firstShown(): number {
    return Math.floor(this.#top / this.#options.rowHeight)
  }

  /** Pixels above the first visible line. */
  get top(): number {
    return this.#top
  }

  scrollTo(top: number): void {
    this.#moveTo(top)
  }

  /** Whether a line has an element. */
  isDrawn(index: number): boolean {
    return index >= 0 && this.#shown.includes(index)
  }

  /** Fills every visible line again. */
  refresh(): void {
    this.#isStale = true
    this.#schedule()
  }

  /** Fills one line again, if it is visible. */
  refreshRow(index: number): void {
    const at = this.#shown.indexOf(index)
    if (at >= 0) this.#options.fillRow(this.#rows[at] as HTMLElement, index)
  }

  /** Scrolls as little as necessary to show a line. A line that was far away is shown in the middle. */
  reveal(index: number): void {
    const { rowHeight } = this.#options
    const at = index * rowHeight
    if (at >= this.#top && at + rowHeight <= this.#top + this.#view) return
    const isNear = at > this.#top - 2 * rowHeight && at < this.#top + this.#view + 2 * rowHeight
    if (!isNear) this.#moveTo(at - (this.#view - rowHeight) / 2)
    else this.#moveTo(at < this.#top ? at : at + rowHeight - this.#view)
  }

  get #fullHeight(): number {
    return this.#count * this.#options.rowHeight
  }

  get #height(): number {
    return Math.min(this.#fullHeight, MAX_HEIGHT)
  }

  get #view(): number {
    return this.#options.scroller.clientHeight
  }

  /** How many pixels of the list a pixel of the scroll bar is. */
  get #scale(): number {
    const reach = this.#height - this.#view
    return reach > 0 ? Math.max(0, this.#fullHeight - this.#view) / reach : 1
  }

  #moveTo(top: number): void {
    const most = Math.max(0, this.#fullHeight - this.#view)
    this.#top = Math.max(0, Math.min(most, Math.round(top)))
    this.#expected = Math.round(this.#top / this.#scale)
    this.#options.scroller.scrollTop = this.#expected
    this.#schedule()
  }

  #onScroll(): void {
    const { scrollTop } = this.#options.scroller
    if (Math.abs(scrollTop - this.#expected) <= 1) return
    this.#expected = scrollTop
    this.#top = Math.round(scrollTop * this.#scale)
    this.#schedule()
  }

  /** Handles the wheel if a pixel of the scroll bar is more than one: otherwise the list would jump. */
  #onWheel(event: WheelEvent): void {
    if (this.#scale <= 1.001 || event.ctrlKey || event.deltaY === 0) return
    event.preventDefault()
    const unit = event.deltaMode === 1 ? this.#options.rowHeight : 1
    this.#moveTo(this.#top + event.deltaY * unit)
  }

  #resized(): void {
    this.#spacer.style.height = `${this.#height}px`
    this.#pane.style.height = `${this.#view}px`
    this.#moveTo(this.#top)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    requestAnimationFrame(() => {
      this.#scheduled = false
      this.#draw()
    })
  }

  #draw(): void {
    const { rowHeight, fillRow, createRow, onShow } = this.#options
    const first = Math.floor(this.#top / rowHeight)
    const wanted = Math.ceil(this.#view / rowHeight) + 1
    while (this.#rows.length < wanted) {
      const row = createRow()
      this.#rows.push(row)
      this.#shown.push(-1)
      this.#pane.append(row)
    }
    const shift = first * rowHeight - this.#top
    const end = Math.min(this.#count, first + wanted)
    onShow?.(first, end)
    const size = this.#rows.length
    for (let i = 0; i < size; i++) {
      // Each line keeps its element while it is visible: element n shows the lines whose index is n modulo the number of elements.
      const index = first + ((((i - first) % size) + size) % size)
      const row = this.#rows[i] as HTMLElement
      const isSeen = index < end
      // Moved out of sight, but not removed: the element is needed again soon, and laying it out costs more than its text.
      row.style.visibility = isSeen ? '' : 'hidden'
      if (!isSeen) {
        this.#shown[i] = -1
        row.removeAttribute('id')
        row.removeAttribute('aria-selected')
        continue
      }
      row.style.transform = `translateY(${shift + (index - first) * rowHeight}px)`
      if (this.#shown[i] !== index || this.#isStale) {
        this.#shown[i] = index
        fillRow(row, index)
      }
    }
    this.#isStale = false
    this.#options.onDrawn?.()
  }
}
