// Random damage to netlink bytes, blind and with an eye for where lengths, types and nests are.
// In: messages and random numbers. Out: new bytes. Assumes nothing of them: they may be broken already.

type Random = () => number

export interface Mutator {
  /** `data` with a few things changed. */
  mutate(data: Uint8Array): Uint8Array
  /** Changes up to `most` of the `length` bytes of `data` at `at`, where they are. */
  scratch(data: Uint8Array, at: number, length: number, most?: number): void
  /** `data` cut into pieces of at most `most` bytes. */
  cut(data: Uint8Array, most?: number): Uint8Array[]
  pick<T>(list: readonly T[]): T
  below(limit: number): number
}

/** Lengths are where parsers break: small, huge, off by one. */
const NASTY = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 19, 20, 31, 32, 33, 0x7f, 0x80, 0xff]
/** Attribute types with a meaning, and some without: linux/if_link.h. */
const TYPES = [1, 2, 3, 4, 5, 10, 13, 16, 17, 18, 27, 33, 35, 37, 47, 48, 49, 52, 53, 54, 0, 63, 64]
const FLAGS = [0x8000, 0x4000, 0xc000]

/** IFLA_LINKINFO and IFLA_PROP_LIST; RTA_METRICS, RTA_ENCAP and NDA_FDB_EXT_ATTRS, which are data in other messages. */
const NESTS = [18, 52, 8, 22, 14]

/** Of the struct behind the nlmsghdr: ifaddrmsg; rtmsg, ndmsg, fib_rule_hdr; ifinfomsg. */
function headerBytes(type: number): number {
  if (type === 20 || type === 21) return 8
  return type >= 24 && type <= 35 ? 12 : 16
}

interface Span {
  at: number
  length: number
}

export function mutator(random: Random, others: readonly Uint8Array[], little = true): Mutator {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T
  const u16 = (data: Uint8Array, at: number) => viewOf(data).getUint16(at, little)
  const put16 = (data: Uint8Array, at: number, value: number) =>
    viewOf(data).setUint16(at, value & 0xffff, little)
  const put32 = (data: Uint8Array, at: number, value: number) =>
    viewOf(data).setUint32(at, value >>> 0, little)

  /** The messages of `data`, as far as they can be followed. */
  const messages = (data: Uint8Array): Span[] => {
    const found: Span[] = []
    for (let at = 0; data.length - at >= 16; ) {
      const length = viewOf(data).getUint32(at, little)
      found.push({ at, length: Math.min(length, data.length - at) })
      if (length < 16) break
      at += align4(length)
    }
    return found
  }
  /** The attributes of `data`, at any depth. */
  const attributes = (data: Uint8Array): Span[] => {
    const found: Span[] = []
    const walk = (start: number, end: number) => {
      for (let at = start; end - at >= 4; ) {
        const length = u16(data, at)
        found.push({ at, length: Math.min(length, end - at) })
        if (length < 4) return
        const type = u16(data, at + 2) & 0x3fff
        if (NESTS.includes(type)) walk(at + 4, Math.min(at + length, end))
        // A struct rtnexthop comes first.
        if (type === 9) walk(at + 12, Math.min(at + length, end))
        at += align4(length)
      }
    }
    for (const { at, length } of messages(data)) {
      walk(at + 16 + headerBytes(u16(data, at + 4)), at + length)
    }
    return found
  }

  const splice = (data: Uint8Array, at: number, removed: number, added: Uint8Array) =>
    join(data.subarray(0, at), added, data.subarray(Math.min(at + removed, data.length)))
  /** Makes the last message claim what is there, so that what was added counts. */
  const claimAll = (data: Uint8Array) => {
    const last = messages(data).at(-1)
    if (last) put32(data, last.at, data.length - last.at)
    return data
  }
  const onAttribute = (change: (data: Uint8Array, span: Span) => Uint8Array | undefined) => {
    return (data: Uint8Array) => {
      const spans = attributes(data)
      return spans.length === 0 ? data : (change(data, pick(spans)) ?? data)
    }
  }
  const bytesOf = (data: Uint8Array, { at, length }: Span) => data.slice(at, at + align4(length))
  const anyBytes = (length: number) => Uint8Array.from({ length }, () => below(256))
  const attributeOf = (type: number, payload: Uint8Array) => {
    const bytes = join(new Uint8Array(4), payload, new Uint8Array(-payload.length & 3))
    put16(bytes, 0, 4 + payload.length)
    put16(bytes, 2, type)
    return bytes
  }

  const setByte = (data: Uint8Array, start: number, length: number) => {
    const at = below(length)
    data[start + (random() < 0.5 ? at & ~3 : at)] = random() < 0.5 ? pick(NASTY) : below(256)
    return data
  }
  const flipBit = (data: Uint8Array, start: number, length: number) => {
    const at = start + below(length)
    data[at] = (data[at] as number) ^ (1 << below(8))
    return data
  }
  const blind: ((data: Uint8Array) => Uint8Array)[] = [
    (data) => setByte(data, 0, data.length),
    (data) => flipBit(data, 0, data.length),
    (data) => data.slice(0, below(data.length + 1)),
    (data) => join(data, pick(others)),
    (data) => splice(data, below(data.length + 1), 0, anyBytes(1 + below(8))),
    (data) => splice(data, below(data.length), 1 + below(8), new Uint8Array(0)),
  ]
  const aware: ((data: Uint8Array) => Uint8Array)[] = [
    // Grow and shrink: a message's length, then an attribute's.
    (data) => {
      const found = messages(data)
      if (found.length === 0) return data
      const { at, length } = pick(found)
      put32(data, at, pick([length - 1, length + 1, length + 4, pick(NASTY), 2 ** 32 - 1, 2 ** 31]))
      return data
    },
    onAttribute((data, { at, length }) => {
      put16(data, at, pick([length - 1, length + 1, length - 4, length + 4, pick(NASTY), 0xffff]))
      return data
    }),
    // Types: another one, or flag bits.
    onAttribute((data, { at }) => {
      if (at + 4 <= data.length) put16(data, at + 2, pick(TYPES))
      return data
    }),
    onAttribute((data, { at }) => {
      if (at + 4 <= data.length) put16(data, at + 2, u16(data, at + 2) ^ pick(FLAGS))
      return data
    }),
    (data) => {
      const found = messages(data)
      const type = pick([2, 3, 16, 16, 17, 18, 19, 20, 15])
      if (found.length > 0) put16(data, pick(found).at + 4, type)
      return data
    },
    // Whole attributes: taken out, doubled, swapped, moved to the end, wrapped into a nest.
    onAttribute((data, span) => claimAll(splice(data, span.at, align4(span.length), NONE))),
    onAttribute((data, span) => claimAll(splice(data, span.at, 0, bytesOf(data, span)))),
    onAttribute((data, span) => claimAll(join(data, bytesOf(data, span)))),
    onAttribute((data, span) => {
      const other = pick(attributes(data))
      const moved = splice(data, span.at, align4(span.length), bytesOf(data, other))
      return claimAll(splice(moved, other.at, align4(other.length), bytesOf(data, span)))
    }),
    onAttribute((data, span) => {
      const nest = attributeOf(pick([18, 52, 0x8012, 0x8034]), bytesOf(data, span))
      return claimAll(splice(data, span.at, align4(span.length), nest))
    }),
    // New ones, at the end or in front of another: a name of any bytes, a value of any length.
    (data) => claimAll(join(data, attributeOf(pick(TYPES), anyBytes(below(12))))),
    (data) => claimAll(join(data, attributeOf(pick([52, 18]), attributeOf(pick([53, 1]), NAME)))),
    onAttribute((data, span) =>
      claimAll(splice(data, span.at, 0, attributeOf(pick(TYPES), anyBytes(below(8))))),
    ),
  ]

  return {
    below,
    pick,
    mutate(data) {
      let changed: Uint8Array = new Uint8Array(data)
      for (let count = 1 + below(4); count > 0 && changed.length > 0; count--) {
        changed = pick(random() < 0.4 ? blind : aware)(changed)
      }
      return changed
    },
    scratch(data, at, length, most = 3) {
      for (let count = length === 0 ? 0 : 1 + below(most); count > 0; count--) {
        if (random() < 0.5) setByte(data, at, length)
        else flipBit(data, at, length)
      }
    },
    cut(data, most = pick([1, 3, 16, 64, 1000])) {
      const pieces: Uint8Array[] = []
      for (let at = 0; at < data.length; ) {
        const to = at + 1 + below(most)
        pieces.push(data.slice(at, to))
        at = to
      }
      return pieces
    },
  }
}

const NONE = new Uint8Array(0)
/** "é", a byte that is not UTF-8, a NUL and what lies behind it. */
const NAME = Uint8Array.of(0xc3, 0xa9, 0x80, 0x61, 0x00, 0x62)

const align4 = (length: number) => Math.ceil(length / 4) * 4
const viewOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength)

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
