// The interfaces in a capture: their names and events.
// In: link records, in the order of the capture. Out: the name that an interface has at a row, and events for a timeline.

import { NLM_F_MULTI, RTM_DELLINK } from '../../../assembly/contract.js'
import type { LinkGetters } from '../../message/link-record.js'
import type { NetlinkHeader } from '../../message/read-message.js'
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
import { arrangeLanes } from './arrange.js'
import { shownText } from './shown-text.js'

const IFF_LOWER_UP = 0x10000
/** The most events that are kept. More cannot be seen in a timeline. */
const MAX_EVENTS = 500_000

/** A longer name does not fit a lane's label. */
const LANE_NAME_MAX = 64

interface LinkState {
  isPresent: boolean
  ifname: string | undefined
  operstate: number
  carrier: number
}

interface Naming {
  row: number
  name: string
}

export class InterfaceHistory {
  readonly #states = new Map<number, LinkState>()
  readonly #namings = new Map<number, Naming[]>()
  readonly #nameIds = new Map<string, number>()
  readonly #names: string[] = []
  readonly #row: number[] = []
  readonly #ifindex: number[] = []
  readonly #kind: number[] = []
  readonly #value: number[] = []
  #dropped = 0
  /** The row of the first event that was not kept. */
  #droppedRow = 0

  get count(): number {
    return this.#row.length
  }

  /** Processes a link message from the kernel. */
  take(header: NetlinkHeader, link: LinkGetters, row: number): void {
    const { ifindex, ifname } = link
    let state = this.#states.get(ifindex)
    if (header.type === RTM_DELLINK) {
      if (!state?.isPresent) {
        this.#learnName(ifname, row, ifindex)
        this.#states.set(ifindex, { isPresent: false, ifname, operstate: -1, carrier: -1 })
      } else {
        state.isPresent = false
      }
      this.#add(row, ifindex, EVENT_REMOVED, 0)
      return
    }
    if (!state?.isPresent) {
      const isDump = (header.flags & NLM_F_MULTI) !== 0
      state = { isPresent: true, ifname, operstate: -1, carrier: -1 }
      this.#states.set(ifindex, state)
      const id = this.#learnName(ifname, row, ifindex)
      this.#add(row, ifindex, isDump ? EVENT_PRESENT : EVENT_ATTACHED, id)
    } else if (ifname !== undefined && ifname !== state.ifname) {
      const isFirst = state.ifname === undefined
      state.ifname = ifname
      const id = this.#learnName(ifname, row, ifindex)
      if (!isFirst) this.#add(row, ifindex, EVENT_RENAMED, id)
    }
    const { operstate } = link
    if (operstate !== undefined && operstate !== state.operstate) {
      state.operstate = operstate
      this.#add(row, ifindex, EVENT_OPERSTATE, operstate)
    }
    const carrier = link.carrier ?? (link.flags & IFF_LOWER_UP ? 1 : 0)
    if (carrier !== state.carrier) {
      const isFirst = state.carrier < 0
      state.carrier = carrier
      if (!isFirst) this.#add(row, ifindex, EVENT_CARRIER, carrier)
    }
  }

  /** Notes that messages were lost before this row. */
  gap(row: number, overruns: number): void {
    this.#add(row, 0, EVENT_GAP, overruns)
  }

  /** The name that an interface had at a row; before its first known name, that one. */
  nameAt(ifindex: number, row: number): string | undefined {
    const namings = this.#namings.get(ifindex)
    if (!namings) return undefined
    let low = 0
    for (let high = namings.length; low + 1 < high; ) {
      const middle = (low + high) >> 1
      if ((namings[middle] as Naming).row <= row) low = middle
      else high = middle
    }
    return namings[low]?.name
  }

  /** All events, lane by lane, for the page. `secondsOf` gives a row's time. */
  timeline(secondsOf: (row: number) => number, end: number, hasTimes: boolean): TimelineData {
    const events = {
      row: this.#row,
      ifindex: this.#ifindex,
      kind: this.#kind,
      value: this.#value,
      names: this.#names,
    }
    const dropped = this.#dropped
    const droppedFrom = dropped > 0 ? secondsOf(this.#droppedRow) : end
    return { ...arrangeLanes(events, secondsOf), end, hasTimes, dropped, droppedFrom }
  }

  #learnName(ifname: string | undefined, row: number, ifindex: number): number {
    const name = ifname || `if${ifindex}`
    if (ifname) {
      const namings = this.#namings.get(ifindex)
      if (!namings) this.#namings.set(ifindex, [{ row, name }])
      else if (namings.at(-1)?.name !== name) namings.push({ row, name })
    }
    let id = this.#nameIds.get(name)
    if (id === undefined) {
      id = this.#names.push(shownText(name, LANE_NAME_MAX)) - 1
      this.#nameIds.set(name, id)
    }
    return id
  }

  #add(row: number, ifindex: number, kind: number, value: number): void {
    if (this.#row.length >= MAX_EVENTS) {
      if (this.#dropped++ === 0) this.#droppedRow = row
      return
    }
    this.#row.push(row)
    this.#ifindex.push(ifindex)
    this.#kind.push(kind)
    this.#value.push(value)
  }
}
