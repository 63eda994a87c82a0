// Captures that are made to fill the memory of whoever decodes them.
// In: about how many bytes. Out: chunks, made when they are asked for: the test itself takes no memory.

import { netlinkHeader } from 'netlink-wasm/capture'
import { attribute, message, newLink } from 'netlink-wasm/testing'
import {
  block,
  enhancedPacket,
  interfaceBlock,
  option,
  pcapHeader,
  pcapRecord,
  sectionHeader,
} from './capture-files.ts'

const CHUNK = 1024 * 1024
/** The longest record that is believed, and the most that is decoded of a frame, less what stands before the filling. */
const RECORD = 64 * 1024 * 1024 - 1000
const FRAME = 320 * 1024 - 100

const NETLINK_KOBJECT_UEVENT = 15
const NETLINK_GENERIC = 16
const NLM_F_REQUEST = 1
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const OPTION_COMMENT = 1
const OPTION_NAME = 2
const OPTION_UNKNOWN = 99
/** A number for nl80211, and its attribute that has the most flags with the longest names. */
const NL80211 = 30
const NEW_WIPHY = 3
const FEATURE_FLAGS = 143

type Piece = (n: number) => Uint8Array
export type HostileCapture = (total: number) => Generator<Uint8Array>

/** `start`, and then one piece after another, which are counted. */
const pieces = (start: Uint8Array, piece: Piece): HostileCapture =>
  function* (total) {
    yield start
    for (let [made, n] = [0, 0]; made < total; ) {
      const parts: Uint8Array[] = []
      for (let held = 0; held < CHUNK; made += parts.at(-1)?.length ?? 0) {
        parts.push(piece(n++))
        held += parts.at(-1)?.length ?? 0
      }
      yield Buffer.concat(parts)
    }
  }

/** The same piece again and again: made when it is needed, and only once. */
const repeated = (start: Uint8Array, make: () => Uint8Array): HostileCapture =>
  function* (total) {
    const piece = make()
    yield* pieces(start, () => piece)(total)
  }

const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte)
/** `part` again and again, for at most `room` bytes. */
const full = (part: Uint8Array, room: number) =>
  Buffer.alloc(part.length * Math.max(1, Math.floor(room / part.length)), part)

const frame = (messages: Uint8Array, protocol = 0) => join(netlinkHeader({ protocol }), messages)
const pcap = (make: () => Uint8Array) => repeated(pcapHeader(), () => pcapRecord(make()))
const link = (...attributes: Uint8Array[]) => frame(newLink({ attributes }))
/** A frame of 320 KB: one link message, full of one attribute. */
const fullOf = (part: Uint8Array) => link(full(part, FRAME))
const long = (byte: number) => attribute(IFLA_IFNAME, filled(65_000, byte))
const empty = attribute(IFLA_ADDRESS, new Uint8Array(0))
const nested = (depth: number): Uint8Array =>
  depth === 0 ? empty : attribute(depth + 100, nested(depth - 1))

const section = () => join(sectionHeader(), interfaceBlock())
const packet = (one: Uint8Array) => () => enhancedPacket(link(), { options: [full(one, RECORD)] })
const interfaceOf = (one: Uint8Array, room = 0) =>
  interfaceBlock('little', { options: [full(one, room)] })

/** CTRL_CMD_NEWFAMILY: gives a generic family its number. */
const family = (name: string, id: number) =>
  frame(
    message(
      { type: NETLINK_GENERIC },
      Uint8Array.of(1, 2, 0, 0),
      attribute(1, Uint8Array.of(id & 0xff, id >> 8)),
      attribute(2, name),
    ),
    NETLINK_GENERIC,
  )

/** Each by what it is full of. */
export const HOSTILE: Record<string, HostileCapture> = {
  'names of 65,000 letters': pcap(() => fullOf(long(0x61))),
  'names of control characters': pcap(() => fullOf(long(0x1b))),
  'names that are not UTF-8': pcap(() => fullOf(long(0xff))),
  'addresses of 65,000 bytes': pcap(() => fullOf(attribute(IFLA_ADDRESS, filled(65_000, 7)))),
  'empty attributes': pcap(() => fullOf(empty)),
  nests: pcap(() => fullOf(nested(30))),
  flags: repeated(join(pcapHeader(), pcapRecord(family('nl80211', NL80211))), () => {
    const flags = full(attribute(FEATURE_FLAGS, filled(4, 0xff)), FRAME)
    const wiphy = message({ type: NL80211 }, Uint8Array.of(NEW_WIPHY, 1, 0, 0), flags)
    return pcapRecord(frame(wiphy, NETLINK_GENERIC))
  }),
  messages: pcap(() =>
    frame(full(message({ type: 16, flags: 0xffff }, new Uint8Array(16)), FRAME)),
  ),
  shapes: pieces(pcapHeader(), (n) => {
    const types = Array.from({ length: 900 }, (_, at) => (n * 900 + at) % 16_384)
    return pcapRecord(link(...types.map((type) => attribute(type, new Uint8Array(0)))))
  }),
  uevents: pcap(() => frame(full(Buffer.from('A=1\0'), FRAME), NETLINK_KOBJECT_UEVENT)),
  'empty records': pcap(() => new Uint8Array(0)),
  'records of 64 MiB': pcap(() => join(link(), new Uint8Array(RECORD))),
  requests: pieces(pcapHeader(), (seq) =>
    pcapRecord(frame(newLink({ seq, flags: NLM_F_REQUEST }), seq & 0xffff)),
  ),
  'requests of 320 KB': pieces(pcapHeader(), (seq) => {
    const attributes = [full(empty, FRAME)]
    return pcapRecord(frame(newLink({ seq, flags: NLM_F_REQUEST, attributes })))
  }),
  families: pieces(pcapHeader(), (n) => pcapRecord(family(`family ${n % 1e7}`, 17 + (n % 1000)))),
  sections: repeated(new Uint8Array(0), () =>
    join(section(), enhancedPacket(frame(message({ type: 3 })))),
  ),
  'section headers of 64 MiB': repeated(new Uint8Array(0), () =>
    block(0x0a0d0d0a, join(sectionHeader().slice(8, 24), new Uint8Array(RECORD))),
  ),
  interfaces: pieces(sectionHeader(), (n) =>
    n % 65_537 === 65_536 ? sectionHeader() : interfaceOf(option(OPTION_NAME, filled(300, 0xff))),
  ),
  'interfaces with long names': repeated(sectionHeader(), () =>
    interfaceOf(option(OPTION_NAME, filled(65_000, 0x61))),
  ),
  'interfaces of 64 MiB': repeated(sectionHeader(), () =>
    interfaceOf(option(OPTION_NAME, filled(65_000, 0x61)), RECORD),
  ),
  'comments of 64 MiB': repeated(section(), packet(option(OPTION_COMMENT, filled(65_000, 0x61)))),
  'empty comments': repeated(section(), packet(option(OPTION_COMMENT, new Uint8Array(0)))),
  'options of 64 MiB': repeated(section(), packet(option(OPTION_UNKNOWN, new Uint8Array(0)))),
  'blocks of 64 MiB': repeated(section(), () => block(5, new Uint8Array(RECORD))),
}
