// A piece of memory that holds objects as the bytes of their messages, each in a slot.
// In: keys and bodies, and where they lie. Out: the same, as views.
//
//   slot, at a multiple of 8 bytes:
//    0      4       6         8       12      16
//   +------+-------+---------+-------+-------+-------+--------+-----+
//   | hash | units | keySize | stamp | size  | key   | body   | pad |
//   +------+-------+---------+-------+-------+-------+--------+-----+
//   units: size of the slot in 8 bytes. keySize: 0 if the slot is free. size: bytes of the body.

/** Byte 0 of a key is the size of its head, byte 0 included. Keys with the same head are neighbours in the index. */
export type Key = Uint8Array

const UNITS = 4
const KEY_SIZE = 6
const STAMP = 8
const SIZE = 12
const SLOT_HEADER = 16

/** How many units of 8 bytes a slot takes. */
export function unitsOf(keySize: number, bodySize: number): number {
  return Math.ceil((SLOT_HEADER + keySize + bodySize) / 8)
}

export class RecordChunk {
  readonly bytes: Uint8Array
  readonly #view: DataView
  /** Where the next slot begins. */
  end = 0
  /** Slots in use. */
  live = 0
  /** A snapshot has it: it must be copied before it is written. */
  isShared = false
  /** Stays the same until the chunk is emptied: its slots begin where they began. */
  readonly layout: object
  /** Offsets of free slots, by units. */
  free = new Map<number, number[]>()

  constructor(bytes: Uint8Array, layout = {}) {
    this.bytes = bytes
    this.layout = layout
    this.#view = new DataView(bytes.buffer)
  }

  copy(): RecordChunk {
    const copy = new RecordChunk(this.bytes.slice(), this.layout)
    copy.end = this.end
    copy.live = this.live
    copy.free = this.free
    return copy
  }

  /** Begins a slot behind the last one. */
  extend(units: number): number {
    const at = this.end
    this.#view.setUint16(at + UNITS, units, true)
    this.end += units * 8
    return at
  }

  write(at: number, hash: number, key: Key): void {
    this.#view.setUint32(at, hash, true)
    this.#view.setUint16(at + KEY_SIZE, key.length, true)
    this.bytes.set(key, at + SLOT_HEADER)
  }

  writeBody(at: number, body: Uint8Array, stamp: number): void {
    this.setStamp(at, stamp)
    this.#view.setUint32(at + SIZE, body.length, true)
    this.bytes.set(body, at + SLOT_HEADER + this.keySize(at))
  }

  clear(at: number): void {
    this.#view.setUint16(at + KEY_SIZE, 0, true)
  }

  hash(at: number): number {
    return this.#view.getUint32(at, true)
  }

  units(at: number): number {
    return this.#view.getUint16(at + UNITS, true)
  }

  keySize(at: number): number {
    return this.#view.getUint16(at + KEY_SIZE, true)
  }

  stamp(at: number): number {
    return this.#view.getUint32(at + STAMP, true)
  }

  setStamp(at: number, stamp: number): void {
    this.#view.setUint32(at + STAMP, stamp, true)
  }

  key(at: number): Key {
    const from = at + SLOT_HEADER
    return this.bytes.subarray(from, from + this.keySize(at))
  }

  body(at: number): Uint8Array {
    const from = at + SLOT_HEADER + this.keySize(at)
    return this.bytes.subarray(from, from + this.#view.getUint32(at + SIZE, true))
  }

  /** Whether the key has these bytes, from byte `first` on. */
  hasKeyBytes(at: number, wanted: Uint8Array, first: number, length = wanted.length): boolean {
    if (this.keySize(at) < first + length) return false
    const from = at + SLOT_HEADER + first
    for (let n = 0; n < length; n++) if (this.bytes[from + n] !== wanted[n]) return false
    return true
  }

  /** The first slot in use from here on; -1 if there is none. */
  next(from: number): number {
    for (let at = from; at < this.end; at += this.units(at) * 8) {
      if (this.keySize(at) !== 0) return at
    }
    return -1
  }

  /** The first slot in use behind this one. */
  after(at: number): number {
    return this.next(at + this.units(at) * 8)
  }
}
