// Dumps: as a stream and as an array, interrupted, refused, abandoned. Each has a socket of its own, and leaves none.

import { type Netlink, type NetlinkError, type NetlinkOptions, openNetlink } from 'netlink-wasm'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { attribute, concat, errorMessage, message, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { ack, done, link, PORT, ScriptedKernel, turns } from '../support/scripted-kernel.ts'
import { pass, passUntil } from '../support/virtual-time.ts'

const NLM_F_DUMP_ACK_REQUEST = 0x305
const MULTI = 2
const INTERRUPTED = MULTI | 0x10
const ENOENT = -2
const ENOPROTOOPT = -92

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

const limits = { timeout: 20_000 }
const entry = (seq: number, name: string) => link(seq, name, MULTI)
const names = (entries: { ifname?: unknown }[]) => entries.map(({ ifname }) => ifname)

test('awaited, a dump is an array; nothing is asked before', async () => {
  const { kernel, rt } = await opened()
  const dump = rt.dump('getlink', {}, limits)
  assert.is(kernel.sockets.length, 1)
  const whole = dump.then(names)
  const { socket, flags, seq } = await kernel.asked(0, 1)
  assert.is(flags, NLM_F_DUMP_ACK_REQUEST)
  assert.is(socket.options.getStrictChk, true)
  assert.is(kernel.sockets[0]?.options.getStrictChk, undefined)
  socket.wake([concat([entry(seq, 'a'), entry(seq, 'b')])])
  socket.wake([entry(seq, 'c'), done(seq)])
  assert.equal(await whole, ['a', 'b', 'c'])
  assert.ok(socket.isClosed)
  // Awaited again, it is the same array.
  assert.equal(names(await dump), ['a', 'b', 'c'])
  assert.is(kernel.sockets.length, 2)
  rt.close()
})

test('iterated, a dump pauses its socket until what was read is taken', async () => {
  const { kernel, rt } = await opened()
  const entries = rt.dump('getlink', {}, limits)[Symbol.asyncIterator]()
  const first = entries.next()
  const { socket, seq } = await kernel.asked(0, 1)
  socket.wake([entry(seq, 'a'), entry(seq, 'b')])
  assert.ok(socket.isPaused)
  assert.is((await first).value?.ifname, 'a')
  assert.is((await entries.next()).value?.ifname, 'b')
  assert.ok(socket.isPaused)
  const third = entries.next()
  await turns(() => !socket.isPaused, 'a socket that is read on')
  socket.wake([entry(seq, 'c'), done(seq)])
  assert.is((await third).value?.ifname, 'c')
  assert.ok((await entries.next()).done)
  assert.is(kernel.openSockets, 1)
  rt.close()
})

test('several entries may be asked for at a time, and come in order', async () => {
  const { kernel, rt } = await opened()
  const entries = rt.dump('getlink', {}, limits)[Symbol.asyncIterator]()
  const asked = Array.from({ length: 8 }, () => entries.next())
  const { socket, seq } = await kernel.asked(0, 1)
  socket.wake([concat(['a', 'b', 'c', 'd', 'e'].map((name) => entry(seq, name)))])
  assert.is((await asked[0])?.value?.ifname, 'a')
  // Asked for while others still wait: it is behind them, although there are entries.
  const late = entries.next()
  await turns(() => !socket.isPaused, 'a socket that is read on')
  socket.wake([concat([...['f', 'g', 'h', 'i', 'j'].map((name) => entry(seq, name)), done(seq)])])
  const taken = await Promise.all([...asked, late])
  assert.equal(
    taken.map(({ value }) => value?.ifname),
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'],
  )
  // What is left is not handed out to whoever has ended it.
  assert.ok((await entries.return?.())?.done)
  assert.ok((await entries.next()).done)
  assert.is(kernel.openSockets, 1)
  rt.close()
})

test('a consumer that stops early closes the socket, wherever it stops', async () => {
  for (const stopAt of [0, 1, 2]) {
    const { kernel, rt } = await opened()
    const taken: unknown[] = []
    const consumed = (async () => {
      for await (const { ifname } of rt.dump('getlink', {}, limits)) {
        taken.push(ifname)
        if (taken.length > stopAt) break
      }
    })()
    const { socket, seq } = await kernel.asked(0, 1)
    socket.wake([concat([entry(seq, 'a'), entry(seq, 'b'), entry(seq, 'c')])])
    await consumed
    assert.is(taken.length, stopAt + 1)
    assert.is(kernel.openSockets, 1)
    rt.close()
  }
})

test('a consumer of a dump may ask on', async () => {
  const { kernel, rt } = await opened()
  const found: unknown[] = []
  const consumed = (async () => {
    for await (const { ifname } of rt.dump('getlink', {}, limits)) {
      found.push((await rt.do('getlink', { ifname }, limits))?.ifname)
    }
  })()
  const { socket, seq } = await kernel.asked(0, 1)
  socket.wake([concat([entry(seq, 'a'), entry(seq, 'b'), done(seq)])])
  for (const at of [0, 1]) {
    const asked = await kernel.asked(at, 0)
    asked.socket.wake([concat([link(asked.seq, `answer ${at}`), ack(asked.seq)])])
  }
  await consumed
  assert.equal(found, ['answer 0', 'answer 1'])
  rt.close()
})

test('an interrupted dump is repeated while nothing was handed out', async () => {
  for (const how of ['array', 'stream']) {
    const { kernel, rt } = await opened()
    const collected = (async () => {
      if (how === 'array') return names(await rt.dump('getlink', {}, limits))
      const all: unknown[] = []
      for await (const { ifname } of rt.dump('getlink', {}, limits)) all.push(ifname)
      return all
    })()
    // The flag comes with an entry, and then with the end of what is otherwise whole.
    const first = await kernel.asked(0, 1)
    first.socket.wake([entry(first.seq, 'old'), link(first.seq, 'b', INTERRUPTED)])
    const second = await kernel.asked(0, 2)
    assert.ok(first.socket.isClosed)
    second.socket.wake([entry(second.seq, 'older'), done(second.seq, 0, INTERRUPTED)])
    const third = await kernel.asked(0, 3)
    third.socket.wake([entry(third.seq, 'a'), done(third.seq)])
    assert.equal(await collected, ['a'])
    assert.is(kernel.openSockets, 1)
    rt.close()
  }
})

test('an interrupted dump rejects once something was handed out; an array is never handed out in part', async () => {
  const { kernel, rt } = await opened()
  const entries = rt.dump('getlink', {}, limits)[Symbol.asyncIterator]()
  const first = entries.next()
  const asked = await kernel.asked(0, 1)
  asked.socket.wake([entry(asked.seq, 'a')])
  assert.is((await first).value?.ifname, 'a')
  const second = entries.next()
  asked.socket.wake([done(asked.seq, 0, INTERRUPTED)])
  const error = (await rejection(second)) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_DUMP_INTERRUPTED')
  const whole = rt.dump('getlink', {}, limits).then(names)
  const third = await kernel.asked(0, 2)
  third.socket.wake([entry(third.seq, 'a')])
  third.socket.wake([done(third.seq, 0, INTERRUPTED)])
  const fourth = await kernel.asked(0, 3)
  fourth.socket.wake([entry(fourth.seq, 'b'), done(fourth.seq)])
  assert.equal(await whole, ['b'])
  assert.is(kernel.openSockets, 1)
  rt.close()
})

test('a table that never stops changing is given up at last, or when the time is up', async () => {
  for (const timeout of [undefined, 500]) {
    const clock = new VirtualClock()
    const { kernel, rt } = await opened({ clock })
    const whole = rejection(rt.dump('getlink', {}, { timeout }))
    let isOver = false
    whole.finally(() => {
      isOver = true
    })
    for (let tries = 1; !isOver; tries++) {
      const socket = kernel.sockets[tries]
      if (!socket?.sent.length) {
        tries--
        await pass(clock, 200)
        continue
      }
      const { seq } = await kernel.asked(0, tries)
      socket.wake([done(seq, 0, INTERRUPTED)])
    }
    const error = (await passUntil(clock, whole)) as NetlinkError
    if (timeout) assert.is(error.name, 'TimeoutError')
    else assert.is(error.code, 'ERR_NETLINK_DUMP_INTERRUPTED')
    assert.ok(kernel.sockets.length < 150, `${kernel.sockets.length} sockets`)
    assert.is(kernel.openSockets, 1)
    rt.close()
  }
})

test('NLMSG_DONE may carry an errno; a strict dump of a table that does not exist is empty', async () => {
  const noTable = (seq: number, words: string) => {
    const words_ = attribute(1, words)
    const header = { type: 3, flags: MULTI | 0x200, seq, pid: PORT }
    return message(header, new Uint8Array(new Int32Array([ENOENT]).buffer), words_)
  }
  const { kernel, rt } = await opened()
  const cases: [answer: (seq: number) => Uint8Array[], outcome: unknown][] = [
    [(seq) => [noTable(seq, 'ipv4: FIB table does not exist')], []],
    [(seq) => [noTable(seq, 'no such thing')], ENOENT],
    [(seq) => [entry(seq, 'a'), done(seq, -105)], -105],
    [(seq) => [errorMessage({ errno: -95, seq, pid: PORT })], -95],
    // What does not know dumps answers as to a request for one.
    [(seq) => [entry(seq, 'a'), ack(seq)], ['a']],
  ]
  for (const [at, [answer, outcome]] of cases.entries()) {
    const whole = rt.dump('getlink', {}, limits).then(names, (error: NetlinkError) => error.errno)
    const { socket, seq } = await kernel.asked(0, at + 1)
    socket.wake(answer(seq))
    assert.equal(await whole, outcome)
    assert.is(kernel.openSockets, 1)
  }
  rt.close()
})

test('what goes wrong at every point rejects a dump once, and closes its socket', async () => {
  const causes: Record<
    string,
    (at: { socket: ScriptedKernel['sockets'][number]; rt: Netlink; abort: AbortController }) => void
  > = {
    ERR_NETLINK_SOCKET_CLOSED: ({ rt }) => rt.close(),
    AbortError: ({ abort }) => abort.abort(),
    ERR_NETLINK_SOCKET: ({ socket }) => socket.wake([], { overran: true }),
    ERR_NETLINK_TRUNCATED: ({ socket }) =>
      socket.wake([{ datagram: new Uint8Array(20), length: 90 }]),
    ERR_NETLINK_KERNEL({ socket }) {
      // It has closed itself by then.
      socket.close()
      socket.fail(Object.assign(new Error('gone'), { code: 'ERR_NETLINK_KERNEL' }) as NetlinkError)
    },
  }
  for (const [code, cause] of Object.entries(causes)) {
    for (const isMidway of [false, true]) {
      const { kernel, rt } = await opened()
      const abort = new AbortController()
      const entries = rt
        .dump('getlink', {}, { ...limits, signal: abort.signal })
        [Symbol.asyncIterator]()
      const first = entries.next()
      const { socket, seq } = await kernel.asked(0, 1)
      let pending: Promise<unknown> = first
      if (isMidway) {
        socket.wake([entry(seq, 'a')])
        await first
        pending = entries.next()
        await turns(() => !socket.isPaused, 'a socket that is read on')
      }
      cause({ socket, rt, abort })
      const error = (await rejection(pending)) as NetlinkError
      assert.is(error.name === 'AbortError' ? error.name : error.code, code, `${code} ${isMidway}`)
      assert.ok((await entries.next()).done)
      assert.ok(socket.isClosed, code)
      rt.close()
      assert.is(kernel.openSockets, 0)
    }
  }
})

test('an abort closes the socket of a dump that nobody reads on', async () => {
  const { kernel, rt } = await opened()
  const abort = new AbortController()
  const entries = rt
    .dump('getlink', {}, { ...limits, signal: abort.signal })
    [Symbol.asyncIterator]()
  const first = entries.next()
  const { socket, seq } = await kernel.asked(0, 1)
  socket.wake([entry(seq, 'a')])
  await first
  abort.abort()
  await turns(() => socket.isClosed, 'a socket that is closed')
  rt.close()
})

test('socket options that a kernel does not know are left out, one by one', async () => {
  const known = ['getStrictChk', 'extAck', 'capAck'] as const
  for (const count of [0, 1, 2, 3]) {
    const kernel = new ScriptedKernel()
    const missing = known.slice(0, count)
    const error = Object.assign(new Error('no'), { errno: ENOPROTOOPT }) as unknown as NetlinkError
    kernel.refuse = (options) => (missing.some((one) => options[one]) ? error : undefined)
    const rt = await openNetlink('rt-link' as string, { open: kernel.open, schema: rtnetlink })
    const whole = rt.dump('getlink', {}, limits).then(names)
    const { socket, seq } = await kernel.asked(0, 1)
    socket.wake([entry(seq, 'a'), done(seq)])
    assert.equal(await whole, ['a'])
    assert.equal(
      known.map((one) => socket.options[one] === true),
      known.map((one) => !missing.includes(one)),
    )
    rt.close()
  }
})

test('what cannot be asked rejects where the dump is read', async () => {
  const { kernel, rt } = await opened()
  assert.match(
    (await rejection(rt.dump('getlink', { ifnam: 'a' }))).message,
    'did you mean "ifname"',
  )
  assert.match((await rejection(rt.dump('getlonk'))).message, 'did you mean "getlink"')
  rt.close()
  const error = (await rejection(rt.dump('getlink'))) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOCKET_CLOSED')
  assert.is(kernel.sockets.length, 1)
})

test.run()
