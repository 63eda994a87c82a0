// The numbers of generic netlink families: the kernel assigns them at run time and sends them in CTRL_CMD_NEWFAMILY.
// In: a message node of nlctrl. Out: a family's name and number.

import { FAMILY_IDS_MAX, NETLINK_GENERIC } from '../../assembly/tree-layout.js'
import type { TreeNode } from './node.js'

/** linux/genetlink.h */
const CTRL_CMD_NEWFAMILY = 1
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2
const GENL_NAMSIZ = 16

/** The family in a message; undefined if it has none. Needs no schema. */
export function familyAnswer(message: TreeNode): { name: string; id: number } | undefined {
  const { bytes, byteOrder } = message.tree
  if (message.rawType !== NETLINK_GENERIC || message.end - message.start < 20) return undefined
  if (bytes[message.start + 16] !== CTRL_CMD_NEWFAMILY) return undefined
  let id: number | undefined
  let name: string | undefined
  for (const child of message.children) {
    if (child.kind !== 'attribute') continue
    const value = child.valueBytes
    if (child.rawType === CTRL_ATTR_FAMILY_ID && value.length === 2) {
      id = new DataView(value.buffer, value.byteOffset).getUint16(0, byteOrder === 'little')
    }
    if (child.rawType === CTRL_ATTR_FAMILY_NAME) {
      ;[name] = String.fromCharCode(...value.subarray(0, GENL_NAMSIZ)).split('\0')
    }
  }
  if (id === undefined || id < NETLINK_GENERIC || id >= FAMILY_IDS_MAX) return undefined
  return name !== undefined && FAMILY_NAME.test(name) ? { name, id } : undefined
}

/**
 * Names are used in paths and on terminals. A family whose name has a slash or a control character, as none of the
 * kernel's has, stays without a name.
 */
const FAMILY_NAME = /^[ -.0-~]{1,15}$/
