// How a command ends: on a signal or when its time is up, even while nobody reads what it prints.
// In: signals and timeouts. Out: an AbortSignal that asks the command to end, and a second one once it has
// waited long enough for a reader.

import { TIMER_MAX } from '../base/deadline.js'
import { ReaderStopped } from './output.js'

/** As in coreutils' timeout. */
export const EXIT_TIMED_OUT = 124

/** If a command should end, and its reader reads nothing for this time, the command drops the rest. */
const PATIENCE_MS = 1000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Ending {
  readonly #asked = new AbortController()
  readonly #over = new AbortController()
  #patience: NodeJS.Timeout | undefined
  readonly #onSignal = (_name: string, number: number) => {
    if (this.asked.aborted) this.#over.abort()
    this.#ask(128 + number)
  }

  /** Aborted when the command should end; the reason is the exit code. */
  get asked(): AbortSignal {
    return this.#asked.signal
  }

  /** Aborted when nothing more should be written: the reader has read nothing for too long, or a second signal came. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Catches signals from now on. A command that does not call this ends at once on a signal. */
  catchSignals(): AbortSignal {
    for (const name of SIGNALS) process.on(name, this.#onSignal)
    return this.asked
  }

  /** Runs something, and asks it to end after `timeout` ms. */
  async within(timeout: number | undefined, run: () => Promise<void>): Promise<void> {
    const hasTimer = timeout !== undefined && timeout <= TIMER_MAX
    const timer = hasTimer ? setTimeout(() => this.#ask(EXIT_TIMED_OUT), timeout) : undefined
    try {
      await run()
    } finally {
      clearTimeout(timer)
    }
  }

  /** Runs a command that goes on until interrupted: a signal is its ordinary end, a timeout is not. */
  async untilInterrupted(timeout: number | undefined, run: () => Promise<void>): Promise<void> {
    await this.within(timeout, run).catch((error) => {
      if (!this.caused(error)) throw error
    })
    if (this.asked.reason === EXIT_TIMED_OUT) throw EXIT_TIMED_OUT
  }

  /** Whether a command failed only because it was asked to end. */
  caused(error: unknown): boolean {
    const { aborted, reason } = this.asked
    return aborted && (error === reason || error instanceof ReaderStopped)
  }

  /** The reader read something: it gets the full time again for the next write. */
  progress(): void {
    this.#patience?.refresh()
  }

  /** Ends the process: once everything is written, or after a moment if the command was asked to end. */
  exit(code: number): void {
    process.exitCode = code
    for (const name of SIGNALS) process.off(name, this.#onSignal)
    if (this.over.aborted) process.exit()
    if (this.asked.aborted) setTimeout(() => process.exit(), PATIENCE_MS).unref()
  }

  #ask(code: number): void {
    if (this.asked.aborted) return
    this.#asked.abort(code)
    this.#patience = setTimeout(() => this.#over.abort(), PATIENCE_MS).unref()
  }
}
