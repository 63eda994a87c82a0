// Another user plants a library beside a bundle of root's, while root loads its shim.
// In: how often. Out: what came of it. Takes root and a C compiler, and leaves nothing behind.

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { fixture, type Run, run } from '../native/harness'

const NOBODY = 65_534
const SHIM = `netlink-linux-${process.arch}.node`
const built = fileURLToPath(new URL(`../../build/${SHIM}`, import.meta.url))

/** What a process ends with that has loaded a library of `makeEvil()`. */
export const CAUGHT = 66

/** A library that ends the process as soon as it is loaded. */
export function makeEvil(path: string): void {
  const source = `#include <unistd.h>
    __attribute__((constructor)) static void run(void) { _exit(${CAUGHT}); }`
  const args = ['-shared', '-fPIC', '-x', 'c', '-', '-o', path]
  const { status, stderr } = spawnSync('gcc', args, { input: source, encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc: ${stderr}`)
}

/** An empty folder where everybody may put files, and nobody but their owner may remove them, as /tmp is. */
export function makeStickyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-sticky-'))
  chmodSync(folder, 0o1777)
  return folder
}

/** Bundles a fixture, with the loader and the shims in it. */
export function bundle(name: string, outfile: string): void {
  const entryPoints = [fixture(name)]
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', logLevel: 'error' })
}

/** Loads the shim `tries` times, while another user swaps what lies under its name. */
export async function raceForShim(tries: number): Promise<Run & { swaps: number }> {
  const folder = makeStickyFolder()
  // A link in a sticky folder is followed only where this is 0. Without the sticky bit it always is.
  if (readFileSync('/proc/sys/fs/protected_symlinks', 'utf8').trim() !== '0')
    chmodSync(folder, 0o777)
  const [victim, good, evil] = ['victim.cjs', 'good.node', 'evil.node'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  bundle('load.mjs', victim)
  copyFileSync(built, good)
  makeEvil(evil)
  chownSync(evil, NOBODY, NOBODY)
  const other = spawn(
    process.execPath,
    [fixture('swap.cjs'), folder, SHIM, good, evil, String(NOBODY)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let swaps = 0
  const first = new Promise<void>((resolve, reject) => {
    other.stdout.setEncoding('utf8').on('data', (lines: string) => {
      swaps = Number(lines.trim().split('\n').at(-1))
      resolve()
    })
    other.on('exit', () => reject(new Error('the other user has ended')))
  })
  try {
    await first
    const ended = await run(process.execPath, [victim, String(tries)], 20_000 + tries * 1000)
    return { ...ended, swaps }
  } finally {
    other.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}
