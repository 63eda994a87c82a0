// An address as people and `ip -j addr` know it.
// In: an address's record, in the kernel's numbers. Out: an Address, with iproute2's names and value forms.

import { addressFamilyName } from '../base/object-names.js'
import type { AddressRecord } from '../message/address-record.js'
import { namePlainAddress, type PlainAddress } from './named-fields.js'
import { scopeName } from './route-names.js'
import { hostText, type LinkLookup, NO_LOOKUP, nameOfLink } from './value-forms.js'

/** Flags that are `true` if set, and absent otherwise, as in iproute2's JSON. */
export type AddressFlag =
  | 'secondary'
  | 'temporary'
  | 'nodad'
  | 'optimistic'
  | 'dadfailed'
  | 'home'
  | 'deprecated'
  | 'tentative'
  | 'dynamic'
  | 'mngtmpaddr'
  | 'noprefixroute'
  | 'autojoin'
  | 'stable-privacy'

/** An address of an interface, with the names and value forms of `addr_info` of `ip -j addr`. */
export interface Address extends PlainAddress, Partial<Record<AddressFlag, true>> {
  /** "inet", "inet6". */
  family: string
  ifindex: number
  /** Name of the link. */
  dev: string
  local?: string
  /** The address of the peer, if it differs. */
  address?: string
  prefixlen: number
  /** "global", "link", "host", … */
  scope: string
  /** Flags without a name, in hexadecimal. */
  ifa_flags?: string
  label?: string
  /** Seconds; 4294967295 means for ever. */
  valid_life_time?: number
  preferred_life_time?: number
}

const IFA_F_DEPRECATED = 0x20
const IFA_F_PERMANENT = 0x80

/** IFA_F_… of linux/if_addr.h. */
const FLAGS: [mask: number, name: AddressFlag][] = [
  [0x01, 'secondary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'home'],
  [IFA_F_DEPRECATED, 'deprecated'],
  [0x40, 'tentative'],
  [0x100, 'mngtmpaddr'],
  [0x200, 'noprefixroute'],
  [0x400, 'autojoin'],
  [0x800, 'stable-privacy'],
]

/** Converts a record. A link that `lookup` does not find is named "if" and its ifindex, as by iproute2. */
export function toAddress(record: AddressRecord, lookup: LinkLookup = NO_LOOKUP): Address {
  const { family, ifindex, cacheInfo, label } = record
  const flags = record.flags ?? record.headerFlags
  const local = record.local ?? record.address
  const it: Address = {
    family: addressFamilyName(family),
    ifindex,
    dev: nameOfLink(ifindex, lookup),
    ...(local && { local: hostText(local, family) }),
    prefixlen: record.prefixLength,
    scope: scopeName(record.scope),
  }
  const address = record.address && hostText(record.address, family)
  if (address !== undefined && address !== it.local) it.address = address
  namePlainAddress(it, record)
  nameFlags(it, flags)
  if (label !== undefined) it.label = label
  if (cacheInfo) {
    const { valid, prefered } = cacheInfo
    it.valid_life_time = valid
    const isEver = prefered === 0xffffffff
    it.preferred_life_time = flags & IFA_F_DEPRECATED && !isEver ? prefered | 0 : prefered
  }
  return it
}

function nameFlags(it: Address, flags: number): void {
  let rest = flags & ~IFA_F_PERMANENT
  for (const [mask, name] of FLAGS) {
    if (!(rest & mask)) continue
    // IFA_F_SECONDARY and IFA_F_TEMPORARY are the same bit.
    it[name === 'secondary' && it.family === 'inet6' ? 'temporary' : name] = true
    rest &= ~mask
  }
  if (!(flags & IFA_F_PERMANENT)) it.dynamic = true
  if (rest) it.ifa_flags = (rest >>> 0).toString(16).padStart(2, '0')
}
