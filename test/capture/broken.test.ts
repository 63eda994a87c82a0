// Capture files cut at every byte, and damaged at random: held against a second reader. And large ones:
// memory stays flat, and no length makes room for what does not come.

import { readFileSync } from 'node:fs'
import { type NetlinkError, readCaptureBatches } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ascii,
  block,
  bytes,
  chunks,
  enhancedPacket,
  interfaceBlock,
  join,
  oldPacket,
  option,
  pcapHeader,
  pcapRecord,
  read,
  sectionHeader,
  simplePacket,
} from '../support/capture-files.ts'
import { referenceRead } from '../support/capture-reference.ts'
import { copiedBytes } from '../support/growth.ts'
import { random } from '../support/random.ts'

const ORDERS = ['little', 'big'] as const
const real = (name: string) => readFileSync(new URL(`../captures/${name}.pcap`, import.meta.url))

/** Small files of every kind. */
const FILES: Uint8Array[] = ORDERS.flatMap((order) => [
  ...[0xa1b2c3d4, 0xa1b23c4d].map((magic) =>
    join(
      pcapHeader({ order, magic }),
      pcapRecord(bytes(5), { order, second: 1_700_000_000, fraction: 5 }),
      pcapRecord(bytes(0), { order }),
      pcapRecord(bytes(30), { order, second: 0xffffffff, original: 90 }),
    ),
  ),
  join(
    sectionHeader(order),
    interfaceBlock(order, {
      snapLength: 8,
      options: [option(9, Uint8Array.of(0x8a), order), option(2, ascii('nlmon0'), order)],
    }),
    enhancedPacket(bytes(5), { order, time: [1, 2], options: [option(1, ascii('one'), order)] }),
    block(0x0bad, bytes(30), order),
    simplePacket(bytes(8), 90, order),
    sectionHeader(order === 'big' ? 'little' : 'big'),
    interfaceBlock(order === 'big' ? 'little' : 'big'),
    oldPacket(bytes(9), { order: order === 'big' ? 'little' : 'big', time: [9, 9] }),
  ),
])

/** Reads a file by the package, cut into `size` bytes, and by the second reader, and compares. */
async function compare(file: Uint8Array, size: number, what: string): Promise<string> {
  const expected = referenceRead(Buffer.from(file))
  const { frames, error } = await read(chunks(file, size))
  if (expected.code === undefined) assert.is(error, undefined, what)
  else {
    assert.instance(error, Error, what)
    const { name, code, offset } = error as NetlinkError
    const wanted = ['NetlinkError', `ERR_NETLINK_CAPTURE_${expected.code}`, expected.offset]
    assert.equal([name, code, offset], wanted, what)
  }
  const got = frames.map((frame) => ({
    fileOffset: frame.fileOffset,
    data: Buffer.from(frame.data).toString('hex'),
    originalLength: frame.originalLength,
    timestamp: frame.timestamp,
    linkType: frame.linkType,
    interfaceId: frame.interfaceId,
  }))
  assert.equal(got, expected.frames, what)
  assert.ok(frames.every(({ number }, index) => number === index + 1))
  return expected.code ?? 'whole'
}

test('a file cut at any byte gives what is whole before, and says where it is cut', async () => {
  for (const [index, file] of FILES.entries()) {
    const seen: Record<string, number> = {}
    for (let length = 0; length <= file.length; length++) {
      const cut = file.subarray(0, length)
      const verdict = await compare(cut, 1 + (length % 50), `file ${index} cut to ${length} bytes`)
      seen[verdict] = (seen[verdict] ?? 0) + 1
    }
    // All but the first bytes, and the ends of records and blocks.
    const { FORMAT, TRUNCATED = 0, whole = 0, ...others } = seen
    assert.is(FORMAT, 4)
    assert.ok(whole >= 4 && whole <= 8)
    assert.is(TRUNCATED, file.length + 1 - 4 - whole)
    assert.equal(others, {})
  }
})

test('20,000 mutations: frames, errors and places as a second reader has them', async () => {
  const SEED = 0xca97
  const next = random(SEED)
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const nasty = [0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 16, 20, 28, 31, 32, 33, 64, 127, 128, 255]
  const words = [
    0,
    12,
    16,
    20,
    28,
    32,
    36,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    2 ** 26,
    2 ** 26 + 4,
  ]
  const mutations: ((file: Buffer) => Buffer)[] = [
    (file) => {
      file[below(file.length)] = next() < 0.5 ? pick(nasty) : below(256)
      return file
    },
    (file) => {
      const at = below(file.length)
      file[at] = (file[at] as number) ^ (1 << below(8))
      return file
    },
    (file) => {
      const at = below(file.length - 3) & ~3
      if (next() < 0.5) file.writeUInt32LE(pick(words), at)
      else file.writeUInt32BE(pick(words), at)
      return file
    },
    (file) => file.subarray(0, below(file.length)),
    (file) => Buffer.concat([file, pick(FILES)]),
    (file) => {
      const [at, to] = [below(file.length), below(file.length)]
      return Buffer.concat([file.subarray(0, at), file.subarray(to)])
    },
  ]
  const seen: Record<string, number> = {}
  for (let run = 0; run < 20_000; run++) {
    let file: Buffer = Buffer.from(pick(FILES))
    for (let count = 1 + below(3); count > 0 && file.length > 4; count--)
      file = pick(mutations)(file)
    const size = pick([1, 7, 64, 1000])
    const verdict = await compare(file, size, `seed ${SEED}, run ${run}, chunks of ${size}`)
    seen[verdict] = (seen[verdict] ?? 0) + 1
  }
  for (const verdict of ['whole', 'FORMAT', 'TRUNCATED', 'BLOCK']) {
    assert.ok((seen[verdict] ?? 0) > 500, `too few of ${verdict}: ${JSON.stringify(seen)}`)
  }
})

test('recorded captures, in chunks of any size, as the second reader has them', async () => {
  for (const name of ['link', 'tc', 'nft', 'big-endian']) {
    for (const size of [1000, 65_536, 2 ** 24]) {
      assert.is(await compare(real(name), size, `${name} in chunks of ${size}`), 'whole')
    }
  }
})

/** Calls of `new Uint8Array(length)` while `body` runs: the longest. */
async function longestArray(body: () => Promise<unknown>): Promise<number> {
  const { Uint8Array: original } = globalThis
  let longest = 0
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args) {
      if (typeof args[0] === 'number') longest = Math.max(longest, args[0])
      return Reflect.construct(target, args, target)
    },
  })
  try {
    await body()
  } finally {
    globalThis.Uint8Array = original
  }
  return longest
}

test('a length that lies makes no room for what does not come', async () => {
  const liar = join(pcapHeader(), pcapRecord(bytes(100), { captured: 64 * 1024 * 1024 }))
  const packet = enhancedPacket(bytes(100))
  new DataView(packet.buffer).setUint32(4, 64 * 1024 * 1024, true)
  const whole = pcapRecord(bytes(3000))
  for (const file of [liar, join(sectionHeader(), interfaceBlock(), packet)]) {
    for (const size of [1, 50, 1000]) {
      const parts = [...chunks(file, size)]
      assert.ok((await longestArray(() => read(parts))) <= 512)
    }
  }
  // It is a measure: a record across chunks does make room.
  const parts = [...chunks(join(pcapHeader(), whole), 1)]
  assert.ok((await longestArray(() => read(parts))) >= 3000)
})

test('a record that comes a byte at a time is copied a few times, not once a byte', async () => {
  const size = 1_000_000
  const file = join(pcapHeader(), pcapRecord(new Uint8Array(size)))
  for (const length of [1, 1000]) {
    const parts = chunks(file, length)
    const own = size // What `chunks` copies itself.
    const copied = (await copiedBytes(async () => void (await read(parts)))) - own
    assert.ok(copied < 4 * size, `${copied} bytes copied of ${size}`)
  }
})

/** `total` bytes of records without end, in chunks of 64 KiB, each in memory of its own. */
async function* endless(start: Uint8Array, record: Uint8Array, total: number) {
  yield start
  const size = 65_536
  const count = Math.ceil(size / record.length) + 1
  const pattern = join(...Array<Uint8Array>(count).fill(record))
  for (let at = 0; at < total; at += size) {
    const phase = at % record.length
    yield pattern.slice(phase, phase + size)
  }
}

test('memory is flat: 200 MB of pcap, and 200 MB of pcapng of which most is passed over', async () => {
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const skipped = block(0x0bad, new Uint8Array(33_000_000))
  async function* passedOver() {
    yield join(sectionHeader(), interfaceBlock())
    for (let count = 0; count < 6; count++) {
      yield* chunks(skipped, 65_536)
      yield enhancedPacket(bytes(8))
    }
  }
  for (const [source, expected] of [
    [endless(pcapHeader(), pcapRecord(bytes(984)), 200_000_000), 200_000],
    [passedOver(), 6],
  ] as const) {
    const before = used()
    let most = 0
    let frames = 0
    let chunk = 0
    try {
      for await (const batch of readCaptureBatches(source, {
        onProgress: () => {
          if (chunk++ % 64 === 0) most = Math.max(most, used() - before)
        },
      })) {
        frames += batch.length
      }
    } catch (error) {
      // The last record is cut.
      assert.is((error as NetlinkError).code, 'ERR_NETLINK_CAPTURE_TRUNCATED')
    }
    assert.ok(Math.abs(frames - expected) < 100, `${frames} frames`)
    assert.ok(most < 100_000_000, `${Math.round(most / 1e6)} MB more than before`)
  }
})

test.run()
