// Signals of waits on every Node.js there is: a composed one fires although its sources are held by nothing else.

import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeVersions } from '../support/nodes.ts'

/** Waits with a composed signal, collects garbage, and prints how the wait ended. */
const CODE = `
import { openLinkMonitor, recordNetlink } from 'netlink-wasm'
import { fakeKernel } from 'netlink-wasm/testing'

const { signal } = new AbortController()
const composed = () => AbortSignal.any([AbortSignal.any([signal, AbortSignal.timeout(100)])])
const kernel = fakeKernel({ links: [{}] })
const monitor = await openLinkMonitor({ socket: kernel })
const waits = [
  monitor.waitForAttach({ signal: composed(), settle: 10 }),
  monitor.waitForDetach('eth1', { signal: composed() }),
  kernel.recv({ signal: composed() }),
]
setTimeout(gc, 10)
setTimeout(gc, 30)
const never = setTimeout(() => console.log('never'), 30_000)
const ended = await Promise.allSettled(waits)
clearTimeout(never)
console.log(ended.map(({ reason }) => reason?.name).join())
`

for (const [version, node] of nodeVersions()) {
  test(`a composed signal fires though garbage is collected: ${version}`, () => {
    const args = ['--expose-gc', '--input-type=module', '-e', CODE]
    const printed = execFileSync(node, args, { encoding: 'utf8', timeout: 60_000 })
    assert.is(printed, 'TimeoutError,TimeoutError,TimeoutError\n')
  })
}

test.run()
