// What a message changes, and how messages are put in words: differences from the object's earlier state, iproute2's lines.
// Needs no browser.

import { readFileSync } from 'node:fs'
import {
  delLink,
  errorMessage,
  newAddress,
  newLink,
  newNeighbour,
  newRoute,
} from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from './page.ts'
import { captureOf, type WorkerParts, workerParts } from './session.ts'

const test = suite('changes')
let worker: WorkerParts

test.before(async () => {
  worker = await workerParts()
})
test.after(() => worker.close())

async function rowsOf(frames: Uint8Array[]) {
  const { session } = await worker.open(captureOf(frames))
  return { session, rows: await session.answer({ do: 'rows', from: 0, to: frames.length }) }
}

const UP = 0x11043
const DOWN = 0x1003

test('a link: the values that differ, and none where nothing does', async () => {
  const { session, rows } = await rowsOf([
    newLink({ ifindex: 2, ifname: 'eth0', operstate: 6, linkFlags: UP, attributes: [[4, 1500]] }),
    newLink({ ifindex: 3, ifname: 'eth1', operstate: 6, linkFlags: UP }),
    newLink({ ifindex: 2, ifname: 'eth0', operstate: 2, linkFlags: DOWN, attributes: [[4, 9000]] }),
    newLink({ ifindex: 2, ifname: 'eth0', operstate: 2, linkFlags: DOWN, attributes: [[4, 9000]] }),
    newLink({ ifindex: 2, ifname: 'eth0', operstate: 2, linkFlags: DOWN }),
    newLink({ ifindex: 2, ifname: 'eth0', flags: 1, linkFlags: UP }),
    delLink({ ifindex: 2, ifname: 'eth0' }),
    newLink({ ifindex: 2, ifname: 'eth0', operstate: 6, linkFlags: UP }),
  ])
  assert.equal(
    rows.map(({ changes }) => changes),
    [
      '',
      '',
      'ifi-flags −RUNNING −LOWER_UP, operstate UP→DOWN, mtu 1500→9000',
      '',
      'mtu 9000→none',
      '',
      '',
      '',
    ],
  )
  const detail = await session.answer({ do: 'message', row: 2 })
  assert.is(detail?.changes?.since.row, 0)
  const labels = detail?.tree.labels.split('\n') ?? []
  assert.equal(
    detail?.changes?.list.map(({ node, was }) => `${labels[node]}, was ${was}`).slice(1),
    ['operstate down, was UP', 'mtu 9000, was 1500'],
  )
  const same = await session.answer({ do: 'message', row: 3 })
  assert.equal([same?.changes?.since.row, same?.changes?.list], [2, []])
})

test('addresses, routes and neighbours are compared with their own earlier states', async () => {
  const route = (oif: number, priority: number) =>
    newRoute({ family: 2, dstLength: 8, oif, priority, dst: Uint8Array.of(10, 0, 0, 0) })
  const { rows } = await rowsOf([
    route(2, 100),
    route(2, 200),
    route(3, 100),
    newNeighbour({ family: 2, ifindex: 2, state: 2, dst: Uint8Array.of(10, 0, 0, 7) }),
    newNeighbour({ family: 2, ifindex: 2, state: 2, dst: Uint8Array.of(10, 0, 0, 8) }),
    newNeighbour({ family: 2, ifindex: 2, state: 4, dst: Uint8Array.of(10, 0, 0, 7) }),
  ])
  assert.equal(
    rows.map(({ changes }) => changes),
    ['', '', 'oif 2→3', '', '', 'ndm-state REACHABLE→STALE'],
  )
})

test('few rows are walked for what a row changes', async () => {
  const frames = Array.from({ length: 3000 }, (_, n) =>
    newNeighbour({ family: 2, ifindex: 2, dst: Uint8Array.of(10, 0, n >> 8, n & 255) }),
  )
  const { session } = await worker.open(captureOf(frames))
  const { store } = session
  const node = store.node.bind(store)
  let read = 0
  store.node = (row) => {
    read++
    return node(row)
  }
  await session.answer({ do: 'rows', from: 2900, to: 2964 })
  assert.ok(read <= 64 * 65, `${read}`)
})

test('addresses, routes, neighbours and queues are in the words of iproute2', async () => {
  const infos = async (name: string, type: string) => {
    const { session } = await worker.open(new Uint8Array(readFileSync(capture(name))), name)
    const rows = await session.answer({ do: 'rows', from: 0, to: session.index.rows.count })
    return rows.filter((row) => row.type === type).map(({ info }) => info)
  }
  const routes = await infos('debian.pcapng', 'newroute')
  assert.ok(
    routes.some((info) =>
      /^(local |broadcast )?[\d.]+(\/\d+)? dev \S+( table local)? proto kernel/.test(info),
    ),
    routes.slice(0, 5).join('\n'),
  )
  const addresses = await infos('debian.pcapng', 'newaddr')
  assert.ok(
    addresses.some((info) => /^inet6? [\da-f.:]+\/\d+ scope (host|global|link)/.test(info)),
    addresses.slice(0, 5).join('\n'),
  )
  const queues = await infos('tc.pcap', 'newqdisc')
  assert.ok(
    queues.some((info) => /^\w+ [\da-f]+: dev \S+ root$/.test(info)),
    queues.slice(0, 5).join('\n'),
  )
})

test('an acknowledgement is one, and a refusal is another', async () => {
  const { rows } = await rowsOf([
    errorMessage({ errno: 0, seq: 1, pid: 7 }),
    errorMessage({ errno: -22, seq: 2, pid: 7 }),
    newAddress({ family: 2, ifindex: 2 }),
  ])
  assert.equal(
    rows.map(({ tone }) => tone),
    ['ack', 'error', 'event'],
  )
})

test.run()
