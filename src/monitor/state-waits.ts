// The waits for the state of one link.
// In: a reference to the link, and the links and events of a monitor. Out: promises, which follow the link by its ifindex
// through renames, and treat a re-created link as another link.

import {
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_NOTPRESENT,
  OPER_UP,
} from '../../assembly/contract.js'
import { checkChoice, checkList, checkObject } from '../base/argument-checks.js'
import { outOfRange } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'
import { hasCarrier, type OperState, operStateNumber } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import { Follower, type LinkStateOptions, View } from './follower.js'
import type { LinkRef } from './link-map.js'
import { until, type WaitHost } from './until.js'

export interface MediaSwitchOptions extends LinkStateOptions {
  /** What `mark()` returned: a switch since then counts, too. Default: now. */
  since?: number | undefined
  /**
   * 'up': the link must be UP before it loses its media. 'any': a link that is not UP when the wait starts has lost its media
   * already. Default: 'any'.
   */
  from?: 'any' | 'up' | undefined
}

export async function waitForOperState(
  host: WaitHost,
  ref: LinkRef,
  states: OperState | Iterable<OperState>,
  options: LinkStateOptions,
): Promise<Link> {
  if (typeof states !== 'string') checkList('states', states, 'operstates')
  const list = typeof states === 'string' ? [states] : [...states]
  if (list.length === 0) throw outOfRange('expected states to be one or more operstates, got none')
  const wanted = new Set(list.map(operStateNumber))
  return waitForState(host, ref, 'the operstate', options, ({ operstate }) => {
    return operstate !== undefined && wanted.has(operstate)
  })
}

export async function waitForCarrier(
  host: WaitHost,
  ref: LinkRef,
  options: LinkStateOptions,
): Promise<Link> {
  return waitForState(host, ref, 'the carrier', options, ({ flags }) => hasCarrier(flags))
}

function waitForState(
  host: WaitHost,
  ref: LinkRef,
  what: string,
  options: LinkStateOptions,
  isMet: (record: LinkRecord) => boolean,
): Promise<Link> {
  checkObject('options', options)
  const { gone, match, ...waitOptions } = options
  const follow = new Follower(new View(host), ref, { gone, match })
  return until(host, `the wait for ${what} of ${ref}`, waitOptions, (event) => {
    const record = follow.look(event)
    return record && isMet(record) ? host.links.get(record.ifindex) : undefined
  })
}

/** The operstates of a link without media. */
const LOST = [OPER_DOWN, OPER_LOWERLAYERDOWN, OPER_NOTPRESENT]

/**
 * From UP to DOWN, LOWERLAYERDOWN or NOTPRESENT, and to UP again. If the events between were lost, both carrier
 * counters are higher than before.
 */
export async function waitForMediaSwitch(
  host: WaitHost,
  ref: LinkRef,
  options: MediaSwitchOptions,
): Promise<Link> {
  checkObject('options', options)
  const { since, from = 'any', gone, match, ...waitOptions } = options
  checkChoice('from', from, ['any', 'up'])
  const view = new View(host)
  const follow = new Follower(view, ref, { gone, match })
  let first: LinkRecord | undefined
  let isLost = false
  const look = view.lookSince(since, (event) => {
    const record = follow.look(event)
    if (follow.isNew) first = undefined
    if (!record) return undefined
    if (!first) {
      if (from === 'up' && record.operstate !== OPER_UP) return undefined
      first = record
      isLost = false
    }
    isLost ||= LOST.includes(record.operstate as number)
    const isSwitched = isLost || hasFlapped(first, record)
    return record.operstate === OPER_UP && isSwitched ? view.links.get(record.ifindex) : undefined
  })
  return until(host, `the wait for a media switch of ${ref}`, waitOptions, look)
}

function hasFlapped(before: LinkRecord, after: LinkRecord): boolean {
  return (
    (after.carrierUpCount ?? 0) > (before.carrierUpCount ?? 0) &&
    (after.carrierDownCount ?? 0) > (before.carrierDownCount ?? 0)
  )
}
