// Fuzzes the package's own functions: damaged messages as messages, states, lazy views, filtered views and trees.
// Throws if any throws anything but a NetlinkError with a place, or if two disagree about the same bytes.

import {
  Dissector,
  decodeLinkStates,
  decodeLinks,
  decodeMessages,
  errorReport,
  formatMessage,
  NetlinkError,
  type NetlinkMessage,
  readRtaOperState,
  toLink,
  treeLines,
  unpackRtaAttr,
} from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import { FRAME_HEADER_BYTES, RX_WINDOW_BYTES } from '../../assembly/contract.ts'
import { checkTiling } from '../support/tiling.ts'
import type { Inputs } from './inputs.ts'
import type { Lot } from './lot.ts'
import { count, type Tally } from './tally.ts'

const CAPACITY = RX_WINDOW_BYTES - FRAME_HEADER_BYTES
const MESSAGES = 200
const FILLER = 99

/** As much as one window holds, for messages that end where the window does. */
const huge = new Uint8Array(CAPACITY)

export function fuzzDecoder(lot: Lot, { links, bigLinks, frames }: Inputs, tally: Tally): void {
  const dissector = new Dissector({ schema: all })
  for (let n = 0; n < MESSAGES; n++) {
    const byteOrder = lot.chance(0.9) ? 'little' : 'big'
    const { frame, protocol, order } = lot.pick(frames)
    const isLink = lot.chance(0.6)
    const input = isLink ? lot.pick(byteOrder === 'little' ? links : bigLinks) : frame
    let data = lot.mutate(input, isLink ? byteOrder : order)
    const isAtEnd = lot.chance(0.05)
    if (isAtEnd) data = atWindowEnd(data, byteOrder)
    const messages = decodeMessages(data, { byteOrder })
    for (const message of messages) check(message, data, tally)
    compareLinks(messages, data, byteOrder, lot)
    onlyNetlinkErrors(() => data.length > 32 && readRtaOperState(data))
    onlyNetlinkErrors(() => unpackRtaAttr(data, 32 + lot.below(64)))
    const tree = dissector.dissect(data, { byteOrder, protocol: isLink ? 0 : protocol })
    checkTiling(tree.table, tree.size, data.length, 0)
    if (!isAtEnd && lot.chance(0.05)) {
      treeLines(tree)
      JSON.stringify(tree.root)
      for (const message of tree.messages) errorReport(message)
    }
    count(tally.cases, 'decoder')
    if (isAtEnd) count(tally.atWindowEnd, 'decoder')
  }
}

/** Behind one message of an unknown type; the last one to three bytes may be left. */
function atWindowEnd(data: Uint8Array, byteOrder: 'little' | 'big'): Uint8Array {
  const front = (CAPACITY - data.length) & ~3
  const view = new DataView(huge.buffer)
  view.setUint32(0, front, byteOrder === 'little')
  view.setUint16(4, FILLER, byteOrder === 'little')
  huge.set(data, front)
  return huge.subarray(0, front + data.length)
}

function expect(isFine: boolean, what: string): void {
  if (!isFine) throw new Error(`expected ${what}`)
}

function check(message: NetlinkMessage, data: Uint8Array, tally: Tally): void {
  expect(message.offset >= 0 && message.offset <= data.length, 'a message within the data')
  formatMessage(message)
  if (message.kind === 'malformed') {
    const { error } = message
    expect(error instanceof NetlinkError && error.code.startsWith('ERR_NETLINK_'), 'a NetlinkError')
    const at = error.offset as number
    expect(at >= message.offset && at <= data.length, `a place for ${error.message}`)
    expect(error.message.endsWith(`at byte ${at}`), `its place in ${error.message}`)
    count(tally.refusals, error.code)
  } else if (message.kind === 'link') {
    toLink(message.link)
    const payload = message.header.length - 32
    expect((message.link.ifname ?? '').length <= payload, 'a name within its message')
    expect((message.link.address ?? []).length <= payload, 'an address within its message')
  }
}

/** Checks that states, views and filtered views agree with the messages. */
function compareLinks(
  messages: NetlinkMessage[],
  data: Uint8Array,
  byteOrder: 'little' | 'big',
  lot: Lot,
): void {
  const links = messages.flatMap((message) => (message.kind === 'link' ? [message.link] : []))
  const states = decodeLinkStates(data, { byteOrder })
  const views = decodeLinks(data, { byteOrder })
  expect(states.length === links.length, 'a state for each link')
  expect(views.length === links.length, 'a view for each link')
  for (const [n, link] of links.entries()) {
    const [state, view] = [states[n], views[n]]
    for (const one of [state, view]) {
      const isSame =
        one?.ifname === link.ifname &&
        one?.ifindex === link.ifindex &&
        one?.operstate === link.operstate
      expect(isSame, `${link.ifname}, ${link.ifindex}, ${link.operstate} again`)
    }
    if (!lot.chance(0.2)) continue
    expect(JSON.stringify(view) === JSON.stringify(link), `a view of ${JSON.stringify(link)}`)
    const { ifindex } = link
    const some = decodeLinks(data, { byteOrder, filter: { ifindex } })
    const wanted = links.filter((one) => one.ifindex === ifindex)
    expect(some.length === wanted.length, `${wanted.length} links of number ${ifindex}`)
  }
}

function onlyNetlinkErrors(call: () => unknown): void {
  try {
    call()
  } catch (error) {
    expect(error instanceof NetlinkError, `a NetlinkError, got ${error}`)
    expect(typeof (error as NetlinkError).offset === 'number', 'an error with a place')
  }
}
