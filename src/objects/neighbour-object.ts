// A neighbour as people and `ip -j neigh` know it.
// In: a neighbour's record, in the kernel's numbers. Out: a Neighbour, with iproute2's names and value forms.

import { AF_BRIDGE, AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { addressText } from '../base/address.js'
import { addressFamilyName } from '../base/object-names.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import { namePlainNeighbour, type PlainNeighbour } from './named-fields.js'
import { hostText, type LinkLookup, NO_LOOKUP, nameOfLink } from './value-forms.js'

/** Flags that are null if set, and absent otherwise, as in iproute2's JSON. */
export type NeighbourFlag =
  | 'router'
  | 'proxy'
  | 'managed'
  | 'extern_learn'
  | 'offload'
  | 'extern_valid'

/** A neighbour, with the names and value forms of `ip -j neigh`. */
export interface Neighbour extends PlainNeighbour, Partial<Record<NeighbourFlag, null>> {
  /** "inet", "inet6"; "bridge" for an entry of a forwarding database. */
  family: string
  dst?: string
  dev?: string
  /** Link-layer address. */
  lladdr?: string
  /** "REACHABLE", "STALE", "FAILED", "PERMANENT", … */
  state?: string[]
}

/** NUD_… of linux/neighbour.h. */
const STATES: [mask: number, name: string][] = [
  [0x01, 'INCOMPLETE'],
  [0x02, 'REACHABLE'],
  [0x04, 'STALE'],
  [0x08, 'DELAY'],
  [0x10, 'PROBE'],
  [0x20, 'FAILED'],
  [0x40, 'NOARP'],
  [0x80, 'PERMANENT'],
]

/** NTF_…, and NTF_EXT_… of NDA_FLAGS_EXT. */
const FLAGS: [mask: number, name: NeighbourFlag][] = [
  [0x80, 'router'],
  [0x08, 'proxy'],
  [0x10, 'extern_learn'],
  [0x20, 'offload'],
]
const EXTENDED_FLAGS: [mask: number, name: NeighbourFlag][] = [
  [0x1, 'managed'],
  [0x4, 'extern_valid'],
]

/** Converts a record. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function toNeighbour(record: NeighbourRecord, lookup: LinkLookup = NO_LOOKUP): Neighbour {
  const { family, ifindex, dst, lladdr, state, flags, extFlags = 0 } = record
  const it: Neighbour = { family: addressFamilyName(family) }
  if (dst) it.dst = hostText(dst, familyOf(dst, family))
  if (ifindex !== 0) it.dev = nameOfLink(ifindex, lookup)
  if (lladdr) it.lladdr = addressText(lladdr, lookup(ifindex)?.type ?? 0)
  for (const [mask, name] of FLAGS) if (flags & mask) it[name] = null
  for (const [mask, name] of EXTENDED_FLAGS) if (extFlags & mask) it[name] = null
  if (state !== 0) it.state = STATES.filter(([mask]) => state & mask).map(([, name]) => name)
  namePlainNeighbour(it, record)
  // RTPROT_UNSPEC: unknown.
  if (record.protocol === 0) delete it.protocol
  return it
}

/** A forwarding database has addresses of both families. */
function familyOf(dst: Uint8Array, family: number): number {
  if (family !== AF_BRIDGE) return family
  return dst.length === 16 ? AF_INET6 : AF_INET
}
