// Files that never end with a partial write.
// In: a path, then bytes. Out: a file with each write as a whole, or without it if the disk is full.

import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'

export class WholeFile {
  readonly #path: string
  readonly #fd: number
  #length = 0

  /** Creates or empties a file, like `>` in a shell. `mode` is for a new file. @throws the system's error */
  constructor(path: string, mode = 0o666) {
    this.#path = path
    this.#fd = openSync(path, 'w', mode)
  }

  /**
   * Appends synchronously: passing a block to one of libuv's threads takes longer than writing it.
   *
   * @throws the system's error, with the path; the file then ends where it did before
   */
  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      this.#cutBack()
      throw this.#named(error)
    }
    this.#length += bytes.length
  }

  /** @throws the system's error, as `write()`: some file systems report a full disk only now */
  close(): void {
    try {
      closeSync(this.#fd)
    } catch (error) {
      throw this.#named(error)
    }
  }

  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#length)
    } catch {
      // A device has no length.
    }
  }

  #named(error: unknown): unknown {
    const named = error as Error
    named.message += ` '${this.#path}'`
    return named
  }
}

/** @throws the system's error, as `WholeFile`; the file is then empty */
export function writeWholeFile(path: string, bytes: Uint8Array, mode?: number): void {
  const file = new WholeFile(path, mode)
  try {
    file.write(bytes)
  } finally {
    file.close()
  }
}

/** Whether a path is a FIFO, where opening and reading wait for the other end. */
export function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
}
