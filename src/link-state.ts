// What an agent most often asks of links: which one, and is it up.
// In: messages. Out: one small object a link message, and none for what a filter drops. Runs to its end
// before any caller's code does, as the module's windows are shared.

import {
  FRAME_HEADER_BYTES,
  IFLA_OPERSTATE,
  KIND_LINK,
  MODE_BRIEF,
  MODE_STREAM,
  RECORD_BYTES,
  RECORD_ERROR,
  RECORD_FRAME,
  RECORD_IFI_INDEX,
  RECORD_IFNAME,
  RECORD_KIND,
  RECORD_OPERSTATE,
  RECORD_PRESENT,
  RECORDS,
} from '../assembly/contract.js'
import { modeOf } from './decode.js'
import { invalidType } from './errors.js'
import { type CompiledFilter, compileFilter, NO_FILTER } from './filter.js'
import { internText } from './interned.js'
import { bit } from './link-record.js'
import type { LinkOptions } from './link-view.js'
import { type Module, module } from './module.js'
import { FRAME_CAPACITY, fillWindow } from './window.js'

export interface LinkState {
  ifname: string | undefined
  ifindex: number
  /** IF_OPER_… of linux/if.h. */
  operstate: number | undefined
}

/**
 * Name, ifindex and operstate of the link messages of one datagram, or of several laid end to end. The whole
 * chain of attributes is checked; messages of other types and malformed ones are passed over, and
 * `decodeMessages` tells of them.
 *
 * @throws TypeError when `data` is no Uint8Array; RangeError for a filter that no link can meet.
 */
export function decodeLinkStates(data: Uint8Array, options: LinkOptions = {}): LinkState[] {
  if (!(data instanceof Uint8Array)) throw invalidType('expected data to be a Uint8Array')
  const filter = options.filter ? compileFilter(options.filter) : NO_FILTER
  const mode = modeOf(options)
  const it = module()
  const states: LinkState[] = []
  for (let from = 0; ; ) {
    const slice = data.subarray(from, from + FRAME_CAPACITY)
    const isLast = from + slice.length === data.length
    statesIn(it, fillWindow(it, slice), isLast ? mode : mode | MODE_STREAM, filter, states)
    const unread = it.unread()
    from += slice.length - unread
    if (isLast || unread >= slice.length || from >= data.length) return states
  }
}

/** Those of a window that has been filled up to `end`. */
export function statesIn(
  it: Module,
  end: number,
  mode: number,
  filter: CompiledFilter,
  states: LinkState[] = [],
): LinkState[] {
  const { view } = it
  filter(it)
  it.begin(end, mode | MODE_BRIEF)
  for (let count = it.decode(); count > 0; count = it.decode()) {
    for (let at = RECORDS; at < RECORDS + count * RECORD_BYTES; at += RECORD_BYTES) {
      const isWhole = view.getUint16(at + RECORD_ERROR, true) === 0
      if (isWhole && view.getUint16(at + RECORD_KIND, true) === KIND_LINK) {
        states.push(stateAt(view, at))
      }
    }
  }
  return states
}

function stateAt(view: DataView, at: number): LinkState {
  const name = view.getUint32(at + RECORD_IFNAME, true)
  const base = view.getUint32(at + RECORD_FRAME, true) + FRAME_HEADER_BYTES
  const length = view.getUint32(at + RECORD_IFNAME + 4, true)
  const isPresent = view.getUint32(at + RECORD_PRESENT, true) & bit(IFLA_OPERSTATE)
  return {
    ifname: name === 0 ? undefined : internText(view, base + name, length).text,
    ifindex: view.getInt32(at + RECORD_IFI_INDEX, true),
    operstate: isPresent ? view.getUint8(at + RECORD_OPERSTATE) : undefined,
  }
}
