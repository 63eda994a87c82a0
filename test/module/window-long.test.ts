// Data that fills the rx window, or is a little longer. Messages, states, views, filters and trees must give the same
// answer for its last message as in short data.

import {
  Dissector,
  decodeLinkStates,
  decodeLinks,
  decodeMessages,
  type LinkOptions,
  treeLines,
} from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import { newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FRAME_HEADER_BYTES, RX_WINDOW_BYTES } from '../../assembly/contract.ts'
import type { Order } from '../support/netlink-bytes.ts'
import { endings, type Sample } from '../support/samples.ts'

const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES
/** How far before the window's end, and behind it, a message ends. */
const REACH = 64
/** Bytes in front of it, in short data. */
const NEAR = 64
/** The type of the messages in front, which is nobody's. */
const FILLER = 999

const orders: Order[] = ['little', 'big']
const links = orders.flatMap(endings).filter(({ protocol }) => protocol === 0)
/** A fifth of the rest has every kind of ending too. */
const others = orders.flatMap(endings).filter(({ protocol }, n) => protocol !== 0 && n % 5 === 0)

/** Two messages of `front` bytes, then the sample, padded if anything follows, then `behind`. */
function lay(front: number, { frame, order }: Sample, behind: Uint8Array): Uint8Array {
  const padding = behind.length > 0 ? -frame.length & 3 : 0
  const data = new Uint8Array(front + frame.length + padding + behind.length)
  const view = new DataView(data.buffer)
  // Two messages, as none may be longer than the window.
  const half = (front >> 1) & ~3
  for (const [at, length] of [
    [0, half],
    [half, front - half],
  ] as const) {
    view.setUint32(at, length, order === 'little')
    view.setUint16(at + 4, FILLER, order === 'little')
  }
  data.set(frame, front)
  data.set(behind, front + frame.length + padding)
  return data
}

/** Lengths of what is in front, for which the sample ends near the window's end. */
function* fronts({ frame }: Sample, most: number): Generator<number> {
  const last = (CAPACITY + most - frame.length) & ~3
  for (let front = last; front >= CAPACITY - REACH - frame.length; front -= 20) yield front
}

/** The answers for the messages behind the first two, with places counted from there. */
function say(data: Uint8Array, front: number, byteOrder: Order): string {
  const options: LinkOptions = { byteOrder }
  const messages = decodeMessages(data, options).slice(2)
  const placed = messages.map(({ offset, ...message }) => {
    const error =
      'error' in message ? [message.error.code, Number(message.error.offset) - front] : []
    return { offset: offset - front, ...message, error }
  })
  const filters = [{ ifname: 'eth0' }, { ifindex: 2 }, { operstates: [6], named: true }]
  const filtered = filters.map((filter) => decodeLinks(data, { ...options, filter }))
  return JSON.stringify([
    placed,
    decodeLinkStates(data, options),
    decodeLinks(data, options),
    filtered,
  ])
}

test('messages, states, views and what filters let through', () => {
  let compared = 0
  for (const sample of [...links, ...others]) {
    const { order } = sample
    // As the last message, and with another behind it, which may lie in the next window.
    for (const behind of [
      new Uint8Array(0),
      newLink({ ifname: 'eth9', operstate: 6, byteOrder: order }),
    ]) {
      const expected = say(lay(NEAR, sample, behind), NEAR, order)
      for (const front of fronts(sample, behind.length > 0 ? REACH : 0)) {
        const found = say(lay(front, sample, behind), front, order)
        assert.is(found, expected, `${sample.what}, behind ${front} bytes`)
        compared++
      }
    }
  }
  assert.ok(compared > 3000, `${compared}`)
})

test('trees, with the link header of a capture and without', () => {
  const dissector = new Dissector({ schema: all })
  const lines = (data: Uint8Array, front: number, sample: Sample, header: Uint8Array): string => {
    const { protocol, order: byteOrder } = sample
    const frame = new Uint8Array(header.length + data.length)
    frame.set(header)
    frame.set(data, header.length)
    const linkHeader = header.length > 0 ? 'sll' : 'none'
    const tree = dissector.dissect(frame, { protocol, byteOrder, linkHeader })
    const message = tree.messages[2]
    if (!message) return treeLines(tree).slice(-1).join()
    assert.is(message.start, front + header.length)
    return JSON.stringify(message)
  }
  let compared = 0
  for (const sample of [...links, ...others]) {
    const header = new Uint8Array(16)
    header.set([0, 4, 3, 0x38])
    header[15] = sample.protocol
    for (const before of [new Uint8Array(0), header]) {
      const expected = lines(lay(NEAR, sample, new Uint8Array(0)), NEAR, sample, before)
      for (const front of fronts(sample, -before.length)) {
        const found = lines(lay(front, sample, new Uint8Array(0)), front, sample, before)
        assert.is(found, expected, `${sample.what}, behind ${front} bytes`)
        compared++
      }
    }
  }
  assert.ok(compared > 3000, `${compared}`)
})

test.run()
