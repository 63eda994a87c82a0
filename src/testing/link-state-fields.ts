// Flags, operstate and carrier of a link, which depend on each other in a kernel.
// In: a link, and which of the three a test gave. Out: the link with the others derived from those.
//
//     without IFF_UP: operstate DOWN, neither IFF_RUNNING nor IFF_LOWER_UP
//     with IFF_UP:    IFF_RUNNING if operstate is UP or UNKNOWN, IFF_LOWER_UP if there is a carrier

import { OPER_DORMANT, OPER_DOWN, OPER_UNKNOWN, OPER_UP } from '../../assembly/contract.js'
import { outOfRange } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'
import { operStateName } from '../objects/link-names.js'

const IFF_UP = 0x1
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000
const IFF_DORMANT = 0x20000
const STATE_FLAGS = IFF_UP | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT

const isRunning = (state: number | undefined) => state === OPER_UP || state === OPER_UNKNOWN

/**
 * `link` already has the fields of `given`.
 *
 * @throws RangeError if the fields of `given` contradict each other
 */
export function withDerivedState(link: LinkRecord, given: Partial<LinkRecord>): LinkRecord {
  if (given.flags !== undefined) return withStateOf(given.flags, link, given)
  if (given.operstate === undefined && given.carrier === undefined) return link
  const operstate = given.operstate ?? stateWithCarrier(link)
  const hasCarrier = isRunning(operstate) || operstate === OPER_DORMANT
  const carrier = given.carrier ?? (hasCarrier ? 1 : 0)
  const isUp = operstate !== OPER_DOWN || (link.flags & IFF_UP) !== 0
  const flags =
    (link.flags & ~STATE_FLAGS) |
    (isUp ? IFF_UP : 0) |
    (isRunning(operstate) ? IFF_RUNNING : 0) |
    (isUp && carrier ? IFF_LOWER_UP : 0) |
    (operstate === OPER_DORMANT ? IFF_DORMANT : 0)
  return { ...link, flags: flags >>> 0, operstate, carrier }
}

function stateWithCarrier({ flags, operstate, carrier }: LinkRecord): number {
  if (!(flags & IFF_UP) || !carrier) return OPER_DOWN
  return isRunning(operstate) ? (operstate as number) : OPER_UP
}

function withStateOf(flags: number, link: LinkRecord, given: Partial<LinkRecord>): LinkRecord {
  const isUp = (flags & IFF_UP) !== 0
  const shouldRun = (flags & IFF_RUNNING) !== 0
  const lower = flags & IFF_LOWER_UP ? 1 : 0
  const got = `0x${flags.toString(16)}`
  if (!isUp && flags & STATE_FLAGS) {
    throw outOfRange(
      `expected flags without IFF_UP to lack IFF_RUNNING, IFF_LOWER_UP and IFF_DORMANT, got ${got}`,
    )
  }
  const fits = (state: number) => (isUp ? isRunning(state) === shouldRun : state === OPER_DOWN)
  if (given.operstate !== undefined && !fits(given.operstate)) {
    const state = operStateName(given.operstate)
    const wanted = shouldRun ? 'UP or UNKNOWN' : isUp ? 'neither UP nor UNKNOWN' : 'DOWN'
    throw outOfRange(`expected operstate to be ${wanted} with flags ${got}, got ${state}`)
  }
  if (isUp && given.carrier !== undefined && given.carrier !== lower) {
    throw outOfRange(`expected carrier to be ${lower} with flags ${got}, got ${given.carrier}`)
  }
  const { operstate, carrier } = link
  const derived = shouldRun ? OPER_UP : OPER_DOWN
  return {
    ...link,
    operstate: operstate === undefined || fits(operstate) ? operstate : derived,
    carrier: isUp ? lower : carrier,
  }
}
