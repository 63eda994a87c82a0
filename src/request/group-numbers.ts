// Multicast groups of a family by name.
// In: the spec's name ("rtnlgrp-link"), the recorder's ("link", "ethtool/monitor"), or a number. Out: group numbers.

import { outOfRange } from '../base/errors.js'
import { type GenericFamily, parseGroup } from '../kernel/groups.js'
import type { NamedGroup } from '../kernel/refused-groups.js'
import type { RequestFamily } from './family-operations.js'
import { said } from './refusal.js'

/**
 * The numbers of these groups or, without names, of all groups of the family in ascending order. `generic` is the
 * controller's answer about a generic family.
 *
 * @throws RangeError for a name that the family does not have
 */
export function groupNumbers(
  family: RequestFamily,
  generic: GenericFamily | undefined,
  names: readonly string[],
): number[] {
  const known = knownGroups(family, generic)
  if (names.length > 0) return [...new Set(names.map((name) => groupNumber(name, family, known)))]
  if (known.size === 0) throw outOfRange(`expected a family with groups, got ${family.name}`)
  return [...new Set(known.values())].sort((one, other) => one - other)
}

/** Groups of a family with their names: "nftables/mgmt", "mptcp_pm/mptcp_pm_events". */
export function namedGroups(
  family: RequestFamily,
  generic: GenericFamily | undefined,
  numbers: readonly number[],
): NamedGroup[] {
  const names = new Map(
    Array.from(knownGroups(family, generic), ([name, number]) => [number, name]),
  )
  const { name, genlName, isGeneric, protocol } = family
  return numbers.map((number) => ({
    name: `${isGeneric ? genlName : name}/${names.get(number) ?? number}`,
    protocol,
    number,
  }))
}

/** The groups of a generic family are those of the running kernel. */
function knownGroups(
  { groups }: RequestFamily,
  generic: GenericFamily | undefined,
): ReadonlyMap<string, number> {
  return generic ? new Map(generic.groups.map(({ name, id }) => [name, id])) : groups
}

function groupNumber(
  name: string,
  { name: family, genlName, protocol, isGeneric }: RequestFamily,
  known: ReadonlyMap<string, number>,
): number {
  const number = known.get(name)
  if (number !== undefined) return number
  const parsed = parseGroup(name.includes('/') ? name : `${protocol}/${name}`)
  if (parsed && 'family' in parsed) {
    const isOurs = isGeneric && (parsed.family === family || parsed.family === genlName)
    const own = isOurs ? known.get(parsed.group) : undefined
    if (own !== undefined) return own
  } else if (parsed?.protocol === protocol) return parsed.group
  throw outOfRange(`expected a group of ${family}, got ${said(name, [...known.keys()])}`)
}
