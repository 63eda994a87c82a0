// The body of a message: which operation it is, and so what stands behind its header.
// In: a message's node, its type and its body. Out: the body's nodes, and the message's status.

import { bigEndian } from './bytes'
import { chain, isChain } from './chain'
import { leaf } from './node-table'
import { DEFINITION_TYPE, STRUCT_SIZE, TYPE_STRUCT } from './schema-layout'
import {
  argumentOf,
  corePart,
  coreStruct,
  entry,
  familyOf,
  foundFamily,
  foundPart,
  genericPart,
  operation,
  otherOf,
  sibling,
} from './schema-lookup'
import { headed, header } from './struct'
import { startBody } from './sub-message'
import {
  CORE_GENLMSGHDR,
  GENL_HDRLEN,
  NETLINK_NETFILTER,
  NODE_CONTENT,
  NODE_DEFINITION,
  NODE_KIND_GENL,
  NODE_KIND_HEADER,
  NODE_PART,
  NODE_TABLE,
  NODE_TYPE,
  STATUS_NO_FORMAT,
  STATUS_TYPED,
  STATUS_UNKNOWN,
} from './tree-layout'
import { contentOf, fill, isComposite, lengthStatus, structOf } from './value-nodes'

/** NETLINK_… protocol of the frame being read. */
export let protocol: u32 = 0

export function setProtocol(value: u32): void {
  protocol = value
}

/** A message of generic netlink: nlmsg_type is the family, and a genlmsghdr tells the operation. */
export function generic(
  node: usize,
  type: u32,
  direction: u32,
  at: usize,
  end: usize,
  isBare: bool,
): u32 {
  const part = genericPart(type)
  const family: usize = part === 0 ? 0 : familyOf(part)
  const found: usize = family === 0 || at >= end ? 0 : entry(family, load<u8>(at), direction)
  nameMessage(node, found, family, part)
  const body = min(at + GENL_HDRLEN, end)
  header(NODE_KIND_GENL, coreStruct(CORE_GENLMSGHDR), corePart, at, body, bigEndian)
  startBody(body, end)
  if (found !== 0) return content(node, found, part, body, end)
  const other: usize = family === 0 ? 0 : otherOf(family, part)
  if (other !== 0) content(node, other, part, body, end)
  else if (isChain(body, end)) chain(0, 0, part, body, end)
  else leaf(NODE_KIND_HEADER, STATUS_UNKNOWN, body, end)
  return isBare && family !== 0 ? STATUS_TYPED : STATUS_UNKNOWN
}

/** A message of another protocol: nlmsg_type is the operation. */
export function raw(node: usize, type: u32, direction: u32, at: usize, end: usize): u32 {
  const found = operation(protocol, type, direction)
  nameMessage(node, found, foundFamily, foundPart)
  if (found !== 0) return content(node, found, foundPart, at, end)
  if (protocol === NETLINK_NETFILTER) netfilter(node, type, at, end)
  else leaf(NODE_KIND_HEADER, STATUS_UNKNOWN, at, end)
  return STATUS_UNKNOWN
}

/** nfnetlink: the upper byte of nlmsg_type is the subsystem, and every message begins with a struct nfgenmsg. */
function netfilter(node: usize, type: u32, at: usize, end: usize): void {
  const like = sibling(protocol, type)
  if (foundFamily !== 0) nameMessage(node, 0, foundFamily, foundPart)
  const other: usize = foundFamily === 0 ? 0 : otherOf(foundFamily, foundPart)
  if (other !== 0) {
    content(node, other, foundPart, at, end)
    return
  }
  const struct: usize = like === 0 ? 0 : structOf(like, foundPart, load<u8>(like, DEFINITION_TYPE))
  const body = struct === 0 ? at : min(at + load<u16>(struct, STRUCT_SIZE), end)
  header(NODE_KIND_HEADER, struct, foundPart, at, body, bigEndian)
  if (isChain(body, end)) chain(0, 0, foundPart, body, end)
  else leaf(NODE_KIND_HEADER, STATUS_UNKNOWN, body, end)
}

/** Says which operation a message is. */
export function nameMessage(node: usize, definition: usize, family: usize, part: usize): void {
  store<u32>(node, <u32>definition, NODE_DEFINITION)
  store<u32>(node, <u32>family, NODE_TABLE)
  store<u32>(node, <u32>part, NODE_PART)
}

/** The body of a known operation; returns the message's status. */
function content(node: usize, definition: usize, part: usize, at: usize, end: usize): u32 {
  const content = contentOf(definition, part, at, end)
  if (content === 0) {
    leaf(NODE_KIND_HEADER, STATUS_NO_FORMAT, at, end)
    return STATUS_NO_FORMAT
  }
  const type = load<u8>(content, DEFINITION_TYPE)
  store<u32>(node, <u32>content, NODE_CONTENT)
  store<u8>(node, type, NODE_TYPE)
  if (at >= end) return STATUS_TYPED
  if (type === TYPE_STRUCT) headed(argumentOf(content, part), 0, part, at, end, bigEndian)
  else if (isComposite(type)) return fill(content, part, type, at, end, bigEndian)
  else leaf(NODE_KIND_HEADER, lengthStatus(content, part, <u32>(end - at)), at, end)
  return STATUS_TYPED
}
