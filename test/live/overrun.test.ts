// Overruns (ENOBUFS): more events than the receive buffer holds while nobody reads. Waits survive them.

import { type NetlinkSocket, waitForNicAttachEvent, waitForNicDetachEvent } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from './cli.ts'
import { ip, live, openSocket, settled, until, WAIT_MS } from './harness.ts'

const timeout = WAIT_MS

/** Link events by the hundred, each of them an RTM_NEWLINK of ifb7: well over what a buffer holds. */
const STORM = Array.from({ length: 600 }, (_, i) => `link set ifb7 mtu ${1400 + (i % 2)}`)

/** Waits for that overrun, and until the buffer is empty: before that it takes no new events. */
async function overrun(socket: NetlinkSocket, count: number): Promise<void> {
  await until(`overrun ${count}`, () => socket.stats.overruns >= count)
  await settled('the datagrams', () => socket.stats.datagrams)
}

live('a wait whose event loop is blocked meanwhile survives, and sees a later event', async () => {
  ip('link add ifb7 type ifb')
  const socket = openSocket()
  const waiting = waitForNicAttachEvent(socket, ['lo', 'ifb7'], { timeout })
  ip(...STORM)
  assert.is(socket.stats.overruns, 0, 'nothing was read while the loop was blocked')
  await overrun(socket, 1)
  ip('link add ifb8 type ifb')
  assert.is(await waiting, 'ifb8')
  assert.ok(socket.stats.datagrams < STORM.length, `${socket.stats.datagrams}`)
  assert.is(socket.stats.malformed, 0)
})

live('again and again, on the same socket', async () => {
  ip('link add ifb7 type ifb')
  const socket = openSocket()
  for (let round = 1; round <= 3; round++) {
    const waiting = waitForNicDetachEvent(socket, { timeout })
    ip(`link add ifb${round} type ifb`, ...STORM)
    await overrun(socket, round)
    ip(`link del ifb${round}`)
    assert.is(await waiting, `ifb${round}`)
  }
})

live('an overrun while nobody waits is counted once somebody does', async () => {
  ip('link add ifb7 type ifb')
  const socket = openSocket()
  ip(...STORM)
  const waiting = waitForNicAttachEvent(socket, ['lo', 'ifb7'], { timeout })
  await overrun(socket, 1)
  ip('link add ifb8 type ifb')
  assert.is(await waiting, 'ifb8')
})

live('CLI: a wait that was stopped survives', async () => {
  ip('link add ifb7 type ifb')
  const wait = cli('wait', 'attach', '--timeout', '15')
  await wait.waiting()
  wait.child.kill('SIGSTOP')
  ip(...STORM)
  wait.child.kill('SIGCONT')
  await wait.goesOn()
  ip('link add ifb8 type ifb')
  assert.equal(await wait.ended, { code: 0, signal: null, stdout: 'ifb8\n', stderr: '' })
})

live('CLI: a watch that was stopped catches up, and goes on', async () => {
  ip('link add ifb7 type ifb')
  const watch = cli('watch', '--json')
  await watch.next('present', ({ ifname }) => ifname === 'ifb7')
  watch.child.kill('SIGSTOP')
  ip(...STORM)
  watch.child.kill('SIGCONT')
  await settled('the events', () => watch.stdout.length)
  ip('link add ifb8 type ifb')
  await watch.next('added', ({ ifname }) => ifname === 'ifb8')
  watch.child.kill('SIGINT')
  const { code, stderr } = await watch.ended
  assert.equal([code, stderr], [0, ''])
})

test.run()
