// The types that the parsers of capture files share.
// In: nothing. Out: types, and the errors that both make.

import type { ByteOrder } from '../base/byte-order.js'
import { NetlinkError, type NetlinkErrorCode } from '../base/errors.js'

/**
 * The longest record or block that is accepted, 64 MiB. A longer one is an error: a broken length must
 * not make a reader wait, or allocate memory, for bytes that never come.
 */
export const MAX_RECORD_BYTES: number = 64 * 1024 * 1024

/** The most that is held in memory of one record or block, 16 MiB. The rest of a longer one is skipped. */
export const HELD_BYTES: number = 16 * 1024 * 1024

/** One captured packet, its link header included. */
export interface CaptureFrame {
  /** 1 for the first packet of the file, as Wireshark counts. */
  readonly number: number
  /** Nanoseconds since 1970; undefined if the file has none (a Simple Packet Block). */
  readonly timestamp: bigint | undefined
  /**
   * The captured bytes; of a record longer than 16 MiB, only the beginning. A view of the chunk that was read, which
   * it keeps in memory: to keep a few frames of a large file, keep `data.slice()`.
   */
  readonly data: Uint8Array
  /** Bytes of the packet; more than `data.length` if a snap length has cut it. */
  readonly originalLength: number
  /** Where its record or block starts in the file, in bytes. */
  readonly fileOffset: number
  /** LINKTYPE_…: 253 is netlink. */
  readonly linkType: number
  /** The section of the file, from 0. A pcap file has one; joined pcapng files have several. */
  readonly section: number
  /** The interface, from 0 in each section. */
  readonly interfaceId: number
  /** if_name, if the file has it; above 64 bytes it is cut and ends in "…". */
  readonly interfaceName?: string | undefined
  /** The comments of this packet, one a line; above 64 KiB they are cut and end in "…". */
  readonly comment?: string | undefined
  /** The byte order of the file's numbers in this section. That of the packets can differ. */
  readonly fileByteOrder: ByteOrder
}

/**
 * Turns bytes into frames, step by step. A step that has too few bytes says how many it needs
 * (`need`) and consumes nothing. Bytes that it does not need are skipped (`skip`).
 */
export interface CaptureParser {
  /** Bytes that the next step needs, including the unconsumed ones. At least 1. */
  readonly need: number
  /** Bytes to skip before that. */
  skip: number
  /**
   * Parses all that `bytes` holds whole from `at` on, and appends it to `frames`.
   *
   * @param offset where `bytes[at]` lies in the file.
   * @returns where it stopped; from there on fewer than `need` bytes are left, or `skip` is set.
   * @throws NetlinkError for bytes that make no sense; `frames` has all that came before.
   */
  parse(bytes: Uint8Array, at: number, offset: number, frames: CaptureFrame[]): number
  /** The error for a file that ends at `end`, unconsumed from `offset` on; undefined if it may. */
  cut(offset: number, end: number): NetlinkError | undefined
}

/** "expected X, got Y at byte N"; N is where the record or block starts. */
export function captureError(
  kind: 'FORMAT' | 'TRUNCATED' | 'BLOCK',
  expected: string,
  got: string | number,
  offset: number,
): NetlinkError {
  const code: NetlinkErrorCode = `ERR_NETLINK_CAPTURE_${kind}`
  return new NetlinkError(code, `expected ${expected}, got ${got} at byte ${offset}`, { offset })
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function align4(length: number): number {
  return (length + 3) & ~3
}
