// Feeds a parser with chunks that may be cut anywhere.
// In: chunks. Out: frames. Records within a chunk are parsed in place. Only a record that spans chunks is copied, into
// a buffer that never grows past twice what has arrived.

import { type CaptureFrame, type CaptureParser, captureError, viewOf } from './frame.js'
import { PCAP_MICROSECONDS, PCAP_MODIFIED, PCAP_NANOSECONDS, PcapParser } from './pcap.js'
import { PcapngParser, SECTION_HEADER } from './pcapng.js'

const MAGIC = 4
const CARRY_MIN = 256

export class Intake {
  #parser: CaptureParser | undefined
  /** The start of an incomplete record: `#held` bytes of it. */
  #carry = new Uint8Array(0)
  #held = 0
  /** The file offset of the next unconsumed byte: the first of `#carry`, if there is one. */
  #offset = 0

  /**
   * Appends the frames that `chunk` completes; they keep views of it.
   *
   * @throws NetlinkError ERR_NETLINK_CAPTURE_FORMAT or ERR_NETLINK_CAPTURE_BLOCK; `frames` has all
   *   that came before.
   */
  push(chunk: Uint8Array, frames: CaptureFrame[]): void {
    for (let at = this.#pass(chunk.length); at < chunk.length; ) {
      if (this.#held > 0 || chunk.length - at < this.#need) {
        at += this.#hold(chunk, at)
        if (this.#held < this.#need) return
        // All of it is used up, or it is not enough yet.
        if (this.#step(this.#carry.subarray(0, this.#held), 0, frames) > 0) {
          this.#carry = new Uint8Array(0)
          this.#held = 0
        }
      } else {
        at = this.#step(chunk, at, frames)
      }
      at += this.#pass(chunk.length - at)
    }
  }

  /**
   * Ends the input.
   *
   * @throws NetlinkError ERR_NETLINK_CAPTURE_TRUNCATED if the last record is cut, and ERR_NETLINK_CAPTURE_FORMAT if
   *   there are fewer bytes than the format's magic
   */
  end(): void {
    if (!this.#parser) {
      throw captureError('FORMAT', 'a pcap or pcapng file', `${this.#held} bytes`, 0)
    }
    const error = this.#parser.cut(this.#offset, this.#offset + this.#held)
    if (error) throw error
  }

  get #need(): number {
    return this.#parser?.need ?? MAGIC
  }

  /** Runs the parser; returns where it stopped. */
  #step(bytes: Uint8Array, at: number, frames: CaptureFrame[]): number {
    this.#parser ??= parserFor(viewOf(bytes).getUint32(at))
    const stopped = this.#parser.parse(bytes, at, this.#offset, frames)
    this.#offset += stopped - at
    return stopped
  }

  /** Skips what the parser does not need; returns how many of the next `available` bytes. */
  #pass(available: number): number {
    const parser = this.#parser
    if (!parser || parser.skip === 0) return 0
    const passed = Math.min(parser.skip, available)
    parser.skip -= passed
    this.#offset += passed
    return passed
  }

  /** Copies bytes from `chunk` until `#need` are held; returns how many. */
  #hold(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#need - this.#held, chunk.length - at)
    const held = this.#held + count
    if (held > this.#carry.length) {
      const size = Math.min(this.#need, Math.max(CARRY_MIN, 2 * held))
      const larger = new Uint8Array(size)
      larger.set(this.#carry.subarray(0, this.#held))
      this.#carry = larger
    }
    this.#carry.set(chunk.subarray(at, at + count), this.#held)
    this.#held = held
    return count
  }
}

const GZIP = 0x1f8b0000
const ZSTD = 0x28b52ffd

/** `magic` is the first four bytes, the first of them highest. */
function parserFor(magic: number): CaptureParser {
  if (magic === SECTION_HEADER) return new PcapngParser()
  for (const order of ['big', 'little'] as const) {
    const ordered = order === 'big' ? magic : swap(magic)
    if (ordered === PCAP_MICROSECONDS || ordered === PCAP_NANOSECONDS) {
      return new PcapParser(order, ordered)
    }
    if (ordered === PCAP_MODIFIED) {
      throw captureError('FORMAT', 'a pcap or pcapng file', 'a modified (Kuznetsov) pcap', 0)
    }
  }
  const compressed = (magic & 0xffff0000) >>> 0 === GZIP || magic === ZSTD
  const hex = `0x${magic.toString(16).padStart(8, '0')}`
  const got = compressed ? 'a compressed file (unpack it first)' : hex
  throw captureError('FORMAT', 'a pcap or pcapng file', got, 0)
}

function swap(value: number): number {
  return (
    (((value & 0xff) << 24) |
      ((value & 0xff00) << 8) |
      ((value >>> 8) & 0xff00) |
      (value >>> 24)) >>>
    0
  )
}
