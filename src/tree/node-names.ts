// The words for the numbers in a node: kinds, statuses, types.
// In: a number of the contract. Out: its name in JSON, in printed trees and in the API.

export type NodeKind =
  | 'frame'
  | 'message'
  | 'genl'
  | 'header'
  | 'member'
  | 'attribute'
  | 'element'
  | 'request'
  | 'extack'
  | 'padding'
  | 'trailing'
  | 'malformed'

/** In the order of NODE_KIND_…. */
export const NODE_KINDS: readonly NodeKind[] = [
  'frame',
  'message',
  'genl',
  'header',
  'member',
  'attribute',
  'element',
  'request',
  'extack',
  'padding',
  'trailing',
  'malformed',
]

export type NodeStatus =
  | 'typed'
  | 'opaque'
  | 'unknown'
  | 'no-format'
  | 'bad-length'
  | 'short'
  | 'excess'
  | 'truncated'
  | 'limit'

/** In the order of STATUS_…. */
export const NODE_STATUSES: readonly NodeStatus[] = [
  'typed',
  'opaque',
  'unknown',
  'no-format',
  'bad-length',
  'short',
  'excess',
  'truncated',
  'limit',
]
