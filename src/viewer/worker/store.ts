// Reads frames of an indexed capture from its file again when they are needed.
// In: indexes of frames. Out: their bytes and trees. Caches a few blocks and trees, never the whole file.

import type { Dissector } from '../../tree/dissector.js'
import type { Tree } from '../../tree/tree.js'
import type { CaptureIndex } from './columns.js'

const BLOCK = 256 * 1024
const MAX_BLOCKS = 64
const MAX_TREES = 128

/** A map that drops its least recently used entry. */
class Recent<V> {
  readonly #map = new Map<number, V>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: number): V | undefined {
    const value = this.#map.get(key)
    if (value !== undefined) {
      this.#map.delete(key)
      this.#map.set(key, value)
    }
    return value
  }

  set(key: number, value: V): void {
    this.#map.set(key, value)
    if (this.#map.size <= this.#most) return
    for (const oldest of this.#map.keys()) {
      this.#map.delete(oldest)
      return
    }
  }

  clear(): void {
    this.#map.clear()
  }
}

/** Consecutive frames with their bytes. */
export interface Stretch {
  from: number
  /** The index after the last frame. */
  to: number
  bytesOf(frame: number): Uint8Array
}

export class FrameStore {
  readonly #blob: Blob
  readonly #index: CaptureIndex
  readonly #dissector: Dissector
  readonly #blocks = new Recent<Uint8Array>(MAX_BLOCKS)
  readonly #trees = new Recent<Tree>(MAX_TREES)
  /** How many families were known when the trees were made. When more are known, the names in trees change. */
  #families = 0

  constructor(blob: Blob, index: CaptureIndex, dissector: Dissector) {
    this.#blob = blob
    this.#index = index
    this.#dissector = dissector
  }

  /** The captured bytes of a frame. */
  async bytes(frame: number): Promise<Uint8Array> {
    const { dataAt, length } = this.#index.frames
    const from = dataAt[frame] as number
    const size = length[frame] as number
    const block = Math.floor(from / BLOCK)
    if (Math.floor((from + size) / BLOCK) !== block) return this.#read(from, from + size)
    let bytes = this.#blocks.get(block)
    if (!bytes) {
      bytes = await this.#read(block * BLOCK, (block + 1) * BLOCK)
      this.#blocks.set(block, bytes)
    }
    return bytes.subarray(from - block * BLOCK, from - block * BLOCK + size)
  }

  async tree(frame: number): Promise<Tree> {
    const families = this.#dissector.genericFamilies.size
    if (families !== this.#families) {
      this.#families = families
      this.#trees.clear()
    }
    let tree = this.#trees.get(frame)
    if (!tree) {
      tree = this.dissect(frame, await this.bytes(frame))
      this.#trees.set(frame, tree)
    }
    return tree
  }

  dissect(frame: number, bytes: Uint8Array): Tree {
    const { protocol, linkHeader, byteOrder } = this.#index.sourceOf(frame)
    const isCut = (this.#index.frames.originalLength[frame] as number) > bytes.length
    return this.#dissector.dissect(bytes, { protocol, linkHeader, byteOrder, isCut })
  }

  /** Reads frames from `from` on, up to `end`, with one read of about `most` bytes. */
  async stretch(from: number, end: number, most: number): Promise<Stretch> {
    const { dataAt, length } = this.#index.frames
    const start = dataAt[from] as number
    let to = from + 1
    while (to < end && (dataAt[to] as number) + (length[to] as number) - start <= most) to++
    const stop = (dataAt[to - 1] as number) + (length[to - 1] as number)
    const bytes = await this.#read(start, stop)
    const bytesOf = (frame: number) => {
      const at = (dataAt[frame] as number) - start
      return bytes.subarray(at, at + (length[frame] as number))
    }
    return { from, to, bytesOf }
  }

  async #read(from: number, to: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(from, to).arrayBuffer())
  }
}
