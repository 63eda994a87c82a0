// Messages into trees: the node table beside libnl-route's typed parse, with what is remembered of earlier messages and
// without, and what the table's calls allocate.

import { Dissector } from 'netlink-wasm/decoder'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import * as layout from '../../assembly/tree-layout.ts'
import { schemaParts } from '../../src/schema/shipped-schema.ts'
import {
  contest,
  contract,
  corpus,
  instantiate,
  local,
  median,
  messagesIn,
  Rivals,
  report,
  type Side,
  type Window,
  windows,
} from './support.ts'

const { RX_WINDOW, FRAME_HEADER_BYTES, MODE_WALK } = contract
const at = RX_WINDOW + FRAME_HEADER_BYTES
const parts = schemaParts(rtnetlink)

for (const name of ['link', 'mixed'] as const) {
  const datagrams = await corpus(name)
  const all = windows(datagrams)
  const messages = all.reduce((sum, window) => sum + window.messages, 0)
  report({ corpus: name, messages, bytes: datagrams.reduce((sum, { length }) => sum + length, 0) })
  const wasm = instantiate()
  wasm.u8.set(parts, layout.SCHEMA)
  wasm.schema(layout.SCHEMA + parts.length)
  const dissector = new Dissector({ schema: rtnetlink })
  const frames = all.map(framesOf)

  const table = (window: number, mode = 0): number => {
    let nodes = 0
    for (const frame of frames[window] as Uint8Array[]) {
      wasm.u8.set(frame, at)
      nodes += wasm.view.getUint32(wasm.tree(frame.length, 0, 0, mode) + layout.NODE_NEXT, true)
    }
    return nodes
  }

  // Nothing is unknown to the schema that libnl-route knows, and every message is there.
  let seen = 0
  let nodes = 0
  for (let window = 0; window < all.length; window++) {
    nodes += table(window)
    for (const frame of frames[window] as Uint8Array[]) {
      for (const message of dissector.dissect(frame).messages) {
        if (message.status === 'unknown') throw new Error('an unknown message')
        seen++
      }
    }
  }
  const expected = datagrams.reduce((sum, datagram) => sum + messagesIn(datagram), 0)
  if (seen !== expected) throw new Error(`${seen} of ${expected} messages`)

  const rivals = await Rivals.start(all)
  const found = await rivals?.check('record_nl')
  const sides: Side[] = [
    local('netlink-wasm, node table', table),
    local('netlink-wasm, node table, every message walked', (window) => table(window, MODE_WALK)),
    local('netlink-wasm, Dissector and lazy views', (window) => {
      for (const frame of frames[window] as Uint8Array[]) dissector.dissect(frame)
    }),
  ]
  if (rivals && found) {
    report({ rival: 'libnl-route', corpus: name, objects: found[1], messages })
    sides.push({
      name: 'libnl-route',
      run: (window, passes) => rivals.run('record_nl', window, passes) as Promise<number>,
    })
  } else {
    report({ skipped: 'libnl-route' })
  }
  report({ nodesPerMessage: nodes / messages, corpus: name })
  report(await contest(`tree ${name}`, sides, all, { rounds: 24 }))

  // As a capture is read: each message once, in order, by a module that has seen none before.
  const once: number[] = []
  const ratios: number[] = []
  for (let n = 0; n < 20; n++) {
    wasm.schema(layout.SCHEMA + parts.length)
    const start = process.hrtime.bigint()
    for (let window = 0; window < all.length; window++) table(window)
    const ns = Number(process.hrtime.bigint() - start)
    once.push(ns / messages)
    if (!rivals || !found) continue
    let other = 0
    for (let window = 0; window < all.length; window++) {
      other += await rivals.run('record_nl', window, 1)
    }
    ratios.push(other / ns)
  }
  report({
    once: median(once),
    onceRatio: ratios.length ? median(ratios) : undefined,
    corpus: name,
  })
  rivals?.stop()

  const rounds = 300
  for (let n = 0; n < rounds; n++) table(0)
  const before = process.memoryUsage()
  for (let n = 0; n < rounds; n++) table(0)
  const after = process.memoryUsage()
  report({
    measure: `node table, heap, ${name}`,
    messages: rounds * (all[0] as Window).messages,
    heapBytes: after.heapUsed - before.heapUsed,
    bufferBytes: after.arrayBuffers - before.arrayBuffers,
  })
}

function framesOf({ bytes }: Window): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: Uint8Array[] = []
  for (let from = 0; from + 16 <= bytes.length; ) {
    const length = view.getUint32(from, true)
    frames.push(bytes.subarray(from + 16, from + 16 + length))
    from = (from + 16 + length + 15) & ~15
  }
  return frames
}
