// What a wake-up reports when recvmsg fails in one way and then in another: a kernel does that, but not when asked to. So
// this build of the shim has a recvmsg that fails as it is told to, over a real socket.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compile, compiler, headers, shimSources } from './compile.ts'
import { dumpRequest, fixture, has, onThread, rxWindow, type Shim, send, until } from './harness.ts'

const test = suite('drain')
const ENOBUFS = 105
const EINVAL = 22
const folder = mkdtempSync(join(tmpdir(), 'netlink-drain-'))
let shim: Shim

test.before(async () => {
  const addon = join(folder, 'netlink.node')
  const flags = ['-O1', '-Wl,-Bsymbolic']
  await compile(addon, [...shimSources, fixture('recvmsg.cc')], flags)
  shim = createRequire(import.meta.url)(addon)
})

test.after(() => {
  delete process.env.RECVMSG
  rmSync(folder, { recursive: true, force: true })
})

/** The wake-ups of a dump, until one has been empty, or the first if that shall stop. */
async function wakeUps(script: number[], isStopped = false) {
  const fd = shim.socket(0)
  shim.bind(fd, 0, 0)
  const seen: { errno: number; hasData: boolean; isEmpty: boolean }[] = []
  const received = (errno: number, used: number, isEmpty: boolean) => {
    seen.push({ errno, hasData: used > 0, isEmpty })
    if (isStopped) stop()
  }
  const stop = shim.recv(fd, rxWindow(), received, onThread)
  stop.pause()
  await send(fd, dumpRequest)
  process.env.RECVMSG = script.join(' ')
  stop.resume()
  await until(
    'the queue to be empty',
    () => (isStopped ? seen.length > 0 : seen.some(({ isEmpty }) => isEmpty)),
    60_000,
  )
  stop()
  assert.is(process.env.RECVMSG, '', 'not all of the list was used')
  return seen
}

const data = { errno: 0, hasData: true, isEmpty: true }

test('an overrun does not end a drain', async () => {
  assert.equal(await wakeUps([ENOBUFS, 0]), [{ ...data, errno: -ENOBUFS }])
})

test('an errno ends a drain, and the next one goes on', async () => {
  assert.equal(await wakeUps([EINVAL, 0]), [
    { errno: -EINVAL, hasData: false, isEmpty: false },
    data,
  ])
})

test('an overrun before another errno: both are reported, and each datagram once', async () => {
  assert.equal(await wakeUps([ENOBUFS, EINVAL, 0]), [
    { errno: -ENOBUFS, hasData: false, isEmpty: false },
    { errno: -EINVAL, hasData: false, isEmpty: false },
    data,
  ])
  assert.equal((await wakeUps([ENOBUFS, 0, EINVAL])).slice(0, 2), [
    { errno: -ENOBUFS, hasData: true, isEmpty: false },
    { errno: -EINVAL, hasData: false, isEmpty: false },
  ])
})

test('stopped by the first of two reports, the second does not come', async () => {
  assert.equal(await wakeUps([ENOBUFS, EINVAL], true), [
    { errno: -ENOBUFS, hasData: false, isEmpty: false },
  ])
})

const isPossible = has(compiler, '--version') && existsSync(join(headers, 'node_api.h'))
if (isPossible) test.run()
else if (process.env.CI) throw new Error(`expected ${compiler}, and node_api.h in ${headers}`)
