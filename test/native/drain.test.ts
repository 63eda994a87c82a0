// What a wake-up reports when recvmsg fails in one way and then in another.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Shim } from './harness.ts'
import { canScript, scriptedShim, wakeUps } from './scripted.ts'

const test = suite('drain')
const ENOBUFS = 105
const EINVAL = 22
const folder = mkdtempSync(join(tmpdir(), 'netlink-drain-'))
let shim: Shim

test.before(async () => {
  shim = await scriptedShim(folder)
})

test.after(() => rmSync(folder, { recursive: true, force: true }))

const data = { errno: 0, hasData: true, isEmpty: true }

test('an overrun does not end a drain', async () => {
  assert.equal(await wakeUps(shim, [ENOBUFS, 0]), [{ ...data, errno: -ENOBUFS }])
})

test('an errno ends a drain, and the next one goes on', async () => {
  assert.equal(await wakeUps(shim, [EINVAL, 0]), [
    { errno: -EINVAL, hasData: false, isEmpty: false },
    data,
  ])
})

test('an overrun before another errno: both are reported, and each datagram once', async () => {
  assert.equal(await wakeUps(shim, [ENOBUFS, EINVAL, 0]), [
    { errno: -ENOBUFS, hasData: false, isEmpty: false },
    { errno: -EINVAL, hasData: false, isEmpty: false },
    data,
  ])
  assert.equal((await wakeUps(shim, [ENOBUFS, 0, EINVAL])).slice(0, 2), [
    { errno: -ENOBUFS, hasData: true, isEmpty: false },
    { errno: -EINVAL, hasData: false, isEmpty: false },
  ])
})

test('stopped by the first of two reports, the second does not come', async () => {
  assert.equal(await wakeUps(shim, [ENOBUFS, EINVAL], true), [
    { errno: -ENOBUFS, hasData: false, isEmpty: false },
  ])
})

if (canScript()) test.run()
else if (process.env.CI) throw new Error('expected a C++ compiler, and the headers of Node.js')
