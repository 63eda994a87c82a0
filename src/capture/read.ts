// Reads capture files as a stream.
// In: bytes from any source, in any chunks. Out: frames. Holds one chunk and the record that spans its
// end, so that a capture may be larger than memory.

import { checkFunction } from '../base/argument-checks.js'
import { Deadline } from '../base/deadline.js'
import { type CaptureSource, type ChunkReader, openSource } from './capture-source.js'
import type { CaptureFrame } from './frame.js'
import { Intake } from './intake.js'

export interface CaptureProgress {
  /** Bytes read so far. */
  bytesRead: number
  /** All bytes, if the source knows: bytes in memory, a Blob. */
  totalBytes?: number
}

export interface CaptureOptions {
  /** Aborting it ends the reading with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Called once for each chunk, before its frames. */
  onProgress?: ((progress: CaptureProgress) => void) | undefined
}

/** The most bytes of a chunk in one batch: a source may be one chunk. */
const BATCH_BYTES = 1024 * 1024
/** After this many bytes without waiting, other work gets its turn. */
const BREATH_BYTES = 16 * 1024 * 1024

/**
 * The frames of a pcap or pcapng file, one at a time. `readCaptureBatches` is faster. A file that is broken or
 * cut yields every frame before that, and then throws.
 *
 * @throws NetlinkError whose `offset` is the byte of the file where the record or block starts:
 *   ERR_NETLINK_CAPTURE_FORMAT if it is not a capture file, or has an unknown version;
 *   ERR_NETLINK_CAPTURE_TRUNCATED if the file ends within a record or block;
 *   ERR_NETLINK_CAPTURE_BLOCK if a length or a field makes no sense: what follows cannot be found
 * @throws TypeError for a source, chunk or option of a wrong type; the errors of the source
 */
export async function* readCapture(
  source: CaptureSource,
  options: CaptureOptions = {},
): AsyncGenerator<CaptureFrame, void, undefined> {
  for await (const frames of readCaptureBatches(source, options)) {
    for (const frame of frames) {
      yield frame
      options?.signal?.throwIfAborted()
    }
  }
}

/**
 * The frames of a pcap or pcapng file, those of a chunk (or of 1 MiB of it) at a time. No batch is
 * empty. Throws as `readCapture`.
 */
export async function* readCaptureBatches(
  source: CaptureSource,
  options: CaptureOptions = {},
): AsyncGenerator<CaptureFrame[], void, undefined> {
  const onProgress = options?.onProgress ?? undefined
  if (onProgress !== undefined) checkFunction('onProgress', onProgress)
  const deadline = new Deadline({ signal: options?.signal })
  let reader: ChunkReader | undefined
  let state: 'idle' | 'reading' | 'ended' = 'idle'
  try {
    deadline.signal?.throwIfAborted()
    reader = openSource(source)
    const { totalBytes } = reader
    const intake = new Intake()
    let bytesRead = 0
    let unbroken = 0
    for (;;) {
      state = 'reading'
      const next = reader.next()
      const waited = next instanceof Promise
      const chunk = waited ? ((await deadline.race(next)) as Uint8Array | undefined) : next
      if (chunk === undefined) {
        state = 'ended'
        break
      }
      state = 'idle'
      for (let at = 0; at < chunk.length; at += BATCH_BYTES) {
        const part = chunk.length > BATCH_BYTES ? chunk.subarray(at, at + BATCH_BYTES) : chunk
        const frames: CaptureFrame[] = []
        const failure = attempt(() => intake.push(part, frames))
        bytesRead += part.length
        onProgress?.(totalBytes === undefined ? { bytesRead } : { bytesRead, totalBytes })
        if (frames.length > 0) yield frames
        if (failure) throw failure.error
        unbroken = waited && at === 0 ? 0 : unbroken + part.length
        if (unbroken >= BREATH_BYTES) {
          unbroken = 0
          await new Promise((resolve) => setTimeout(resolve))
        }
        deadline.signal?.throwIfAborted()
      }
    }
    intake.end()
  } finally {
    deadline.close()
    const closed = reader?.close(state === 'ended')?.catch(() => {})
    // A source that is still asked for bytes may never answer.
    if (state !== 'reading') await closed
  }
}

function attempt(action: () => void): { error: unknown } | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return { error }
  }
}
