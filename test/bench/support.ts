// What all benches share: the corpora as windows, the C rivals, and contests in which the sides take turns.
// In: sides of one job. Out: medians and ratios, as one JSON line for each contest on standard output.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { netlinkFraming, readCapture } from 'netlink-wasm/capture'
import * as contract from '../../assembly/contract.ts'

export const here = fileURLToPath(new URL('.', import.meta.url))
/** How much longer, or shorter, than usual a run is to be. */
export const effort = Number(process.env.BENCH_EFFORT ?? 1)

/** Datagrams with their framing taken off. */
export async function corpus(name: 'link' | 'mixed'): Promise<Uint8Array[]> {
  const packed = readFileSync(`${here}corpus/${name}.pcapng.br`)
  const datagrams: Uint8Array[] = []
  for await (const frame of readCapture([brotliDecompressSync(packed)])) {
    const framing = netlinkFraming(frame)
    if (framing) datagrams.push(frame.data.slice(framing.headerBytes))
  }
  return datagrams
}

/** About a hundred link events: what a busy wake-up brings. */
const WINDOW_BYTES = 0x20000

export interface Window {
  /** Framed datagrams, as recv leaves them. */
  bytes: Uint8Array
  messages: number
}

/** Datagrams packed into windows, as full as recv would make them. */
export function windows(datagrams: Uint8Array[], limit = WINDOW_BYTES): Window[] {
  const all: Window[] = []
  let bytes = new Uint8Array(limit)
  let used = 0
  let messages = 0
  const close = () => {
    if (used > 0) all.push({ bytes: bytes.slice(0, used), messages })
    bytes = new Uint8Array(limit)
    used = 0
    messages = 0
  }
  for (const datagram of datagrams) {
    const room = (16 + datagram.length + 15) & ~15
    const count = messagesIn(datagram)
    if (used + room > limit || messages + count > contract.RECORDS_MAX) close()
    new DataView(bytes.buffer).setUint32(used, datagram.length, true)
    bytes.set(datagram, used + 16)
    used += room
    messages += count
  }
  close()
  return all
}

export function messagesIn(datagram: Uint8Array): number {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
  let count = 0
  for (let at = 0; at + 16 <= datagram.length; count++) {
    at += (Math.max(view.getUint32(at, true), 16) + 3) & ~3
  }
  return count
}

export interface Wasm {
  memory: { buffer: ArrayBuffer }
  begin(end: number, mode: number): void
  decode(): number
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
}

/** The module by itself, as a host has it. */
export function instantiate(): Wasm & { u8: Uint8Array; view: DataView } {
  const bytes = readFileSync(new URL('../../build/netlink.wasm', import.meta.url))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  const wasm = exports as unknown as Wasm
  const buffer = wasm.memory.buffer
  return Object.assign(Object.create(null), exports, {
    u8: new Uint8Array(buffer),
    view: new DataView(buffer),
  })
}

/** The package's own modules that inside.ts names. */
export async function inside(): Promise<typeof import('./inside.ts')> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-bench-'))
  const outfile = join(folder, 'inside.mjs')
  await build({
    entryPoints: [`${here}inside.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    loader: { '.wasm': 'base64' },
  })
  const loaded = await import(outfile)
  rmSync(folder, { recursive: true })
  return loaded
}

/** The C rivals in a process of their own, which runs one when told to. */
export class Rivals {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'netlink-wasm-bench-'))
  #child: ChildProcess | undefined
  #lines: AsyncIterator<string> | undefined
  #reader: Interface | undefined

  /** Compiles what can be compiled here; undefined without a compiler. Some jobs look for one `ifindex`. */
  static async start(all: Window[], ifindex = 0): Promise<Rivals | undefined> {
    const rivals = new Rivals()
    const program = rivals.#compile()
    if (!program) return undefined
    const file = join(rivals.folder, 'windows')
    const parts = [Buffer.from(Uint32Array.of(all.length).buffer)]
    for (const { bytes } of all) {
      parts.push(Buffer.from(Uint32Array.of(bytes.length).buffer), Buffer.from(bytes))
    }
    writeFileSync(file, Buffer.concat(parts))
    const child = spawn(program, [file, String(ifindex)], { stdio: ['pipe', 'pipe', 'inherit'] })
    rivals.#child = child
    rivals.#reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    rivals.#lines = rivals.#reader[Symbol.asyncIterator]()
    return rivals
  }

  #compile(): string | undefined {
    const program = join(this.folder, 'rivals')
    const mnl = has('libmnl/libmnl.h', [])
    const include = ['-I/usr/include/libnl3']
    const nl = has('netlink/msg.h', include)
    const { status, stderr } = spawnSync(
      'gcc',
      ['-O3', '-o', program, 'main.c', 'loop.c', 'object.c']
        .concat(mnl ? ['-DWITH_MNL', 'mnl.c'] : [])
        .concat(nl ? ['-DWITH_NL', ...include, 'nl.c'] : [])
        .concat(mnl ? ['-lmnl'] : [], nl ? ['-Wl,--no-as-needed', '-lnl-route-3', '-lnl-3'] : []),
      { cwd: `${here}c`, encoding: 'utf8' },
    )
    if (status === 0) return program
    console.error(`no C rivals: ${stderr ?? 'no gcc'}`)
    return undefined
  }

  async #ask(line: string): Promise<number[] | undefined> {
    this.#child?.stdin?.write(`${line}\n`)
    const answer = await this.#lines?.next()
    if (!answer || answer.done || answer.value === 'absent') return undefined
    return answer.value.split(' ').map(Number)
  }

  /** Nanoseconds for `passes` over a window. */
  async run(job: string, window: number, passes: number): Promise<number> {
    return (await this.#ask(`run ${job} ${window} ${passes}`))?.[0] ?? Number.NaN
  }

  /** A hash of everything that the job writes, and how many entries; undefined where it was not built. */
  async check(job: string): Promise<number[] | undefined> {
    return this.#ask(`check ${job}`)
  }

  stop(): void {
    this.#reader?.close()
    this.#child?.stdin?.end()
    rmSync(this.folder, { recursive: true })
  }
}

function has(header: string, options: string[]): boolean {
  const input = `#include <${header}>\n`
  return spawnSync('gcc', [...options, '-E', '-x', 'c', '-'], { input }).status === 0
}

/** FNV-1a, as the C side has it. */
export function hash(bytes: Uint8Array, start = 2166136261): number {
  let value = start
  for (const byte of bytes) value = Math.imul(value ^ byte, 16777619)
  return value >>> 0
}

export interface Side {
  name: string
  /** Nanoseconds for `passes` over window number `window`. */
  run(window: number, passes: number): number | Promise<number>
}

/** A side that is a function over a window, in this process. */
export function local(
  name: string,
  body: (window: number) => void,
  prepare?: (window: number) => void,
): Side {
  return {
    name,
    run(window, passes) {
      prepare?.(window)
      const start = process.hrtime.bigint()
      for (let pass = 0; pass < passes; pass++) body(window)
      return Number(process.hrtime.bigint() - start)
    },
  }
}

/** V8 compiles WebAssembly for good after some hundred milliseconds of use, in the background. */
const WARM_MS = 500

export interface Result {
  job: string
  /** Nanoseconds a message of each side, medians; the package comes first. */
  sides: { name: string; ns: number; ratio: number }[]
}

/** Lets the sides take turns, round by round, and compares what each took in the same round. */
export async function contest(
  job: string,
  sides: Side[],
  all: Window[],
  { rounds = 40, roundMs = 4 } = {},
): Promise<Result> {
  const passes: number[] = []
  for (const side of sides) {
    // Warm up: until the code is compiled for good, and to learn how many passes a round takes.
    const until = Date.now() + WARM_MS * effort
    for (let n = 0; n < all.length || Date.now() < until; n++) await side.run(n % all.length, 3)
    const ns = await side.run(0, 5)
    passes.push(Math.max(1, Math.round((roundMs * 1e6) / (ns / 5))))
  }
  const times: number[][] = sides.map(() => [])
  const count = Math.max(6, Math.round(rounds * effort))
  for (let round = 0; round < count; round++) {
    const window = round % all.length
    const messages = (all[window] as Window).messages
    for (let n = 0; n < sides.length; n++) {
      // Who comes first changes from round to round.
      const which = (n + round) % sides.length
      const some = passes[which] as number
      const ns = await (sides[which] as Side).run(window, some)
      ;(times[which] as number[]).push(ns / some / messages)
    }
  }
  const own = times[0] as number[]
  return {
    job,
    sides: sides.map(({ name }, n) => {
      const these = times[n] as number[]
      const ratios = these.map((ns, round) => ns / (own[round] as number))
      return { name, ns: median(these), ratio: median(ratios) }
    }),
  }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

export function assertSame(job: string, a: unknown, b: unknown): void {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  if (left === right) return
  throw new Error(`${job}: the sides differ: ${left?.slice(0, 300)} ≠ ${right?.slice(0, 300)}`)
}

/** Hands a result to main.ts, and shows it to whoever runs one bench by itself. */
export function report(result: unknown): void {
  console.log(JSON.stringify(result))
}

export { contract, createReadStream }
