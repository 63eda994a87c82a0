// Work against input size: linear for every family of input, malformed or only unfriendly, through the decoder and
// through the waits. Counted, so that it is the same on every machine and at any load.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ByteSource, NetlinkError, readNetlinkMessages } from 'netlink-wasm'
import { message, newLink, replay } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ACROSS, link, repeat, SMALL } from '../support/families.ts'
import {
  copiedBytes,
  countGrowth,
  doublings,
  explain,
  type Growth,
  growthOf,
  movedElements,
} from '../support/growth.ts'
import { MESSAGE_MAX } from '../support/reference.ts'

const BOUND = 1.1

const decoding = suite('accesses and copied bytes of decodeMessages')

decoding('would be found not to be linear', () => {
  const exponent = (work: (size: number) => number) =>
    growthOf(doublings(100).map((size) => ({ size, work: work(size) }))).exponent
  assert.ok(exponent((size) => 3 * size) < 1.01)
  assert.ok(exponent((size) => size * Math.log2(size)) > BOUND)
  assert.ok(exponent((size) => size * size) > 1.99)
})

const script = fileURLToPath(new URL('../support/decode-growth.ts', import.meta.url))
const counted = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' })
assert.is(counted.status, 0, counted.stderr)
for (const [name, growth] of Object.entries<Growth>(JSON.parse(counted.stdout))) {
  decoding(name, () => {
    assert.ok(growth.exponent <= BOUND, explain(growth))
  })
}

decoding.run()

const reading = suite('reads and copied bytes of the waits')

interface Stream {
  name: string
  sizes: number[]
  /** The chunks of one read each. */
  build: (size: number) => Iterable<Uint8Array>
  framing?: 'datagram'
}

function* bytesOf(data: Uint8Array, step = 1): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step)
}
function* times(count: number, chunk: Uint8Array): Generator<Uint8Array> {
  for (let left = count; left > 0; left--) yield chunk
}

const eth0 = newLink({ ifname: 'eth0', operstate: 6 })
const padded = message({ type: 1 }, new Uint8Array(1))
const datagram = 'datagram'

const streams: Stream[] = [
  {
    name: 'one message, a byte at a time',
    sizes: SMALL,
    build: (size) => bytesOf(message({ type: 1 }, new Uint8Array(size))),
  },
  {
    name: 'small messages, a byte at a time',
    sizes: SMALL,
    build: (size) => bytesOf(repeat(eth0, size)),
  },
  {
    name: 'padding, a byte at a time',
    sizes: SMALL,
    build: (size) => bytesOf(repeat(padded, size)),
  },
  {
    name: 'the largest message that may be announced, a byte at a time',
    sizes: SMALL,
    build: (size) => bytesOf(message({ type: 1, length: MESSAGE_MAX }, new Uint8Array(size))),
  },
  {
    name: 'large messages, each in halves',
    sizes: ACROSS,
    build: (size) => bytesOf(repeat(message({ type: 1 }, new Uint8Array(30_000)), size), 15_008),
  },
  {
    name: 'a message and a half at a time',
    sizes: ACROSS,
    build: (size) => bytesOf(repeat(eth0, size), eth0.length * 1.5),
  },
  {
    name: 'small messages, all at once',
    sizes: ACROSS,
    build: (size) => [repeat(message({ type: 1 }), size)],
  },
  {
    name: 'links that are broken, all at once',
    sizes: SMALL,
    build: (size) => [repeat(link(new Uint8Array(4)), size)],
  },
  { name: 'datagrams', sizes: SMALL, build: (size) => times(size / 40, eth0), framing: datagram },
  {
    name: 'datagrams of zeros',
    sizes: SMALL,
    build: (size) => times(size / 16, new Uint8Array(16)),
    framing: datagram,
  },
  {
    name: 'datagrams that are cut',
    sizes: SMALL,
    build: (size) => times(size / 20, eth0.subarray(0, 20)),
    framing: datagram,
  },
]

for (const { name, sizes, build, framing } of streams) {
  reading(name, async () => {
    const growth = await countGrowth(sizes, async (size) => {
      const { source, reads } = asked(build(size), framing)
      const copied = await copiedBytes(async () => {
        const all = readNetlinkMessages(source, null, [16], [6], () => true)
        await assertEnds(all)
      })
      return reads() + copied
    })
    assert.ok(growth.exponent <= BOUND, explain(growth))
  })
}

reading.run()

const replaying = suite('moved chunks of replay()')

replaying('many chunks', async () => {
  const growth = await countGrowth(doublings(2048), (count) =>
    movedElements(async () => {
      const source = replay(Array(count).fill(eth0))
      for (let left = count; left > 0; left--) await source.recv()
      source.push(eth0)
    }, count),
  )
  assert.ok(growth.exponent <= BOUND, explain(growth))
})

replaying.run()

/** A source that does nothing but hand out its chunks, and counts how often it was asked. */
function asked(chunks: Iterable<Uint8Array>, framing?: 'stream' | 'datagram') {
  const iterator = chunks[Symbol.iterator]()
  let reads = 0
  const source: ByteSource = {
    ...(framing && { framing }),
    recv() {
      reads++
      const { value, done } = iterator.next()
      return done ? null : value
    },
  }
  return { source, reads: () => reads }
}

async function assertEnds(reading: Promise<void>): Promise<void> {
  try {
    await reading
    assert.unreachable('expected the end of the source')
  } catch (error) {
    assert.instance(error, NetlinkError)
  }
}
