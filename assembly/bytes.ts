// Integers of either byte order, out of linear memory.
// In: an address. Out: the value. Never checks a bound: the walk has done so before.

// The byte order is a type argument, so every reader is compiled once for each order and the
// decision costs nothing at run time. AssemblyScript has no constant type arguments; integer types
// of different size stand for the orders. The tree sink is too large to be compiled twice: its order
// is AnyOrder, a decision at run time.
export type LittleEndian = u8
export type BigEndian = u16
export type AnyOrder = u32

/** 1 when AnyOrder is big-endian: NODE_BIG_ENDIAN, so that a node's flags take it as it is. */
export let bigEndian: u32 = 0

export function setOrder(isBigEndian: bool): void {
  bigEndian = isBigEndian ? 1 : 0
}

export function read16<Order>(at: usize): u32 {
  const value = load<u16>(at)
  if (sizeof<Order>() === sizeof<AnyOrder>()) return bigEndian ? bswap<u16>(value) : value
  return sizeof<Order>() === sizeof<BigEndian>() ? bswap<u16>(value) : value
}

export function read32<Order>(at: usize): u32 {
  const value = load<u32>(at)
  if (sizeof<Order>() === sizeof<AnyOrder>()) return bigEndian ? bswap<u32>(value) : value
  return sizeof<Order>() === sizeof<BigEndian>() ? bswap<u32>(value) : value
}
