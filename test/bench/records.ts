// Routes, addresses and neighbours into flat records, in a batch: the module beside C.
// Two corpora of each: dumps and events of one namespace, many of the same shape (corpus/mixed.pcapng.br), and what the
// captures of test/captures hold, where hardly two have the same attributes. Neither was made for this.

import { readFileSync } from 'node:fs'
import { netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { decodeMessages } from 'netlink-wasm/decoder'
import { concat } from 'netlink-wasm/testing'
import * as layout from '../../assembly/record-layout.ts'
import {
  assertSame,
  contest,
  contract,
  corpus,
  hash,
  here,
  instantiate,
  local,
  Rivals,
  report,
  type Window,
  windows,
} from './support.ts'

const { RX_WINDOW, RECORDS, MODE_WALK } = contract
const KINDS = {
  route: layout.ROUTE_RECORD_BYTES,
  address: layout.ADDRESS_RECORD_BYTES,
  neighbour: layout.NEIGHBOUR_RECORD_BYTES,
}
type Kind = keyof typeof KINDS
/** As many as fill some windows. */
const MESSAGES = 3000

/** The datagrams of rtnetlink in the captures of little-endian machines. */
async function captured(): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = []
  for (const name of ['rtnetlink.pcap', 'debian.pcapng', 'link.pcap']) {
    for await (const frame of readCapture([readFileSync(`${here}../captures/${name}`)])) {
      const framing = netlinkFraming(frame)
      if (framing?.protocol === 0) datagrams.push(frame.data.slice(framing.headerBytes))
    }
  }
  return datagrams
}

/** Of each datagram the whole messages of one kind, again and again until they are enough. */
function messagesOf(kind: Kind, datagrams: Uint8Array[]): Uint8Array[] {
  const once = datagrams.flatMap((datagram) => {
    const parts = decodeMessages(datagram, { byteOrder: 'little' }).flatMap((message) => {
      if (message.kind !== kind) return []
      const length = (message.header.length + 3) & ~3
      return [datagram.slice(message.offset, message.offset + length)]
    })
    return parts.length > 0 ? [{ bytes: concat(parts), count: parts.length }] : []
  })
  const all: Uint8Array[] = []
  for (let n = 0, count = 0; count < MESSAGES; n++) {
    const next = once[n % once.length] as { bytes: Uint8Array; count: number }
    all.push(next.bytes)
    count += next.count
  }
  return all
}

async function run(job: string, kind: Kind, all: Window[]): Promise<void> {
  const wasm = instantiate()
  const bytesOf = (window: number) => (all[window] as Window).bytes
  const fill = (window: number) => wasm.u8.set(bytesOf(window), RX_WINDOW)
  const decode = (mode: number) => (window: number) => {
    wasm.begin(RX_WINDOW + bytesOf(window).length, mode)
    return wasm.decode()
  }
  const written = (mode: number): [number | undefined, number] => {
    let value: number | undefined
    let count = 0
    for (let window = 0; window < all.length; window++) {
      fill(window)
      const records = decode(mode)(window)
      count += records
      for (let n = 0; n < records; n++) {
        const at = RECORDS + n * layout.RECORD_BYTES
        value = hash(wasm.u8.subarray(at, at + KINDS[kind]), value)
      }
    }
    return [value, count]
  }
  const expected = written(MODE_WALK)
  assertSame(
    `${job}, all are records`,
    expected[1],
    all.reduce((sum, one) => sum + one.messages, 0),
  )
  written(0)
  assertSame(`${job}, prediction`, written(0), expected)
  const sides = [local('netlink-wasm', decode(0), fill)]
  const rivals = await Rivals.start(all)
  if (rivals) {
    assertSame(`${job}, C`, await rivals.check(`${kind}_loop`), expected)
    sides.push({
      name: 'C -O3, full record',
      run: (window, passes) => rivals.run(`${kind}_loop`, window, passes),
    })
  }
  sides.push(local('netlink-wasm, no prediction', decode(MODE_WALK), fill))
  report(await contest(job, sides, all))
  rivals?.stop()
}

const mixed = await corpus('mixed')
const captures = await captured()
for (const kind of Object.keys(KINDS) as Kind[]) {
  await run(`record ${kind}`, kind, windows(messagesOf(kind, mixed)))
  await run(`record ${kind}, captures`, kind, windows(messagesOf(kind, captures)))
}
