// Integers of either byte order, out of linear memory.
// In: an address. Out: the value. Never checks a bound: the walk has done so before.

import { MARKS, RX_WINDOW } from './contract'

/** 1 when what is read is big-endian: NODE_BIG_ENDIAN, so that a node's flags take it as it is. */
export let bigEndian: u32 = 0

export function setOrder(isBigEndian: bool): void {
  bigEndian = isBigEndian ? 1 : 0
}

/** How far behind a byte of the rx window its mark lies. */
const MARK: usize = MARKS - RX_WINDOW

/** Marks a byte that was read. */
export function mark(at: usize): void {
  store<u8>(at, 0xff, MARK)
}

/** Marks four: the header of an attribute. */
export function markHeader(at: usize): void {
  store<u32>(at, 0xffffffff, MARK)
}

export function read16(at: usize): u32 {
  const value = load<u16>(at)
  return bigEndian ? bswap<u16>(value) : value
}

export function read32(at: usize): u32 {
  const value = load<u32>(at)
  return bigEndian ? bswap<u32>(value) : value
}

/** read16() that leaves its mark: what is read so decides which nodes there are. */
export function readMarked16(at: usize): u32 {
  store<u16>(at, 0xffff, MARK)
  return read16(at)
}

/** read32() that leaves its mark. */
export function readMarked32(at: usize): u32 {
  markHeader(at)
  return read32(at)
}
