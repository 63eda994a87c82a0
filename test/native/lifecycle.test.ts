// Every way a receiver, its thread or its process can end: each case in a process of its own, whose
// exit code, signal and stderr are checked, on the main thread and inside a worker.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { endings } from './endings'
import { fixture, run } from './harness'

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
