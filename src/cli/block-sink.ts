// Where a recording goes: a file, a FIFO, or standard output.
// In: a path, then blocks of pcapng. Out: a stream that writes one block at a time and counts those written.

import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ending } from './ending.js'
import { Output } from './output.js'
import { isFifo, WholeFile } from './whole-file.js'

/** If more bytes than this wait to be written, nothing is received: datagrams stay in the kernel's receive buffer. */
const BUFFER_BYTES = 1024 * 1024
/** Recordings hold keys. */
const OWNER_ONLY = 0o600
const READER_POLL_MS = 100

interface Target {
  write(block: Uint8Array): Promise<void> | void
  close?(): void
}

class BlockSink extends Writable {
  readonly #target: Target
  /** How many blocks were written whole. */
  blocks = 0

  constructor(target: Target) {
    super({ highWaterMark: BUFFER_BYTES })
    this.#target = target
  }

  override async _write(block: Uint8Array, _encoding: string, done: (error?: Error) => void) {
    try {
      await this.#target.write(block)
      this.blocks++
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  override _final(done: (error?: Error) => void) {
    try {
      this.#target.close?.()
      done()
    } catch (error) {
      done(error as Error)
    }
  }
}

/** @throws the system's error, with the path; the reason of `ending.asked` */
export async function openSink(file: string, output: Output, ending: Ending): Promise<BlockSink> {
  if (file === '-') return new BlockSink(output)
  if (!isFifo(file)) return new BlockSink(new WholeFile(file, OWNER_ONLY))
  const fd = await openFifo(file, ending.asked)
  return new BlockSink(new Output(fd, new Socket({ fd, readable: false }), ending))
}

/** Waits for a reader. A blocking `open` would keep the process from ending. */
async function openFifo(path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    }
    await sleep(READER_POLL_MS)
    signal.throwIfAborted()
  }
}
