// Lists the families that `openNetlink()` can open: those of the kernel's own protocols, and its generic ones.
// In: the schema, and the controller's answer. Out: the names that `openNetlink()` takes, with their groups.

import { Deadline, type WaitOptions } from '../base/deadline.js'
import { PROTOCOLS, protocolName } from '../base/protocols.js'
import type { ShimOptions } from '../kernel/addon.js'
import type { GenericFamily } from '../kernel/groups.js'
import { openEndpoint } from '../kernel/recording-endpoint.js'
import { genericFamilies } from './controller.js'
import { type EdgeOptions, edgeOf } from './edge.js'
import { familyNames, type RequestFamily, requestFamily } from './family-operations.js'

/** A family, and the groups that `subscribe()` can join. */
export interface FamilyEntry {
  /** The name that `openNetlink()` takes; the kernel's name for a generic family that the schema does not have. */
  name: string
  /** "route", "netfilter", …, or "generic". */
  protocol: string
  /** The kernel's number of a generic family. */
  id?: number
  groups: string[]
  /** Whether the schema has names for its operations and attributes. */
  isNamed: boolean
}

/**
 * Lists the families of this kernel, by name. Families that are not generic are all those of the schema: only opening one
 * shows whether this kernel has it. A generic family is listed if its module is loaded.
 *
 * @throws NetlinkError ERR_NETLINK_UNSUPPORTED, ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
 */
export async function families(
  options: WaitOptions & ShimOptions & EdgeOptions = {},
): Promise<FamilyEntry[]> {
  const { open = openEndpoint, schema, shim, ...limits } = options
  const deadline = new Deadline(limits)
  try {
    const edge = await edgeOf(open, schema)
    const named = familyNames(edge.schema).map((name) => requestFamily(edge.schema, name))
    const raw = named.filter(({ isGeneric }) => !isGeneric).map(rawEntry)
    const generic = await genericFamilies(edge, deadline, shim)
    const entries = [...raw, ...generic.map((family) => genericEntry(family, named))]
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  } finally {
    deadline.close()
  }
}

function rawEntry({ name, protocol, groups }: RequestFamily): FamilyEntry {
  return { name, protocol: protocolName(protocol), groups: [...groups.keys()], isNamed: true }
}

function genericEntry({ id, name, groups }: GenericFamily, named: RequestFamily[]): FamilyEntry {
  const known = named.find((one) => one.isGeneric && one.genlName === name)
  return {
    name: known?.name ?? name,
    protocol: protocolName(PROTOCOLS.GENERIC),
    id,
    groups: groups.map((group) => group.name),
    isNamed: known !== undefined,
  }
}
