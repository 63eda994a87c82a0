// The index of a capture: what a list of a million rows needs of each, in typed arrays.
// In: numbers, appended in the order of the file. Out: columns. Holds no bytes of messages and no objects.

import type { ByteOrder } from '../../base/byte-order.js'
import type { LinkHeader } from '../../tree/dissector.js'

/** What many frames have in common; a frame holds its number. */
export interface Source {
  protocol: number
  linkHeader: LinkHeader
  headerBytes: number
  byteOrder: ByteOrder
  /** What shares sequence numbers: the capture's interface and protocol. */
  scope: number
  section: number
  interfaceId: number
  interfaceName: string
  isNetlink: boolean
  linkType: number
}

export const ROW_MESSAGE = 0
/** No message can be read at its place. */
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

/** Columns that grow together, twofold. */
abstract class Columns {
  count = 0
  #size = FIRST_SIZE

  /** Makes room for one more, and returns its place. */
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
  /** Where the captured bytes lie in the file. */
  dataAt: Float64Array = new Float64Array(FIRST_SIZE)
  length: Uint32Array = new Uint32Array(FIRST_SIZE)
  originalLength: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** ns since the first frame; NaN where the file has no time. */
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
  /** Of the nlmsghdr in its frame, link header included. */
  at: Uint32Array = new Uint32Array(FIRST_SIZE)
  length: Uint32Array = new Uint32Array(FIRST_SIZE)
  type: Uint16Array = new Uint16Array(FIRST_SIZE)
  flags: Uint16Array = new Uint16Array(FIRST_SIZE)
  seq: Uint32Array = new Uint32Array(FIRST_SIZE)
  pid: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** Of the interface that it is about; 0 where it tells none. */
  ifindex: Int32Array = new Int32Array(FIRST_SIZE)
  /** 1 + the row of the request that it answers; 0 for none. */
  answers: Uint32Array = new Uint32Array(FIRST_SIZE)
  /** The byte behind the nlmsghdr: of generic netlink, the command. */
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

/** All that is known of a capture without looking into its messages. */
export class CaptureIndex {
  readonly frames: FrameColumns = new FrameColumns()
  readonly rows: RowColumns = new RowColumns()
  readonly sources: Source[] = []
  /** Errnos of NLMSG_ERROR and NLMSG_DONE, by row; an acknowledgement has none here. */
  readonly errnos: Map<number, number> = new Map()
  /** By frame. */
  readonly comments: Map<number, string> = new Map()
  /** ns since 1970 of the first frame that has a time. */
  start: bigint | undefined
  foreign = 0

  get bytes(): number {
    return this.frames.bytes + this.rows.bytes + this.errnos.size * 40
  }

  sourceOf(frame: number): Source {
    return this.sources[this.frames.source[frame] as number] as Source
  }

  /** 1-based place of a row in its frame. */
  messageNumber(row: number): number {
    const frame = this.rows.frame[row] as number
    return row - (this.frames.firstRow[frame] as number) + 1
  }

  /** ns since 1970; undefined where the file has no time. */
  timestamp(frame: number): bigint | undefined {
    const since = this.frames.time[frame] as number
    return Number.isNaN(since) || this.start === undefined
      ? undefined
      : this.start + BigInt(Math.round(since))
  }
}
