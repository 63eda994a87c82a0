// The messages of one filled window, decoded once in brief and again in full when a view needs more.
// In: a piece of the caller's bytes. Out: a copy of the records. There are never more than at first, even if the bytes were
// overwritten meanwhile.

import { MODE_BIG_ENDIAN, RECORDS } from '../../assembly/contract.js'
import { RECORD_BYTES } from '../../assembly/record-layout.js'
import type { CompiledFilter } from '../module/filter-block.js'
import { type Module, module } from '../module/module.js'
import { FIRST_DATAGRAM, fillWindow } from '../module/window.js'
import type { Brought, RecordBatch } from './record-values.js'

/** One filled window. Its brief records became views; full records are made when a view needs one. */
export class Batch implements RecordBatch {
  readonly u8: Uint8Array
  readonly view: DataView
  readonly isLittle: boolean
  readonly mode: number
  /** Where the datagram starts in `u8`, and its length. */
  readonly base: number
  private readonly length: number
  private readonly filter: CompiledFilter
  /** How many records there are, including those that are not links. */
  count = 0
  private full: DataView | undefined

  constructor(view: DataView, mode: number, filter: CompiledFilter, base: number, length: number) {
    this.u8 = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    this.view = view
    this.isLittle = (mode & MODE_BIG_ENDIAN) === 0
    this.mode = mode
    this.filter = filter
    this.base = base
    this.length = length
  }

  /** Fills the module's window, and starts decoding. */
  begin(extraMode: number): Module {
    const it = module()
    const end = fillWindow(it, this.u8.subarray(this.base, this.base + this.length))
    this.filter(it)
    it.begin(end, this.mode | extraMode)
    return it
  }

  bring(from: number, end: number): Brought {
    const it = module()
    return { it, from: FIRST_DATAGRAM, end: fillWindow(it, this.u8.subarray(from, end)) }
  }

  get records(): DataView {
    this.full ??= this.decodeAgain()
    return this.full
  }

  private decodeAgain(): DataView {
    const it = this.begin(0)
    const all = new Uint8Array(this.count * RECORD_BYTES)
    // There may be more now, if the bytes were overwritten meanwhile.
    for (let used = 0, count = it.decode(); count > 0 && used < all.length; count = it.decode()) {
      const bytes = Math.min(count * RECORD_BYTES, all.length - used)
      all.set(it.u8.subarray(RECORDS, RECORDS + bytes), used)
      used += bytes
    }
    return new DataView(all.buffer)
  }
}
