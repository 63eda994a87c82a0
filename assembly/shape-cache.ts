// Layout prediction: the kernel sends the same attributes at the same places again and again.
// In: a message, and the layouts of earlier ones. Out: its object's record, as the walk would have made it, or
// "no". Exact: every header that the walk would have read is compared, with loads that wait for nothing.
//
// A walk is a chain of loads, each of which waits for the length that the one before has brought. Where
// every header word is what it was in an earlier message of the same length, all the walk's decisions are
// the same too, and only values are left to read.
//
// A layout has, of a message's attribute headers, first the runs: four, each eight bytes behind the one before, as
// attributes of up to four bytes lie: their offsets need no load of their own.
//
//   layout   0 key            the first attribute's header; nlmsg_len, and which object in the upper half
//            8 runsEnd        u16, as are these three; offsets in the layout
//           10 singlesEnd     12 wordsEnd   14 smallStart, of values
//           16 operstate      of a link: offset in the message, 0 for none
//           20 ifname         the same, of the name
//           24 present        of the record
//           32 headers        runs: four words, offset of the first in the message u64
//                             singles: word, offset in the message; four at a time, the last one repeats
//          408 values         u32 each: field | FORM_… << 8 | offset << 16; those of four bytes from here on, the
//                             others up to the spans
//          488 spans          of a link, all: offset in the message u32, and length u32. Of other objects those that are
//                             there: field u16, offset in the message u16, length u32; a 0 behind the last
//          576

import {
  FILTER_BY_TYPE,
  FILTER_FLAGS,
  FILTER_LINKS,
  FILTER_TYPES,
  FRAME_HEADER_BYTES,
  IFINFOMSG_SIZE,
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
  LAYOUTS,
  LAYOUTS_MAX,
  MODE_BIG_ENDIAN,
  MODE_BRIEF,
  MODE_NAMES,
  MODE_WALK,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORD_ERROR_GOT,
  RECORD_ERROR_OFFSET,
  RECORD_FRAME,
  RECORD_KIND,
  RECORD_LEN,
  RECORD_OFFSET,
  RECORD_PRESENT,
  RECORD_SEQ,
  RECORD_VALUES,
  RTM_NEWLINK,
} from './contract'
import { numberNames } from './name-slots'
import { copyBody, kindOf, objectOf } from './record-fields'
import { wantsHeader, wantsNamed, wantsRecord, wantsType } from './record-filter'
import {
  KIND_LINK,
  LINK_IFNAME,
  LINK_KIND,
  LINK_OPERSTATE,
  LINK_RECORD_BYTES,
  LINK_SPANS,
} from './record-layout'
import { stringLength } from './record-sink'
import {
  FORM_BYTE,
  LINK_MASK,
  LINK_MASK_2,
  OBJECT_HEADER_BYTES,
  OBJECT_MASK,
  OBJECT_RECORD_BYTES,
  OBJECT_TEXT,
  OBJECT_TEXT_2,
  OBJECTS,
} from './record-tables'
import { learn, RUN_BYTES, stopLearning } from './shape-learner'

/** Headers compared; counted where specs run alone. */
export let compared: u32 = 0

let isOn: bool = false
let isBrief: bool = false
export let isNaming: bool = false
/** The layout that the last message had which was no link. */
let recent: usize = LAYOUTS

/** Whether layouts may be used; they are learned from little-endian messages alone. */
export function setPrediction(mode: i32): void {
  isOn = (mode & (MODE_WALK | MODE_BIG_ENDIAN)) === 0
  isBrief = (mode & MODE_BRIEF) !== 0
  isNaming = (mode & MODE_NAMES) !== 0
}

/**
 * Makes the record of the message of `length` bytes at `at`, where it has a layout: 1, or -1 when the filter drops
 * it. 0 where it has none: it has to be walked, and its layout is learned meanwhile.
 */
export function predict(record: usize, frame: usize, at: usize, length: u32): i32 {
  stopLearning()
  if (!isOn) return 0
  const type: u32 = load<u16>(at, 4)
  const bit = type - RTM_NEWLINK
  // Links are what is listened to most: what the tables say of them is in the code.
  if (bit > 3) return predictObject(record, frame, at, length, type)
  const flags = load<u32>(FILTER_FLAGS)
  if (flags & FILTER_BY_TYPE && !((load<u32>(FILTER_TYPES) >> bit) & 1)) return -1
  if (flags & FILTER_LINKS && !wantsHeader(OBJECTS, at, length)) return -1
  const prefix: u32 = NLMSGHDR_SIZE + IFINFOMSG_SIZE
  const key = keyOf(at, length, prefix, 0)
  if (key === 0) return 0
  const first = placeOf(key)
  for (let layout = first; layout < first + LAYOUT_WAYS * LAYOUT_BYTES; layout += LAYOUT_BYTES) {
    if (load<u64>(layout) !== key || !Layout.fits(layout, at)) continue
    return Layout.recordLink(layout, record, frame, at, flags)
  }
  learn(first, key, at, at + prefix)
  return 0
}

function predictObject(record: usize, frame: usize, at: usize, length: u32, type: u32): i32 {
  const object = objectOf(type)
  if (object === 0) return 0
  const flags = load<u32>(FILTER_FLAGS)
  if (flags !== 0 && !(wantsType(type) && wantsHeader(object, at, length))) return -1
  const prefix = NLMSGHDR_SIZE + <u32>load<u8>(object, OBJECT_HEADER_BYTES)
  const key = keyOf(at, length, prefix, <u32>(object - OBJECTS))
  if (key === 0) return 0
  // A dump has one layout many times over.
  if (load<u64>(recent) !== key || !Layout.fits(recent, at)) {
    const first = placeOf(key)
    const end = first + LAYOUT_WAYS * LAYOUT_BYTES
    let layout = first
    while (load<u64>(layout) !== key || !Layout.fits(layout, at)) {
      layout += LAYOUT_BYTES
      if (layout < end) continue
      learn(first, key, at, at + prefix)
      return 0
    }
    recent = layout
  }
  Layout.recordObject(recent, record, frame, at, object)
  return flags === 0 || wantsRecord(record, object) ? 1 : -1
}

/** What messages of one layout have in common at the least; 0 where a message is too short or too long for one. */
function keyOf(at: usize, length: u32, prefix: u32, which: u32): u64 {
  const shortest = prefix + NLA_HDRLEN
  if (length - shortest > 0xffff - shortest) return 0
  return ((<u64>(length | (which << 16))) << 32) | load<u32>(at + prefix)
}

/** The first of the LAYOUT_WAYS places where a layout of that key may be. */
function placeOf(key: u64): usize {
  const hash = ((<u32>key ^ <u32>(key >> 26)) * 0x9e3779b1) >> 16
  return LAYOUTS + ((hash * (LAYOUTS_MAX - LAYOUT_WAYS + 1)) >> 16) * LAYOUT_BYTES
}

/**
 * What is done with every message that has a layout. Inlined, as calls would take a tenth of its time; of a class, as only
 * there every tool can read decorators.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: as said above
class Layout {
  /** Every attribute header behind the first is what it was. */
  @inline
  static fits(layout: usize, at: usize): bool {
    let header = layout + LAYOUT_HEADERS
    let end = layout + load<u16>(layout, LAYOUT_RUNS_END)
    // Two by two: loads are what the time goes to.
    let more: u64 = 0
    for (; header < end; header += RUN_BYTES) {
      if (ASC_OPTIMIZE_LEVEL === 0) compared += 4
      const here = at + load<u32>(header, 16)
      more |=
        ((load<u32>(here) | ((<u64>load<u32>(here, 8)) << 32)) ^ load<u64>(header)) |
        ((load<u32>(here, 16) | ((<u64>load<u32>(here, 24)) << 32)) ^ load<u64>(header, 8))
    }
    let differences = <u32>more | <u32>(more >> 32)
    end = layout + load<u16>(layout, LAYOUT_SINGLES_END)
    for (; header < end; header += 32) {
      if (ASC_OPTIMIZE_LEVEL === 0) compared += 4
      differences |=
        difference(at, load<u64>(header)) |
        difference(at, load<u64>(header, 8)) |
        difference(at, load<u64>(header, 16)) |
        difference(at, load<u64>(header, 24))
    }
    return differences === 0
  }

  /** A link: its filter looks at the name and the operstate, and in brief no more is needed. */
  @inline
  static recordLink(layout: usize, record: usize, frame: usize, at: usize, flags: u32): i32 {
    const nameAt = load<u32>(layout, LAYOUT_IFNAME)
    const nameLength = nameAt === 0 ? 0 : lengthOf(at + nameAt)
    const stateAt = load<u32>(layout, LAYOUT_OPERSTATE)
    const state: u32 = stateAt === 0 ? 0 : load<u8>(at + stateAt)
    if (flags !== 0 && !wantsNamed(at + nameAt, nameLength, stateAt !== 0, state)) return -1
    const offset = Layout.start(layout, record, frame, at, KIND_LINK)
    copyBody(record, at, LINK_MASK, LINK_MASK_2)
    store<u32>(record, state, LINK_OPERSTATE)
    store<u32>(record, nameAt === 0 ? 0 : offset + nameAt, LINK_IFNAME)
    store<u32>(record, nameLength, LINK_IFNAME + 4)
    if (!isBrief) {
      for (let n: usize = RECORD_VALUES; n < <usize>LINK_SPANS; n += 8) store<u64>(record + n, 0)
      // The first span is the name's.
      for (let n: usize = 8; n < <usize>(LINK_RECORD_BYTES - LINK_SPANS); n += 8) {
        const from = load<u32>(layout + n, LAYOUT_SPANS)
        store<u32>(record + n, from === 0 ? 0 : offset + from, LINK_SPANS)
        store<u32>(record + n, load<u32>(layout + n, LAYOUT_SPANS + 4), LINK_SPANS + 4)
      }
      Layout.complete(layout, record, at)
      const kind = load<u32>(record, LINK_KIND)
      if (kind !== 0) store<u32>(record, lengthOf(at - offset + kind), LINK_KIND + 4)
    }
    if (isNaming) numberNames(record, LINK_IFNAME, isBrief ? 0 : LINK_KIND)
    return 1
  }

  /** Another object: most of its fields are absent, so that it is emptied, and what is there put into it. */
  @inline
  static recordObject(layout: usize, record: usize, frame: usize, at: usize, object: usize): void {
    const offset = Layout.start(layout, record, frame, at, kindOf(object))
    copyBody(record, at, load<u64>(object, OBJECT_MASK), load<u64>(object, OBJECT_MASK + 8))
    // Small numbers lie behind the header, which was copied with its zeros, and in the four bytes behind that.
    store<u32>(record, 0, RECORD_PRESENT - 4)
    const full = record + <usize>load<u8>(object, OBJECT_RECORD_BYTES)
    for (let field = record + RECORD_VALUES; field < full; field += 24) {
      store<u64>(field, 0)
      store<u64>(field, 0, 8)
      store<u64>(field, 0, 16)
    }
    let span = layout + LAYOUT_SPANS
    for (let word = load<u64>(span); word !== 0; word = load<u64>(span)) {
      const from = offset + (<u32>word >> 16)
      store<u64>(record + (<usize>word & 0xff), (word & ~0xffffffff) | from)
      span += 8
    }
    Layout.complete(layout, record, at)
    const text: usize = load<u8>(object, OBJECT_TEXT)
    if (text === 0) return
    const text2: usize = load<u8>(object, OBJECT_TEXT_2)
    measure(record, at - offset, text)
    if (text2 !== 0) measure(record, at - offset, text2)
    if (isNaming) numberNames(record, text, text2)
  }

  /** What every record of an object has, but for its header; returns the message's offset. */
  @inline
  static start(layout: usize, record: usize, frame: usize, at: usize, kind: u32): u32 {
    const offset = <u32>(at - frame - FRAME_HEADER_BYTES)
    store<u32>(record, <u32>frame, RECORD_FRAME)
    store<u32>(record, offset, RECORD_OFFSET)
    store<u64>(record, load<u64>(at), RECORD_LEN)
    store<u64>(record, load<u64>(at, 8), RECORD_SEQ)
    store<u32>(record, kind, RECORD_KIND)
    store<u64>(record, load<u64>(layout, LAYOUT_PRESENT), RECORD_PRESENT)
    return offset
  }

  /** That there is no fault, and the values. */
  @inline
  static complete(layout: usize, record: usize, at: usize): void {
    store<u64>(record, 0, RECORD_ERROR_OFFSET)
    store<u64>(record, 0, RECORD_ERROR_GOT)
    // Numbers of four bytes from the start on, the others from the end on.
    let end = layout + load<u16>(layout, LAYOUT_WORDS_END)
    let value = layout + LAYOUT_VALUES
    for (; value < end; value += 4) {
      const word = load<u32>(value)
      store<u32>(record + (word & 0xff), load<u32>(at + (word >> 16)))
    }
    end = layout + load<u16>(layout, LAYOUT_SMALL_START)
    // Noted first, stored first: of a repeated attribute the last counts.
    for (value = layout + LAYOUT_SPANS; value > end; ) {
      value -= 4
      const word = load<u32>(value)
      const to = record + (word & 0xff)
      if (((word >> 8) & 0xff) === FORM_BYTE) store<u8>(to, load<u8>(at + (word >> 16)))
      else store<u16>(to, load<u16>(at + (word >> 16)))
    }
  }
}

/** A text in this message may end elsewhere than in the one that was learned from. */
function measure(record: usize, base: usize, text: usize): void {
  const from = load<u32>(record + text)
  if (from !== 0) store<u32>(record + text, lengthOf(base + from), 4)
}

/** The length of the name at `at` is no header's: it ends at a NUL. */
function lengthOf(at: usize): u32 {
  return stringLength(at, load<u16>(at - NLA_HDRLEN) - NLA_HDRLEN)
}

/** One load for what is expected and where. */
function difference(at: usize, header: u64): u32 {
  return load<u32>(at + <usize>(header >> 32)) ^ <u32>header
}
