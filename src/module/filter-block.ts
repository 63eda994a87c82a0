// The filter that runs inside the WebAssembly module, so that an unwanted message never becomes an object.
// In: what a caller wants. Out: the contract's filter block, written before each decode.

import {
  AF_UNSPEC,
  FILTER_BY_FAMILY,
  FILTER_BY_IFINDEX,
  FILTER_BY_NAME,
  FILTER_BY_OPERSTATE,
  FILTER_BY_TYPE,
  FILTER_FAMILY,
  FILTER_FLAGS,
  FILTER_IFINDEX,
  FILTER_NAME,
  FILTER_NAME_LENGTH,
  FILTER_NAME_MAX,
  FILTER_NAMED,
  FILTER_OPERSTATES,
  FILTER_TYPES,
  RTM_NEWLINK,
  RTM_SETLINK,
} from '../../assembly/contract.js'
import { checkList, checkObject, expected } from '../base/argument-checks.js'
import { outOfRange } from '../base/errors.js'
import { encodeText } from '../base/text.js'
import type { Module } from './module.js'

/** Which link messages to keep. All conditions that are given must hold. */
export interface LinkFilter {
  /** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK. With it, messages of other types are dropped. */
  types?: Iterable<number>
  ifindex?: number
  ifname?: string
  /** Values of IFLA_OPERSTATE; links without one are dropped. */
  operstates?: Iterable<number>
  /** Drop AF_BRIDGE and other families' views of a link. */
  unspecOnly?: boolean
  /** Drop links without a name. */
  named?: boolean
}

/** The filter block, ready to be copied into the module. */
export type CompiledFilter = (module: Module) => void

/** @throws TypeError, RangeError for what no link can have */
export function compileLinkFilter(filter: LinkFilter): CompiledFilter {
  checkObject('filter', filter)
  if (filter.types !== undefined) checkList('filter.types', filter.types, 'numbers')
  if (filter.operstates !== undefined) checkList('filter.operstates', filter.operstates, 'numbers')
  if (filter.ifindex !== undefined) checkIfindex(filter.ifindex)
  if (filter.ifname !== undefined && typeof filter.ifname !== 'string') {
    throw expected('filter.ifname to be a string', filter.ifname)
  }
  const types = bits(filter.types, RTM_NEWLINK, RTM_SETLINK)
  const operstates = bitmap(filter.operstates)
  const name = encodeText(filter.ifname ?? '')
  if (name.length > FILTER_NAME_MAX) {
    throw outOfRange(`expected a name of at most ${FILTER_NAME_MAX} bytes, got ${name.length}`)
  }
  const flags =
    (filter.types ? FILTER_BY_TYPE : 0) |
    (filter.ifindex === undefined ? 0 : FILTER_BY_IFINDEX) |
    (filter.ifname === undefined ? 0 : FILTER_BY_NAME) |
    (filter.operstates ? FILTER_BY_OPERSTATE : 0) |
    (filter.unspecOnly ? FILTER_BY_FAMILY : 0) |
    (filter.named ? FILTER_NAMED : 0)
  return ({ view, u8 }) => {
    view.setUint32(FILTER_FLAGS, flags, true)
    view.setInt32(FILTER_IFINDEX, filter.ifindex ?? 0, true)
    view.setUint8(FILTER_FAMILY, AF_UNSPEC)
    view.setUint32(FILTER_TYPES, types, true)
    view.setUint32(FILTER_NAME_LENGTH, name.length, true)
    u8.set(operstates, FILTER_OPERSTATES)
    u8.set(name, FILTER_NAME)
  }
}

/** Malformed messages may have any. */
function checkIfindex(value: unknown): void {
  const what = 'filter.ifindex to be a signed 32-bit integer'
  if (typeof value !== 'number') throw expected(what, value)
  if (value !== (value | 0)) throw outOfRange(`expected ${what}, got ${value}`)
}

/** Accepts everything. */
export const NO_FILTER: CompiledFilter = ({ view }) => view.setUint32(FILTER_FLAGS, 0, true)

/** Types other than those of link messages are not an error: they never match, as in cloud-init. */
function bits(values: Iterable<number> = [], first: number, last: number): number {
  let mask = 0
  for (const value of values) if (value >= first && value <= last) mask |= 1 << (value - first)
  return mask
}

function bitmap(values: Iterable<number> = []): Uint8Array {
  const map = new Uint8Array(32)
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw outOfRange(`expected an operstate from 0 to 255, got ${value}`)
    }
    map[value >> 3] = (map[value >> 3] as number) | (1 << (value & 7))
  }
  return map
}
