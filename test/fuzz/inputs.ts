// What the fuzzer damages: golden vectors, recordings, captures, and messages with every type of the schema.
// Frames come without link headers, in both byte orders.

import { readdirSync, readFileSync } from 'node:fs'
import { netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { corpus as recording } from '../bench/support.ts'
import { corpus } from '../support/corpus.ts'
import { endings, GENERIC, type Sample, samples } from '../support/samples.ts'
import { readTreeVectors, readVectors } from '../vectors/read.ts'

/** Longer frames take longer, and show nothing that shorter ones do not. */
const LONGEST = 2048
/** Frames of one recording or capture. */
const MOST = 300

export interface Inputs {
  /** Link messages as the kernel sends them, little-endian. */
  links: Uint8Array[]
  bigLinks: Uint8Array[]
  /** Messages of any protocol. */
  frames: Sample[]
}

export async function loadInputs(): Promise<Inputs> {
  const vectors = readVectors()
  const links = [...corpus(), ...spread(await recording('link'))]
  const bigLinks = vectors.filter(({ byteOrder }) => byteOrder === 'big').map(({ bytes }) => bytes)
  const frames: Sample[] = [...samples('little'), ...samples('big')]
  frames.push(...endings('little'), ...endings('big'))
  for (const { bytes, byteOrder, protocol } of [...vectors, ...readTreeVectors()]) {
    frames.push({ frame: bytes, protocol, order: byteOrder })
  }
  for (const frame of spread([...links, ...(await recording('mixed'))])) {
    frames.push({ frame, protocol: 0, order: 'little' })
  }
  const folder = new URL('../captures/', import.meta.url)
  for (const name of readdirSync(folder).filter((name) => name.includes('.pcap'))) {
    const file = readFileSync(new URL(name, folder))
    const found: Sample[] = []
    for await (const frame of readCapture([file])) {
      const framing = netlinkFraming(frame)
      if (!framing) continue
      const { headerBytes, protocol } = framing
      const order = name.startsWith('big-endian') ? 'big' : 'little'
      found.push({ frame: frame.data.slice(headerBytes), protocol, order })
    }
    frames.push(...spread(found))
  }
  return {
    links,
    bigLinks,
    frames: frames.filter(({ frame }) => frame.length > 0 && frame.length <= LONGEST),
  }
}

/** At most MOST of many, evenly spaced. */
function spread<T>(all: readonly T[]): T[] {
  const step = Math.ceil(all.length / MOST)
  return all.filter((_, n) => n % step === 0)
}

export { GENERIC, type Sample }
