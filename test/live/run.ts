// Runs the live tests in a fresh network namespace, so that no link of this machine is ever touched.
// In: nothing. Out: uvu's exit code. Where a namespace or `ip` is not to be had: one line that says why,
// and exit code 0, or 1 when CI is set, as CI must not skip silently.

import { spawn, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Above what the whole run takes; uvu has no deadline of its own. */
const RUN_MS = 300_000

const here = fileURLToPath(new URL('.', import.meta.url))
const uvu = join(dirname(createRequire(import.meta.url).resolve('uvu/assert')), '..', 'bin.js')
const unshare =
  process.getuid?.() === 0
    ? ['unshare', '--net']
    : ['unshare', '--user', '--map-root-user', '--net']

/** Why the tests cannot run here; undefined when they can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `expected Linux, got ${process.platform}`
  for (const command of [
    ['ip', '-V'],
    [...unshare, 'true'],
    [...unshare, 'ip', 'link', 'show', 'lo'],
  ]) {
    const [file = '', ...args] = command
    const { error, status, signal, stderr } = spawnSync(file, args, {
      encoding: 'utf8',
      timeout: 10_000,
    })
    if (status === 0) continue
    const why = error?.message ?? (stderr.trim().split('\n')[0] || `ended with ${signal ?? status}`)
    return `\`${command.join(' ')}\`: ${why}`
  }
  return undefined
}

/** Runs uvu and passes on what it prints; resolves to the exit code for the whole run. */
function run(): Promise<number> {
  const [file = '', ...prefix] = unshare
  const args = [...prefix, process.execPath, uvu, '-r', 'tsx', here, '\\.test\\.ts$']
  const env = { ...process.env, NETLINK_WASM_LIVE_OUTSIDE: readlinkSync('/proc/self/ns/net') }
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => {
    console.error(`live tests: not done after ${RUN_MS / 1000} s`)
    child.kill('SIGKILL')
  }, RUN_MS)
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    process.stdout.write(text)
  })
  return new Promise((resolve) => {
    child.on('error', (error) => {
      clearTimeout(timer)
      console.error(`live tests: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? verdict(printed) : (code ?? 1))
    })
  })
}

/** uvu also exits with 0 when it found no test, and when a hook threw and took a suite with it. */
function verdict(printed: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: uvu colours its counts
  const plain = printed.replace(/\x1b\[\d+m/g, '')
  const count = (label: string) => Number(new RegExp(`^ +${label}: +(\\d+)$`, 'm').exec(plain)?.[1])
  const total = count('Total')
  if (total > 0 && count('Passed') === total) return 0
  console.error(
    `live tests: expected every test to run and pass, got ${count('Passed')} of ${total}`,
  )
  return 1
}

const why = obstacle()
if (why === undefined) {
  process.exitCode = await run()
} else {
  console.log(`live tests skipped: ${why}`)
  process.exitCode = process.env.CI ? 1 : 0
}
