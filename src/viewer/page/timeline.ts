// The timeline: a lane for each interface, with its events from left to right.
// In: events, as columns. Out: which row to show. One canvas; a hidden option has the chosen event's text for screen readers.

import {
  EVENT_ATTACHED,
  EVENT_CARRIER,
  EVENT_GAP,
  EVENT_OPERSTATE,
  EVENT_PRESENT,
  EVENT_REMOVED,
  EVENT_RENAMED,
  type LaneData,
  type TimelineData,
} from '../worker-protocol.js'
import { byId, grouped, setAttribute, setText } from './dom.js'
import {
  AXIS_HEIGHT,
  LABEL_WIDTH,
  LANE_HEIGHT,
  laneAt,
  laneOf,
  nearestEvent,
  secondsAt,
} from './lanes.js'
import { TimelinePainter } from './timeline-paint.js'
import { OPERSTATES } from './timeline-states.js'

/** How near to an event a click must be, in pixels. */
const REACH = 8

export class Timeline {
  readonly #box = byId('timeline')
  readonly #canvas = byId<HTMLCanvasElement>('timeline-canvas')
  readonly #painter = new TimelinePainter(this.#canvas)
  readonly #option = byId('timeline-option')
  readonly #tip = byId('timeline-tip')
  readonly #onChoose: (row: number) => void
  #data: TimelineData | undefined
  /** The visible seconds. */
  #from = 0
  #to = 1
  #chosen = -1
  #row = -1
  #scheduled = false
  #drag: { x: number; from: number; to: number; moved: boolean } | undefined

  constructor(onChoose: (row: number) => void) {
    this.#onChoose = onChoose
    const canvas = this.#canvas
    new ResizeObserver(() => this.#draw()).observe(this.#box)
    this.#box.addEventListener('scroll', () => this.#draw(), { passive: true })
    canvas.addEventListener('pointerdown', (event) => this.#onDown(event))
    canvas.addEventListener('pointermove', (event) => this.#onMove(event))
    canvas.addEventListener('pointerup', (event) => this.#onUp(event))
    canvas.addEventListener('pointerleave', () => {
      this.#tip.hidden = true
    })
    canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false })
    this.#box.addEventListener('keydown', (event) => this.#onKey(event))
    byId('timeline-in').addEventListener('click', () => this.#zoom(0.5))
    byId('timeline-out').addEventListener('click', () => this.#zoom(2))
    byId('timeline-fit').addEventListener('click', () => this.#fit())
  }

  show(data: TimelineData | undefined): void {
    this.#data = data
    this.#chosen = -1
    setAttribute(this.#box, 'aria-activedescendant', undefined)
    const { dropped = 0 } = data ?? {}
    const note = dropped > 0 ? `lanes end where ${grouped(dropped)} more events are left out` : ''
    setText(byId('timeline-note'), note)
    const lanes = data?.lanes.length ?? 0
    byId('timeline-empty').hidden = lanes > 0
    this.#box.style.height = `${AXIS_HEIGHT + Math.max(2, lanes) * LANE_HEIGHT}px`
    this.#fit()
  }

  /** Marks the time of a row and, if it is an event, the event. */
  markRow(row: number): void {
    this.#row = row
    if (this.#chosen >= 0 && this.#data?.row[this.#chosen] === row) return
    const place = this.#data?.row.indexOf(row) ?? -1
    if (place >= 0) this.#mark(place)
    else this.#draw()
  }

  /** Repaints with the present colours of the page. */
  redraw(): void {
    this.#painter.forget()
    this.#draw()
  }

  /** "eth0: operstate up, at 1.250000 s" */
  textOf(event: number): string {
    const data = this.#data as TimelineData
    const name = this.#nameAt(event)
    const at = data.hasTimes ? `at ${(data.time[event] as number).toFixed(6)} s` : ''
    return `${name}: ${wordsOf(data, event)}${at === '' ? '' : `, ${at}`}`
  }

  #nameAt(event: number): string {
    const data = this.#data as TimelineData
    if (data.kind[event] === EVENT_GAP) return 'all'
    return data.lanes[laneOf(data, event)]?.name ?? ''
  }

  #fit(): void {
    this.#from = 0
    this.#to = Math.max(this.#data?.end ?? 1, 1e-6)
    this.#draw()
  }

  #zoom(by: number, around = (this.#from + this.#to) / 2): void {
    const end = Math.max(this.#data?.end ?? 1, 1e-6)
    const span = Math.min(end, Math.max(1e-6, (this.#to - this.#from) * by))
    const share = (around - this.#from) / (this.#to - this.#from)
    this.#from = Math.max(0, Math.min(end - span, around - span * share))
    this.#to = this.#from + span
    this.#draw()
  }

  #pan(from: number): void {
    const span = this.#to - this.#from
    const end = Math.max(this.#data?.end ?? 1, 1e-6)
    this.#from = Math.max(0, Math.min(end - span, from))
    this.#to = this.#from + span
    this.#draw()
  }

  get #plotWidth(): number {
    return Math.max(1, this.#box.clientWidth - LABEL_WIDTH - 12)
  }

  #secondsAt(x: number): number {
    return secondsAt({ from: this.#from, to: this.#to, plotWidth: this.#plotWidth }, x)
  }

  /** The event nearest to a place; -1 if none is near. */
  #eventAt({ offsetX, offsetY }: MouseEvent): number {
    const data = this.#data
    const y = offsetY - AXIS_HEIGHT + this.#box.scrollTop
    const lane = data && laneAt(data, y)
    if (!lane || offsetX < LABEL_WIDTH - REACH) return -1
    const reach = (REACH / this.#plotWidth) * (this.#to - this.#from)
    return nearestEvent(data, lane, this.#secondsAt(offsetX), reach)
  }

  #mark(event: number): void {
    this.#chosen = event
    this.#row = this.#data?.row[event] ?? -1
    setText(this.#option, this.textOf(event))
    setAttribute(this.#box, 'aria-activedescendant', 'timeline-option')
    this.#draw()
  }

  #choose(event: number): void {
    this.#mark(event)
    const data = this.#data as TimelineData
    const at = laneOf(data, event) * LANE_HEIGHT
    if (at < this.#box.scrollTop) this.#box.scrollTop = at
    const view = this.#box.clientHeight - AXIS_HEIGHT
    if (at + LANE_HEIGHT > this.#box.scrollTop + view) this.#box.scrollTop = at + LANE_HEIGHT - view
    const time = data.time[event] as number
    if (time < this.#from || time > this.#to) this.#pan(time - (this.#to - this.#from) / 2)
    this.#onChoose(data.row[event] as number)
  }

  #onDown(event: PointerEvent): void {
    this.#drag = { x: event.offsetX, from: this.#from, to: this.#to, moved: false }
    this.#canvas.setPointerCapture(event.pointerId)
  }

  #onMove(event: PointerEvent): void {
    const drag = this.#drag
    if (drag) {
      const moved = event.offsetX - drag.x
      if (Math.abs(moved) > 4) drag.moved = true
      if (drag.moved) this.#pan(drag.from - (moved / this.#plotWidth) * (drag.to - drag.from))
      return
    }
    const found = this.#eventAt(event)
    this.#tip.hidden = found < 0
    this.#canvas.style.cursor = found < 0 ? 'default' : 'pointer'
    if (found < 0) return
    setText(this.#tip, this.textOf(found))
    const right = event.offsetX > this.#box.clientWidth / 2
    const x = right ? event.offsetX - this.#tip.offsetWidth - 8 : event.offsetX + 12
    this.#tip.style.transform = `translate(${x}px, ${this.#box.offsetTop + Math.max(0, event.offsetY - 26)}px)`
  }

  #onUp(event: PointerEvent): void {
    const wasClick = this.#drag?.moved === false
    this.#drag = undefined
    if (!wasClick) return
    const found = this.#eventAt(event)
    if (found >= 0) this.#choose(found)
    this.#box.focus({ preventScroll: true })
  }

  #onWheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.shiftKey) return
    event.preventDefault()
    this.#zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#secondsAt(event.offsetX))
  }

  #onKey(event: KeyboardEvent): void {
    const data = this.#data
    if (!data || data.lanes.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return
    const place = Math.max(0, laneOf(data, this.#chosen))
    const lane = data.lanes[place] as LaneData
    switch (event.key) {
      case 'ArrowRight':
        this.#choose(this.#chosen < 0 ? lane.from : Math.min(lane.to - 1, this.#chosen + 1))
        break
      case 'ArrowLeft':
        this.#choose(this.#chosen < 0 ? lane.from : Math.max(lane.from, this.#chosen - 1))
        break
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = this.#chosen < 0 ? 0 : event.key === 'ArrowDown' ? 1 : -1
        const to = Math.max(0, Math.min(data.lanes.length - 1, place + step))
        const time = data.time[this.#chosen] ?? 0
        this.#choose(nearestEvent(data, data.lanes[to] as LaneData, time, Infinity))
        break
      }
      case 'Home':
        this.#choose(lane.from)
        break
      case 'End':
        this.#choose(lane.to - 1)
        break
      case '+':
      case '=':
        this.#zoom(0.5, data.time[this.#chosen])
        break
      case '-':
        this.#zoom(2, data.time[this.#chosen])
        break
      case '0':
        this.#fit()
        break
      default:
        return
    }
    event.preventDefault()
  }

  #draw(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    requestAnimationFrame(() => {
      this.#scheduled = false
      byId('timeline-spacer').style.height =
        `${AXIS_HEIGHT + (this.#data?.lanes.length ?? 0) * LANE_HEIGHT}px`
      this.#painter.paint({
        data: this.#data,
        from: this.#from,
        to: this.#to,
        scrollTop: this.#box.scrollTop,
        width: this.#box.clientWidth,
        height: this.#box.clientHeight,
        plotWidth: this.#plotWidth,
        chosen: this.#chosen,
        row: this.#row,
        ratio: devicePixelRatio || 1,
      })
    })
  }
}

function wordsOf(data: TimelineData, event: number): string {
  const value = data.value[event] as number
  switch (data.kind[event]) {
    case EVENT_PRESENT:
      return `present as ${data.names[value]}`
    case EVENT_ATTACHED:
      return `attached as ${data.names[value]}`
    case EVENT_REMOVED:
      return 'removed'
    case EVENT_OPERSTATE:
      return `operstate ${OPERSTATES[value] ?? value}`
    case EVENT_CARRIER:
      return value ? 'carrier on' : 'carrier off'
    case EVENT_RENAMED:
      return `renamed to ${data.names[value]}`
    default:
      return `gap, ${value} overrun${value === 1 ? '' : 's'}: messages were lost`
  }
}
