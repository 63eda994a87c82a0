// Links whose fields are decoded when they are read, so that unused fields cost nothing.
// In: messages. Out: a LinkView for each link message. It has name, ifindex and operstate, and looks up other fields in the
// caller's bytes. Runs to its end before any code of the caller, as the module's windows are shared.

import {
  MODE_BRIEF,
  MODE_NAMES,
  MODE_STREAM,
  RECORD_KIND,
  RECORD_PRESENT,
  RECORD_TYPE,
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
import type { Text } from '../base/text.js'
import {
  type CompiledFilter,
  compileLinkFilter,
  type LinkFilter,
  NO_FILTER,
} from '../module/filter-block.js'
import { type Module, module } from '../module/module.js'
import { freshenSlots, nameAt } from '../module/slots.js'
import { FRAME_CAPACITY } from '../module/window.js'
import { type DecodeOptions, modeOf } from './decode.js'
import { Batch } from './link-batch.js'
import { LinkGetters, type LinkRecord } from './link-record.js'
import { bytesAt } from './record-values.js'

export interface LinkOptions extends DecodeOptions {
  /** Which links to keep. The decoder drops others without creating objects. */
  filter?: LinkFilter
}

/**
 * A link message, with the fields of a `LinkRecord`. Name, ifindex and operstate are decoded at once. Every other field is
 * looked up when it is read, in the bytes that were given to `decodeLinks()`: the view keeps them alive, and you must not
 * overwrite them. Its fields are getters, so spreading it copies none. `toRecord()` makes a plain object, and
 * JSON.stringify() uses that.
 */
export class LinkView extends LinkGetters {
  private readonly name: Text | undefined
  private readonly index: number
  private readonly state: number | undefined

  /** @internal */
  constructor(
    batch: Batch,
    at: number,
    name: Text | undefined,
    index: number,
    state: number | undefined,
  ) {
    super(batch, at)
    this.name = name
    this.index = index
    this.state = state
  }

  /** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK or RTM_SETLINK. */
  get messageType(): number {
    return this.batch.records.getUint16(this.at + RECORD_TYPE, true)
  }

  override get ifindex(): number {
    return this.index
  }

  override get ifname(): string | undefined {
    return this.name?.text
  }

  /** The name's bytes, only where they are not UTF-8 and `ifname` is therefore lossy. */
  get ifnameBytes(): Uint8Array | undefined {
    if (!this.name?.lossy) return undefined
    return bytesAt(this.batch, this.at + LINK_IFNAME, this.batch.base)
  }

  override get operstate(): number | undefined {
    return this.state
  }

  toJSON(): LinkRecord {
    return this.toRecord()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): LinkRecord {
    return this.toRecord()
  }
}

/**
 * Decodes the link messages of one datagram, or of several one after another, as views. Other messages and
 * malformed ones are skipped; `decodeMessages()` returns them, too.
 *
 * @throws TypeError if `data` is not a Uint8Array; TypeError or RangeError for a filter that no link can pass
 */
export function decodeLinks(data: Uint8Array, options: LinkOptions = {}): LinkView[] {
  checkBytes('data', data)
  checkObject('options', options)
  const { filter: wanted } = options
  const filter = wanted === undefined ? NO_FILTER : compileLinkFilter(wanted)
  return viewsOf(data, modeOf(options), filter)
}

function viewsOf(data: Uint8Array, mode: number, filter: CompiledFilter): LinkView[] {
  const views: LinkView[] = []
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  for (let from = 0; ; ) {
    const length = Math.min(FRAME_CAPACITY, data.length - from)
    const isLast = from + length === data.length
    const batch = new Batch(view, isLast ? mode : mode | MODE_STREAM, filter, from, length)
    freshenSlots(module())
    const it = batch.begin(MODE_BRIEF | MODE_NAMES)
    for (let count = it.decode(); count > 0; count = it.decode()) {
      addViews(views, it, batch, count)
      batch.count += count
    }
    const unread = it.unread()
    from += length - unread
    if (isLast || unread >= length || from >= data.length) return views
  }
}

/** Views of the brief records that are whole link messages: they have that kind, and no error. */
function addViews(views: LinkView[], it: Module, batch: Batch, count: number): void {
  const { view, slots } = it
  for (let n = 0; n < count; n++) {
    const at = RECORDS + n * RECORD_BYTES
    if (view.getInt32(at + RECORD_KIND, true) !== KIND_LINK) continue
    const slot = view.getUint16(at + LINK_IFNAME_SLOT, true)
    const name = slots.texts[slot] ?? nameAt(it, at, LINK_IFNAME, LINK_IFNAME_SLOT)
    const hasState = view.getInt32(at + RECORD_PRESENT, true) & (1 << LINK_OPERSTATE_BIT)
    const state = hasState ? view.getUint8(at + LINK_OPERSTATE) : undefined
    const ifindex = view.getInt32(at + LINK_IFINDEX, true)
    views.push(new LinkView(batch, (batch.count + n) * RECORD_BYTES, name, ifindex, state))
  }
}
