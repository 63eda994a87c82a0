// Integers of either byte order, out of linear memory.
// In: an address. Out: the value. Never checks a bound: the walk has done so before.

/** 1 when what is read is big-endian: NODE_BIG_ENDIAN, so that a node's flags take it as it is. */
export let bigEndian: u32 = 0

export function setOrder(isBigEndian: bool): void {
  bigEndian = isBigEndian ? 1 : 0
}

export function read16(at: usize): u32 {
  const value = load<u16>(at)
  return bigEndian ? bswap<u16>(value) : value
}

export function read32(at: usize): u32 {
  const value = load<u32>(at)
  return bigEndian ? bswap<u32>(value) : value
}
