// Paints the timeline.
// In: lanes, and what of them is seen. Out: pixels. Colours are those of the page; shapes tell events apart too.

import {
  EVENT_ATTACHED,
  EVENT_CARRIER,
  EVENT_GAP,
  EVENT_OPERSTATE,
  EVENT_PRESENT,
  EVENT_REMOVED,
  EVENT_RENAMED,
  type LaneData,
  STATE_ABSENT,
  type TimelineData,
} from '../protocol.js'
import { AXIS_HEIGHT, eventFrom, LABEL_WIDTH, LANE_HEIGHT } from './lanes.js'

/** IF_OPER_… of linux/if.h. */
export const OPERSTATES: readonly string[] = [
  'unknown',
  'not present',
  'down',
  'lower layer down',
  'testing',
  'dormant',
  'up',
]
const UP = 6
const UNKNOWN = 0

export interface TimelineView {
  data: TimelineData | undefined
  from: number
  to: number
  scrollTop: number
  width: number
  height: number
  plotWidth: number
  chosen: number
  row: number
}

interface Colours {
  text: string
  faint: string
  line: string
  up: string
  down: string
  other: string
  event: string
  removed: string
  gap: string
  chosen: string
  panel: string
}

export function paintTimeline(canvas: HTMLCanvasElement, view: TimelineView): void {
  const ratio = devicePixelRatio || 1
  const { width, height, data } = view
  const lanes = data?.lanes ?? []
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio
    canvas.height = height * ratio
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  const on = canvas.getContext('2d')
  if (!on) return
  const colours = coloursOf(canvas)
  on.setTransform(ratio, 0, 0, ratio, 0, 0)
  on.clearRect(0, 0, width, height)
  on.font = `12px ${getComputedStyle(canvas).fontFamily}`
  on.textBaseline = 'middle'
  if (!data || lanes.length === 0) return
  const xOf = (seconds: number) =>
    LABEL_WIDTH + ((seconds - view.from) / (view.to - view.from)) * view.plotWidth
  const first = Math.floor(view.scrollTop / LANE_HEIGHT)
  const last = Math.min(lanes.length, first + Math.ceil(height / LANE_HEIGHT) + 1)
  on.save()
  on.beginPath()
  on.rect(0, AXIS_HEIGHT, width, height - AXIS_HEIGHT)
  on.clip()
  for (let i = first; i < last; i++) {
    const y = AXIS_HEIGHT + i * LANE_HEIGHT - view.scrollTop
    paintLane(on, colours, view, data, lanes[i] as LaneData, y, xOf)
  }
  on.restore()
  paintAxis(on, colours, view, data, xOf)
  const place = view.row < 0 ? -1 : timeOfRow(data, view)
  if (place >= view.from && place <= view.to) {
    on.fillStyle = colours.chosen
    on.fillRect(Math.round(xOf(place)), AXIS_HEIGHT - 4, 1, height)
  }
}

/** Only rows that are events have a time here. */
function timeOfRow(data: TimelineData, view: TimelineView): number {
  return view.chosen >= 0 && data.row[view.chosen] === view.row
    ? (data.time[view.chosen] as number)
    : -1
}

function paintLane(
  on: CanvasRenderingContext2D,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
  lane: LaneData,
  y: number,
  xOf: (seconds: number) => number,
): void {
  const right = LABEL_WIDTH + view.plotWidth
  const middle = y + LANE_HEIGHT / 2
  on.fillStyle = colours.line
  on.fillRect(0, y + LANE_HEIGHT - 1, view.width, 1)
  on.save()
  on.beginPath()
  on.rect(LABEL_WIDTH - 6, y, view.plotWidth + 12, LANE_HEIGHT)
  on.clip()
  // Event by event, but of what falls on one pixel only the first and the last: a lane may have very many.
  const secondsAtPixel = (x: number) =>
    view.from + ((x - LABEL_WIDTH) / view.plotWidth) * (view.to - view.from)
  let next = eventFrom(data, lane, view.from)
  let state = next > lane.from ? (data.state[next - 1] as number) : STATE_ABSENT
  let x = LABEL_WIDTH
  const marks: number[] = []
  for (;;) {
    const isLast = next >= lane.to
    const end = Math.min(right, isLast ? xOf(data.end) : xOf(data.time[next] as number))
    if (state !== STATE_ABSENT) paintState(on, colours, state, x, end, middle)
    if (isLast || end >= right) break
    const after = Math.max(next + 1, eventFrom(data, lane, secondsAtPixel(Math.floor(end) + 1)))
    const last = after - 1
    // Where something else happens, the colour tells the new state well enough.
    if (last === next || data.kind[next] !== EVENT_OPERSTATE) marks.push(next)
    if (last !== next && data.kind[last] !== EVENT_OPERSTATE) marks.push(last)
    state = data.state[after - 1] as number
    x = end
    next = after
  }
  if (next < lane.to && xOf(data.time[next] as number) <= right + 6) marks.push(next)
  for (const event of marks) {
    paintEvent(on, colours, data, event, xOf(data.time[event] as number), middle)
  }
  if (view.chosen >= lane.from && view.chosen < lane.to) {
    on.strokeStyle = colours.chosen
    on.lineWidth = 2
    on.beginPath()
    on.arc(xOf(data.time[view.chosen] as number), middle, 8, 0, 2 * Math.PI)
    on.stroke()
  }
  on.restore()
  on.fillStyle = lane.ifindex === 0 ? colours.gap : colours.text
  on.fillText(cut(on, lane.name, LABEL_WIDTH - 16), 8, middle)
}

function paintState(
  on: CanvasRenderingContext2D,
  colours: Colours,
  state: number,
  x: number,
  end: number,
  middle: number,
): void {
  const width = Math.max(1, end - x)
  on.fillStyle = stateColour(colours, state)
  on.fillRect(x, middle - 4, width, 8)
  if (state === UP || state === UNKNOWN) return
  on.fillStyle = colours.panel
  on.fillRect(x, middle - 1, width, 2)
}

function stateColour(colours: Colours, operstate: number): string {
  if (operstate === UP) return colours.up
  return operstate === UNKNOWN ? colours.other : colours.down
}

function paintEvent(
  on: CanvasRenderingContext2D,
  colours: Colours,
  data: TimelineData,
  event: number,
  x: number,
  y: number,
): void {
  on.beginPath()
  switch (data.kind[event]) {
    case EVENT_PRESENT:
    case EVENT_ATTACHED:
      on.fillStyle = colours.event
      on.moveTo(x - 3, y - 7)
      on.lineTo(x + 5, y)
      on.lineTo(x - 3, y + 7)
      on.fill()
      break
    case EVENT_REMOVED:
      on.strokeStyle = colours.removed
      on.lineWidth = 2
      on.moveTo(x - 4, y - 5)
      on.lineTo(x + 4, y + 5)
      on.moveTo(x + 4, y - 5)
      on.lineTo(x - 4, y + 5)
      on.stroke()
      break
    case EVENT_RENAMED:
      on.fillStyle = colours.event
      on.moveTo(x, y - 6)
      on.lineTo(x + 5, y)
      on.lineTo(x, y + 6)
      on.lineTo(x - 5, y)
      on.fill()
      break
    case EVENT_CARRIER:
      on.fillStyle = data.value[event] ? colours.event : colours.panel
      on.strokeStyle = colours.event
      on.lineWidth = 1.5
      on.arc(x, y, 3.5, 0, 2 * Math.PI)
      on.fill()
      on.stroke()
      break
    case EVENT_GAP:
      on.fillStyle = colours.gap
      on.fillRect(x - 2, y - 8, 4, 16)
      break
    default:
      on.fillStyle = colours.text
      on.fillRect(x - 0.75, y - 6, 1.5, 12)
  }
}

function paintAxis(
  on: CanvasRenderingContext2D,
  colours: Colours,
  view: TimelineView,
  data: TimelineData,
  xOf: (seconds: number) => number,
): void {
  on.fillStyle = colours.line
  on.fillRect(0, AXIS_HEIGHT - 1, view.width, 1)
  const step = niceStep((view.to - view.from) / Math.max(1, view.plotWidth / 110))
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  const right = LABEL_WIDTH + view.plotWidth
  for (let at = Math.ceil(view.from / step) * step; at <= view.to + step * 1e-6; at += step) {
    const x = Math.round(xOf(at))
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

function cut(on: CanvasRenderingContext2D, text: string, width: number): string {
  if (on.measureText(text).width <= width) return text
  let end = text.length - 1
  while (end > 1 && on.measureText(`${text.slice(0, end)}…`).width > width) end--
  return `${text.slice(0, end)}…`
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: of('--text'),
    faint: of('--faint'),
    line: of('--line'),
    up: of('--up'),
    down: of('--down'),
    other: of('--other'),
    event: of('--accent'),
    removed: of('--error'),
    gap: of('--error'),
    chosen: of('--text'),
    panel: of('--panel'),
  }
}
