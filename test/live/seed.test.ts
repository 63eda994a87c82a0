// The seed's three scenarios, end to end: on the real socket, again from the bytes recorded there, and
// by the CLI.

import {
  type ByteSource,
  getNetlinkMsgHeader,
  NLMSGHDR_SIZE,
  OPER_DORMANT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_TESTING,
  OPER_UNKNOWN,
  OPER_UP,
  RTM_DELLINK,
  RTM_NEWLINK,
  readNetlinkMessages,
  readNetlinkSocket,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'
import { replay } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from './cli.ts'
import { ip, live, openSocket, operstate, recorder, WAIT_MS } from './harness.ts'

const timeout = WAIT_MS
const VETH = 'link add veth0 type veth peer name veth1'
const ANY = [
  OPER_UNKNOWN,
  OPER_NOTPRESENT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_TESTING,
  OPER_DORMANT,
  OPER_UP,
]

/** Waits on the kernel while `act` happens, then on nothing but the bytes recorded meanwhile. */
async function liveThenRecorded<T>(
  wait: (source: ByteSource) => Promise<T>,
  act: () => unknown,
): Promise<{ live: T; recorded: T; log: Uint8Array[] }> {
  const source = recorder(openSocket())
  const waiting = wait(source)
  await act()
  const live = await waiting
  const { log } = source
  const replayed = replay(log)
  const recorded = await wait(replayed)
  assert.is(replayed.remaining, 0, 'the recorded wait ends where the live one did')
  return { live, recorded, log }
}

async function vethUp(): Promise<void> {
  ip(VETH, 'link set veth0 up', 'link set veth1 up')
  await operstate('veth0', 'UP')
}

live('attach: a new link, live and recorded', async () => {
  const { live, recorded, log } = await liveThenRecorded(
    (source) => waitForNicAttachEvent(source, ['lo'], { timeout }),
    () => ip(VETH),
  )
  assert.ok(['veth0', 'veth1'].includes(live))
  assert.is(recorded, live)
  assert.is(getNetlinkMsgHeader(log[0] as Uint8Array).type, RTM_NEWLINK)
})

live('attach: the links told of as existing are passed over', async () => {
  const { live, recorded } = await liveThenRecorded(
    (source) => waitForNicAttachEvent(source, ['lo', 'veth0', 'veth1'], { timeout }),
    () => ip(VETH, 'link set veth0 up', 'link add ifb7 type ifb'),
  )
  assert.is(live, 'ifb7')
  assert.is(recorded, 'ifb7')
})

live('detach: a link is removed, live and recorded', async () => {
  ip(VETH, 'link add ifb7 type ifb')
  const { live, recorded } = await liveThenRecorded(
    (source) => waitForNicDetachEvent(source, { timeout }),
    () => ip('link set veth0 up', 'link set lo up', 'link del ifb7'),
  )
  assert.is(live, 'ifb7')
  assert.is(recorded, 'ifb7')
})

live('media: DOWN, then UP, live and recorded', async () => {
  await vethUp()
  const { log } = await liveThenRecorded(
    (source) => waitForMediaDisconnectConnect(source, 'veth0', { timeout }),
    () => ip('link set veth0 down', 'link set veth0 up'),
  )
  const states: number[] = []
  const note = (_name: string, carrier: number) => states.push(carrier) > 0
  await readNetlinkMessages(replay(log), 'veth0', [RTM_NEWLINK, RTM_DELLINK], ANY, note).catch(
    ({ code }) => assert.is(code, 'ERR_NETLINK_SOURCE_ENDED'),
  )
  assert.ok(states.includes(OPER_DOWN), `${states}`)
  assert.is(states.at(-1), OPER_UP)
})

live('media: the carrier of a bridge goes and comes with its only port', async () => {
  await vethUp()
  ip('link add br0 type bridge', 'link set veth0 master br0', 'link set br0 up')
  await operstate('br0', 'UP')
  await liveThenRecorded(
    (source) => waitForMediaDisconnectConnect(source, 'br0', { timeout }),
    async () => {
      ip('link set veth1 down')
      await operstate('br0', 'DOWN')
      ip('link set veth1 up')
    },
  )
})

live(
  'one socket: attach, then media, then detach, each from where the last one ended',
  async () => {
    const source = recorder(openSocket())
    ip(VETH, 'link set veth1 up', 'link set veth0 up')
    await operstate('veth0', 'UP')
    ip('link set veth0 down', 'link set veth0 up')
    await operstate('veth0', 'UP')
    ip('link set veth0 down', 'link del veth0')
    const all = async (from: ByteSource) => {
      const attached = await waitForNicAttachEvent(from, ['lo', 'veth1'], { timeout })
      await waitForMediaDisconnectConnect(from, 'veth0', { timeout })
      // veth1 goes first, or veth0: the one that is LOWERLAYERDOWN is not for the seed.
      return [attached, await waitForNicDetachEvent(from, { timeout })]
    }
    const [attached, detached = ''] = await all(source)
    assert.is(attached, 'veth0')
    assert.ok(['veth0', 'veth1'].includes(detached))
    assert.equal(await all(replay(source.log)), [attached, detached])
  },
)

live('readNetlinkSocket: null when nothing came in time, else a datagram', async () => {
  const socket = openSocket()
  const before = performance.now()
  assert.is(await readNetlinkSocket(socket, 150), null)
  const took = performance.now() - before
  assert.ok(took > 140, `${took} ms`)

  const reading = readNetlinkSocket(socket, timeout)
  ip('link add ifb7 type ifb')
  const data = await reading
  if (!(data instanceof Uint8Array)) throw new Error(`expected bytes, got ${data}`)
  const header = getNetlinkMsgHeader(data)
  assert.is(header.type, RTM_NEWLINK)
  assert.is(header.pid, 0)
  assert.ok(header.length > NLMSGHDR_SIZE && header.length <= data.length)
  assert.is(socket.stats.datagrams, 1)
  assert.is(socket.stats.bytes, data.length)
})

live('CLI: wait attach', async () => {
  const wait = cli('wait', 'attach', '--timeout', '10')
  await wait.waiting()
  ip('link add ifb7 type ifb')
  assert.equal(await wait.ended, { code: 0, signal: null, stdout: 'ifb7\n', stderr: '' })
})

live('CLI: wait detach, of any link and of one', async () => {
  ip('link add ifb7 type ifb', 'link add ifb8 type ifb')
  const any = cli('wait', 'detach', '--timeout', '10')
  const one = cli('wait', 'detach', 'ifb8', '--timeout', '10')
  await Promise.all([any.waiting(), one.waiting()])
  ip('link del ifb7')
  assert.equal(await any.ended, { code: 0, signal: null, stdout: 'ifb7\n', stderr: '' })
  await one.goesOn()
  ip('link del ifb8')
  assert.equal(await one.ended, { code: 0, signal: null, stdout: 'ifb8\n', stderr: '' })
})

live('CLI: wait media', async () => {
  await vethUp()
  const wait = cli('wait', 'media', 'veth0', '--timeout', '10')
  await wait.waiting()
  ip('link set veth0 down')
  await wait.goesOn()
  ip('link set veth0 up')
  assert.equal(await wait.ended, { code: 0, signal: null, stdout: 'veth0\n', stderr: '' })
})

test.run()
