// What the seed gets wrong, on the real kernel, by the numbers of its defects: D1, D3, D8, D9.

import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import {
  AF_BRIDGE,
  type ByteSource,
  createBoundNetlinkSocket,
  decodeMessages,
  type NetlinkError,
  OPER_DOWN,
  RTM_DELLINK,
  RTM_NEWLINK,
  RTMGRP_LINK,
  readNetlinkSocket,
  type WaitOptions,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { cliEnv, start } from './cli.ts'
import {
  afterwards,
  fixture,
  has,
  ip,
  live,
  newSockets,
  openSocket,
  recorder,
  until,
  WAIT_MS,
} from './harness.ts'

const timeout = WAIT_MS

/** The messages of that type about the AF_BRIDGE side of a link, among recorded datagrams. */
function bridgeMessages(log: Uint8Array[], type: number): string[] {
  return log
    .flatMap((datagram) => decodeMessages(datagram))
    .flatMap((message) =>
      message.kind === 'link' && message.header.type === type && message.link.family === AF_BRIDGE
        ? [message.link.ifname ?? '']
        : [],
    )
}

live('D1: many sockets in one process, each with a port id that the kernel chose', async () => {
  const sockets = Array.from({ length: 5 }, openSocket)
  assert.is(new Set(sockets.map(({ portId }) => portId)).size, sockets.length)
  assert.ok(sockets.every(({ portId }) => portId > 0))
  const names = sockets.map((socket) => waitForNicAttachEvent(socket, ['lo'], { timeout }))
  ip('link add ifb7 type ifb')
  assert.equal(
    await Promise.all(names),
    sockets.map(() => 'ifb7'),
  )
})

live('D1: a socket in a worker thread beside that of the main thread', async () => {
  const socket = openSocket()
  const worker = new Worker(fixture('attach-worker.mjs'), {
    workerData: { present: ['lo'], timeout },
  })
  afterwards(() => worker.terminate())
  const told: { portId?: number; ifname?: string } = {}
  worker.on('message', (message) => Object.assign(told, message))
  const exit = new Promise<number>((resolve, reject) => {
    worker.on('exit', resolve)
    worker.on('error', reject)
  })
  exit.catch(() => {})
  await until('the socket of the worker', () => told.portId !== undefined)
  assert.is.not(told.portId, socket.portId)
  const here = waitForNicAttachEvent(socket, ['lo'], { timeout })
  ip('link add ifb7 type ifb')
  assert.is(await here, 'ifb7')
  assert.is(await exit, 0)
  assert.is(told.ifname, 'ifb7')
})

live(
  'D3: a port that leaves its bridge is no detach, in the operstate that the seed takes',
  async () => {
    ip('link add br0 type bridge', 'link add ifb7 type ifb', 'link set ifb7 master br0')
    ip('link add ifb8 type ifb')
    const source = recorder(openSocket())
    const waiting = waitForNicDetachEvent(source, { timeout })
    ip('link set ifb7 nomaster', 'link del ifb8')
    assert.is(await waiting, 'ifb8')
    assert.equal(bridgeMessages(source.log, RTM_DELLINK), ['ifb7'])
  },
)

live('D3: a port that joins or leaves its bridge is no attach', async () => {
  ip('link add br0 type bridge', 'link add ifb7 type ifb')
  const source = recorder(openSocket())
  const waiting = waitForNicAttachEvent(source, ['lo', 'br0', 'ifb7'], { timeout })
  ip('link set ifb7 master br0', 'link set ifb7 nomaster', 'link add ifb8 type ifb')
  assert.is(await waiting, 'ifb8')
  assert.ok(bridgeMessages(source.log, RTM_NEWLINK).includes('ifb7'))
})

if (has('python3', '--version')) {
  const forge = (portId: number, groups: number) => {
    const evil = Buffer.from(newLink({ ifindex: 999, ifname: 'evil0', operstate: OPER_DOWN }))
    const args = [fixture('forge.py'), `${portId}`, `${groups}`, evil.toString('hex')]
    execFileSync('python3', args, { timeout: WAIT_MS })
  }

  live('D8: what another process sends to our port id is dropped and counted', async () => {
    const socket = openSocket()
    const waiting = waitForNicAttachEvent(socket, ['lo'], { timeout })
    forge(socket.portId, 0)
    forge(socket.portId, 0)
    await until('the forged datagrams', () => socket.stats.foreign === 2)
    assert.is(socket.stats.datagrams, 0)
    ip('link add ifb7 type ifb')
    assert.is(await waiting, 'ifb7')
    assert.is(socket.stats.foreign, 2)
    assert.is(socket.stats.malformed, 0)
  })

  live('D8: so is what another process sends to the group', async () => {
    const socket = openSocket()
    const waiting = waitForNicAttachEvent(socket, ['lo'], { timeout })
    forge(0, RTMGRP_LINK)
    await until('the forged datagram', () => socket.stats.foreign === 1)
    ip('link add ifb7 type ifb')
    assert.is(await waiting, 'ifb7')
  })

  live('D8: a foreign datagram does not end a read, nor lengthen its timeout', async () => {
    const socket = openSocket()
    let isOver = false
    const reading = readNetlinkSocket(socket, 700).finally(() => {
      isOver = true
    })
    for (let n = 0; n < 20 && !isOver; n++) {
      forge(socket.portId, 0)
      await sleep(100)
    }
    assert.ok(isOver, 'however often one comes')
    assert.is(await reading, null)
    assert.ok(socket.stats.foreign > 0)
  })
}

const waits: Record<string, (socket: ByteSource, options: WaitOptions) => Promise<unknown>> = {
  waitForNicAttachEvent: (socket, options) => waitForNicAttachEvent(socket, ['lo'], options),
  waitForNicDetachEvent: (socket, options) => waitForNicDetachEvent(socket, options),
  waitForMediaDisconnectConnect: (socket, options) =>
    waitForMediaDisconnectConnect(socket, 'veth0', options),
}

for (const [name, wait] of Object.entries(waits)) {
  live(`D9: ${name} times out, is aborted, and can be called again`, async () => {
    const socket = openSocket()
    const late = await rejection(wait(socket, { timeout: 50 }))
    assert.instance(late, DOMException)
    assert.is(late.name, 'TimeoutError')

    const controller = new AbortController()
    const { signal } = controller
    const reason = new Error('given up')
    const waiting = wait(socket, { signal, timeout })
    setTimeout(() => controller.abort(reason), 50)
    assert.is(await rejection(waiting), reason)
    assert.equal(getEventListeners(signal, 'abort'), [])
    assert.is(await rejection(wait(socket, { signal })), reason, 'aborted already')

    const closed = wait(socket, { timeout })
    socket.close()
    assert.is(((await rejection(closed)) as { code?: string }).code, 'ERR_NETLINK_SOCKET_CLOSED')
  })
}

live('D9: a wait that is met leaves no listener on its signal', async () => {
  const { signal } = new AbortController()
  const waiting = waitForNicAttachEvent(openSocket(), ['lo'], { signal, timeout })
  ip('link add ifb7 type ifb')
  await waiting
  assert.equal(getEventListeners(signal, 'abort'), [])
})

live('D9: an event during an aborted wait is not lost to the next', async () => {
  const socket = openSocket()
  const controller = new AbortController()
  const aborted = waitForNicAttachEvent(socket, ['lo'], { signal: controller.signal, timeout })
  ip('link add ifb7 type ifb')
  controller.abort()
  await rejection(aborted)
  assert.is(await waitForNicAttachEvent(socket, ['lo'], { timeout }), 'ifb7')
})

live(
  'D9: reads are answered in the order in which they came, limited or not, and none is lost',
  async () => {
    const socket = openSocket()
    const abort = new AbortController()
    const reads: Promise<Uint8Array | null>[] = [socket.recv(), socket.recv()]
    const aborted = rejection(socket.recv({ signal: abort.signal }))
    reads.push(socket.recv({ timeout }), socket.recv(), socket.recv({ timeout }), socket.recv())
    abort.abort(new Error('no more'))
    assert.is((await aborted).message, 'no more')
    const sizes = Array.from({ length: 9 }, (_, n) => 2001 + n)
    for (const size of sizes) ip(`link set lo mtu ${size}`)
    const answers = await Promise.all(reads)
    // What nobody has read yet is kept.
    for (let n = answers.length; n < sizes.length; n++) answers.push(await socket.recv({ timeout }))
    const told = answers.flatMap((datagram) =>
      decodeMessages(datagram as Uint8Array).flatMap((it) =>
        it.kind === 'link' ? it.link.mtu : [],
      ),
    )
    assert.equal(told, sizes)
    const waiting = [socket.recv(), socket.recv({ timeout })].map(rejection)
    socket.close()
    for (const error of await Promise.all([...waiting, rejection(socket.recv())])) {
      assert.is((error as NetlinkError).code, 'ERR_NETLINK_SOCKET_CLOSED')
    }
  },
)

live('D9: close() closes the fd, waited on or not, once or twice', async () => {
  const opened = newSockets()
  const sockets = Array.from({ length: 20 }, createBoundNetlinkSocket)
  assert.is(opened(), 20)
  const waiting = sockets.slice(0, 10).map((socket) => rejection(waitForNicDetachEvent(socket)))
  await Promise.all(sockets.slice(10).map((socket) => readNetlinkSocket(socket, 10)))
  for (const socket of sockets) socket.close()
  sockets[0]?.close()
  await Promise.all(waiting)
  await until('the fds to be closed', () => opened() === 0)
})

const givingUp = {
  timeout: 'after timeouts nothing keeps the process alive, though its sockets are open',
  abort: 'after aborts nothing keeps the process alive, though its sockets are open',
  'one-signal': 'four waits on one signal are no leak of listeners to Node',
}

for (const [how, what] of Object.entries(givingUp)) {
  live(`D9: ${what}`, async () => {
    const script = start(process.execPath, [fixture('gives-up.mjs'), how], cliEnv(), 5000)
    const { code, signal, stdout, stderr } = await script.ended
    assert.is(stderr, '')
    assert.equal({ code, signal }, { code: 0, signal: null })
    const lines = stdout.trim().split('\n')
    const first = how === 'timeout' ? /^null$/ : /^Error: given up$/
    const rest = how === 'timeout' ? /^TimeoutError: / : first
    assert.match(lines[0] ?? '', first)
    assert.is(lines.length, 4)
    assert.ok(
      lines.slice(1).every((line) => rest.test(line)),
      stdout,
    )
  })
}

test.run()
