// Captures that are made to fill the memory of who decodes them.
// In: about how many bytes. Out: chunks, so that a capture of gigabytes costs the test no memory.

import {
  block,
  enhancedPacket,
  fields,
  interfaceBlock,
  join,
  option,
  pcapHeader,
  pcapRecord,
  sectionHeader,
  u16,
  u32,
} from './capture-files.ts'

const CHUNK_BYTES = 1 << 20
const RECORD_MAX = 64 * 1024 * 1024
/** The most that is decoded of a frame. */
const FRAME_MAX = 0x50000 - 16
const IFLA_IFNAME = 3
const RTM_NEWLINK = 16
const NLM_F_REQUEST = 1
const NL80211 = 30

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)
const LETTER = 0x78
const ESCAPE = 0x1b

/** The 16 bytes of LINKTYPE_NETLINK. */
const sll = (protocol = 0): Uint8Array =>
  fields('big', u16(4), u16(824), u32(0), u32(0), u16(0), u16(protocol))

const attribute = (type: number, value: Uint8Array): Uint8Array =>
  join(fields('little', u16(4 + value.length), u16(type)), value, new Uint8Array(-value.length & 3))

function message(type: number, body: Uint8Array, { flags = 0, seq = 0, pid = 0 } = {}): Uint8Array {
  const header = [u32(16 + body.length), u16(type), u16(flags), u32(seq), u32(pid)]
  return join(fields('little', ...header), body)
}

const link = (...attributes: Uint8Array[]): Uint8Array =>
  join(sll(), message(RTM_NEWLINK, join(new Uint8Array(16), ...attributes)))

/** One piece of a capture again and again. */
function* repeated(start: Uint8Array, piece: Uint8Array, total: number): Generator<Uint8Array> {
  yield start
  const count = Math.max(1, Math.ceil(CHUNK_BYTES / piece.length))
  const chunk = Buffer.concat(Array<Uint8Array>(count).fill(piece))
  for (let at = 0; at < total; at += chunk.length) yield chunk
}

/** Pieces that differ: `count` at a time, made anew by their numbers. */
function* numbered(
  start: Uint8Array,
  piece: (n: number) => Uint8Array,
  total: number,
): Generator<Uint8Array> {
  yield start
  let parts: Uint8Array[] = []
  let held = 0
  for (let [n, made] = [0, 0]; made < total; n++) {
    const next = piece(n)
    parts.push(next)
    made += next.length
    held += next.length
    if (held < CHUNK_BYTES && made < total) continue
    yield Buffer.concat(parts)
    parts = []
    held = 0
  }
}

const pcap = (frame: Uint8Array) => (total: number) =>
  repeated(pcapHeader(), pcapRecord(frame), total)
const pcapng = (piece: Uint8Array) => (total: number) =>
  repeated(join(sectionHeader(), interfaceBlock()), piece, total)

/** A block of about the most bytes that are believed, full of options. */
function packetOf(one: Uint8Array, frame = link()): Uint8Array {
  const count = Math.floor((RECORD_MAX - 64 - frame.length) / one.length)
  return enhancedPacket(frame, { options: [Buffer.concat(Array<Uint8Array>(count).fill(one))] })
}

function interfaceOf(one: Uint8Array, length: number): Uint8Array {
  const count = Math.max(1, Math.floor(length / one.length))
  return interfaceBlock('little', { options: [Buffer.concat(Array<Uint8Array>(count).fill(one))] })
}

const long = (byte: number): Uint8Array => attribute(IFLA_IFNAME, filled(65_000, byte))
const small = attribute(1, new Uint8Array(0))
const nest = (depth: number, inner: Uint8Array): Uint8Array =>
  depth === 0 ? inner : attribute(18, nest(depth - 1, inner))

const lots = (one: Uint8Array, room = FRAME_MAX - 64): Uint8Array =>
  Buffer.concat(Array<Uint8Array>(Math.floor(room / one.length)).fill(one))

/** The answer of the controller that gives a generic family its number. */
function family(name: string, id: number): Uint8Array {
  const attributes = join(
    attribute(2, Buffer.from(`${name}\0`)),
    attribute(1, fields('little', u16(id))),
  )
  return join(sll(16), message(16, join(Uint8Array.of(1, 2, 0, 0), attributes)))
}

/** By what they are full of. */
export const HOSTILE: Record<string, (total: number) => Iterable<Uint8Array>> = {
  'long names': pcap(link(long(LETTER))),
  'frames of long names': pcap(link(...Array<Uint8Array>(5).fill(long(LETTER)))),
  'names of control characters': pcap(link(...Array<Uint8Array>(5).fill(long(ESCAPE)))),
  'names that are not UTF-8': pcap(link(...Array<Uint8Array>(5).fill(long(0xff)))),
  'comments of 64 MiB a packet': (total) =>
    pcapng(packetOf(option(1, filled(65_000, LETTER))))(total),
  'comments that are not UTF-8': (total) =>
    pcapng(packetOf(option(1, filled(65_000, 0xff))))(total),
  'empty comments': (total) => pcapng(packetOf(option(1, new Uint8Array(0))))(total),
  'unknown options': (total) => pcapng(packetOf(option(99, new Uint8Array(0))))(total),
  sections: (total) =>
    repeated(
      new Uint8Array(0),
      join(
        sectionHeader(),
        interfaceBlock(),
        enhancedPacket(join(sll(), message(3, new Uint8Array(0)))),
      ),
      total,
    ),
  interfaces: (total) =>
    numbered(
      sectionHeader(),
      (n) =>
        n % 65_537 === 65_536 ? sectionHeader() : interfaceOf(option(2, filled(1000, LETTER)), 0),
      total,
    ),
  'interfaces with long names': (total) =>
    repeated(sectionHeader(), interfaceOf(option(2, filled(65_000, LETTER)), 0), total),
  'interfaces whose names are not UTF-8': (total) =>
    repeated(sectionHeader(), interfaceOf(option(2, filled(65_000, 0xff)), 0), total),
  'interfaces of 64 MiB': (total) =>
    repeated(
      sectionHeader(),
      interfaceOf(option(2, filled(65_000, LETTER)), RECORD_MAX - 100),
      total,
    ),
  'section headers of 64 MiB': (total) => {
    const header = sectionHeader().slice(8, 24)
    return repeated(
      new Uint8Array(0),
      block(0x0a0d0d0a, join(header, new Uint8Array(RECORD_MAX - 100))),
      total,
    )
  },
  'records of 64 MiB': (total) => pcap(join(link(), new Uint8Array(RECORD_MAX - 1000)))(total),
  'blocks passed over of 64 MiB': (total) =>
    pcapng(block(5, new Uint8Array(RECORD_MAX - 100)))(total),
  'frames of 320 KB, empty attributes': pcap(link(lots(small))),
  'frames of 320 KB, nests': pcap(link(lots(nest(30, small)))),
  'frames of 320 KB, messages': pcap(
    join(sll(), lots(message(RTM_NEWLINK, new Uint8Array(16), { flags: 0xffff }))),
  ),
  'frames of 320 KB, flags': (total) =>
    repeated(
      join(pcapHeader(), pcapRecord(family('nl80211', NL80211))),
      pcapRecord(
        join(
          sll(16),
          message(NL80211, join(Uint8Array.of(3, 1, 0, 0), lots(attribute(143, filled(4, 0xff))))),
        ),
      ),
      total,
    ),
  'empty records': pcap(new Uint8Array(0)),
  requests: (total) =>
    numbered(
      pcapHeader(),
      (seq) =>
        pcapRecord(
          join(sll(seq & 0xffff), message(18, new Uint8Array(16), { flags: NLM_F_REQUEST, seq })),
        ),
      total,
    ),
  'requests of 320 KB': (total) =>
    numbered(
      pcapHeader(),
      (seq) =>
        pcapRecord(
          join(
            sll(),
            message(16, join(new Uint8Array(16), lots(small)), { flags: NLM_F_REQUEST, seq }),
          ),
        ),
      total,
    ),
  'requesters of one number': (total) =>
    numbered(
      pcapHeader(),
      (n) =>
        pcapRecord(
          join(
            sll(),
            message(18, new Uint8Array(16), { flags: NLM_F_REQUEST, seq: n >> 5, pid: n }),
          ),
        ),
      total,
    ),
  families: (total) =>
    numbered(pcapHeader(), (n) => pcapRecord(family(`family ${n % 1e7}`, 16 + (n % 2000))), total),
}
