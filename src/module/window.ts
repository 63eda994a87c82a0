// The rx window, from the host's side: frames written into it, frames found in it.
// In: bytes, or a window that recv has filled. Out: a filled window, or views that are valid only
// until the window is written again: a caller copies what it keeps.

import {
  FRAME_ALIGN,
  FRAME_FLAGS,
  FRAME_GROUP,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_NSID,
  FRAME_PORTID,
  FRAME_TRUNCATED,
  NETNSA_NSID_NOT_ASSIGNED,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../assembly/contract.js'
import type { Module } from './module.js'

/** The most bytes that one frame can hold. */
export const FRAME_CAPACITY: number = RX_WINDOW_BYTES - FRAME_HEADER_BYTES

/** The address of the first byte of the first frame's datagram. */
export const FIRST_DATAGRAM: number = RX_WINDOW + FRAME_HEADER_BYTES

/** The whole window, for `recv` to fill. */
export function rxWindow(module: Module): Uint8Array {
  return module.u8.subarray(RX_WINDOW, RX_WINDOW + RX_WINDOW_BYTES)
}

/** Writes `data` as a frame at `at`, as if the kernel had sent it; returns the address after its bytes. */
export function writeFrame({ view, u8 }: Module, at: number, data: Uint8Array, group = 0): number {
  view.setUint32(at + FRAME_LENGTH, data.length, true)
  view.setUint32(at + FRAME_PORTID, 0, true)
  view.setUint16(at + FRAME_GROUP, group, true)
  view.setUint16(at + FRAME_FLAGS, 0, true)
  view.setInt32(at + FRAME_NSID, NETNSA_NSID_NOT_ASSIGNED, true)
  u8.set(data, at + FRAME_HEADER_BYTES)
  return at + FRAME_HEADER_BYTES + data.length
}

/** Where the next frame starts, behind one whose bytes end at `end`. */
export function nextFrameAt(end: number): number {
  return Math.ceil(end / FRAME_ALIGN) * FRAME_ALIGN
}

/** Whether a frame of `length` bytes at `at` ends within the window. */
export function frameFits(at: number, length: number): boolean {
  return at + FRAME_HEADER_BYTES + length <= RX_WINDOW + RX_WINDOW_BYTES
}

/** Makes `data` the window's only frame; returns the filled window's end. */
export function fillWindow(module: Module, data: Uint8Array): number {
  return writeFrame(module, RX_WINDOW, data)
}

export interface Frame {
  /** What was stored of the datagram: a view of the window. */
  datagram: Uint8Array
  /** Its length; more than that of `datagram` where it was truncated. */
  length: number
  portId: number
  group: number
  /** Id of the network namespace it comes from; NETNSA_NSID_NOT_ASSIGNED, -1, is the socket's own. */
  nsid: number
  truncated: boolean
}

/** The frames in the first `used` bytes of the window, in the order in which they arrived. */
export function* framesIn(module: Module, used: number): Generator<Frame> {
  const { view, u8 } = module
  const end = RX_WINDOW + used
  for (let at = RX_WINDOW; at + FRAME_HEADER_BYTES <= end; ) {
    const from = at + FRAME_HEADER_BYTES
    const length = view.getUint32(at + FRAME_LENGTH, true)
    const to = Math.min(from + length, end)
    yield {
      datagram: u8.subarray(from, to),
      length,
      portId: view.getUint32(at + FRAME_PORTID, true),
      group: view.getUint16(at + FRAME_GROUP, true),
      nsid: view.getInt32(at + FRAME_NSID, true),
      truncated: (view.getUint16(at + FRAME_FLAGS, true) & FRAME_TRUNCATED) !== 0,
    }
    at = nextFrameAt(to)
  }
}
