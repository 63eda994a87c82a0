// What is held of a capture at most: of records and blocks, of names and comments.

import type { NetlinkError } from 'netlink-wasm'
import { type CaptureFrame, readCapture } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ascii,
  bytes,
  chunks,
  enhancedPacket,
  fields,
  interfaceBlock,
  join,
  option,
  pcapHeader,
  read,
  sectionHeader,
  simplePacket,
  u16,
  u32,
} from '../support/capture-files.ts'

const HELD = 16 * 1024 * 1024
const CHUNK = 1024 * 1024
const MORE = 100_000

/** `support/capture-files.ts` copies a few times; this copies once. */
const file = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Letters that tell where they stand. */
function counted(length: number): Uint8Array {
  const data = new Uint8Array(length)
  for (let at = 0; at < length; at++) data[at] = at % 251
  return data
}

/** A record or block around bytes that are not copied yet. */
interface Long {
  head: Uint8Array
  tail: Uint8Array
}

const little = (...words: number[]) => fields('little', ...words.map(u32))
const record = (length: number): Long => ({
  head: little(0, 0, length, length),
  tail: new Uint8Array(0),
})
const enhanced = (length: number, ...options: Uint8Array[]): Long => {
  const end = join(...options)
  const whole = 32 + length + end.length
  return { head: little(6, whole, 0, 0, 0, length, length), tail: join(end, little(whole)) }
}

test('of a longer record, the first 16 MiB are given, and all behind it is read', async () => {
  const data = counted(HELD + MORE)
  const comment = option(1, ascii('behind'))
  const small = enhancedPacket(bytes(9))
  const cases: [start: Uint8Array, long: Long, next: Uint8Array, headBytes: number][] = [
    [pcapHeader(), record(data.length), file(record(9).head, bytes(9)), 16],
    [file(sectionHeader(), interfaceBlock()), enhanced(data.length, comment), small, 28],
  ]
  for (const [start, { head, tail }, next, headBytes] of cases) {
    const whole = file(start, head, data, tail, next)
    // At once, and in chunks that cut where 16 MiB end as well.
    for (const size of [whole.length, CHUNK, 999_999]) {
      const { frames, error } = await read(chunks(whole, size))
      assert.is(error, undefined)
      assert.is(frames.length, 2)
      const [first, second] = frames as [CaptureFrame, CaptureFrame]
      assert.is(first.originalLength, data.length)
      const held = data.subarray(0, HELD - headBytes)
      assert.is(Buffer.compare(first.data, held), 0, `${first.data.length} bytes`)
      assert.is(first.comment, undefined)
      assert.equal([second.number, second.data], [2, bytes(9)])
      assert.is(second.fileOffset, whole.length - next.length)
    }
  }
})

test('a file that ends in what is passed over says where the record starts', async () => {
  const data = new Uint8Array(HELD + MORE)
  for (const [start, { head, tail }] of [
    [pcapHeader(), record(data.length)],
    [file(sectionHeader(), interfaceBlock()), enhanced(data.length)],
  ] as const) {
    const whole = file(start, head, data, tail)
    const length = whole.length - start.length
    for (const cut of [1, 4, 5, MORE - 100]) {
      const { frames, error } = await read(chunks(whole.subarray(0, whole.length - cut), CHUNK))
      const { code, offset, message } = error as NetlinkError
      assert.equal([code, offset], ['ERR_NETLINK_CAPTURE_TRUNCATED', start.length])
      assert.match(message, new RegExp(`of ${length} bytes, got ${length - cut} of them`))
      assert.is(frames.length, 1)
    }
  }
})

test('the length behind a long block is checked', async () => {
  const data = new Uint8Array(HELD + MORE)
  const { head, tail } = enhanced(data.length)
  const broken = file(
    sectionHeader(),
    interfaceBlock(),
    head,
    data,
    tail.map((byte) => byte ^ 1),
  )
  for (const size of [broken.length, CHUNK]) {
    const { code } = (await read(chunks(broken, size))).error as NetlinkError
    assert.is(code, 'ERR_NETLINK_CAPTURE_BLOCK')
  }
})

test('a block full of options: those of the first 16 MiB count, and the others do not break it', async () => {
  const one = option(99, new Uint8Array(65_532))
  const many = Array<Uint8Array>(Math.ceil((HELD + MORE) / one.length)).fill(one)
  const options = [option(1, ascii('first')), ...many, option(1, ascii('last'))]
  const packet = enhanced(4, ...options)
  const start = file(sectionHeader(), interfaceBlock())
  for (const size of [2 * HELD, CHUNK]) {
    const { frames, error } = await read(
      chunks(file(start, packet.head, bytes(4), packet.tail), size),
    )
    assert.is(error, undefined)
    assert.equal(
      frames.map(({ comment, data }) => [comment, data]),
      [['first', bytes(4)]],
    )
  }
})

test('long section headers, interfaces and simple packets', async () => {
  const one = option(99, new Uint8Array(65_532))
  const options = join(...Array<Uint8Array>(Math.ceil((HELD + MORE) / one.length)).fill(one))
  const blockOf = (type: number, body: Uint8Array) => {
    const length = 12 + body.length + options.length
    return file(little(type, length), body, options, little(length))
  }
  const whole = file(
    blockOf(0x0a0d0d0a, sectionHeader().slice(8, 24)),
    blockOf(1, join(fields('little', u16(253), u16(0), u32(0)), option(2, ascii('nlmon0')))),
    simplePacket(bytes(8)),
    blockOf(3, join(little(8), bytes(8))),
  )
  for (const size of [whole.length, CHUNK]) {
    const { frames, error } = await read(chunks(whole, size))
    assert.is(error, undefined)
    assert.equal(
      frames.map(({ data, interfaceName }) => [data, interfaceName]),
      [
        [bytes(8), 'nlmon0'],
        [bytes(8), 'nlmon0'],
      ],
    )
  }
})

test('no more than 16 MiB are made room for, whatever a record claims', async () => {
  const { Uint8Array: original } = globalThis
  const whole = file(pcapHeader(), record(2 * HELD).head, new Uint8Array(2 * HELD))
  const parts = [...chunks(whole, CHUNK)]
  let longest = 0
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args) {
      if (typeof args[0] === 'number') longest = Math.max(longest, args[0])
      return Reflect.construct(target, args, target)
    },
  })
  try {
    await read(parts)
  } finally {
    globalThis.Uint8Array = original
  }
  assert.is(longest, HELD)
})

async function commentOf(...comments: Uint8Array[]): Promise<string | undefined> {
  const options = Buffer.concat(comments.map((text) => option(1, text)))
  const packet = enhancedPacket(bytes(4), { options: [options] })
  for await (const { comment } of readCapture(join(sectionHeader(), interfaceBlock(), packet))) {
    return comment
  }
  throw new Error('expected a frame')
}

test('comments above 64 KiB are cut, and say so', async () => {
  const letters = (length: number) => new Uint8Array(length).fill(0x61)
  const text = (length: number) => 'a'.repeat(length)
  assert.is(await commentOf(letters(65_535)), text(65_535))
  assert.is(await commentOf(letters(65_535), letters(1)), `${text(65_535)}\n…`)
  assert.is(await commentOf(letters(30_000), letters(35_535)), `${text(30_000)}\n${text(35_535)}`)
  assert.is(await commentOf(letters(30_000), letters(35_536)), `${text(30_000)}\n${text(35_535)}…`)
  assert.is(await commentOf(...Array<Uint8Array>(100).fill(letters(1000))).then(sizeOf), 65_537)
  assert.is(await commentOf(...Array<Uint8Array>(100_000).fill(letters(0))).then(sizeOf), 65_536)
})

const sizeOf = (text: string | undefined) => text?.length

test('names of interfaces above 64 bytes are cut, and say so', async () => {
  for (const [name, expected] of [
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), `${'a'.repeat(64)}…`],
    ['é'.repeat(30_000), `${'é'.repeat(32)}…`],
  ] as const) {
    const options = [option(2, Buffer.from(name))]
    const start = join(sectionHeader(), interfaceBlock('little', { options }))
    for await (const frame of readCapture(join(start, simplePacket(bytes(4))))) {
      assert.is(frame.interfaceName, expected)
    }
  }
})

test.run()
