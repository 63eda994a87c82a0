// What the command writes where there is no room for it: all or nothing of a file, and an error that says which.
// A limit on the size of files stands for a full disk: both take a part of a write, and refuse the next one.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const CLI = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const CAPTURE = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))

const test = suite<{ folder: string; path: string }>('whole files')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-files-'))
  context.path = join(context.folder, 'file')
})

test.after.each(({ folder }) => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the command by a line of shell, in which `cli` is the command. */
function run(line: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', line.replace(/\bcli\b/, `'${process.execPath}' '${CLI}'`)],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  )
  return { status, stderr }
}

/** `ulimit -f` counts in 512 bytes, or in 1024. */
const LIMITED = 'ulimit -f 3;'
const permissions = (path: string) => statSync(path).mode & 0o777

test('standard output: what was cut short is an error', ({ path }) => {
  for (const args of [`decode '${CAPTURE}'`, `decode '${CAPTURE}' --json`]) {
    const { status, stderr } = run(`${LIMITED} cli ${args} > '${path}'`)
    assert.equal(
      [status, stderr],
      [1, 'netlink-wasm: EFBIG: file too large, write to standard output\n'],
    )
  }
  for (const args of ['--help', 'schema', 'view --no-open']) {
    const { status, stderr } = run(`cli ${args} > /dev/full`)
    assert.equal(
      [status, stderr],
      [1, 'netlink-wasm: ENOSPC: no space left on device, write to standard output\n'],
      args,
    )
  }
})

test('--output: nothing is left of a file that did not fit, and the error names it', ({ path }) => {
  const commands = [`schema rt-link --output`, `view '${CAPTURE}' --no-open --output`]
  for (const command of commands) {
    const { status, stderr } = run(`${LIMITED} cli ${command} '${path}'`)
    assert.equal([status, stderr], [1, `netlink-wasm: EFBIG: file too large, write '${path}'\n`])
    assert.is(statSync(path).size, 0)
    const device = run(`cli ${command} /dev/full`)
    const message = "netlink-wasm: ENOSPC: no space left on device, write '/dev/full'\n"
    assert.equal([device.status, device.stderr], [1, message])
  }
})

test('a page with a capture in it belongs to its owner alone; a file that was there keeps its mode', ({
  folder,
  path,
}) => {
  const page = (more: string, file: string) =>
    assert.equal(run(`umask 022; cli view ${more} --no-open --output '${file}'`), {
      status: 0,
      stderr: '',
    })
  page(`'${CAPTURE}'`, path)
  assert.is(permissions(path), 0o600)
  chmodSync(path, 0o640)
  const link = join(folder, 'link')
  symlinkSync(path, link)
  writeFileSync(path, 'before')
  page(`'${CAPTURE}'`, link)
  assert.is(permissions(path), 0o640)
  assert.match(readFileSync(path, 'utf8'), /data-name="link\.pcap"/)
  rmSync(path)
  page('', path)
  assert.is(permissions(path), 0o644)
})

test.run()
