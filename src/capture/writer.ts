// Writes pcapng, block by block.
// In: packets. Out: the bytes of their blocks, to be written one after another. Never keeps a packet.
// Layout: draft-ietf-opsawg-pcapng.

import type { ByteOrder } from '../base/byte-order.js'
import { checkByteOrder, invalidType, outOfRange } from '../base/errors.js'
import { encodeText } from '../base/text.js'
import { align4, MAX_RECORD_BYTES } from './frame.js'
import { checkU16, LINKTYPE_NETLINK } from './framing.js'
import { BYTE_ORDER_MAGIC, ENHANCED_PACKET, INTERFACE, SECTION_HEADER } from './pcapng.js'
import {
  OPTION_COMMENT,
  OPTION_IF_NAME,
  OPTION_IF_TSRESOL,
  OPTION_USER_APPLICATION,
} from './pcapng-options.js'

export interface CaptureInterface {
  name?: string | undefined
  /** LINKTYPE_…; 253, netlink, by default. */
  linkType?: number | undefined
  /** The most bytes captured of a packet. Default: 0, no limit. */
  snapLength?: number | undefined
}

export interface PcapngWriterOptions {
  /** The interfaces. Default: one, for netlink. */
  interfaces?: readonly CaptureInterface[] | undefined
  /** The name of the writing program. Default: 'netlink-wasm'. */
  application?: string | undefined
  /** A comment on the whole capture. */
  comment?: string | undefined
  /** Byte order of the file's numbers. Default: 'little'. */
  byteOrder?: ByteOrder | undefined
}

export interface CapturePacket {
  /** The captured bytes, link header included, at most 32 MiB; parts are joined. */
  data: Uint8Array | readonly Uint8Array[]
  /** Nanoseconds since 1970. */
  timestamp: bigint
  /** Bytes of the packet, if it was cut. */
  originalLength?: number | undefined
  /** Index of its interface, from 0. */
  interfaceId?: number | undefined
  comment?: string | undefined
}

/** An option: its number and its value. */
type Option = readonly [code: number, value: Uint8Array]

const NANOSECONDS = Uint8Array.of(9)
const U32_MAX = 0xffffffff

/**
 * Makes a pcapng file: the bytes of `start()`, then those of each `packet()`. Throws TypeError and RangeError for
 * arguments that the format cannot hold.
 */
export class PcapngWriter {
  readonly #little: boolean
  readonly #interfaces: Uint8Array[]
  readonly #header: Uint8Array
  #count: number

  constructor(options: PcapngWriterOptions = {}) {
    const {
      interfaces = [{}],
      application = 'netlink-wasm',
      comment,
      byteOrder = 'little',
    } = options
    checkByteOrder('byteOrder', byteOrder)
    this.#little = byteOrder === 'little'
    this.#header = this.#sectionHeader(application, comment)
    this.#interfaces = interfaces.map((each) => this.#interface(each))
    this.#count = this.#interfaces.length
  }

  /**
   * The section header and the interfaces of the constructor. Called again, it starts a new section, as
   * for the next file.
   */
  start(): Uint8Array {
    this.#count = this.#interfaces.length
    const parts = [this.#header, ...this.#interfaces]
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** One more interface. Write it before its first packet. Its index is the next number. */
  addInterface(description: CaptureInterface = {}): Uint8Array {
    const bytes = this.#interface(description)
    this.#count++
    return bytes
  }

  /**
   * One packet.
   *
   *      0      4        8    12          20         24         28     28 + captured, padded
   *     | 6    | length | id | time, ns  | captured | original | data | options | length |
   */
  packet(packet: CapturePacket): Uint8Array {
    const { data, timestamp, interfaceId = 0, comment } = packet
    const parts = data instanceof Uint8Array ? [data] : data
    let captured = 0
    for (const part of parts) {
      if (!(part instanceof Uint8Array)) {
        throw invalidType(`expected data to be a Uint8Array or several, got ${typeof part}`)
      }
      captured += part.length
    }
    const { originalLength = captured } = packet
    if (captured > MAX_RECORD_BYTES / 2) {
      throw outOfRange(`expected at most ${MAX_RECORD_BYTES / 2} bytes of data, got ${captured}`)
    }
    checkRange('originalLength', originalLength, captured, U32_MAX)
    checkRange('interfaceId', interfaceId, 0, this.#count - 1)
    if (typeof timestamp !== 'bigint') {
      throw invalidType(`expected timestamp to be a bigint, got ${typeof timestamp}`)
    }
    if (timestamp < 0n || timestamp >= 1n << 64n) {
      throw outOfRange(`expected timestamp to be of 64 bits, got ${timestamp}`)
    }
    const options: Option[] = comment === undefined ? [] : [[OPTION_COMMENT, encodeText(comment)]]
    const { bytes, view, at } = this.#block(ENHANCED_PACKET, 20 + align4(captured), options)
    view.setUint32(at, interfaceId, this.#little)
    view.setUint32(at + 4, Number(timestamp >> 32n), this.#little)
    view.setUint32(at + 8, Number(timestamp & 0xffffffffn), this.#little)
    view.setUint32(at + 12, captured, this.#little)
    view.setUint32(at + 16, originalLength, this.#little)
    let to = at + 20
    for (const part of parts) {
      bytes.set(part, to)
      to += part.length
    }
    return bytes
  }

  /*
   *      0            4        8              12      14      16                  24
   *     | 0x0a0d0d0a | length | 0x1a2b3c4d   | 1     | 0     | -1: not known     | options | length |
   */
  #sectionHeader(application: string, comment: string | undefined): Uint8Array {
    const options: Option[] = [[OPTION_USER_APPLICATION, encodeText(application)]]
    if (comment !== undefined) options.unshift([OPTION_COMMENT, encodeText(comment)])
    const { bytes, view, at } = this.#block(SECTION_HEADER, 16, options)
    view.setUint32(at, BYTE_ORDER_MAGIC, this.#little)
    view.setUint16(at + 4, 1, this.#little)
    view.setBigInt64(at + 8, -1n, this.#little)
    return bytes
  }

  /*
   *      0      4        8           10   12            16
   *     | 1    | length | link type | 0  | snap length | options | length |
   */
  #interface({ name, linkType = LINKTYPE_NETLINK, snapLength = 0 }: CaptureInterface): Uint8Array {
    checkU16('linkType', linkType)
    checkRange('snapLength', snapLength, 0, U32_MAX)
    const options: Option[] = [[OPTION_IF_TSRESOL, NANOSECONDS]]
    if (name !== undefined) options.unshift([OPTION_IF_NAME, encodeText(name)])
    const { bytes, view, at } = this.#block(INTERFACE, 8, options)
    view.setUint16(at, linkType, this.#little)
    view.setUint32(at + 4, snapLength, this.#little)
    return bytes
  }

  /** A block with its options and both lengths, and `size` bytes of zeros for its body at `at`. */
  #block(
    type: number,
    size: number,
    options: readonly Option[],
  ): { bytes: Uint8Array; view: DataView; at: number } {
    let length = 12 + size
    for (const [code, value] of options) {
      checkRange(`the length of option ${code}`, value.length, 0, 0xffff)
      length += 4 + align4(value.length)
    }
    // The options end with one of number and length 0.
    if (options.length > 0) length += 4
    const bytes = new Uint8Array(length)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, type, this.#little)
    view.setUint32(4, length, this.#little)
    let at = 8 + size
    for (const [code, value] of options) {
      view.setUint16(at, code, this.#little)
      view.setUint16(at + 2, value.length, this.#little)
      bytes.set(value, at + 4)
      at += 4 + align4(value.length)
    }
    view.setUint32(length - 4, length, this.#little)
    return { bytes, view, at: 8 }
  }
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw outOfRange(`expected ${name} to be an integer of ${least} to ${most}, got ${value}`)
}
