// Links whose fields are read when they are asked for: what is never read costs nothing.
// In: messages. Out: one LinkView a link message, which knows what is asked for most, and looks the rest up in the
// caller's own bytes. Runs to its end before any caller's code does, as the module's windows are shared.

import {
  IFLA_CARRIER,
  IFLA_CARRIER_CHANGES,
  IFLA_CARRIER_DOWN_COUNT,
  IFLA_CARRIER_UP_COUNT,
  IFLA_GROUP,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKMODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NEW_IFINDEX,
  IFLA_OPERSTATE,
  IFLA_TXQLEN,
  KIND_LINK,
  MODE_BRIEF,
  MODE_NAMES,
  MODE_STREAM,
  RECORD_ADDRESS,
  RECORD_BROADCAST,
  RECORD_BYTES,
  RECORD_CARRIER,
  RECORD_CARRIER_CHANGES,
  RECORD_CARRIER_DOWN_COUNT,
  RECORD_CARRIER_UP_COUNT,
  RECORD_GROUP,
  RECORD_IFI_CHANGE,
  RECORD_IFI_FAMILY,
  RECORD_IFI_FLAGS,
  RECORD_IFI_INDEX,
  RECORD_IFI_TYPE,
  RECORD_IFNAME,
  RECORD_INFO_KIND,
  RECORD_KIND,
  RECORD_LINK,
  RECORD_LINK_NETNSID,
  RECORD_LINKMODE,
  RECORD_MASTER,
  RECORD_MTU,
  RECORD_NEW_IFINDEX,
  RECORD_OPERSTATE,
  RECORD_PERM_ADDRESS,
  RECORD_PRESENT,
  RECORD_PROP_LIST,
  RECORD_TXQLEN,
  RECORD_TYPE,
  RECORDS,
  SLOT_IFNAME,
} from '../../assembly/contract.js'
import { invalidType } from '../base/errors.js'
import type { Text } from '../base/text.js'
import { type DecodeOptions, modeOf } from '../message/decode.js'
import {
  altnamesAt,
  bit,
  bytesOf,
  type LinkRecord,
  linkOf,
  textOf,
} from '../message/link-record.js'
import {
  type CompiledFilter,
  compileLinkFilter,
  type LinkFilter,
  NO_FILTER,
} from '../module/filter-block.js'
import { type Module, module } from '../module/module.js'
import { freshenSlots, nameAt } from '../module/slots.js'
import { FIRST_DATAGRAM, FRAME_CAPACITY, fillWindow } from '../module/window.js'
import { Batch } from './link-batch.js'

export interface LinkOptions extends DecodeOptions {
  /** Which links to keep; what is dropped costs a few loads, and no object. */
  filter?: LinkFilter
}

/**
 * A link message, with the fields of a `LinkRecord`. Name, ifindex and operstate are known at once, and every other
 * field is looked up when it is asked for: the view keeps the bytes that were given to `decodeLinks` alive, and says
 * what they say then, so do not overwrite them. Spreading it gives nothing; `toRecord()` makes a plain object, and
 * JSON.stringify() does so too.
 */
export class LinkView {
  private readonly batch: Batch
  /** Where its record is, in the full ones. */
  private readonly at: number
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
    this.batch = batch
    this.at = at
    this.name = name
    this.index = index
    this.state = state
  }

  /** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK or RTM_SETLINK. */
  get messageType(): number {
    return this.batch.records.getUint16(this.at + RECORD_TYPE, true)
  }

  get family(): number {
    return this.batch.records.getUint8(this.at + RECORD_IFI_FAMILY)
  }

  get type(): number {
    return this.batch.records.getUint16(this.at + RECORD_IFI_TYPE, true)
  }

  get ifindex(): number {
    return this.index
  }

  get flags(): number {
    return this.batch.records.getUint32(this.at + RECORD_IFI_FLAGS, true)
  }

  get change(): number {
    return this.batch.records.getUint32(this.at + RECORD_IFI_CHANGE, true)
  }

  get ifname(): string | undefined {
    return this.name?.text
  }

  /** The name's bytes, only where they are not UTF-8 and `ifname` is therefore lossy. */
  get ifnameBytes(): Uint8Array | undefined {
    if (!this.name?.lossy) return undefined
    return bytesOf(this.batch, this.at + RECORD_IFNAME, this.batch.base)
  }

  get address(): Uint8Array | undefined {
    return bytesOf(this.batch, this.at + RECORD_ADDRESS, this.batch.base)
  }

  get broadcast(): Uint8Array | undefined {
    return bytesOf(this.batch, this.at + RECORD_BROADCAST, this.batch.base)
  }

  get permAddress(): Uint8Array | undefined {
    return bytesOf(this.batch, this.at + RECORD_PERM_ADDRESS, this.batch.base)
  }

  get mtu(): number | undefined {
    return this.#has(IFLA_MTU)
      ? this.batch.records.getUint32(this.at + RECORD_MTU, true)
      : undefined
  }

  get txqlen(): number | undefined {
    return this.#has(IFLA_TXQLEN)
      ? this.batch.records.getUint32(this.at + RECORD_TXQLEN, true)
      : undefined
  }

  get link(): number | undefined {
    return this.#has(IFLA_LINK)
      ? this.batch.records.getUint32(this.at + RECORD_LINK, true)
      : undefined
  }

  get master(): number | undefined {
    return this.#has(IFLA_MASTER)
      ? this.batch.records.getUint32(this.at + RECORD_MASTER, true)
      : undefined
  }

  get operstate(): number | undefined {
    return this.state
  }

  get linkmode(): number | undefined {
    return this.#has(IFLA_LINKMODE)
      ? this.batch.records.getUint8(this.at + RECORD_LINKMODE)
      : undefined
  }

  get carrier(): number | undefined {
    return this.#has(IFLA_CARRIER)
      ? this.batch.records.getUint8(this.at + RECORD_CARRIER)
      : undefined
  }

  get carrierChanges(): number | undefined {
    return this.#has(IFLA_CARRIER_CHANGES)
      ? this.batch.records.getUint32(this.at + RECORD_CARRIER_CHANGES, true)
      : undefined
  }

  get carrierUpCount(): number | undefined {
    return this.#has(IFLA_CARRIER_UP_COUNT)
      ? this.batch.records.getUint32(this.at + RECORD_CARRIER_UP_COUNT, true)
      : undefined
  }

  get carrierDownCount(): number | undefined {
    return this.#has(IFLA_CARRIER_DOWN_COUNT)
      ? this.batch.records.getUint32(this.at + RECORD_CARRIER_DOWN_COUNT, true)
      : undefined
  }

  get group(): number | undefined {
    return this.#has(IFLA_GROUP)
      ? this.batch.records.getUint32(this.at + RECORD_GROUP, true)
      : undefined
  }

  get linkNetnsid(): number | undefined {
    return this.#has(IFLA_LINK_NETNSID)
      ? this.batch.records.getInt32(this.at + RECORD_LINK_NETNSID, true)
      : undefined
  }

  get newIfindex(): number | undefined {
    return this.#has(IFLA_NEW_IFINDEX)
      ? this.batch.records.getInt32(this.at + RECORD_NEW_IFINDEX, true)
      : undefined
  }

  get kind(): string | undefined {
    return textOf(this.batch, this.at + RECORD_INFO_KIND, this.batch.base)?.text
  }

  get altnames(): string[] {
    const { records, u8, base, mode } = this.batch
    const offset = records.getUint32(this.at + RECORD_PROP_LIST, true)
    if (offset === 0) return []
    const length = records.getUint32(this.at + RECORD_PROP_LIST + 4, true)
    const end = fillWindow(module(), u8.subarray(base + offset, base + offset + length))
    return altnamesAt(module(), FIRST_DATAGRAM, end, mode)
  }

  /** A plain object that owns all its bytes. */
  toRecord(): LinkRecord {
    return linkOf(this.batch, this.at, this.batch.base, this.name, this.kind, this.altnames)
  }

  toJSON(): LinkRecord {
    return this.toRecord()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): LinkRecord {
    return this.toRecord()
  }

  #has(type: number): boolean {
    const half = this.at + RECORD_PRESENT + (type < 32 ? 0 : 4)
    return (this.batch.records.getUint32(half, true) & bit(type)) !== 0
  }
}

/**
 * The link messages of one datagram, or of several laid end to end, as views; messages of other types and
 * malformed ones are passed over, and `decodeMessages` tells of them.
 *
 * @throws TypeError when `data` is no Uint8Array; RangeError for a filter that no link can meet.
 */
export function decodeLinks(data: Uint8Array, options: LinkOptions = {}): LinkView[] {
  if (!(data instanceof Uint8Array)) throw invalidType('expected data to be a Uint8Array')
  const filter = options.filter ? compileLinkFilter(options.filter) : NO_FILTER
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

/** Views of the brief records that are whole link messages: by their kind, with no error beside it. */
function addViews(views: LinkView[], it: Module, batch: Batch, count: number): void {
  const { view, slots } = it
  for (let n = 0; n < count; n++) {
    const at = RECORDS + n * RECORD_BYTES
    if (view.getInt32(at + RECORD_KIND, true) !== KIND_LINK) continue
    const slot = view.getUint16(at + SLOT_IFNAME, true)
    const name = slots.texts[slot] ?? nameAt(it, at, RECORD_IFNAME, SLOT_IFNAME)
    const hasState = view.getInt32(at + RECORD_PRESENT, true) & bit(IFLA_OPERSTATE)
    const state = hasState ? view.getUint8(at + RECORD_OPERSTATE) : undefined
    const ifindex = view.getInt32(at + RECORD_IFI_INDEX, true)
    views.push(new LinkView(batch, (batch.count + n) * RECORD_BYTES, name, ifindex, state))
  }
}
