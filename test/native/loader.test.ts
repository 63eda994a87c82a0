// Which file the shim is loaded from: what another user could have put beside a bundle is not, at any moment, and each
// thread gets the library that it has opened. `npm run attacks` plays the race 2,000 times.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, CAUGHT, makeEvil, raceForShim } from '../support/planted'
import { fixture, onThread, shimPath } from './harness'

const test = suite('loader')
const SHIM = `netlink-linux-${process.arch}.node`
const TRIES = 60
const isRoot = process.getuid?.() === 0
const rootTest = isRoot ? test : test.skip
let folder = ''

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'netlink-loader-'))
})

test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const beside = () => join(folder, SHIM)

/** What a command prints that is given the bundle of fixtures/where.mjs. */
function printed(command: string[], env: NodeJS.ProcessEnv = {}): string {
  const bundled = join(folder, 'where.cjs')
  bundle('where.mjs', bundled)
  const [program = '', ...args] = [...command, bundled]
  const options = { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 } as const
  const { status, signal, stdout, stderr } = spawnSync(program, args, options)
  assert.is(status, 0, `${signal} ${stderr}`)
  return stdout.trim()
}

test('beside the bundle, what root or this user alone can change is loaded', () => {
  copyFileSync(shimPath, beside())
  chmodSync(beside(), 0o644)
  assert.is(printed([process.execPath]), beside())
})

const others: [string, () => void, only?: 'root'][] = [
  ['a link, to a file of ours too', () => symlinkSync(shimPath, beside())],
  ['a link to nothing', () => symlinkSync('nothing', beside())],
  ['a folder', () => mkdirSync(beside(), 0o755)],
  ['a FIFO', () => spawnSync('mkfifo', ['-m', '644', beside()])],
  ['a file that the group can change', () => plant(0o664)],
  ['a file that everybody can change', () => plant(0o646)],
  ['a file of another user', () => plant(0o644, 1000), 'root'],
]

/** A library that must not be loaded. */
function plant(mode: number, uid?: number): void {
  makeEvil(beside())
  chmodSync(beside(), mode)
  if (uid !== undefined) chownSync(beside(), uid, uid)
}

for (const [what, make, only] of others) {
  const one = only === 'root' ? rootTest : test
  one(`${what} is passed over, for the shim that the bundle carries`, () => {
    make()
    assert.match(printed([process.execPath]), / \(deleted\)$/)
  })
}

rootTest('another user who swaps what lies there has no moment to be loaded in', async () => {
  const { code, signal, stdout, stderr, swaps } = await raceForShim(TRIES)
  assert.is.not(code, CAUGHT, 'the library of another user was loaded')
  assert.is(code, 0, `${signal} ${stderr}`)
  assert.is(stdout, `${TRIES}\n`)
  assert.ok(swaps > TRIES, `expected another user who keeps swapping, got ${swaps} times`)
})

// The number of the descriptor that a worker loaded by is free once it has ended, and the C library still knows the
// path that it was part of.
test('a library is never taken for one that a worker has loaded', () => {
  const [first = '', second = ''] = ['first', 'second'].map((name) => join(folder, name))
  for (const place of [first, second]) {
    mkdirSync(place)
    copyFileSync(shimPath, join(place, SHIM))
    chmodSync(join(place, SHIM), 0o644)
    bundle('where.mjs', join(place, 'where.cjs'))
  }
  const args = [fixture('reused.cjs'), join(first, 'where.cjs'), join(second, 'where.cjs')]
  const options = { encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr } = spawnSync(process.execPath, args, options)
  const both = `${join(first, SHIM)} ${join(second, SHIM)}`
  assert.is(stdout, `${join(first, SHIM)}\n${both}\nthe same number\n`, stderr)
})

rootTest('without /proc there is one clear error, and a path that is given is loaded', () => {
  copyFileSync(shimPath, beside())
  chmodSync(beside(), 0o644)
  const program = 'mount -t tmpfs tmpfs /proc && exec "$@"'
  const hidden = ['unshare', '--mount', 'sh', '-c', program, 'sh', process.execPath]
  const message = printed(hidden)
  assert.match(
    message,
    `ERR_NETLINK_UNSUPPORTED expected a native shim for linux ${process.arch}, got none.`,
  )
  assert.match(message, `Tried ${beside()}: /proc/self/fd/`)
  assert.is(printed(hidden, { NETLINK_WASM_SHIM: shimPath }), 'loaded')
})

// How a receiver waits has nothing to do with it.
if (!onThread) test.run()
