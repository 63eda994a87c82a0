// The fast pass over a capture: frames become rows, one full window at a time.
// In: frames, in the order of the file. Out: the index and the history of links. The module walks the
// messages. Trees are made only of the few frames with the numbers of generic families.

import {
  ERROR_MESSAGE_HEADER,
  ERROR_MESSAGE_LONG,
  ERROR_MESSAGE_SHORT,
  MODE_BIG_ENDIAN,
  MODE_NAMES,
  NETLINK_ROUTE,
  NLA_TYPE_MASK,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGHDR_SIZE,
  RTM_DELLINK,
  RTM_NEWLINK,
  RX_WINDOW,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../../../assembly/contract.js'
import { KIND_LINK, RTA_OIF, RTMSG_SIZE } from '../../../assembly/record-layout.js'
import { NETLINK_GENERIC, NETLINK_KOBJECT_UEVENT } from '../../../assembly/tree-layout.js'
import type { CaptureFrame } from '../../capture/frame.js'
import { type RecordHead, readHead, readLink } from '../../message/record-head.js'
import { type Module, newModule } from '../../module/module.js'
import { freshenSlots } from '../../module/slots.js'
import { FRAME_CAPACITY, frameFits, nextFrameAt, writeFrame } from '../../module/window.js'
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
  /** 0 or MODE_BIG_ENDIAN. */
  #mode = 0

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
    const mode = source.byteOrder === 'big' ? MODE_BIG_ENDIAN : 0
    if (mode !== this.#mode) {
      this.#flush()
      this.#mode = mode
    }
    const hasMessages = source.isNetlink && source.protocol !== NETLINK_KOBJECT_UEVENT
    const from = hasMessages ? source.headerBytes : data.length
    const length = Math.min(data.length - from, FRAME_CAPACITY)
    if (!frameFits(this.#end, length)) this.#flush()
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
    this.#end = nextFrameAt(end)
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
    const { frames } = this.#index
    freshenSlots(it)
    it.begin(this.#end, this.#mode | MODE_NAMES)
    let next = 0
    for (let count = it.decode(); count > 0; count = it.decode()) {
      for (let i = 0; i < count; i++) {
        const head = readHead(it, i)
        const local = head.group
        while (next < local) this.#bare(this.#first + next++)
        const frame = this.#first + local
        if (next === local) {
          frames.firstRow[frame] = this.#index.rows.count
          next++
        }
        this.#record(head, i, frame)
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

  #record(head: RecordHead, place: number, frame: number): void {
    const index = this.#index
    const { rows } = index
    const source = index.sourceOf(frame)
    const { error, length, type, flags, seq, pid, captured } = head
    // The length is wrong: no message starts here, unless the capture cut it.
    const isCut =
      (index.frames.originalLength[frame] as number) > (index.frames.length[frame] as number)
    const isBroken =
      error === ERROR_MESSAGE_HEADER ||
      error === ERROR_MESSAGE_SHORT ||
      (error === ERROR_MESSAGE_LONG && !isCut)
    // Some programs send a few extra bytes after a message. They get no row.
    const isRest = error === ERROR_MESSAGE_HEADER || length === 0
    if (isBroken && isRest && index.frames.firstRow[frame] !== rows.count) return
    const row = rows.push(
      frame,
      head.offset + source.headerBytes,
      isBroken ? ROW_BROKEN : ROW_MESSAGE,
    )
    if (index.comments.size > 0) this.#gap(frame, row)
    if (error === ERROR_MESSAGE_HEADER) return
    rows.length[row] = length
    rows.type[row] = type
    rows.flags[row] = flags
    rows.seq[row] = seq
    rows.pid[row] = pid
    // After the captured part of a message comes another frame.
    const body = head.start + NLMSGHDR_SIZE
    if (captured > NLMSGHDR_SIZE) rows.command[row] = this.#module.view.getUint8(body)
    if (flags & NLM_F_REQUEST || seq !== 0 || pid !== 0) {
      const hints = {
        protocol: source.protocol,
        requestType: this.#requestType(type, body, length),
      }
      const request = this.#pairing.pair(head, source.scope, row, hints)
      if (request !== undefined) rows.answers[row] = request + 1
    }
    if (isBroken) return
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      if (head.errno !== 0 && error === 0) index.errnos.set(row, head.errno)
    } else if (source.protocol === NETLINK_ROUTE && type >= RTM_NEWLINK) {
      this.#interface(head, place, row)
    }
  }

  /** The nlmsg_type of the request in an error: after the errno, there is a struct nlmsghdr. */
  #requestType(type: number, body: number, length: number): number | undefined {
    const isThere = type === NLMSG_ERROR && length >= NLMSGHDR_SIZE + 4 + NLMSGHDR_SIZE
    return isThere ? this.#module.view.getUint16(body + 8, this.#mode === 0) : undefined
  }

  /** The ifindex of the interface that a message of rtnetlink is about. */
  #interface(head: RecordHead, place: number, row: number): void {
    const { view } = this.#module
    const { rows } = this.#index
    const { type, start, captured } = head
    const body = start + NLMSGHDR_SIZE
    const group = (type - RTM_NEWLINK) >> 2
    const isLittle = this.#mode === 0
    if (group === 0) {
      if (head.kind !== KIND_LINK || head.error !== 0) return
      const link = readLink(this.#module, place, this.#mode)
      rows.ifindex[row] = link.ifindex
      const isTold = type <= RTM_DELLINK && (head.flags & NLM_F_REQUEST) === 0
      // AF_UNSPEC: a message about the link itself, not one of a bridge or IPv6 about it.
      if (isTold && link.family === 0) this.#links.take(head, link, row)
    } else if (group === ROUTE_GROUP) {
      rows.ifindex[row] = this.#outgoing(body + RTMSG_SIZE, start + captured)
    } else if (IFINDEX_AT_4.has(group) && captured >= 24) {
      rows.ifindex[row] = view.getInt32(body + 4, isLittle)
    } else if (IFINDEX_AT_8.has(group) && captured >= 28) {
      rows.ifindex[row] = view.getInt32(body + 8, isLittle)
    }
  }

  /** RTA_OIF of a route. */
  #outgoing(from: number, end: number): number {
    const it = this.#module
    const { view } = it
    for (let at = from; at < end; ) {
      const next = it.attribute(at, end, this.#mode)
      if (next <= 0) return 0
      const isOutgoing = (view.getUint32(SCRATCH_TYPE, true) & NLA_TYPE_MASK) === RTA_OIF
      if (isOutgoing && view.getUint32(SCRATCH_LENGTH, true) === 8) {
        return view.getInt32(at + 4, this.#mode === 0)
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
