// Unpacks compressed captures with what the platform has: gzip everywhere, zstd where DecompressionStream knows it.
// In: a Blob. Out: a Blob with the capture.

import { captureError } from './frame.js'

export type Compression = 'gzip' | 'zstd'

/** A file that unpacks to more is refused: a few kilobytes can become as large as a disk. */
const UNPACKED_MAX = 2 ** 31

const EXPECTED = 'a pcap or pcapng file'

/** By the first four bytes; undefined for a file that is not compressed. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const [first, second, third, fourth] = head
  if (first === 0x1f && second === 0x8b) return 'gzip'
  const isZstd = first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd
  return isZstd ? 'zstd' : undefined
}

/**
 * @throws NetlinkError ERR_NETLINK_CAPTURE_FORMAT if the platform does not know the format, or the file is broken or too
 *   large; the reason of `signal`
 */
export async function unpack(blob: Blob, format: Compression, signal: AbortSignal): Promise<Blob> {
  let stream: DecompressionStream
  try {
    stream = new DecompressionStream(format as 'gzip')
  } catch {
    throw captureError('FORMAT', EXPECTED, `${format}, which this platform cannot unpack`, 0)
  }
  let size = 0
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.length
      if (size > UNPACKED_MAX)
        throw captureError('FORMAT', `at most ${UNPACKED_MAX} unpacked bytes`, 'more', 0)
      controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
    },
  })
  try {
    const chunks = blob.stream().pipeThrough(stream, { signal }).pipeThrough(bound)
    return await new Response(chunks as ReadableStream<Uint8Array<ArrayBuffer>>).blob()
  } catch (error) {
    signal.throwIfAborted()
    if ((error as { code?: unknown }).code === 'ERR_NETLINK_CAPTURE_FORMAT') throw error
    throw captureError('FORMAT', EXPECTED, `a ${format} file that cannot be unpacked`, 0)
  }
}
