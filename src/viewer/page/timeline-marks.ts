// Paints the marks of events in a lane of the timeline. Each kind has its own shape.
// In: events in order, with places. Out: pixels. If events overlap, only the most important one is painted.

import {
  EVENT_ATTACHED,
  EVENT_CARRIER,
  EVENT_GAP,
  EVENT_OPERSTATE,
  EVENT_PRESENT,
  EVENT_REMOVED,
  EVENT_RENAMED,
  type TimelineData,
} from '../worker-protocol.js'
import type { Colours } from './timeline-colours.js'

/** The distance between two marks, in pixels. Each is about eight wide, and the state is visible between them. */
const MARK_STEP = 10
/** Kinds of events by importance. If events overlap, the one that is last here is painted. */
const ORDER = [
  EVENT_OPERSTATE,
  EVENT_CARRIER,
  EVENT_PRESENT,
  EVENT_ATTACHED,
  EVENT_RENAMED,
  EVENT_REMOVED,
  EVENT_GAP,
]
const RANKS = new Uint8Array(ORDER.length)
for (const [rank, kind] of ORDER.entries()) RANKS[kind] = rank

export class Marks {
  readonly #data: TimelineData
  readonly #events: number[] = []
  readonly #places: number[] = []

  constructor(data: TimelineData) {
    this.#data = data
  }

  /** Adds one of several events that are at the same place. */
  add(from: number, to: number, x: number): void {
    const { kind } = this.#data
    let best = from
    for (let event = from + 1; event < to; event++) {
      if (rankOf(kind[event]) >= rankOf(kind[best])) best = event
    }
    // If several states meet here, the colour of the last one is enough.
    if (to > from + 1 && kind[best] === EVENT_OPERSTATE) return
    const last = this.#places.length - 1
    const isNear = last >= 0 && x - (this.#places[last] as number) < MARK_STEP
    if (!isNear) {
      this.#events.push(best)
      this.#places.push(x)
    } else if (rankOf(kind[best]) > rankOf(kind[this.#events[last] as number])) {
      this.#events[last] = best
    }
  }

  /** Paints all marks of a kind as one path: hundreds of small paths take many times as long. */
  paint(on: CanvasRenderingContext2D, colours: Colours, y: number): void {
    const { kind, value } = this.#data
    const groups = new Map<number, number[]>()
    this.#events.forEach((event, i) => {
      const of = kind[event] as number
      const key = of * 2 + (of === EVENT_CARRIER && value[event] ? 1 : 0)
      const places = groups.get(key) ?? []
      groups.set(key, places)
      places.push(this.#places[i] as number)
    })
    for (const of of ORDER) {
      for (const key of [of * 2, of * 2 + 1]) {
        const places = groups.get(key)
        if (places) paintMarks(on, colours, of, key % 2 === 1, places, y)
      }
    }
  }
}

function rankOf(kind: number | undefined): number {
  return RANKS[kind ?? EVENT_OPERSTATE] as number
}

function paintMarks(
  on: CanvasRenderingContext2D,
  colours: Colours,
  kind: number,
  isOn: boolean,
  places: readonly number[],
  y: number,
): void {
  const path = new Path2D()
  for (const x of places) shape(path, kind, x, y)
  on.fillStyle =
    kind === EVENT_GAP ? colours.gap : kind === EVENT_OPERSTATE ? colours.text : colours.event
  if (kind === EVENT_REMOVED) {
    on.strokeStyle = colours.removed
    on.lineWidth = 2
    on.stroke(path)
    return
  }
  if (kind === EVENT_CARRIER && !isOn) on.fillStyle = colours.panel
  on.fill(path)
  if (kind !== EVENT_CARRIER) return
  on.strokeStyle = colours.event
  on.lineWidth = 1.5
  on.stroke(path)
}

function shape(path: Path2D, kind: number, x: number, y: number): void {
  switch (kind) {
    case EVENT_PRESENT:
    case EVENT_ATTACHED:
      path.moveTo(x - 3, y - 7)
      path.lineTo(x + 5, y)
      path.lineTo(x - 3, y + 7)
      path.closePath()
      break
    case EVENT_REMOVED:
      path.moveTo(x - 4, y - 5)
      path.lineTo(x + 4, y + 5)
      path.moveTo(x + 4, y - 5)
      path.lineTo(x - 4, y + 5)
      break
    case EVENT_RENAMED:
      path.moveTo(x, y - 6)
      path.lineTo(x + 5, y)
      path.lineTo(x, y + 6)
      path.lineTo(x - 5, y)
      path.closePath()
      break
    case EVENT_CARRIER:
      path.moveTo(x + 3.5, y)
      path.arc(x, y, 3.5, 0, 2 * Math.PI)
      break
    case EVENT_GAP:
      path.rect(x - 2, y - 8, 4, 16)
      break
    default:
      path.rect(x - 0.75, y - 6, 1.5, 12)
  }
}
