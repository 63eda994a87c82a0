// Lanes of the timeline: the events of one interface each, and the stretches in which it had a state.
// In: events of all interfaces. Out: lanes, in the order in which interfaces appear.

import {
  EVENT_ATTACHED,
  EVENT_GAP,
  EVENT_OPERSTATE,
  EVENT_PRESENT,
  EVENT_REMOVED,
  EVENT_RENAMED,
  type TimelineData,
} from '../protocol.js'

export const LANE_HEIGHT = 22
export const AXIS_HEIGHT = 20
export const LABEL_WIDTH = 112

/** A lane more than that is left out: nobody looks at ten thousand. */
const MAX_LANES = 1000

export interface Span {
  from: number
  /** Infinity where it lasts. */
  to: number
  operstate: number
}

export class Lane {
  readonly ifindex: number
  name: string
  /** Names before the last one. */
  readonly earlier: string[] = []
  /** Places in the columns of events, ascending. */
  readonly events: number[] = []
  readonly spans: Span[] = []

  constructor(ifindex: number, name: string) {
    this.ifindex = ifindex
    this.name = name
  }

  /** The event nearest to a time, within reach; -1 where there is none. */
  nearest(data: TimelineData, seconds: number, reach: number): number {
    let low = 0
    for (let high = this.events.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((data.time[this.events[middle] as number] as number) < seconds) low = middle + 1
      else high = middle
    }
    let best = -1
    let least = reach
    for (const place of [low - 1, low]) {
      const event = this.events[place]
      if (event === undefined) continue
      const distance = Math.abs((data.time[event] as number) - seconds)
      if (distance <= least) {
        least = distance
        best = event
      }
    }
    return best
  }
}

export function lanesOf(data: TimelineData): Lane[] {
  const lanes = new Map<number, Lane>()
  const gaps: number[] = []
  for (let event = 0; event < data.count; event++) {
    if (data.kind[event] === EVENT_GAP) {
      gaps.push(event)
      continue
    }
    const ifindex = data.ifindex[event] as number
    let lane = lanes.get(ifindex)
    if (!lane) {
      if (lanes.size >= MAX_LANES) continue
      lane = new Lane(ifindex, `if${ifindex}`)
      lanes.set(ifindex, lane)
    }
    lane.events.push(event)
    follow(lane, data, event)
  }
  const all = [...lanes.values()]
  // A gap concerns all: its own lane comes first.
  if (gaps.length > 0) {
    const lane = new Lane(0, 'gaps')
    lane.events.push(...gaps)
    all.unshift(lane)
  }
  return all
}

function follow(lane: Lane, data: TimelineData, event: number): void {
  const time = data.time[event] as number
  const value = data.value[event] as number
  const last = lane.spans.at(-1)
  switch (data.kind[event]) {
    case EVENT_PRESENT:
    case EVENT_ATTACHED:
      rename(lane, data.names[value] as string)
      lane.spans.push({ from: time, to: Infinity, operstate: 0 })
      break
    case EVENT_RENAMED:
      rename(lane, data.names[value] as string)
      break
    case EVENT_REMOVED:
      if (last && last.to === Infinity) last.to = time
      break
    case EVENT_OPERSTATE:
      if (last && last.to === Infinity) last.to = time
      if (last && last.from === last.to) lane.spans.pop()
      lane.spans.push({ from: time, to: Infinity, operstate: value })
      break
  }
}

function rename(lane: Lane, name: string): void {
  if (lane.spans.length > 0 && name !== lane.name) lane.earlier.push(lane.name)
  lane.name = name
}

export function laneAt(lanes: readonly Lane[], y: number, height: number): Lane | undefined {
  return y < 0 ? undefined : lanes[Math.floor(y / height)]
}
