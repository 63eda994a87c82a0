// Fuzzes trees: damaged frames of every protocol, decoded with the memos of earlier messages and without.
// Throws if the two differ, if leaves do not tile the frame, or if a canary is dead.

import {
  FRAME_HEADER_BYTES,
  MODE_BIG_ENDIAN,
  MODE_WALK,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../assembly/contract.ts'
import {
  MODE_SNAPPED,
  NODE_BYTES,
  NODE_KIND,
  NODE_NEXT,
  NODE_STATUS,
  NODES_MAX,
} from '../../assembly/tree-layout.ts'
import { checkCanaries, plantCanaries, REGIONS, type Region } from '../support/memory-map.ts'
import { openSamplesSink } from '../support/samples.ts'
import { checkTiling } from '../support/tiling.ts'
import { KINDS, type Sink, STATUSES } from '../support/tree.ts'
import { GENERIC, type Inputs, type Sample } from './inputs.ts'
import type { Lot } from './lot.ts'
import { count, type Tally } from './tally.ts'

const ORIGIN = RX_WINDOW + FRAME_HEADER_BYTES
const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES
const FRAMES = 400
/** Cases made of each frame: as laid into the window, and damaged in place. */
const SCRATCHES = 8
const FILLER = 0x7f00

export function fuzzTrees(lot: Lot, { frames }: Inputs, tally: Tally): void {
  const sink = openSamplesSink()
  sink.learn(20, 'ethtool')
  plantCanaries(sink.u8)
  for (let n = 0; n < FRAMES; n++) {
    const sample = lot.pick(frames)
    const frame = lot.chance(0.3) ? sample.frame : damaged(lot, sample)
    const protocol = lot.chance(0.05)
      ? lot.pick([0, 4, 6, 12, 15, GENERIC, lot.below(32)])
      : sample.protocol
    const isBig = lot.chance(0.05) ? sample.order === 'little' : sample.order === 'big'
    const linkHeader = lot.chance(0.05) ? 1 + lot.below(2) : 0
    const mode = (isBig ? MODE_BIG_ENDIAN : 0) | (lot.chance(0.3) ? MODE_SNAPPED : 0)
    const isAtEnd = lot.chance(0.3)
    const front = isAtEnd ? fillFront(sink, frame.length, isBig) : 0
    // What is no message may fill the last three bytes.
    const length = isAtEnd ? CAPACITY - front : frame.length
    for (let scratch = 0; scratch < SCRATCHES; scratch++) {
      sink.u8.set(frame, ORIGIN + front)
      if (scratch > 0) lot.scratch(sink.u8, ORIGIN + front, length)
      compare(sink, front + length, protocol, linkHeader, mode)
      if (n % 100 === 0) countNodes(found, tally)
    }
    count(tally.cases, 'trees', SCRATCHES)
    if (isAtEnd) count(tally.atWindowEnd, 'trees', SCRATCHES)
  }
  checkCanaries(sink.u8)
  const { start, end } = REGIONS.find(({ name }) => name === 'repeats') as Region
  if (sink.u8.subarray(start, end).some((times) => times !== 0)) {
    throw new Error('expected the counters of repeats to be zero between calls')
  }
}

function damaged(lot: Lot, { frame, order }: Sample): Uint8Array {
  if (lot.chance(0.97)) return lot.mutate(frame, order)
  // Any bytes at all; small ones make more lengths that fit.
  const most = lot.pick([8, 256])
  return Uint8Array.from({ length: lot.below(400) }, () => (lot.chance(0.4) ? 0 : lot.below(most)))
}

/** One message of an unknown type in front, so that a frame of `length` bytes ends with the window. */
function fillFront({ u8, view }: Sink, length: number, isBig: boolean): number {
  const front = (CAPACITY - length) & ~3
  u8.fill(0, ORIGIN, ORIGIN + 64)
  view.setUint32(ORIGIN, front, !isBig)
  view.setUint16(ORIGIN + 4, FILLER, !isBig)
  return front
}

/** Throws unless leaves tile the frame, and a walk finds the nodes that a memo has. */
function compare(
  sink: Sink,
  length: number,
  protocol: number,
  linkHeader: number,
  mode: number,
): void {
  const { exports, u8, view } = sink
  const table = exports.tree(length, protocol, linkHeader, mode)
  const nodes = view.getUint32(table + NODE_NEXT, true)
  checkTiling(view, nodes, length, table)
  const bytes = nodes * NODE_BYTES
  found.set(u8.subarray(table, table + bytes))
  const walked = exports.tree(length, protocol, linkHeader, mode | MODE_WALK)
  if (found.compare(u8, walked, walked + bytes, 0, bytes) !== 0) {
    throw new Error('expected the nodes of a walk, got others')
  }
}

const found = Buffer.alloc(NODES_MAX * NODE_BYTES)

function countNodes(nodes: Buffer, tally: Tally): void {
  const size = nodes.readUInt32LE(NODE_NEXT)
  for (let at = 0; at < size * NODE_BYTES; at += NODE_BYTES) {
    count(tally.nodes, STATUSES[nodes[at + NODE_STATUS] as number] as string)
    count(tally.nodes, KINDS[nodes[at + NODE_KIND] as number] as string)
  }
}
