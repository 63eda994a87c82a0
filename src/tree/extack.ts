// Extended acknowledgements: why the kernel refused a request, and which byte of it is wrong.
// In: an NLMSG_ERROR or NLMSG_DONE message node. Out: errno, the kernel's words, and the node of the request that is wrong.

import { NLMSG_MIN_TYPE } from '../../assembly/tree-layout.js'
import type { TreeNode } from './node.js'

/** The contents of an NLMSG_ERROR or NLMSG_DONE. */
export interface ErrorReport {
  /** Negative; 0 acknowledges. */
  errno: number
  /** NLMSGERR_ATTR_MSG: the kernel's own sentence. */
  message: string | undefined
  /** NLMSGERR_ATTR_OFFS: bytes from the request's nlmsghdr to what is wrong. */
  offset: number | undefined
  /** The node of the request at that offset: in the error's copy of the request, or in `request`. */
  node: TreeNode | undefined
  /** NLMSGERR_ATTR_MISS_TYPE: the number of an attribute that is missing. */
  missingType: number | undefined
  /** NLMSGERR_ATTR_MISS_NEST: the nest that it is missing in; undefined where that is the message itself. */
  missingNest: TreeNode | undefined
  /** NLMSGERR_ATTR_POLICY: what the kernel takes, with the attributes of enum netlink_policy_type_attr. */
  policy: TreeNode | undefined
}

/**
 * Reads an error message; undefined if `message` is not one. `request` is the message that it answers, if the
 * capture has it: the kernel may send back only its header.
 */
export function errorReport(message: TreeNode, request?: TreeNode): ErrorReport | undefined {
  if (message.rawType >= NLMSG_MIN_TYPE) return undefined
  let errno: number | undefined
  let copy: TreeNode | undefined
  let extack: TreeNode | undefined
  for (const child of message.children) {
    if (child.kind === 'request') copy = child
    else if (child.kind === 'extack') extack = child
    else if (child.kind === 'header') errno ??= errnoOf(child)
  }
  if (errno === undefined) return undefined
  const offset = extack?.find('offs')?.value as number | undefined
  const nest = extack?.find('miss-nest')?.value as number | undefined
  const nodeAt = (at: number | undefined) =>
    at === undefined ? undefined : (startingAt(copy, at) ?? startingAt(request, at))
  return {
    errno,
    message: extack?.find('msg')?.value as string | undefined,
    offset,
    node: nodeAt(offset),
    missingType: extack?.find('miss-type')?.value as number | undefined,
    missingNest: nodeAt(nest),
    policy: extack?.find('policy'),
  }
}

function errnoOf(header: TreeNode): number | undefined {
  if (header.name !== 'nlmsgerr' && header.name !== 'done') return undefined
  for (const member of header.children) {
    if (typeof member.value === 'number') return member.value
  }
  return undefined
}

/**
 * The outermost node below `request` that starts `offset` bytes behind its first byte. Nodes stand in the order in which
 * they start, a parent in front of its children, so the first one there is the outermost.
 */
function startingAt(request: TreeNode | undefined, offset: number): TreeNode | undefined {
  if (!request) return undefined
  const { tree, start, next } = request
  let low = request.index + 1
  for (let high = next; low < high; ) {
    const middle = (low + high) >>> 1
    if (tree.node(middle).start < start + offset) low = middle + 1
    else high = middle
  }
  const found = low < next ? tree.node(low) : undefined
  return found?.start === start + offset ? found : undefined
}
