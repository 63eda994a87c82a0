// The requests of a capture, so that an answer can be told with what it answers.
// In: message nodes, in the order of the capture. Out: for an answer, where its request stands and, while there
// is room for it, the request itself. Holds a bounded number of bytes, however large the capture is.

import { NLM_F_REQUEST } from '../../assembly/contract.js'
import type { CaptureFrame } from '../capture/frame.js'
import type { TreeNode } from '../tree/node.js'
import { messageHeader, RequestPairing } from '../tree/request-pairing.js'
import type { Tree } from '../tree/tree.js'

/** The trees of the latest requests together; of older ones only the place is known. */
const KEPT_BYTES = 16 * 1024 * 1024
const KEPT_REQUESTS = 4096

/** Where a request stands: `frame` in the capture and `message` in the frame, both from 1. */
export interface FoundRequest {
  frame: number
  message: number
  node: TreeNode | undefined
}

/** A tree that some requests are in, until it has to go. */
interface Shelf {
  tree: Tree | undefined
}

interface Entry {
  frame: number
  message: number
  index: number
  shelf: Shelf
}

export class Requests {
  readonly #pairing = new RequestPairing<Entry>(KEPT_REQUESTS)
  /** The oldest first. */
  readonly #shelves = new Set<Shelf>()
  #latest: Shelf | undefined
  #bytes = 0

  /** Takes the capture's next message; returns the request that it answers, if one was seen. */
  pair(node: TreeNode, frame: CaptureFrame, message: number): FoundRequest | undefined {
    const header = messageHeader(node)
    if (!header) return undefined
    const { tree, index } = node
    const shelf = header.flags & NLM_F_REQUEST ? this.#shelve(tree) : NOWHERE
    const scope = `${frame.section}/${frame.interfaceId}/${tree.protocol}`
    const found = this.#pairing.pair(header, scope, { frame: frame.number, message, index, shelf })
    return found && { ...found, node: found.shelf.tree?.node(found.index) }
  }

  /** Keeps a tree, and lets go of the oldest ones for it. */
  #shelve(tree: Tree): Shelf {
    if (this.#latest?.tree === tree) return this.#latest
    const shelf: Shelf = { tree }
    this.#latest = shelf
    this.#shelves.add(shelf)
    this.#bytes += bytesOf(tree)
    for (const oldest of this.#shelves) {
      if (this.#bytes <= KEPT_BYTES) break
      this.#bytes -= bytesOf(oldest.tree as Tree)
      this.#shelves.delete(oldest)
      oldest.tree = undefined
    }
    return shelf
  }
}

const NOWHERE: Shelf = { tree: undefined }

function bytesOf({ bytes, table }: Tree): number {
  return bytes.length + table.byteLength
}
