// What a node is called: its own name, its family's, its set's, what C calls it, and who has named it.
// In: a node. Out: names, as the schema or the message has them. Never looks at its value.

import { NLA_TYPE_MASK } from '../../assembly/contract.js'
import {
  DEFINITION_ENUM,
  DEFINITION_FLAGS,
  DEFINITION_ID,
  DEFINITION_NAME,
  DEFINITION_OVERLAY,
  FAMILY_FLAGS,
  FAMILY_NAME,
  FAMILY_OVERLAY,
  FAMILY_PREFIX,
  FORM_TEXTS,
  SET_FORM,
  SET_PREFIX,
  TABLE_NAME,
  TYPE_ARRAY,
} from '../../assembly/schema-layout.js'
import {
  NETLINK_GENERIC,
  NETLINK_NETFILTER,
  NLMSG_MIN_TYPE,
  NODE_BYTES,
  NODE_CONTENT,
  NODE_DEFINITION,
  NODE_KIND,
  NODE_KIND_ATTRIBUTE,
  NODE_KIND_ELEMENT,
  NODE_KIND_GENL,
  NODE_KIND_HEADER,
  NODE_KIND_MEMBER,
  NODE_KIND_MESSAGE,
  NODE_KIND_REQUEST,
  NODE_PARENT,
  NODE_PART,
  NODE_STATUS,
  NODE_TABLE,
  NODE_TYPE,
  STATUS_TYPED,
} from '../../assembly/tree-layout.js'
import { protocolName } from '../base/protocols.js'
import { decodeText } from '../base/text.js'
import type { TreeNode } from './node.js'
import { u8, u32 } from './node-fields.js'

/** Where a node's name comes from: the kernel's specs, this project's overlay, or nowhere. */
export type NameSource = 'spec' | 'overlay'

/**
 * Its own name, as the specs spell it: "ifname". "#57" for a number without one. Of a message, the operation.
 */
export function nodeName(node: TreeNode): string {
  const { schema } = node.tree
  const definition = u32(node, NODE_DEFINITION)
  switch (u8(node, NODE_KIND)) {
    case NODE_KIND_HEADER: {
      const table = u32(node, NODE_TABLE)
      if (table !== 0) return schema.text(u32(node, NODE_PART), schema.u16(table + TABLE_NAME))
      return u8(node, NODE_STATUS) === STATUS_TYPED ? 'nlattr' : 'body'
    }
    case NODE_KIND_GENL:
      return 'genlmsghdr'
    case NODE_KIND_ELEMENT:
      return elementEntry(node)?.name ?? `[${node.repeat}]`
    case NODE_KIND_MESSAGE:
    case NODE_KIND_REQUEST:
    case NODE_KIND_ATTRIBUTE:
    case NODE_KIND_MEMBER:
      if (hasKey(node)) return keyText(node)
      if (definition === 0) return nameless(node)
      return schema.text(u32(node, NODE_PART), schema.u16(definition + DEFINITION_NAME))
    default:
      return node.kind
  }
}

/** Whether it is KEY=VALUE, as in a uevent. */
function hasKey(node: TreeNode): boolean {
  const table = u32(node, NODE_TABLE)
  if (table === 0 || u8(node, NODE_KIND) !== NODE_KIND_ATTRIBUTE) return false
  return node.tree.schema.u16(table + SET_FORM) === FORM_TEXTS && node.valueStart > node.start
}

function keyText(node: TreeNode): string {
  return decodeText(node.tree.bytes.subarray(node.start, node.valueStart - 1)).text
}

/** The name of an operation or an attribute that has none in the schema. */
function nameless(node: TreeNode): string {
  const type = node.rawType
  if (u8(node, NODE_KIND) === NODE_KIND_ATTRIBUTE) {
    const number = type & NLA_TYPE_MASK
    // As the specs call it where they list it.
    return number === 0 && u32(node, NODE_TABLE) !== 0 ? 'unspec' : `#${number}`
  }
  const { protocol, bytes, genericFamilies } = node.tree
  if (type < NLMSG_MIN_TYPE) return `#${type}`
  if (protocol === NETLINK_NETFILTER && u32(node, NODE_TABLE) !== 0) return `#${type & 0xff}`
  // nlmsg_type is the family. The genlmsghdr, if there is one, has the command.
  if (protocol !== NETLINK_GENERIC || !genericFamilies.has(type)) return `#${type}`
  return node.valueEnd > node.valueStart ? `#${bytes[node.valueStart]}` : 'unknown'
}

/** Name of its family: of a message or a request. "netlink-route" where the schema has none for it. */
export function familyName(node: TreeNode): string | undefined {
  const kind = u8(node, NODE_KIND)
  if (kind !== NODE_KIND_MESSAGE && kind !== NODE_KIND_REQUEST) return undefined
  const table = u32(node, NODE_TABLE)
  const { schema } = node.tree
  if (table === 0) return unknownFamily(node)
  return schema.text(u32(node, NODE_PART), schema.u16(table + FAMILY_NAME))
}

/** A generic family whose name was learned, though the schema lacks it; else the protocol. */
function unknownFamily(node: TreeNode): string {
  const { protocol, genericFamilies } = node.tree
  const known = protocol === NETLINK_GENERIC ? genericFamilies.get(node.rawType) : undefined
  return known ?? `netlink-${protocolName(protocol)}`
}

/** The name of an element, in an array whose elements have names. The first element has the enum's lowest number. */
export function elementEntry(
  node: TreeNode,
): { name: string; cName: string | undefined } | undefined {
  if (u8(node, NODE_KIND) !== NODE_KIND_ELEMENT) return undefined
  const holder = u32(node, NODE_PARENT) * NODE_BYTES
  const { schema, table } = node.tree
  if (table.getUint8(holder + NODE_TYPE) !== TYPE_ARRAY) return undefined
  const content = table.getUint32(holder + NODE_CONTENT, true)
  const ref = schema.u16(content + DEFINITION_ENUM)
  if (ref === 0) return undefined
  const part = u32(node, NODE_PART)
  const { entries } = schema.enumTable(part, schema.resolve(part, ref))
  const [first = 0n] = entries.keys()
  return entries.get(first + BigInt(node.repeat as number))
}

/** What C calls it: IFLA_MTU, RTM_NEWLINK, ifi_index; undefined where C or the schema has no name. */
export function nodeCName(node: TreeNode): string | undefined {
  if (u8(node, NODE_KIND) === NODE_KIND_ELEMENT) return elementEntry(node)?.cName
  const { schema } = node.tree
  const definition = u32(node, NODE_DEFINITION)
  if (definition === 0 || hasKey(node)) return undefined
  const part = u32(node, NODE_PART)
  return schema.cName(part, schema.u16(definition + DEFINITION_NAME), prefixOf(node, part))
}

function prefixOf(node: TreeNode, part: number): string | undefined {
  const { schema } = node.tree
  const table = u32(node, NODE_TABLE)
  switch (u8(node, NODE_KIND)) {
    case NODE_KIND_MESSAGE:
    case NODE_KIND_REQUEST:
      return schema.text(part, schema.u16(table + FAMILY_PREFIX))
    case NODE_KIND_ATTRIBUTE:
      return table === 0 ? '' : schema.text(part, schema.u16(table + SET_PREFIX))
    default:
      return undefined
  }
}

/** The set or struct that defines it ("link-attrs"); undefined where none does. */
export function setNameOf(node: TreeNode): string | undefined {
  const { schema } = node.tree
  const table = u32(node, NODE_TABLE)
  const kind = u8(node, NODE_KIND)
  if (table === 0 || kind === NODE_KIND_MESSAGE || kind === NODE_KIND_REQUEST) return undefined
  return schema.text(u32(node, NODE_PART), schema.u16(table + TABLE_NAME))
}

/** Where the name comes from; undefined where it has none. */
export function nameSource(node: TreeNode): NameSource | undefined {
  const { schema } = node.tree
  const definition = u32(node, NODE_DEFINITION)
  if (definition !== 0) {
    return schema.u8(definition + DEFINITION_FLAGS) & DEFINITION_OVERLAY ? 'overlay' : 'spec'
  }
  const table = u32(node, NODE_TABLE)
  if (table === 0 || node.family === undefined) return undefined
  return schema.u16(table + FAMILY_FLAGS) & FAMILY_OVERLAY ? 'overlay' : 'spec'
}

/** The number that the schema gives it, if any: attribute type, member offset, operation. */
export function nodeId(node: TreeNode): number | undefined {
  const definition = u32(node, NODE_DEFINITION)
  return definition === 0 || hasKey(node)
    ? undefined
    : node.tree.schema.u16(definition + DEFINITION_ID)
}
