// Netlink bytes of either byte order, for tests that want every field in their own hand.
// In: numbers and bytes. Out: attributes and messages, padded; nothing is checked.

export type Order = 'little' | 'big'

export function bytes(order: Order = 'little') {
  const little = order === 'little'
  const u16 = (value: number) => number(2, (view) => view.setUint16(0, value, little))
  const u32 = (value: number) => number(4, (view) => view.setUint32(0, value, little))
  const u64 = (value: number) => number(8, (view) => view.setBigUint64(0, BigInt(value), little))
  return {
    u16,
    u32,
    u64,
    /** `length` in place of the true one, and no padding with `pad` false. */
    attr(type: number, payload: Uint8Array | number[] = [], length?: number, pad = true) {
      const body = [u16(length ?? 4 + payload.length), u16(type), Uint8Array.from(payload)]
      return join(...body, new Uint8Array(pad ? -payload.length & 3 : 0))
    },
    message(type: number, flags: number, body: Uint8Array = NONE, length?: number) {
      const header = [u32(length ?? 16 + body.length), u16(type), u16(flags), u32(7), u32(9)]
      return join(...header, body, new Uint8Array(-body.length & 3))
    },
  }
}

export const NONE = new Uint8Array(0)

export function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function text(value: string): number[] {
  return [...Buffer.from(`${value}\0`)]
}

function number(length: number, write: (view: DataView) => void): Uint8Array {
  const result = new Uint8Array(length)
  write(new DataView(result.buffer))
  return result
}
