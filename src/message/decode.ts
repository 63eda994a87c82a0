// Decodes bytes into messages.
// In: a datagram, a piece of a byte stream, or a window that recv has filled. Out: messages that own
// their bytes. Runs synchronously and calls no caller's code, as the module's windows are shared.

import {
  MODE_BIG_ENDIAN,
  MODE_NAMES,
  MODE_STREAM,
  NLA_HDRLEN,
  NLMSGHDR_SIZE,
  RECORDS_MAX,
  RX_WINDOW,
  SCRATCH_LENGTH,
  SCRATCH_TYPE,
} from '../../assembly/contract.js'
import { checkBytes } from '../base/argument-checks.js'
import { type ByteOrder, HOST_BYTE_ORDER } from '../base/byte-order.js'
import { checkByteOrder } from '../base/errors.js'
import { type CompiledFilter, NO_FILTER } from '../module/filter-block.js'
import { type Module, module } from '../module/module.js'
import { compileObjectFilter, type ObjectFilter } from '../module/object-filter.js'
import { freshenSlots } from '../module/slots.js'
import { FIRST_DATAGRAM, FRAME_CAPACITY, fillWindow } from '../module/window.js'
import { endsDatagram, faultError } from './faults.js'
import { type KeptSchema, keepMessage } from './kept-message.js'
import {
  messageStart,
  type NetlinkHeader,
  type NetlinkMessage,
  readHeader,
  readMessage,
} from './read-message.js'

export interface DecodeOptions {
  /** Byte order of the machine that sent the bytes. Default: this machine's. */
  byteOrder?: ByteOrder
}

export interface MessageOptions extends DecodeOptions {
  /** Which objects to keep. Other messages are kept, and malformed ones, too, unless they are of another family. */
  filter?: ObjectFilter
  /**
   * Keeps the bytes of link messages, so that `toLink()` has every field of `ip -j -d link`: the schema that names what
   * drivers say, `netlink-wasm/schema/link`. Default: `toLink()` has what the record has.
   */
  details?: KeptSchema | undefined
}

export function modeOf({ byteOrder = HOST_BYTE_ORDER }: DecodeOptions): number {
  checkByteOrder('byteOrder', byteOrder)
  return byteOrder === 'big' ? MODE_BIG_ENDIAN : 0
}

const HOST_MODE = HOST_BYTE_ORDER === 'big' ? MODE_BIG_ENDIAN : 0

/**
 * Decodes the messages of one datagram, or of several one after another. A malformed message is returned
 * as `kind: 'malformed'`, with an error that names the byte. If the length of a message makes no
 * sense, it is the last one. Messages above 320 KB are malformed.
 *
 * @throws TypeError if `data` is not a Uint8Array, and TypeError or RangeError for a filter that no object can meet
 */
export function decodeMessages(data: Uint8Array, options: MessageOptions = {}): NetlinkMessage[] {
  checkBytes('data', data)
  const { filter, details } = options
  const compiled = filter === undefined ? undefined : compileObjectFilter(filter)
  return decodeBytes(data, modeOf(options), { filter: compiled, schema: details }).messages
}

export interface Decoded {
  messages: NetlinkMessage[]
  /** Bytes at the end that belong to an incomplete message; negative: padding that is still missing. */
  unread: number
}

/** Turns record `index` into a message, before the module's windows are used for anything else. */
export type MessageReader = typeof readMessage

/** What becomes of the records of a window. */
export interface Reading {
  filter?: CompiledFilter | undefined
  /** With it, the records of links keep their messages. */
  schema?: KeptSchema | undefined
  /** Default: `readMessage()`. */
  read?: MessageReader | undefined
}

/** Decodes `data` a window's worth at a time. With MODE_STREAM in `mode`, a cut message is left unread. */
export function decodeBytes(data: Uint8Array, mode: number, reading: Reading = {}): Decoded {
  const it = module()
  const messages: NetlinkMessage[] = []
  for (let from = 0; ; ) {
    const slice = data.subarray(from, from + FRAME_CAPACITY)
    const isLast = from + slice.length === data.length
    const end = fillWindow(it, slice)
    decodeWindow(it, end, isLast ? mode : mode | MODE_STREAM, reading, from, messages)
    const last = messages.at(-1)
    const isBroken = last?.kind === 'malformed' && endsDatagram(last.error)
    const unread = it.unread()
    if (isLast || isBroken) return { messages, unread }
    from += slice.length - unread
    if (from >= data.length) return { messages, unread: data.length - from }
  }
}

/** Decodes a filled window. `base` is where its only datagram starts in the caller's input. */
function decodeWindow(
  it: Module,
  end: number,
  mode: number,
  { filter = NO_FILTER, schema, read = readMessage }: Reading,
  base = 0,
  messages: NetlinkMessage[] = [],
): NetlinkMessage[] {
  filter(it)
  freshenSlots(it)
  it.begin(end, mode | MODE_NAMES)
  let copy: Uint8Array | undefined
  for (;;) {
    const count = it.decode()
    for (let index = 0; index < count; index++) {
      const message = read(it, index, mode, base)
      messages.push(message)
      if (schema === undefined || message.kind !== 'link') continue
      copy ??= copied(it, end)
      const start = messageStart(it, index) - RX_WINDOW
      const isLittle = (mode & MODE_BIG_ENDIAN) === 0
      const kept = { bytes: copy, start, end: start + message.header.length, isLittle, schema }
      keepMessage(message.link, kept)
    }
    if (count < RECORDS_MAX) return messages
  }
}

/** The window up to `end`. */
function copied({ u8 }: Module, end: number): Uint8Array {
  // slice() takes twice as long.
  const copy = new Uint8Array(end - RX_WINDOW)
  copy.set(u8.subarray(RX_WINDOW, end))
  return copy
}

/** Decodes what recv has written into the window: `used` bytes of frames from this machine's kernel. */
export function decodeReceived(it: Module, used: number, reading: Reading): NetlinkMessage[] {
  return decodeWindow(it, RX_WINDOW + used, HOST_MODE, reading)
}

/** Decodes just an nlmsghdr, whatever its length says. `data` holds at least its 16 bytes. */
export function decodeHeader(data: Uint8Array, options: DecodeOptions = {}): NetlinkHeader {
  const it = module()
  fillWindow(it, data.subarray(0, NLMSGHDR_SIZE))
  it.header(modeOf(options))
  return readHeader(it, 0)
}

export interface Attribute {
  /** rta_len: counts the 4 bytes of its own header, not the padding. */
  length: number
  /** With NLA_F_NESTED and NLA_F_NET_BYTEORDER, as sent. */
  type: number
  payload: Uint8Array
}

/**
 * Decodes the attribute at `offset` of `data`, or null when no header fits there.
 *
 * @throws NetlinkError if its length is smaller than its header or larger than what is left
 */
export function decodeAttribute(
  data: Uint8Array,
  offset: number,
  options: DecodeOptions = {},
): Attribute | null {
  const it = module()
  const slice = data.subarray(offset, offset + 0x10000)
  const end = fillWindow(it, slice)
  const next = it.attribute(FIRST_DATAGRAM, end, modeOf(options))
  if (next === 0) return null
  const length = it.view.getUint32(SCRATCH_LENGTH, true)
  if (next < 0) {
    const expected = length < NLA_HDRLEN ? NLA_HDRLEN : slice.length
    throw faultError({ code: -next, offset, expected, got: length })
  }
  return {
    length,
    type: it.view.getUint32(SCRATCH_TYPE, true),
    payload: new Uint8Array(slice.subarray(NLA_HDRLEN, length)),
  }
}
