// The capture that the viewer brings along: a scene of an hour on a small machine, built at build time.
// In: nothing. Out: a pcapng file. A first visit shows something of everything that the viewer can show.

import { netlinkHeader } from '../capture/framing.js'
import { PcapngWriter } from '../capture/writer.js'
import {
  attribute,
  concat,
  doneMessage,
  errorMessage,
  type LinkFields,
  linkMessage,
  message,
} from '../message/builders.js'

const START = 1_767_261_600_000_000_000n
const ROUTE = 0
const GENERIC = 16
const PID = 4711
const REQUEST = 0x1
const MULTI = 0x2
const ACK = 0x4
const CREATE = 0x400
const EXCL = 0x200
const DUMP = 0x300
const CAPPED = 0x100
const ACK_TLVS = 0x200
const UP = 0x1 | 0x2 | 0x1000
const RUNNING = 0x40 | 0x10000
const OPER = { unknown: 0, down: 2, up: 6 }

interface Sample extends LinkFields {
  mac: number
  mtu?: number
  master?: number
  kind?: string
  carrier?: number
  changes?: number
}

function link(fields: Sample): Uint8Array {
  const { mac, mtu = 1500, master, kind, carrier, changes, attributes = [], ...rest } = fields
  const address = Uint8Array.of(2, 0, 0, 0, 0, mac)
  return linkMessage({
    ...rest,
    attributes: [
      [13, 1000],
      [17, Uint8Array.of(0)],
      [4, mtu],
      [27, 0],
      [31, 4],
      [32, 4],
      ...(carrier === undefined ? [] : [[33, Uint8Array.of(carrier)] as const]),
      ...(changes === undefined
        ? []
        : ([
            [35, changes],
            [47, (changes + 1) >> 1],
            [48, changes >> 1],
          ] as const)),
      [6, 'fq_codel'],
      [1, address],
      [2, new Uint8Array(6).fill(255)],
      ...(master === undefined ? [] : [[10, master] as const]),
      ...(kind === undefined ? [] : [attribute(18, [attribute(1, kind)])]),
      ...attributes,
    ],
  })
}

/** Seconds since the start, protocol, messages, comment. */
type Step = [at: number, protocol: number, messages: Uint8Array[], comment?: string]

export function sampleCapture(): Uint8Array {
  const writer = new PcapngWriter({
    interfaces: [{ name: 'nlmon0' }],
    application: 'netlink-wasm sample',
    comment: 'Made for the viewer: not recorded from a machine',
  })
  const parts = [writer.start()]
  for (const [at, protocol, messages, comment] of scene()) {
    parts.push(
      writer.packet({
        data: [netlinkHeader({ protocol }), ...messages],
        timestamp: START + BigInt(Math.round(at * 1e6)) * 1000n,
        comment,
      }),
    )
  }
  return concat(parts)
}

function scene(): Step[] {
  const loopback = linkMessage({
    ifindex: 1,
    ifname: 'lo',
    linkType: 772,
    linkFlags: 0x10049,
    operstate: OPER.unknown,
    flags: MULTI,
    seq: 1,
    pid: PID,
    attributes: [
      [4, 65536],
      [13, 1000],
    ],
  })
  const eth0 = { ifindex: 2, ifname: 'eth0', mac: 2, linkFlags: UP | RUNNING, operstate: OPER.up }
  const down = { ...eth0, linkFlags: UP, operstate: OPER.down, carrier: 0 }
  const veth = { ifindex: 3, ifname: 'veth7f3a2c', mac: 3, kind: 'veth', linkFlags: 0x1002 }
  const wan = { ...veth, ifname: 'wan0' }
  const bridge = { ifindex: 4, ifname: 'br0', mac: 4, kind: 'bridge', linkFlags: 0x1002 }
  const ask = { flags: REQUEST | ACK, pid: PID }
  return [
    [
      0,
      ROUTE,
      [
        message(
          { type: 18, flags: REQUEST | DUMP, seq: 1, pid: PID },
          u8(0, 0, 0, 0),
          zeros(12),
          attribute(29, 9),
        ),
      ],
    ],
    [
      0.000412,
      ROUTE,
      [loopback, link({ ...eth0, carrier: 1, changes: 1, flags: MULTI, seq: 1, pid: PID })],
    ],
    [0.000533, ROUTE, [doneMessage({ seq: 1, pid: PID })]],
    [0.01, GENERIC, [genl(16, 3, { flags: REQUEST, seq: 2, pid: PID }, attribute(2, 'ethtool'))]],
    [
      0.0104,
      GENERIC,
      [
        genl(
          16,
          1,
          { seq: 2, pid: PID },
          attribute(2, 'ethtool'),
          attribute(1, u16(21)),
          attribute(3, 1),
          attribute(4, 0),
          attribute(5, 0),
        ),
      ],
    ],
    [
      0.011,
      GENERIC,
      [
        genl(
          21,
          4,
          { flags: REQUEST, seq: 3, pid: PID },
          attribute(0x8001, [attribute(1, 2), attribute(2, 'eth0')]),
        ),
      ],
    ],
    [
      0.0113,
      GENERIC,
      [
        genl(
          21,
          4,
          { seq: 3, pid: PID },
          attribute(0x8001, [attribute(1, 2), attribute(2, 'eth0')]),
          attribute(5, 1000),
          attribute(6, u8(1)),
        ),
      ],
    ],
    [
      1.2,
      ROUTE,
      [link({ ...veth, ...ask, flags: REQUEST | ACK | CREATE | EXCL, seq: 10, ifindex: 0 })],
    ],
    [1.200713, ROUTE, [link({ ...veth, operstate: OPER.down, carrier: 0, changes: 1 })]],
    [1.200802, ROUTE, [acknowledge(10, 16)]],
    [1.31, ROUTE, [link({ ...wan, operstate: OPER.down, carrier: 0, changes: 1 })]],
    [1.9, ROUTE, [link({ ...bridge, operstate: OPER.down, carrier: 0, changes: 0 })]],
    [
      2.05,
      ROUTE,
      [
        link({
          ...wan,
          linkFlags: UP | RUNNING,
          operstate: OPER.up,
          carrier: 1,
          changes: 2,
          master: 4,
        }),
      ],
    ],
    [
      2.050211,
      ROUTE,
      [link({ ...bridge, linkFlags: UP | RUNNING, operstate: OPER.up, carrier: 1, changes: 1 })],
    ],
    [
      2.4,
      ROUTE,
      [
        route(
          24,
          { flags: REQUEST | ACK | CREATE | EXCL, seq: 11, pid: PID },
          attribute(1, u8(10, 20, 0, 0)),
          attribute(5, u8(10, 0, 0, 1)),
          attribute(4, 4),
        ),
      ],
    ],
    [
      2.400144,
      ROUTE,
      [
        route(
          24,
          { flags: CREATE | EXCL, seq: 11, pid: PID },
          attribute(15, 254),
          attribute(1, u8(10, 20, 0, 0)),
          attribute(5, u8(10, 0, 0, 1)),
          attribute(4, 4),
        ),
      ],
    ],
    [2.400163, ROUTE, [acknowledge(11, 24)]],
    [2.9, ROUTE, [address(20, 4, u8(10, 0, 0, 7), 'br0')]],
    [3.3, ROUTE, [link({ ...down, changes: 2 })]],
    [4.6, ROUTE, [link({ ...eth0, carrier: 1, changes: 3 })]],
    [5.1, ROUTE, [neighbour(28, 4, u8(10, 0, 0, 1), u8(2, 0, 0, 0, 0, 0x99))]],
    ...refusal(),
    [
      7.5,
      ROUTE,
      [link({ ...eth0, carrier: 1, changes: 9 })],
      '3 overruns: messages before this one were lost',
    ],
    [8.2, ROUTE, [link({ ...down, changes: 10 })]],
    [8.9, ROUTE, [link({ ...eth0, carrier: 1, changes: 11, mtu: 9000 })]],
    [
      9.4,
      15,
      [
        new TextEncoder().encode(
          'remove@/devices/virtual/net/wan0\0ACTION=remove\0SUBSYSTEM=net\0INTERFACE=wan0\0IFINDEX=3\0',
        ),
      ],
    ],
    [9.400351, ROUTE, [link({ ...wan, type: 17, operstate: OPER.down })]],
    [
      9.42,
      ROUTE,
      [link({ ...bridge, linkFlags: UP, operstate: OPER.down, carrier: 0, changes: 2 })],
    ],
    [10.8, ROUTE, [link({ ...bridge, type: 17, operstate: OPER.down })]],
    [
      11.5,
      ROUTE,
      [
        link({
          ifindex: 5,
          ifname: 'wg0',
          mac: 5,
          kind: 'wireguard',
          mtu: 1420,
          linkFlags: 0x90,
          operstate: OPER.down,
        }),
      ],
    ],
    [
      11.9,
      ROUTE,
      [
        link({
          ifindex: 5,
          ifname: 'wg0',
          mac: 5,
          kind: 'wireguard',
          mtu: 1420,
          linkFlags: 0x100d1,
          operstate: OPER.unknown,
          carrier: 1,
          changes: 0,
        }),
      ],
    ],
    [12.5, ROUTE, [address(20, 5, u8(10, 9, 0, 2), 'wg0')]],
  ]
}

/** The kernel sends back the header of what it has done. */
function acknowledge(seq: number, type: number): Uint8Array {
  const request = message({ type, flags: REQUEST | ACK | CREATE | EXCL, seq, pid: PID, length: 16 })
  return errorMessage({ errno: 0, flags: CAPPED, seq, pid: PID }, request)
}

/** A bridge with an impossible MTU, refused with the place of the attribute. */
function refusal(): Step[] {
  const request = link({
    ifindex: 4,
    mac: 4,
    kind: 'bridge',
    mtu: 70000,
    flags: REQUEST | ACK,
    seq: 12,
    pid: PID,
  })
  const error = message(
    { type: 2, flags: ACK_TLVS, seq: 12, pid: PID },
    i32(-22),
    request,
    attribute(1, 'mtu greater than device maximum'),
    // The MTU stands behind the header, IFLA_TXQLEN and IFLA_LINKMODE.
    attribute(2, 32 + 8 + 8),
  )
  return [
    [6.2, ROUTE, [request]],
    [6.200188, ROUTE, [error]],
  ]
}

function genl(
  type: number,
  command: number,
  header: { flags?: number; seq: number; pid: number },
  ...attributes: Uint8Array[]
): Uint8Array {
  return message({ type, ...header }, u8(command, 1, 0, 0), ...attributes)
}

function route(
  type: number,
  header: { flags: number; seq: number; pid: number },
  ...attributes: Uint8Array[]
): Uint8Array {
  return message({ type, ...header }, u8(2, 16, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0), ...attributes)
}

function address(type: number, ifindex: number, local: Uint8Array, label: string): Uint8Array {
  const head = concat([u8(2, 24, 0x80, 0), u32(ifindex)])
  return message({ type }, head, attribute(1, local), attribute(2, local), attribute(3, label))
}

function neighbour(type: number, ifindex: number, dst: Uint8Array, mac: Uint8Array): Uint8Array {
  const head = concat([u8(2, 0, 0, 0), u32(ifindex), u16(2), u8(0, 1)])
  return message({ type }, head, attribute(1, dst), attribute(2, mac))
}

function u8(...bytes: number[]): Uint8Array {
  return Uint8Array.from(bytes)
}

function u16(value: number): Uint8Array {
  return u8(value & 255, value >> 8)
}

function u32(value: number): Uint8Array {
  return concat([u16(value & 0xffff), u16(value >>> 16)])
}

function i32(value: number): Uint8Array {
  return u32(value >>> 0)
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(count)
}
