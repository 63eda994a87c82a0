// Runs uvu, with a deadline, and believes no empty pass.
// In: a folder and a pattern of file names. Out: an exit code. uvu has no deadline of its own, and exits
// with 0 also when it found no test or when a hook threw and took a suite with it.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const RUN_MS = 3_600_000

const uvu = join(dirname(createRequire(import.meta.url).resolve('uvu/assert')), '..', 'bin.js')

export interface RunOptions {
  /** A command that runs the rest of its arguments, such as `unshare --net`. */
  prefix?: string[]
  env?: NodeJS.ProcessEnv
}

/** Passes on what uvu prints; resolves to the exit code for the whole run. */
export function runUvu(folder: string, pattern: string, options: RunOptions = {}): Promise<number> {
  const { prefix = [], env = {} } = options
  const [file = '', ...args] = [...prefix, process.execPath, uvu, '-r', 'tsx', folder, pattern]
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const timer = setTimeout(() => {
    console.error(`tests of ${folder}: not done after ${RUN_MS / 1000} s`)
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
      console.error(`tests of ${folder}: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? verdict(folder, printed) : (code ?? 1))
    })
  })
}

function verdict(folder: string, printed: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: uvu colours its counts
  const plain = printed.replace(/\x1b\[\d+m/g, '')
  const count = (label: string) => Number(new RegExp(`^ +${label}: +(\\d+)$`, 'm').exec(plain)?.[1])
  const total = count('Total')
  if (total > 0 && count('Passed') === total) return 0
  console.error(
    `tests of ${folder}: expected all to run and pass, got ${count('Passed')} of ${total}`,
  )
  return 1
}
