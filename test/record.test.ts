// The recorder, on sockets and streams that the tests make: what is written, and when nothing is received.

import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EndpointOptions,
  NetlinkError,
  type OpenEndpoint,
  type Received,
  recordNetlink,
  recordSources,
  UnknownGroupError,
} from 'netlink-wasm'
import { type CaptureFrame, netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { attribute, concat, doneMessage, errorMessage, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from './support/errors.ts'
import { until } from './support/monitor.ts'

/** A socket under a test's hand. */
class FakeSocket {
  readonly options: EndpointOptions
  readonly sent: Uint8Array[] = []
  isPaused = false
  isClosed = false
  #wakeUp: Parameters<OpenEndpoint>[1]
  readonly fail: Parameters<OpenEndpoint>[2]

  constructor(...[options, onWakeUp, onFailure]: Parameters<OpenEndpoint>) {
    this.options = options
    this.#wakeUp = onWakeUp
    this.fail = onFailure
  }

  readonly portId = 77
  send = async (request: Uint8Array) => {
    this.sent.push(request)
  }
  pause() {
    this.isPaused = true
  }
  resume() {
    this.isPaused = false
  }
  close() {
    this.isClosed = true
  }

  /** One wake-up. */
  wake(received: (Uint8Array | Partial<Received>)[], { overran = false, isEmpty = true } = {}) {
    const whole = received.map((one) => {
      const given = one instanceof Uint8Array ? { datagram: one } : one
      const datagram = given.datagram ?? new Uint8Array(0)
      return { length: datagram.length, portId: 0, group: 1, ...given, datagram }
    })
    this.#wakeUp(whole, overran, isEmpty)
  }
}

/** A stream that keeps what it gets; while `isStuck` it takes nothing further. */
class Sink extends Writable {
  readonly chunks: Uint8Array[] = []
  isStuck = false
  #resume: (() => void) | undefined

  constructor(highWaterMark = 1024 * 1024) {
    super({ highWaterMark })
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void) {
    this.chunks.push(chunk)
    if (this.isStuck) this.#resume = done
    else done()
  }

  unstick() {
    this.isStuck = false
    this.#resume?.()
  }

  async frames(count = this.chunks.length): Promise<CaptureFrame[]> {
    const frames: CaptureFrame[] = []
    for await (const frame of readCapture(this.chunks.slice(0, count))) frames.push(frame)
    return frames
  }
}

function recording(sources = [{ protocol: 0, groups: [1] }], sink = new Sink()) {
  const sockets: FakeSocket[] = []
  const open: OpenEndpoint = (...args) => {
    const socket = new FakeSocket(...args)
    sockets.push(socket)
    return socket
  }
  const end = new AbortController()
  let time = 1_800_000_000_000_000_000n
  const now = () => {
    time += 1n
    return time
  }
  const done = recordNetlink({ sources, sink, signal: end.signal, open, now })
  return { sockets, socket: sockets[0] as FakeSocket, sink, done, end: () => end.abort() }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

test('datagrams become frames: bytes, header, time, interface', async () => {
  const sources = [
    { protocol: 0, groups: [1, 5] },
    { protocol: 12, groups: [7] },
  ]
  const { sockets, sink, done, end } = recording(sources)
  assert.equal(
    sockets.map(({ options }) => [options.protocol, options.groups]),
    [
      [0, [1, 5]],
      [12, [7]],
    ],
  )
  sockets[0]?.wake([bytes(1, 2, 3), bytes(4)])
  sockets[1]?.wake([bytes(5, 6)])
  end()
  assert.equal(await done, { datagrams: 3, bytes: 6, overruns: 0, truncated: 0 })
  const frames = await sink.frames()
  assert.equal(
    frames.map(({ data }) => [...data.subarray(16)]),
    [[1, 2, 3], [4], [5, 6]],
  )
  const framings = frames.map((frame) => netlinkFraming(frame))
  assert.equal(
    framings.map((framing) => [framing?.isNetlink, framing?.protocol, framing?.packetType]),
    [
      [true, 0, 6],
      [true, 0, 6],
      [true, 12, 6],
    ],
  )
  assert.equal(
    frames.map(({ interfaceName, timestamp }) => [interfaceName, timestamp]),
    [
      ['route', 1_800_000_000_000_000_001n],
      ['route', 1_800_000_000_000_000_002n],
      ['netfilter', 1_800_000_000_000_000_003n],
    ],
  )
  assert.ok(sockets.every(({ isClosed }) => isClosed))
  assert.ok(sink.writableFinished)
})

test('after every write the file is whole: one write a wake-up', async () => {
  const { socket, sink, done, end } = recording()
  for (let n = 1; n <= 5; n++) {
    socket.wake(Array.from({ length: n }, (_, at) => bytes(n, at)))
    await sleep(0)
    assert.is(sink.chunks.length, n + 1)
  }
  end()
  await done
  for (const [writes, frames] of [0, 1, 3, 6, 10, 15].entries()) {
    assert.is((await sink.frames(writes + 1)).length, frames)
  }
})

test('a slow stream: sockets are left unread until it has drained, and nothing is lost', async () => {
  const sink = new Sink(64)
  sink.isStuck = true
  const { socket, done, end } = recording(undefined, sink)
  assert.ok(socket.isPaused, 'the header alone fills this stream')
  sink.unstick()
  await until(() => !socket.isPaused, 'it to go on')
  sink.isStuck = true
  socket.wake([new Uint8Array(100)])
  assert.ok(socket.isPaused)
  end()
  await sleep(20)
  assert.not.ok(socket.isClosed, 'what is queued is still to be received')
  sink.unstick()
  assert.is((await done).datagrams, 1)
  assert.is((await sink.frames()).length, 1)
})

const comments = async (sink: Sink) => (await sink.frames()).map(({ comment }) => comment)

test('an overrun is told on the last datagram that was queued before it', async () => {
  const { socket, sink, done, end } = recording()
  socket.wake([bytes(1), bytes(2)], { overran: true })
  socket.wake([bytes(3)])
  end()
  assert.is((await done).overruns, 1)
  assert.equal(await comments(sink), [
    undefined,
    '1 overrun: the kernel dropped datagrams here, after this one',
    undefined,
  ])
})

test('… also where it takes several wake-ups to empty the queue', async () => {
  const { socket, sink, done, end } = recording()
  socket.wake([bytes(1)], { overran: true, isEmpty: false })
  socket.wake([bytes(2)], { overran: true, isEmpty: false })
  socket.wake([bytes(3), bytes(4)])
  end()
  assert.is((await done).overruns, 2)
  const text = '2 overruns: the kernel dropped datagrams here, after this one'
  assert.equal(await comments(sink), [undefined, undefined, undefined, text])
})

test('… and on the next one, where nothing was queued', async () => {
  const { socket, sink, done, end } = recording()
  socket.wake([], { overran: true })
  socket.wake([bytes(1), bytes(2)])
  end()
  await done
  const text = '1 overrun: the kernel dropped datagrams here, before this one'
  assert.equal(await comments(sink), [text, undefined])
})

test('a foreign sender and a cut datagram are told', async () => {
  const { socket, sink, done, end } = recording()
  socket.wake([
    { datagram: bytes(1), portId: 4711 },
    { datagram: bytes(1, 2), length: 400_000 },
  ])
  end()
  assert.equal(await done, { datagrams: 2, bytes: 400_001, overruns: 0, truncated: 1 })
  const [foreign, cut] = await sink.frames()
  assert.is(foreign?.comment, 'sent by port id 4711, not by the kernel')
  assert.equal([cut?.data.length, cut?.originalLength], [18, 400_016])
})

test('requests are sent one after the other’s answer; the answers are recorded', async () => {
  const requests = [1, 2, 3].map((type) => (seq: number) => message({ type, seq }))
  const sources = [{ protocol: 0, groups: [1], requests }]
  const { socket, sink, done, end } = recording(sources)
  const asked = () => socket.sent.map((request) => [request[4], request[8]])
  assert.equal(asked(), [[1, 1]])
  const answer = (datagram: Uint8Array) => socket.wake([{ datagram, group: 0 }])
  answer(message({ type: 16, flags: 2, seq: 1 }))
  socket.wake([{ datagram: doneMessage({ seq: 1 }), portId: 9, group: 0 }])
  socket.wake([{ datagram: doneMessage({ seq: 1 }), group: 1 }])
  answer(doneMessage({ seq: 7 }))
  assert.is(asked().length, 1)
  answer(concat([message({ type: 16, flags: 2, seq: 1 }), doneMessage({ seq: 1 })]))
  assert.equal(asked()[1], [2, 2])
  answer(errorMessage({ errno: -95, seq: 2 }))
  assert.equal(asked()[2], [3, 3])
  answer(doneMessage({ seq: 3 }))
  end()
  assert.is((await done).datagrams, 7)
  assert.is((await sink.frames()).length, 7)
})

test('a socket that fails, or cannot be opened, ends it; the file so far is whole', async () => {
  const { socket, sink, done } = recording()
  socket.wake([bytes(1)])
  socket.fail(new NetlinkError('ERR_NETLINK_SOCKET', 'gone'))
  assert.is((await rejection(done)).message, 'gone')
  assert.ok(socket.isClosed)
  assert.is((await sink.frames()).length, 1)

  const opened: FakeSocket[] = []
  const open: OpenEndpoint = (...args) => {
    if (opened.length > 0) throw new NetlinkError('ERR_NETLINK_SOCKET', 'refused')
    opened.push(new FakeSocket(...args))
    return opened[0] as FakeSocket
  }
  const sources = [
    { protocol: 0, groups: [1] },
    { protocol: 6, groups: [1] },
  ]
  const error = await rejection(recordNetlink({ sources, sink: new Sink(), open }))
  assert.is(error.message, 'refused')
  assert.ok(opened[0]?.isClosed)
})

test('a stream that fails ends it', async () => {
  const { socket, sink, done } = recording()
  socket.wake([bytes(1)])
  sink.destroy(new Error('disk full'))
  assert.is((await rejection(done)).message, 'disk full')
  assert.ok(socket.isClosed)
})

test('a signal that is aborted already: the head of a file', async () => {
  const sink = new Sink()
  const open: OpenEndpoint = (...args) => new FakeSocket(...args)
  const signal = AbortSignal.abort()
  const stats = await recordNetlink({ sources: [{ protocol: 0, groups: [] }], sink, signal, open })
  assert.is(stats.datagrams, 0)
  assert.equal(await sink.frames(), [])
})

// --- what to record --------------------------------------------------------------------------------

/** CTRL_CMD_NEWFAMILY, as the kernel answers. */
function family(id: number, name: string, groups: [string, number][]): Uint8Array {
  const list = groups.map(([group, number], at) =>
    attribute(at + 1, [attribute(2, number), attribute(1, group)]),
  )
  const body = [attribute(2, name), attribute(1, Uint8Array.of(id, 0)), attribute(7, list)]
  return message({ type: 16, flags: 2, seq: 1 }, Uint8Array.of(1, 2, 0, 0), ...body)
}

/** Opens sockets whose kernel has these families. */
const kernelWith =
  (...families: Uint8Array[]): OpenEndpoint =>
  (...args) => {
    const socket = new FakeSocket(...args)
    socket.send = async () => {
      const answer = concat(families)
      await sleep(0)
      for (const datagram of [answer, doneMessage({ seq: 1 })])
        socket.wake([{ datagram, group: 0 }])
    }
    return socket
  }

const nlctrl = family(16, 'nlctrl', [['notify', 16]])
const ethtool = family(21, 'ethtool', [['monitor', 9]])

const summary = async (groups: string[], dump = false) => {
  const sources = await recordSources({ groups, dump, open: kernelWith(nlctrl, ethtool) })
  return sources.map(({ protocol, groups, requests = [] }) => {
    const types = requests
      .map((request) => request(1))
      .map((bytes) => (bytes[5] ?? 0) * 256 + (bytes[4] ?? 0))
    return [protocol, groups, types]
  })
}

test('groups become sources, one a protocol', async () => {
  assert.equal(await summary(['link', 'ipv4-route', 'nftables/nftables', '0/36']), [
    [0, [1, 7, 36], []],
    [12, [7], []],
  ])
})

test('groups of generic families get their numbers from the kernel, and its list is recorded', async () => {
  assert.equal(await summary(['ethtool/monitor', 'link', 'nlctrl/notify']), [
    [16, [9, 16], [16]],
    [0, [1], []],
  ])
})

test('with dump, requests that go with the groups; links come first', async () => {
  assert.equal(await summary(['ipv4-ifaddr', 'link', 'nfnetlink/conntrack-new'], true), [
    [0, [5, 1], [18, 18, 22]],
    [12, [1], [0x101]],
  ])
  const [[protocol, groups, types] = []] = await summary([], true)
  assert.is(protocol, 0)
  assert.ok((groups as number[]).includes(36))
  for (const type of [18, 22, 26, 30, 34, 38]) assert.ok((types as number[]).includes(type))
  assert.is((types as number[])[0], 18)
})

test('an unknown group is an error that lists the known ones', async () => {
  for (const name of ['nolink', 'nosuch/group', 'ethtool/nosuch', 'xfrm/nosuch']) {
    const error = await rejection(summary(['link', name]))
    assert.instance(error, UnknownGroupError)
    assert.ok(error.message.startsWith(`expected a group, got "${name}"; known are\n`))
    for (const known of ['ipv4-ifaddr', 'xfrm/sa', 'ethtool/monitor']) {
      assert.ok(error.message.split(/\s+/).includes(known), known)
    }
  }
})

test('families whose answer makes no sense are left out', async () => {
  const broken = family(30, 'broken', [['a', 1]])
  broken[20] = 200
  const cut = ethtool.slice()
  cut.set([3, 0], 20)
  const open = kernelWith(broken, cut, nlctrl)
  const [source] = await recordSources({ groups: ['nlctrl/notify'], open })
  assert.equal(source?.groups, [16])
  const error = await rejection(recordSources({ groups: ['broken/a'], open }))
  assert.instance(error, UnknownGroupError)
})

test('a kernel that does not answer: the time or the signal ends it', async () => {
  const open: OpenEndpoint = (...args) => new FakeSocket(...args)
  const groups = ['nlctrl/notify']
  const late = await rejection(recordSources({ groups, open, timeout: 20 }))
  assert.is(late.name, 'TimeoutError')
  const signal = AbortSignal.abort(new Error('enough'))
  assert.is((await rejection(recordSources({ groups, open, signal }))).message, 'enough')
})

test.run()
