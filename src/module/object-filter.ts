// Which links, addresses, routes, neighbours and rules decodeMessages() keeps.
// In: what a caller wants, by name or number. Out: the contract's filter block.

import {
  FILTER_BY_FAMILY,
  FILTER_BY_IFINDEX,
  FILTER_BY_TABLE,
  FILTER_FAMILY,
  FILTER_FLAGS,
  FILTER_IFINDEX,
  FILTER_TABLE,
} from '../../assembly/contract.js'
import { checkObject, expected, shown } from '../base/argument-checks.js'
import { outOfRange } from '../base/errors.js'
import { ADDRESS_FAMILIES, ROUTE_TABLES } from '../base/object-names.js'
import type { CompiledFilter } from './filter-block.js'

/** Which links, addresses, routes, neighbours and rules to keep. All conditions that are given must hold. */
export interface ObjectFilter {
  /** AF_… of the object's header, or iproute2's name for it. Of links, 0 (AF_UNSPEC) is the link itself. */
  family?: 'inet' | 'inet6' | 'bridge' | 'link' | 'mpls' | 'ipmr' | 'ip6mr' | number
  /** Of routes and rules: RT_TABLE_…, or its name. Objects without a table are kept. */
  table?: 'unspec' | 'default' | 'main' | 'local' | number
  /** The link itself, addresses and neighbours on it, routes through it or with a next hop there; no rules. */
  ifindex?: number
}

/** @throws TypeError, RangeError */
export function compileObjectFilter(filter: ObjectFilter): CompiledFilter {
  checkObject('filter', filter)
  const family = numberOf('family', filter.family, ADDRESS_FAMILIES, 0, 0xff)
  const table = numberOf('table', filter.table, ROUTE_TABLES, 0, 0xffffffff)
  const ifindex = numberOf('ifindex', filter.ifindex, {}, 1, 0x7fffffff)
  const flags =
    (family === undefined ? 0 : FILTER_BY_FAMILY) |
    (table === undefined ? 0 : FILTER_BY_TABLE) |
    (ifindex === undefined ? 0 : FILTER_BY_IFINDEX)
  return ({ view }) => {
    view.setUint32(FILTER_FLAGS, flags, true)
    view.setUint8(FILTER_FAMILY, family ?? 0)
    view.setUint32(FILTER_TABLE, table ?? 0, true)
    view.setInt32(FILTER_IFINDEX, ifindex ?? 0, true)
  }
}

function numberOf(
  name: string,
  value: unknown,
  names: Record<string, number>,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) {
    return number
  }
  const words = Object.keys(names).map((word) => `'${word}', `)
  const what = `filter.${name} to be ${words.join('')}${words.length > 0 ? 'or ' : ''}an integer from ${least} to ${most}`
  const isRange = typeof value === 'number' || (typeof value === 'string' && words.length > 0)
  throw isRange ? outOfRange(`expected ${what}, got ${shown(value)}`) : expected(what, value)
}
