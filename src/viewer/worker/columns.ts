// The index of a capture: what a list of a million rows needs of each row, in typed arrays.
// In: numbers, appended in the order of the file. Out: columns, without objects and without bytes of messages.

import type { ByteOrder } from '../../base/byte-order.js'
import type { LinkHeader } from '../../tree/dissector.js'

/** The properties that many frames share. A frame refers to them by number. */
export interface Source {
  protocol: number
  linkHeader: LinkHeader
  headerBytes: number
  byteOrder: ByteOrder
  /** The scope of sequence numbers: the capture's interface and protocol. */
  scope: number
  section: number
  interfaceId: number
  interfaceName: string
  isNetlink: boolean
  linkType: number
}

export const ROW_MESSAGE = 0
/** A row without a readable message. */
export const ROW_BROKEN = 1
/** A frame without a netlink message: a uevent, or nothing at all. */
export const ROW_BARE = 2
/** A frame that is not netlink. */
export const ROW_FOREIGN = 3

const FIRST_SIZE = 4096

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

function grown<C extends Column>(column: C, size: number): C {
  const larger = new (column.constructor as new (size: number) => C)(size)
  larger.set(column)
  return larger
}

/** Columns that grow together, to twice their size. */
abstract class Columns {
  count = 0
  #size = FIRST_SIZE

  /** Makes room for one more entry, and returns its index. */
  protected add(): number {
    if (this.count === this.#size) {
      this.#size *= 2
      this.growTo(this.#size)
    }
    return this.count++
  }

  protected abstract growTo(size: number): void

  get bytes(): number {
    let sum = 0
    for (const one of Object.values(this)) if (ArrayBuffer.isView(one)) sum += one.byteLength
    return sum
  }
}

class FrameColumns extends Columns {
  /** Where the captured bytes are in the file. */
  dataAt: Float64Array = new Float64Array(FIRST_SIZE)
  length: Uint32Array = new Uint32Array(FIRST_SIZE)
  originalLength: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** ns since the first frame; NaN if the file has no time. */
  time: Float64Array = new Float64Array(FIRST_SIZE)
  source: Uint32Array = new Uint32Array(FIRST_SIZE)
  firstRow: Uint32Array = new Uint32Array(FIRST_SIZE)

  push(
    dataAt: number,
    length: number,
    originalLength: number,
    time: number,
    source: number,
  ): number {
    const place = this.add()
    this.dataAt[place] = dataAt
    this.length[place] = length
    this.originalLength[place] = originalLength
    this.time[place] = time
    this.source[place] = source
    return place
  }

  protected growTo(size: number): void {
    this.dataAt = grown(this.dataAt, size)
    this.length = grown(this.length, size)
    this.originalLength = grown(this.originalLength, size)
    this.time = grown(this.time, size)
    this.source = grown(this.source, size)
    this.firstRow = grown(this.firstRow, size)
  }
}

class RowColumns extends Columns {
  frame: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** The offset of the nlmsghdr in its frame, including the link header. */
  at: Uint32Array = new Uint32Array(FIRST_SIZE)
  length: Uint32Array = new Uint32Array(FIRST_SIZE)
  type: Uint16Array = new Uint16Array(FIRST_SIZE)
  flags: Uint16Array = new Uint16Array(FIRST_SIZE)
  seq: Uint32Array = new Uint32Array(FIRST_SIZE)
  pid: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** The ifindex of the interface that it is about; 0 if it has none. */
  ifindex: Int32Array = new Int32Array(FIRST_SIZE)
  /** 1 + the row of the request that it answers; 0 for none. */
  answers: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** The byte after the nlmsghdr. For generic netlink it is the command. */
  command: Uint8Array = new Uint8Array(FIRST_SIZE)
  kind: Uint8Array = new Uint8Array(FIRST_SIZE)

  push(frame: number, at: number, kind: number): number {
    const place = this.add()
    this.frame[place] = frame
    this.at[place] = at
    this.kind[place] = kind
    return place
  }

  protected growTo(size: number): void {
    this.frame = grown(this.frame, size)
    this.at = grown(this.at, size)
    this.length = grown(this.length, size)
    this.type = grown(this.type, size)
    this.flags = grown(this.flags, size)
    this.seq = grown(this.seq, size)
    this.pid = grown(this.pid, size)
    this.ifindex = grown(this.ifindex, size)
    this.answers = grown(this.answers, size)
    this.command = grown(this.command, size)
    this.kind = grown(this.kind, size)
  }
}

/** All that is known about a capture without reading its attributes. */
export class CaptureIndex {
  readonly frames: FrameColumns = new FrameColumns()
  readonly rows: RowColumns = new RowColumns()
  readonly sources: Source[] = []
  /** The errnos of NLMSG_ERROR and NLMSG_DONE, by row. An acknowledgement is not in it. */
  readonly errnos: Map<number, number> = new Map()
  /** By frame. */
  readonly comments: Map<number, string> = new Map()
  /** The time of the first frame with a time, in ns since 1970. */
  start: bigint | undefined
  foreign = 0

  get bytes(): number {
    return this.frames.bytes + this.rows.bytes + this.errnos.size * 40
  }

  sourceOf(frame: number): Source {
    return this.sources[this.frames.source[frame] as number] as Source
  }

  /** The number of a row in its frame, from 1. */
  messageNumber(row: number): number {
    const frame = this.rows.frame[row] as number
    return row - (this.frames.firstRow[frame] as number) + 1
  }

  /** ns since 1970; undefined if the file has no time. */
  timestamp(frame: number): bigint | undefined {
    const since = this.frames.time[frame] as number
    return Number.isNaN(since) || this.start === undefined
      ? undefined
      : this.start + BigInt(Math.round(since))
  }
}
