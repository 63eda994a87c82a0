// The module's half that makes trees, and all of the module that makes nothing else (netlink-tree.wasm),
// where it is small and remembers no message.
// In: schema parts at SCHEMA, a frame at RX_WINDOW. Out: nodes at NODES. Never writes a record.

import { REMEMBERS } from './bytes'
import { CONTRACT_VERSION } from './contract'
import { forget } from './memo'
import { adopt } from './schema-lookup'
import { decodeTree } from './tree-sink'

export function version(): i32 {
  return CONTRACT_VERSION
}

/** Adopts the schema parts that lie between SCHEMA and `end`, an address; all family ids are forgotten. */
export function schema(end: usize): void {
  if (REMEMBERS) forget()
  adopt(end)
}

/**
 * Decodes the first frame, of `length` bytes, into nodes and returns where these are, until the next call: NODE_NEXT of
 * the first is how many. `linkHeader` is a LINK_HEADER_…; without one, the netlink protocol is `protocol`.
 */
export function tree(length: u32, protocol: u32, linkHeader: i32, modeFlags: i32): usize {
  return decodeTree(length, protocol, linkHeader, modeFlags)
}
