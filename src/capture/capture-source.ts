// Where the bytes of a capture come from: memory, a Blob, a web stream, anything iterable.
// In: one of them. Out: chunks, one at a time, and its end. Never reads ahead.

import { invalidType } from '../base/errors.js'

/**
 * A capture file: bytes in memory, a Blob or File, a ReadableStream, or any iterable of Uint8Array, such as
 * `createReadStream(path)` of Node.js. A source must not overwrite a chunk that it has yielded.
 */
export type CaptureSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>

/** The next chunk; undefined at the end. Without a promise if the bytes are in memory. */
type Chunk = Uint8Array | undefined

export interface ChunkReader {
  /** Total bytes, if known. */
  readonly totalBytes?: number
  next(): Promise<Chunk> | Chunk
  /** Releases the source, at its end or before. */
  close(ended: boolean): Promise<unknown> | undefined
}

/** The first piece of a Blob is small, so that the first frames are available soon. */
const FIRST_PIECE = 128 * 1024
const PIECE = 2 * 1024 * 1024

/** @throws TypeError if it is not a source */
export function openSource(source: CaptureSource): ChunkReader {
  if (ArrayBuffer.isView(source) || isArrayBuffer(source)) return memoryReader(bytesOf(source))
  if (typeof source === 'object' && source !== null) {
    if (isBlob(source)) return blobReader(source)
    if ('getReader' in source && typeof source.getReader === 'function') return streamReader(source)
    if (Symbol.asyncIterator in source) return iterableReader(source[Symbol.asyncIterator]())
    if (Symbol.iterator in source) return iterableReader(source[Symbol.iterator]())
  }
  throw invalidType(
    'expected bytes, a Blob, a ReadableStream or an iterable of Uint8Array as the capture',
  )
}

function isArrayBuffer(source: unknown): source is ArrayBuffer {
  return Object.prototype.toString.call(source) === '[object ArrayBuffer]'
}

function isBlob(source: object): source is Blob {
  const { size, slice, arrayBuffer } = source as Partial<Blob>
  return (
    typeof size === 'number' && typeof slice === 'function' && typeof arrayBuffer === 'function'
  )
}

/** A plain Uint8Array, also of a Buffer, whose `slice()` would not copy. */
function bytesOf(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) {
    if (Object.getPrototypeOf(chunk) === Uint8Array.prototype) return chunk as Uint8Array
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }
  if (isArrayBuffer(chunk)) return new Uint8Array(chunk)
  throw invalidType(`expected each chunk of the capture to be a Uint8Array, got ${typeof chunk}`)
}

function memoryReader(bytes: Uint8Array): ChunkReader {
  let given = false
  return {
    totalBytes: bytes.length,
    next() {
      if (given) return undefined
      given = true
      return bytes
    },
    close: () => undefined,
  }
}

/** By slices, not by `stream()`: large ones are faster, and one is in memory at a time. */
function blobReader(blob: Blob): ChunkReader {
  let at = 0
  return {
    totalBytes: blob.size,
    async next() {
      if (at >= blob.size) return undefined
      const end = Math.min(blob.size, at + (at === 0 ? FIRST_PIECE : PIECE))
      const piece = blob.slice(at, end)
      at = end
      return new Uint8Array(await piece.arrayBuffer())
    },
    close: () => undefined,
  }
}

function streamReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  const reader = stream.getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      return done ? undefined : bytesOf(value)
    },
    async close(ended) {
      if (!ended) await reader.cancel()
      reader.releaseLock()
    },
  }
}

type ChunkIterator = AsyncIterator<Uint8Array> | Iterator<Uint8Array>

function iterableReader(iterator: ChunkIterator): ChunkReader {
  const take = ({ done, value }: IteratorResult<Uint8Array>) => (done ? undefined : bytesOf(value))
  return {
    next() {
      const result = iterator.next()
      return 'then' in result ? Promise.resolve(result).then(take) : take(result)
    },
    async close(ended) {
      if (!ended) await iterator.return?.()
    },
  }
}
