// A source of recorded datagrams, or of other chunks of bytes.
// In: chunks. Out: a source that returns one for each read. Runs anywhere.

import { checkBytes, checkList } from '../base/argument-checks.js'
import { Deadline, type WaitOptions } from '../base/deadline.js'
import { type ByteSource, newStats, type ReceiveStats } from '../kernel/byte-source.js'

export interface ReplaySource extends ByteSource {
  readonly stats: ReceiveStats
  /** How many chunks are left. */
  readonly remaining: number
  /** Appends chunks. */
  push(...chunks: Uint8Array[]): void
  /** Ends the source: a wait that needs more rejects with ERR_NETLINK_SOURCE_ENDED. */
  end(): void
  recv(options?: WaitOptions): Promise<Uint8Array | null>
}

export interface ReplayOptions {
  /** 'datagram' (default): each chunk is one datagram. 'stream': chunks may be cut anywhere. */
  framing?: 'datagram' | 'stream'
  /** Stay open for `push()` after the last chunk, instead of ending. */
  open?: boolean
}

/** A source that returns recorded chunks, one for each read, as a socket would. */
export function replay(
  chunks: Iterable<Uint8Array> = [],
  { framing = 'datagram', open = false }: ReplayOptions = {},
): ReplaySource {
  checkList('chunks', chunks, 'bytes')
  let queue = [...chunks]
  for (const chunk of queue) checkBytes('each of chunks', chunk)
  /** How many chunks of `queue` were returned. It is not shortened for each, as shift() would move all others. */
  let taken = 0
  const stats = newStats()
  let isOpen = open
  const waiting: (() => void)[] = []
  const wake = () => {
    for (const resume of waiting.splice(0)) resume()
  }
  return {
    framing,
    stats,
    get remaining() {
      return queue.length - taken
    },
    push(...more) {
      queue.push(...more)
      wake()
    },
    end() {
      isOpen = false
      wake()
    },
    async recv(options) {
      const deadline = new Deadline(options)
      try {
        deadline.signal?.throwIfAborted()
        if (queue.length === taken && isOpen) {
          await deadline.race(new Promise<void>((resolve) => waiting.push(resolve)))
        }
      } finally {
        deadline.close()
      }
      const chunk = queue[taken] ?? null
      if (chunk && ++taken === queue.length) {
        queue = []
        taken = 0
      }
      if (chunk) {
        stats.datagrams++
        stats.bytes += chunk.length
      }
      return chunk
    },
  }
}
