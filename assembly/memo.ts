// Messages seen lately, and their nodes: a node says where a value lies and not what it is, so a message that has
// the same bytes wherever the walk looked has the same nodes.
// In: a message in the rx window. Out: its nodes, or "walk it". Exact: each byte that a walk reads is marked, and the
// words that hold marks are compared. What generic netlink's numbers mean may change, so its messages are walked.
//
//   memo     0 key     bytes with the padding; how the message was read
//            8 older   the next memo of the chain, or 0
//           12 table   its address
//           16 words   u32 each: what stands there, offset in the message
//              host    8 bytes, of which the host makes what it likes
//              table   of a frame that holds the message and nothing else
//
// Memos fill their region one behind the other; when it is full, all are forgotten.

import { bigEndian, mark } from './bytes'
import {
  MARKS,
  MEMO_HEADS,
  MEMO_HEADS_MAX,
  MEMO_MESSAGE_MAX,
  MEMO_NODES_MAX,
  MEMOS,
  MEMOS_END,
  MODE_WALK,
  RX_WINDOW,
} from './contract'
import { copyNodes, isFull, ORIGIN, pair, repeatNodes, top } from './node-table'
import { NETLINK_KOBJECT_UEVENT, NODE_BYTES, NODE_NEXT, NODE_VALUE_END, NODES } from './tree-layout'

const TRIES = 8

/** How messages are read, beside what they say; 0 where nothing is remembered. */
let way: u32 = 0
/** The frame's first message, and the place of its node. */
let origin: usize = 0
let firstNode: usize = 0
/** Of the message that was looked up last. */
let key: u64 = 0
let head: usize = 0
/** Where the next memo goes. */
let free: usize = MEMOS

/** Another schema: nothing is known any more. */
export function forget(): void {
  memory.fill(MEMO_HEADS, 0, MEMO_HEADS_MAX * 4)
  free = MEMOS
}

/** A frame's own nodes have been written; its messages start at `at`, behind the link header. */
export function startMemos(protocol: u32, at: usize, mode: i32): void {
  // NETLINK_GENERIC comes behind NETLINK_KOBJECT_UEVENT.
  const isKept = !(mode & MODE_WALK) && protocol - NETLINK_KOBJECT_UEVENT > 1
  way = isKept ? (1 << 31) | (protocol << 8) | ((<u32>(at - ORIGIN)) << 1) | bigEndian : 0
  origin = at
  firstNode = top
}

/** The node table of a frame that holds just the message from `at` to `end`, or 0. */
export function find(at: usize, end: usize): usize {
  const length = <u32>(end - at)
  key = 0
  if (way === 0 || length > <u32>MEMO_MESSAGE_MAX) return 0
  key = ((<u64>way) << 32) | length
  const hash = (length ^ load<u32>(at, 4)) * 0x9e3779b1
  head = MEMO_HEADS + ((hash >> 22) & (MEMO_HEADS_MAX - 1)) * 4
  let memo = <usize>load<u32>(head)
  for (let tries = TRIES; memo !== 0 && tries > 0; tries--) {
    const table = <usize>load<u32>(memo, 12)
    if (load<u64>(memo) === key && fits(memo + 16, table - 8, at)) return table
    memo = load<u32>(memo, 8)
  }
  return 0
}

function fits(word: usize, end: usize, at: usize): bool {
  for (; word < end; word += 8) {
    const wanted = load<u64>(word)
    if (load<u32>(at + <usize>(wanted >> 32)) !== <u32>wanted) return false
  }
  return true
}

/** Appends the nodes of a message that was found; else it is about to be walked. */
export function recall(table: usize, at: usize): bool {
  if (table !== 0) {
    const last = table + load<u32>(table, NODE_NEXT) * NODE_BYTES
    return repeatNodes(table + (firstNode - NODES), last, at - origin, top - firstNode)
  }
  if (key === 0) return false
  memory.fill(at + (MARKS - RX_WINDOW), 0, <usize>key)
  mark(at)
  return false
}

/** The message at `at` has been walked, and its nodes start at `node`. */
export function keep(at: usize, node: usize): void {
  if (key === 0) return
  const bytes = top - node
  if (isFull() || bytes > <usize>(MEMO_NODES_MAX * NODE_BYTES)) return
  const length = <usize>(<u32>key)
  const own = firstNode - NODES
  // At the most: a memo's head, all words, the nodes of the frame and of the message.
  if (free + 64 + length * 2 + own + bytes > <usize>MEMOS_END) forget()
  let word = free + 16
  for (let offset: usize = 0; offset < length; offset += 4) {
    if (load<u32>(at + offset, MARKS - RX_WINDOW) === 0) continue
    store<u64>(word, pair(load<u32>(at + offset), <u32>offset))
    word += 8
  }
  store<u64>(word, 0)
  const table = word + 8
  store<u64>(free, key)
  store<u64>(free, pair(load<u32>(head), <u32>table), 8)
  store<u32>(head, <u32>free)
  memory.copy(table, NODES, own)
  free = copyNodes(table, table + own, node, top, origin - at, firstNode - node)
  const frame = <u32>(origin - ORIGIN + length)
  store<u64>(table, pair(frame, frame), NODE_VALUE_END)
  store<u32>(table, load<u32>(table + own, NODE_NEXT), NODE_NEXT)
}
