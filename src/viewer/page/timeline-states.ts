// The states of an interface in its lane of the timeline.
// In: events in order, with places. Out: bars, one colour for each state.

import { STATE_ABSENT, STATE_CHANGING, type TimelineData } from '../worker-protocol.js'
import type { Colours } from './timeline-colours.js'

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
const DOWN = 2
const UNKNOWN = 0

/** A state of an interface, from one place to another. */
export interface State {
  state: number
  x: number
  end: number
}

/**
 * Whether a state changes more than once in events that share a place. The last state alone would make a lane that flaps
 * look as if it never did.
 */
export function isChanging(data: TimelineData, from: number, to: number, before: number): boolean {
  const { state, row } = data
  let changes = 0
  let last = before
  for (let event = from; event < to; event++) {
    // The events of one message are one change.
    if (event + 1 < to && row[event + 1] === row[event]) continue
    const next = state[event] as number
    if (next !== last) changes++
    last = next
  }
  return changes > 1
}

/** Paints a lane with one path for each colour: a thousand single rectangles take ten times as long. */
export function paintStates(
  on: CanvasRenderingContext2D,
  colours: Colours,
  states: readonly State[],
  middle: number,
): void {
  const paths = new Map<string, Path2D>()
  const stripes = new Path2D()
  const pathOf = (colour: string) => {
    const path = paths.get(colour) ?? new Path2D()
    paths.set(colour, path)
    return path
  }
  for (const { state, x, end } of states) {
    if (state === STATE_ABSENT || end <= x) continue
    if (state === STATE_CHANGING) {
      pathOf(stateColour(colours, UP)).rect(x, middle - 4, end - x, 4)
      pathOf(stateColour(colours, DOWN)).rect(x, middle, end - x, 4)
      continue
    }
    pathOf(stateColour(colours, state)).rect(x, middle - 4, end - x, 8)
    if (state !== UP && state !== UNKNOWN) stripes.rect(x, middle - 1, end - x, 2)
  }
  for (const [colour, path] of paths) {
    on.fillStyle = colour
    on.fill(path)
  }
  on.fillStyle = colours.panel
  on.fill(stripes)
}

function stateColour(colours: Colours, operstate: number): string {
  if (operstate === UP) return colours.up
  return operstate === UNKNOWN ? colours.other : colours.down
}
