// Integers of either byte order, out of linear memory.
// In: an address. Out: the value. Never checks a bound: the walk has done so before.

// The byte order is a type argument, so every reader is compiled once for each order and the
// decision costs nothing at run time. AssemblyScript has no constant type arguments; two integer
// types of different size stand for the two orders.
export type LittleEndian = u8
export type BigEndian = u16

export function read16<Order>(at: usize): u32 {
  const value = load<u16>(at)
  return sizeof<Order>() === sizeof<BigEndian>() ? bswap<u16>(value) : value
}

export function read32<Order>(at: usize): u32 {
  const value = load<u32>(at)
  return sizeof<Order>() === sizeof<BigEndian>() ? bswap<u32>(value) : value
}
