// Unsigned integers among bytes, without a DataView: making one takes longer than reading what a message has.
// In: bytes, an offset within them and a byte order. Out: a number.

export type ReadInteger = (bytes: Uint8Array, at: number, isLittle: boolean) => number

export function readU8(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

export function readU16(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const low = readU8(bytes, isLittle ? at : at + 1)
  return low | (readU8(bytes, isLittle ? at + 1 : at) << 8)
}

export function readU32(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const low = readU16(bytes, isLittle ? at : at + 2, isLittle)
  return (low | (readU16(bytes, isLittle ? at + 2 : at, isLittle) << 16)) >>> 0
}

/** Not exact beyond 2^53. */
export function readU64(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const low = readU32(bytes, isLittle ? at : at + 4, isLittle)
  return low + readU32(bytes, isLittle ? at + 4 : at, isLittle) * 2 ** 32
}
