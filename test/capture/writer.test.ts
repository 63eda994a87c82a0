// What the writer writes: byte for byte as drawn, back through the reader, and nothing that the format
// cannot hold.

import { PcapngWriter, type PcapngWriterOptions, readCapture } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ascii,
  block,
  bytes,
  enhancedPacket,
  fields,
  interfaceBlock,
  join,
  option,
  read,
  u16,
  u32,
} from '../support/capture-files.ts'
import { thrown } from '../support/errors.ts'
import { random } from '../support/random.ts'

const ORDERS = ['little', 'big'] as const

test('the bytes are those of the format', () => {
  for (const byteOrder of ORDERS) {
    const order = byteOrder
    const end = option(0, new Uint8Array(0))
    const nanoseconds = option(9, Uint8Array.of(9), order)
    const writer = new PcapngWriter({
      interfaces: [{ name: 'nlmon0', snapLength: 96 }, { linkType: 276 }],
      application: 'tests',
      comment: 'whole',
      byteOrder,
    })
    const options = [option(1, ascii('whole'), order), option(4, ascii('tests'), order), end]
    const length = new Uint8Array(8).fill(0xff)
    const version = [u32(0x1a2b3c4d), u16(1), u16(0), length] as const
    const named = [option(2, ascii('nlmon0'), order), nanoseconds, end]
    assert.equal(
      writer.start(),
      join(
        block(0x0a0d0d0a, fields(order, ...version, ...options), order),
        interfaceBlock(order, { snapLength: 96, options: named }),
        interfaceBlock(order, { linkType: 276, options: [nanoseconds, end] }),
      ),
    )
    assert.equal(writer.addInterface(), interfaceBlock(order, { options: [nanoseconds, end] }))
    assert.equal(
      writer.packet({
        data: [bytes(2), bytes(3)],
        timestamp: 2n ** 32n * 7n + 9n,
        originalLength: 8,
        interfaceId: 2,
        comment: 'ü',
      }),
      enhancedPacket(join(bytes(2), bytes(3)), {
        order,
        id: 2,
        time: [7, 9],
        original: 8,
        options: [option(1, ascii('ü'), order), end],
      }),
    )
    const plain = enhancedPacket(bytes(4), { order, time: [0xffffffff, 0xffffffff] })
    assert.equal(writer.packet({ data: bytes(4), timestamp: 2n ** 64n - 1n }), plain)
  }
})

test('what is written is read: 2,000 random packets', async () => {
  const next = random(7)
  const below = (limit: number) => Math.floor(next() * limit)
  for (const byteOrder of ORDERS) {
    const interfaces = [{ name: 'a' }, { name: 'b', linkType: 113 }, {}]
    const writer = new PcapngWriter({ interfaces, byteOrder })
    const parts = [writer.start()]
    const expected: object[] = []
    let fileOffset = parts[0]?.length as number
    let added = 3
    for (let number = 1; number <= 1000; number++) {
      if (below(100) === 0) {
        const more = writer.addInterface({ name: `more ${added++}` })
        parts.push(more)
        fileOffset += more.length
      }
      const data = bytes(below(70), number)
      const timestamp = 1_700_000_000_000_000_000n + BigInt(below(2 ** 31)) * BigInt(below(2 ** 20))
      const originalLength = data.length + below(3)
      const interfaceId = below(added)
      const comment = below(3) === 0 ? `${'x'.repeat(below(9))}é` : undefined
      const name = interfaceId < 3 ? interfaces[interfaceId]?.name : `more ${interfaceId}`
      const packet = writer.packet({ data, timestamp, originalLength, interfaceId, comment })
      parts.push(packet)
      expected.push({
        number,
        timestamp,
        data,
        originalLength,
        fileOffset,
        linkType: interfaceId === 1 ? 113 : 253,
        section: 0,
        interfaceId,
        interfaceName: name,
        comment,
        fileByteOrder: byteOrder,
      })
      fileOffset += packet.length
    }
    const { frames, error } = await read(parts)
    assert.is(error, undefined)
    assert.equal(frames, expected)
  }
})

test('a writer may begin again: a section of its own, with the first interfaces', async () => {
  const writer = new PcapngWriter()
  const packet = { data: bytes(3), timestamp: 1n }
  const first = [
    writer.start(),
    writer.addInterface(),
    writer.packet({ ...packet, interfaceId: 1 }),
  ]
  const second = [writer.start(), writer.packet(packet)]
  assert.throws(() => writer.packet({ ...packet, interfaceId: 1 }), /interfaceId/)
  const sections = []
  for await (const frame of readCapture([...first, ...second])) {
    sections.push([frame.section, frame.interfaceId])
  }
  assert.equal(sections, [
    [0, 1],
    [1, 0],
  ])
})

test('what the format cannot hold is refused', () => {
  const writer = new PcapngWriter()
  const packet = { data: bytes(3), timestamp: 1n }
  const long = 'x'.repeat(65_536)
  const cases: [() => unknown, typeof TypeError | typeof RangeError][] = [
    [() => writer.packet({ ...packet, timestamp: -1n }), RangeError],
    [() => writer.packet({ ...packet, timestamp: 2n ** 64n }), RangeError],
    [() => writer.packet({ ...packet, timestamp: 1 as unknown as bigint }), TypeError],
    [() => writer.packet({ ...packet, interfaceId: 1 }), RangeError],
    [() => writer.packet({ ...packet, interfaceId: -1 }), RangeError],
    [() => writer.packet({ ...packet, originalLength: 2 }), RangeError],
    [() => writer.packet({ ...packet, originalLength: 2 ** 32 }), RangeError],
    [() => writer.packet({ ...packet, data: new Uint8Array(32 * 2 ** 20 + 1) }), RangeError],
    [() => writer.packet({ ...packet, data: 'text' as unknown as Uint8Array }), TypeError],
    [() => writer.packet({ ...packet, data: ['text'] as unknown as Uint8Array[] }), TypeError],
    [() => writer.packet({ ...packet, comment: long }), RangeError],
    [() => writer.addInterface({ name: long }), RangeError],
    [() => writer.addInterface({ linkType: 65_536 }), RangeError],
    [() => writer.addInterface({ snapLength: 0.5 }), RangeError],
    [() => new PcapngWriter({ comment: long }), RangeError],
    [() => new PcapngWriter({ byteOrder: 'middle' } as unknown as PcapngWriterOptions), TypeError],
  ]
  for (const [index, [call, type]] of cases.entries()) {
    assert.instance(thrown(call), type, `case ${index}`)
  }
  assert.is(writer.packet(packet).length, 36)
})

test.run()
