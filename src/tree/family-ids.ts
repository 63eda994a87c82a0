// Generic netlink families have numbers that the kernel gives out at run time; CTRL_CMD_NEWFAMILY tells them.
// In: a message node of nlctrl. Out: a family's name and number.

import { FAMILY_IDS_MAX, NETLINK_GENERIC } from '../../assembly/tree-layout.js'
import type { TreeNode } from './node.js'

/** linux/genetlink.h */
const CTRL_CMD_NEWFAMILY = 1
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2
const GENL_NAMSIZ = 16

/** What a message says of a family; undefined where it does not. Needs no schema. */
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
 * Names stand in paths and on terminals: a family that calls itself something with a slash or a control
 * character, as no kernel's does, stays without a name.
 */
const FAMILY_NAME = /^[ -.0-~]{1,15}$/
