// `netlink-wasm view` as a user runs it: on a terminal, with and without a display.
// A folder stands for PATH, and its xdg-open writes down what it is asked to open. No browser is started.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const VIEWER = fileURLToPath(new URL('../../build/viewer.html', import.meta.url))
const CAPTURE = fileURLToPath(new URL('../captures/tc.pcap', import.meta.url))
/** Of util-linux: gives a command a terminal. */
const SCRIPT = '/usr/bin/script'

const test = suite<{ folder: string }>('view command')

test.before.each((context) => {
  context.folder = realpathSync(mkdtempSync(join(tmpdir(), 'netlink-view-test-')))
})

test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true, force: true })
})

interface Outcome {
  status: number | null
  /** Lines that were printed. */
  lines: string[]
  /** What xdg-open was asked to open. */
  opened: string[]
}

interface Run {
  args: string[]
  display?: Record<string, string>
  /** What xdg-open is; without, there is none. */
  opener?: string
  isTerminal?: boolean
}

/** Runs the command in the folder, and then waits until xdg-open has ended, if it was started. */
async function run(
  folder: string,
  { args, display = {}, opener, isTerminal = true }: Run,
): Promise<Outcome> {
  const log = join(folder, 'opened')
  const path = join(folder, 'xdg-open')
  if (opener !== undefined) {
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${log}'\n${opener}\n`)
    chmodSync(path, 0o755)
  }
  const quoted = [process.execPath, CLI, ...args].map((each) => `'${each}'`).join(' ')
  const { status, stdout } = spawnSync(
    isTerminal ? SCRIPT : '/bin/sh',
    isTerminal ? ['-qec', quoted, '/dev/null'] : ['-c', quoted],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: folder, HOME: folder, TMPDIR: folder, SHELL: '/bin/sh', ...display },
    },
  )
  const until = Date.now() + 60_000
  while (isRunning(path)) {
    if (Date.now() > until) throw new Error('expected xdg-open to end')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const opened = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
  return { status, lines: stdout.trimEnd().split(/\r?\n/), opened }
}

/**
 * Whether a process runs this script. The command starts it before it ends itself, as spawn() returns only when the child
 * has called execve(): what does not run after the command has run before, or never.
 */
function isRunning(script: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script)
    } catch {
      // It has ended since.
      return false
    }
  })
}

const hasTerminal = existsSync(SCRIPT)
const onTerminal = hasTerminal ? test : test.skip

onTerminal('opens the page of a capture where there is a display', async ({ folder }) => {
  for (const display of [{ DISPLAY: ':7' }, { WAYLAND_DISPLAY: 'wayland-0' }]) {
    rmSync(join(folder, 'opened'), { force: true })
    const { status, lines, opened } = await run(folder, {
      args: ['view', CAPTURE],
      display,
      opener: 'exit 0',
    })
    assert.is(status, 0)
    assert.is(lines.length, 1)
    assert.equal(opened, lines)
    assert.is(dirname(dirname(opened[0] as string)), folder)
    assert.match(readFileSync(opened[0] as string, 'utf8'), /id="capture" data-name="tc\.pcap">\w/)
  }
})

onTerminal('opens the viewer itself without a file', async ({ folder }) => {
  const { status, lines, opened } = await run(folder, {
    args: ['view'],
    display: { DISPLAY: ':7' },
    opener: 'exit 0',
  })
  assert.equal([status, lines, opened], [0, [VIEWER], [VIEWER]])
})

onTerminal('opens an absolute path, whatever the page is called', async ({ folder }) => {
  const { status, lines, opened } = await run(folder, {
    args: ['view', CAPTURE, '--output=--help page.html'],
    display: { DISPLAY: ':7' },
    opener: 'exit 0',
  })
  assert.is(status, 0)
  assert.equal(lines, ['--help page.html'])
  assert.equal(opened, [join(folder, '--help page.html')])
})

onTerminal('prints the path where nothing can open it', async ({ folder }) => {
  const display = { DISPLAY: ':7' }
  const failed = await run(folder, { args: ['view'], display, opener: 'exit 3' })
  assert.equal([failed.status, failed.lines, failed.opened], [0, [VIEWER], [VIEWER]])
  rmSync(join(folder, 'xdg-open'))
  rmSync(join(folder, 'opened'))
  const absent = await run(folder, { args: ['view'], display })
  assert.equal([absent.status, absent.lines, absent.opened], [0, [VIEWER], []])
})

onTerminal('opens nothing without a display, or where it is told so', async ({ folder }) => {
  const opener = 'exit 0'
  const without = await run(folder, { args: ['view'], opener })
  assert.equal([without.status, without.lines, without.opened], [0, [VIEWER], []])
  const told = await run(folder, {
    args: ['view', '--no-open'],
    display: { DISPLAY: ':7' },
    opener,
  })
  assert.equal([told.status, told.lines, told.opened], [0, [VIEWER], []])
})

test('opens nothing where its output is read by a program', async ({ folder }) => {
  const { status, lines, opened } = await run(folder, {
    args: ['view'],
    display: { DISPLAY: ':7' },
    opener: 'exit 0',
    isTerminal: false,
  })
  assert.equal([status, lines, opened], [0, [VIEWER], []])
})

test.run()
