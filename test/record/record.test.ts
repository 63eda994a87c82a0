// The recorder, on sockets and streams that the tests make: what is written, and when nothing is received.

import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeMessages, NetlinkError, type OpenEndpoint, recordNetlink } from 'netlink-wasm'
import { type CaptureFrame, netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { concat, doneMessage, errorMessage, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { FakeSocket } from '../support/fake-socket.ts'
import { until } from '../support/monitor.ts'

/** A stream that keeps what it gets; while `isStuck` it takes nothing further. */
class Sink extends Writable {
  readonly chunks: Uint8Array[] = []
  isStuck = false
  #resume: ((error?: Error) => void) | undefined

  constructor(highWaterMark = 1024 * 1024) {
    super({ highWaterMark })
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void) {
    this.chunks.push(chunk)
    if (this.isStuck) this.#resume = done
    else done()
  }

  unstick(error?: Error) {
    this.isStuck = false
    this.#resume?.(error)
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

test('each write is a block: wherever the stream ends between two, the file is whole', async () => {
  const { socket, sink, done, end } = recording()
  socket.wake([bytes(1), bytes(2), bytes(3)])
  socket.wake([bytes(4)])
  end()
  await done
  assert.is(sink.chunks.length, 1 + 4)
  for (let writes = 1; writes <= 5; writes++) {
    assert.is((await sink.frames(writes)).length, writes - 1)
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
  const asked = () => socket.sent.map((request) => request[4])
  const seqOf = (n: number) => decodeMessages(socket.sent[n] as Uint8Array)[0]?.header?.seq ?? 0
  assert.equal(asked(), [1])
  const seq = seqOf(0)
  const answer = (datagram: Uint8Array) => socket.wake([{ datagram, group: 0 }])
  answer(message({ type: 16, flags: 2, seq }))
  socket.wake([{ datagram: doneMessage({ seq }), portId: 9, group: 0 }])
  socket.wake([{ datagram: doneMessage({ seq }), group: 1 }])
  answer(doneMessage({ seq: seq ^ 1 }))
  assert.equal(asked(), [1])
  answer(concat([message({ type: 16, flags: 2, seq }), doneMessage({ seq })]))
  assert.equal(asked(), [1, 2])
  answer(errorMessage({ errno: -95, seq: seqOf(1) }))
  assert.equal(asked(), [1, 2, 3])
  answer(doneMessage({ seq: seqOf(2) }))
  end()
  assert.is(new Set([0, 1, 2].map(seqOf)).size, 3)
  assert.is((await done).datagrams, 7)
  assert.is((await sink.frames()).length, 7)
})

test('an answer is waited for from the end of the write on, and each request is written once', async () => {
  const timers: number[] = []
  const { setTimeout: real } = globalThis
  globalThis.setTimeout = ((call: () => void, ms: number) => {
    timers.push(ms)
    return real(call, ms)
  }) as typeof setTimeout
  let written = () => {}
  const sent: Uint8Array[] = []
  const open: OpenEndpoint = (...args) =>
    Object.assign(new FakeSocket(...args), {
      send(request: Uint8Array) {
        sent.push(request)
        return new Promise<void>((resolve) => {
          written = resolve
        })
      },
    })
  const requests = [(seq: number) => message({ type: 1, seq })]
  const sources = [{ protocol: 0, groups: [1], requests }]
  const end = new AbortController()
  const done = recordNetlink({ sources, sink: new Sink(), signal: end.signal, open })
  try {
    await sleep(0)
    assert.equal(timers, [], 'no time runs while all threads are busy')
    written()
    await sleep(0)
    assert.equal(timers, [3000])
    assert.is(sent.length, 1)
  } finally {
    globalThis.setTimeout = real
    end.abort()
    await done
  }
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

/** What becomes of a promise that may never settle. */
async function settlement(promise: PromiseLike<unknown>): Promise<string> {
  let outcome = ''
  promise.then(
    () => {
      outcome = 'resolved'
    },
    (error) => {
      outcome = error.code ?? error.message
    },
  )
  await until(() => outcome !== '', 'the recording to settle')
  return outcome
}

test('a stream that is closed without an error ends it, also while it is slow', async () => {
  const open = recording()
  open.socket.wake([bytes(1)])
  open.sink.destroy()
  assert.is(await settlement(open.done), 'ERR_STREAM_PREMATURE_CLOSE')
  assert.ok(open.socket.isClosed)

  const sink = new Sink(64)
  sink.isStuck = true
  const slow = recording(undefined, sink)
  assert.ok(slow.socket.isPaused)
  slow.end()
  await sleep(0)
  sink.destroy()
  assert.is(await settlement(slow.done), 'ERR_STREAM_PREMATURE_CLOSE')
  assert.ok(slow.socket.isClosed)
})

test('a stream that fails only with its last bytes, or as it closes, fails the recording', async () => {
  const full = () => new Error('disk full')
  const last = new Sink()
  const { socket, done, end } = recording(undefined, last)
  last.isStuck = true
  socket.wake([bytes(1)])
  end()
  await until(() => last.writableEnded, 'the stream to be ended')
  last.unstick(full())
  assert.is(await settlement(done), 'disk full')

  const closing = recording(
    undefined,
    new (class extends Sink {
      override _final(done: (error?: Error) => void) {
        done(full())
      }
    })(),
  )
  closing.end()
  assert.is(await settlement(closing.done), 'disk full')
})

test('a stream that somebody else ends fails the recording', async () => {
  const { socket, sink, done } = recording()
  socket.wake([bytes(1)])
  sink.end()
  assert.is(await settlement(done), 'ERR_STREAM_PREMATURE_CLOSE')
})

test('a signal that is aborted already: the head of a file', async () => {
  const sink = new Sink()
  const open: OpenEndpoint = (...args) => new FakeSocket(...args)
  const signal = AbortSignal.abort()
  const stats = await recordNetlink({ sources: [{ protocol: 0, groups: [] }], sink, signal, open })
  assert.is(stats.datagrams, 0)
  assert.equal(await sink.frames(), [])
})

test('what onProgress throws ends the recording with that error', async () => {
  const socket: FakeSocket[] = []
  const open: OpenEndpoint = (...args) => {
    socket.push(new FakeSocket(...args))
    return socket[0] as FakeSocket
  }
  const sink = new Sink()
  const onProgress = () => {
    throw new Error('mine')
  }
  const sources = [{ protocol: 0, groups: [1] }]
  const done = rejection(recordNetlink({ sources, sink, open, onProgress }))
  socket[0]?.wake([bytes(1, 2, 3, 4)])
  assert.is((await done).message, 'mine')
  assert.ok(sink.writableEnded)
})

test.run()
