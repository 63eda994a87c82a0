// The record sink of the built module, for tests: lays datagrams into the window as recv does, and decodes records.

import * as contract from '../../assembly/contract.ts'
import * as recordLayout from '../../assembly/record-layout.ts'
import type { Exports } from './tree.ts'

const { FRAME_HEADER_BYTES, RECORDS, RX_WINDOW } = contract
const { RECORD_BYTES } = recordLayout

export interface Records {
  exports: Exports
  view: DataView
  u8: Uint8Array
  /** Lays the datagrams into the window, from `from` on, each in a frame of the kernel's; returns the end. */
  fill(datagrams: readonly Uint8Array[], from?: number): number
  /** Sets a filter for a link called v00, in half of all operstates, by the FILTER_… `flags`. */
  setFilter(flags: number, ifindex?: number): void
  /** Decodes the window, filled up to `end`. */
  run(end: number, mode: number): Buffer
  /**
   * Decodes the window with MODE_WALK, then twice with layouts, then `inBrief`. Throws unless the records are equal;
   * returns those of the walk.
   */
  compare(end: number, mode: number, inBrief?: boolean): Buffer
}

/** The records of the module whose exports these are. */
export function recordsOf(exports: Exports): Records {
  const u8 = new Uint8Array(exports.memory.buffer)
  const view = new DataView(exports.memory.buffer)
  const { MODE_BRIEF, MODE_WALK } = contract
  const sink: Records = {
    exports,
    view,
    u8,
    fill(datagrams, from = RX_WINDOW) {
      let at = from
      for (const datagram of datagrams) {
        u8.fill(0, at, at + FRAME_HEADER_BYTES)
        view.setUint32(at, datagram.length, true)
        u8.set(datagram, at + FRAME_HEADER_BYTES)
        at = (at + FRAME_HEADER_BYTES + datagram.length + 15) & ~15
      }
      return at
    },
    setFilter(flags, ifindex = 5) {
      view.setUint32(contract.FILTER_FLAGS, flags, true)
      view.setInt32(contract.FILTER_IFINDEX, ifindex, true)
      view.setUint32(contract.FILTER_TYPES, 3, true)
      view.setUint32(contract.FILTER_NAME_LENGTH, 4, true)
      u8.set([0x76, 0x30, 0x30, 0], contract.FILTER_NAME)
      u8.fill(0x55, contract.FILTER_OPERSTATES, contract.FILTER_OPERSTATES + 32)
    },
    run(end, mode) {
      const all: Uint8Array[] = []
      each(end, mode, (from, to) => all.push(u8.slice(from, to)))
      return Buffer.concat(all)
    },
    compare(end, mode, inBrief = true) {
      const walked = sink.run(end, mode | MODE_WALK)
      // The first may learn a layout, the second uses it.
      expectSame(end, mode, walked)
      expectSame(end, mode, walked)
      const short = inBrief ? brief(sink.run(end, mode | MODE_BRIEF)) : undefined
      if (short?.equals(brief(walked)) === false) unlike('brief', short, brief(walked))
      return walked
    },
  }

  function each(end: number, mode: number, batch: (from: number, to: number) => void): void {
    // Records of an earlier call must not show.
    u8.fill(0xaa, RECORDS, RECORDS + 64 * RECORD_BYTES)
    exports.begin(end, mode)
    for (let count = exports.decode(); count > 0; count = exports.decode()) {
      batch(RECORDS, RECORDS + count * RECORD_BYTES)
    }
  }

  function expectSame(end: number, mode: number, walked: Buffer): void {
    let used = 0
    each(end, mode, (from, to) => {
      const last = Math.min(used + to - from, walked.length)
      const isSame =
        walked.compare(u8, from, to, used, last) === 0 ||
        ofObjects(walked.subarray(used, last)).equals(ofObjects(u8.subarray(from, to)))
      if (!isSame) unlike('remembered', sink.run(end, mode), walked)
      used = last
    })
    if (used !== walked.length) unlike('remembered', sink.run(end, mode), walked)
  }

  return sink
}

/** By kind: how many bytes of a record its object has. Those behind may be of an earlier record. */
const BYTES: Record<number, number> = {
  [recordLayout.KIND_LINK]: recordLayout.LINK_RECORD_BYTES,
  [recordLayout.KIND_ADDRESS]: recordLayout.ADDRESS_RECORD_BYTES,
  [recordLayout.KIND_ROUTE]: recordLayout.ROUTE_RECORD_BYTES,
  [recordLayout.KIND_NEIGHBOUR]: recordLayout.NEIGHBOUR_RECORD_BYTES,
  [recordLayout.KIND_RULE]: recordLayout.RULE_RECORD_BYTES,
}

/** Zeros what is behind an object's fields. */
function ofObjects(all: Uint8Array): Buffer {
  const copy = Buffer.from(all)
  for (let at = 0; at < copy.length; at += recordLayout.RECORD_BYTES) {
    const bytes = BYTES[copy.readUInt16LE(at + contract.RECORD_KIND)] ?? recordLayout.RECORD_BYTES
    copy.fill(0, at + bytes, at + recordLayout.RECORD_BYTES)
  }
  return copy
}

/** Zeros what may not be read of brief records. */
export function brief(all: Uint8Array): Buffer {
  const { RECORD_ERROR, RECORD_KIND } = contract
  const { KIND_LINK, LINK_IFNAME, LINK_MTU } = recordLayout
  const copy = ofObjects(all)
  for (let at = 0; at < copy.length; at += RECORD_BYTES) {
    const isLink = copy.readUInt16LE(at + RECORD_KIND) === KIND_LINK
    if (!isLink || copy.readUInt16LE(at + RECORD_ERROR) !== 0) continue
    copy.fill(0, at + recordLayout.LINK_OPERSTATE + 1, at + recordLayout.LINK_OPERSTATE + 4)
    copy.fill(0, at + LINK_MTU, at + LINK_IFNAME)
    copy.fill(0, at + LINK_IFNAME + 8, at + RECORD_BYTES)
    // Of a record without a fault these are zero, and are not read.
    copy.fill(0, at + contract.RECORD_ERROR_OFFSET, at + recordLayout.LINK_FAMILY)
  }
  return copy
}

function unlike(what: string, found: Buffer, walked: Buffer): never {
  throw new Error(`expected the records of a walk\n${hex(walked)}\ngot, ${what},\n${hex(found)}`)
}

function hex(all: Buffer): string {
  return all.toString('hex').replace(/.{320}/g, '$&\n')
}
