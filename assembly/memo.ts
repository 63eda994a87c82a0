// Frames seen lately, and their nodes: a node says where a value lies and not what it is, so a frame that has the
// same bytes wherever the walk looked has the same nodes.
// In: a frame at RX_WINDOW. Out: its nodes at NODES, or "walk it". Exact: each byte that a walk reads is marked,
// and all that are marked are compared. What generic netlink's numbers mean may change, so its frames are walked.
//
//   memo   0 key       length, and all else that the walk goes by
//          8 count     of nodes
//         16 frame     4112 nodes
//       2064 marks     0xff for each byte of the frame that was read

import { setMarks } from './bytes'
import {
  MEMO_BYTES,
  MEMO_COUNT,
  MEMO_FRAME,
  MEMO_FRAME_MAX,
  MEMO_MARKS,
  MEMO_NODES,
  MEMO_NODES_MAX,
  MEMOS,
  MEMOS_MAX,
  MODE_WALK,
} from './contract'
import { ORIGIN } from './nodes'
import { NODE_BYTES, NODES } from './tree-layout'

/** What is being walked and may be kept, or 0. */
let memo: usize = 0
let wanted: u64 = 0
/** Which of the four that share a place goes next. */
let turn: usize = 0

/** Another schema: nothing is known any more. */
export function forget(): void {
  const end: usize = MEMOS + MEMOS_MAX * MEMO_BYTES
  for (let memo: usize = MEMOS; memo < end; memo += MEMO_BYTES) store<u64>(memo, 0)
}

/** The number of nodes of the frame of `length` bytes, which are then there; 0 when it must be walked. */
export function recall(length: u32, protocol: u32, linkHeader: u32, mode: u32): u32 {
  memo = 0
  if (length > <u32>MEMO_FRAME_MAX || mode & MODE_WALK || length === 0) return 0
  wanted = ((<u64>((protocol << 16) | (linkHeader << 8) | mode)) << 32) | length
  // The first attribute of a link, and of many others: names of another length lie elsewhere.
  const hash = (length ^ load<u32>(ORIGIN + 32 + (linkHeader << 4))) * 0x9e3779b1
  const first: usize = MEMOS + ((hash >> 16) & (MEMOS_MAX - 4)) * MEMO_BYTES
  for (memo = first; memo < first + 4 * MEMO_BYTES; memo += MEMO_BYTES) {
    if (load<u64>(memo) !== wanted || !fits(length)) continue
    const count = load<u32>(memo, MEMO_COUNT)
    memory.copy(NODES, memo + MEMO_NODES, count * NODE_BYTES)
    return count
  }
  turn = (turn + 1) & 3
  memo = first + turn * MEMO_BYTES
  store<u64>(memo, 0)
  memory.fill(memo + MEMO_MARKS, 0, MEMO_FRAME_MAX)
  setMarks(memo + MEMO_MARKS - ORIGIN)
  return 0
}

function fits(length: u32): bool {
  let differences: u64 = 0
  for (let at: usize = 0; at < length; at += 8) {
    differences |=
      (load<u64>(ORIGIN + at) ^ load<u64>(memo + at, MEMO_FRAME)) & load<u64>(memo + at, MEMO_MARKS)
  }
  return differences === 0
}

/** The walk has found `count` nodes; `mayKeep` where it went by nothing but the frame and the schema. */
export function keep(count: u32, mayKeep: bool): void {
  setMarks(0)
  if (memo === 0 || !mayKeep || count > <u32>MEMO_NODES_MAX) return
  memory.copy(memo + MEMO_FRAME, ORIGIN, MEMO_FRAME_MAX)
  memory.copy(memo + MEMO_NODES, NODES, count * NODE_BYTES)
  store<u32>(memo, count, MEMO_COUNT)
  store<u64>(memo, wanted)
}
