// A hundred thousand requests that end in every way there is leave nothing: no socket, no timer, no listener, no object.
// Objects are counted, as memory says little: a collection may come late, and a leak may be small.

import { getEventListeners } from 'node:events'
import v8 from 'node:v8'
import { type Netlink, type NetlinkError, type OpenEndpoint, openNetlink } from 'netlink-wasm'
import { concat, fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ack, answer, done, link, PORT } from '../support/scripted-kernel.ts'

const REQUESTS = 100_000
const WARM = 5_000
/** What caches may hold more of. A leak of one object in a thousand requests would be as many. */
const GROWTH_MAX = REQUESTS / 1000
const MULTI = 2
const EPERM = -1

/** What becomes of the next request: wake-ups after it was sent. */
type Fate = (seq: number, wake: (...datagrams: Uint8Array[]) => void, overrun: () => void) => void

class CountedKernel {
  sockets = 0
  timers = new Set<() => void>()
  fate: Fate = () => {}

  readonly open: OpenEndpoint = (options, onWakeUp) => {
    this.sockets++
    let isClosed = false
    const wake = (datagrams: Uint8Array[], overran: boolean) => {
      if (isClosed) return
      const received = datagrams.map((datagram) => {
        return { datagram, length: datagram.length, portId: 0, group: 0 }
      })
      onWakeUp(received, overran, true)
    }
    if (options.groups.length > 0) setImmediate(() => wake([link(0, 'event')], false))
    return {
      portId: PORT,
      send: async (bytes) => {
        const seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
        this.fate(
          seq,
          (...datagrams) => setImmediate(wake, datagrams, false),
          () => wake([], true),
        )
      },
      pause() {},
      resume() {},
      close: () => {
        if (!isClosed) this.sockets--
        isClosed = true
      },
    }
  }

  readonly clock = {
    now: () => 0,
    after: (_: number, call: () => void) => {
      this.timers.add(call)
      return () => this.timers.delete(call)
    },
  }

  /** Every time that is waited for is up. */
  expire(): void {
    for (const call of [...this.timers]) call()
  }
}

type Run = (rt: Netlink, kernel: CountedKernel, signal: AbortSignal) => PromiseLike<unknown>

const limits = (signal: AbortSignal) => ({ signal, timeout: 60_000 })

/** Every way in which a request ends, and how that is told. */
const ENDS: Record<string, [told: unknown, run: Run]> = {
  answered: [
    'eth0',
    async (rt, kernel, signal) => {
      kernel.fate = (seq, wake) => wake(answer(seq, 'eth0'))
      return (await rt.do('getlink', { ifname: 'eth0' }, limits(signal)))?.ifname
    },
  ],
  acknowledged: [
    undefined,
    (rt, kernel, signal) => {
      kernel.fate = (seq, wake) => wake(ack(seq))
      return rt.do('setlink', { ifname: 'eth0', mtu: 1400 }, limits(signal))
    },
  ],
  refused: [
    'ERR_NETLINK_KERNEL',
    (rt, kernel, signal) => {
      kernel.fate = (seq, wake) => wake(ack(seq, EPERM))
      return rt.do('setlink', { ifname: 'eth0', mtu: 1400 }, limits(signal))
    },
  ],
  wrong: ['ERR_INVALID_ARG_TYPE', (rt, _, signal) => rt.do('getlink', { no: 1 }, limits(signal))],
  aborted: [
    'AbortError',
    (rt, kernel) => {
      const abort = new AbortController()
      kernel.fate = () => setImmediate(() => abort.abort())
      return rt.do('getlink', { ifname: 'eth0' }, limits(abort.signal))
    },
  ],
  'timed out': [
    'TimeoutError',
    (rt, kernel, signal) => {
      kernel.fate = () => setImmediate(() => kernel.expire())
      return rt.do('getlink', { ifname: 'eth0' }, limits(signal))
    },
  ],
  lost: [
    'ERR_NETLINK_SOCKET',
    (rt, kernel, signal) => {
      kernel.fate = (_, __, overrun) => setImmediate(overrun)
      return rt.do('getlink', { ifname: 'eth0' }, limits(signal))
    },
  ],
  closed: [
    'ERR_NETLINK_SOCKET_CLOSED',
    async (_, kernel, signal) => {
      kernel.fate = () => setImmediate(() => other.close())
      const other = await opened(kernel)
      return other.do('getlink', { ifname: 'eth0' }, limits(signal))
    },
  ],
  'a dump': [
    2,
    (rt, kernel, signal) => {
      kernel.fate = (seq, wake) => {
        wake(concat([link(seq, 'a', MULTI), link(seq, 'b', MULTI)]), done(seq))
      }
      return rt.dump('getlink', {}, limits(signal)).then((entries) => entries.length)
    },
  ],
  'a dump that is left': [
    'a',
    async (rt, kernel, signal) => {
      kernel.fate = (seq, wake) => wake(link(seq, 'a', MULTI), link(seq, 'b', MULTI))
      for await (const { ifname } of rt.dump('getlink', {}, limits(signal))) return ifname
    },
  ],
  'a subscription': [
    'event',
    async (rt, _, signal) => {
      for await (const event of rt.subscribe(['rtnlgrp-link'], limits(signal))) {
        return event.type === 'message' && event.body.ifname
      }
    },
  ],
}

function opened({ open, clock }: CountedKernel): Promise<Netlink> {
  return openNetlink('rt-link' as string, { open, clock })
}

/** All objects, functions and promises that are still referred to. */
function liveObjects(): number {
  const { queryObjects } = v8 as unknown as {
    queryObjects(kind: unknown, options: { format: 'count' }): number
  }
  return queryObjects(Object, { format: 'count' })
}

/** Real time, as the clock of this kernel stands still: a request that never ends would wait for ever. */
async function inTime<T>(body: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error('expected every request to end, got one that did not')),
      300_000,
    )
  })
  return Promise.race([body, late]).finally(() => clearTimeout(timer))
}

test('a hundred thousand requests leave no socket, timer, listener or object', () =>
  inTime(leaveNothing()))

async function leaveNothing(): Promise<void> {
  const kernel = new CountedKernel()
  const { signal } = new AbortController()
  const ends = Object.entries(ENDS)
  const rt = await opened(kernel)
  let before = 0
  for (let n = 0; n < WARM + REQUESTS; n++) {
    if (n === WARM) before = liveObjects()
    const [end, [told, run]] = ends[n % ends.length] as (typeof ends)[number]
    const outcome = await run(rt, kernel, signal).then(
      (value) => value,
      (error: NetlinkError) => (typeof error.code === 'string' ? error.code : error.name),
    )
    if (outcome !== told) assert.is(outcome, told, `request ${n}, ${end}`)
  }
  rt.close()
  const growth = liveObjects() - before
  assert.is(kernel.sockets, 0)
  assert.is(kernel.timers.size, 0)
  assert.is(getEventListeners(signal, 'abort').length, 0)
  assert.ok(growth < GROWTH_MAX, `${growth} objects more than before ${REQUESTS} requests`)
}

test('ten thousand links, each asked for while they are dumped', async () => {
  const count = 10_000
  const kernel = fakeKernel()
  kernel.on('rt-link', 'getlink', ({ body, isDump }) => {
    if (!isDump) return { 'ifi-index': body['ifi-index'], ifname: `asked ${body['ifi-index']}` }
    return Array.from({ length: count }, (_, n) => ({ 'ifi-index': n + 1, ifname: `eth${n}` }))
  })
  const rt = await openNetlink('rt-link' as string, { open: kernel.open })
  let asked = 0
  for await (const { 'ifi-index': index } of rt.dump('getlink', {}, { timeout: 120_000 })) {
    const one = await rt.do('getlink', { 'ifi-index': index }, { timeout: 120_000 })
    asked++
    assert.is(one?.ifname, `asked ${index}`)
  }
  assert.is(asked, count)
  rt.close()
})

test.run()
