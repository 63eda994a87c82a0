// Keeps objects as the bytes of their messages, and finds them by key: a million routes take about a hundred bytes each.
// In: keys and bodies. Out: references to slots, and what lies in them. A snapshot shares chunks until they are written.
//
//   slot, at a multiple of 8 bytes in a chunk:
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
/** A slot starts below this offset of its chunk; a chunk for one large slot may be larger. */
const CHUNK_BYTES = 1 << 18
const CHUNK_SLOTS = CHUNK_BYTES / 8
const FIRST_CAPACITY = 64

class Chunk {
  readonly bytes: Uint8Array
  readonly view: DataView
  end = 0
  live = 0
  isShared = false
  /** Stays the same until the chunk is emptied: its slots begin where they began. */
  readonly layout: object
  /** Offsets of free slots, by units. */
  free = new Map<number, number[]>()

  constructor(bytes: Uint8Array, layout = {}) {
    this.bytes = bytes
    this.layout = layout
    this.view = new DataView(bytes.buffer)
  }

  copy(): Chunk {
    const copy = new Chunk(this.bytes.slice(), this.layout)
    copy.end = this.end
    copy.live = this.live
    copy.free = this.free
    return copy
  }
}

/** What an arena held at one time. */
export type ArenaSnapshot = readonly Chunk[]

export class RecordArena {
  size = 0
  #chunks: Chunk[] = []
  /** Chunks that have free slots, by units. */
  readonly #roomy = new Map<number, Set<number>>()
  /** Chunks without a slot: they take no memory. */
  readonly #vacant: number[] = []
  /** The chunk that new slots are put behind the last of. */
  #current = -1
  #index = new Uint32Array(FIRST_CAPACITY)
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number

  /** Bytes of memory that chunks and index take. */
  get bytes(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes.length, this.#index.byteLength)
  }

  /** The slot with this key, or -1. */
  find(key: Key): number {
    for (let at = this.#start(this.#hash(key)); ; at = this.#next(at)) {
      const entry = this.#index[at] as number
      if (entry === 0) return -1
      if (this.#hasKey(entry - 1, key, key.length)) return entry - 1
    }
  }

  /** The slots whose keys have the same head. */
  withHead(key: Key): number[] {
    const found: number[] = []
    for (let at = this.#start(this.#hash(key)); ; at = this.#next(at)) {
      const entry = this.#index[at] as number
      if (entry === 0) return found
      if (this.#hasKey(entry - 1, key, key[0] as number)) found.push(entry - 1)
    }
  }

  /** Adds a slot. Its key must be new. */
  add(key: Key, body: Uint8Array, stamp: number): number {
    if ((this.size + 1) * 4 > this.#index.length * 3) this.#grow()
    const hash = this.#hash(key)
    const slot = this.#allocate(Math.ceil((SLOT_HEADER + key.length + body.length) / 8))
    const chunk = this.#chunkOf(slot)
    const at = offsetOf(slot)
    chunk.view.setUint32(at, hash, true)
    chunk.view.setUint16(at + KEY_SIZE, key.length, true)
    chunk.view.setUint32(at + STAMP, stamp, true)
    chunk.view.setUint32(at + SIZE, body.length, true)
    chunk.bytes.set(key, at + SLOT_HEADER)
    chunk.bytes.set(body, at + SLOT_HEADER + key.length)
    this.#enter(slot, hash)
    this.size++
    return slot
  }

  /** Gives a slot another body. Its key stays; its place may change. */
  replace(slot: number, body: Uint8Array, stamp: number): number {
    const chunk = this.#owned(slot)
    const at = offsetOf(slot)
    const keySize = chunk.view.getUint16(at + KEY_SIZE, true)
    const units = Math.ceil((SLOT_HEADER + keySize + body.length) / 8)
    if (units !== chunk.view.getUint16(at + UNITS, true)) {
      const key = this.key(slot).slice()
      this.remove(slot)
      return this.add(key, body, stamp)
    }
    chunk.view.setUint32(at + STAMP, stamp, true)
    chunk.view.setUint32(at + SIZE, body.length, true)
    chunk.bytes.set(body, at + SLOT_HEADER + keySize)
    return slot
  }

  remove(slot: number): void {
    this.#leave(slot)
    const chunk = this.#owned(slot)
    const at = offsetOf(slot)
    const index = Math.floor(slot / CHUNK_SLOTS)
    chunk.view.setUint16(at + KEY_SIZE, 0, true)
    this.size--
    chunk.live--
    if (chunk.live === 0) {
      for (const units of chunk.free.keys()) this.#roomy.get(units)?.delete(index)
      this.#chunks[index] = new Chunk(new Uint8Array(0))
      this.#vacant.push(index)
      if (index === this.#current) this.#current = -1
      return
    }
    const units = chunk.view.getUint16(at + UNITS, true)
    const free = chunk.free.get(units)
    if (free) free.push(at)
    else chunk.free.set(units, [at])
    const roomy = this.#roomy.get(units)
    if (roomy) roomy.add(index)
    else this.#roomy.set(units, new Set([index]))
  }

  /** A view of the key, valid until the arena is changed; of the body alike. */
  key(slot: number): Key {
    return keyIn(this.#chunkOf(slot), offsetOf(slot))
  }

  body(slot: number): Uint8Array {
    return bodyIn(this.#chunkOf(slot), offsetOf(slot))
  }

  /** Whether a key has these bytes behind its first. */
  startsWith(slot: number, start: Uint8Array): boolean {
    const { bytes, view } = this.#chunkOf(slot)
    const at = offsetOf(slot)
    if (view.getUint16(at + KEY_SIZE, true) <= start.length) return false
    const from = at + SLOT_HEADER + 1
    for (let n = 0; n < start.length; n++) if (bytes[from + n] !== start[n]) return false
    return true
  }

  stamp(slot: number): number {
    return this.#chunkOf(slot).view.getUint32(offsetOf(slot) + STAMP, true)
  }

  setStamp(slot: number, stamp: number): void {
    this.#owned(slot).view.setUint32(offsetOf(slot) + STAMP, stamp, true)
  }

  /** The slots in use, in the order of memory, also while slots come and go: those that come may be missing. */
  *slots(): Generator<number, undefined> {
    for (let index = 0; index < this.#chunks.length; index++) {
      const { layout } = this.#chunks[index] as Chunk
      for (let at = 0; ; ) {
        const chunk = this.#chunks[index] as Chunk
        // It was emptied, and filled again: all that was in it is gone.
        if (chunk.layout !== layout) break
        at = nextIn(chunk, at)
        if (at < 0) break
        yield index * CHUNK_SLOTS + at / 8
        at += chunk.view.getUint16(at + UNITS, true) * 8
      }
    }
  }

  /** What it holds now. Costs a copy of each chunk that is written afterwards. */
  snapshot(): ArenaSnapshot {
    for (const chunk of this.#chunks) chunk.isShared = true
    return [...this.#chunks]
  }

  #hash(key: Key): number {
    const head = key[0] as number
    let hash = this.#seed
    for (let n = 0; n < head; n++) hash = Math.imul(hash ^ (key[n] as number), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
    return (hash ^ (hash >>> 15)) >>> 0
  }

  #hasKey(slot: number, key: Key, length: number): boolean {
    const { bytes, view } = this.#chunkOf(slot)
    const at = offsetOf(slot)
    const size = view.getUint16(at + KEY_SIZE, true)
    if (length === key.length ? size !== length : size < length) return false
    for (let n = 0; n < length; n++) if (bytes[at + SLOT_HEADER + n] !== key[n]) return false
    return true
  }

  #start(hash: number): number {
    return hash & (this.#index.length - 1)
  }

  #next(at: number): number {
    return (at + 1) & (this.#index.length - 1)
  }

  #enter(slot: number, hash: number): void {
    let at = this.#start(hash)
    while (this.#index[at] !== 0) at = this.#next(at)
    this.#index[at] = slot + 1
  }

  /** Takes a slot out of the index, and moves those behind it up, so that no gap ends their search. */
  #leave(slot: number): void {
    let gap = this.#start(this.#hashAt(slot))
    while (this.#index[gap] !== slot + 1) gap = this.#next(gap)
    const mask = this.#index.length - 1
    for (let at = this.#next(gap); ; at = this.#next(at)) {
      const entry = this.#index[at] as number
      if (entry === 0) break
      const home = this.#start(this.#hashAt(entry - 1))
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      this.#index[gap] = entry
      gap = at
    }
    this.#index[gap] = 0
  }

  #hashAt(slot: number): number {
    return this.#chunkOf(slot).view.getUint32(offsetOf(slot), true)
  }

  #grow(): void {
    const old = this.#index
    this.#index = new Uint32Array(old.length * 2)
    for (const entry of old) if (entry !== 0) this.#enter(entry - 1, this.#hashAt(entry - 1))
  }

  #allocate(units: number): number {
    const roomy = this.#roomy.get(units)
    for (const index of roomy ?? []) {
      const chunk = this.#ownedAt(index)
      const free = chunk.free.get(units) as number[]
      const at = free.pop() as number
      if (free.length === 0) roomy?.delete(index)
      chunk.live++
      return index * CHUNK_SLOTS + at / 8
    }
    const bytes = units * 8
    const isFull = (this.#chunks[this.#current]?.end ?? CHUNK_BYTES) + bytes > CHUNK_BYTES
    if (isFull) {
      this.#current = this.#vacant.pop() ?? this.#chunks.length
      this.#chunks[this.#current] = new Chunk(new Uint8Array(Math.max(CHUNK_BYTES, bytes)))
    }
    const index = this.#current
    const chunk = this.#ownedAt(index)
    const at = chunk.end
    chunk.view.setUint16(at + UNITS, units, true)
    chunk.end += bytes
    chunk.live++
    return index * CHUNK_SLOTS + at / 8
  }

  #chunkOf(slot: number): Chunk {
    return this.#chunks[Math.floor(slot / CHUNK_SLOTS)] as Chunk
  }

  #owned(slot: number): Chunk {
    return this.#ownedAt(Math.floor(slot / CHUNK_SLOTS))
  }

  /** A chunk that may be written: no snapshot has it. */
  #ownedAt(index: number): Chunk {
    const chunk = this.#chunks[index] as Chunk
    if (!chunk.isShared) return chunk
    const copy = chunk.copy()
    this.#chunks[index] = copy
    return copy
  }
}

/** Keys and bodies of a snapshot, in the order of memory; of the chunks alone that `other` does not have. */
export function* slotsOf(
  snapshot: ArenaSnapshot,
  other: ArenaSnapshot = [],
): Generator<[key: Key, body: Uint8Array]> {
  const shared = new Set(other)
  for (const chunk of snapshot) {
    if (shared.has(chunk)) continue
    for (let at = nextIn(chunk, 0); at >= 0; ) {
      yield [keyIn(chunk, at), bodyIn(chunk, at)]
      at = nextIn(chunk, at + chunk.view.getUint16(at + UNITS, true) * 8)
    }
  }
}

function offsetOf(slot: number): number {
  return (slot % CHUNK_SLOTS) * 8
}

function nextIn({ view, end }: Chunk, from: number): number {
  for (let at = from; at < end; at += view.getUint16(at + UNITS, true) * 8) {
    if (view.getUint16(at + KEY_SIZE, true) !== 0) return at
  }
  return -1
}

function keyIn({ bytes, view }: Chunk, at: number): Key {
  const from = at + SLOT_HEADER
  return bytes.subarray(from, from + view.getUint16(at + KEY_SIZE, true))
}

function bodyIn({ bytes, view }: Chunk, at: number): Uint8Array {
  const from = at + SLOT_HEADER + view.getUint16(at + KEY_SIZE, true)
  return bytes.subarray(from, from + view.getUint32(at + SIZE, true))
}
