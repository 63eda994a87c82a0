// How a layout is learned: while a message is walked, its headers and values are noted.
// In: what the walk reads. Out: one layout of shape-cache.ts, which has no key before the walk is through.

import {
  LAYOUT_BYTES,
  LAYOUT_HEADERS,
  LAYOUT_IFNAME,
  LAYOUT_OPERSTATE,
  LAYOUT_PRESENT,
  LAYOUT_RUNS_END,
  LAYOUT_SINGLES_END,
  LAYOUT_SMALL_START,
  LAYOUT_SPANS,
  LAYOUT_VALUES,
  LAYOUT_WAYS,
  LAYOUT_WORDS_END,
  LEARNED_HEADERS,
  LEARNED_HEADERS_MAX,
  RECORD_OFFSET,
  RECORD_PRESENT,
} from './contract'
import { LINK_IFNAME, LINK_OPERSTATE } from './record-layout'
import { OBJECT_RECORD_BYTES, OBJECT_SPANS, OBJECTS } from './record-tables'

export const RUN_BYTES: u32 = 24

/** The layout being learned, 0 for none; where its next header is noted, and its next value goes. */
let learning: usize = 0
let note: usize = 0
let value: usize = 0
/** Where the last one of one or two bytes is. */
let small: usize = 0
/** The message that it is learned from, its first attribute, and its key. */
let message: usize = 0
let firstHeader: usize = 0
let messageKey: u64 = 0
/** Which of the layouts that share a place goes next. */
let turn: u32 = 0

/** What the walk is about to read of the message at `at` becomes one of the layouts at `first`. */
export function learn(first: usize, key: u64, at: usize, attributes: usize): void {
  turn = (turn + LAYOUT_BYTES) % (LAYOUT_WAYS * LAYOUT_BYTES)
  learning = first + turn
  for (let layout = first + LAYOUT_WAYS * LAYOUT_BYTES; layout > first; ) {
    layout -= LAYOUT_BYTES
    if (load<u64>(layout) === 0) learning = layout
  }
  store<u64>(learning, 0)
  store<u32>(learning, 0, LAYOUT_OPERSTATE)
  note = LEARNED_HEADERS
  value = learning + LAYOUT_VALUES
  small = learning + LAYOUT_SPANS
  message = at
  firstHeader = attributes
  messageKey = key
}

/** The next message is not learned from. */
export function stopLearning(): void {
  learning = 0
}

/** The walk has read the attribute header at `at`. The first is in the key. */
export function noteHeader(at: usize): void {
  if (learning === 0 || at === firstHeader) return
  store<u32>(note, load<u32>(at))
  store<u32>(note, <u32>(at - message), 4)
  note += 8
  // Up to three more make them a multiple of four.
  if (note > <usize>(LEARNED_HEADERS + (LEARNED_HEADERS_MAX - 4) * 8)) learning = 0
}

/** The walk has put the value at `at` into a field, as the `entry` of FIELDS says. */
export function noteValue(at: usize, entry: u32): void {
  if (learning === 0) return
  if (value === small) {
    learning = 0
    return
  }
  const offset = <u32>(at - message)
  const noted = (entry & 0xffff) | (offset << 16)
  if ((entry & 0xff) === LINK_OPERSTATE) store<u32>(learning, offset, LAYOUT_OPERSTATE)
  if (entry >> 24 === 4) {
    store<u32>(value, noted)
    value += 4
  } else {
    small -= 4
    store<u32>(small, noted)
  }
}

/** The walk is through, and has found no fault. */
export function keepLayout(record: usize, object: usize): void {
  if (learning === 0) return
  const headers = learning + LAYOUT_HEADERS
  let to = headers
  // What is in no run moves together.
  let single: usize = LEARNED_HEADERS
  for (let at: usize = LEARNED_HEADERS; at < note; at += 8) {
    const isRun = at + 32 <= note && isNear(at) && isNear(at + 8) && isNear(at + 16)
    if (isRun && to < headers + (LAYOUT_VALUES - LAYOUT_HEADERS - RUN_BYTES)) {
      store<u32>(to, load<u32>(at))
      store<u32>(to, load<u32>(at, 8), 4)
      store<u32>(to, load<u32>(at, 16), 8)
      store<u32>(to, load<u32>(at, 24), 12)
      store<u64>(to, load<u32>(at, 4), 16)
      to += RUN_BYTES
      at += 24
    } else {
      store<u64>(single, load<u64>(at))
      single += 8
    }
  }
  store<u16>(learning, <u16>(to - learning), LAYOUT_RUNS_END)
  for (; (single - LEARNED_HEADERS) & 31; single += 8) store<u64>(single, load<u64>(single - 8))
  if (to + (single - LEARNED_HEADERS) > learning + LAYOUT_VALUES) return
  for (let at: usize = LEARNED_HEADERS; at < single; at += 8) {
    store<u64>(to, load<u64>(at))
    to += 8
  }
  store<u16>(learning, <u16>(to - learning), LAYOUT_SINGLES_END)
  store<u16>(learning, <u16>(value - learning), LAYOUT_WORDS_END)
  store<u16>(learning, <u16>(small - learning), LAYOUT_SMALL_START)
  store<u64>(learning, load<u64>(record, RECORD_PRESENT), LAYOUT_PRESENT)
  const offset = load<u32>(record, RECORD_OFFSET)
  if (object === OBJECTS) {
    const name = load<u32>(record, LINK_IFNAME)
    store<u32>(learning, name === 0 ? 0 : name - offset, LAYOUT_IFNAME)
  }
  to = learning + LAYOUT_SPANS
  const full: usize = load<u8>(object, OBJECT_RECORD_BYTES)
  for (let field: usize = load<u8>(object, OBJECT_SPANS); field < full; field += 8) {
    const span = load<u64>(record + field)
    const from = <u32>span === 0 ? 0 : span - offset
    if (object !== OBJECTS) {
      if (from === 0) continue
      store<u64>(to, (from & ~0xffffffff) | ((from & 0xffff) << 16) | field)
    } else store<u64>(to, from)
    to += 8
  }
  if (object !== OBJECTS) store<u64>(to, 0)
  store<u64>(learning, messageKey)
}

/** The header that is noted next was eight bytes further on in the message. */
function isNear(at: usize): bool {
  return load<u32>(at, 12) - load<u32>(at, 4) === 8
}
