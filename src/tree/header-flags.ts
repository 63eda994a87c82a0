// Names of nlmsg_flags. The meaning of the upper bits depends on whether the message asks for data, creates something,
// or answers (linux/netlink.h, "Modifiers to ... request").
// In: the flags member of an nlmsghdr. Out: the names for its message.

import { NLM_F_REQUEST } from '../../assembly/contract.js'
import {
  CORE_ACK_FLAGS,
  CORE_DELETE_FLAGS,
  CORE_GET_FLAGS,
  CORE_NEW_FLAGS,
  NLMSG_MIN_TYPE,
} from '../../assembly/tree-layout.js'
import type { TreeNode } from './node.js'
import type { EnumTable } from './part.js'
import { ROUTE_FLAGS, routeFlags } from './route-flags.js'

const HEADER_FLAGS = 'nlmsg-flags'

/** The names for a member's value: those of the schema, unless they depend on more than a schema can say. */
export function namesHere(member: TreeNode, names: EnumTable): EnumTable {
  if (names.name === HEADER_FLAGS) return headerFlags(member, names)
  return names.name === ROUTE_FLAGS ? routeFlags(member, names) : names
}

/** For each schema's common flags, those with the upper bits of each kind of message. */
const tables = new WeakMap<EnumTable, Map<number, EnumTable>>()

/** `common` and the names of the upper bits. */
function headerFlags(member: TreeNode, common: EnumTable): EnumTable {
  const message = member.parent?.parent
  const kind = message && kindOf(message)
  const known = kind && tables.get(common)?.get(kind)
  if (known) return known
  const upper = kind && member.tree.schema.coreEnum(kind)
  if (!kind || !upper) return common
  const made = tables.get(common) ?? new Map<number, EnumTable>()
  tables.set(common, made)
  const entries = new Map([...common.entries, ...upper.entries])
  const table = { name: common.name, entries }
  made.set(kind, table)
  return table
}

/** By the operation's name: what creates, deletes or asks is called so in every family. */
function kindOf(message: TreeNode): number | undefined {
  const { name, rawType, tree, start } = message
  if (rawType < NLMSG_MIN_TYPE) return CORE_ACK_FLAGS
  // A notification of a new object has the flags of the request that created it.
  if (/^new|-new|-add|^add/.test(name)) return CORE_NEW_FLAGS
  const flags = tree.bytes[start + (tree.byteOrder === 'little' ? 6 : 7)] ?? 0
  if (!(flags & NLM_F_REQUEST)) return undefined
  return /^del|-del|-rem|^rem/.test(name) ? CORE_DELETE_FLAGS : CORE_GET_FLAGS
}
