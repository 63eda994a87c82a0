// The controller of generic netlink: which families this kernel has, under which numbers, with which groups.
// In: a family's name, or none. Out: the controller's answer, on a socket of its own.

import { NLM_F_DUMP } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import type { Deadline } from '../base/deadline.js'
import { NetlinkError } from '../base/errors.js'
import { PROTOCOLS } from '../base/protocols.js'
import { familiesIn } from '../kernel/generic-families.js'
import { CTRL, type GenericFamily } from '../kernel/groups.js'
import { attribute, concat } from '../message/builders.js'
import type { AskingEdge } from './asking-socket.js'
import { Conversation } from './conversation.js'

const ENOENT = -2
/** linux/genetlink.h: the version of the controller's own commands. */
const CTRL_VERSION = 2

/**
 * Finds a family by the kernel's name. If necessary and possible, the kernel loads its module.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED if this kernel does not have it
 */
export async function findFamily(
  edge: AskingEdge,
  name: string,
  deadline: Deadline,
  shim?: string,
): Promise<GenericFamily> {
  try {
    const byteOrder = HOST_BYTE_ORDER
    const wanted = attribute(CTRL.CTRL_ATTR_FAMILY_NAME, name, { byteOrder })
    const [family] = await ask(edge, 0, [wanted], deadline, shim)
    if (family) return family
  } catch (error) {
    if ((error as NetlinkError).errno !== ENOENT) throw error
  }
  throw new NetlinkError(
    'ERR_NETLINK_UNSUPPORTED',
    `expected a kernel with the generic netlink family "${name}", got one without it`,
  )
}

/** Every family that the kernel has now. */
export function genericFamilies(
  edge: AskingEdge,
  deadline: Deadline,
  shim?: string,
): Promise<GenericFamily[]> {
  return ask(edge, NLM_F_DUMP, [], deadline, shim)
}

async function ask(
  edge: AskingEdge,
  flags: number,
  attributes: Uint8Array[],
  deadline: Deadline,
  shim: string | undefined,
): Promise<GenericFamily[]> {
  const families: GenericFamily[] = []
  const conversation = new Conversation(edge, { protocol: PROTOCOLS.GENERIC, groups: [], shim })
  const header = Uint8Array.of(CTRL.CTRL_CMD_GETFAMILY, CTRL_VERSION, 0, 0)
  const body = concat([header, ...attributes])
  const prepared = { operation: 'getfamily', type: CTRL.GENL_ID_CTRL, flags, body }
  try {
    await conversation.ask(prepared, deadline, {
      take({ tree, start, end }) {
        families.push(...familiesIn(tree.bytes.subarray(start, end)))
      },
    })
    return families
  } finally {
    conversation.close()
  }
}
