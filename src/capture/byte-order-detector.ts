// Detects the byte order of a frame's netlink messages: that of the machine that sent them. The order in the file's
// header can differ, as tools rewrite the header and leave the messages.
// In: frames. Out: 'little' or 'big'. Looks at nlmsg_len alone.

import type { ByteOrder } from '../base/byte-order.js'
import { checkByteOrder } from '../base/errors.js'
import type { CaptureFrame } from './frame.js'
import { netlinkFraming } from './framing.js'

const NLMSGHDR = 16

export interface ByteOrderOptions {
  /** The order of all frames, if you know it. */
  override?: ByteOrder | undefined
}

/**
 * Detects the byte order of the frames of one capture; pass them in the order of the file. A frame that fits one order
 * better decides for its interface, until a frame fits the other order better. A frame that fits both or
 * neither has the order of its interface, or, before that is known, of the file.
 */
export class ByteOrderDetector {
  readonly #override: ByteOrder | undefined
  /** By interface of the section that is being read: a capture may have sections without end. */
  readonly #latched = new Map<number, ByteOrder>()
  #section = 0

  /** @throws TypeError if the override is not a byte order */
  constructor(options: ByteOrderOptions = {}) {
    const { override } = options
    if (override !== undefined) checkByteOrder('override', override)
    this.#override = override
  }

  /**
   * The byte order of a frame's messages.
   *
   * @param headerBytes where its first message starts, if that is known already
   */
  detect(frame: CaptureFrame, headerBytes?: number): ByteOrder {
    if (this.#override) return this.#override
    if (frame.section !== this.#section) {
      this.#section = frame.section
      this.#latched.clear()
    }
    const latched = this.#latched.get(frame.interfaceId)
    const start = headerBytes ?? netlinkFraming(frame)?.headerBytes
    if (start === undefined) return latched ?? frame.fileByteOrder
    const likely = latched ?? frame.fileByteOrder
    const other = likely === 'little' ? 'big' : 'little'
    const fit = fitOf(frame, start, likely)
    if (fit === ALL_FIT && latched) return latched
    const otherFit = fitOf(frame, start, other)
    if (fit === otherFit) return likely
    const found = fit > otherFit ? likely : other
    this.#latched.set(frame.interfaceId, found)
    return found
  }
}

const NONE_FITS = 0
const FIRST_FITS = 1
const ALL_FIT = 2

/**
 * Whether lengths in this order lead from message to message to the end of the frame. Zeros may follow the
 * last message. For a frame that was cut, its original length counts.
 */
function fitOf(frame: CaptureFrame, start: number, order: ByteOrder): number {
  const { data } = frame
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const end = Math.max(data.length, frame.originalLength)
  let at = start
  while (data.length - at >= NLMSGHDR) {
    const length = view.getUint32(at, order === 'little')
    if (length < NLMSGHDR || length > end - at) {
      if (at === start) return NONE_FITS
      return isZero(data, at) ? ALL_FIT : FIRST_FITS
    }
    at += Math.ceil(length / 4) * 4
  }
  if (at === start) return NONE_FITS
  return data.length < end || isZero(data, at) ? ALL_FIT : FIRST_FITS
}

function isZero(data: Uint8Array, from: number): boolean {
  for (let at = from; at < data.length; at++) if (data[at] !== 0) return false
  return true
}
