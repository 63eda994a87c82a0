// The pcap format: one file header, then records.
// In: bytes in steps. Out: frames that view them. Never looks into a packet.
// Layout: draft-ietf-opsawg-pcap.

import type { ByteOrder } from '../base/byte-order.js'
import type { NetlinkError } from '../base/errors.js'
import {
  type CaptureFrame,
  type CaptureParser,
  captureError,
  HELD_BYTES,
  MAX_RECORD_BYTES,
  viewOf,
} from './frame.js'

/*
 * File header:   0 magic  4 major | 6 minor  8 zone  12 figures  16 snap length  20 link type
 * Record:        0 seconds  4 fraction  8 captured bytes  12 original bytes  16 data ...
 */
export const PCAP_MICROSECONDS = 0xa1b2c3d4
export const PCAP_NANOSECONDS = 0xa1b23c4d
/** Kuznetsov's variant of the 1990s, with longer records. */
export const PCAP_MODIFIED = 0xa1b2cd34

const FILE_HEADER = 24
const RECORD_HEADER = 16
/** The bits of the field that are the link type. Those above describe the frame check sequence. */
const LINK_TYPE_MASK = 0x03ffffff

export class PcapParser implements CaptureParser {
  need = FILE_HEADER
  skip = 0
  readonly #little: boolean
  readonly #order: ByteOrder
  readonly #nanoseconds: number
  #started = false
  #linkType = 0
  #count = 0
  /** A record whose end is skipped: where it starts, and its length. */
  #skippedAt = 0
  #skipped = 0
  /** The second of the last frame: its nanoseconds as a bigint are not worked out again. */
  #second = 0
  #secondStart = 0n

  constructor(order: ByteOrder, magic: number) {
    this.#order = order
    this.#little = order === 'little'
    this.#nanoseconds = magic === PCAP_NANOSECONDS ? 1 : 1000
  }

  parse(bytes: Uint8Array, start: number, offset: number, frames: CaptureFrame[]): number {
    const view = viewOf(bytes)
    const end = bytes.length
    const shift = offset - start
    const little = this.#little
    let at = start
    if (!this.#started) {
      if (end - at < FILE_HEADER) return at
      this.#readHeader(view, at)
      at += FILE_HEADER
    }
    while (end - at >= RECORD_HEADER) {
      const length = view.getUint32(at + 8, little)
      if (length > MAX_RECORD_BYTES) {
        throw captureError(
          'BLOCK',
          `at most ${MAX_RECORD_BYTES} captured bytes`,
          length,
          shift + at,
        )
      }
      const size = RECORD_HEADER + length
      const held = Math.min(size, HELD_BYTES)
      if (end - at < held) {
        this.need = held
        return at
      }
      const second = view.getUint32(at, little)
      if (second !== this.#second) {
        this.#second = second
        this.#secondStart = BigInt(second) * 1_000_000_000n
      }
      const fraction = view.getUint32(at + 4, little) * this.#nanoseconds
      frames.push({
        number: ++this.#count,
        timestamp: this.#secondStart + BigInt(fraction),
        data: new Uint8Array(
          bytes.buffer,
          bytes.byteOffset + at + RECORD_HEADER,
          held - RECORD_HEADER,
        ),
        originalLength: view.getUint32(at + 12, little),
        fileOffset: shift + at,
        linkType: this.#linkType,
        section: 0,
        interfaceId: 0,
        interfaceName: undefined,
        comment: undefined,
        fileByteOrder: this.#order,
      })
      this.need = RECORD_HEADER
      if (end - at < size) {
        this.#skippedAt = shift + at
        this.#skipped = size
        this.skip = size - held
        return at + held
      }
      at += size
    }
    this.need = RECORD_HEADER
    return at
  }

  cut(offset: number, end: number): NetlinkError | undefined {
    const [start, length] = this.skip > 0 ? [this.#skippedAt, this.#skipped] : [offset, this.need]
    if (start === end) return undefined
    const whole = length === RECORD_HEADER ? 'a record header' : 'a record'
    const what = this.#started ? whole : 'a pcap header'
    const got = `${end - start} of them`
    return captureError('TRUNCATED', `${what} of ${length} bytes`, got, start)
  }

  #readHeader(view: DataView, at: number): void {
    const major = view.getUint16(at + 4, this.#little)
    const minor = view.getUint16(at + 6, this.#little)
    // Before 2.4 the two lengths of a record were in the other order.
    if (major !== 2 || minor !== 4) {
      throw captureError('FORMAT', 'pcap version 2.4', `${major}.${minor}`, 0)
    }
    this.#linkType = view.getUint32(at + 20, this.#little) & LINK_TYPE_MASK
    this.#started = true
  }
}
