// The built CLI as a child process: started, watched line by line, and always ended.
// In: arguments. Out: what it printed and its exit code, or a failed test when it takes too long.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Link, RTMGRP_LINK } from 'netlink-wasm'
import { netlinkSockets } from '../support/netlink-sockets.ts'
import { afterwards, until, WAIT_MS } from './harness.ts'

export const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))

/** What a terminal would be told by, and CI's hints, are for each test to set. */
export function cliEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH } = process.env
  return { PATH, ...extra }
}

export interface Ended {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** One JSON object of `watch --json`. */
export type JsonEvent = Omit<Link, 'altnames'> & {
  event: 'present' | 'added' | 'changed' | 'renamed' | 'removed' | 'synced' | 'gap'
  deleted?: true
  altnames?: string[]
}

/** Starts a command; killed after `timeoutMs`, or with its test. Its signal then says so. */
export function start(
  command: string,
  args: string[],
  env = cliEnv(),
  timeoutMs = 60_000,
): Running {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const running = new Running(child)
  running.ended.finally(() => clearTimeout(timer)).catch(() => {})
  afterwards(() => child.kill('SIGKILL'))
  return running
}

export function cli(...args: string[]): Running {
  return start(process.execPath, [CLI, ...args])
}

export class Running {
  stdout = ''
  stderr = ''
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<Ended>
  isEnded = false
  /** Events before this one have been looked at. */
  #cursor = 0

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        this.isEnded = true
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
      })
    })
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('expected the command to start')
    return this.child.pid
  }

  /**
   * Waits until it has bound its socket and, where it asks for a dump first, has had the answer: then
   * the bound socket is its only one. Seen three times in a row, as the second is opened after the first.
   */
  async waiting(): Promise<void> {
    let inARow = 0
    await until(`${this.child.spawnargs.join(' ')} to wait; it said: ${this.stderr}`, async () => {
      if (this.isEnded) throw new Error(`expected it to wait, got its end: ${this.stderr}`)
      const sockets = netlinkSockets(this.pid)
      const isListening = sockets.length === 1 && ((sockets[0]?.groups ?? 0) & RTMGRP_LINK) !== 0
      // On a busy machine it may be bound and yet not have had the time to read the links there are.
      inARow = isListening && isAsleep(this.pid) ? inARow + 1 : 0
      await sleep(15)
      return inARow === 3
    })
  }

  /** The complete lines so far, as JSON. */
  events(): JsonEvent[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  /** The next event that is of this type and passes; those before it are passed over. */
  async next(type: JsonEvent['event'], test: (link: JsonEvent) => boolean): Promise<JsonEvent> {
    let found: JsonEvent | undefined
    await until(`"${type}" where ${test}; after ${this.#cursor} of:\n${this.stdout}`, () => {
      const events = this.events()
      while (!found && this.#cursor < events.length) {
        const event = events[this.#cursor++] as JsonEvent
        if (event.event === type && test(event)) found = event
      }
      return found !== undefined
    })
    return found as JsonEvent
  }

  /** Fails when it ends within `ms`: a wait that was met too early. */
  async goesOn(ms = 300): Promise<void> {
    await Promise.race([this.ended, sleep(ms)])
    if (this.isEnded)
      throw new Error(`expected it to go on, got its end: ${this.stdout}${this.stderr}`)
  }
}

/** Whether a process waits for something to happen, rather than for a processor. */
function isAsleep(pid: number): boolean {
  try {
    return /\) S /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Runs the CLI to its end, within `WAIT_MS`. */
export async function cliResult(...args: string[]): Promise<Ended> {
  return start(process.execPath, [CLI, ...args], cliEnv(), WAIT_MS).ended
}
