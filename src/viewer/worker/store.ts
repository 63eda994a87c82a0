// Reads frames of an indexed capture from its file again when they are needed.
// In: indexes of frames. Out: their bytes and trees. Caches a few blocks and trees, never the whole file.

import type { Dissector } from '../../tree/dissector.js'
import type { TreeNode } from '../../tree/node.js'
import type { Tree } from '../../tree/tree.js'
import { type CaptureIndex, ROW_FOREIGN, ROW_MESSAGE } from './columns.js'

const BLOCK = 256 * 1024
const MAX_BLOCKS = 64
const MAX_TREES = 16

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
  #blob: Blob
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

  /** Reads from another file, before anything was read: what a compressed one was unpacked to. */
  open(blob: Blob): void {
    this.#blob = blob
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

  /** The node of a row: a message, or whatever is there instead. */
  async node(row: number): Promise<TreeNode | undefined> {
    if (this.#index.rows.kind[row] === ROW_FOREIGN) return undefined
    return this.nodeIn(row, await this.bytes(this.#index.rows.frame[row] as number))
  }

  /**
   * The node of a row, given its frame's bytes. Its tree has that message alone, and so its offsets count from the message. A frame
   * may hold thousands of messages, more than its own tree can have, and messages of one shape share their layout.
   */
  nodeIn(row: number, bytes: Uint8Array): TreeNode | undefined {
    const { rows, frames } = this.#index
    const frame = rows.frame[row] as number
    const { protocol, byteOrder, isNetlink } = this.#index.sourceOf(frame)
    if (!isNetlink) return undefined
    const at = rows.at[row] as number
    const padded = (at + (rows.length[row] as number) + 3) & ~3
    const isMessage = rows.kind[row] === ROW_MESSAGE
    const end = isMessage ? Math.min(padded, bytes.length) : bytes.length
    const isCut = end === bytes.length && (frames.originalLength[frame] as number) > bytes.length
    const options = { protocol, byteOrder, isCut, linkHeader: 'none' } as const
    const tree = this.#dissector.dissect(bytes.subarray(at, end), options)
    return tree.size > 1 ? tree.node(1) : undefined
  }

  /** Reads frames from `from` on, up to `end`, with one read of about `most` bytes. */
  async stretch(from: number, end: number, most: number): Promise<Stretch> {
    const { dataAt } = this.#index.frames
    const start = dataAt[from] as number
    let to = from + 1
    while (to < end && this.#endOf(to) - start <= most) to++
    return this.#stretch(from, to)
  }

  /** Reads frames up to `last`, and with it, with one read of about `most` bytes. */
  async stretchTo(last: number, most: number): Promise<Stretch> {
    const { dataAt } = this.#index.frames
    const stop = this.#endOf(last)
    let from = last
    while (from > 0 && stop - (dataAt[from - 1] as number) <= most) from--
    return this.#stretch(from, last + 1)
  }

  #endOf(frame: number): number {
    const { dataAt, length } = this.#index.frames
    return (dataAt[frame] as number) + (length[frame] as number)
  }

  async #stretch(from: number, to: number): Promise<Stretch> {
    const { dataAt, length } = this.#index.frames
    const start = dataAt[from] as number
    const bytes = await this.#read(start, this.#endOf(to - 1))
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
