// Where captures are read from: every kind of source, with progress, aborted, left and failing.

import { createReadStream, mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { Readable } from 'node:stream'
import { type CaptureProgress, readCapture, readCaptureBatches } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chunks, join, PCAP, PCAPNG, pcapRecord, plain, read } from '../support/capture-files.ts'
import { rejection } from '../support/errors.ts'

test('a source may be memory, a Blob, a stream, a file, or anything iterable', async () => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'capture-'))
  const path = joinPath(folder, 'a.pcapng')
  writeFileSync(path, PCAPNG)
  async function* asynchronous() {
    yield* chunks(PCAPNG, 50)
  }
  try {
    const whole = (await read(PCAPNG)).frames.map(plain)
    assert.is(whole.length, 3)
    const within = new Uint8Array([9, ...PCAPNG, 9]).subarray(1, -1)
    const sources = {
      Uint8Array: within,
      Buffer: Buffer.from(PCAPNG),
      DataView: new DataView(PCAPNG.slice().buffer) as unknown as Uint8Array,
      ArrayBuffer: PCAPNG.slice().buffer as ArrayBuffer,
      Blob: new Blob([PCAPNG as Uint8Array<ArrayBuffer>]),
      'file Blob': await openAsBlob(path),
      ReadableStream: new Blob([
        PCAPNG as Uint8Array<ArrayBuffer>,
      ]).stream() as ReadableStream<Uint8Array>,
      createReadStream: createReadStream(path, { highWaterMark: 7 }) as AsyncIterable<Uint8Array>,
      'async iterable': asynchronous(),
      iterable: chunks(PCAPNG, 50),
      array: [PCAPNG.subarray(0, 99), PCAPNG.subarray(99)],
    }
    for (const [name, source] of Object.entries(sources)) {
      const frames = []
      for await (const frame of readCapture(source)) {
        assert.is(Object.getPrototypeOf(frame.data), Uint8Array.prototype, name)
        frames.push(plain(frame))
      }
      assert.equal(frames, whole, name)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what is no source, no chunk or no option is a TypeError', async () => {
  const wrong = [undefined, null, 7, 'path', {}, ['text'], [7], PCAP.length]
  for (const source of wrong) {
    const error = await rejection(readCapture(source as unknown as Uint8Array).next())
    assert.instance(error, TypeError, String(source))
  }
  for (const options of [{ signal: {} }, { onProgress: 7 }] as object[]) {
    assert.instance(await rejection(readCapture(PCAP, options).next()), TypeError)
  }
})

test('progress is told a chunk at a time, up to the end', async () => {
  const told: CaptureProgress[] = []
  const onProgress = (progress: CaptureProgress) => told.push(progress)
  for await (const _ of readCaptureBatches(chunks(PCAP, 50), { onProgress }));
  assert.equal(told, [{ bytesRead: 50 }, { bytesRead: 100 }, { bytesRead: PCAP.length }])
  told.length = 0
  const large = join(PCAP, pcapRecord(new Uint8Array(3_000_000), { order: 'big' }))
  const blob = new Blob([large as Uint8Array<ArrayBuffer>])
  for (const source of [large, blob]) {
    told.length = 0
    for await (const _ of readCaptureBatches(source, { onProgress }));
    assert.ok(told.length >= 3)
    assert.ok(told.every(({ totalBytes }) => totalBytes === large.length))
    assert.is(told.at(-1)?.bytesRead, large.length)
  }
})

test('a chunk, however large, comes in batches, and other work has its turn', async () => {
  const record = pcapRecord(new Uint8Array(100_000), { order: 'big' })
  const file = join(PCAP, ...Array<Uint8Array>(400).fill(record))
  let turns = 0
  const timer = setInterval(() => turns++)
  let [batches, frames] = [0, 0]
  for await (const batch of readCaptureBatches(file)) {
    batches++
    frames += batch.length
    assert.ok(batch.length > 0 && batch.length < 20)
  }
  clearInterval(timer)
  assert.is(frames, 403)
  assert.ok(batches >= 39)
  assert.ok(turns >= 1)
})

test('an aborted reading ends with the reason, also while the source says nothing', async () => {
  const reason = new Error('enough')
  let returned = 0
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: async () => {
        returned++
        return { done: true, value: undefined }
      },
    }),
  }
  const controller = new AbortController()
  const waiting = rejection(readCapture(silent, { signal: controller.signal }).next())
  setTimeout(() => controller.abort(reason), 5)
  assert.is(await waiting, reason)
  assert.is(returned, 1)
  const { signal } = controller
  assert.is(await rejection(readCapture(PCAP, { signal }).next()), reason)
  const second = new AbortController()
  const reading = readCapture(PCAP, { signal: second.signal })
  assert.is((await reading.next()).value?.number, 1)
  second.abort(reason)
  assert.is(await rejection(reading.next()), reason)
})

test('a reading that is left lets go of its source', async () => {
  const file = Readable.from(chunks(PCAP, 10))
  for await (const frame of readCapture(file)) if (frame.number === 1) break
  assert.ok(file.destroyed)
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(PCAP),
    cancel: () => {
      cancelled = true
    },
  })
  for await (const _ of readCapture(stream)) break
  assert.ok(cancelled)
  assert.not(stream.locked)
})

test("a source's own error comes through as it is, behind the frames before it", async () => {
  const own = new Error('unplugged')
  async function* failing() {
    yield PCAP.subarray(0, 50)
    throw own
  }
  const { frames, error } = await read(failing())
  assert.is(frames.length, 1)
  assert.is(error, own)
})

test.run()
