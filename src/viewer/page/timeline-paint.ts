// Paints the timeline.
// In: lanes, and the visible part of them. Out: pixels, in the page's colours. Events also differ by shape.
// Lanes are repainted only if they change: choosing an event moves only a line and a ring.

import {
  type LaneData,
  STATE_ABSENT,
  STATE_CHANGING,
  type TimelineData,
} from '../worker-protocol.js'
import {
  AXIS_HEIGHT,
  eventFrom,
  LABEL_WIDTH,
  LANE_HEIGHT,
  laneOf,
  secondsAt,
  type Window,
  xOf,
} from './lanes.js'
import { type Colours, coloursOf } from './timeline-colours.js'
import { Marks } from './timeline-marks.js'
import { isChanging, paintStates, type State } from './timeline-states.js'

/**
 * The least width of a state, in pixels. Painting a canvas blocks the page's code, and a lane with a hundred thousand events
 * has one on every pixel.
 */
const STATE_STEP = 2

export interface TimelineView extends Window {
  data: TimelineData | undefined
  scrollTop: number
  width: number
  height: number
  chosen: number
  row: number
  /** Device pixels for each pixel of the page. */
  ratio: number
}

export class TimelinePainter {
  readonly #canvas: HTMLCanvasElement
  /** Lanes and axis, without what is chosen. */
  readonly #lanes = document.createElement('canvas')
  #painted: TimelineView | undefined
  #colours: Colours | undefined

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
  }

  /** Repaints everything after colours or fonts have changed. */
  forget(): void {
    this.#painted = undefined
    this.#colours = undefined
  }

  paint(view: TimelineView): void {
    const { data, ratio } = view
    fit(this.#canvas, view)
    const on = this.#canvas.getContext('2d')
    if (!on) return
    this.#colours ??= coloursOf(this.#canvas)
    const isBlank = !data || data.lanes.length === 0
    if (!isBlank && !isSame(view, this.#painted)) {
      fit(this.#lanes, view)
      paintLanes(this.#lanes, this.#colours, view, data)
      this.#painted = view
    }
    on.setTransform(1, 0, 0, 1, 0, 0)
    on.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    if (isBlank) return
    on.drawImage(this.#lanes, 0, 0)
    on.setTransform(ratio, 0, 0, ratio, 0, 0)
    paintChosen(on, this.#colours, view, data)
  }
}

function fit(canvas: HTMLCanvasElement, { width, height, ratio }: TimelineView): void {
  const across = Math.round(width * ratio)
  const down = Math.round(height * ratio)
  if (canvas.width === across && canvas.height === down) return
  canvas.width = across
  canvas.height = down
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
}

/** Whether the lanes look the same. */
function isSame(view: TimelineView, before: TimelineView | undefined): boolean {
  const { data, from, to, scrollTop, width, height, ratio } = view
  return (
    data === before?.data &&
    from === before?.from &&
    to === before.to &&
    scrollTop === before.scrollTop &&
    width === before.width &&
    height === before.height &&
    ratio === before.ratio
  )
}

function paintLanes(
  canvas: HTMLCanvasElement,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
): void {
  const on = canvas.getContext('2d')
  if (!on) return
  const { width, height, ratio } = view
  const { lanes } = data
  on.setTransform(ratio, 0, 0, ratio, 0, 0)
  on.clearRect(0, 0, width, height)
  on.font = `12px ${colours.font}`
  on.textBaseline = 'middle'
  const first = Math.floor(view.scrollTop / LANE_HEIGHT)
  const last = Math.min(lanes.length, first + Math.ceil(height / LANE_HEIGHT) + 1)
  on.save()
  on.beginPath()
  on.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT)
  on.clip()
  for (let i = first; i < last; i++) {
    const y = AXIS_HEIGHT + i * LANE_HEIGHT - view.scrollTop
    paintLane(on, colours, view, data, lanes[i] as LaneData, y)
  }
  on.restore()
  paintAxis(on, colours, view, data)
}

/** Paints a line at the chosen row's time and, if the row is an event, a ring around it. */
function paintChosen(
  on: CanvasRenderingContext2D,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
): void {
  const { chosen, row, from, to, width, height } = view
  const time = data.time[chosen]
  if (time === undefined || time < from || time > to) return
  const x = xOf(view, time)
  on.fillStyle = colours.text
  if (data.row[chosen] === row) on.fillRect(Math.round(x), AXIS_HEIGHT - 4, 1, height)
  on.save()
  on.beginPath()
  on.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT)
  on.clip()
  on.strokeStyle = colours.text
  on.lineWidth = 2
  on.beginPath()
  on.arc(
    x,
    AXIS_HEIGHT + (laneOf(data, chosen) + 0.5) * LANE_HEIGHT - view.scrollTop,
    8,
    0,
    2 * Math.PI,
  )
  on.stroke()
  on.restore()
}

function paintLane(
  on: CanvasRenderingContext2D,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
  lane: LaneData,
  y: number,
): void {
  const right = LABEL_WIDTH + view.plotWidth
  const middle = y + LANE_HEIGHT / 2
  on.fillStyle = colours.line
  on.fillRect(0, y + LANE_HEIGHT - 1, view.width, 1)
  on.save()
  on.beginPath()
  on.rect(LABEL_WIDTH - 6, y, view.plotWidth + 12, LANE_HEIGHT)
  on.clip()
  const marks = new Marks(data)
  const states: State[] = []
  let next = eventFrom(data, lane, view.from)
  let state = next > lane.from ? (data.state[next - 1] as number) : STATE_ABSENT
  /** Where the state begins that is not painted yet. */
  let x = LABEL_WIDTH
  while (next < lane.to) {
    const at = xOf(view, data.time[next] as number)
    if (at >= right) break
    // On the same pixels, the last state counts, and the most important event.
    const until = secondsAt(view, Math.floor(at) + STATE_STEP)
    const after = Math.max(next + 1, eventFrom(data, lane, until))
    marks.add(next, after, at)
    const last = data.state[after - 1] as number
    const place = Math.floor(at)
    if (isChanging(data, next, after, state)) {
      states.push({ state, x, end: place })
      states.push({ state: STATE_CHANGING, x: place, end: place + STATE_STEP })
      state = last
      x = place + STATE_STEP
    } else if (last !== state) {
      states.push({ state, x, end: place })
      state = last
      x = place
    }
    next = after
  }
  const end = next < lane.to ? right : Math.min(right, xOf(view, data.droppedFrom))
  states.push({ state, x, end: Math.max(end, x + 1) })
  paintStates(on, colours, states, middle)
  if (next < lane.to) {
    const at = xOf(view, data.time[next] as number)
    if (at <= right + 6) marks.add(next, next + 1, at)
  }
  marks.paint(on, colours, middle)
  on.restore()
  on.fillStyle = lane.ifindex === 0 ? colours.gap : colours.text
  on.fillText(cut(on, lane.name, LABEL_WIDTH - 16), 8, middle)
}

function paintAxis(
  on: CanvasRenderingContext2D,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
): void {
  on.fillStyle = colours.line
  on.fillRect(0, AXIS_HEIGHT - 1, view.width, 1)
  const step = niceStep((view.to - view.from) / Math.max(1, view.plotWidth / 110))
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  const right = LABEL_WIDTH + view.plotWidth
  for (let at = Math.ceil(view.from / step) * step; at <= view.to + step * 1e-6; at += step) {
    const x = Math.round(xOf(view, at))
    on.fillStyle = colours.line
    on.fillRect(x, AXIS_HEIGHT - 5, 1, 5)
    on.fillStyle = colours.faint
    const text = data.hasTimes ? `${at.toFixed(Math.min(9, digits))} s` : `#${Math.round(at)}`
    const size = on.measureText(text).width
    if (x + size / 2 < right + 10) on.fillText(text, x - size / 2, AXIS_HEIGHT / 2 - 2)
  }
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  for (const by of [1, 2, 5]) if (power * by >= least) return power * by
  return power * 10
}

/** As many letters as fit. Measuring takes time by the letter, so that halving is what bounds it. */
function cut(on: CanvasRenderingContext2D, text: string, width: number): string {
  if (on.measureText(text).width <= width) return text
  let fits = 1
  for (let end = text.length; fits + 1 < end; ) {
    const middle = (fits + end) >> 1
    if (on.measureText(`${text.slice(0, middle)}…`).width <= width) fits = middle
    else end = middle
  }
  return `${text.slice(0, fits)}…`
}
