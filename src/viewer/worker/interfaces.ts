// The interfaces in a capture: their names and events.
// In: link records, in the order of the capture. Out: the name that an interface has at a row, and events for a timeline.

import {
  FRAME_HEADER_BYTES,
  NLM_F_MULTI,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_PRESENT,
  RECORD_TYPE,
  RTM_DELLINK,
} from '../../../assembly/contract.js'
import {
  IFLA_CARRIER,
  IFLA_OPERSTATE,
  LINK_CARRIER,
  LINK_FLAGS,
  LINK_IFINDEX,
  LINK_IFNAME,
  LINK_OPERSTATE,
} from '../../../assembly/record-layout.js'
import { decodeText } from '../../base/text.js'
import type { Module } from '../../module/module.js'
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

const IFF_LOWER_UP = 0x10000
/** The most events that are kept. More cannot be seen in a timeline. */
const MAX_EVENTS = 500_000

interface LinkState {
  isPresent: boolean
  /** The hash of the name's bytes: comparing it is cheaper than decoding the name. */
  hash: number
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

  get count(): number {
    return this.#row.length
  }

  /** Processes a link message from the kernel, whose record is at address `at`. */
  take({ view, u8 }: Module, at: number, row: number): void {
    const ifindex = view.getInt32(at + LINK_IFINDEX, true)
    let state = this.#states.get(ifindex)
    if (view.getUint16(at + RECORD_TYPE, true) === RTM_DELLINK) {
      if (!state?.isPresent) {
        this.#learnName(view, u8, at, row, ifindex)
        this.#states.set(ifindex, { isPresent: false, hash: 0, operstate: -1, carrier: -1 })
      } else {
        state.isPresent = false
      }
      this.#add(row, ifindex, EVENT_REMOVED, 0)
      return
    }
    const hash = hashName(view, u8, at)
    if (!state?.isPresent) {
      const isDump = (view.getUint16(at + RECORD_FLAGS, true) & NLM_F_MULTI) !== 0
      state = { isPresent: true, hash, operstate: -1, carrier: -1 }
      this.#states.set(ifindex, state)
      const id = this.#learnName(view, u8, at, row, ifindex)
      this.#add(row, ifindex, isDump ? EVENT_PRESENT : EVENT_ATTACHED, id)
    } else if (hash !== 0 && hash !== state.hash) {
      const isFirst = state.hash === 0
      state.hash = hash
      const id = this.#learnName(view, u8, at, row, ifindex)
      if (!isFirst) this.#add(row, ifindex, EVENT_RENAMED, id)
    }
    const present = view.getUint32(at + RECORD_PRESENT, true)
    const carrierBit = view.getUint32(at + RECORD_PRESENT + 4, true) & (1 << (IFLA_CARRIER - 32))
    if (present & (1 << IFLA_OPERSTATE)) {
      const operstate = view.getUint8(at + LINK_OPERSTATE)
      if (operstate !== state.operstate) {
        state.operstate = operstate
        this.#add(row, ifindex, EVENT_OPERSTATE, operstate)
      }
    }
    const flags = view.getUint32(at + LINK_FLAGS, true)
    const lowerUp = flags & IFF_LOWER_UP ? 1 : 0
    const carrier = carrierBit ? view.getUint8(at + LINK_CARRIER) : lowerUp
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
    return { ...arrangeLanes(events, secondsOf), end, hasTimes, dropped: this.#dropped }
  }

  #learnName(view: DataView, u8: Uint8Array, at: number, row: number, ifindex: number): number {
    const bytes = nameBytes(view, u8, at)
    const name = bytes.length > 0 ? decodeText(bytes).text : `if${ifindex}`
    if (bytes.length > 0) {
      const namings = this.#namings.get(ifindex)
      if (!namings) this.#namings.set(ifindex, [{ row, name }])
      else if (namings.at(-1)?.name !== name) namings.push({ row, name })
    }
    let id = this.#nameIds.get(name)
    if (id === undefined) {
      id = this.#names.push(name) - 1
      this.#nameIds.set(name, id)
    }
    return id
  }

  #add(row: number, ifindex: number, kind: number, value: number): void {
    if (this.#row.length >= MAX_EVENTS) {
      this.#dropped++
      return
    }
    this.#row.push(row)
    this.#ifindex.push(ifindex)
    this.#kind.push(kind)
    this.#value.push(value)
  }
}

function nameBytes(view: DataView, u8: Uint8Array, at: number): Uint8Array {
  const offset = view.getUint32(at + LINK_IFNAME, true)
  if (offset === 0) return u8.subarray(0, 0)
  const from = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES + offset
  return u8.subarray(from, from + view.getUint32(at + LINK_IFNAME + 4, true))
}

/** FNV-1a; 0 only if there is no name. */
function hashName(view: DataView, u8: Uint8Array, at: number): number {
  const offset = view.getUint32(at + LINK_IFNAME, true)
  if (offset === 0) return 0
  const from = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES + offset
  const to = from + view.getUint32(at + LINK_IFNAME + 4, true)
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (u8[i] as number), 0x01000193)
  return hash >>> 0 || 1
}
