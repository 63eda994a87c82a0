// Turns frames into trees.
// In: a schema, once; then frames, in the order of the capture. Out: trees that own their bytes. Remembers the
// numbers of generic netlink families that it has seen in the capture.

import {
  MEMO_HOST,
  MODE_BIG_ENDIAN,
  NETLINK_ROUTE,
  NLMSGHDR_SIZE,
} from '../../assembly/contract.js'
import { PART_MAGIC, PART_VERSION, PART_VERSION_FIELD } from '../../assembly/schema-layout.js'
import {
  CORE_PROTOCOL,
  FAMILY_IDS,
  FAMILY_IDS_MAX,
  LINK_HEADER_NONE,
  LINK_HEADER_SLL,
  LINK_HEADER_SLL2,
  MODE_SNAPPED,
  NETLINK_GENERIC,
  NETLINK_KOBJECT_UEVENT,
  NODE_BYTES,
  NODE_NEXT,
  NODES,
  SCHEMA,
  SCHEMA_BYTES,
} from '../../assembly/tree-layout.js'
import { checkBytes, expected } from '../base/argument-checks.js'
import { type ByteOrder, HOST_BYTE_ORDER } from '../base/byte-order.js'
import { checkByteOrder, invalidType, outOfRange } from '../base/errors.js'
import { ByteOrderDetector } from '../capture/byte-order-detector.js'
import type { CaptureFrame } from '../capture/frame.js'
import { checkU16, netlinkFraming } from '../capture/framing.js'
import { type Module, newModule } from '../module/module.js'
import { FRAME_CAPACITY, fillWindow } from '../module/window.js'
import { allParts, type Schema } from '../schema/shipped-schema.js'
import { familyAnswer } from './family-ids.js'
import { Layout } from './layout.js'
import type { TreeNode } from './node.js'
import { type Family, PartReader } from './part.js'
import { Tree } from './tree.js'

export interface DissectorOptions {
  /**
   * The schema: `netlink-wasm/schema/link`, `/rtnetlink` or `/all`, or several. If several have a family, the
   * first counts.
   */
  schema: Schema | readonly Schema[]
  /** Numbers of generic netlink families by name, if no message of the capture has them. */
  families?: Readonly<Record<string, number>>
  /** Byte order of the captured machine. Default: detected for each interface of the capture. */
  byteOrder?: ByteOrder | undefined
}

/** The link header before the netlink messages of a frame. */
export type LinkHeader = 'none' | 'sll' | 'sll2'

export interface DissectOptions {
  /** NETLINK_… protocol, if there is no link header. Default: NETLINK_ROUTE. */
  protocol?: number
  /** 'sll': the 16 bytes of LINKTYPE_NETLINK and LINKTYPE_LINUX_SLL; 'sll2': the 20 of LINKTYPE_LINUX_SLL2. */
  linkHeader?: LinkHeader
  /** Byte order of the machine that sent the messages. Default: this machine's. */
  byteOrder?: ByteOrder
  /** The capture has cut the frame. */
  isCut?: boolean
}

const LINK_HEADERS: Record<LinkHeader, number> = {
  none: LINK_HEADER_NONE,
  sll: LINK_HEADER_SLL,
  sll2: LINK_HEADER_SLL2,
}

/** How many layouts are kept for reuse. */
const LAYOUTS_MAX = 256

/**
 * Turns frames into trees. A dissector remembers the family numbers of its capture: use one for each capture.
 *
 * @throws TypeError, RangeError if `schema` is not a schema, or of another version
 */
export class Dissector {
  #module!: Module
  #reader!: PartReader
  readonly #schema: readonly Uint8Array[]
  readonly #families: Family[]
  readonly #byName = new Map<string, Family>()
  /** Generic netlink families by number, from the capture or the caller. */
  readonly #ids = new Map<number, string>()
  readonly #orders: ByteOrderDetector
  /** By the number that is in the memo that the table is a copy of. */
  readonly #layouts = new Map<number, Layout>()
  #copied = 0

  constructor({ schema, families = {}, byteOrder }: DissectorOptions) {
    this.#orders = new ByteOrderDetector({ override: byteOrder })
    this.#schema = allParts(schema)
    const end = this.#start()
    this.#families = this.#reader.families(SCHEMA, end)
    for (const family of this.#families) {
      if (!family.isGeneric) continue
      this.#byName.set(family.name, family)
      this.#byName.set(family.genlName, family)
    }
    this.learn('nlctrl', NETLINK_GENERIC)
    for (const [name, id] of Object.entries(families)) this.learn(name, id)
  }

  /** Names of the families that the schema has. */
  get families(): string[] {
    return this.#families.filter((one) => one.protocol !== CORE_PROTOCOL).map((one) => one.name)
  }

  /** Numbers of generic netlink families known so far, by name. */
  get genericFamilies(): ReadonlyMap<number, string> {
    return this.#ids
  }

  /** Sets the number of a generic netlink family. `dissect()` also learns it from each CTRL_CMD_NEWFAMILY. */
  learn(name: string, id: number): void {
    if (typeof name !== 'string') throw expected('name to be text', name)
    if (!(Number.isInteger(id) && id >= NETLINK_GENERIC && id < FAMILY_IDS_MAX)) {
      throw outOfRange(`expected a family number of 16 to ${FAMILY_IDS_MAX - 1}, got ${id}`)
    }
    this.#ids.set(id, name)
    this.#place(name, id)
  }

  /** Tells the module where the part of a generic netlink family is. */
  #place(name: string, id: number): void {
    const part = this.#byName.get(name)?.part ?? 0
    this.#module.view.setUint32(FAMILY_IDS + id * 4, part, true)
  }

  /** Takes a new module, which knows what the last one did; returns where its schema ends. */
  #start(): number {
    this.#module = newModule()
    const { view, u8 } = this.#module
    const end = copyParts(u8, this.#schema)
    this.#module.schema(end)
    this.#reader = new PartReader(view, u8)
    for (const [id, name] of this.#ids) this.#place(name, id)
    return end
  }

  /**
   * Reads one frame. The leaves of the tree cover each byte once, even if the frame is damaged.
   *
   * @throws TypeError, RangeError for invalid arguments
   * @throws NetlinkError ERR_NETLINK_DECODER if the decoder itself fails; the next call starts a new one.
   */
  dissect(data: Uint8Array, options: DissectOptions = {}): Tree {
    checkBytes('data', data)
    const { protocol = NETLINK_ROUTE, linkHeader = 'none', byteOrder = HOST_BYTE_ORDER } = options
    checkU16('protocol', protocol)
    checkByteOrder('byteOrder', byteOrder)
    if (!Object.hasOwn(LINK_HEADERS, linkHeader)) {
      throw invalidType(
        `expected linkHeader to be 'none', 'sll' or 'sll2', got ${String(linkHeader)}`,
      )
    }
    // A Buffer's slice() would not copy.
    const bytes = new Uint8Array(data.subarray(0, FRAME_CAPACITY))
    const isCut = options.isCut === true || bytes.length < data.length
    return this.#read(bytes, protocol, linkHeader, byteOrder, isCut)
  }

  /** The tree of `bytes`, which it keeps. */
  #read(
    bytes: Uint8Array,
    protocol: number,
    linkHeader: LinkHeader,
    byteOrder: ByteOrder,
    isCut: boolean,
  ): Tree {
    if (this.#module.hasTrapped) this.#start()
    const it = this.#module
    fillWindow(it, bytes)
    const mode = (byteOrder === 'big' ? MODE_BIG_ENDIAN : 0) | (isCut ? MODE_SNAPPED : 0)
    const layout = this.#layout(it.tree(bytes.length, protocol, LINK_HEADERS[linkHeader], mode))
    const spoken = spokenProtocol(bytes, linkHeader) ?? protocol
    const tree = new Tree(this.#reader, bytes, layout, spoken, byteOrder, this.#ids)
    if (spoken === NETLINK_GENERIC) this.#learnFrom(tree)
    return tree
  }

  /**
   * @internal The nodes of a datagram from this machine's kernel: messages, and what is none. Each whole message has a
   * tree of its own, so that those of one layout share it. The trees keep `datagram` itself.
   */
  nodesOf(data: Uint8Array, protocol: number, isCutAlready: boolean): TreeNode[] {
    const nodes: TreeNode[] = []
    const datagram = data.subarray(0, FRAME_CAPACITY)
    const isCut = isCutAlready || datagram.length < data.length
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
    let at = 0
    while (at + NLMSGHDR_SIZE <= datagram.length && protocol !== NETLINK_KOBJECT_UEVENT) {
      const length = view.getUint32(at, HOST_BYTE_ORDER === 'little')
      const end = at + length
      if (length < NLMSGHDR_SIZE || end > datagram.length) break
      // With its padding, of which the last message may have none.
      const next = Math.min((end + 3) & ~3, datagram.length)
      const tree = this.#read(datagram.subarray(at, next), protocol, 'none', HOST_BYTE_ORDER, false)
      nodes.push(tree.node(1))
      at = next
    }
    if (at === datagram.length && !isCut) return nodes
    const rest = this.#read(datagram.subarray(at), protocol, 'none', HOST_BYTE_ORDER, isCut)
    nodes.push(...rest.root.children)
    return nodes
  }

  /**
   * Reads a frame of a capture, whose link header has the protocol. Undefined for a frame that is not
   * netlink.
   */
  dissectFrame(frame: CaptureFrame): Tree | undefined {
    const framing = netlinkFraming(frame)
    if (!framing) return undefined
    const { data } = frame
    return this.dissect(data, {
      linkHeader: framing.linkHeader === 'sll2' ? 'sll2' : 'sll',
      byteOrder: this.#orders.detect(frame, framing.headerBytes),
      isCut: frame.originalLength > data.length,
    })
  }

  /** Only learns the numbers of generic netlink families from a frame: for a first pass over a capture. */
  learnFrame(frame: CaptureFrame): void {
    if (netlinkFraming(frame)?.protocol === NETLINK_GENERIC) this.dissectFrame(frame)
  }

  /** A copy of the nodes at `at`. If the module remembers the layout, the copy of an earlier tree. */
  #layout(at: number): Layout {
    const { view, u8 } = this.#module
    const isRemembered = at !== NODES
    const known = isRemembered && this.#layouts.get(view.getFloat64(at + MEMO_HOST, true))
    if (known) return known
    const size = view.getUint32(at + NODE_NEXT, true)
    const layout = new Layout(new DataView(u8.slice(at, at + size * NODE_BYTES).buffer))
    if (isRemembered) {
      if (this.#layouts.size === LAYOUTS_MAX) this.#layouts.clear()
      view.setFloat64(at + MEMO_HOST, ++this.#copied, true)
      this.#layouts.set(this.#copied, layout)
    }
    return layout
  }

  #learnFrom(tree: Tree): void {
    for (const message of tree.messages) {
      const answer = familyAnswer(message)
      if (answer) this.learn(answer.name, answer.id)
    }
  }
}

/** Copies parts one after another into the module; returns the address of the end. */
function copyParts(u8: Uint8Array, parts: readonly Uint8Array[]): number {
  const seen = new Set<string>()
  let at = SCHEMA
  for (const bytes of parts) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let from = 0; from < bytes.length; ) {
      const length = checkPart(view, from)
      const part = bytes.subarray(from, from + length)
      const key = familyKey(part)
      if (!seen.has(key)) {
        if (at + length > SCHEMA + SCHEMA_BYTES) {
          throw outOfRange(`expected at most ${SCHEMA_BYTES} bytes of schema, got more`)
        }
        u8.set(part, at)
        at += length
        seen.add(key)
      }
      from += length
    }
  }
  return at
}

function checkPart(view: DataView, at: number): number {
  const left = view.byteLength - at
  const length = left < 16 ? 0 : view.getUint32(at + 4, true)
  const isPart = length >= 16 && length <= left && view.getUint32(at, true) === PART_MAGIC
  if (!isPart) throw invalidType(`expected a schema part at byte ${at}, got something else`)
  const version = view.getUint16(at + PART_VERSION_FIELD, true)
  if (version !== PART_VERSION) {
    throw invalidType(`expected schema version ${PART_VERSION}, got ${version} at byte ${at}`)
  }
  return length
}

/** Tells parts apart: the family's name. */
function familyKey(part: Uint8Array): string {
  const reader = new PartReader(new DataView(part.buffer, part.byteOffset, part.length), part)
  for (const family of reader.families(0, part.length)) return `${family.protocol}/${family.name}`
  return ''
}

/** The protocol that a link header names: big-endian, in the last two bytes of SLL, the first two of SLL2. */
function spokenProtocol(bytes: Uint8Array, linkHeader: LinkHeader): number | undefined {
  if (linkHeader === 'none') return undefined
  const at = linkHeader === 'sll' ? 14 : 0
  if (bytes.length < FIRST_SLL_BYTES) return undefined
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

const FIRST_SLL_BYTES = 16
