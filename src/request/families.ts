// Which families can be asked: those of the kernel's own protocols, and the generic ones that it has now.
// In: the schema, and what the controller says. Out: names as `openNetlink()` takes them, with their groups.

import { Deadline, type WaitOptions } from '../base/deadline.js'
import { PROTOCOLS, protocolName } from '../base/protocols.js'
import type { ShimOptions } from '../kernel/addon.js'
import type { GenericFamily } from '../kernel/groups.js'
import { openEndpoint } from '../kernel/recording-endpoint.js'
import { genericFamilies } from './controller.js'
import { type EdgeOptions, edgeOf } from './edge.js'
import { familyNames, type RequestFamily, requestFamily } from './family-operations.js'

/** A family, and the groups that can be joined by name. */
export interface FamilyEntry {
  /** What `openNetlink()` takes; of a generic family that the schema lacks, the kernel's name for it. */
  name: string
  /** "route", "netfilter", …, or "generic". */
  protocol: string
  /** Number that the kernel has given a generic family. */
  id?: number
  groups: string[]
  /** The schema has names for its operations and attributes. */
  isNamed: boolean
}

/**
 * The families of this kernel, by name. Of those that are not generic, all that the schema has: whether the kernel has
 * them shows when they are opened. A generic family whose module is not loaded is not among them.
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
