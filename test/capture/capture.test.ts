// Capture files of every form the formats allow, built by hand, and what is broken in them: what comes out.

import { NetlinkError } from 'netlink-wasm'
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
  PCAP,
  PCAPNG,
  pcapHeader,
  pcapRecord,
  plain,
  read,
  sectionHeader,
  simplePacket,
} from '../support/capture-files.ts'

const ORDERS = ['little', 'big'] as const

async function framesOf(file: Uint8Array) {
  const { frames, error } = await read(file)
  assert.is(error, undefined)
  return frames
}

test('pcap: both byte orders, microseconds and nanoseconds', async () => {
  for (const order of ORDERS) {
    for (const [magic, unit] of [
      [0xa1b2c3d4, 1000n],
      [0xa1b23c4d, 1n],
    ] as const) {
      const file = join(
        pcapHeader({ order, magic, linkType: 0x0c0000fd }),
        pcapRecord(bytes(5), { order, second: 1_700_000_000, fraction: 999_999, original: 77 }),
        pcapRecord(bytes(0), { order, second: 0xffffffff, fraction: 0 }),
      )
      const [first, second, ...rest] = (await framesOf(file)).map(plain)
      assert.equal(rest, [])
      assert.equal(first, {
        number: 1,
        timestamp: 1_700_000_000_000_000_000n + 999_999n * unit,
        data: '01080f161d',
        originalLength: 77,
        fileOffset: 24,
        linkType: 253,
        section: 0,
        interfaceId: 0,
        interfaceName: undefined,
        comment: undefined,
        fileByteOrder: order,
      })
      const differs = { number: 2, timestamp: 4_294_967_295_000_000_000n, fileOffset: 45 }
      assert.equal(second, { ...first, ...differs, data: '', originalLength: 0 })
    }
  }
})

test('pcapng: sections in either order, each with interfaces of its own', async () => {
  const file = join(
    ...ORDERS.flatMap((order) => [
      sectionHeader(order),
      block(0x0bad, bytes(9), order),
      interfaceBlock(order, { options: [option(2, ascii('nlmon0'), order)] }),
      enhancedPacket(bytes(6), { order, time: [0x60000, 5], original: 9 }),
      interfaceBlock(order, { linkType: 276 }),
      block(4, new Uint8Array(0), order),
      enhancedPacket(bytes(3), { order, id: 1 }),
      oldPacket(bytes(4), { order, id: 1, time: [1, 0] }),
    ]),
  )
  const frames = await framesOf(file)
  assert.is(frames.length, 6)
  for (const [index, order] of ORDERS.entries()) {
    const [first, second, third] = frames.slice(index * 3, index * 3 + 3)
    const base = index * (file.length / 2)
    assert.equal(first && plain(first), {
      number: index * 3 + 1,
      timestamp: (0x60000n * 2n ** 32n + 5n) * 1000n,
      data: '01080f161d24',
      originalLength: 9,
      fileOffset: base + 28 + 24 + 32,
      linkType: 253,
      section: index,
      interfaceId: 0,
      interfaceName: 'nlmon0',
      comment: undefined,
      fileByteOrder: order,
    })
    assert.equal([second?.linkType, second?.interfaceId, second?.section], [276, 1, index])
    assert.equal(
      [second?.number, second?.timestamp, second?.interfaceName],
      [index * 3 + 2, 0n, undefined],
    )
    assert.equal(third && [third.timestamp, third.interfaceId], [2n ** 32n * 1000n, 1])
  }
})

test('pcapng: every resolution and offset of a clock', async () => {
  const ticks = 0x0001_8765_4321_0fedn
  for (const order of ORDERS) {
    for (const [resolution, expected] of [
      [0, ticks * 1_000_000_000n],
      [2, ticks * 10_000_000n],
      [3, ticks * 1_000_000n],
      [6, ticks * 1000n],
      [9, ticks],
      [10, ticks / 10n],
      [12, ticks / 1000n],
      [127, 0n],
      [0x80, ticks * 1_000_000_000n],
      [0x8a, (ticks * 1_000_000_000n) / 1024n],
      [0xa0, (ticks * 1_000_000_000n) / 2n ** 32n],
      [0xff, 0n],
    ] as const) {
      for (const seconds of [0n, 1000n, -1000n]) {
        const offset = new Uint8Array(8)
        new DataView(offset.buffer).setBigInt64(0, seconds, order === 'little')
        const options = [
          option(9, Uint8Array.of(resolution), order),
          option(14, offset, order),
          option(0, new Uint8Array(0), order),
          option(9, Uint8Array.of(1), order),
        ]
        const time: [number, number] = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)]
        const [frame, again] = await framesOf(
          join(
            sectionHeader(order),
            interfaceBlock(order, { options }),
            enhancedPacket(bytes(4), { order, time }),
            enhancedPacket(bytes(4), { order, time: [time[0], time[1] + 1] }),
          ),
        )
        const wanted = expected + seconds * 1_000_000_000n
        assert.is(frame?.timestamp, wanted, `if_tsresol ${resolution}`)
        if (resolution <= 9) {
          assert.is((again?.timestamp as bigint) - wanted, 10n ** BigInt(9 - resolution))
        }
      }
    }
  }
})

test('pcapng: simple packets have no time and are cut by the snap length', async () => {
  for (const order of ORDERS) {
    const file = join(
      sectionHeader(order, [1, 2]),
      interfaceBlock(order, { snapLength: 6 }),
      simplePacket(bytes(6), 100, order),
      simplePacket(bytes(5), 5, order),
    )
    const [cut, whole] = await framesOf(file)
    assert.equal([cut?.data, cut?.originalLength, cut?.timestamp], [bytes(6), 100, undefined])
    assert.equal([whole?.data, whole?.originalLength], [bytes(5), 5])
  }
})

test('pcapng: comments of a packet, among options that mean nothing here', async () => {
  const flags = option(2, new Uint8Array(4))
  const file = join(
    sectionHeader(),
    interfaceBlock(),
    enhancedPacket(bytes(5), {
      options: [flags, option(1, ascii('über\0')), option(1, ascii('b'))],
    }),
    oldPacket(bytes(1), { options: [option(1, ascii('c')), option(0, ascii(''))] }),
    enhancedPacket(bytes(5), {
      options: [option(0, ascii('')), option(1, ascii('behind the end'))],
    }),
  )
  const comments = (await framesOf(file)).map(({ comment }) => comment)
  assert.equal(comments, ['über\nb', 'c', undefined])
})

test('chunks may be cut anywhere', async () => {
  for (const file of [PCAP, PCAPNG]) {
    const whole = (await framesOf(file)).map(plain)
    assert.is(whole.length, 3)
    for (let size = 1; size <= file.length; size++) {
      const { frames, error } = await read(chunks(file, size))
      assert.is(error, undefined)
      assert.equal(frames.map(plain), whole, `chunks of ${size}`)
    }
    for (let cut = 0; cut <= file.length; cut++) {
      const parts = [file.subarray(0, cut), new Uint8Array(0), file.subarray(cut)]
      const { frames, error } = await read(parts)
      assert.is(error, undefined)
      assert.equal(frames.map(plain), whole, `cut at ${cut}`)
    }
  }
})

const FORMAT = 'ERR_NETLINK_CAPTURE_FORMAT'
const BLOCK = 'ERR_NETLINK_CAPTURE_BLOCK'

test('what is broken is told with a code and a place, behind all that is whole', async () => {
  const good = join(sectionHeader(), interfaceBlock(), enhancedPacket(bytes(8)))
  const at = good.length
  const odd = block(0x0bad, bytes(8))
  odd[4] = 21
  const trailer = enhancedPacket(bytes(8))
  trailer[trailer.length - 4] = 0
  const lies = (field: number, value: number) => {
    const lying = enhancedPacket(bytes(8))
    new DataView(lying.buffer).setUint32(field, value, true)
    return lying
  }
  const longSimple = simplePacket(bytes(8), 9)
  const oneByte = option(9, Uint8Array.of(9))
  const past = Uint8Array.of(1, 0, 9, 0, 1, 2, 3, 4)
  const cases: [
    name: string,
    file: Uint8Array,
    code: string,
    offset: number,
    frames: number,
    says: RegExp,
  ][] = [
    ['nothing', new Uint8Array(0), FORMAT, 0, 0, /got 0 bytes/],
    ['three bytes', bytes(3), FORMAT, 0, 0, /got 3 bytes/],
    ['text', ascii('#!/bin/sh\n'), FORMAT, 0, 0, /got 0x23212f62/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), FORMAT, 0, 0, /compressed/],
    ...ORDERS.map((order): (typeof cases)[number] => [
      'modified',
      pcapHeader({ order, magic: 0xa1b2cd34 }),
      FORMAT,
      0,
      0,
      /modified \(Kuznetsov\)/,
    ]),
    ['old pcap', pcapHeader({ version: [2, 2] }), FORMAT, 0, 0, /version 2\.4, got 2\.2/],
    ['new pcap', pcapHeader({ version: [3, 0] }), FORMAT, 0, 0, /got 3\.0/],
    ['new pcapng', sectionHeader('big', [2, 0]), FORMAT, 0, 0, /version 1\.0, got 2\.0/],
    ['no order', block(0x0a0d0d0a, bytes(16)), FORMAT, 0, 0, /byte-order magic/],
    ['no order later', join(good, block(0x0a0d0d0a, bytes(16))), FORMAT, at, 1, /byte-order magic/],
    [
      'huge record',
      join(PCAP, pcapRecord(bytes(8), { order: 'big', captured: 2 ** 26 + 1 })),
      BLOCK,
      PCAP.length,
      3,
      /67108865/,
    ],
    ['no length', join(good, new Uint8Array(12)), BLOCK, at, 1, /got 0 /],
    ['odd length', join(good, odd), BLOCK, at, 1, /multiple of 4, got 21/],
    ['huge block', join(good, lies(4, 2 ** 26 + 4)), BLOCK, at, 1, /67108868/],
    ['short packet', join(good, lies(4, 28)), BLOCK, at, 1, /of 32 to/],
    ['trailer', join(good, trailer), BLOCK, at, 1, /behind it too, got 0/],
    ['trailer of a skipped one', join(good, fieldsWrongTrailer()), BLOCK, at, 1, /behind it too/],
    ['no such interface', join(good, lies(8, 1)), BLOCK, at, 1, /1 interfaces, got interface 1/],
    [
      'no interface yet',
      join(sectionHeader(), simplePacket(bytes(1))),
      BLOCK,
      28,
      0,
      /0 interfaces/,
    ],
    [
      'no interface in this section',
      join(good, sectionHeader(), simplePacket(bytes(1))),
      BLOCK,
      at + 28,
      1,
      /0 interfaces/,
    ],
    ['captured', join(good, lies(20, 9)), BLOCK, at, 1, /at most 8 captured bytes/],
    ['captured simple', join(good, longSimple), BLOCK, at, 1, /at most 8 captured bytes/],
    [
      'option',
      join(good, enhancedPacket(bytes(8), { options: [past] })),
      BLOCK,
      at,
      1,
      /an option of at most 4 bytes/,
    ],
    [
      'tsresol',
      join(sectionHeader(), interfaceBlock('little', { options: [oneByte, option(9, bytes(2))] })),
      BLOCK,
      28,
      0,
      /if_tsresol of 1 byte/,
    ],
    [
      'tsoffset',
      join(sectionHeader(), interfaceBlock('little', { options: [option(14, bytes(4))] })),
      BLOCK,
      28,
      0,
      /if_tsoffset of 8 bytes/,
    ],
  ]
  for (const [name, file, code, offset, count, says] of cases) {
    for (const size of [1, 13, file.length || 1]) {
      const { frames, error } = await read(chunks(file, size))
      assert.instance(error, NetlinkError, name)
      const told = error as NetlinkError
      assert.equal([told.code, told.offset, frames.length], [code, offset, count], name)
      assert.match(told.message, says)
      assert.match(told.message, new RegExp(`^expected .+, got .+ at byte ${offset}$`, 's'))
    }
  }
})

function fieldsWrongTrailer(): Uint8Array {
  const wrong = block(0x0bad, bytes(40))
  wrong[wrong.length - 1] = 1
  return wrong
}

test.run()
