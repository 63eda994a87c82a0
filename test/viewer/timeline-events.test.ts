// What the viewer's worker makes of link messages: the events of the timeline, and which interface a row is about.
// Needs no browser.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'
import schema from 'netlink-wasm/schema/link'
import { concat, delLink, newAddress, newLink, newRoute } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Session } from '../../src/viewer/worker/session.ts'
import type * as Protocol from '../../src/viewer/worker-protocol.ts'

const test = suite('events of the timeline')
const folder = mkdtempSync(join(tmpdir(), 'netlink-timeline-'))
const IFLA_CARRIER = 33
const IFLA_LINK_NETNSID = 37

interface Worker {
  Session: typeof Session
  protocol: typeof Protocol
}
let worker: Worker

test.before(async () => {
  const outfile = join(folder, 'worker.mjs')
  const contents =
    'export { Session } from "./worker/session.ts"\nexport * as protocol from "./worker-protocol.ts"'
  await build({
    stdin: { contents, resolveDir: new URL('../../src/viewer', import.meta.url).pathname },
    outfile,
    bundle: true,
    format: 'esm',
    loader: { '.wasm': 'base64', '.nls': 'base64' },
  })
  worker = await import(outfile)
})

test.after(() => rmSync(folder, { recursive: true }))

interface Opened {
  /** What the timeline says: "if2 OPERSTATE 6". */
  events: string[]
  rows: Protocol.RowText[]
}

async function open(messages: Uint8Array[]): Promise<Opened> {
  const { protocol } = worker
  const writer = new PcapngWriter()
  const header = netlinkHeader({ protocol: 0 })
  const packets = messages.map((bytes) =>
    writer.packet({ data: concat([header, bytes]), timestamp: 0n }),
  )
  let timeline: Protocol.TimelineData | undefined
  const tell = (message: Protocol.WorkerMessage) => {
    if ('tell' in message && message.tell === 'timeline') timeline = message.timeline
  }
  const blob = new Blob([concat([writer.start(), ...packets]) as Uint8Array<ArrayBuffer>])
  const session = new worker.Session(blob, 'test.pcapng', schema, tell)
  await session.read()
  const kinds = Object.entries(protocol).filter(([name]) => name.startsWith('EVENT_'))
  const { lanes, kind, value, names } = timeline as unknown as Protocol.TimelineData
  const events = lanes.flatMap(({ ifindex, from, to }) =>
    Array.from(kind.subarray(from, to), (what, n) => {
      const name = kinds.find(([, number]) => number === what)?.[0].slice('EVENT_'.length) as string
      const isNamed = ['PRESENT', 'ATTACHED', 'RENAMED'].includes(name)
      const number = value[from + n] as number
      return `if${ifindex} ${name} ${isNamed ? names[number] : number}`
    }),
  )
  const rows = await session.answer({ do: 'rows', from: 0, to: messages.length })
  return { events, rows }
}

const UP = 0x11043
const DOWN = 0x1003

test('operstate and carrier, by what is present and not by what is 0', async () => {
  const link = (operstate: number | undefined, linkFlags: number, carrier?: number) =>
    newLink({
      ifindex: 2,
      ifname: 'eth0',
      ...(operstate === undefined ? {} : { operstate }),
      linkFlags,
      attributes: carrier === undefined ? [] : [[IFLA_CARRIER, Uint8Array.of(carrier)]],
    })
  const { events } = await open([
    link(2, DOWN, 0),
    link(6, UP, 1),
    // Neither is told: the flags stand for the carrier.
    link(undefined, UP),
    // The attribute counts, whatever the flags say.
    link(0, UP, 0),
    link(6, DOWN),
    link(6, UP),
  ])
  assert.equal(events, [
    'if2 ATTACHED eth0',
    'if2 OPERSTATE 2',
    'if2 OPERSTATE 6',
    'if2 CARRIER 1',
    'if2 OPERSTATE 0',
    'if2 CARRIER 0',
    'if2 OPERSTATE 6',
    'if2 CARRIER 1',
  ])
})

test('another attribute that is present makes no operstate', async () => {
  const attributes: [number, number][] = [[IFLA_LINK_NETNSID, 0]]
  const { events } = await open([newLink({ ifindex: 3, ifname: 'p1', attributes })])
  assert.equal(events, ['if3 ATTACHED p1'])
})

test('a link that is renamed, goes and comes back', async () => {
  const { events, rows } = await open([
    newLink({ ifindex: 4, ifname: 'eth0', flags: 2 }),
    newLink({ ifindex: 4, ifname: 'wan0' }),
    delLink({ ifindex: 4, ifname: 'wan0' }),
    delLink({ ifindex: 5, ifname: 'never-seen' }),
    newLink({ ifindex: 4, ifname: 'lan0' }),
  ])
  assert.equal(events, [
    'if4 PRESENT eth0',
    'if4 RENAMED wan0',
    'if4 REMOVED 0',
    'if4 ATTACHED lan0',
    'if5 REMOVED 0',
  ])
  assert.equal(
    rows.map((row) => row.interface),
    ['eth0', 'wan0', 'wan0', 'never-seen', 'lan0'],
  )
})

test('every object names the interface that it is about', async () => {
  const { rows } = await open([
    newLink({ ifindex: 6, ifname: 'eth6' }),
    newAddress({ family: 2, ifindex: 6 }),
    newRoute({ family: 2, oif: 6 }),
    newRoute({ family: 2 }),
  ])
  assert.equal(
    rows.map((row) => row.interface),
    ['eth6', 'eth6', 'eth6', ''],
  )
})

test.run()
