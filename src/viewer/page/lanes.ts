// Finds events in the lanes of the timeline.
// In: lanes and times. Out: indexes of events, by binary search, as a lane may have a hundred thousand.

import type { LaneData, TimelineData } from '../worker-protocol.js'

export const LANE_HEIGHT = 22
export const AXIS_HEIGHT = 20
export const LABEL_WIDTH = 112

/** The visible seconds, and their width in pixels. */
export interface Window {
  from: number
  to: number
  plotWidth: number
}

export function xOf({ from, to, plotWidth }: Window, seconds: number): number {
  return LABEL_WIDTH + ((seconds - from) / (to - from)) * plotWidth
}

export function secondsAt({ from, to, plotWidth }: Window, x: number): number {
  return from + ((x - LABEL_WIDTH) / plotWidth) * (to - from)
}

/** The lane's first event at or after a time; the lane's end if there is none. */
export function eventFrom({ time }: TimelineData, lane: LaneData, seconds: number): number {
  let low = lane.from
  for (let high = lane.to; low < high; ) {
    const middle = (low + high) >> 1
    if ((time[middle] as number) < seconds) low = middle + 1
    else high = middle
  }
  return low
}

/** The lane's event nearest to a time, within reach; -1 if there is none. */
export function nearestEvent(
  data: TimelineData,
  lane: LaneData,
  seconds: number,
  reach: number,
): number {
  const after = eventFrom(data, lane, seconds)
  let best = -1
  let least = reach
  for (const event of [after - 1, after]) {
    if (event < lane.from || event >= lane.to) continue
    const distance = Math.abs((data.time[event] as number) - seconds)
    if (distance > least) continue
    least = distance
    best = event
  }
  return best
}

export function laneAt(data: TimelineData, y: number): LaneData | undefined {
  return y < 0 ? undefined : data.lanes[Math.floor(y / LANE_HEIGHT)]
}

/** The place of an event's lane. */
export function laneOf({ lanes }: TimelineData, event: number): number {
  return lanes.findIndex(({ from, to }) => event >= from && event < to)
}
