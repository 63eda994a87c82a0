// Integers of either byte order, out of linear memory.
// In: an address. Out: the value. Never checks a bound: the walk has done so before.

/** 1 when what is read is big-endian: NODE_BIG_ENDIAN, so that a node's flags take it as it is. */
export let bigEndian: u32 = 0

export function setOrder(isBigEndian: bool): void {
  bigEndian = isBigEndian ? 1 : 0
}

/** Where marks of the bytes that were read go, less the bytes' own address; 0 where none are kept. */
export let marks: usize = 0

export function setMarks(to: usize): void {
  marks = to
}

/** Marks one byte that was not read by the two below. */
export function mark(at: usize): void {
  if (marks !== 0) store<u8>(at + marks, 0xff)
}

export function read16(at: usize): u32 {
  const value = load<u16>(at)
  return bigEndian ? bswap<u16>(value) : value
}

export function read32(at: usize): u32 {
  const value = load<u32>(at)
  return bigEndian ? bswap<u32>(value) : value
}

/** read16() that leaves its mark. */
export function see16(at: usize): u32 {
  if (marks !== 0) store<u16>(at + marks, 0xffff)
  return read16(at)
}

/** read32() that leaves its mark. */
export function see32(at: usize): u32 {
  if (marks !== 0) store<u32>(at + marks, 0xffffffff)
  return read32(at)
}
