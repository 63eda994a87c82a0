// Subscriptions: groups by every name that they have, what is told, and where something is missing.

import { type Netlink, type NetlinkError, type NetlinkOptions, openNetlink } from 'netlink-wasm'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thrown } from '../support/errors.ts'
import { link, ScriptedKernel, turns } from '../support/scripted-kernel.ts'

async function opened(
  options: NetlinkOptions = {},
): Promise<{ kernel: ScriptedKernel; rt: Netlink }> {
  const kernel = new ScriptedKernel()
  const rt = await openNetlink('rt-route' as string, {
    open: kernel.open,
    schema: rtnetlink,
    ...options,
  })
  return { kernel, rt }
}

const limits = { timeout: 20_000 }
const told = (name: string) => link(0, name)

test("groups go by the specs' names, the recorder's, and numbers; of none given, all are joined", async () => {
  const { kernel, rt } = await opened()
  const names = ['rtnlgrp-ipv4-route', 'ipv6-route', 'route/nexthop', '0/27', '10']
  rt.subscribe(names)
  assert.equal(kernel.sockets[1]?.options.groups, [7, 11, 32, 27, 10])
  assert.is(kernel.sockets[1]?.options.isLenient, false)
  rt.subscribe()
  assert.equal(kernel.sockets[2]?.options.groups, [6, 7, 10, 11, 22, 27, 32])
  assert.is(kernel.sockets[2]?.options.isLenient, true)
  assert.match(
    thrown(() => rt.subscribe(['rtnlgrp-ipv4-rout'])).message,
    'did you mean "rtnlgrp-ipv4-route"',
  )
  assert.instance(
    thrown(() => rt.subscribe(['nfnetlink/conntrack-new'])),
    RangeError,
  )
  assert.instance(
    thrown(() => rt.subscribe('link' as unknown as string[])),
    TypeError,
  )
  assert.is(kernel.openSockets, 3)
  rt.close()
  assert.is(kernel.openSockets, 0)
})

test('messages come by operation, and wait in the kernel until they are taken', async () => {
  const { kernel, rt } = await opened()
  const events = rt.subscribe(['link'], limits)
  const socket = kernel.sockets[1]
  if (!socket) throw new Error('expected a socket')
  socket.wake([told('a'), told('b')])
  assert.ok(socket.isPaused)
  const first = await events.next()
  assert.is(first.value?.type, 'message')
  assert.is(first.value?.type === 'message' && first.value.operation, 'newlink')
  assert.is(first.value?.type === 'message' && first.value.body.ifname, 'a')
  await events.next()
  assert.ok(socket.isPaused)
  const third = events.next()
  assert.not.ok(socket.isPaused)
  // Another process is not the kernel.
  socket.wake([{ datagram: told('forged'), portId: 9 }])
  socket.wake([told('c')])
  const { value } = await third
  assert.is(value?.type === 'message' && value.body.ifname, 'c')
  await events.return()
  assert.ok(socket.isClosed)
  rt.close()
})

test('a gap stands behind what was queued when the kernel began to drop', async () => {
  const { kernel, rt } = await opened()
  const events = rt.subscribe(['link'], limits)
  const socket = kernel.sockets[1]
  if (!socket) throw new Error('expected a socket')
  socket.wake([told('a')], { overran: true, isEmpty: false })
  socket.wake([told('b')], { isEmpty: true })
  socket.wake([told('c')])
  const seen: unknown[] = []
  for await (const event of events) {
    seen.push(event.type === 'message' ? event.body.ifname : event.type)
    if (seen.length === 4) break
  }
  assert.equal(seen, ['a', 'b', 'gap', 'c'])
  rt.close()
})

test('NLMSG_OVERRUN and what cannot be read are gaps, too', async () => {
  for (const broken of [
    message({ type: 4 }),
    told('x').subarray(0, 30),
    { datagram: told('x').subarray(0, 30), length: 300 },
  ]) {
    const { kernel, rt } = await opened()
    const events = rt.subscribe(['link'], limits)
    kernel.sockets[1]?.wake([told('a'), broken, told('b')])
    const seen = [await events.next(), await events.next(), await events.next()]
    assert.equal(
      seen.map(({ value }) => (value?.type === 'message' ? value.body.ifname : value?.type)),
      ['a', 'b', 'gap'],
    )
    rt.close()
  }
})

test('it ends when it is closed, rejects when it is aborted, fails or times out, and closes its socket', async () => {
  for (const how of ['close', 'own close', 'abort', 'fail', 'timeout']) {
    for (const isWaiting of [true, false]) {
      const { kernel, rt } = await opened()
      const abort = new AbortController()
      const timeout = how === 'timeout' ? 1 : 20_000
      const events = rt.subscribe(['link'], { signal: abort.signal, timeout })
      const socket = kernel.sockets[1]
      if (!socket) throw new Error('expected a socket')
      const next = isWaiting ? events.next() : undefined
      next?.catch(() => {})
      const failure = Object.assign(new Error('gone'), { code: 'ERR_NETLINK_SOCKET' })
      if (how === 'close') rt.close()
      if (how === 'own close') events.close()
      if (how === 'abort') abort.abort(new Error('enough'))
      if (how === 'fail') socket.fail(failure as unknown as NetlinkError)
      const outcome = next ?? events.next()
      if (how.endsWith('close')) assert.ok((await outcome).done, how)
      else {
        const error = (await rejection(outcome)) as NetlinkError
        if (how === 'abort') assert.is(error.message, 'enough')
        if (how === 'fail') assert.is(error.code, 'ERR_NETLINK_SOCKET')
        if (how === 'timeout') assert.is(error.name, 'TimeoutError')
      }
      assert.ok((await events.next()).done, how)
      assert.ok(socket.isClosed, how)
      rt.close()
    }
  }
})

test('an abort closes the socket though nobody waits', async () => {
  const { kernel, rt } = await opened()
  const abort = new AbortController()
  rt.subscribe(['link'], { signal: abort.signal })
  abort.abort()
  await turns(() => kernel.sockets[1]?.isClosed === true, 'a closed socket')
  rt.close()
})

test('a group that the kernel refuses is named, with the capability that it takes', async () => {
  for (const [family, refused, names, text] of [
    ['nftables', [7, 9], [], 'nftables/mgmt, nftables/trace takes CAP_NET_ADMIN'],
    ['nftables', [9], ['mgmt', 'trace'], 'nftables/trace takes CAP_NET_ADMIN'],
    ['xfrm', [3], ['sa', '5'], 'xfrm/sa takes CAP_NET_ADMIN'],
    ['audit', [1], [], 'audit/readlog takes CAP_AUDIT_READ'],
  ] as const) {
    const kernel = new ScriptedKernel()
    const open: typeof kernel.open = (options, ...rest) => {
      if (!options.groups.some((group) => (refused as readonly number[]).includes(group))) {
        return kernel.open(options, ...rest)
      }
      throw Object.assign(new Error('EPERM: setsockopt'), { errno: -1 })
    }
    const netlink = await openNetlink(family as string, { open })
    const error = thrown(() => netlink.subscribe(names)) as NetlinkError
    assert.equal([error.message, error.errno], [`EPERM: setsockopt: joining ${text}`, -1])
    netlink.close()
    assert.is(kernel.openSockets, 0)
  }
})

test('several may wait at once: each message goes to one of them', async () => {
  const { kernel, rt } = await opened()
  const events = rt.subscribe(['link'], limits)
  const waiting = [events.next(), events.next(), events.next()]
  kernel.sockets[1]?.wake([told('a')])
  await turns(() => !kernel.sockets[1]?.isPaused, 'a socket that is read on')
  kernel.sockets[1]?.wake([told('b'), told('c')])
  const found = await Promise.all(waiting)
  assert.equal(found.map(({ value }) => value?.type === 'message' && value.body.ifname).sort(), [
    'a',
    'b',
    'c',
  ])
  rt.close()
})

test('a closed family takes no subscription', async () => {
  const { rt } = await opened()
  rt.close()
  assert.is(
    (thrown(() => rt.subscribe(['link'])) as NetlinkError).code,
    'ERR_NETLINK_SOCKET_CLOSED',
  )
})

test.run()
