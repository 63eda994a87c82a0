// What an errno of recvmsg means, through each receiver: nothing, that something may be lost, or that the socket is
// of no more use. The shim is the test's, as no kernel gives these when asked to.

import { constants } from 'node:os'
import { Writable } from 'node:stream'
import {
  createBoundNetlinkSocket,
  decodeMessages,
  type LinkMonitor,
  type NetlinkError,
  NLM_F_MULTI,
  openLinkMonitor,
  recordNetlink,
} from 'netlink-wasm'
import { concat, doneMessage, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { type FakeShimSocket, sockets } from '../support/fake-shim.ts'
import { Consumer, until } from '../support/monitor.ts'

const { EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EIO, ENOBUFS, ENOMEM } = constants.errno
const timeout = 60_000

const OUTCOMES: Record<'go on' | 'lost' | 'broken', number[]> = {
  'go on': [0, EINTR, EAGAIN],
  lost: [ENOBUFS, ENOMEM, EINVAL],
  broken: [EBADF, EFAULT, EIO],
}
const errnos = Object.entries(OUTCOMES).flatMap(([outcome, all]) =>
  all.map((errno) => [outcome, -errno] as const),
)

const newest = () => sockets.at(-1) as FakeShimSocket
const eth2 = (header = {}) => newLink({ ifindex: 2, ifname: 'eth2', operstate: 6, ...header })

for (const [outcome, errno] of errnos) {
  test(`errno ${errno}, ${outcome}: the socket of cloud-init’s functions`, async () => {
    using socket = createBoundNetlinkSocket()
    const read = socket.recv({ timeout })
    newest().wake(errno)
    assert.is(socket.stats.overruns, outcome === 'lost' ? 1 : 0)
    assert.is(newest().isClosed, outcome === 'broken')
    if (outcome === 'broken') {
      assert.is(((await rejection(read)) as NetlinkError).errno, errno)
      return
    }
    newest().wake(0, [eth2()])
    assert.equal(await read, eth2())
  })

  test(`errno ${errno}, ${outcome}: the recorder`, async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
    const end = new AbortController()
    const sources = [{ protocol: 0, groups: [1] }]
    const recording = recordNetlink({ sources, sink, signal: end.signal })
    newest().wake(errno, [eth2()])
    if (outcome === 'broken') {
      assert.is(((await rejection(recording)) as NetlinkError).errno, errno)
      return
    }
    end.abort()
    const { datagrams, overruns } = await recording
    assert.equal([datagrams, overruns], [1, outcome === 'lost' ? 1 : 0])
  })

  test(`errno ${errno}, ${outcome}: the monitor`, async () => {
    const { monitor, socket } = await opened()
    const consumer = new Consumer(monitor)
    socket.wake(errno, [newLink({ ifindex: 2, ifname: 'new2', operstate: 6 })])
    // A socket is closed once its last write has ended.
    if (outcome === 'broken') await until(() => socket.isClosed, 'the end of the socket')
    else assert.not(socket.isClosed)
    assert.is(monitor.stats.overruns, outcome === 'lost' ? 1 : 0)
    assert.is(monitor.links.get(2)?.ifname, 'new2', 'what came with it counts')
    if (outcome === 'broken') {
      await consumer.done
      assert.is((consumer.error as NetlinkError).errno, errno)
      return
    }
    if (outcome === 'lost') {
      await answer(socket, 2)
      await until(() => monitor.links.get(2)?.ifname === 'eth2', 'the resync')
    }
    assert.equal(consumer.count('gap'), outcome === 'lost' ? 1 : 0)
    assert.is(monitor.stats.dumps, outcome === 'lost' ? 2 : 1)
    monitor.close()
  })
}

test('EINVAL while the first dump is under way: the links are asked for once more', async () => {
  const opening = openLinkMonitor({ timeout })
  const socket = newest()
  socket.wake(-EINVAL)
  await answer(socket, 1)
  await answer(socket, 2)
  const monitor = await opening
  assert.equal([monitor.stats.dumps, monitor.stats.overruns], [2, 1])
  assert.is(monitor.links.size, 1)
  monitor.close()
})

/** A monitor that has been told of eth2. */
async function opened(): Promise<{ monitor: LinkMonitor; socket: FakeShimSocket }> {
  const opening = openLinkMonitor({ timeout })
  const socket = newest()
  await answer(socket, 1)
  return { monitor: await opening, socket }
}

/** Answers the request of that number, once it has been written. */
async function answer(socket: FakeShimSocket, number: number): Promise<void> {
  await until(() => decodeMessages(socket.written).length >= number, `request ${number}`)
  const { seq = 0 } = decodeMessages(socket.written)[number - 1]?.header ?? {}
  const header = { seq, pid: socket.portId, flags: NLM_F_MULTI }
  socket.wake(0, [concat([eth2(header), doneMessage(header)])])
}

test.run()
