// The upper bits of nlmsg_flags mean one thing in a request for data, another in one that creates, a third in an
// answer (linux/netlink.h, "Modifiers to ... request").
// In: the flags member of an nlmsghdr. Out: the names that hold for its message.

import { NLM_F_REQUEST } from '../../assembly/contract.js'
import type { TreeNode } from './node.js'
import type { EnumTable } from './part.js'

/** Name of the enum whose values depend on the message. */
export const HEADER_FLAGS = 'nlmsg-flags'

type Bits = Record<number, [name: string, cName: string]>

const GET: Bits = {
  8: ['root', 'NLM_F_ROOT'],
  9: ['match', 'NLM_F_MATCH'],
  10: ['atomic', 'NLM_F_ATOMIC'],
}
const NEW: Bits = {
  8: ['replace', 'NLM_F_REPLACE'],
  9: ['excl', 'NLM_F_EXCL'],
  10: ['create', 'NLM_F_CREATE'],
  11: ['append', 'NLM_F_APPEND'],
}
const DELETE: Bits = { 8: ['nonrec', 'NLM_F_NONREC'], 9: ['bulk', 'NLM_F_BULK'] }
const ACK: Bits = { 8: ['capped', 'NLM_F_CAPPED'], 9: ['ack-tlvs', 'NLM_F_ACK_TLVS'] }

const tables = new WeakMap<EnumTable, Map<Bits, EnumTable>>()

/** `common` and the names of the upper bits. */
export function headerFlags(member: TreeNode, common: EnumTable): EnumTable {
  const message = member.parent?.parent
  const bits = message && bitsOf(message)
  if (!bits) return common
  let made = tables.get(common)
  if (!made) {
    made = new Map()
    tables.set(common, made)
  }
  let table = made.get(bits)
  if (!table) {
    const entries = new Map(common.entries)
    for (const [bit, [name, cName]] of Object.entries(bits))
      entries.set(BigInt(bit), { name, cName })
    table = { name: common.name, entries }
    made.set(bits, table)
  }
  return table
}

/** By the operation's name: what creates, deletes or asks is called so in every family. */
function bitsOf(message: TreeNode): Bits | undefined {
  const { name, rawType, tree, start } = message
  if (rawType < 16) return ACK
  // The kernel's own news of what has been made carry the flags of the request that made it.
  if (/^new|-new|-add|^add/.test(name)) return NEW
  const flags = tree.bytes[start + (tree.byteOrder === 'little' ? 6 : 7)] ?? 0
  if (!(flags & NLM_F_REQUEST)) return undefined
  if (/^del|-del|-rem|^rem/.test(name)) return DELETE
  return GET
}
