// How waits end that are not met: aborted, timed out, closed or failed, at every point, leaving nothing.

import { getEventListeners } from 'node:events'
import type { LinkMonitor, NetlinkError } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { collectGarbage, sleep, until } from '../support/monitor.ts'
import { SOON, waits } from '../support/waits.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

// --- abort, timeout, close ---------------------------------------------------------------------------

/** Each waiter, with a condition that never comes true. */
const EVERY: [name: string, start: (m: LinkMonitor, o: object) => Promise<unknown>][] = [
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

waits(
  'waits that nobody has awaited yet do not end the process when the monitor closes',
  async (it) => {
    const { monitor } = it
    const started = [...EVERY.map(([, start]) => start(monitor, {})), monitor.resync()]
    monitor.close()
    await sleep(20)
    assert.equal(unhandled, [])
    for (const error of await Promise.all(started.map(rejection)))
      assert.is((error as NetlinkError).code, 'ERR_NETLINK_SOCKET_CLOSED')
  },
)

waits(
  'but a wait that fails unheard for another reason is reported',
  async ({ kernel, monitor }) => {
    void monitor.waitForAttach({ timeout: 0 })
    await until(() => unhandled.length === 1, 'the time-out')
    void monitor.waitForAttach()
    kernel.inject.failRecv(-9)
    await until(() => unhandled.length === 2, 'the failure')
    monitor.close()
    assert.equal(
      unhandled.splice(0).map((error) => (error as Error).name),
      ['TimeoutError', 'NetlinkError'],
    )
    },
)

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
  await sleep(0)
  collectGarbage()
  const left = kept.filter((one) => one.deref() !== undefined).length
  assert.ok(left < 10, `${left} signals of aborted waits are still held`)
})

test('nothing was rejected unheard', async () => {
  await sleep(20)
  assert.equal(unhandled, [])
})

test.run()
