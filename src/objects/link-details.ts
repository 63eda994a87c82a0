// What a link message says beyond its record: alias, qdisc, limits, and whatever else `ip -d link` prints.
// In: a message that was kept. Out: values by iproute2's names; and which of them differ between two messages.

import { AF_INET6, IFINFOMSG_SIZE, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import { decodeText, hexText } from '../base/text.js'
import type { KeptMessage } from '../message/kept-message.js'
import { LINK_DETAILS, type LinkDetails } from './named-fields.js'

const NLA_HDRLEN = 4
const NLA_TYPE_MASK = 0x3fff
const IFLA_AF_SPEC = 26
const IFLA_LINKINFO = 18
const IFLA_STATS64 = 23
const IFLA_INET6_ADDR_GEN_MODE = 8
const IFLA_PROTO_DOWN_REASON = 55
const IFLA_PROTO_DOWN_REASON_VALUE = 2

const BY_NUMBER = new Map(LINK_DETAILS.map((line) => [line[0], line]))

/** The attributes of a message, or of a nest. */
class Attributes {
  readonly u8: Uint8Array
  readonly view: DataView
  readonly isLittle: boolean
  /** Of the attribute that next() has found. */
  type = 0
  from = 0
  to = 0
  readonly #end: number
  #at: number

  constructor(message: KeptMessage, from: number, to: number) {
    const { bytes, isLittle } = message
    this.u8 = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.isLittle = isLittle
    this.#at = from
    this.#end = to
  }

  static of(message: KeptMessage): Attributes {
    return new Attributes(message, message.start + NLMSGHDR_SIZE + IFINFOMSG_SIZE, message.end)
  }

  next(): boolean {
    const from = this.#at
    const left = this.#end - from
    if (left < NLA_HDRLEN) return false
    const length = this.view.getUint16(from, this.isLittle)
    if (length < NLA_HDRLEN || length > left) return false
    this.type = this.view.getUint16(from + 2, this.isLittle) & NLA_TYPE_MASK
    this.from = from + NLA_HDRLEN
    this.to = from + length
    this.#at = from + ((length + 3) & ~3)
    return true
  }
}

/** Where the attribute of these types lies: each in the nest before it. */
function find(message: KeptMessage, ...types: number[]): Attributes | undefined {
  let level = Attributes.of(message)
  for (let n = 0; ; n++) {
    do if (!level.next()) return undefined
    while (level.type !== types[n])
    if (n === types.length - 1) return level
    level = new Attributes(message, level.from, level.to)
  }
}

/** All that the message has. */
export function linkDetails(message: KeptMessage): LinkDetails {
  const details: Record<string, unknown> = {}
  const it = Attributes.of(message)
  while (it.next()) {
    const line = BY_NUMBER.get(it.type)
    if (line) details[line[1]] = detailOf(line[1], line[2], it, message)
  }
  return details
}

function detailOf(
  key: keyof LinkDetails,
  form: 'u32' | 'text' | 'hex' | 'set' | 'own',
  { u8, view, isLittle, from, to }: Attributes,
  message: KeptMessage,
): unknown {
  const length = to - from
  switch (form) {
    case 'u32':
      return length >= 4 ? view.getUint32(from, isLittle) : undefined
    case 'set':
      return (length > 0 && u8[from] !== 0) || undefined
    case 'hex':
      return hexText(u8.subarray(from, to))
    case 'text': {
      const bytes = u8.subarray(from, to)
      const nul = bytes.indexOf(0)
      return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul)).text
    }
    default:
      return key === 'proto_down_reason' ? reasonsOf(message) : addressMode(message)
  }
}

/** enum in6_addr_gen_mode of linux/if_link.h. */
const MODES = ['eui64', 'none', 'stable_secret', 'random']

function addressMode(message: KeptMessage): string | undefined {
  const it = find(message, IFLA_AF_SPEC, AF_INET6, IFLA_INET6_ADDR_GEN_MODE)
  if (!it || it.to === it.from) return undefined
  const mode = it.u8[it.from] as number
  return MODES[mode] ?? `0x${mode.toString(16).padStart(2, '0')}`
}

function reasonsOf(message: KeptMessage): string[] | undefined {
  const it = find(message, IFLA_PROTO_DOWN_REASON, IFLA_PROTO_DOWN_REASON_VALUE)
  if (!it || it.to - it.from < 4) return undefined
  const bits = it.view.getUint32(it.from, it.isLittle)
  const reasons = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (bits >>> bit) & 1)
  return reasons.length > 0 ? reasons.map(String) : undefined
}

export function hasLinkInfo(message: KeptMessage): boolean {
  return find(message, IFLA_LINKINFO) !== undefined
}

/** `ip -s link`'s counters. */
export interface LinkStatistics {
  rx: Record<'bytes' | 'packets' | 'errors' | 'dropped' | 'over_errors' | 'multicast', number>
  tx: Record<'bytes' | 'packets' | 'errors' | 'dropped' | 'carrier_errors' | 'collisions', number>
}

/** struct rtnl_link_stats64 of linux/if_link.h, as far as iproute2 prints it; undefined if the message has none. */
export function linkStatistics(message: KeptMessage): LinkStatistics | undefined {
  const it = find(message, IFLA_STATS64)
  if (!it || it.to - it.from < STATS64_SHOWN * 8) return undefined
  const at = (n: number) => Number(it.view.getBigUint64(it.from + n * 8, it.isLittle))
  return {
    rx: {
      bytes: at(2),
      packets: at(0),
      errors: at(4),
      dropped: at(6),
      over_errors: at(11),
      multicast: at(8),
    },
    tx: {
      bytes: at(3),
      packets: at(1),
      errors: at(5),
      dropped: at(7),
      carrier_errors: at(16),
      collisions: at(9),
    },
  }
}

/** Counters of the struct, up to the last that is shown. */
const STATS64_SHOWN = 17

/** What differs between two messages of one link: keys of a Link, `linkinfo` where its bytes are others. */
export function differingDetails(before: KeptMessage, after: KeptMessage): Shown[] {
  const was = Attributes.of(before)
  const now = Attributes.of(after)
  const differing: Shown[] = []
  for (;;) {
    const isMore = nextShown(was)
    if (nextShown(now) !== isMore || (isMore && was.type !== now.type)) {
      return differingValues(before, after)
    }
    if (!isMore) return differing
    const isSame =
      was.type === IFLA_AF_SPEC
        ? addressMode(before) === addressMode(after)
        : hasSameBytes(was, now)
    if (!isSame) differing.push(SHOWN[was.type] as Shown)
  }
}

type Shown = keyof LinkDetails | 'linkinfo'

/** By the number of the attribute. */
const SHOWN: (Shown | undefined)[] = []
for (const [number, key] of LINK_DETAILS) SHOWN[number] = key
SHOWN[IFLA_LINKINFO] = 'linkinfo'

function nextShown(it: Attributes): boolean {
  while (it.next()) if (SHOWN[it.type] !== undefined) return true
  return false
}

function hasSameBytes(a: Attributes, b: Attributes): boolean {
  if (a.to - a.from !== b.to - b.from) return false
  for (let n = a.to - a.from - 1; n >= 0; n--) {
    if (a.u8[a.from + n] !== b.u8[b.from + n]) return false
  }
  return true
}

/** The same for messages whose attributes are others, or in another order. */
function differingValues(before: KeptMessage, after: KeptMessage): Shown[] {
  const [was, now] = [linkDetails(before), linkDetails(after)]
  const keys: Shown[] = LINK_DETAILS.map(([, key]) => key)
  const [a, b] = [find(before, IFLA_LINKINFO), find(after, IFLA_LINKINFO)]
  const isSame = a && b ? hasSameBytes(a, b) : a === b
  return [
    ...keys.filter(
      (key) => `${was[key as keyof LinkDetails]}` !== `${now[key as keyof LinkDetails]}`,
    ),
    ...(isSame ? [] : (['linkinfo'] as const)),
  ]
}
