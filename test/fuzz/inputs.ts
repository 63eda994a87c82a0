// What is damaged: golden vectors, recordings, captures, and messages that have every type of the schema.
// In: the files of test/. Out: frames without link headers, of both byte orders.

import { readdirSync, readFileSync } from 'node:fs'
import { netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { corpus as recording } from '../bench/support.ts'
import { corpus } from '../support/corpus.ts'
import { endings, GENERIC, type Sample, samples } from '../support/samples.ts'
import { readTreeVectors, readVectors } from '../vectors/read.ts'

/** Longer ones take long, and have nothing that shorter ones lack. */
const LONGEST = 2048
/** Of one recording or capture. */
const MOST = 300

export interface Inputs {
  /** Link messages as the kernel sends them, little-endian. */
  links: Uint8Array[]
  bigLinks: Uint8Array[]
  /** Messages of any protocol. */
  frames: Sample[]
  /** Capture files. */
  captures: Uint8Array[]
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
  const captures: Uint8Array[] = []
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
    captures.push(new Uint8Array(file))
  }
  return {
    links,
    bigLinks,
    frames: frames.filter(({ frame }) => frame.length > 0 && frame.length <= LONGEST),
    captures,
  }
}

/** A few of many, from the first to the last. */
function spread<T>(all: readonly T[]): T[] {
  const step = Math.ceil(all.length / MOST)
  return all.filter((_, n) => n % step === 0)
}

export { GENERIC, type Sample }
