// Remembers the requests of a capture, so that an answer can be printed with its request.
// In: message nodes, in the order of the capture. Out: for an answer, the position of its request and, while there
// is room for it, the request itself. Uses bounded memory, however large the capture is.

import { NLM_F_REQUEST, NLMSG_ERROR, NLMSGHDR_SIZE } from '../../assembly/contract.js'
import type { CaptureFrame } from '../capture/frame.js'
import type { TreeNode } from '../tree/node.js'
import { messageHeader, RequestPairing } from '../tree/request-pairing.js'
import type { Tree } from '../tree/tree.js'

/** The most bytes of trees of recent requests. Of older ones only the position is kept. */
const KEPT_BYTES = 16 * 1024 * 1024
const KEPT_REQUESTS = 4096
/** What a tree takes besides its bytes and its table: the objects around them, and what V8 needs to collect them. */
const TREE_OBJECTS_BYTES = 1024

/** The position of a request: `frame` in the capture and `message` in the frame, both from 1. */
export interface FoundRequest {
  frame: number
  message: number
  node: TreeNode | undefined
}

/** A tree that contains requests, until it is dropped. */
interface KeptTree {
  tree: Tree | undefined
}

interface Entry {
  frame: number
  message: number
  index: number
  kept: KeptTree
}

export class Requests {
  readonly #pairing = new RequestPairing<Entry>(KEPT_REQUESTS)
  /** Trees that are kept, the oldest first. */
  readonly #kept = new Set<KeptTree>()
  readonly #oldest = this.#kept.values()
  #latest: KeptTree | undefined
  #bytes = 0

  /** Processes the next message of the capture; returns the request that it answers, if that was captured. */
  pair(node: TreeNode, frame: CaptureFrame, message: number): FoundRequest | undefined {
    const header = messageHeader(node)
    if (!header) return undefined
    const { tree, index } = node
    const kept = header.flags & NLM_F_REQUEST ? this.#keep(tree) : NOWHERE
    const scope = `${frame.section}/${frame.interfaceId}/${tree.protocol}`
    const entry = { frame: frame.number, message, index, kept }
    const hints = { protocol: tree.protocol, requestType: requestIn(node) }
    const found = this.#pairing.pair(header, scope, entry, hints)
    return found && { ...found, node: found.kept.tree?.node(found.index) }
  }

  /** Keeps a tree, and drops the oldest ones to make room. */
  #keep(tree: Tree): KeptTree {
    if (this.#latest?.tree === tree) return this.#latest
    const kept: KeptTree = { tree }
    this.#latest = kept
    this.#kept.add(kept)
    this.#bytes += bytesOf(tree)
    while (this.#bytes > KEPT_BYTES) {
      const oldest = this.#oldest.next().value as KeptTree
      this.#bytes -= bytesOf(oldest.tree as Tree)
      this.#kept.delete(oldest)
      oldest.tree = undefined
    }
    return kept
  }
}

/** nlmsg_type of the request that an error holds. */
function requestIn(message: TreeNode): number | undefined {
  if (message.rawType !== NLMSG_ERROR) return undefined
  for (const child of message.children) {
    if (child.kind === 'request' && child.end - child.start >= NLMSGHDR_SIZE) return child.rawType
  }
  return undefined
}

const NOWHERE: KeptTree = { tree: undefined }

function bytesOf({ bytes, table }: Tree): number {
  return bytes.length + table.byteLength + TREE_OBJECTS_BYTES
}
