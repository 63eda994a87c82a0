// A golden vector through the bare module, frame header included.
// In: a vector. Out: its log lines. Reads records with the host's own code; knows no socket.

import { readFileSync } from 'node:fs'
import {
  FRAME_ALIGN,
  FRAME_FLAGS,
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  FRAME_PORTID,
  FRAME_TRUNCATED,
  MODE_BIG_ENDIAN,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../assembly/contract.ts'
import { formatMessage } from '../../src/message/format-message.ts'
import { readMessage } from '../../src/message/read-message.ts'
import type { Module } from '../../src/module/module.ts'
import { newSlots } from '../../src/module/slots.ts'
import type { Vector } from './read.ts'

export const END = RX_WINDOW + RX_WINDOW_BYTES

/** An instance of its own: what one test leaves in memory, no other one sees. */
export function instantiate(): Module {
  const bytes = readFileSync(new URL('../../build/netlink.wasm', import.meta.url))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  const { buffer } = exports.memory as unknown as { buffer: ArrayBuffer }
  const view = new DataView(buffer)
  const rest = { u8: new Uint8Array(buffer), view, records: view, slots: newSlots() }
  return { ...exports, ...rest } as unknown as Module
}

/** Writes a frame at `at` and returns the end of its bytes. */
export function writeFrame({ view, u8 }: Module, at: number, vector: Vector): number {
  const isTruncated = vector.length > vector.bytes.length
  view.setUint32(at + FRAME_LENGTH, vector.length, true)
  view.setUint32(at + FRAME_PORTID, vector.portId, true)
  view.setUint32(at + FRAME_FLAGS, isTruncated ? FRAME_TRUNCATED : 0, true)
  u8.set(vector.bytes, at + FRAME_HEADER_BYTES)
  return at + FRAME_HEADER_BYTES + vector.bytes.length
}

/** The vector's lines, out of a window that holds nothing else. */
export function play(vector: Vector, module = instantiate()): string[] {
  const mode = vector.byteOrder === 'big' ? MODE_BIG_ENDIAN : 0
  module.begin(writeFrame(module, RX_WINDOW, vector), mode)
  return lines(module, mode)
}

/**
 * The vector's lines, out of a frame as late in the window as its alignment allows: behind it memory
 * ends, or nearly so, and a read past the datagram would trap. The frame before it holds nothing.
 */
export function playAtEnd(vector: Vector, module = instantiate()): string[] {
  const mode = vector.byteOrder === 'big' ? MODE_BIG_ENDIAN : 0
  const room = vector.bytes.length + FRAME_HEADER_BYTES
  const at = END - Math.ceil(room / FRAME_ALIGN) * FRAME_ALIGN
  const filler = at - RX_WINDOW - FRAME_HEADER_BYTES
  // One message that fills the frame: nlmsg_type 0, never looked into.
  module.view.setUint32(RX_WINDOW + FRAME_LENGTH, filler, true)
  module.view.setUint32(RX_WINDOW + FRAME_HEADER_BYTES, filler, mode === 0)
  module.begin(writeFrame(module, at, vector), mode)
  return lines(module, mode).slice(1)
}

function lines(module: Module, mode: number): string[] {
  const found: string[] = []
  for (let count = module.decode(); count > 0; count = module.decode()) {
    for (let index = 0; index < count; index++) {
      found.push(formatMessage(readMessage(module, index, mode, 0)))
    }
  }
  return found
}
