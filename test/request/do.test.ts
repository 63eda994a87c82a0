// Requests in flight on one socket: whatever becomes of their answers, each settles once, with the right outcome.

import { getEventListeners } from 'node:events'
import { type Netlink, type NetlinkError, type NetlinkOptions, openNetlink } from 'netlink-wasm'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { concat, message, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { ack, answer, done, link, PORT, ScriptedKernel, turns } from '../support/scripted-kernel.ts'

const NLM_F_REQUEST_ACK = 5
const NLM_F_MULTI = 2
const NLMSG_DONE = 3
const ENOBUFS = -105

async function opened(
  options: NetlinkOptions = {},
): Promise<{ kernel: ScriptedKernel; rt: Netlink }> {
  const kernel = new ScriptedKernel()
  const rt = await openNetlink('rt-link' as string, {
    open: kernel.open,
    schema: rtnetlink,
    ...options,
  })
  return { kernel, rt }
}

const get = (rt: Netlink, ifname: string, options = {}) =>
  rt.do('getlink', { ifname }, { timeout: 20_000, ...options })

const codeOf = async (promise: PromiseLike<unknown>) =>
  ((await rejection(promise)) as NetlinkError).code

test('an answer is an object, an acknowledgement is undefined', async () => {
  const { kernel, rt } = await opened()
  const asked = get(rt, 'eth0')
  const { socket, seq, type, flags } = await kernel.asked(0)
  assert.equal([type, flags], [18, NLM_F_REQUEST_ACK])
  socket.wake([answer(seq, 'eth0')])
  assert.is((await asked)?.ifname, 'eth0')
  const set = rt.do('setlink', { ifname: 'eth0', mtu: 1400 }, { timeout: 20_000 })
  const second = await kernel.asked(1)
  socket.wake([ack(second.seq)])
  assert.is(await set, undefined)
  rt.close()
  assert.is(kernel.openSockets, 0)
})

test('an NLMSG_DONE without an errno ends an answer, as team sends it', async () => {
  const { kernel, rt } = await opened()
  const asked = get(rt, 'eth0')
  const { socket, seq } = await kernel.asked(0)
  const end = message({ type: NLMSG_DONE, flags: NLM_F_MULTI, seq, pid: PORT })
  socket.wake([concat([link(seq, 'eth0', NLM_F_MULTI), end]), ack(seq)])
  assert.is((await asked)?.ifname, 'eth0')
  // Half an errno is none.
  const cut = get(rt, 'eth1')
  const second = await kernel.asked(1)
  const header = { type: NLMSG_DONE, flags: NLM_F_MULTI, seq: second.seq, pid: PORT }
  socket.wake([message(header, Uint8Array.of(0, 0))])
  assert.is(await codeOf(cut), 'ERR_NETLINK_BODY_TOO_SHORT')
  rt.close()
})

test('flags become those of the nlmsghdr', async () => {
  const { kernel, rt } = await opened()
  const flags = ['create', 'excl', 'replace', 'append'] as const
  const asked = rt.do('newlink', { ifname: 'a' }, { flags, timeout: 20_000 })
  const { socket, seq, flags: bits } = await kernel.asked(0)
  assert.is(bits, 0xf00 | NLM_F_REQUEST_ACK)
  socket.wake([ack(seq)])
  await asked
  assert.is(
    await codeOf(rt.do('newlink', {}, { flags: ['crate' as 'create'] })),
    'ERR_INVALID_ARG_TYPE',
  )
  rt.close()
})

test('answers out of order, doubled, foreign or to nobody settle what they answer, once', async () => {
  const { kernel, rt } = await opened()
  const settled: string[] = []
  const asked = ['a', 'b', 'c'].map((name) =>
    get(rt, name).then((found) => settled.push(`${name}=${found?.ifname}`)),
  )
  const seqs: number[] = []
  for (const at of [0, 1, 2]) seqs.push((await kernel.asked(at)).seq)
  const [a, b, c] = seqs as [number, number, number]
  const { socket } = await kernel.asked(0)
  // Another process answers; the kernel answers another port, and what nobody asked.
  socket.wake([{ datagram: answer(a, 'forged'), portId: 999 }])
  socket.wake([concat([message({ type: 2, seq: a, pid: PORT + 1 }, new Uint8Array(20))])])
  socket.wake([answer(c + 1, 'nobody')])
  socket.wake([answer(c, 'c'), answer(c, 'again')])
  socket.wake([link(a, 'a'), link(b, 'b')])
  socket.wake([ack(b), link(a, 'doubled'), ack(a), ack(a)])
  await Promise.all(asked)
  assert.equal([...settled].sort(), ['a=a', 'b=b', 'c=c'])
  assert.is(settled.length, 3)
  rt.close()
})

test('sequence numbers follow each other from a random one', async () => {
  const starts = new Set<number>()
  for (let round = 0; round < 3; round++) {
    const { kernel, rt } = await opened()
    const asked = [get(rt, 'a'), get(rt, 'b')]
    const [first, second] = [await kernel.asked(0), await kernel.asked(1)]
    assert.is(second.seq, (first.seq % 0xffffffff) + 1)
    starts.add(first.seq)
    first.socket.wake([answer(first.seq, 'a'), answer(second.seq, 'b')])
    await Promise.all(asked)
    rt.close()
  }
  assert.is(starts.size, 3)
})

test('a lost answer times out by the clock, and its late answer is ignored', async () => {
  const clock = new VirtualClock()
  const { kernel, rt } = await opened({ clock })
  const asked = rejection(get(rt, 'a', { timeout: 1000 }))
  const { socket, seq } = await kernel.asked(0)
  await clock.advance(1000)
  const error = await asked
  assert.is(error.name, 'TimeoutError')
  assert.match(error.message, 'getlink')
  socket.wake([answer(seq, 'late')])
  const again = get(rt, 'b')
  const second = await kernel.asked(1)
  socket.wake([answer(second.seq, 'b')])
  assert.is((await again)?.ifname, 'b')
  rt.close()
})

test('an overrun rejects what has been written, and nothing else', async () => {
  for (const how of ['ENOBUFS', 'NLMSG_OVERRUN']) {
    const { kernel, rt } = await opened()
    const asked = ['a', 'b'].map((name) => get(rt, name))
    const [first, second] = [await kernel.asked(0), await kernel.asked(1)]
    const { socket } = first
    // What arrives in front of the gap counts.
    const whole = answer(first.seq, 'a')
    if (how === 'ENOBUFS') socket.wake([whole], { overran: true })
    else socket.wake([whole, message({ type: 4 })])
    assert.is((await asked[0])?.ifname, 'a')
    const error = (await rejection(asked[1] as Promise<unknown>)) as NetlinkError
    assert.equal(
      [error.code, error.errno, error.syscall],
      ['ERR_NETLINK_SOCKET', ENOBUFS, 'recvmsg'],
    )
    const next = get(rt, 'c')
    const third = await kernel.asked(2)
    socket.wake([answer(second.seq, 'late'), answer(third.seq, 'c')])
    assert.is((await next)?.ifname, 'c')
    rt.close()
  }
})

test('a datagram that is cut or makes no sense rejects what is in flight, behind its whole messages', async () => {
  const cases: [code: string, bytes: (seq: number) => Uint8Array, length: number][] = [
    ['ERR_NETLINK_TRUNCATED', (seq) => link(seq, 'b').subarray(0, 30), 100],
    ['ERR_NETLINK_MESSAGE_TOO_LONG', (seq) => link(seq, 'b').subarray(0, 30), 0],
    ['ERR_NETLINK_MESSAGE_TOO_SHORT', (seq) => message({ type: 16, seq, length: 8 }), 0],
    ['ERR_NETLINK_MESSAGE_HEADER', () => new Uint8Array(7), 0],
    ['ERR_NETLINK_BODY_TOO_SHORT', (seq) => message({ type: 2, seq, pid: PORT }), 0],
  ]
  for (const [code, bytes, more] of cases) {
    const { kernel, rt } = await opened()
    const asked = ['a', 'b'].map((name) => get(rt, name))
    const [first, second] = [await kernel.asked(0), await kernel.asked(1)]
    const datagram = concat([answer(first.seq, 'a'), bytes(second.seq)])
    first.socket.wake([{ datagram, length: datagram.length + more }])
    assert.is((await asked[0])?.ifname, 'a')
    assert.is(await codeOf(asked[1] as Promise<unknown>), code)
    rt.close()
  }
})

test('closed, aborted or failed at every point, a request rejects once, and the next one works', async () => {
  const points = ['before it is written', 'before its answer', 'between answer and acknowledgement']
  for (const how of ['close', 'abort', 'fail'] as const) {
    for (const point of points) {
      const what = `${how} ${point}`
      const { kernel, rt } = await opened()
      const abort = new AbortController()
      let settled = 0
      const asked = rejection(get(rt, 'a', { signal: abort.signal })).finally(() => settled++)
      const socket = kernel.sockets[0]
      if (!socket) throw new Error('expected a socket')
      if (point !== points[0]) await kernel.asked(0)
      const seq = point === points[0] ? 0 : (await kernel.asked(0)).seq
      if (point === points[2]) socket.wake([link(seq, 'a')])
      const failure = Object.assign(new Error('EBADF'), { code: 'ERR_NETLINK_SOCKET' })
      if (how === 'close') rt.close()
      else if (how === 'abort') abort.abort(new Error('enough'))
      else socket.fail(failure as unknown as NetlinkError)
      if (how !== 'fail') socket.wake([ack(seq)])
      const error = (await asked) as NetlinkError
      const expected = {
        close: 'ERR_NETLINK_SOCKET_CLOSED',
        abort: undefined,
        fail: 'ERR_NETLINK_SOCKET',
      }
      assert.is(error.code, expected[how], what)
      if (how === 'abort') assert.is(error.message, 'enough', what)
      assert.is(settled, 1, what)
      assert.is(getEventListeners(abort.signal, 'abort').length, 0, what)
      if (point === points[0]) assert.is(socket.sent.length, 0, `${what}: not sent`)
      if (how === 'close') {
        assert.is(await codeOf(get(rt, 'b')), 'ERR_NETLINK_SOCKET_CLOSED', what)
        continue
      }
      const again = get(rt, 'b')
      const at = how === 'fail' ? 1 : 0
      const second = await kernel.asked(how === 'fail' || point === points[0] ? 0 : 1, at)
      second.socket.wake([answer(second.seq, 'b')])
      assert.is((await again)?.ifname, 'b', what)
      rt.close()
    }
  }
})

test('a write that fails rejects its request alone', async () => {
  const { kernel, rt } = await opened()
  const [socket] = kernel.sockets
  if (!socket) throw new Error('expected a socket')
  const { send } = socket
  const failure = Object.assign(new Error('no'), { code: 'ERR_NETLINK_UNSUPPORTED' })
  socket.send = async () => Promise.reject(failure)
  assert.is(await codeOf(get(rt, 'a')), 'ERR_NETLINK_UNSUPPORTED')
  socket.send = send
  const asked = get(rt, 'b')
  const { seq } = await kernel.asked(0)
  socket.wake([answer(seq, 'b')])
  assert.is((await asked)?.ifname, 'b')
  rt.close()
})

test('a signal aborted before, a wrong timeout and a wrong name reject without a request', async () => {
  const { kernel, rt } = await opened()
  assert.is((await rejection(get(rt, 'a', { signal: AbortSignal.abort() }))).name, 'AbortError')
  assert.instance(await rejection(get(rt, 'a', { timeout: -1 })), RangeError)
  assert.match((await rejection(rt.do('getlink', { ifnam: 'a' }))).message, 'did you mean "ifname"')
  assert.match((await rejection(rt.do('getlonk'))).message, 'did you mean "getlink"')
  await turns(() => true, 'a turn')
  assert.is(kernel.sockets[0]?.sent.length, 0)
  rt.close()
})

test('NLMSG_DONE ends a request as an acknowledgement does, with its errno', async () => {
  const { kernel, rt } = await opened()
  const asked = [get(rt, 'a'), get(rt, 'b')]
  const [first, second] = [await kernel.asked(0), await kernel.asked(1)]
  first.socket.wake([concat([link(first.seq, 'a'), done(first.seq)]), done(second.seq, -19)])
  assert.is((await asked[0])?.ifname, 'a')
  const error = (await rejection(asked[1] as Promise<unknown>)) as NetlinkError
  assert.equal([error.code, error.errno], ['ERR_NETLINK_KERNEL', -19])
  rt.close()
})

test('nothing is left behind by many requests', async () => {
  const { kernel, rt } = await opened()
  const { signal } = new AbortController()
  const [socket] = kernel.sockets
  if (!socket) throw new Error('expected a socket')
  socket.send = async (bytes) => {
    const seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
    setImmediate(() => socket.wake([seq % 3 === 0 ? ack(seq, -19) : answer(seq, 'a')]))
  }
  const resources = () => process.getActiveResourcesInfo().length
  const before = resources()
  let settled = 0
  const rounds = 20
  const inFlight = 64
  for (let round = 0; round < rounds; round++) {
    const asked = Array.from({ length: inFlight }, () => get(rt, 'a', { signal }))
    for (const { status } of await Promise.allSettled(asked)) if (status) settled++
  }
  assert.is(settled, rounds * inFlight)
  assert.is(kernel.sockets.length, 1)
  assert.is(getEventListeners(signal, 'abort').length, 0)
  assert.ok(resources() <= before + 1, `${resources()} resources, ${before} before`)
  rt.close()
})

test('a request that nobody has awaited yet does not end the process when the family is closed', async () => {
  const { kernel, rt } = await opened()
  const unheard: unknown[] = []
  const onUnheard = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', onUnheard)
  const asked = get(rt, 'eth0')
  await kernel.asked(0)
  rt.close()
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', onUnheard)
  assert.equal(unheard, [])
  assert.is(await codeOf(asked), 'ERR_NETLINK_SOCKET_CLOSED')
})

test.run()
