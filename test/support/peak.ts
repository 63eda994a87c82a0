// How much memory the built command takes at most while it decodes what comes through a pipe.
// In: chunks of a capture, and flags of `decode`. Out: its exit code and the peak of its resident memory.
// The kernel counts the peak (VmHWM of /proc/self/status), and the command's last act is to pass it on.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
/** Not maxRSS of getrusage(2), which counts the process that forked it too. */
const TELL_PEAK = `import { readFileSync, writeSync } from 'node:fs'
process.on('exit', () => writeSync(3, /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status'))[1]))`
const PRELOAD = `data:text/javascript,${encodeURIComponent(TELL_PEAK)}`
const STDERR_KEPT = 10_000
const PATIENCE_MS = 3_600_000

export interface Peak {
  code: number | null
  signal: NodeJS.Signals | null
  /** Most bytes that were resident; undefined where the process was killed or died. */
  bytes: number | undefined
  /** Bytes written to the command's standard input, and read from its standard output. */
  read: number
  printed: number
  stderr: string
}

/** Runs `decode - FLAGS`. */
export async function decodePeak(source: Iterable<Uint8Array>, flags: string[]): Promise<Peak> {
  const child = spawn(process.execPath, ['--import', PRELOAD, CLI, 'decode', '-', ...flags], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  })
  const closed = once(child, 'close')
  let [read, printed, stderr, peak] = [0, 0, '', '']
  child.stdout.on('data', (data: Buffer) => {
    printed += data.length
  })
  child.stderr.on('data', (data: Buffer) => {
    if (stderr.length < STDERR_KEPT) stderr += data
  })
  child.stdio[3]?.on('data', (data: Buffer) => {
    peak += data
  })
  // It may end before it has read all.
  child.stdin.on('error', () => {})
  for (const chunk of source) {
    if (child.exitCode !== null || child.stdin.destroyed) break
    read += chunk.length
    if (!child.stdin.write(chunk)) {
      await Promise.race([once(child.stdin, 'drain').catch(() => {}), closed])
    }
  }
  child.stdin.end()
  const [code, signal] = await closed
  const bytes = peak === '' ? undefined : Number(peak) * 1024
  return { code, signal, bytes, read, printed, stderr }
}
