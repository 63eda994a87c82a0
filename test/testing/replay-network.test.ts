// Recordings of addresses and routes: a network monitor opens with those that the recording starts with, and follows.

import { openNetworkMonitor } from 'netlink-wasm'
import {
  delRoute,
  doneMessage,
  newAddress,
  newLink,
  newRoute,
  type RecordedFrame,
  replayCapture,
} from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { frame } from '../support/recording.ts'

const ENTRY = { flags: 2, seq: 77, pid: 4711 }
const inet = { family: 2, headerTable: 254, table: 254, protocol: 4, type: 1, oif: 2 }
const gateway = Uint8Array.of(192, 0, 2, 1)
const local = Uint8Array.of(192, 0, 2, 7)
const fallback = { ...inet, gateway }
const office = { ...inet, gateway, dst: Uint8Array.of(10, 0, 0, 0), dstLength: 8 }

/** A link, its address and its default route; a second route comes, and the first one goes. */
const FRAMES: RecordedFrame[] = [
  frame(0, newLink({ ...ENTRY, seq: 76, ifindex: 2, ifname: 'eth0', linkFlags: 0x11043 })),
  frame(1, doneMessage({ ...ENTRY, seq: 76 })),
  frame(10, newAddress({ family: 2, ifindex: 2, prefixLength: 24, local, address: local }, ENTRY)),
  frame(11, doneMessage(ENTRY)),
  frame(12, newRoute(fallback, { ...ENTRY, seq: 78 })),
  frame(13, doneMessage({ ...ENTRY, seq: 78 })),
  frame(5000, newRoute(office)),
  frame(6000, delRoute(fallback)),
]

test('a network monitor opens with what the recording starts with, and follows it', async () => {
  const network = await openNetworkMonitor({ socket: replayCapture(FRAMES), timeout: 60_000 })
  assert.equal(
    [...network.addresses.values()].map(({ dev, local }) => `${dev} ${local}`),
    ['eth0 192.0.2.7'],
  )
  assert.equal(
    [...network.routes.values()].map(({ dst }) => dst),
    ['default'],
  )
  const route = await network.waitForRoute({ to: '10.0.0.0/8', timeout: 10_000 })
  assert.is(route.gateway, '192.0.2.1')
  const told: string[] = []
  for await (const event of network) {
    if ('object' in event && event.object === 'route') told.push(`${event.type} ${event.route.dst}`)
  }
  assert.is(told.at(-1), 'removed default')
  assert.equal(
    [...network.routes.values()].map(({ dst }) => dst),
    ['10.0.0.0/8'],
  )
  network.close()
})

test('a recording that starts with no dump opens empty', async () => {
  const network = await openNetworkMonitor({
    socket: replayCapture(FRAMES.slice(-2)),
    timeout: 60_000,
  })
  assert.is(network.routes.size, 0)
  assert.is((await network.waitForRoute({ to: '10.0.0.0/8', timeout: 10_000 })).dst, '10.0.0.0/8')
  network.close()
})

test.run()
