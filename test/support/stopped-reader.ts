// A reader that has stopped: a command prints into a FIFO that this process holds open, and reads when told to.
// In: the command's arguments. Out: the child, what it takes of memory, and how it ends.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'

export const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
export const CAPTURE = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))
/** A command that does not end by then is killed; its signal says so. */
const RUN_MS = 60_000

export interface End {
  args: string[]
  /** Without one, the command's own `--timeout` ends it. */
  signal?: NodeJS.Signals
  /** An exit code; the signal itself where the command does not catch it. */
  end: number | string
}

/** How a command ends, asked by a signal or by its own `--timeout`, while nobody reads what it prints. */
export const ENDS: End[] = [
  { args: ['watch'], signal: 'SIGINT', end: 0 },
  { args: ['watch', '--json', '--stats'], signal: 'SIGTERM', end: 0 },
  { args: ['watch', '--timeout', '0.2'], end: 124 },
  { args: ['links'], signal: 'SIGINT', end: 130 },
  { args: ['links', '--json'], signal: 'SIGTERM', end: 143 },
  { args: ['wait', 'detach', 'no-such-link'], signal: 'SIGHUP', end: 129 },
  { args: ['wait', 'detach', 'no-such-link', '--timeout', '0.2'], end: 124 },
  { args: ['decode', CAPTURE], signal: 'SIGINT', end: 130 },
  { args: ['decode', CAPTURE, '--nodes'], signal: 'SIGTERM', end: 143 },
  { args: ['record', '-'], signal: 'SIGINT', end: 0 },
  { args: ['record', '-', '--timeout', '0.2'], end: 0 },
  { args: ['schema'], signal: 'SIGTERM', end: 'SIGTERM' },
  { args: ['view', '--no-open'], signal: 'SIGTERM', end: 'SIGTERM' },
]

export class StoppedReader {
  readonly path: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-fifo-'))
  readonly #fd: number

  constructor() {
    this.path = join(this.#folder, 'fifo')
    execFileSync('mkfifo', [this.path])
    this.#fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** Fills the pipe with empty lines: not one byte more fits. */
  fill(): void {
    for (const size of [4096, 1]) {
      while (attempt(() => writeSync(this.#fd, Buffer.alloc(size, '\n'))) !== undefined);
    }
  }

  /** Reads what is in the pipe now. */
  take(): Buffer {
    const parts: Buffer[] = []
    for (;;) {
      const part = Buffer.alloc(65_536)
      const length = attempt(() => readSync(this.#fd, part))
      if (length === undefined) return Buffer.concat(parts)
      parts.push(part.subarray(0, length))
    }
  }

  close(): void {
    closeSync(this.#fd)
    rmSync(this.#folder, { recursive: true })
  }
}

/** undefined where the pipe is full, or empty. */
function attempt(action: () => number): number | undefined {
  try {
    return action()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}

/** The command, with the pipe for its standard output; without one, that goes nowhere. */
export class IntoStopped {
  readonly child: ChildProcess
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  isEnded = false
  stderr = ''

  /** Where `isStderrToo`, standard error goes the same way. */
  constructor(args: string[], reader?: StoppedReader, isStderrToo = false) {
    const fd = openSync(reader?.path ?? '/dev/null', 'w')
    const script = isStderrToo ? 'exec "$@" 2>&1' : 'exec "$@"'
    this.child = spawn('sh', ['-c', script, 'sh', process.execPath, CLI, ...args], {
      stdio: ['ignore', fd, 'pipe'],
    })
    closeSync(fd)
    const timer = setTimeout(() => this.child.kill('SIGKILL'), RUN_MS)
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code, signal) => {
        clearTimeout(timer)
        this.isEnded = true
        resolve(code ?? signal ?? '')
      })
    })
  }

  get pid(): number {
    return this.child.pid as number
  }

  /** Its largest memory so far, in MiB. */
  get peak(): number {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status(this.pid))?.[1]) / 1024
  }

  /** Waits until it waits for something other than a processor, and catches signals if it ever does. */
  async blocked(isCatching = true): Promise<void> {
    for (let inARow = 0, tries = 0; inARow < 5; tries++) {
      if (this.isEnded || tries > 3000) {
        throw new Error(`expected it to wait for its reader; it said: ${this.stderr}`)
      }
      // Bit 0 is SIGHUP, which Node.js itself does not catch.
      const isCaught = /^SigCgt:.*[13579bdf]$/m.test(status(this.pid))
      inARow = isCaught === isCatching && /^State:\s+S/m.test(status(this.pid)) ? inARow + 1 : 0
      await sleep(20)
    }
  }
}

/** Runs a command of ENDS into a full pipe to its end, and holds that nothing was written. */
export async function endIntoFull({ args, signal, end }: End): Promise<IntoStopped> {
  const reader = new StoppedReader()
  reader.fill()
  const running = new IntoStopped(args, reader)
  try {
    if (signal) {
      await running.blocked(typeof end === 'number')
      running.child.kill(signal)
    }
    assert.is(await running.ended, end, args.join(' '))
    assert.match(reader.take().toString(), /^\n+$/)
    return running
  } finally {
    running.child.kill('SIGKILL')
    reader.close()
  }
}

function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return '' // It has ended meanwhile.
  }
}
