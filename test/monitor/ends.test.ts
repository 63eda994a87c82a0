// How waits end that are not met: aborted, timed out, closed or failed, at every point, leaving nothing.

import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import type { NetlinkError } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { collectGarbage, until } from '../support/monitor.ts'
import { heard } from '../support/virtual-time.ts'
import { type Monitor, SOON, waits } from '../support/waits.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

// --- abort, timeout, close ---------------------------------------------------------------------------

/** Each waiter, with a condition that never comes true. */
const EVERY: [name: string, start: (m: Monitor, o: object) => Promise<unknown>][] = [
  ['attach', (monitor, options) => monitor.waitForAttach(options)],
  [
    'attach, settling',
    (monitor, options) => monitor.waitForAttach({ except: [], settle: 60_000, ...options }),
  ],
  ['detach', (monitor, options) => monitor.waitForDetach('eth1', options)],
  ['detach of any', (monitor, options) => monitor.waitForDetach(undefined, options)],
  ['media', (monitor, options) => monitor.waitForMediaSwitch('eth1', options)],
  ['operstate', (monitor, options) => monitor.waitForOperState('eth1', 'DOWN', options)],
  ['unknown', (monitor, options) => monitor.waitForOperState('eth9', 'UP', options)],
  ['carrier', (monitor, options) => monitor.waitForCarrier('eth9', options)],
  ['predicate', (monitor, options) => monitor.waitFor(() => false, options)],
]

for (const [name, start] of EVERY) {
  waits(
    `${name}: aborted before, at the start, later, in an event`,
    async ({ kernel, monitor }) => {
      const reason = new Error('mine')
      assert.is(await rejection(start(monitor, { signal: AbortSignal.abort(reason) })), reason)
      for (const delay of [undefined, 0, 10]) {
        const controller = new AbortController()
        const { signal } = controller
        const aborted = rejection(start(monitor, { signal }))
        if (delay === undefined) controller.abort(reason)
        else setTimeout(() => controller.abort(reason), delay)
        assert.is(await aborted, reason)
        assert.is(getEventListeners(signal, 'abort').length, 0)
      }
      const controller = new AbortController()
      const { signal } = controller
      const inEvent = rejection(start(monitor, { signal }))
      const aborting = monitor.waitFor(({ mtu }) => {
        if (mtu === 1400) controller.abort(reason)
        return mtu === 1400
      }, SOON)
      kernel.change(2, { mtu: 1400 })
      await aborting
      assert.is(await inEvent, reason)
      assert.is(getEventListeners(signal, 'abort').length, 0)
    },
  )

  waits(`${name}: times out, leaving no listener`, async ({ monitor }) => {
    const { signal } = new AbortController()
    for (const timeout of [0, 10]) {
      const error = await rejection(start(monitor, { signal, timeout }))
      assert.is(error.name, 'TimeoutError')
    }
    assert.is(getEventListeners(signal, 'abort').length, 0)
    const wrong = await rejection(start(monitor, { timeout: -1 }))
    assert.instance(wrong, RangeError)
  })

  waits(`${name}: ends with the monitor`, async ({ kernel, monitor }) => {
    const { signal } = new AbortController()
    const closed = rejection(start(monitor, { signal }))
    kernel.change(2, { mtu: 1400 })
    await until(() => monitor.links.get(2)?.mtu === 1400, 'the change')
    monitor.close()
    assert.is(((await closed) as NetlinkError).code, 'ERR_NETLINK_SOCKET_CLOSED')
    const after = (await rejection(start(monitor, { signal }))) as NetlinkError
    assert.is(after.code, 'ERR_NETLINK_SOCKET_CLOSED')
    assert.is(getEventListeners(signal, 'abort').length, 0)
  })
}

/** How a process ends that opens a monitor and awaits none of its waits. */
function unawaited(
  code: string,
  open: 'openLinkMonitor' | 'openNetworkMonitor' = 'openLinkMonitor',
): { status: number | null; stderr: string } {
  const whole = `
    import { ${open} } from 'netlink-wasm'
    import { fakeKernel } from 'netlink-wasm/testing'
    const kernel = fakeKernel({ links: [{}] })
    const monitor = await ${open}({ socket: kernel })
    ${code}`
  const args = ['--input-type=module', '-e', whole]
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
}

const OF_LINKS = `
  monitor.waitForAttach(),
  monitor.waitForAttach({ except: [], settle: 60_000 }),
  monitor.waitForDetach('eth1'),
  monitor.waitForMediaSwitch('eth1', { since: monitor.mark() }),
  monitor.waitForOperState('eth1', 'DOWN'),
  monitor.waitForCarrier('eth9'),
  monitor.waitFor(() => false),
  monitor.resync(),`
const OF_THE_NETWORK = `
  monitor.waitForAddress(),
  monitor.waitForRoute({ to: 'default' }),
  monitor.waitForRoute({ to: '192.0.2.1' }),
  monitor.waitOnline(),`

for (const [open, waits] of [
  ['openLinkMonitor', OF_LINKS],
  ['openNetworkMonitor', OF_LINKS + OF_THE_NETWORK],
] as const) {
  test(`waits of ${open}() that nobody has awaited yet do not end the process on a close`, () => {
    const { status, stderr } = unawaited(
      `const waits = [${waits}]
      monitor.close()
      await new Promise((resolve) => setImmediate(resolve))
      const codes = await Promise.all(waits.map((wait) => wait.catch(({ code }) => code)))
      process.exit(codes.every((code) => code === 'ERR_NETLINK_SOCKET_CLOSED') ? 0 : 3)`,
      open,
    )
    assert.equal([status, stderr], [0, ''])
  })
}

test('but one that fails unheard for another reason does', () => {
  const late = unawaited('void monitor.waitForAttach({ timeout: 0 })')
  assert.is(late.status, 1)
  assert.match(late.stderr, /TimeoutError/)
  const failed = unawaited('void monitor.waitForAttach(); kernel.inject.failRecv(-9)')
  assert.is(failed.status, 1)
  assert.match(failed.stderr, /ERR_NETLINK_SOCKET/)
})

waits('a socket that fails ends the waits with its error', async ({ kernel, monitor }) => {
  const failed = EVERY.map(([, start]) => rejection(start(monitor, {})))
  kernel.inject.failRecv(-9)
  for (const error of await Promise.all(failed)) {
    assert.is((error as NetlinkError).code, 'ERR_NETLINK_SOCKET')
    assert.is((error as NetlinkError).errno, -9)
  }
})

waits('a thousand aborted waits leave no listener and nothing in the monitor', async (it) => {
  const { kernel, monitor } = it
  const { signal } = new AbortController()
  const kept: WeakRef<object>[] = []
  for (let i = 0; i < 1000; i++) {
    const [, start] = EVERY[i % EVERY.length] as (typeof EVERY)[number]
    const own = new AbortController()
    kept.push(new WeakRef(own.signal))
    const aborted = rejection(start(monitor, { signal: own.signal }))
    const timedOut = rejection(start(monitor, { signal, timeout: 0 }))
    await Promise.resolve()
    own.abort(new Error('mine'))
    assert.is((await aborted).message, 'mine')
    assert.is((await timedOut).name, 'TimeoutError')
    assert.is(getEventListeners(own.signal, 'abort').length, 0)
  }
  assert.is(getEventListeners(signal, 'abort').length, 0)
  kernel.add()
  await until(() => monitor.links.size === 3, 'the link')
  await heard()
  collectGarbage()
  const left = kept.filter((one) => one.deref() !== undefined).length
  assert.ok(left < 10, `${left} signals of aborted waits are still held`)
})

test('nothing was rejected unheard', async () => {
  await heard()
  assert.equal(unhandled, [])
})

test.run()
