// A second reader of capture files, written apart: whole files only, as plain as can be.
// In: a file. Out: its frames, and where and why it stopped. Made to be compared with, not to be fast.

export interface ReferenceFrame {
  fileOffset: number
  data: string
  originalLength: number
  timestamp: bigint | undefined
  linkType: number
  interfaceId: number
}

export interface ReferenceReading {
  frames: ReferenceFrame[]
  code: 'FORMAT' | 'TRUNCATED' | 'BLOCK' | undefined
  offset: number
}

const LIMIT = 64 * 1024 * 1024

export function referenceRead(file: Buffer): ReferenceReading {
  const frames: ReferenceFrame[] = []
  const stop = (code: ReferenceReading['code'], offset: number) => ({ frames, code, offset })
  if (file.length < 4) return stop('FORMAT', 0)
  const magic = file.readUInt32BE(0)
  if (magic === 0x0a0d0d0a) return readBlocks(file, frames, stop)
  const known = [0xa1b2c3d4, 0xa1b23c4d]
  const big = known.includes(magic)
  if (!big && !known.includes(file.readUInt32LE(0))) return stop('FORMAT', 0)
  if (file.length < 24) return stop('TRUNCATED', 0)
  const { u16, u32 } = readers(file, big)
  if (u16(4) !== 2 || u16(6) !== 4) return stop('FORMAT', 0)
  const unit = u32(0) === 0xa1b23c4d ? 1n : 1000n
  let at = 24
  while (at < file.length) {
    if (at + 16 > file.length) return stop('TRUNCATED', at)
    const length = u32(at + 8)
    if (length > LIMIT) return stop('BLOCK', at)
    if (at + 16 + length > file.length) return stop('TRUNCATED', at)
    frames.push({
      fileOffset: at,
      data: file.toString('hex', at + 16, at + 16 + length),
      originalLength: u32(at + 12),
      timestamp: BigInt(u32(at)) * 10n ** 9n + BigInt(u32(at + 4)) * unit,
      linkType: u32(20) & 0x3ffffff,
      interfaceId: 0,
    })
    at += 16 + length
  }
  return stop(undefined, at)
}

interface Interface {
  linkType: number
  snap: number
  resolution: number
  shift: bigint
}

/** The smallest blocks: section, interface, packets. */
const LEAST = new Map([
  [0x0a0d0d0a, 28],
  [1, 20],
  [2, 32],
  [3, 16],
  [6, 32],
])

type Stop = (code: ReferenceReading['code'], offset: number) => ReferenceReading

function readBlocks(file: Buffer, frames: ReferenceFrame[], stop: Stop): ReferenceReading {
  let big = false
  let interfaces: Interface[] = []
  let at = 0
  while (at < file.length) {
    if (at + 12 > file.length) return stop('TRUNCATED', at)
    if (file.readUInt32BE(at) === 0x0a0d0d0a) {
      big = file.readUInt32BE(at + 8) === 0x1a2b3c4d
      if (!big && file.readUInt32LE(at + 8) !== 0x1a2b3c4d) return stop('FORMAT', at)
    }
    const { u16, u32, i64 } = readers(file, big)
    const type = u32(at)
    const length = u32(at + 4)
    const least = LEAST.get(type) ?? 12
    if (length < least || length % 4 || length > LIMIT) return stop('BLOCK', at)
    const end = at + length
    if (end > file.length) return stop('TRUNCATED', at)
    if (u32(end - 4) !== length) return stop('BLOCK', at)
    /** Options from `from` on; undefined where one runs past the block. */
    const options = (from: number): [number, number, number][] | undefined => {
      const found: [number, number, number][] = []
      for (let option = from; option + 4 <= end - 4; ) {
        const [code, size] = [u16(option), u16(option + 2)]
        if (code === 0) break
        if (option + 4 + size > end - 4) return undefined
        found.push([code, option + 4, size])
        option += 4 + Math.ceil(size / 4) * 4
      }
      return found
    }
    if (type === 0x0a0d0d0a) {
      if (u16(at + 12) !== 1 || ![0, 2].includes(u16(at + 14))) return stop('FORMAT', at)
      interfaces = []
    } else if (type === 1) {
      const made = { linkType: u16(at + 8), snap: u32(at + 12), resolution: 6, shift: 0n }
      const found = options(at + 16)
      if (!found) return stop('BLOCK', at)
      for (const [code, value, size] of found) {
        if ((code === 9 && size !== 1) || (code === 14 && size !== 8)) return stop('BLOCK', at)
        if (code === 9) made.resolution = file.readUInt8(value)
        if (code === 14) made.shift = i64(value) * 10n ** 9n
      }
      interfaces.push(made)
    } else if (type === 2 || type === 3 || type === 6) {
      const id = type === 3 ? 0 : type === 2 ? u16(at + 8) : u32(at + 8)
      const from = interfaces[id]
      if (!from) return stop('BLOCK', at)
      const original = type === 3 ? u32(at + 8) : u32(at + 24)
      const captured = type === 3 ? Math.min(original, from.snap || original) : u32(at + 20)
      const start = at + (type === 3 ? 12 : 28)
      if (start + captured > end - 4) return stop('BLOCK', at)
      if (type !== 3 && !options(start + Math.ceil(captured / 4) * 4)) return stop('BLOCK', at)
      const ticks = (BigInt(u32(at + 12)) << 32n) | BigInt(type === 3 ? 0 : u32(at + 16))
      const { resolution } = from
      const perSecond =
        resolution > 127 ? 2n ** BigInt(resolution - 128) : 10n ** BigInt(resolution)
      frames.push({
        fileOffset: at,
        data: file.toString('hex', start, start + captured),
        originalLength: original,
        timestamp: type === 3 ? undefined : (ticks * 10n ** 9n) / perSecond + from.shift,
        linkType: from.linkType,
        interfaceId: id,
      })
    }
    at = end
  }
  return stop(undefined, at)
}

function readers(file: Buffer, big: boolean) {
  return {
    u16: (at: number) => (big ? file.readUInt16BE(at) : file.readUInt16LE(at)),
    u32: (at: number) => (big ? file.readUInt32BE(at) : file.readUInt32LE(at)),
    i64: (at: number) => (big ? file.readBigInt64BE(at) : file.readBigInt64LE(at)),
  }
}
