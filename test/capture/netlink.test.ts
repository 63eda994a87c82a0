// Netlink inside frames: the link headers before it, and the byte order of the machine it came from.

import { readFileSync } from 'node:fs'
import {
  type ByteOrder,
  ByteOrderDetector,
  type CaptureFrame,
  netlinkFraming,
  netlinkHeader,
  readCapture,
} from 'netlink-wasm/capture'
import { newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, fields, join, u16, u32 } from '../support/capture-files.ts'
import { thrown } from '../support/errors.ts'

const other = (order: ByteOrder): ByteOrder => (order === 'big' ? 'little' : 'big')

function frame(data: Uint8Array, more: Partial<CaptureFrame> = {}): CaptureFrame {
  return {
    number: 1,
    timestamp: 0n,
    data,
    originalLength: data.length,
    fileOffset: 0,
    linkType: 253,
    section: 0,
    interfaceId: 0,
    fileByteOrder: 'little',
    ...more,
  }
}

test('the three link headers', () => {
  const body = newLink({ ifname: 'eth0' })
  const sll = (arphrd: number) =>
    join(fields('big', u16(4), u16(arphrd), u16(0), new Uint8Array(8), u16(16)), body)
  const sll2 = (arphrd: number) =>
    join(
      fields(
        'big',
        u16(12),
        u16(0),
        u32(70_000),
        u16(arphrd),
        new Uint8Array([3, 0]),
        new Uint8Array(8),
      ),
      body,
    )
  assert.equal(netlinkFraming(frame(sll(824))), {
    linkHeader: 'netlink',
    headerBytes: 16,
    protocol: 16,
    isNetlink: true,
    packetType: 4,
  })
  const cooked = {
    linkHeader: 'sll',
    headerBytes: 16,
    protocol: 16,
    isNetlink: true,
    packetType: 4,
  }
  assert.equal(netlinkFraming(frame(sll(824), { linkType: 113 })), cooked)
  assert.equal(netlinkFraming(frame(sll2(824), { linkType: 276 })), {
    linkHeader: 'sll2',
    headerBytes: 20,
    protocol: 12,
    isNetlink: true,
    ifindex: 70_000,
    packetType: 3,
  })
  // Ethernet of `-i any`, other link types, headers that are cut.
  assert.is(netlinkFraming(frame(sll(1)))?.isNetlink, false)
  assert.is(netlinkFraming(frame(sll(1), { linkType: 113 })), undefined)
  assert.is(netlinkFraming(frame(sll2(1), { linkType: 276 })), undefined)
  for (const linkType of [0, 1, 101, 252, 65_535]) {
    assert.is(netlinkFraming(frame(sll(824), { linkType })), undefined)
  }
  for (let length = 0; length < 20; length++) {
    const whole = (linkType: number, data: Uint8Array) =>
      netlinkFraming(frame(data.subarray(0, length), { linkType })) !== undefined
    assert.is(whole(253, sll(824)), length >= 16)
    assert.is(whole(113, sll(824)), length >= 16)
    assert.is(whole(276, sll2(824)), false)
  }
})

test('a header for datagrams of one’s own', () => {
  assert.equal(
    netlinkHeader({ protocol: 0x0102 }),
    fields('big', u16(4), u16(824), new Uint8Array(10), u16(0x0102)),
  )
  assert.is(netlinkFraming(frame(netlinkHeader({ protocol: 15, packetType: 6 })))?.packetType, 6)
  for (const wrong of [{ protocol: -1 }, { protocol: 65_536 }, { protocol: 0, packetType: 0.5 }]) {
    assert.instance(
      thrown(() => netlinkHeader(wrong)),
      RangeError,
    )
  }
})

test('recorded frames: the byte order of their machine, also where the file was rewritten', async () => {
  for (const [name, order] of [
    ['link', 'little'],
    ['tc', 'little'],
    ['nft', 'little'],
    ['big-endian', 'big'],
  ] as const) {
    for (const fileByteOrder of ['little', 'big'] as const) {
      const latching = new ByteOrderDetector()
      let count = 0
      for await (const read of readCapture(
        readFileSync(new URL(`../captures/${name}.pcap`, import.meta.url)),
      )) {
        // Each frame tells by itself, and all together.
        const rewritten = { ...read, fileByteOrder }
        assert.is(new ByteOrderDetector().detect(rewritten), order, `${name} ${read.number}`)
        assert.is(latching.detect(rewritten), order)
        count++
      }
      assert.ok(count >= 36)
    }
  }
})

const header = netlinkHeader({ protocol: 0 })
const link = (byteOrder: ByteOrder, ifname = 'eth0') => newLink({ ifname, byteOrder })
/** Text, as of udev: no lengths in it. */
const neither = join(header, bytes(40, 97))

test('an interface keeps its order, until a frame fits the other only', () => {
  for (const order of ['little', 'big'] as const) {
    const detector = new ByteOrderDetector()
    const fileByteOrder = other(order)
    const detect = (data: Uint8Array, more = {}) =>
      detector.detect(frame(data, { fileByteOrder, ...more }))
    assert.is(detect(neither), fileByteOrder)
    assert.is(detect(join(header, link(order))), order)
    assert.is(detect(neither), order)
    assert.is(detect(header), order)
    assert.is(detect(header.subarray(0, 3)), order)
    // Others are others'.
    assert.is(detect(neither, { interfaceId: 1 }), fileByteOrder)
    assert.is(detect(neither, { section: 1 }), fileByteOrder)
    assert.is(detect(join(header, link(other(order)))), other(order))
    assert.is(detect(neither), other(order))
  }
})

test('a frame that fits both orders tells nothing', () => {
  // 0x00010100 is the same in both.
  const cut = join(header, Uint8Array.of(0, 1, 1, 0), new Uint8Array(28))
  for (const fileByteOrder of ['little', 'big'] as const) {
    const detector = new ByteOrderDetector()
    const long = frame(cut, { originalLength: 16 + 0x10100, fileByteOrder })
    assert.is(detector.detect(long), fileByteOrder)
    const tells = frame(join(header, link(other(fileByteOrder))), { fileByteOrder })
    assert.is(detector.detect(tells), other(fileByteOrder))
    assert.is(detector.detect(long), other(fileByteOrder))
  }
})

test('where the first message fits both orders, those behind it tell', () => {
  const first = new Uint8Array(0x10100)
  first.set([0, 1, 1, 0])
  for (const order of ['little', 'big'] as const) {
    for (const zeros of [0, 20, 300]) {
      const data = join(header, first, link(order), new Uint8Array(zeros))
      const fileByteOrder = other(order)
      assert.is(new ByteOrderDetector().detect(frame(data, { fileByteOrder })), order)
    }
  }
})

test('all messages of a frame count, zeros behind them and cuts do not', () => {
  for (const order of ['little', 'big'] as const) {
    const fileByteOrder = other(order)
    const two = join(header, link(order), link(order, 'a-longer-name'))
    const detect = (data: Uint8Array, originalLength = data.length) =>
      new ByteOrderDetector().detect(frame(data, { fileByteOrder, originalLength }))
    for (let length = 32; length <= two.length; length++) {
      assert.is(detect(two.subarray(0, length), two.length), order, `cut to ${length}`)
    }
    assert.is(detect(join(two, new Uint8Array(3))), order)
    assert.is(detect(join(two, new Uint8Array(300))), order)
    // Broken further on, but there is no doubt about the first.
    assert.is(detect(join(two, bytes(300, 200))), order)
    assert.is(detect(two.subarray(0, 31)), fileByteOrder)
  }
})

test('an order that is known overrides', () => {
  const detector = new ByteOrderDetector({ override: 'big' })
  assert.is(detector.detect(frame(join(header, link('little')))), 'big')
  assert.is(detector.detect(frame(join(header, link('little'))), 16), 'big')
  const wrong = { override: 'middle' } as unknown as { override: ByteOrder }
  assert.instance(
    thrown(() => new ByteOrderDetector(wrong)),
    TypeError,
  )
})

test('where the messages start may be told', () => {
  const odd = frame(join(bytes(6, 255), link('big')), { linkType: 147 })
  assert.is(new ByteOrderDetector().detect(odd), 'little')
  assert.is(new ByteOrderDetector().detect(odd, 6), 'big')
})

test.run()
