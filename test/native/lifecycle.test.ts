// Every way a receiver, its thread or its process can end: each case in a process of its own, whose
// exit code, signal and stderr are checked, on the main thread and inside a worker.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fixture, run } from './harness'

interface Ending {
  name: string
  code?: number
  /** What the case prints. */
  stdout?: string
  /** What is thrown and caught by nobody. */
  error?: string
  only?: 'worker'
}

const endings: Ending[] = [
  { name: 'natural exit after unref' },
  { name: 'ref again after unref', stdout: 'called back\n' },
  { name: 'paused does not keep the loop alive' },
  { name: 'process.exit with a live receiver', code: 5 },
  { name: 'process.exit inside the callback', code: 5 },
  { name: 'a throwing callback', code: 1, error: 'thrown by the callback' },
  { name: 'a throwing callback, caught', stdout: 'caught: call 1\ncaught: call 2\n' },
  { name: 'a window detached by memory.grow', stdout: 'errno -14, 0 bytes\n' },
  { name: 'memory.grow inside the callback', stdout: 'errno 0\nerrno -14\n' },
  { name: 'stop inside the callback', stdout: 'stopped\n' },
  { name: 'stop, then natural exit' },
  { name: '200 times open and stop', stdout: '0 left\n' },
  { name: 'worker.terminate with a live receiver', code: 1, only: 'worker' },
  { name: 'worker.terminate under load', code: 1, only: 'worker' },
  { name: 'worker.terminate in a busy callback', code: 1, only: 'worker' },
  {
    name: 'worker throws with a live receiver',
    code: 1,
    error: 'thrown by the worker',
    only: 'worker',
  },
]

const lifecycle = fixture('lifecycle.mjs')

for (const { name, code = 0, stdout = '', error, only } of endings) {
  if (only === undefined) {
    test(name, async () => {
      const ended = await run(process.execPath, [lifecycle, name])
      assert.is(ended.signal, null)
      if (error === undefined) assert.is(ended.stderr, '')
      else assert.match(ended.stderr, error)
      assert.is(ended.code, code)
      assert.is(ended.stdout, stdout)
    })
  }

  test(`${name}, in a worker`, async () => {
    const ended = await run(process.execPath, [lifecycle, name, 'worker'])
    assert.is(ended.signal, null)
    assert.is(ended.stderr, '')
    assert.is(ended.code, 0)
    const report = `${JSON.stringify({ code, error, left: 0 })}\n`
    assert.is(ended.stdout, `${stdout}${report}`)
  })
}

test.run()
