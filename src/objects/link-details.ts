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
const IFLA_PROTO_DOWN_REASON_VALUE = 2

const BY_NUMBER = new Map(LINK_DETAILS.map((line) => [line[0], line]))

/** The attributes of a message, one after another. */
class Attributes {
  readonly u8: Uint8Array
  readonly isLittle: boolean
  /** Of the attribute that next() has found. */
  type = 0
  from = 0
  to = 0
  private at: number
  private readonly end: number

  constructor({ bytes, start, end, isLittle }: KeptMessage) {
    this.u8 = bytes
    this.isLittle = isLittle
    this.at = start + NLMSGHDR_SIZE + IFINFOMSG_SIZE
    this.end = end
  }

  next(): boolean {
    const from = this.at
    const to = endOf(this.u8, from, this.end, this.isLittle)
    if (to === 0) return false
    this.type = typeAt(this.u8, from, this.isLittle)
    this.from = from + NLA_HDRLEN
    this.to = to
    this.at = (to + 3) & ~3
    return true
  }
}

// Every event of a link is compared, so these read bytes: a DataView takes longer to make than to use.

function u16At(u8: Uint8Array, at: number, isLittle: boolean): number {
  const [first, second] = [u8[at] as number, u8[at + 1] as number]
  return isLittle ? first | (second << 8) : (first << 8) | second
}

function typeAt(u8: Uint8Array, at: number, isLittle: boolean): number {
  return u16At(u8, at + 2, isLittle) & NLA_TYPE_MASK
}

/** Where the attribute at `at` ends; 0 if none fits there. */
function endOf(u8: Uint8Array, at: number, end: number, isLittle: boolean): number {
  if (end - at < NLA_HDRLEN) return 0
  const length = u16At(u8, at, isLittle)
  return length < NLA_HDRLEN || length > end - at ? 0 : at + length
}

/** Where the attribute of that type starts in a nest; -1 if it has none. */
function seek(u8: Uint8Array, from: number, end: number, type: number, isLittle: boolean): number {
  for (let at = from; ; ) {
    const next = endOf(u8, at, end, isLittle)
    if (next === 0) return -1
    if (typeAt(u8, at, isLittle) === type) return at
    at = (next + 3) & ~3
  }
}

/** The attribute of that type. */
function find(message: KeptMessage, type: number): Attributes | undefined {
  const it = new Attributes(message)
  while (it.next()) if (it.type === type) return it
  return undefined
}

function u32At({ u8, isLittle }: Attributes, at: number): number {
  return new DataView(u8.buffer, u8.byteOffset + at, 4).getUint32(0, isLittle)
}

/** All that the message has. */
export function linkDetails(message: KeptMessage): LinkDetails {
  const details: Record<string, unknown> = {}
  const it = new Attributes(message)
  while (it.next()) {
    const line = BY_NUMBER.get(it.type)
    if (line) details[line[1]] = detailOf(line[1], line[2], it)
  }
  return details
}

function detailOf(
  key: keyof LinkDetails,
  form: (typeof LINK_DETAILS)[0][2],
  it: Attributes,
): unknown {
  const { u8, from, to } = it
  switch (form) {
    case 'u32':
      return to - from >= 4 ? u32At(it, from) : undefined
    case 'set':
      return (to > from && u8[from] !== 0) || undefined
    case 'hex':
      return hexText(u8.subarray(from, to))
    case 'text': {
      const bytes = u8.subarray(from, to)
      const nul = bytes.indexOf(0)
      return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul)).text
    }
    default:
      return key === 'proto_down_reason' ? reasonsIn(it) : modeName(addressMode(it))
  }
}

/** enum in6_addr_gen_mode of linux/if_link.h. */
const MODES = ['eui64', 'none', 'stable_secret', 'random']

function modeName(mode: number): string | undefined {
  return mode < 0 ? undefined : (MODES[mode] ?? `0x${mode.toString(16).padStart(2, '0')}`)
}

/** In IFLA_AF_SPEC; -1 where it is not. */
function addressMode({ u8, from, to, isLittle }: Attributes): number {
  const inet6 = seek(u8, from, to, AF_INET6, isLittle)
  if (inet6 < 0) return -1
  const end = endOf(u8, inet6, to, isLittle)
  const mode = seek(u8, inet6 + NLA_HDRLEN, end, IFLA_INET6_ADDR_GEN_MODE, isLittle)
  return mode < 0 || u16At(u8, mode, isLittle) === NLA_HDRLEN
    ? -1
    : (u8[mode + NLA_HDRLEN] as number)
}

function reasonsIn(it: Attributes): string[] | undefined {
  const at = seek(it.u8, it.from, it.to, IFLA_PROTO_DOWN_REASON_VALUE, it.isLittle)
  if (at < 0 || u16At(it.u8, at, it.isLittle) < NLA_HDRLEN + 4) return undefined
  const bits = u32At(it, at + NLA_HDRLEN)
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
  const view = new DataView(it.u8.buffer, it.u8.byteOffset + it.from)
  const at = (n: number) => Number(view.getBigUint64(n * 8, it.isLittle))
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
  const was = new Attributes(before)
  const now = new Attributes(after)
  const differing: Shown[] = []
  for (;;) {
    const isMore = nextShown(was)
    if (nextShown(now) !== isMore || (isMore && was.type !== now.type)) {
      return differingValues(before, after)
    }
    if (!isMore) return differing
    const isSame =
      was.type === IFLA_AF_SPEC ? addressMode(was) === addressMode(now) : hasSameBytes(was, now)
    if (!isSame) differing.push(SHOWN[was.type] as Shown)
  }
}

type Shown = keyof LinkDetails | 'linkinfo'

/** By the number of the attribute. */
const SHOWN: (Shown | undefined)[] = []
for (const [number, key] of LINK_DETAILS) SHOWN[number] = key
SHOWN[IFLA_LINKINFO] = 'linkinfo'

const IS_SHOWN = Uint8Array.from({ length: 256 }, (_, type) => (SHOWN[type] ? 1 : 0))

function nextShown(it: Attributes): boolean {
  while (it.next()) if (IS_SHOWN[it.type]) return true
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
