// Layout prediction makes no difference: the module with it and without it writes the same records, byte
// for byte, of what the kernel sends and of random damage to that. FUZZ_ROUNDS and FUZZ_SEED repeat a run.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as contract from '../../assembly/contract.ts'
import { corpus as benchCorpus } from '../bench/support.ts'
import { corpus } from '../support/corpus.ts'
import { random } from '../support/random.ts'

const {
  FILTER_FLAGS,
  FILTER_NAME,
  FILTER_NAME_LENGTH,
  FILTER_OPERSTATES,
  FILTER_TYPES,
  FRAME_HEADER_BYTES,
  FRAME_PORTID,
  MODE_BIG_ENDIAN,
  MODE_BRIEF,
  MODE_WALK,
  RECORD_BYTES,
  RECORD_ERROR,
  RECORD_IFNAME,
  RECORD_KIND,
  RECORD_MTU,
  RECORD_OPERSTATE,
  RECORDS,
  RX_WINDOW,
} = contract

const rounds = Number(process.env.FUZZ_ROUNDS ?? 200_000)
const seed = Number(process.env.FUZZ_SEED ?? 20262)

interface Exports {
  memory: { buffer: ArrayBuffer }
  begin(end: number, mode: number): void
  decode(): number
}

const bytes = readFileSync(new URL('../../build/netlink.wasm', import.meta.url))
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
const { memory, begin, decode } = exports as unknown as Exports
const u8 = new Uint8Array(memory.buffer)
const view = new DataView(memory.buffer)

/** Lays the datagrams into the window, each in a frame, the kernel's or that of `sender`; returns the end. */
function fill(datagrams: readonly Uint8Array[], sender = (_: number): number => 0): number {
  let at = RX_WINDOW
  for (const [n, datagram] of datagrams.entries()) {
    u8.fill(0, at, at + FRAME_HEADER_BYTES)
    view.setUint32(at + FRAME_PORTID, sender(n), true)
    view.setUint32(at, datagram.length, true)
    u8.set(datagram, at + FRAME_HEADER_BYTES)
    at = (at + FRAME_HEADER_BYTES + datagram.length + 15) & ~15
  }
  return at
}

function records(end: number, mode: number): Uint8Array {
  // What was there before must not show.
  u8.fill(0xaa, RECORDS, RECORDS + 64 * RECORD_BYTES)
  begin(end, mode)
  const all: Uint8Array[] = []
  for (let count = decode(); count > 0; count = decode()) {
    all.push(u8.slice(RECORDS, RECORDS + count * RECORD_BYTES))
  }
  return Buffer.concat(all)
}

/** What may be read of brief records. */
function brief(all: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(all)
  const fields = new DataView(copy.buffer, copy.byteOffset, copy.length)
  for (let at = 0; at < copy.length; at += RECORD_BYTES) {
    const isLink = fields.getUint16(at + RECORD_KIND, true) === contract.KIND_LINK
    if (!isLink || fields.getUint16(at + RECORD_ERROR, true) !== 0) continue
    copy.fill(0, at + RECORD_OPERSTATE + 1, at + RECORD_OPERSTATE + 4)
    copy.fill(0, at + RECORD_MTU, at + RECORD_IFNAME)
    copy.fill(0, at + RECORD_IFNAME + 8, at + RECORD_BYTES)
    // Of a record without a fault these are zero, and are not read.
    copy.fill(0, at + contract.RECORD_ERROR_OFFSET, at + contract.RECORD_IFI_FAMILY)
  }
  return copy
}

function hex(all: Uint8Array): string {
  return Buffer.from(all)
    .toString('hex')
    .replace(/.{320}/g, '$&\n')
}

function compare(
  datagrams: readonly Uint8Array[],
  mode: number,
  where: string,
  { sender, cut = 0 }: { sender?: (n: number) => number; cut?: number } = {},
): number {
  const end = fill(datagrams, sender) - cut
  const walked = records(end, mode | MODE_WALK)
  // Twice: what has been learned by then is used.
  for (const way of ['before', 'after'] as const) {
    const predicted = records(end, mode)
    if (Buffer.compare(predicted, walked) !== 0) {
      assert.is(hex(predicted), hex(walked), `${where}, ${way}`)
    }
  }
  const short = brief(records(end, mode | MODE_BRIEF))
  if (Buffer.compare(short, brief(walked)) !== 0) {
    assert.is(hex(short), hex(brief(walked)), `${where}, brief`)
  }
  return walked.length / RECORD_BYTES
}

let recorded: Uint8Array[] = []

test.before(async () => {
  recorded = await benchCorpus('link')
})

test('every link message of the corpora, alone and many to a window', () => {
  for (const [n, datagram] of recorded.entries()) compare([datagram], 0, `message ${n}`)
  for (let n = 0; n < recorded.length; n += 60) compare(recorded.slice(n, n + 60), 0, `from ${n}`)
})

test('of one ifindex: what is passed over is passed over rightly, wherever the wanted one is', () => {
  const ifindexes = recorded.map((datagram) => {
    return new DataView(datagram.buffer, datagram.byteOffset).getInt32(20, true)
  })
  for (const ifindex of new Set(ifindexes)) {
    setFilter(contract.FILTER_BY_IFINDEX | contract.FILTER_BY_TYPE, ifindex)
    let seen = 0
    for (let n = 0; n < recorded.length; n += 60) {
      seen += compare(recorded.slice(n, n + 60), 0, `ifindex ${ifindex}, from ${n}`)
    }
    assert.is(seen, ifindexes.filter((one) => one === ifindex).length)
  }
  setFilter(0)
})

test(`${rounds} mutations (FUZZ_SEED=${seed})`, () => {
  const next = random(seed)
  const below = (n: number) => Math.floor(next() * n)
  const inputs = [...corpus(), ...recorded.slice(0, 300)]
  let seen = 0
  for (let round = 0; round < rounds; ) {
    setFilter(below(4) === 0 ? below(64) : 0)
    const datagrams: Uint8Array[] = []
    for (let count = 1 + below(4); count > 0; count--, round++) {
      const datagram = Uint8Array.from(inputs[below(inputs.length)] as Uint8Array)
      // One byte, anywhere: most hit a value, many a length, some a name's NUL or the header.
      for (let hits = below(3); hits > 0; hits--) {
        const at = next() < 0.3 ? below(64) : below(datagram.length)
        datagram[at] = next() < 0.5 ? below(256) : (datagram[at] as number) ^ (1 << below(8))
      }
      // Two messages to a datagram now and then, so that offsets differ from those that were learned.
      const pair =
        next() < 0.2 ? [datagram, inputs[below(inputs.length)] as Uint8Array] : [datagram]
      datagrams.push(Buffer.concat(pair))
    }
    const mode = next() < 0.02 ? MODE_BIG_ENDIAN : 0
    // A sender that is not the kernel, and a window that ends too soon.
    const foreign = next() < 0.05 ? below(datagrams.length) : -1
    const sender = (n: number) => (n === foreign ? 1 + below(0xffff) : 0)
    const cut = next() < 0.05 ? below(600) : 0
    seen += compare(datagrams, mode, `FUZZ_SEED=${seed}, before round ${round}`, { sender, cut })
  }
  setFilter(0)
  assert.ok(seen > rounds / 2, `${seen} records`)
})

function setFilter(flags: number, ifindex = 5): void {
  view.setUint32(FILTER_FLAGS, flags, true)
  view.setInt32(contract.FILTER_IFINDEX, ifindex, true)
  view.setUint32(FILTER_TYPES, 3, true)
  view.setUint32(FILTER_NAME_LENGTH, 4, true)
  u8.set([0x76, 0x30, 0x30, 0], FILTER_NAME)
  u8.fill(0x55, FILTER_OPERSTATES, FILTER_OPERSTATES + 32)
}

test.run()
