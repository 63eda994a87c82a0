// A second decoder, written from linux/netlink.h, linux/rtnetlink.h and linux/if_link.h, to hold the
// first one against. In: bytes. Out: plain objects. Shares no code and no constant with src/ or
// assembly/, reads by DataView only, and prefers the obvious way to the fast one. Objects but links: reference-objects.ts.

import { referenceObject } from './reference-objects.ts'

/** The shape of `decodeMessages()`, with a fault as its code and place. */
export interface ReferenceMessage {
  kind: string
  offset: number
  header?: Record<string, number>
  link?: Record<string, unknown>
  address?: unknown
  route?: unknown
  neighbour?: unknown
  rule?: unknown
  errno?: number
  error?: { code: string; offset: number }
}

/** One link message, as the seed's waits see it. */
export type Sighting = [ifname: string, operstate: number]

export interface ReferenceStream {
  seen: Sighting[]
  /** Codes of what was dropped as malformed. */
  malformed: string[]
  /** What a wait that always goes on ends with. */
  ended: string
}

/** README, "Limitations": a larger message is refused. The window holds 16 bytes besides. */
export const MESSAGE_MAX = 320 * 1024 - 16

type Form = 'u8' | 'u32' | 's32' | 'bytes' | 'string'

/** enum IFLA_* of linux/if_link.h, by number, and the types that rtnl_fill_ifinfo() gives them. */
const LINK_ATTRIBUTES = new Map<number, [name: string, form: Form]>([
  [1, ['address', 'bytes']],
  [2, ['broadcast', 'bytes']],
  [3, ['ifname', 'string']],
  [4, ['mtu', 'u32']],
  [5, ['link', 'u32']],
  [10, ['master', 'u32']],
  [13, ['txqlen', 'u32']],
  [16, ['operstate', 'u8']],
  [17, ['linkmode', 'u8']],
  [27, ['group', 'u32']],
  [33, ['carrier', 'u8']],
  [35, ['carrierChanges', 'u32']],
  [37, ['linkNetnsid', 's32']],
  [47, ['carrierUpCount', 'u32']],
  [48, ['carrierDownCount', 'u32']],
  [49, ['newIfindex', 's32']],
  [54, ['permAddress', 'bytes']],
])
const LINKINFO = 18
const INFO_KIND = 1
const PROP_LIST = 52
const ALT_IFNAME = 53
const MINIMUM: Record<Form, number> = { u8: 1, u32: 4, s32: 4, bytes: 0, string: 0 }

export class Fault extends Error {
  readonly code: string
  readonly offset: number

  constructor(code: string, offset: number) {
    super(code)
    this.code = code
    this.offset = offset
  }
}

const align4 = (length: number) => Math.ceil(length / 4) * 4

export interface Bytes {
  view: DataView
  little: boolean
}

const viewOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength)

export function referenceDecode(data: Uint8Array, little = true): ReferenceMessage[] {
  const bytes = { view: viewOf(data), little }
  const messages: ReferenceMessage[] = []
  for (let at = 0; at < data.length; ) {
    const left = data.length - at
    if (left < 16) {
      const error = { code: 'ERR_NETLINK_MESSAGE_HEADER', offset: at }
      messages.push({ kind: 'malformed', offset: at, error })
      break
    }
    const header = headerAt(bytes, at)
    const fault = lengthFault(header.length, Math.min(left, MESSAGE_MAX))
    if (fault) {
      messages.push({ kind: 'malformed', offset: at, header, error: { code: fault, offset: at } })
      break
    }
    messages.push({ offset: at, header, ...bodyOf(bytes, header, at) })
    at += align4(header.length)
  }
  return messages
}

/** What readNetlinkMessages() sees of a byte stream, however it was cut. */
export function referenceStream(
  data: Uint8Array,
  types: number[],
  operstates: number[],
): ReferenceStream {
  const bytes = { view: viewOf(data), little: true }
  const result: ReferenceStream = { seen: [], malformed: [], ended: 'ERR_NETLINK_SOURCE_ENDED' }
  for (let at = 0; data.length - at >= 16; ) {
    const header = headerAt(bytes, at)
    const fault = lengthFault(header.length, MESSAGE_MAX)
    if (fault) return { ...result, malformed: [...result.malformed, fault], ended: fault }
    if (header.length > data.length - at) break
    const isBare = header.type === 18 && header.length < 32
    // What is of no interest is not looked into: RTM_…, and AF_UNSPEC of the ifinfomsg.
    const isOurs = types.includes(header.type) && !isBare
    if (isOurs && (header.length < 32 || data[at + 16] === 0)) {
      const { link, error } = bodyOf(bytes, header, at)
      if (error) result.malformed.push(error.code)
      if (link?.ifname && operstates.includes(link.operstate as number)) {
        result.seen.push([link.ifname as string, link.operstate as number])
      }
    }
    at += align4(header.length)
  }
  return result
}

interface Header extends Record<string, number> {
  length: number
  type: number
}

function headerAt({ view, little }: Bytes, at: number): Header {
  return {
    length: view.getUint32(at, little),
    type: view.getUint16(at + 4, little),
    flags: view.getUint16(at + 6, little),
    seq: view.getUint32(at + 8, little),
    pid: view.getUint32(at + 12, little),
  }
}

function lengthFault(length: number, most: number): string | undefined {
  if (length < 16) return 'ERR_NETLINK_MESSAGE_TOO_SHORT'
  return length > most ? 'ERR_NETLINK_MESSAGE_TOO_LONG' : undefined
}

/** A whole message's kind and contents. */
function bodyOf(
  bytes: Bytes,
  { length, type }: Header,
  at: number,
): Omit<ReferenceMessage, 'offset'> {
  try {
    if (type === 2 || type === 3)
      return { kind: 'control', errno: errnoOf(bytes, type, length, at) }
    // A dump request may carry a struct rtgenmsg only: rtnetlink(7).
    const object = referenceObject(bytes, type, at, at + length)
    if (object) return object
    if (type < 16 || type > 19 || (type === 18 && length < 32)) return { kind: 'other' }
    return { kind: 'link', link: linkOf(bytes, at, at + length) }
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    return { kind: 'malformed', error: { code: fault.code, offset: fault.offset } }
  }
}

/** NLMSG_ERROR (2) must have its errno; NLMSG_DONE (3) may. */
function errnoOf({ view, little }: Bytes, type: number, length: number, at: number): number {
  if (length >= 20) return view.getInt32(at + 16, little)
  if (type === 2) throw new Fault('ERR_NETLINK_BODY_TOO_SHORT', at + 16)
  return 0
}

function linkOf(bytes: Bytes, at: number, end: number): Record<string, unknown> {
  const { view, little } = bytes
  if (end - at < 32) throw new Fault('ERR_NETLINK_BODY_TOO_SHORT', at + 16)
  const link: Record<string, unknown> = {
    family: view.getUint8(at + 16),
    type: view.getUint16(at + 18, little),
    ifindex: view.getInt32(at + 20, little),
    flags: view.getUint32(at + 24, little),
    change: view.getUint32(at + 28, little),
    altnames: [],
    kind: undefined,
  }
  for (const [name] of LINK_ATTRIBUTES.values()) link[name] = undefined
  for (const { type, from, to } of attributes(bytes, at + 32, end)) {
    const known = LINK_ATTRIBUTES.get(type)
    if (known) {
      const [name, form] = known
      if (to - from < MINIMUM[form]) throw new Fault('ERR_NETLINK_VALUE_TOO_SHORT', from - 4)
      link[name] = readValue(bytes, form, from, to)
      if (name === 'ifname') noteLossyName(bytes, link, from, to)
    }
    // Of what is there twice, the last counts, as for the kernel's nla_parse().
    if (type === LINKINFO) link.kind = nestedStrings(bytes, INFO_KIND, from, to).at(-1)
    if (type === PROP_LIST) link.altnames = nestedStrings(bytes, ALT_IFNAME, from, to)
  }
  return link
}

function readValue({ view, little }: Bytes, form: Form, from: number, to: number): unknown {
  if (form === 'u8') return view.getUint8(from)
  if (form === 'u32') return view.getUint32(from, little)
  if (form === 's32') return view.getInt32(from, little)
  const bytes = new Uint8Array(view.buffer, view.byteOffset + from, to - from).slice()
  return form === 'bytes' ? bytes : textOf(untilNul(bytes))
}

/** A name that is not UTF-8 keeps its bytes beside its text. */
function noteLossyName(bytes: Bytes, link: Record<string, unknown>, from: number, to: number) {
  const name = untilNul(readValue(bytes, 'bytes', from, to) as Uint8Array)
  delete link.ifnameBytes
  const back = encoder.encode(textOf(name))
  if (back.length !== name.length || back.some((byte, at) => byte !== name[at])) {
    link.ifnameBytes = name
  }
}

function nestedStrings(bytes: Bytes, wanted: number, start: number, end: number): string[] {
  // All of the nest is walked, whatever is found first: a fault anywhere in it counts.
  return [...attributes(bytes, start, end)]
    .filter(({ type }) => type === wanted)
    .map(({ from, to }) => readValue(bytes, 'string', from, to) as string)
}

export interface Attribute {
  /** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
  type: number
  from: number
  to: number
}

/** RTA_OK and RTA_NEXT of linux/rtnetlink.h; what is left, being less than a header, is passed over. */
export function* attributes(
  { view, little }: Bytes,
  start: number,
  end: number,
): Generator<Attribute> {
  for (let at = start; end - at >= 4; ) {
    const length = view.getUint16(at, little)
    if (length < 4) throw new Fault('ERR_NETLINK_ATTRIBUTE_TOO_SHORT', at)
    if (length > end - at) throw new Fault('ERR_NETLINK_ATTRIBUTE_TOO_LONG', at)
    yield { type: view.getUint16(at + 2, little) % 0x4000, from: at + 4, to: at + length }
    at += align4(length)
  }
}

export const untilNul = (bytes: Uint8Array) => {
  const nul = bytes.indexOf(0)
  return nul < 0 ? bytes : bytes.slice(0, nul)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
export const textOf = (bytes: Uint8Array) => decoder.decode(bytes)
