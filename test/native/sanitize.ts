// The shim under AddressSanitizer (with its leak check) and UndefinedBehaviorSanitizer.
// In: native/'s sources and a g++. Out: one line a case, and exit code 1 after any report. Where the
// sanitizers are missing it says so and ends with 0, or with 1 when CI is set. Leaves nothing behind.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { compile, compiler, headers, shimSources } from './compile.ts'
import { endings } from './endings.ts'
import { fixture, has, type Run, run } from './harness.ts'

const built = fileURLToPath(new URL('../../build/index.js', import.meta.url))
/** Several times a case's usual length, as the machine may be busy. */
const CASE_MS = 180_000
const WORKERS = 40
/** Cases whose names hold all of these, as said behind `--`. */
const words = process.argv.slice(2)

interface Case {
  name: string
  addon: string
  command: string[]
  env?: NodeJS.ProcessEnv
  /** Whether it ended as it should, reports aside. */
  isRight?: (ended: Run) => boolean
  /** It must be reported: proof that a clean run is worth something. */
  faulty?: boolean
}

/** The sanitizers' libraries, to be loaded before everything else; a reason where one is missing. */
function findLibraries(): { preload: string } | { missing: string } {
  if (process.platform !== 'linux') return { missing: `expected Linux, got ${process.platform}` }
  if (!existsSync(join(headers, 'node_api.h'))) return { missing: `no node_api.h in ${headers}` }
  const paths: string[] = []
  for (const library of ['libasan.so', 'libubsan.so']) {
    const { stdout, error } = spawnSync(compiler, [`-print-file-name=${library}`], {
      encoding: 'utf8',
    })
    if (error) return { missing: `${compiler}: ${error.message}` }
    // A library that is not there comes back as its bare name.
    if (!stdout.startsWith('/')) return { missing: `${compiler} has no ${library}` }
    paths.push(stdout.trim())
  }
  return { preload: paths.join(' ') }
}

function cases(folder: string): Case[] {
  const shim = join(folder, 'netlink.node')
  const faulty = join(folder, 'faulty.node')
  const node = process.execPath
  const lifecycle = fixture('lifecycle.mjs')
  const found: Case[] = ['out of bounds', 'use after free', 'leak', 'overflow'].map((fault) => ({
    name: `${fault}, on purpose`,
    addon: faulty,
    command: [node, '--eval', `require(${JSON.stringify(faulty)})`],
    env: { FAULT: fault },
    faulty: true,
  }))
  for (const { name, code = 0, stdout = '', error, only } of endings) {
    if (only === undefined) {
      const isRight = (ended: Run) => ended.code === code && ended.stdout === stdout
      found.push({ name, addon: shim, command: [node, lifecycle, name], isRight })
    }
    const report = `${stdout}${JSON.stringify({ code, error, left: 0 })}\n`
    found.push({
      name: `${name}, in a worker`,
      addon: shim,
      command: [node, lifecycle, name, 'worker'],
      isRight: (ended) => ended.code === 0 && ended.stdout === report,
    })
  }
  found.push({
    name: `${WORKERS} workers terminated at random moments`,
    addon: shim,
    command: [node, fixture('terminate.mjs'), String(WORKERS), built],
    isRight: ({ stdout }) => {
      const { steps, ...report } = JSON.parse(stdout || '{}')
      return (
        isDeepStrictEqual(report, { terminated: WORKERS, errors: [], left: 0 }) && steps > WORKERS
      )
    },
  })
  // Both ways of waiting end alike.
  for (const one of found.filter(({ faulty }) => !faulty)) {
    const env = { NETLINK_WASM_TEST_THREAD: '1' }
    found.push({ ...one, name: `${one.name}, on a thread`, env })
  }
  for (const file of ['arguments', 'socket', 'recv']) {
    const path = fileURLToPath(new URL(`${file}.test.ts`, import.meta.url))
    const command = [node, '--import', 'tsx', path]
    found.push({ name: basename(path), addon: shim, command, isRight: ({ code }) => code === 0 })
  }
  if (has('unshare', '--net', 'true') && has('ip', '-Version')) {
    found.push({
      name: 'an overrun',
      addon: shim,
      command: ['unshare', '--net', node, fixture('overrun.mjs')],
      isRight: ({ stdout }) => stdout.includes('"errno":-105'),
    })
    found.push({
      name: 'groups by number',
      addon: shim,
      command: ['unshare', '--net', node, fixture('groups.mjs'), '1', '5', '36'],
      isRight: ({ stdout }) => stdout.includes('"heard":[1,5]'),
    })
  }
  return found
}

/** What the sanitizers said in a case; '' when nothing that concerns the addon. */
async function check(one: Case, preload: string, folder: string): Promise<string> {
  const log = mkdtempSync(join(folder, 'log-'))
  const options = [
    // Leaks are judged below, by who made them: node's own do not count.
    'detect_leaks=1:exitcode=0:log_path=',
    `${join(log, 'report')}:`,
    `stack_trace_format="    #%n %F %S %M"`,
  ].join('')
  const [command = '', ...rest] = one.command
  const ended = await run(
    'env',
    [
      `ASAN_OPTIONS=${options}`,
      'UBSAN_OPTIONS=print_stacktrace=1',
      `NETLINK_WASM_SHIM=${one.addon}`,
      // What a test starts (ip, python3) is not to be checked.
      'NODE_OPTIONS=--import=data:text/javascript,delete%20process.env.LD_PRELOAD',
      ...Object.entries(one.env ?? {}).map(([name, value]) => `${name}=${value}`),
      `LD_PRELOAD=${preload}`,
      command,
      ...rest,
    ],
    CASE_MS,
  )
  const logs = readdirSync(log).map((file) => readFileSync(join(log, file), 'utf8'))
  const reports = [...logs, ended.stderr].flatMap((text) => reportsIn(text, basename(one.addon)))
  if (reports.length > 0 || one.faulty || (one.isRight?.(ended) && ended.signal === null)) {
    return reports.join('\n')
  }
  const { code, signal, stdout, stderr } = ended
  return `ended with ${signal ?? code}\n${stdout}${stderr}`
}

/** Every error, and of the leaks those that `addon` made. */
function reportsIn(text: string, addon: string): string[] {
  const errors = /ERROR: AddressSanitizer|runtime error: |AddressSanitizer:DEADLYSIGNAL/.test(text)
  const leaks = text
    .split('\n\n')
    .filter((part) => /^(Direct|Indirect) leak of /.test(part) && isMadeBy(part, addon))
  return errors ? [text] : leaks
}

/**
 * Whether the addon, or Node-API on its behalf, allocated what leaked: not V8 for itself, whose heap
 * is never torn down at process.exit(), and not the JavaScript that a callback of the addon's ran.
 */
function isMadeBy(leak: string, addon: string): boolean {
  const frames = leak.split('\n').slice(1)
  const first = frames.findIndex((frame) => frame.includes(`(${addon}+`))
  return first >= 0 && !frames.slice(0, first).some((frame) => /\bv8::|make_callback/.test(frame))
}

async function main(): Promise<number> {
  const libraries = findLibraries()
  if ('missing' in libraries) {
    console.log(`sanitizers skipped: ${libraries.missing}`)
    return process.env.CI ? 1 : 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'netlink-sanitize-'))
  let failed = 0
  try {
    const checks =
      `-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined`.split(
        ' ',
      )
    await Promise.all([
      compile(join(folder, 'netlink.node'), shimSources, checks),
      compile(join(folder, 'faulty.node'), [fixture('faulty.cc')], checks),
    ])
    const queue = cases(folder).filter(({ name }) => words.every((word) => name.includes(word)))
    const work = async () => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        const said = await check(one, libraries.preload, folder)
        const isGood = one.faulty ? said !== '' : said === ''
        if (!isGood) failed++
        const verdict = one.faulty ? 'reported' : 'clean'
        console.log(`${isGood ? verdict : `not ${verdict}`}: ${one.name}`)
        if (!isGood) console.log(said.replace(/^/gm, '    '))
      }
    }
    await Promise.all([work(), work()])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(failed === 0 ? 'sanitizers: nothing found' : `sanitizers: ${failed} cases failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()
