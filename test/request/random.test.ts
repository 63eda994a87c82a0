// Requests under random faults: whatever order they come in, each request settles once, as a plain model says.

import { type Netlink, type NetlinkError, openNetlink } from 'netlink-wasm'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { randomStream } from '../support/random.ts'
import { ack, answer, link, PORT, ScriptedKernel } from '../support/scripted-kernel.ts'

const ROUNDS = 60
const STEPS = 40

interface Asked {
  seq: number
  abort: AbortController
  /** What the model says; undefined while it is open. */
  expected: string | undefined
  settled: string[]
}

class Session {
  readonly kernel: ScriptedKernel
  readonly #rt: Netlink
  readonly asked: Asked[] = []
  readonly #all: Promise<unknown>[] = []

  constructor(kernel: ScriptedKernel, rt: Netlink) {
    this.kernel = kernel
    this.#rt = rt
  }

  get socket() {
    const [socket] = this.kernel.sockets
    if (!socket) throw new Error('expected a socket')
    return socket
  }

  async ask(): Promise<void> {
    const abort = new AbortController()
    const one: Asked = { seq: 0, abort, expected: undefined, settled: [] }
    const limits = { signal: abort.signal, timeout: 60_000 }
    const asked = this.#rt.do('getlink', { ifname: 'x' }, limits).then(
      (found) => one.settled.push(`${found?.ifname}`),
      (error: NetlinkError) =>
        one.settled.push(`${error.code ?? error.message} ${error.errno ?? ''}`),
    )
    this.#all.push(asked)
    one.seq = (await this.kernel.asked(this.asked.length)).seq
    this.asked.push(one)
  }

  /** The model: who is open settles so. */
  settle(which: Asked[], outcome: string): void {
    for (const one of which) one.expected ??= outcome
  }

  async end(): Promise<void> {
    this.#rt.close()
    this.settle(this.asked, 'ERR_NETLINK_SOCKET_CLOSED ')
    await Promise.all(this.#all)
  }
}

/** What may happen to one request, or to the socket. */
const FATES: ((session: Session, one: Asked) => void)[] = [
  (session, one) => {
    session.socket.wake([answer(one.seq, 'a')])
    session.settle([one], 'a')
  },
  (session, one) => {
    session.socket.wake([link(one.seq, 'b'), link(one.seq, 'double'), ack(one.seq), ack(one.seq)])
    session.settle([one], 'b')
  },
  (session, one) => {
    session.socket.wake([ack(one.seq, -19), answer(one.seq, 'late')])
    session.settle([one], 'ERR_NETLINK_KERNEL -19')
  },
  (session, one) => {
    one.abort.abort(new Error('enough'))
    session.settle([one], 'enough ')
  },
  (session) => {
    session.socket.wake([], { overran: true })
    session.settle(session.asked, 'ERR_NETLINK_SOCKET -105')
  },
  (session, one) => {
    session.socket.wake([answer(one.seq, 'c'), message({ type: 4 }), answer(one.seq, 'late')])
    session.settle([one], 'c')
    session.settle(session.asked, 'ERR_NETLINK_SOCKET -105')
  },
  (session, one) => {
    session.socket.wake([{ datagram: link(one.seq, 'cut').subarray(0, 20), length: 99 }])
    session.settle(session.asked, 'ERR_NETLINK_TRUNCATED ')
  },
  ({ socket }, one) => socket.wake([{ datagram: answer(one.seq, 'forged'), portId: 5 }]),
  ({ socket }, one) =>
    socket.wake([message({ type: 2, seq: one.seq, pid: PORT + 1 }, new Uint8Array(20))]),
  ({ socket }, one) => socket.wake([answer(one.seq + 1000, 'nobody')]),
]

test('each request settles once, as the model says', async () => {
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = randomStream(1, seed)
    const below = (count: number) => Math.floor(random() * count)
    const kernel = new ScriptedKernel()
    const rt = await openNetlink('rt-link' as string, { open: kernel.open, schema: rtnetlink })
    const session = new Session(kernel, rt)
    for (let step = 0; step < STEPS; step++) {
      if (session.asked.length === 0 || below(2) === 0) await session.ask()
      else {
        const one = session.asked[below(session.asked.length)] as Asked
        FATES[below(FATES.length)]?.(session, one)
        // What is rejected leaves before the next thing happens.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await session.end()
    for (const { settled, expected } of session.asked) {
      assert.equal(settled, [expected], `seed ${seed}`)
      outcomes.set(expected ?? '', (outcomes.get(expected ?? '') ?? 0) + 1)
    }
    assert.is(kernel.openSockets, 0)
  }
  // Every way to end was met.
  assert.is(outcomes.size, 8, [...outcomes.keys()].join(', '))
})

test.run()
