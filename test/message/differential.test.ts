// The decoder against a second one that shares nothing with it (support/reference.ts): the same
// messages, fields, error codes and places for golden vectors, live messages and random damage to both.
// FUZZ_ROUNDS and FUZZ_SEED repeat or prolong a run.

import { write } from 'node:fs'
import {
  type ByteSource,
  createBoundNetlinkSocket,
  NetlinkError,
  readNetlinkMessages,
} from 'netlink-wasm'
import { concat, newLink, replay } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, same } from '../support/compare-decoders.ts'
import { corpus } from '../support/corpus.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'
import { MESSAGE_MAX, referenceStream, type Sighting } from '../support/reference.ts'
import { readVectors } from '../vectors/read.ts'

const rounds = Number(process.env.FUZZ_ROUNDS ?? 200_000)
const seed = Number(process.env.FUZZ_SEED ?? 20261)
/** A stream costs as much as some ten datagrams. */
const streamRounds = Math.ceil(rounds / 10)

test('every golden vector, in both byte orders and cut at every byte', () => {
  for (const { bytes, byteOrder, title } of readVectors()) {
    compare(bytes, byteOrder === 'little', title)
    compare(bytes, byteOrder === 'big', title)
    for (let length = 0; length < bytes.length; length++) {
      compare(bytes.subarray(0, length), byteOrder === 'little', `${title}, ${length} bytes`)
    }
  }
})

test('what this machine says of its own links', async () => {
  const datagrams = await record()
  for (const datagram of datagrams) compare(datagram, true, 'recorded live')
  compare(concat(datagrams), true, 'recorded live, laid end to end')
})

test(`${rounds} mutations (FUZZ_SEED=${seed})`, async () => {
  const inputs = [...corpus(), ...(await record())]
  const next = random(seed)
  const mutators = { little: mutator(next, inputs), big: mutator(next, inputs, false) }
  const kinds = new Map<string, number>()
  const bigEndian = readVectors().filter(({ byteOrder }) => byteOrder === 'big')
  for (let round = 0; round < rounds; round++) {
    const little = next() < 0.8
    const { mutate, pick } = little ? mutators.little : mutators.big
    // Now and then the bytes are read in the other order than they were written in.
    const fitting = little || next() < 0.1 ? inputs : bigEndian.map(({ bytes }) => bytes)
    const data = mutate(pick(fitting))
    for (const message of compare(data, little, `FUZZ_SEED=${seed}, round ${round}`)) {
      const kind = message.error?.code ?? message.kind
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
  }
  // Nothing is shown by inputs that all fail alike.
  const objects = ['address', 'route', 'neighbour', 'rule']
  const found = [...kinds].filter(([kind]) => !objects.includes(kind))
  assert.is(found.length, 10, [...kinds.keys()].join(' '))
  for (const [kind, count] of found) {
    assert.ok(count > rounds / 1000, `${count} of ${kind} in ${rounds} rounds`)
  }
})

test(`inputs larger than the window, with messages cut by its end (FUZZ_SEED=${seed})`, () => {
  const next = random(seed + 1)
  const inputs = corpus()
  const { mutate, pick, below } = mutator(next, inputs)
  const huge = (length: number) => claim(newLink({ ifname: 'eth0' }), length)
  for (let round = 0; round < 60; round++) {
    const parts: Uint8Array[] = []
    for (let length = 0; length < 400_000 + below(600_000); ) {
      // Damage must be rare, or few inputs reach the window's end.
      const damaged = next() < 0.0005
      const part = damaged ? mutate(pick(inputs)) : newLink({ ifname: 'x'.repeat(below(3000)) })
      parts.push(part)
      length += part.length
    }
    const length = pick([below(200_000), MESSAGE_MAX, MESSAGE_MAX - below(64), MESSAGE_MAX + 1])
    if (next() < 0.5) parts.splice(below(parts.length), 0, huge(length))
    compare(concat(parts), true, `FUZZ_SEED=${seed}, large round ${round}`)
  }
})

test(`${streamRounds} byte streams, cut anywhere (FUZZ_SEED=${seed})`, async () => {
  const next = random(seed + 2)
  const inputs = corpus()
  const { mutate, cut, pick, below } = mutator(next, inputs)
  const ends = new Map<string, number>()
  const waits: Promise<void>[] = []
  for (let round = 0; round < streamRounds; round++) {
    const parts = Array.from({ length: 1 + below(4) }, () => {
      return next() < 0.5 ? pick(inputs) : mutate(pick(inputs))
    })
    const data = withCleanPadding(concat(parts))
    const types = pick([[16], [17], [16, 17], [16, 17, 18, 19]])
    const operstates = pick([[6], [2, 6], [0, 1, 2, 3, 4, 5, 6], [0]])
    const expected = referenceStream(data, types, operstates)
    const where = `FUZZ_SEED=${seed}, stream round ${round}`
    const check = async (pieces: Uint8Array[]) => {
      const actual = await readStream(pieces, types, operstates)
      same(actual, expected, data, `${where}, types ${types}, operstates ${operstates}`)
    }
    ends.set(expected.ended, (ends.get(expected.ended) ?? 0) + 1)
    // Many at a time, as a wait takes some milliseconds to believe that its source has ended.
    const wait = check(cut(data))
    // Heard of below, with the others.
    wait.catch(() => {})
    waits.push(wait)
    if (waits.length === 500) await Promise.all(waits.splice(0))
  }
  await Promise.all(waits)
  assert.is(ends.size, 3, [...ends.keys()].join(' '))
})

test('a message larger than the window, on a byte stream', async () => {
  const up = newLink({ ifname: 'eth0', operstate: 6 })
  for (const length of [MESSAGE_MAX - 1, MESSAGE_MAX, MESSAGE_MAX + 1, 2 ** 32 - 1]) {
    const large = claim(up.slice(), length, Math.min(length, MESSAGE_MAX + 1))
    const data = concat([large, new Uint8Array(-large.length & 3), up])
    const pieces = mutator(random(length), []).cut(data, 2000)
    const expected = referenceStream(data, [16], [6])
    same(await readStream(pieces, [16], [6]), expected, data, `nlmsg_len ${length}`)
  }
})

/** Both decoders on `data`; returns what the second one found. */
async function readStream(pieces: Uint8Array[], types: number[], operstates: number[]) {
  const source = replay(pieces, { framing: 'stream' })
  const codes: string[] = []
  // Every one that is dropped is the last one for a moment.
  Object.defineProperty(source.stats, 'lastMalformed', {
    set: (error: NetlinkError) => codes.push(error.code),
  })
  const seen: Sighting[] = []
  let previous = 6
  const take = (ifname: string, operstate: number, before: number) => {
    assert.is(before, previous)
    previous = operstate
    seen.push([ifname, operstate])
    return true
  }
  const ended = await endOf(readNetlinkMessages(source, null, types, operstates, take))
  assert.is(source.stats.malformed, codes.length)
  return { seen, malformed: codes, ended }
}

async function endOf(reading: Promise<void>): Promise<string> {
  try {
    await reading
  } catch (error) {
    assert.instance(error, NetlinkError, String(error))
    return (error as NetlinkError).code
  }
  throw new Error('expected the reading to end with an error')
}

/** `message` with another nlmsg_len, filled up with zeros to it or to `size`. */
function claim(message: Uint8Array, length: number, size = length): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, message.length))
  bytes.set(message)
  new DataView(bytes.buffer).setUint32(0, length, true)
  return bytes
}

/**
 * Zeros between messages, as the kernel writes them: where a read ends with a message, a byte stream
 * takes only zeros for the padding that may be missing there.
 */
function withCleanPadding(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  for (let at = 0; data.length - at >= 16; ) {
    const length = view.getUint32(at, true)
    if (length < 16 || length > data.length - at) break
    const next = at + length + (-length & 3)
    data.fill(0, at + length, Math.min(next, data.length))
    at = next
  }
  return data
}

/** A dump of the kernel's links, datagram by datagram; none where there is no netlink. */
async function record(): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = []
  try {
    using socket = createBoundNetlinkSocket()
    // nlmsghdr: 32 bytes, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP; ifinfomsg: zeros.
    const request = new Uint8Array(32)
    request.set([32, 0, 0, 0, 18, 0, 1, 3])
    write(socket.fd, request, () => {})
    const source: ByteSource = socket
    for (let isDone = false; !isDone; ) {
      const datagram = await source.recv({ timeout: 60_000 })
      if (!datagram) throw new Error('no answer within 2 s')
      datagrams.push(datagram)
      isDone = datagram[4] === 3
    }
  } catch (error) {
    console.log(`nothing recorded live: ${(error as Error).message}`)
  }
  return datagrams
}

test.run()
