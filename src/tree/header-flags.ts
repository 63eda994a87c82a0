// The upper bits of nlmsg_flags mean one thing in a request for data, another in one that creates, a third in an
// answer (linux/netlink.h, "Modifiers to ... request").
// In: the flags member of an nlmsghdr. Out: the names that hold for its message.

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

/** The names that hold for a member's value: the schema's own but where they depend on more than it can say. */
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
  // The kernel's own news of what has been made carry the flags of the request that made it.
  if (/^new|-new|-add|^add/.test(name)) return CORE_NEW_FLAGS
  const flags = tree.bytes[start + (tree.byteOrder === 'little' ? 6 : 7)] ?? 0
  if (!(flags & NLM_F_REQUEST)) return undefined
  return /^del|-del|-rem|^rem/.test(name) ? CORE_DELETE_FLAGS : CORE_GET_FLAGS
}
