// Keeps objects as the bytes of their messages, and finds them by key: a million routes take about a hundred bytes each.
// In: keys and bodies. Out: references to slots, and what lies in them. A snapshot shares chunks until they are written.

import { type Key, RecordChunk, unitsOf } from './record-chunk.js'

/** A slot starts below this offset of its chunk; a chunk for one large slot may be larger. */
const CHUNK_BYTES = 1 << 18
const CHUNK_SLOTS = CHUNK_BYTES / 8
const FIRST_CAPACITY = 64

/** What an arena held at one time. */
export type ArenaSnapshot = readonly RecordChunk[]

export class RecordArena {
  size = 0
  #chunks: RecordChunk[] = []
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
    const slot = this.#allocate(unitsOf(key.length, body.length))
    const chunk = this.#chunkOf(slot)
    chunk.write(offsetOf(slot), hash, key)
    chunk.writeBody(offsetOf(slot), body, stamp)
    this.#enter(slot, hash)
    this.size++
    return slot
  }

  /** Gives a slot another body. Its key stays; its place may change. */
  replace(slot: number, body: Uint8Array, stamp: number): number {
    const chunk = this.#owned(slot)
    const at = offsetOf(slot)
    if (unitsOf(chunk.keySize(at), body.length) !== chunk.units(at)) {
      const key = this.key(slot).slice()
      this.remove(slot)
      return this.add(key, body, stamp)
    }
    chunk.writeBody(at, body, stamp)
    return slot
  }

  remove(slot: number): void {
    this.#leave(slot)
    const chunk = this.#owned(slot)
    const at = offsetOf(slot)
    const index = Math.floor(slot / CHUNK_SLOTS)
    chunk.clear(at)
    this.size--
    chunk.live--
    if (chunk.live === 0) {
      for (const units of chunk.free.keys()) this.#roomy.get(units)?.delete(index)
      this.#chunks[index] = new RecordChunk(new Uint8Array(0))
      this.#vacant.push(index)
      if (index === this.#current) this.#current = -1
      return
    }
    const units = chunk.units(at)
    const free = chunk.free.get(units)
    if (free) free.push(at)
    else chunk.free.set(units, [at])
    const roomy = this.#roomy.get(units)
    if (roomy) roomy.add(index)
    else this.#roomy.set(units, new Set([index]))
  }

  /** A view of the key, valid until the arena is changed; of the body alike. */
  key(slot: number): Key {
    return this.#chunkOf(slot).key(offsetOf(slot))
  }

  body(slot: number): Uint8Array {
    return this.#chunkOf(slot).body(offsetOf(slot))
  }

  /** Whether a key has these bytes behind its first. */
  startsWith(slot: number, start: Uint8Array): boolean {
    return this.#chunkOf(slot).hasKeyBytes(offsetOf(slot), start, 1)
  }

  stamp(slot: number): number {
    return this.#chunkOf(slot).stamp(offsetOf(slot))
  }

  setStamp(slot: number, stamp: number): void {
    this.#owned(slot).setStamp(offsetOf(slot), stamp)
  }

  /** The slots in use, in the order of memory, also while slots come and go: those that come may be missing. */
  *slots(): Generator<number, undefined> {
    for (let index = 0; index < this.#chunks.length; index++) {
      const { layout } = this.#chunks[index] as RecordChunk
      for (let at = 0; ; ) {
        const chunk = this.#chunks[index] as RecordChunk
        // It was emptied, and filled again: all that was in it is gone.
        if (chunk.layout !== layout) break
        at = chunk.next(at)
        if (at < 0) break
        yield index * CHUNK_SLOTS + at / 8
        at += chunk.units(at) * 8
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

  /** Whether a slot has this key, or its head: `length` of its bytes. */
  #hasKey(slot: number, key: Key, length: number): boolean {
    const chunk = this.#chunkOf(slot)
    const at = offsetOf(slot)
    if (length === key.length && chunk.keySize(at) !== length) return false
    return chunk.hasKeyBytes(at, key, 0, length)
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
    return this.#chunkOf(slot).hash(offsetOf(slot))
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
      this.#chunks[this.#current] = new RecordChunk(new Uint8Array(Math.max(CHUNK_BYTES, bytes)))
    }
    const index = this.#current
    const chunk = this.#ownedAt(index)
    const at = chunk.extend(units)
    chunk.live++
    return index * CHUNK_SLOTS + at / 8
  }

  #chunkOf(slot: number): RecordChunk {
    return this.#chunks[Math.floor(slot / CHUNK_SLOTS)] as RecordChunk
  }

  #owned(slot: number): RecordChunk {
    return this.#ownedAt(Math.floor(slot / CHUNK_SLOTS))
  }

  /** A chunk that may be written: no snapshot has it. */
  #ownedAt(index: number): RecordChunk {
    const chunk = this.#chunks[index] as RecordChunk
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
    for (let at = chunk.next(0); at >= 0; at = chunk.after(at)) {
      yield [chunk.key(at), chunk.body(at)]
    }
  }
}

function offsetOf(slot: number): number {
  return (slot % CHUNK_SLOTS) * 8
}
