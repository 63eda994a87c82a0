// `netlink-wasm record`: what the kernel tells, into a file.
// In: a file name, or `-` for standard output, and names of groups. Out: pcapng there, and on standard
// error what was counted.

import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { RECEIVE_BUFFER_BYTES } from '../monitor/open-link-monitor.js'
import { recordSources, UnknownGroupError } from '../record/record-sources.js'
import { type RecordStats, recordNetlink } from '../record/recorder.js'
import { UsageError } from './usage.js'

export interface RecordFlags {
  /** Names of groups, or several with commas between them. */
  groups: readonly string[] | undefined
  dump: boolean
  /** What to ask the kernel for, in bytes. */
  receiveBufferBytes?: number | undefined
  signal: AbortSignal
}

/** Written at once while the disk, or the reader, keeps up. */
const BUFFER_BYTES = 1024 * 1024
const PROGRESS_MS = 200
/** To the start of the line, and nothing on it. */
const REWRITE = '\r\x1b[K'

/** @throws UsageError; NetlinkError; what the file system says */
export async function recordFile(file: string, flags: RecordFlags): Promise<void> {
  const { dump, signal, receiveBufferBytes = RECEIVE_BUFFER_BYTES } = flags
  const isPipe = file === '-'
  if (isPipe && process.stdout.isTTY) {
    throw new UsageError('expected a file, or a pipe for standard output, got a terminal')
  }
  const groups = flags.groups?.flatMap((names) => names.split(',')).filter((name) => name !== '')
  const sources = await recordSources({ groups, dump, signal }).catch((error) => {
    throw error instanceof UnknownGroupError ? new UsageError(error.message) : error
  })
  const sink = isPipe ? pipeStream() : await fileStream(file)
  const progress = process.stderr.isTTY ? new Progress() : undefined
  try {
    const stats = await recordNetlink({
      sources: sources.map((source) => ({ ...source, receiveBufferBytes })),
      sink,
      signal,
      onProgress: (soFar) => progress?.show(soFar),
    })
    progress?.clear()
    tell(stats)
  } catch (error) {
    progress?.clear()
    // The reader has gone (`… | head`): nothing is left to do.
    if (isPipe && (error as NodeJS.ErrnoException).code === 'EPIPE') return
    throw error
  }
}

/** Not process.stdout, whose writes to a pipe would block the loop, and signals with it. */
function pipeStream(): WriteStream {
  const fd = process.stdout.fd
  return createWriteStream('', { fd, autoClose: false, highWaterMark: BUFFER_BYTES })
}

async function fileStream(file: string): Promise<WriteStream> {
  const stream = createWriteStream(file, { highWaterMark: BUFFER_BYTES })
  await once(stream, 'open')
  return stream
}

function tell({ datagrams, bytes, overruns, truncated }: RecordStats): void {
  console.error(`netlink-wasm: ${counted({ datagrams, bytes })}`)
  if (overruns > 0) {
    const times = overruns === 1 ? 'once' : `${overruns} times`
    console.error(`netlink-wasm: the kernel dropped datagrams, ${times}: the file tells where`)
  }
  if (truncated > 0) console.error(`netlink-wasm: ${truncated} datagrams were cut`)
}

function counted({ datagrams, bytes }: Pick<RecordStats, 'datagrams' | 'bytes'>): string {
  return `${datagrams} datagrams, ${bytes} bytes`
}

/** A line on the terminal that is written over. */
class Progress {
  #stats: Readonly<RecordStats> | undefined
  readonly #timer = setInterval(() => this.#draw(), PROGRESS_MS).unref()

  show(stats: Readonly<RecordStats>): void {
    this.#stats = stats
  }

  #draw(): void {
    if (!this.#stats) return
    const { overruns } = this.#stats
    const lost = overruns > 0 ? `, ${overruns} overruns` : ''
    process.stderr.write(`${REWRITE}${counted(this.#stats)}${lost}`)
    this.#stats = undefined
  }

  clear(): void {
    clearInterval(this.#timer)
    process.stderr.write(REWRITE)
  }
}
