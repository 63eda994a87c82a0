// Decodes only what an agent mostly needs of links: which one, and whether it is up.
// In: messages. Out: a small object for each link message that passes the filter. Runs to its end
// before any code of the caller, as the module's windows are shared.

import {
  MODE_BRIEF,
  MODE_NAMES,
  MODE_STREAM,
  RECORD_KIND,
  RECORD_PRESENT,
  RECORDS,
} from '../../assembly/contract.js'
import {
  KIND_LINK,
  LINK_IFINDEX,
  LINK_IFNAME,
  LINK_IFNAME_SLOT,
  LINK_OPERSTATE,
  LINK_OPERSTATE_BIT,
  RECORD_BYTES,
} from '../../assembly/record-layout.js'
import { checkBytes, checkObject } from '../base/argument-checks.js'
import { type CompiledFilter, compileLinkFilter, NO_FILTER } from '../module/filter-block.js'
import { type Module, module } from '../module/module.js'
import { freshenSlots, nameAt } from '../module/slots.js'
import { FRAME_CAPACITY, fillWindow } from '../module/window.js'
import { modeOf } from './decode.js'
import type { LinkOptions } from './link-view.js'

export interface LinkState {
  ifname: string | undefined
  ifindex: number
  /** IF_OPER_… of linux/if.h. */
  operstate: number | undefined
}

/**
 * Decodes name, ifindex and operstate of the link messages of one datagram, or of several one after another. The whole
 * chain of attributes is checked. Other messages and malformed ones are skipped; `decodeMessages()` returns
 * them, too.
 *
 * @throws TypeError if `data` is not a Uint8Array; TypeError or RangeError for a filter that no link can pass
 */
export function decodeLinkStates(data: Uint8Array, options: LinkOptions = {}): LinkState[] {
  checkBytes('data', data)
  checkObject('options', options)
  const { filter: wanted } = options
  const filter = wanted === undefined ? NO_FILTER : compileLinkFilter(wanted)
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

/** The states in a window that is filled up to `end`. */
export function statesIn(
  it: Module,
  end: number,
  mode: number,
  filter: CompiledFilter,
  states: LinkState[] = [],
): LinkState[] {
  const { view } = it
  filter(it)
  freshenSlots(it)
  it.begin(end, mode | MODE_BRIEF | MODE_NAMES)
  for (let count = it.decode(); count > 0; count = it.decode()) {
    for (let at = RECORDS; at < RECORDS + count * RECORD_BYTES; at += RECORD_BYTES) {
      // A whole link message has this kind and no error.
      if (view.getUint32(at + RECORD_KIND, true) === KIND_LINK) states.push(stateAt(it, at))
    }
  }
  return states
}

function stateAt(it: Module, at: number): LinkState {
  const { view } = it
  const isPresent = view.getUint32(at + RECORD_PRESENT, true) & (1 << LINK_OPERSTATE_BIT)
  return {
    ifname: nameAt(it, at, LINK_IFNAME, LINK_IFNAME_SLOT)?.text,
    ifindex: view.getInt32(at + LINK_IFINDEX, true),
    operstate: isPresent ? view.getUint8(at + LINK_OPERSTATE) : undefined,
  }
}
