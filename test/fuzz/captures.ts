// Fuzzes capture files: reads damaged ones, and makes trees of their frames.
// Throws if a file is refused by anything but a NetlinkError with a place, or if leaves do not tile a frame.

import { NetlinkError, netlinkHeader, readCaptureBatches } from 'netlink-wasm/capture'
import { Dissector } from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import {
  chunks,
  enhancedPacket,
  interfaceBlock,
  join,
  oldPacket,
  pcapHeader,
  pcapRecord,
  sectionHeader,
  simplePacket,
} from '../support/capture-files.ts'
import { checkTiling } from '../support/tiling.ts'
import type { Inputs } from './inputs.ts'
import type { Lot } from './lot.ts'
import { count, type Tally } from './tally.ts'

const FILES = 50
const MAGICS = [0xa1b2c3d4, 0xa1b23c4d]

export async function fuzzCaptures(lot: Lot, inputs: Inputs, tally: Tally): Promise<void> {
  const dissector = new Dissector({ schema: all })
  for (let n = 0; n < FILES; n++) {
    const file = newFile(lot, inputs)
    if (lot.chance(0.8)) lot.scratch(file, 0, file.length, 6)
    const cut = lot.chance(0.3) ? file.subarray(0, lot.below(file.length)) : file
    const parts = lot.chance(0.5) ? [cut] : chunks(cut, 1 + lot.below(200))
    try {
      for await (const frames of readCaptureBatches(parts)) {
        for (const frame of frames) {
          const tree = dissector.dissectFrame(frame)
          if (tree) checkTiling(tree.table, tree.size, frame.data.length, 0)
        }
      }
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.offset === undefined) throw error
      const isPlace = error.offset >= 0 && error.offset <= cut.length
      if (!isPlace) throw new Error(`expected a place in ${cut.length} bytes, got ${error.message}`)
      count(tally.refusals, error.code)
    }
    count(tally.cases, 'captures')
  }
}

/** A file of either format and order, with up to six frames. */
function newFile(lot: Lot, { frames }: Inputs): Uint8Array {
  const order = lot.pick(['little', 'big'] as const)
  const packets = Array.from({ length: lot.below(7) }, () => {
    const { frame, protocol, order } = lot.pick(frames)
    return join(netlinkHeader({ protocol }), lot.chance(0.5) ? frame : lot.mutate(frame, order))
  })
  if (lot.chance(0.4)) {
    const records = packets.map((data) =>
      pcapRecord(data, { order, original: data.length + lot.below(2) * lot.below(100) }),
    )
    return join(pcapHeader({ order, magic: lot.pick(MAGICS) }), ...records)
  }
  const blocks = packets.map((data) => {
    if (lot.chance(0.6)) return enhancedPacket(data, { order, time: [1, lot.below(2 ** 24)] })
    return lot.chance(0.5)
      ? simplePacket(data, data.length, order)
      : oldPacket(data, { order, time: [1, 1] })
  })
  return join(sectionHeader(order), interfaceBlock(order), ...blocks)
}
