// The options of pcapng blocks, and those that are kept for an interface.
// In: a block's bytes. Out: names, comments and the clock's unit. Unknown options are skipped; those that run past
// their block are an error.

import { decodeText } from '../base/text.js'
import { align4, captureError } from './frame.js'

/*
 * Option:   0 code | 2 length  4 value ... padded to 4 bytes
 */
export const OPTION_COMMENT = 1
export const OPTION_IF_NAME = 2
export const OPTION_USER_APPLICATION = 4
export const OPTION_IF_TSRESOL = 9
const OPTION_IF_TSOFFSET = 14
const OPTION_END = 0

type OnOption = (code: number, at: number, length: number) => void

function eachOption(
  view: DataView,
  start: number,
  end: number,
  little: boolean,
  offset: number,
  onOption: OnOption,
): void {
  // Of a very long block, `view` has only the first bytes.
  const held = Math.min(end, view.byteLength)
  for (let at = start; held - at >= 4; ) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === OPTION_END) return
    const room = end - at - 4
    if (length > room) {
      throw captureError('BLOCK', `an option of at most ${room} bytes`, length, offset)
    }
    if (length > held - at - 4) return
    onOption(code, at + 4, length)
    at += 4 + align4(length)
  }
}

/** The most bytes of an interface's name that are kept: a section may have 65,536 interfaces. */
const NAME_MAX = 64
/** The most bytes of a packet's comments that are read: one option can have nearly as many. */
const COMMENTS_MAX = 65_536

/** The block's comments, one a line; undefined if it has none. */
export function readComments(
  view: DataView,
  start: number,
  end: number,
  little: boolean,
  offset: number,
): string | undefined {
  const comments: string[] = []
  let room = COMMENTS_MAX
  eachOption(view, start, end, little, offset, (code, at, length) => {
    if (code !== OPTION_COMMENT || room < 0) return
    comments.push(textAt(view, at, length, room))
    room -= length + 1
  })
  return comments.length > 0 ? comments.join('\n') : undefined
}

/** The contents of an Interface Description Block. */
export class PcapngInterface {
  readonly linkType: number
  /** 0: not limited. */
  readonly snapLength: number
  readonly name: string | undefined
  /** if_tsresol: 10 to the power of -n, or 2 to that power with the high bit set. */
  readonly #resolution: number
  readonly #shift: bigint
  /** Nanoseconds of a tick, if they are few enough for numbers to be exact; else 0. */
  readonly #tick: number
  /** The upper half of the last time, and its nanoseconds, which are not computed again. */
  #high = -1
  #highStart = 0n

  constructor(view: DataView, at: number, length: number, little: boolean, offset: number) {
    this.linkType = view.getUint16(at + 8, little)
    this.snapLength = view.getUint32(at + 12, little)
    let name: string | undefined
    let resolution = 6
    let seconds = 0n
    eachOption(view, at + 16, at + length - 4, little, offset, (code, value, size) => {
      if (code === OPTION_IF_NAME) {
        name = textAt(view, value, size, NAME_MAX)
      } else if (code === OPTION_IF_TSRESOL) {
        if (size !== 1) throw captureError('BLOCK', 'an if_tsresol of 1 byte', size, offset)
        resolution = view.getUint8(value)
      } else if (code === OPTION_IF_TSOFFSET) {
        if (size !== 8) throw captureError('BLOCK', 'an if_tsoffset of 8 bytes', size, offset)
        seconds = view.getBigInt64(value, little)
      }
    })
    this.name = name
    this.#resolution = resolution
    this.#shift = seconds * 1_000_000_000n
    // A tick of at most 10^6 ns times 2^32 stays below 2^53.
    this.#tick = resolution >= 3 && resolution <= 9 ? 10 ** (9 - resolution) : 0
  }

  /** Nanoseconds since 1970 for a time in the interface's own unit, rounded down. */
  time(high: number, low: number): bigint {
    if (this.#tick === 0) return this.#anyTime((BigInt(high) << 32n) | BigInt(low))
    if (high !== this.#high) {
      this.#high = high
      this.#highStart = (BigInt(high) << 32n) * BigInt(this.#tick) + this.#shift
    }
    return this.#highStart + BigInt(low * this.#tick)
  }

  #anyTime(ticks: bigint): bigint {
    const exponent = this.#resolution & 0x7f
    if (this.#resolution & 0x80) {
      return ((ticks * 1_000_000_000n) >> BigInt(exponent)) + this.#shift
    }
    const power = 10n ** BigInt(Math.abs(9 - exponent))
    return (exponent <= 9 ? ticks * power : ticks / power) + this.#shift
  }
}

/** The text up to the first NUL, which some writers append; if it has more than `most` bytes, the first of them and "…". */
function textAt(view: DataView, at: number, length: number, most: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length)
  const nul = bytes.indexOf(0)
  const end = nul < 0 ? length : nul
  const text = decodeText(bytes.slice(0, Math.min(end, most))).text
  return end > most ? `${text}…` : text
}
