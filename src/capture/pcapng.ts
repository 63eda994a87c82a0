// The pcapng format: sections of blocks, each block with its length before and after it.
// In: bytes in steps. Out: frames that view them. Blocks without packets are skipped by their length, as is everything
// after the first 16 MiB of a block.
// Layout: draft-ietf-opsawg-pcapng.

import type { ByteOrder } from '../base/byte-order.js'
import type { NetlinkError } from '../base/errors.js'
import {
  align4,
  type CaptureFrame,
  type CaptureParser,
  captureError,
  HELD_BYTES,
  MAX_RECORD_BYTES,
  viewOf,
} from './frame.js'
import { PcapngInterface, readComments } from './pcapng-options.js'

/*
 * Block:              0 type  4 length  8 body ...  length-4 length again
 * Section Header:     8 byte order  12 major | 14 minor  16 section length (64 bits)  24 options
 * Interface:          8 link type | 10 reserved  12 snap length  16 options
 * Enhanced Packet:    8 interface  12 time, high  16 low  20 captured  24 original  28 data, options
 * Packet (obsolete):  8 interface | 10 drops  12 ... as Enhanced Packet
 * Simple Packet:      8 original  12 data
 */
export const SECTION_HEADER = 0x0a0d0d0a
export const INTERFACE = 1
const PACKET = 2
const SIMPLE_PACKET = 3
export const ENHANCED_PACKET = 6
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

const BLOCK_MIN = 12
const PACKET_DATA = 28
const SIMPLE_DATA = 12
/** The most interfaces of one section: each is kept in memory. */
const MAX_INTERFACES = 65536

/** The smallest length of a block of each type; 0 for types that are skipped. */
function smallestOf(type: number): number {
  if (type === ENHANCED_PACKET || type === PACKET) return PACKET_DATA + 4
  if (type === SIMPLE_PACKET) return SIMPLE_DATA + 4
  if (type === INTERFACE) return 20
  return type === SECTION_HEADER ? 28 : 0
}

export class PcapngParser implements CaptureParser {
  need = BLOCK_MIN
  skip = 0
  #little = true
  #order: ByteOrder = 'little'
  #section = -1
  #interfaces: PcapngInterface[] = []
  #count = 0
  /** A block that is being skipped: where it starts, and its length; 0 if there is none. */
  #skipped = 0
  #skippedAt = 0

  parse(bytes: Uint8Array, start: number, offset: number, frames: CaptureFrame[]): number {
    const view = viewOf(bytes)
    const end = bytes.length
    const shift = offset - start
    let at = start
    if (this.#skipped > 0) {
      if (end - at < 4) return at
      this.#checkTrailer(view, at, this.#skipped, this.#skippedAt)
      this.#skipped = 0
      at += 4
    }
    while (end - at >= BLOCK_MIN) {
      const type = view.getUint32(at, this.#little)
      if (type === SECTION_HEADER) this.#setByteOrder(view, at, shift + at)
      const length = view.getUint32(at + 4, this.#little)
      const smallest = smallestOf(type)
      checkLength(length, smallest || BLOCK_MIN, shift + at)
      const held = smallest > 0 ? Math.min(length, HELD_BYTES) : BLOCK_MIN
      if (end - at < held) {
        this.need = held
        return at
      }
      const isWhole = end - at >= length
      if (isWhole) this.#checkTrailer(view, at + length - 4, length, shift + at)
      const known = length > HELD_BYTES ? viewOf(bytes.subarray(0, at + held)) : view
      if (type === ENHANCED_PACKET || type === PACKET) {
        frames.push(this.#readPacket(known, type, at, length, shift + at))
      } else if (type === SIMPLE_PACKET) {
        frames.push(this.#readSimplePacket(known, at, length, shift + at))
      } else if (type === INTERFACE) {
        this.#addInterface(known, at, length, shift + at)
      } else if (type === SECTION_HEADER) {
        this.#startSection(known, at, shift + at)
      }
      if (!isWhole) {
        this.#skipped = length
        this.#skippedAt = shift + at
        this.skip = length - held - 4
        this.need = 4
        return at + held
      }
      at += length
    }
    this.need = BLOCK_MIN
    return at
  }

  cut(offset: number, end: number): NetlinkError | undefined {
    const [start, length] =
      this.#skipped > 0 ? [this.#skippedAt, this.#skipped] : [offset, this.need]
    if (start === end) return undefined
    const header = this.#skipped === 0 && length === BLOCK_MIN
    const what = header ? 'a block header' : 'a block'
    return captureError('TRUNCATED', `${what} of ${length} bytes`, `${end - start} of them`, start)
  }

  #setByteOrder(view: DataView, at: number, offset: number): void {
    const little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
    const magic = view.getUint32(at + 8)
    if (!little && magic !== BYTE_ORDER_MAGIC) {
      const expected = 'the byte-order magic 0x1a2b3c4d in a section header'
      throw captureError('FORMAT', expected, `0x${magic.toString(16)}`, offset)
    }
    this.#little = little
    this.#order = little ? 'little' : 'big'
  }

  #startSection(view: DataView, at: number, offset: number): void {
    const major = view.getUint16(at + 12, this.#little)
    const minor = view.getUint16(at + 14, this.#little)
    // 1.2 was written by some and means 1.0.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw captureError('FORMAT', 'pcapng version 1.0', `${major}.${minor}`, offset)
    }
    this.#section++
    this.#interfaces = []
  }

  #addInterface(view: DataView, at: number, length: number, offset: number): void {
    if (this.#interfaces.length >= MAX_INTERFACES) {
      const expected = `at most ${MAX_INTERFACES} interfaces in a section`
      throw captureError('BLOCK', expected, 'one more', offset)
    }
    this.#interfaces.push(new PcapngInterface(view, at, length, this.#little, offset))
  }

  #readPacket(
    view: DataView,
    type: number,
    at: number,
    length: number,
    offset: number,
  ): CaptureFrame {
    const little = this.#little
    const id = type === PACKET ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little)
    const from = this.#interface(id, offset)
    const captured = view.getUint32(at + 20, little)
    if (captured > length - PACKET_DATA - 4) {
      const expected = `at most ${length - PACKET_DATA - 4} captured bytes in this block`
      throw captureError('BLOCK', expected, captured, offset)
    }
    const options = at + PACKET_DATA + align4(captured)
    const comment =
      at + length - 4 - options >= 4
        ? readComments(view, options, at + length - 4, little, offset)
        : undefined
    return {
      number: ++this.#count,
      timestamp: from.time(view.getUint32(at + 12, little), view.getUint32(at + 16, little)),
      data: dataIn(view, at + PACKET_DATA, captured),
      originalLength: view.getUint32(at + 24, little),
      fileOffset: offset,
      linkType: from.linkType,
      section: this.#section,
      interfaceId: id,
      interfaceName: from.name,
      comment,
      fileByteOrder: this.#order,
    }
  }

  #readSimplePacket(view: DataView, at: number, length: number, offset: number): CaptureFrame {
    const from = this.#interface(0, offset)
    const originalLength = view.getUint32(at + 8, this.#little)
    const captured =
      from.snapLength > 0 ? Math.min(from.snapLength, originalLength) : originalLength
    if (captured > length - SIMPLE_DATA - 4) {
      const expected = `at most ${length - SIMPLE_DATA - 4} captured bytes in this block`
      throw captureError('BLOCK', expected, captured, offset)
    }
    return {
      number: ++this.#count,
      timestamp: undefined,
      data: dataIn(view, at + SIMPLE_DATA, captured),
      originalLength,
      fileOffset: offset,
      linkType: from.linkType,
      section: this.#section,
      interfaceId: 0,
      interfaceName: from.name,
      comment: undefined,
      fileByteOrder: this.#order,
    }
  }

  #interface(id: number, offset: number): PcapngInterface {
    const found = this.#interfaces[id]
    if (found) return found
    const expected = `one of the section's ${this.#interfaces.length} interfaces`
    throw captureError('BLOCK', expected, `interface ${id}`, offset)
  }

  #checkTrailer(view: DataView, at: number, length: number, offset: number): void {
    const trailer = view.getUint32(at, this.#little)
    if (trailer !== length) {
      throw captureError('BLOCK', `the block's length ${length} behind it too`, trailer, offset)
    }
  }
}

/** The captured bytes, as far as they are held. */
function dataIn(view: DataView, at: number, captured: number): Uint8Array {
  const held = Math.min(captured, view.byteLength - at)
  return new Uint8Array(view.buffer, view.byteOffset + at, held)
}

function checkLength(length: number, smallest: number, offset: number): void {
  if (length >= smallest && length <= MAX_RECORD_BYTES && (length & 3) === 0) return
  const expected = `a block length of ${smallest} to ${MAX_RECORD_BYTES}, a multiple of 4`
  throw captureError('BLOCK', expected, length, offset)
}
