// The second decoder's addresses, routes, neighbours and rules, written from linux/if_addr.h, linux/rtnetlink.h,
// linux/neighbour.h and linux/fib_rules.h. In: a message that is whole. Out: plain objects, in the shape of the records
// of decodeMessages(). Shares no code and no constant with src/ or assembly/, reads by DataView only.

import { type Attribute, attributes, type Bytes, Fault, textOf, untilNul } from './reference.ts'

type Value = number | bigint | string | Uint8Array | object | undefined
type Read = (bytes: Bytes, from: number, to: number) => Value

interface Kind {
  name: string
  header: (bytes: Bytes, at: number) => Record<string, number>
  size: number
  attributes: Record<number, [name: string, read: Read, least: number]>
}

const u8: [Read, number] = [({ view }, at) => view.getUint8(at), 1]
const u16: [Read, number] = [({ view, little }, at) => view.getUint16(at, little), 2]
const u32: [Read, number] = [({ view, little }, at) => view.getUint32(at, little), 4]
const s32: [Read, number] = [({ view, little }, at) => view.getInt32(at, little), 4]
/** Network order. */
const n16: [Read, number] = [({ view }, at) => view.getUint16(at), 2]
const n32: [Read, number] = [({ view }, at) => view.getUint32(at), 4]
const n64: [Read, number] = [({ view }, at) => view.getBigUint64(at), 8]
const bytesOf = ({ view }: Bytes, from: number, to: number) =>
  new Uint8Array(view.buffer, view.byteOffset + from, to - from).slice()
const binary: [Read, number] = [bytesOf, 0]
const string: [Read, number] = [(bytes, from, to) => textOf(untilNul(bytesOf(bytes, from, to))), 0]

function struct(...names: string[]): [Read, number] {
  const read: Read = ({ view, little }, at) =>
    Object.fromEntries(names.map((name, n) => [name, view.getUint32(at + n * 4, little)]))
  return [read, names.length * 4]
}

const nested: [Read, number] = [
  (bytes, from, to) =>
    [...attributes(bytes, from, to)].map((one) => ({
      type: one.type,
      payload: bytesOf(bytes, one.from, one.to),
    })),
  0,
]

const metrics: [Read, number] = [
  (bytes, from, to) => {
    const found: Record<number, number | string> = {}
    for (const one of attributes(bytes, from, to)) {
      if (one.type === 16) found[16] = string[0](bytes, one.from, one.to) as string
      else if (one.to - one.from >= 4) {
        found[one.type] = bytes.view.getUint32(one.from, bytes.little)
      }
    }
    return found
  },
  0,
]

/** RTNH_OK and RTNH_NEXT of linux/rtnetlink.h. */
const hops: [Read, number] = [
  (bytes, from, to) => {
    const { view, little } = bytes
    const found: object[] = []
    for (let at = from; to - at >= 8; ) {
      const length = view.getUint16(at, little)
      if (length < 8) throw new Fault('ERR_NETLINK_ATTRIBUTE_TOO_SHORT', at)
      if (length > to - at) throw new Fault('ERR_NETLINK_ATTRIBUTE_TOO_LONG', at)
      found.push({ at, end: at + length })
      at += Math.ceil(length / 4) * 4
      // Faults are found one hop after the other.
      for (const _ of attributes(bytes, (found.at(-1) as Hop).at + 8, (found.at(-1) as Hop).end));
    }
    return (found as Hop[]).map(({ at, end }) => hop(bytes, at, end))
  },
  0,
]

interface Hop {
  at: number
  end: number
}

function hop(bytes: Bytes, at: number, end: number): object {
  const last = new Map<number, Attribute>()
  for (const one of attributes(bytes, at + 8, end)) last.set(one.type, one)
  const read = (type: number, [how, least]: [Read, number]) => {
    const one = last.get(type)
    return one && one.to - one.from >= least ? how(bytes, one.from, one.to) : undefined
  }
  return {
    flags: bytes.view.getUint8(at + 2),
    hops: bytes.view.getUint8(at + 3),
    ifindex: bytes.view.getInt32(at + 4, bytes.little),
    gateway: read(5, binary),
    via: read(18, binary),
    newDst: read(19, binary),
    flow: read(11, u32),
    encapType: read(21, u16),
    encap: last.has(22) ? untilBroken(bytes, last.get(22) as Attribute) : undefined,
  }
}

/** What a next hop puts around packets is not looked into by the first decoder: a broken chain ends there. */
function untilBroken(bytes: Bytes, { from, to }: Attribute): object[] {
  const found: object[] = []
  try {
    for (const one of attributes(bytes, from, to)) {
      found.push({ type: one.type, payload: bytesOf(bytes, one.from, one.to) })
    }
  } catch {
    // Ends here.
  }
  return found
}

const at8 = ({ view }: Bytes, at: number) => view.getUint8(at)
const at32 = ({ view, little }: Bytes, at: number) => view.getUint32(at, little)

const ADDRESS: Kind = {
  name: 'address',
  size: 8,
  header: (b, at) => ({
    family: at8(b, at),
    prefixLength: at8(b, at + 1),
    headerFlags: at8(b, at + 2),
    scope: at8(b, at + 3),
    ifindex: b.view.getInt32(at + 4, b.little),
  }),
  attributes: {
    1: ['address', ...binary],
    2: ['local', ...binary],
    3: ['label', ...string],
    4: ['broadcast', ...binary],
    5: ['anycast', ...binary],
    6: ['cacheInfo', ...struct('prefered', 'valid', 'created', 'updated')],
    7: ['multicast', ...binary],
    8: ['flags', ...u32],
    9: ['priority', ...u32],
    10: ['targetNetnsid', ...s32],
    11: ['protocol', ...u8],
  },
}

const ROUTE_CACHE = struct('clntref', 'lastuse', 'expires', 'error', 'used', 'id', 'ts', 'tsage')

const ROUTE: Kind = {
  name: 'route',
  size: 12,
  header: (b, at) => ({
    family: at8(b, at),
    dstLength: at8(b, at + 1),
    srcLength: at8(b, at + 2),
    tos: at8(b, at + 3),
    headerTable: at8(b, at + 4),
    protocol: at8(b, at + 5),
    scope: at8(b, at + 6),
    type: at8(b, at + 7),
    flags: at32(b, at + 8),
  }),
  attributes: {
    1: ['dst', ...binary],
    2: ['src', ...binary],
    3: ['iif', ...u32],
    4: ['oif', ...u32],
    5: ['gateway', ...binary],
    6: ['priority', ...u32],
    7: ['prefSrc', ...binary],
    8: ['metrics', ...metrics],
    9: ['multipath', ...hops],
    11: ['flow', ...u32],
    12: [
      'cacheInfo',
      (bytes, from, to) => {
        const found = ROUTE_CACHE[0](bytes, from, to) as Record<string, number>
        return { ...found, expires: (found.expires as number) | 0 }
      },
      32,
    ],
    15: ['table', ...u32],
    16: ['mark', ...u32],
    18: ['via', ...binary],
    19: ['newDst', ...binary],
    20: ['pref', ...u8],
    21: ['encapType', ...u16],
    22: ['encap', ...nested],
    23: ['expires', ...u32],
    25: ['uid', ...u32],
    26: ['ttlPropagate', ...u8],
    27: ['ipProto', ...u8],
    28: ['sport', ...n16],
    29: ['dport', ...n16],
    30: ['nexthopId', ...u32],
    31: ['flowLabel', ...n32],
  },
}

const NEIGHBOUR: Kind = {
  name: 'neighbour',
  size: 12,
  header: (b, at) => ({
    family: at8(b, at),
    ifindex: b.view.getInt32(at + 4, b.little),
    state: b.view.getUint16(at + 8, b.little),
    flags: at8(b, at + 10),
    type: at8(b, at + 11),
  }),
  attributes: {
    1: ['dst', ...binary],
    2: ['lladdr', ...binary],
    3: ['cacheInfo', ...struct('confirmed', 'used', 'updated', 'refcnt')],
    4: ['probes', ...u32],
    5: ['vlan', ...u16],
    6: ['port', ...n16],
    7: ['vni', ...u32],
    8: ['viaIfindex', ...u32],
    9: ['master', ...u32],
    10: ['linkNetnsid', ...s32],
    11: ['srcVni', ...u32],
    12: ['protocol', ...u8],
    13: ['nexthopId', ...u32],
    14: ['fdbExtension', ...nested],
    15: ['extFlags', ...u32],
    16: ['stateMask', ...u16],
    17: ['flagsMask', ...u8],
  },
}

const ports: [Read, number] = [
  ({ view, little }, at) => ({
    start: view.getUint16(at, little),
    end: view.getUint16(at + 2, little),
  }),
  4,
]

const RULE: Kind = {
  name: 'rule',
  size: 12,
  header: (b, at) => ({
    family: at8(b, at),
    dstLength: at8(b, at + 1),
    srcLength: at8(b, at + 2),
    tos: at8(b, at + 3),
    headerTable: at8(b, at + 4),
    action: at8(b, at + 7),
    flags: at32(b, at + 8),
  }),
  attributes: {
    1: ['dst', ...binary],
    2: ['src', ...binary],
    3: ['iifname', ...string],
    4: ['goto', ...u32],
    6: ['priority', ...u32],
    10: ['fwmark', ...u32],
    11: ['flow', ...u32],
    12: ['tunId', ...n64],
    13: ['suppressIfgroup', ...s32],
    14: ['suppressPrefixLength', ...s32],
    15: ['table', ...u32],
    16: ['fwmask', ...u32],
    17: ['oifname', ...string],
    19: ['l3mdev', ...u8],
    20: ['uidRange', ...struct('start', 'end')],
    21: ['protocol', ...u8],
    22: ['ipProto', ...u8],
    23: ['sportRange', ...ports],
    24: ['dportRange', ...ports],
    25: ['dscp', ...u8],
    26: ['flowLabel', ...n32],
    27: ['flowLabelMask', ...n32],
    28: ['sportMask', ...u16],
    29: ['dportMask', ...u16],
    30: ['dscpMask', ...u8],
  },
}

/** By nlmsg_type: RTM_NEW… and RTM_DEL…. */
const KINDS: Record<number, Kind> = {
  20: ADDRESS,
  21: ADDRESS,
  24: ROUTE,
  25: ROUTE,
  28: NEIGHBOUR,
  29: NEIGHBOUR,
  32: RULE,
  33: RULE,
}

/** The object that the message from `at` to `end` is, and its kind; undefined for another type. */
export function referenceObject(
  bytes: Bytes,
  type: number,
  at: number,
  end: number,
): { kind: string; [kind: string]: unknown } | undefined {
  const kind = KINDS[type]
  if (kind === undefined) return undefined
  const body = at + 16
  if (end - body < kind.size) throw new Fault('ERR_NETLINK_BODY_TOO_SHORT', body)
  const object: Record<string, unknown> = kind.header(bytes, body)
  for (const [name] of Object.values(kind.attributes)) object[name] = undefined
  for (const one of attributes(bytes, body + kind.size, end)) {
    const [name, read, least] = kind.attributes[one.type] ?? []
    if (name === undefined || read === undefined) continue
    if (one.to - one.from < (least as number)) {
      throw new Fault('ERR_NETLINK_VALUE_TOO_SHORT', one.from - 4)
    }
    object[name] = read(bytes, one.from, one.to)
  }
  return { kind: kind.name, [kind.name]: object }
}
