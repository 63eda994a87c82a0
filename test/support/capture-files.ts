// Capture files built byte by byte, apart from the package's own writer, and readings of them.
// In: numbers and bytes, right or wrong. Out: files that know where their records start.

import { type CaptureFrame, type CaptureSource, readCaptureBatches } from 'netlink-wasm/capture'

export type Order = 'little' | 'big'

/** Joins u16 and u32 fields and bytes, in one byte order. */
export function fields(
  order: Order,
  ...parts: (['u16' | 'u32', number] | Uint8Array)[]
): Uint8Array {
  const encode = (part: ['u16' | 'u32', number] | Uint8Array): Uint8Array => {
    if (part instanceof Uint8Array) return part
    const [type, value] = part
    const big = [value >>> 24, value >>> 16, value >>> 8, value].slice(type === 'u16' ? 2 : 0)
    return Uint8Array.from(order === 'big' ? big : big.reverse())
  }
  return join(...parts.map(encode))
}

export const u16 = (value: number): ['u16', number] => ['u16', value]
export const u32 = (value: number): ['u32', number] => ['u32', value]
export const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 0xff)
export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))
export const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
export const padded = (data: Uint8Array): Uint8Array => join(data, new Uint8Array(-data.length & 3))

export interface PcapOptions {
  order?: Order
  magic?: number
  version?: [number, number]
  linkType?: number
}

export function pcapHeader(options: PcapOptions = {}): Uint8Array {
  const { order = 'little', magic = 0xa1b2c3d4, version = [2, 4], linkType = 253 } = options
  const [major, minor] = version
  const tail = [u32(0), u32(0), u32(262144), u32(linkType)]
  return fields(order, u32(magic), u16(major), u16(minor), ...tail)
}

export interface RecordOptions {
  order?: Order
  second?: number
  fraction?: number
  captured?: number
  original?: number
}

export function pcapRecord(data: Uint8Array, options: RecordOptions = {}): Uint8Array {
  const { order = 'little', second = 0, fraction = 0 } = options
  const { captured = data.length, original = data.length } = options
  return fields(order, u32(second), u32(fraction), u32(captured), u32(original), data)
}

export function block(type: number, body: Uint8Array, order: Order = 'little'): Uint8Array {
  const whole = padded(body)
  const length = 12 + whole.length
  return fields(order, u32(type), u32(length), whole, u32(length))
}

/** One option, or with number 0 the end of them. */
export function option(code: number, value: Uint8Array, order: Order = 'little'): Uint8Array {
  return fields(order, u16(code), u16(value.length), padded(value))
}

export function sectionHeader(
  order: Order = 'little',
  version: [number, number] = [1, 0],
): Uint8Array {
  const [major, minor] = version
  const unknown = new Uint8Array(8).fill(0xff)
  return block(0x0a0d0d0a, fields(order, u32(0x1a2b3c4d), u16(major), u16(minor), unknown), order)
}

export function interfaceBlock(
  order: Order = 'little',
  { linkType = 253, snapLength = 0, options = [] as Uint8Array[] } = {},
): Uint8Array {
  return block(1, fields(order, u16(linkType), u16(0), u32(snapLength), ...options), order)
}

export interface PacketOptions {
  order?: Order
  id?: number
  time?: [high: number, low: number]
  captured?: number
  original?: number
  options?: Uint8Array[]
}

export function enhancedPacket(data: Uint8Array, packet: PacketOptions = {}): Uint8Array {
  const { order = 'little', id = 0, time = [0, 0], options = [] } = packet
  const { captured = data.length, original = data.length } = packet
  const head = [u32(id), u32(time[0]), u32(time[1]), u32(captured), u32(original)]
  return block(6, fields(order, ...head, padded(data), ...options), order)
}

/** The obsolete Packet Block. */
export function oldPacket(data: Uint8Array, packet: PacketOptions = {}): Uint8Array {
  const { order = 'little', id = 0, time = [0, 0], options = [] } = packet
  const head = [u16(id), u16(3), u32(time[0]), u32(time[1]), u32(data.length), u32(data.length)]
  return block(2, fields(order, ...head, padded(data), ...options), order)
}

export function simplePacket(data: Uint8Array, original = data.length, order: Order = 'little') {
  return block(3, fields(order, u32(original), data), order)
}

export interface Reading {
  frames: CaptureFrame[]
  error: unknown
}

/** All frames of a source, and what it threw in the end. */
export async function read(source: CaptureSource): Promise<Reading> {
  const frames: CaptureFrame[] = []
  try {
    for await (const batch of readCaptureBatches(source)) frames.push(...batch)
  } catch (error) {
    return { frames, error }
  }
  return { frames, error: undefined }
}

/** `file` in chunks of `size` bytes, each in memory of its own. */
export function* chunks(file: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.slice(at, at + size)
}

/** A frame as plain values, to be compared. */
export function plain(frame: CaptureFrame): object {
  return { ...frame, data: Buffer.from(frame.data).toString('hex') }
}

/** Two small files with all kinds of records and of blocks. */
export const PCAP: Uint8Array = join(
  pcapHeader({ order: 'big' }),
  pcapRecord(bytes(5), { order: 'big', second: 1 }),
  pcapRecord(bytes(0), { order: 'big', second: 2 }),
  pcapRecord(bytes(40), { order: 'big', second: 3 }),
)
export const PCAPNG: Uint8Array = join(
  sectionHeader(),
  interfaceBlock('little', { options: [option(2, ascii('nlmon0'))] }),
  enhancedPacket(bytes(5), { options: [option(1, ascii('first'))] }),
  block(0x0bad, bytes(33)),
  block(5, new Uint8Array(0)),
  sectionHeader('big'),
  block(0x0bad, bytes(4), 'big'),
  interfaceBlock('big'),
  simplePacket(bytes(3), 3, 'big'),
  enhancedPacket(bytes(21), { order: 'big', time: [7, 8] }),
  block(0x0bad, bytes(7), 'big'),
)
