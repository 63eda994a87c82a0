// Captures: how fast a file becomes an index of its messages, and what memory that takes as it grows.
// In: a pcapng made of the corpus, as often as the size asks for, and never held whole.

import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { readCaptureBatches } from 'netlink-wasm/capture'
import { Dissector } from 'netlink-wasm/decoder'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { here, report } from './support.ts'

const MB = 1e6
const link = brotliDecompressSync(readFileSync(`${here}corpus/link.pcapng.br`))
const mixed = brotliDecompressSync(readFileSync(`${here}corpus/mixed.pcapng.br`))

/** A section after the other is a file. */
async function* file(bytes: number): AsyncGenerator<Uint8Array> {
  for (let made = 0; made < bytes; ) {
    for (const section of [link, mixed]) {
      for (let at = 0; at < section.length; at += 65536) {
        // A copy, as a stream would bring it.
        yield Uint8Array.from(section.subarray(at, at + 65536))
      }
      made += section.length
    }
  }
}

interface Run {
  seconds: number
  frames: number
  peakBytes: number
}

async function run(bytes: number, withTree: boolean): Promise<Run> {
  const dissector = new Dissector({ schema: rtnetlink })
  let frames = 0
  let peakBytes = 0
  let offset = 0
  // What a viewer keeps: where each frame starts. Grows by 8 bytes a frame, in blocks.
  let index = new Float64Array(4096)
  const start = process.hrtime.bigint()
  for await (const batch of readCaptureBatches(file(bytes))) {
    for (const frame of batch) {
      if (frames === index.length) {
        const larger = new Float64Array(index.length * 2)
        larger.set(index)
        index = larger
      }
      index[frames++] = offset
      offset += frame.data.length
      if (withTree) dissector.dissectFrame(frame)
    }
    const { rss } = process.memoryUsage()
    if (rss > peakBytes) peakBytes = rss
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, frames, peakBytes }
}

const effort = Number(process.env.BENCH_EFFORT ?? 1)
await run(8 * MB, true)
for (const [job, withTree, sizes] of [
  ['capture to index', false, [1, 10, 100, 1000 * effort]],
  ['capture to trees', true, [1, 10, 100 * effort]],
] as const) {
  for (const size of sizes) {
    const { seconds, frames, peakBytes } = await run(size * MB, withTree)
    report({ job, megabytes: size, frames, seconds, rate: size / seconds, peakBytes })
  }
}
