// The tree sink of the built module, as tests see it: parts in, frames in, nodes out as plain objects.
// In: schema parts and a frame. Out: every node of the table. It checks nothing itself: see tiling.ts.

import { readFileSync } from 'node:fs'
import {
  FRAME_HEADER_BYTES,
  FRAME_LENGTH,
  MODE_BIG_ENDIAN,
  MODE_WALK,
  RX_WINDOW,
  RX_WINDOW_BYTES,
} from '../../assembly/contract.ts'
import * as schema from '../../assembly/schema-layout.ts'
import * as layout from '../../assembly/tree-layout.ts'

export interface Node {
  index: number
  start: number
  value: number
  valueEnd: number
  end: number
  parent: number
  next: number
  kind: string
  status: string
  raw: number
  /** Of its definition, and of its table. */
  name: string
  tableName: string
  definition: number
  table: number
  content: number
  part: number
  type: number
  bigEndian: boolean
  repeated: boolean
  repeat: number
}

export interface FrameOptions {
  protocol?: number
  linkHeader?: number
  byteOrder?: 'little' | 'big'
  snapped?: boolean
  /** Whatever is remembered of earlier messages. */
  walk?: boolean
}

export interface Exports {
  memory: WebAssembly.Memory
  schema(end: number): void
  tree(length: number, protocol: number, linkHeader: number, mode: number): number
  begin(end: number, mode: number): void
  decode(): number
  unread(): number
  header(mode: number): void
  attribute(at: number, end: number, mode: number): number
}

const wasm = new WebAssembly.Module(
  readFileSync(new URL('../../build/netlink.wasm', import.meta.url)),
)

/** An instance of its own, of the built module. */
export function newExports(): Exports {
  return new WebAssembly.Instance(wasm).exports as unknown as Exports
}

/** `NODE_KIND_FRAME = 0` → 'frame' at 0. */
function wordsOf(prefix: string): string[] {
  const words: string[] = []
  for (const [name, value] of Object.entries(layout)) {
    if (name.startsWith(prefix)) words[value] = name.slice(prefix.length).toLowerCase()
  }
  return words
}

export const KINDS = wordsOf('NODE_KIND_')
export const STATUSES = wordsOf('STATUS_').map((word) => word.replace('_', '-'))

export interface Sink {
  exports: Exports
  view: DataView
  u8: Uint8Array
  /** Addresses of the parts, by their family's name. */
  parts: Map<string, number>
  /** Lets the family of this name have a generic netlink id. */
  learn(id: number, family: string): void
  /** Where the nodes of the last frame are. */
  table: number
  /** Fills the window and runs tree(); returns the number of nodes. */
  run(frame: Uint8Array, options?: FrameOptions): number
  tree(frame: Uint8Array, options?: FrameOptions): Node[]
  node(index: number): Node
}

/** An instance of its own, with parts one behind the other. nlctrl gets its id when it is there. */
export function openSink(...bundles: Uint8Array[]): Sink {
  return sinkOf(newExports(), ...bundles)
}

/** As openSink(), of a given instance. */
export function sinkOf(exports: Exports, ...bundles: Uint8Array[]): Sink {
  const u8 = new Uint8Array(exports.memory.buffer)
  const view = new DataView(exports.memory.buffer)
  let end = layout.SCHEMA
  for (const bytes of bundles) {
    u8.set(bytes, end)
    end += bytes.length
  }
  exports.schema(end)
  const u16 = (at: number) => view.getUint16(at, true)
  const u32 = (at: number) => view.getUint32(at, true)
  const text = (part: number, name: number) => {
    const from = part + u16(part + schema.PART_STRINGS) * 4 + name
    let to = from
    while ((u8[to] as number) > 2) to++
    return Buffer.from(u8.subarray(from, to)).toString()
  }
  const nameAt = (part: number, at: number, field: number) =>
    at === 0 ? '' : text(part, u16(at + field))
  const parts = new Map<string, number>()
  for (let part = layout.SCHEMA; part < end; part += u32(part + schema.PART_BYTES)) {
    const family = part + u16(part + schema.PART_FAMILY) * 4
    parts.set(nameAt(part, family, schema.FAMILY_NAME), part)
  }
  const sink: Sink = {
    exports,
    view,
    u8,
    parts,
    table: layout.NODES,
    learn(id, family) {
      view.setUint32(layout.FAMILY_IDS + id * 4, parts.get(family) as number, true)
    },
    run(frame, options = {}) {
      if (frame.length > RX_WINDOW_BYTES - FRAME_HEADER_BYTES) throw new Error('a frame too long')
      view.setUint32(RX_WINDOW + FRAME_LENGTH, frame.length, true)
      u8.fill(0, RX_WINDOW + 4, RX_WINDOW + FRAME_HEADER_BYTES)
      u8.set(frame, RX_WINDOW + FRAME_HEADER_BYTES)
      const {
        protocol = 0,
        linkHeader = layout.LINK_HEADER_NONE,
        byteOrder,
        snapped,
        walk,
      } = options
      const mode =
        (byteOrder === 'big' ? MODE_BIG_ENDIAN : 0) |
        (snapped ? layout.MODE_SNAPPED : 0) |
        (walk ? MODE_WALK : 0)
      sink.table = exports.tree(frame.length, protocol, linkHeader, mode)
      return u32(sink.table + layout.NODE_NEXT)
    },
    tree(frame, options) {
      return Array.from({ length: sink.run(frame, options) }, (_, index) => sink.node(index))
    },
    node(index) {
      const at = sink.table + index * layout.NODE_BYTES
      const definition = u32(at + layout.NODE_DEFINITION)
      const table = u32(at + layout.NODE_TABLE)
      const part = u32(at + layout.NODE_PART)
      const kind = KINDS[u8[at + layout.NODE_KIND] as number] as string
      const isMessage = kind === 'message' || kind === 'request'
      const flags = u8[at + layout.NODE_FLAGS] as number
      return {
        index,
        start: u32(at + layout.NODE_START),
        value: u32(at + layout.NODE_VALUE),
        valueEnd: u32(at + layout.NODE_VALUE_END),
        end: u32(at + layout.NODE_END),
        parent: u32(at + layout.NODE_PARENT),
        next: u32(at + layout.NODE_NEXT),
        kind,
        status: STATUSES[u8[at + layout.NODE_STATUS] as number] as string,
        raw: u16(at + layout.NODE_RAW),
        name: nameAt(part, definition, schema.DEFINITION_NAME),
        tableName: nameAt(part, table, isMessage ? schema.FAMILY_NAME : schema.TABLE_NAME),
        definition,
        table,
        content: u32(at + layout.NODE_CONTENT),
        part,
        type: u8[at + layout.NODE_TYPE] as number,
        bigEndian: (flags & layout.NODE_BIG_ENDIAN) !== 0,
        repeated: (flags & layout.NODE_REPEATED) !== 0,
        repeat: u16(at + layout.NODE_REPEAT),
      }
    },
  }
  if (parts.has('nlctrl')) sink.learn(16, 'nlctrl')
  return sink
}

/** One line a node: depth by indent, kind, name, bytes, status unless typed. */
export function printTree(nodes: readonly Node[]): string {
  const depths: number[] = []
  return nodes
    .map((node) => {
      const depth = node.index === 0 ? 0 : (depths[node.parent] as number) + 1
      depths.push(depth)
      const name = node.name || node.tableName
      const repeat = node.repeated || node.kind === 'element' ? `[${node.repeat}]` : ''
      const label = `${node.kind}${name ? ` ${name}` : ''}${repeat}`
      const status = node.status === 'typed' ? '' : ` ${node.status}`
      const order = node.bigEndian && node.kind !== 'frame' ? ' big' : ''
      return `${'  '.repeat(depth)}${label} ${node.start}-${node.end}${order}${status}`
    })
    .join('\n')
}

/** The lines of printTree() below the first node whose line starts so, without the node itself. */
export function below(nodes: readonly Node[], start: string): string[] {
  const lines = printTree(nodes).split('\n')
  const index = lines.findIndex((line) => line.trim().startsWith(start))
  const node = nodes[index]
  if (node === undefined) throw new Error(`expected a node ${start}, got:\n${lines.join('\n')}`)
  const indent = lines[index]?.search(/\S/) as number
  return lines.slice(index + 1, node.next).map((line) => line.slice(indent + 2))
}
