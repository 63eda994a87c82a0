// The fast pass over a capture: frames become rows, one full window at a time.
// In: frames, in the order of the file. Out: the index and the history of links. The module walks the
// messages. Trees are made only of the few frames with the numbers of generic families.

import {
  ERROR_MESSAGE_HEADER,
  ERROR_MESSAGE_LONG,
  ERROR_MESSAGE_SHORT,
  FRAME_ALIGN,
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  MODE_BIG_ENDIAN,
  NETLINK_ROUTE,
  NLA_TYPE_MASK,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RECORD_ERRNO,
  RECORD_ERROR,
  RECORD_FLAGS,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PID,
  RECORD_SEQ,
  RECORD_TYPE,
  RECORDS,
  RTM_DELLINK,
  RTM_NEWLINK,
  RX_WINDOW,
  RX_WINDOW_BYTES,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../../../assembly/contract.js'
import {
  KIND_LINK,
  LINK_FAMILY,
  LINK_IFINDEX,
  RECORD_BYTES,
} from '../../../assembly/record-layout.js'
import { NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT } from '../../../assembly/tree-layout.js'
import type { ByteOrder } from '../../base/byte-order.js'
import type { CaptureFrame } from '../../capture/frame.js'
import { type Module, newModule } from '../../module/module.js'
import { writeFrame } from '../../module/window.js'
import type { Dissector } from '../../tree/dissector.js'
import { RequestPairing } from '../../tree/request-pairing.js'
import {
  type CaptureIndex,
  ROW_BARE,
  ROW_BROKEN,
  ROW_FOREIGN,
  ROW_MESSAGE,
  type Source,
} from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { SourceTable } from './source-table.js'

/** The kinds of rtnetlink messages whose header has an ifindex at byte 4: (RTM_NEW… - 16) / 4 of linux/rtnetlink.h. */
const IFINDEX_AT_4 = new Set([1, 3, 5, 6, 7, 13, 17, 19, 21, 24, 26])
const IFINDEX_AT_8 = new Set([9, 14])
const ROUTE_GROUP = 2
const RTMSG_BYTES = 12
const RTA_OIF = 4

const PCAP_DATA = 16
const ENHANCED_DATA = 28
const SIMPLE_DATA = 12

export class Scanner {
  readonly #index: CaptureIndex
  readonly #links: InterfaceHistory
  readonly #dissector: Dissector
  readonly #module: Module = newModule()
  readonly #pairing = new RequestPairing<number>(262_144)
  readonly #sources: SourceTable
  readonly #isPcap: boolean
  /** The frames in the window: the index of the first one, their number, and where the next one goes. */
  #first = 0
  #pending = 0
  #end = RX_WINDOW
  #order: ByteOrder = 'little'

  constructor(index: CaptureIndex, links: InterfaceHistory, dissector: Dissector, isPcap: boolean) {
    this.#index = index
    this.#sources = new SourceTable(index.sources)
    this.#links = links
    this.#dissector = dissector
    this.#isPcap = isPcap
  }

  /** Processes a batch. Afterwards all of its rows are in the index. */
  take(batch: readonly CaptureFrame[]): void {
    for (const frame of batch) this.#frame(frame)
    this.#flush()
  }

  #frame(frame: CaptureFrame): void {
    const { data, timestamp, comment } = frame
    const index = this.#index
    const sourceId = this.#sources.idOf(frame)
    const source = index.sources[sourceId] as Source
    index.start ??= timestamp
    const time = timestamp === undefined ? Number.NaN : Number(timestamp - (index.start as bigint))
    const dataAt = frame.fileOffset + this.#dataAt(frame)
    if (source.byteOrder !== this.#order) {
      this.#flush()
      this.#order = source.byteOrder
    }
    const hasMessages = source.isNetlink && source.protocol !== NETLINK_KOBJECT_UEVENT
    const from = hasMessages ? source.headerBytes : data.length
    const length = Math.min(data.length - from, RX_WINDOW_BYTES - FRAME_HEADER_BYTES)
    if (this.#end + FRAME_HEADER_BYTES + length > RX_WINDOW + RX_WINDOW_BYTES) this.#flush()
    const place = index.frames.push(dataAt, data.length, frame.originalLength, time, sourceId)
    if (comment !== undefined) index.comments.set(place, comment)
    if (!source.isNetlink) index.foreign++
    if (this.#pending === 0) this.#first = place
    const end = writeFrame(
      this.#module,
      this.#end,
      data.subarray(from, from + length),
      this.#pending,
    )
    this.#end = (end + FRAME_ALIGN - 1) & ~(FRAME_ALIGN - 1)
    this.#pending++
    if (source.protocol === NETLINK_GENERIC && source.isNetlink) this.#learn(data, source)
  }

  /** Only the controller's answers have the numbers of generic netlink families. */
  #learn(data: Uint8Array, source: Source): void {
    const at = source.headerBytes + (source.byteOrder === 'little' ? 4 : 5)
    const high = source.headerBytes + (source.byteOrder === 'little' ? 5 : 4)
    if (data[at] !== NETLINK_GENERIC || data[high] !== 0) return
    const { protocol, linkHeader, byteOrder } = source
    this.#dissector.dissect(data, { protocol, linkHeader, byteOrder })
  }

  #dataAt({ timestamp }: CaptureFrame): number {
    if (this.#isPcap) return PCAP_DATA
    return timestamp === undefined ? SIMPLE_DATA : ENHANCED_DATA
  }

  /** Decodes the window. Every frame gets its rows, at least one. */
  #flush(): void {
    if (this.#pending === 0) return
    const it = this.#module
    const { view } = it
    const { frames } = this.#index
    it.begin(this.#end, this.#order === 'big' ? MODE_BIG_ENDIAN : 0)
    let next = 0
    for (let count = it.decode(); count > 0; count = it.decode()) {
      for (let i = 0; i < count; i++) {
        const at = RECORDS + i * RECORD_BYTES
        const local = view.getUint16(view.getUint32(at + RECORD_FRAME, true) + FRAME_GROUP, true)
        while (next < local) this.#bare(this.#first + next++)
        const frame = this.#first + local
        if (next === local) {
          frames.firstRow[frame] = this.#index.rows.count
          next++
        }
        this.#record(at, frame)
      }
    }
    while (next < this.#pending) this.#bare(this.#first + next++)
    this.#pending = 0
    this.#end = RX_WINDOW
  }

  /** A frame without messages. */
  #bare(frame: number): void {
    const index = this.#index
    const { isNetlink, headerBytes } = index.sourceOf(frame)
    index.frames.firstRow[frame] = index.rows.count
    const row = index.rows.push(frame, headerBytes, isNetlink ? ROW_BARE : ROW_FOREIGN)
    index.rows.length[row] = (index.frames.length[frame] as number) - headerBytes
    if (index.comments.size > 0) this.#gap(frame, row)
  }

  #record(at: number, frame: number): void {
    const { view } = this.#module
    const index = this.#index
    const { rows } = index
    const source = index.sourceOf(frame)
    const error = view.getUint16(at + RECORD_ERROR, true)
    const offset = view.getUint32(at + RECORD_OFFSET, true)
    // The length is wrong: no message starts here, unless the capture cut it.
    const isCut =
      (index.frames.originalLength[frame] as number) > (index.frames.length[frame] as number)
    const isBroken =
      error === ERROR_MESSAGE_HEADER ||
      error === ERROR_MESSAGE_SHORT ||
      (error === ERROR_MESSAGE_LONG && !isCut)
    // Some programs send a few extra bytes after a message. They get no row.
    const isRest = error === ERROR_MESSAGE_HEADER || view.getUint32(at + RECORD_LEN, true) === 0
    if (isBroken && isRest && index.frames.firstRow[frame] !== rows.count) return
    const row = rows.push(frame, offset + source.headerBytes, isBroken ? ROW_BROKEN : ROW_MESSAGE)
    if (index.comments.size > 0) this.#gap(frame, row)
    if (error === ERROR_MESSAGE_HEADER) return
    const type = view.getUint16(at + RECORD_TYPE, true)
    const flags = view.getUint16(at + RECORD_FLAGS, true)
    const seq = view.getUint32(at + RECORD_SEQ, true)
    const pid = view.getUint32(at + RECORD_PID, true)
    const length = view.getUint32(at + RECORD_LEN, true)
    rows.length[row] = length
    rows.type[row] = type
    rows.flags[row] = flags
    rows.seq[row] = seq
    rows.pid[row] = pid
    const frameAt = view.getUint32(at + RECORD_FRAME, true)
    const body = frameAt + FRAME_HEADER_BYTES + offset + NLMSGHDR_SIZE
    // After the captured part of a message comes another frame.
    const captured = Math.min(length, view.getUint32(frameAt + FRAME_LENGTH, true) - offset)
    if (captured > NLMSGHDR_SIZE) rows.command[row] = view.getUint8(body)
    if (flags & NLM_F_REQUEST || seq !== 0 || pid !== 0) {
      const header = { length, type, flags, seq, pid }
      const hints = {
        protocol: source.protocol,
        requestType: this.#requestType(type, body, length),
      }
      const request = this.#pairing.pair(header, source.scope, row, hints)
      if (request !== undefined) rows.answers[row] = request + 1
    }
    if (isBroken) return
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      const errno = view.getInt32(at + RECORD_ERRNO, true)
      if (errno !== 0 && error === 0) index.errnos.set(row, errno)
    } else if (source.protocol === NETLINK_ROUTE && type >= RTM_NEWLINK) {
      this.#interface(at, row, body, captured, error)
    }
  }

  /** The nlmsg_type of the request in an error: after the errno, there is a struct nlmsghdr. */
  #requestType(type: number, body: number, length: number): number | undefined {
    const isThere = type === NLMSG_ERROR && length >= NLMSGHDR_SIZE + 4 + NLMSGHDR_SIZE
    return isThere ? this.#module.view.getUint16(body + 8, this.#order === 'little') : undefined
  }

  /** The ifindex of the interface that a message of rtnetlink is about. `length` bytes of it were captured. */
  #interface(at: number, row: number, body: number, length: number, error: number): void {
    const { view } = this.#module
    const { rows } = this.#index
    const type = rows.type[row] as number
    const group = (type - RTM_NEWLINK) >> 2
    const little = this.#order === 'little'
    if (group === 0) {
      if (view.getUint16(at + RECORD_KIND, true) !== KIND_LINK || error !== 0) return
      rows.ifindex[row] = view.getInt32(at + LINK_IFINDEX, true)
      const isTold = type <= RTM_DELLINK && ((rows.flags[row] as number) & NLM_F_REQUEST) === 0
      // AF_UNSPEC: a message about the link itself, not one of a bridge or IPv6 about it.
      if (isTold && view.getUint8(at + LINK_FAMILY) === 0) {
        this.#links.take(this.#module, at, row)
      }
    } else if (group === ROUTE_GROUP) {
      rows.ifindex[row] = this.#outgoing(body + RTMSG_BYTES, body - NLMSGHDR_SIZE + length, little)
    } else if (IFINDEX_AT_4.has(group) && length >= 24) {
      rows.ifindex[row] = view.getInt32(body + 4, little)
    } else if (IFINDEX_AT_8.has(group) && length >= 28) {
      rows.ifindex[row] = view.getInt32(body + 8, little)
    }
  }

  /** RTA_OIF of a route. */
  #outgoing(from: number, end: number, little: boolean): number {
    const it = this.#module
    const { view } = it
    for (let at = from; at < end; ) {
      const next = it.attribute(at, end, little ? 0 : MODE_BIG_ENDIAN)
      if (next <= 0) return 0
      const isOutgoing = (view.getUint32(SCRATCH_TYPE, true) & NLA_TYPE_MASK) === RTA_OIF
      if (isOutgoing && view.getUint32(SCRATCH_LENGTH, true) === 8) {
        return view.getInt32(at + 4, little)
      }
      at = next
    }
    return 0
  }

  /** The comment of a recorder that lost messages before this frame: "2 overruns: ...". */
  #gap(frame: number, row: number): void {
    if (this.#index.frames.firstRow[frame] !== row) return
    const overruns = /^(\d+) overruns?\b/.exec(this.#index.comments.get(frame) ?? '')?.[1]
    if (overruns) this.#links.gap(row, Math.min(Number(overruns), 0xffffffff))
  }
}
