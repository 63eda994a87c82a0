// `netlink-wasm record`: writes the kernel's notifications into a file.
// In: a file name, or `-` for standard output, and names of groups. Out: pcapng there, and the counts on standard
// error.

import { InvalidArgumentError } from 'commander'
import type { NetlinkError } from '../base/errors.js'
import { safeJson } from '../base/text.js'
import { openEndpoint } from '../kernel/recording-endpoint.js'
import { type NamedGroup, refusedGroupsText } from '../kernel/refused-groups.js'
import { RECEIVE_BUFFER_BYTES } from '../monitor/open-link-monitor.js'
import { recordSources, UnknownGroupError } from '../record/record-sources.js'
import { type RecordStats, recordNetlink } from '../record/recorder.js'
import { openSink } from './block-sink.js'
import type { Ending } from './ending.js'
import { type Output, ReaderStopped } from './output.js'
import { tellOnSignal } from './statistics.js'

export interface RecordFlags {
  /** Names of groups. Each may be several names with commas between them. */
  groups: readonly string[] | undefined
  dump: boolean
  /** The receive buffer to ask the kernel for, in bytes. */
  receiveBufferBytes?: number | undefined
}

/** Operation not permitted. */
const EPERM = -1
const PROGRESS_MS = 200
/** Moves to the start of the line and clears it. */
const REWRITE = '\r\x1b[K'

/**
 * Records until `ending` asks for the end.
 *
 * @throws InvalidArgumentError for wrong groups; NetlinkError; the file system's error, with the number of datagrams that
 *   were not written
 */
export async function recordFile(
  file: string,
  flags: RecordFlags,
  output: Output,
  ending: Ending,
): Promise<void> {
  const { dump, receiveBufferBytes = RECEIVE_BUFFER_BYTES } = flags
  const signal = ending.asked
  if (file === '-' && process.stdout.isTTY) {
    throw new InvalidArgumentError('expected a file, or a pipe for standard output, got a terminal')
  }
  const groups = flags.groups?.flatMap((names) => names.split(',')).filter((name) => name !== '')
  const sources = await recordSources({ groups, dump, signal }).catch((error) => {
    throw error instanceof UnknownGroupError ? new InvalidArgumentError(error.message) : error
  })
  const sink = await openSink(file, output, ending)
  const progress = process.stderr.isTTY ? new Progress() : undefined
  let stats: Readonly<RecordStats> = { datagrams: 0, bytes: 0, overruns: 0, truncated: 0 }
  const stopTelling = tellOnSignal(() => safeJson(stats))
  try {
    stats = await recordNetlink({
      sources: sources.map((source) => ({ ...source, receiveBufferBytes })),
      sink,
      signal,
      onProgress(soFar) {
        stats = soFar
        progress?.show(soFar)
      },
    })
    progress?.clear()
    tell(stats)
  } catch (error) {
    progress?.clear()
    const failure = error as Error
    const received = stats.datagrams
    // The first block is the header of the file.
    const lost = received - Math.max(0, sink.blocks - 1)
    if (lost > 0) failure.message += `: ${lost} of ${received} datagrams were not written`
    if ((error as NetlinkError).errno === EPERM) {
      failure.message += refusedGroupsText(openEndpoint, await groupsNamed(groups))
    }
    if (!(error instanceof ReaderStopped)) throw error
    console.error(`netlink-wasm: ${failure.message}`)
  } finally {
    stopTelling()
  }
}

/** The groups that were asked for, each with the name that the user gave. */
async function groupsNamed(names: readonly string[] = []): Promise<NamedGroup[]> {
  const groups: NamedGroup[] = []
  for (const name of names) {
    for (const { protocol, groups: numbers } of await recordSources({ groups: [name] })) {
      for (const number of numbers) groups.push({ name, protocol, number })
    }
  }
  return groups
}

function tell({ datagrams, bytes, overruns, truncated }: RecordStats): void {
  console.error(`netlink-wasm: ${counted({ datagrams, bytes })}`)
  if (overruns > 0) {
    const times = overruns === 1 ? 'once' : `${overruns} times`
    console.error(
      `netlink-wasm: the kernel dropped datagrams, ${times}: comments in the file mark where`,
    )
  }
  if (truncated > 0) console.error(`netlink-wasm: ${truncated} datagrams were cut`)
}

function counted({ datagrams, bytes }: Pick<RecordStats, 'datagrams' | 'bytes'>): string {
  return `${datagrams} datagrams, ${bytes} bytes`
}

/** The counts on a line of the terminal, which is overwritten. */
class Progress {
  #stats: Readonly<RecordStats> | undefined
  readonly #timer = setInterval(() => this.#draw(), PROGRESS_MS).unref()

  show(stats: Readonly<RecordStats>): void {
    this.#stats = stats
  }

  #draw(): void {
    // While the terminal is stopped, no further lines are queued.
    if (!this.#stats || process.stderr.writableLength > 0) return
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
