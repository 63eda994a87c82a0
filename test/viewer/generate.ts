// Makes large captures for the figures: many small messages of all kinds, and many whole link messages.
// In: how many. Out: a pcap file of LINKTYPE_NETLINK. Nothing of it is committed.

import { closeSync, openSync, writeSync } from 'node:fs'
import { netlinkHeader } from 'netlink-wasm/capture'
import { attribute, concat, errorMessage, message, newLink } from 'netlink-wasm/testing'
import { random as createRandom } from '../support/random.ts'

const LINKTYPE_NETLINK = 253
const CHUNK = 4 * 1024 * 1024

/** Frames in turn, a microsecond apart, into a pcap file. */
function write(path: string, count: number, frameOf: (n: number) => Uint8Array): number {
  const file = openSync(path, 'w')
  const chunk = new Uint8Array(CHUNK)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 262_144, true)
  view.setUint32(20, LINKTYPE_NETLINK, true)
  let at = 24
  let bytes = 0
  for (let n = 0; n < count; n++) {
    const frame = frameOf(n)
    bytes += frame.length
    if (at + 16 + frame.length > CHUNK) {
      writeSync(file, chunk, 0, at)
      at = 0
    }
    view.setUint32(at, 1_700_000_000 + Math.floor(n / 20_000), true)
    view.setUint32(at + 4, (n % 20_000) * 50, true)
    view.setUint32(at + 8, frame.length, true)
    view.setUint32(at + 12, frame.length, true)
    chunk.set(frame, at + 16)
    at += 16 + frame.length
  }
  writeSync(file, chunk, 0, at)
  closeSync(file)
  return bytes / count
}

const ROUTE = netlinkHeader({ protocol: 0 })
const u32 = (value: number) => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** Links, addresses, routes, neighbours, requests, answers and errors: 200 bytes on average. */
export function writeMixed(path: string, count: number): number {
  const random = createRandom(7)
  const pool: Uint8Array[] = []
  for (let n = 0; n < 4096; n++) pool.push(mixedFrame(n, random))
  return write(path, count, (n) => {
    const frame = pool[n & 4095] as Uint8Array
    // Each with a sequence number of its own, where it has one.
    const view = new DataView(frame.buffer, frame.byteOffset)
    if (view.getUint32(16 + 8, true) !== 0) view.setUint32(16 + 8, 1 + (n >> 1), true)
    return frame
  })
}

function mixedFrame(n: number, random: () => number): Uint8Array {
  const ifindex = 2 + ((n >> 3) % 40)
  const padding = (most: number) => attribute(0x3f0, new Uint8Array(Math.floor(random() * most)))
  switch (n % 8) {
    case 0:
    case 1: {
      const isUp = random() > 0.3
      const link = newLink({
        ifindex,
        ifname: `eth${ifindex}`,
        operstate: isUp ? 6 : 2,
        linkFlags: isUp ? 0x11043 : 0x1003,
        attributes: [
          [4, 1500],
          [13, 1000],
          [1, new Uint8Array(6)],
          [2, new Uint8Array(6)],
          padding(300),
        ],
      })
      return concat([ROUTE, link])
    }
    case 2: {
      const body = concat([
        Uint8Array.of(2, 24, 0x80, 0),
        u32(ifindex),
        attribute(1, Uint8Array.of(10, 0, n & 255, 1)),
      ])
      return concat([
        ROUTE,
        message({ type: 20 }, body, attribute(3, `eth${ifindex}`), padding(180)),
      ])
    }
    case 3: {
      const head = Uint8Array.of(2, 24, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0)
      const body = concat([
        head,
        attribute(1, Uint8Array.of(10, 1, n & 255, 0)),
        attribute(4, ifindex),
      ])
      return concat([
        ROUTE,
        message({ type: 24 }, body, attribute(5, Uint8Array.of(10, 0, 0, 1)), padding(200)),
      ])
    }
    case 4: {
      const head = concat([Uint8Array.of(2, 0, 0, 0), u32(ifindex), Uint8Array.of(2, 0, 0, 1)])
      const body = concat([
        head,
        attribute(1, Uint8Array.of(10, 0, 0, n & 255)),
        attribute(2, new Uint8Array(6)),
      ])
      return concat([ROUTE, message({ type: 28 }, body, padding(260))])
    }
    case 5: {
      const request = newLink({ ifindex, flags: 5, seq: 1, pid: 4000, attributes: [padding(380)] })
      return concat([ROUTE, request])
    }
    case 6:
      return concat([ROUTE, errorMessage({ errno: n % 64 === 6 ? -22 : 0, seq: 1, pid: 4000 })])
    default:
      return concat([
        netlinkHeader({ protocol: 12 }),
        message(
          { type: 0x0a00, flags: 0x401, seq: 1, pid: 77 },
          Uint8Array.of(1, 0, 0, 0),
          attribute(1, 'filter'),
          padding(300),
        ),
      ])
  }
}

/** Link messages as large as a kernel's own: some 1.4 KB each. */
export function writeLinks(path: string, count: number): number {
  const pool: Uint8Array[] = []
  for (let n = 0; n < 512; n++) pool.push(concat([ROUTE, wholeLink(n)]))
  return write(path, count, (n) => pool[n % 512] as Uint8Array)
}

function wholeLink(n: number): Uint8Array {
  const ifindex = 2 + (n % 64)
  const isUp = Math.floor(n / 64) % 2 === 0
  const bytes = (type: number, length: number) => attribute(type, new Uint8Array(length))
  return newLink({
    ifindex,
    ifname: `veth${ifindex}`,
    operstate: isUp ? 6 : 2,
    linkFlags: isUp ? 0x11043 : 0x1003,
    attributes: [
      [13, 1000],
      attribute(17, Uint8Array.of(0)),
      [4, 1500],
      [50, 68],
      [51, 65535],
      [27, 0],
      [30, 0],
      [31, 8],
      [40, 65535],
      [41, 65536],
      [32, 8],
      attribute(33, Uint8Array.of(isUp ? 1 : 0)),
      attribute(6, 'noqueue'),
      [35, n],
      [47, n >> 1],
      [48, n >> 1],
      attribute(39, Uint8Array.of(0)),
      bytes(14, 28),
      bytes(1, 6),
      bytes(2, 6),
      bytes(23, 200),
      bytes(7, 96),
      attribute(18, [attribute(1, 'veth')]),
      bytes(37, 4),
      attribute(26, [
        attribute(2, [bytes(1, 140)]),
        attribute(10, [bytes(1, 4), bytes(5, 20), bytes(2, 232), bytes(3, 304), bytes(6, 56)]),
      ]),
    ],
  })
}
