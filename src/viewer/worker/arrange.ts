// Sorts the events of all interfaces into lanes.
// In: events in the order of the capture. Out: the same events lane by lane, each with the state after it.

import {
  EVENT_ATTACHED,
  EVENT_GAP,
  EVENT_OPERSTATE,
  EVENT_PRESENT,
  EVENT_REMOVED,
  EVENT_RENAMED,
  type LaneData,
  STATE_ABSENT,
  STATE_CHANGING,
  type TimelineData,
} from '../worker-protocol.js'

/** The most lanes. More are left out, as nobody looks at ten thousand. */
const MAX_LANES = 1000
const OPER_UNKNOWN = 0

export interface Events {
  row: readonly number[]
  ifindex: readonly number[]
  kind: readonly number[]
  value: readonly number[]
  names: readonly string[]
}

type Arranged = Pick<TimelineData, 'lanes' | 'row' | 'time' | 'kind' | 'value' | 'state' | 'names'>

/** Gaps concern all interfaces, and have the first lane. The other lanes are in the order in which their interfaces appear. */
export function arrangeLanes(events: Events, secondsOf: (row: number) => number): Arranged {
  const counts = new Map<number, number>()
  if (events.kind.includes(EVENT_GAP)) counts.set(0, 0)
  for (let event = 0; event < events.row.length; event++) {
    const lane = laneOf(events, event)
    const count = counts.get(lane)
    if (count !== undefined || counts.size < MAX_LANES) counts.set(lane, (count ?? 0) + 1)
  }
  const lanes = new Map<number, LaneData>()
  let size = 0
  for (const [ifindex, count] of counts) {
    const name = ifindex === 0 ? 'gaps' : `if${ifindex}`
    lanes.set(ifindex, { ifindex, name, from: size, to: size })
    size += count
  }
  const arranged: Arranged = {
    lanes: [...lanes.values()],
    row: new Uint32Array(size),
    time: new Float64Array(size),
    kind: new Uint8Array(size),
    value: new Uint32Array(size),
    state: new Uint8Array(size),
    names: [...events.names],
  }
  for (let event = 0; event < events.row.length; event++) {
    const lane = lanes.get(laneOf(events, event))
    if (lane) place(arranged, lane, events, event, secondsOf)
  }
  return arranged
}

function laneOf({ kind, ifindex }: Events, event: number): number {
  return kind[event] === EVENT_GAP ? 0 : (ifindex[event] as number)
}

function place(
  to: Arranged,
  lane: LaneData,
  events: Events,
  event: number,
  secondsOf: (row: number) => number,
): void {
  const at = lane.to++
  const row = events.row[event] as number
  const kind = events.kind[event] as number
  const value = events.value[event] as number
  to.row[at] = row
  to.time[at] = secondsOf(row)
  to.kind[at] = kind
  to.value[at] = value
  const before = at > lane.from ? (to.state[at - 1] as number) : STATE_ABSENT
  to.state[at] = stateAfter(kind, value, before)
  // A lane has its interface's last name.
  const isNaming = kind === EVENT_PRESENT || kind === EVENT_ATTACHED || kind === EVENT_RENAMED
  if (isNaming) lane.name = events.names[value] as string
}

function stateAfter(kind: number, value: number, before: number): number {
  if (kind === EVENT_OPERSTATE) return Math.min(value, STATE_CHANGING - 1)
  if (kind === EVENT_REMOVED || kind === EVENT_GAP) return STATE_ABSENT
  return kind === EVENT_PRESENT || kind === EVENT_ATTACHED ? OPER_UNKNOWN : before
}
