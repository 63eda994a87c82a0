// Errors as plain data: through JSON, and behind a postMessage(), which keeps only name and message of an error.

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { NetlinkCreateSocketError, NetlinkError, openLinkMonitor } from 'netlink-wasm'
import { fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { thrown } from '../support/errors.ts'
import { until } from '../support/monitor.ts'

const DETAILS = { errno: -1, syscall: 'bind', offset: 7 }

test('toJSON() has all that can be told, and its message', () => {
  const error = new NetlinkError('ERR_NETLINK_SOCKET', 'no', { ...DETAILS, cause: new Error('x') })
  const { name, code, message } = error
  assert.equal(JSON.parse(JSON.stringify(error)), { name, code, message, ...DETAILS })
})

test('fromJSON() brings an error back, behind a postMessage() too', async () => {
  const { port1, port2 } = new MessageChannel()
  for (const Kind of [NetlinkError, NetlinkCreateSocketError]) {
    const error = new Kind('ERR_NETLINK_SOCKET', 'no', DETAILS)
    port1.postMessage(error.toJSON())
    const [json] = await once(port2, 'message')
    const back = NetlinkError.fromJSON(json)
    assert.is(back.constructor, Kind)
    assert.equal(back.toJSON(), error.toJSON())
  }
  port1.close()
  for (const json of [null, undefined, 'text', {}, new Error('other')]) {
    assert.instance(
      thrown(() => NetlinkError.fromJSON(json as never)),
      TypeError,
    )
  }
})

test('the faults of a monitor are in the JSON of its stats', async () => {
  const kernel = fakeKernel({ links: [{}] })
  const monitor = await openLinkMonitor({ socket: kernel })
  kernel.push(new Uint8Array(3))
  await until(() => monitor.stats.malformed === 1, 'the fault')
  const { faults } = JSON.parse(JSON.stringify(monitor.stats))
  const [fault] = monitor.stats.faults.values()
  assert.equal(faults, { ERR_NETLINK_MESSAGE_HEADER: fault?.toJSON() })
  monitor.close()
})

test.run()
