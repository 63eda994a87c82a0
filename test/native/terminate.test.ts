// Workers that are terminated at any moment: the process goes on, and no socket of theirs stays open. On every Node.js
// that there is, as each of them refuses calls in another way. `npm run attacks` does the same with 500 workers.

import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeVersions } from '../support/nodes'
import { fixture, openFds, run, shim, shimPath } from './harness'

const COUNT = 40
const built = fileURLToPath(new URL('../../build/index.js', import.meta.url))

for (const [version, path] of nodeVersions()) {
  test(`${COUNT} workers terminated at random moments, on Node ${version}`, async () => {
    const args = [fixture('terminate.mjs'), String(COUNT), built]
    const { code, signal, stdout, stderr } = await run(path, args, 300_000)
    assert.is(signal, null, stderr)
    assert.is(code, 0, stderr)
    assert.is(stderr, '')
    const { steps, ...report } = JSON.parse(stdout)
    assert.equal(report, { terminated: COUNT, errors: [], left: 0 })
    assert.ok(steps > COUNT, `expected workers that do something, got ${steps} steps`)
  })
}

test('a worker closes no socket but its own, when another one has got the number', async () => {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    parentPort.postMessage(require(workerData).socket(0))
    parentPort.on('message', () => {})`,
    { eval: true, workerData: shimPath },
  )
  const [fd] = await once(worker, 'message', { signal: AbortSignal.timeout(60_000) })
  closeSync(fd)
  const ours = shim.socket(0)
  const socket = openFds().get(ours)
  await worker.terminate()
  assert.is(ours, fd)
  assert.is(openFds().get(ours), socket)
  closeSync(ours)
})

test.run()
