// Runs the live tests in a fresh network namespace, so that no link of this machine is ever touched.
// In: names of tests, or nothing for all. Out: uvu's exit code. Where a namespace or `ip` is not to be had: one line that says why,
// and exit code 0, or 1 when CI is set, as CI must not skip silently.

import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { unshare } from '../support/namespace.ts'
import { runUvu } from '../support/uvu.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Why the tests cannot run here; undefined when they can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `expected Linux, got ${process.platform}`
  for (const command of [
    ['ip', '-V'],
    [...unshare(), 'true'],
    [...unshare(), 'ip', 'link', 'show', 'lo'],
  ]) {
    const [file = '', ...args] = command
    const { error, status, signal, stderr } = spawnSync(file, args, {
      encoding: 'utf8',
      timeout: 60_000,
    })
    if (status === 0) continue
    const why = error?.message ?? (stderr.trim().split('\n')[0] || `ended with ${signal ?? status}`)
    return `\`${command.join(' ')}\`: ${why}`
  }
  return undefined
}

const why = obstacle()
if (why === undefined) {
  const env = { NETLINK_WASM_LIVE_OUTSIDE: readlinkSync('/proc/self/ns/net') }
  const names = process.argv.slice(2)
  const pattern = names.length > 0 ? `^(${names.join('|')})\\.test\\.ts$` : '\\.test\\.ts$'
  process.exitCode = await runUvu(here, pattern, { prefix: unshare(), env })
} else {
  console.log(`live tests skipped: ${why}`)
  process.exitCode = process.env.CI ? 1 : 0
}
