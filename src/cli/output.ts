// Writes what a command prints: one write at a time, each awaited, so that a slow reader slows the command down.
// In: text or bytes, and a stream. Out: the same bytes there, or an error if they cannot be written, or nobody reads.

import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { Ending } from './ending.js'

/** PIPE_BUF: a pipe accepts up to this much whole or not at all. */
const ATOMIC_BYTES = 4096
const NEWLINE = 10

export class Output {
  readonly #fd: number
  readonly #stream: Writable
  readonly #ending: Ending
  readonly #isFile: boolean
  /** Rejects the write that is waiting. */
  #giveUp = () => {}

  /** `stream` writes to `fd`. */
  constructor(fd: number, stream: Writable, ending: Ending) {
    this.#fd = fd
    this.#stream = stream
    this.#ending = ending
    // For Node.js, terminals are sockets too.
    this.#isFile = !(stream instanceof Socket)
    // The write itself rejects.
    stream.on('error', () => {})
    ending.over.addEventListener('abort', () => this.#giveUp())
  }

  /** Prints one line or several. If the reader stops in between, it has only whole lines, if they fit into PIPE_BUF. */
  async print(text: string): Promise<void> {
    for (const piece of pieces(Buffer.from(`${text}\n`))) await this.write(piece)
  }

  /**
   * Resolves once all bytes are written.
   *
   * @throws the system's error, EPIPE if the reader has gone; ReaderStopped
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isFile) return this.#writeFile(bytes)
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = () => reject(new ReaderStopped())
      if (this.#ending.over.aborted) return this.#giveUp()
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
    this.#ending.progress()
  }

  /** Writes to a file. Node's own stream for it ignores that a full disk cut a write short. */
  #writeFile(bytes: Uint8Array): void {
    try {
      writeFileSync(this.#fd, bytes)
    } catch (error) {
      ;(error as Error).message += ' to standard output'
      throw error
    }
  }
}

/** The command has to end, and nobody reads the rest of its output. */
export class ReaderStopped extends Error {
  override name = 'ReaderStopped'
  override message = 'expected a reader, got one that has stopped'
}

/** Cuts text into pieces of whole lines that fit into PIPE_BUF; a longer line is a piece of its own. */
function* pieces(lines: Buffer): Generator<Buffer> {
  for (let start = 0; start < lines.length; ) {
    const most = start + ATOMIC_BYTES
    const last = most < lines.length ? lines.lastIndexOf(NEWLINE, most - 1) : lines.length - 1
    const end = 1 + (last < start ? lines.indexOf(NEWLINE, start) : last)
    yield lines.subarray(start, end)
    start = end
  }
}

/** Makes a stream nonblocking. Otherwise a stopped terminal would block the whole process, also signals and timeouts. */
export function unblock(stream: NodeJS.WriteStream): void {
  const { _handle } = stream as { _handle?: { setBlocking?(isBlocking: boolean): void } }
  if (stream.isTTY) _handle?.setBlocking?.(false)
}
