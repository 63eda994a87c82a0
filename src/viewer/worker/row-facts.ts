// A row as a filter sees it: facts from the index. A tree is made only for other names.
// In: a row. Out: the values of a name, equal to those of a MessageView of the same message.

import { NLMSG_ERROR } from '../../../assembly/contract.js'
import { protocolName } from '../../base/protocols.js'
import {
  isFact,
  type MessageValues,
  MessageView,
  namedErrors,
  secondsSince,
} from '../../filter/message-view.js'
import type { TreeNode } from '../../tree/node.js'
import { type CaptureIndex, ROW_BROKEN, ROW_MESSAGE } from './columns.js'
import type { InterfaceHistory } from './interfaces.js'
import { LayoutPaths } from './layout-paths.js'
import type { FrameStore } from './store.js'

/** The facts that messages of one protocol, type, command and flags share. */
interface Sort {
  family: unknown[]
  operation: unknown[]
  type: unknown[]
  flags: unknown[]
}

/** Whether the values of a path are in the bytes of a message: the index does not have them. */
export function isInBytes(path: readonly string[]): boolean {
  const [first = ''] = path
  return path.length > 1 || !isFact(first) || first === 'status'
}

export class RowFacts implements MessageValues {
  readonly #index: CaptureIndex
  readonly #links: InterfaceHistory
  readonly #store: FrameStore
  readonly #sorts = new Map<number, Map<number, Sort>>()
  #row = 0
  #frame = 0
  #sort: Sort | undefined
  #lastKey = -1
  #lastFlags = -1
  /** The frame's bytes, if the filter needs more than facts, and the message in them that was read last. */
  #bytes: Uint8Array | undefined
  #node: TreeNode | undefined
  #nodeRow = -1
  readonly #paths = new LayoutPaths()

  constructor(index: CaptureIndex, links: InterfaceHistory, store: FrameStore) {
    this.#index = index
    this.#links = links
    this.#store = store
  }

  /** Moves to a row. Returns false if `learn()` has to be awaited first. */
  turn(row: number, bytes: Uint8Array | undefined): boolean {
    const { rows, frames, sources } = this.#index
    this.#row = row
    this.#frame = rows.frame[row] as number
    this.#bytes = bytes
    const flags = rows.flags[row] as number
    const protocol = sources[frames.source[this.#frame] as number]?.protocol as number
    const isMessage = rows.kind[row] === ROW_MESSAGE
    const key = isMessage
      ? (protocol * 65536 + (rows.type[row] as number)) * 256 + (rows.command[row] as number)
      : -2
    if (key === this.#lastKey && flags === this.#lastFlags) return true
    const sort = this.#sorts.get(key)?.get(flags)
    if (!sort) return false
    this.#sort = sort
    this.#lastKey = key
    this.#lastFlags = flags
    return true
  }

  /** Learns from the row's tree the facts that all rows of its kind share. */
  async learn(row: number): Promise<void> {
    const { rows, sources, frames } = this.#index
    const frame = rows.frame[row] as number
    const protocol = sources[frames.source[frame] as number]?.protocol as number
    const flags = rows.flags[row] as number
    const isMessage = rows.kind[row] === ROW_MESSAGE
    const type = rows.type[row] as number
    const key = isMessage ? (protocol * 65536 + type) * 256 + (rows.command[row] as number) : -2
    const node = isMessage ? await this.#store.node(row) : undefined
    const place = { frame: 0, message: 0 }
    const values = (name: string) =>
      node?.kind === 'message' ? new MessageView(node, place).values([name]) : []
    const sort: Sort = {
      family: values('family'),
      operation: values('operation'),
      type: values('type'),
      flags: values('flags'),
    }
    let byFlags = this.#sorts.get(key)
    if (!byFlags) {
      byFlags = new Map()
      this.#sorts.set(key, byFlags)
    }
    byFlags.set(flags, sort)
  }

  values(path: readonly string[]): unknown[] {
    const [first = ''] = path
    if (path.length !== 1 || !isFact(first)) return this.#treeValues(path)
    const { rows, sources, frames, errnos } = this.#index
    const row = this.#row
    switch (first) {
      case 'family':
        return this.#sort?.family ?? []
      case 'operation':
        return this.#sort?.operation ?? []
      case 'type':
        return this.#sort?.type ?? []
      case 'flags':
        return this.#sort?.flags ?? []
      case 'frame':
        return [this.#frame + 1]
      case 'message':
        return [this.#index.messageNumber(row)]
      case 'time': {
        return secondsSince(this.#index.start ?? 0n, this.#index.timestamp(this.#frame))
      }
      case 'interface': {
        const source = sources[frames.source[this.#frame] as number]
        const ifindex = rows.ifindex[row] as number
        const name = ifindex === 0 ? undefined : this.#links.nameAt(ifindex, row)
        return [source?.interfaceName, name].filter((one) => one !== undefined && one !== '')
      }
      case 'protocol': {
        const protocol = sources[frames.source[this.#frame] as number]?.protocol as number
        return [protocol, protocolName(protocol)]
      }
      case 'status':
        return rows.kind[row] === ROW_BROKEN ? ['malformed'] : this.#treeValues(path)
      case 'error':
        return rows.type[row] === NLMSG_ERROR ? namedErrors(errnos.get(row) ?? 0) : []
    }
    if (rows.kind[row] !== ROW_MESSAGE) return []
    if (first === 'length') return [rows.length[row]]
    return first === 'seq' ? [rows.seq[row]] : [rows.pid[row]]
  }

  #treeValues(path: readonly string[]): unknown[] {
    if (!this.#bytes) return []
    if (this.#nodeRow !== this.#row) {
      this.#node = this.#store.nodeIn(this.#row, this.#bytes)
      this.#nodeRow = this.#row
    }
    if (this.#node?.kind !== 'message') return []
    return path[0] === 'status' && path.length === 1
      ? this.#paths.statuses(this.#node)
      : this.#paths.values(this.#node, path)
  }
}
