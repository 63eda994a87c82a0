// Turns names of groups into the sockets to open and the requests to send on them.
// In: names as a user writes them. Out: sources for the recorder, or an error that lists the known names.

import { NETLINK_ROUTE } from '../../assembly/contract.js'
import { checkList, checkObject } from '../base/argument-checks.js'
import { Deadline, TIMED_OUT, timeoutError, type WaitOptions } from '../base/deadline.js'
import { PROTOCOLS } from '../base/protocols.js'
import { familiesIn, familiesRequest } from '../kernel/generic-families.js'
import { ALL_ROUTE_GROUPS, type GenericFamily, knownGroups, parseGroup } from '../kernel/groups.js'
import { type OpenEndpoint, openEndpoint } from '../kernel/recording-endpoint.js'
import { Asker } from './asker.js'
import { dumpRequests } from './dump-requests.js'
import type { RecordSource } from './recorder.js'

/** A name that is not a group. `message` lists the groups. */
export class UnknownGroupError extends RangeError {}

export interface SourceOptions extends WaitOptions {
  /** Names such as `link`, `nfnetlink/conntrack-new`, `ethtool/monitor`, `12/7`. Default: all groups of rtnetlink. */
  groups?: readonly string[] | undefined
  /** Start with dumps of what exists already. */
  dump?: boolean | undefined
  /** How sockets are opened. Default: the kernel's. */
  open?: OpenEndpoint | undefined
}

/**
 * One source for each protocol. A source of generic netlink starts with the kernel's list of families, so
 * that the recording can be decoded anywhere.
 *
 * @throws UnknownGroupError; NetlinkError if the kernel does not list its families
 */
export async function recordSources(options: SourceOptions = {}): Promise<RecordSource[]> {
  checkObject('options', options)
  const { groups: names = [], dump = false } = options
  checkList('groups', names, 'names')
  if (names.length === 0) return [sourceOf(NETLINK_ROUTE, ALL_ROUTE_GROUPS, dump, true)]
  const byProtocol = new Map<number, Set<number>>()
  let families: GenericFamily[] | undefined
  for (const name of names) {
    const parsed = parseGroup(name)
    let found = parsed && 'protocol' in parsed ? parsed : undefined
    if (parsed && 'family' in parsed) {
      families ??= await readFamilies(options)
      const family = families.find((one) => one.name === parsed.family)
      const group = family?.groups.find((one) => one.name === parsed.group)
      found = group && { protocol: PROTOCOLS.GENERIC, group: group.id }
    }
    if (!found) {
      families ??= await readFamilies(options).catch(() => [])
      throw new UnknownGroupError(
        `expected a group, got "${name}"; known are\n${knownGroups(families)}\n` +
          '  and PROTOCOL/NUMBER for any other',
      )
    }
    const groups = byProtocol.get(found.protocol) ?? new Set()
    byProtocol.set(found.protocol, groups.add(found.group))
  }
  return Array.from(byProtocol, ([protocol, groups]) => sourceOf(protocol, [...groups], dump))
}

function sourceOf(
  protocol: number,
  groups: readonly number[],
  dump: boolean,
  isLenient = false,
): RecordSource {
  const families = protocol === PROTOCOLS.GENERIC ? [familiesRequest] : []
  const requests = dump ? [...families, ...dumpRequests(protocol, groups)] : families
  return { protocol, groups, isLenient, requests }
}

/** The generic netlink families of this kernel. */
async function readFamilies({
  open = openEndpoint,
  ...limits
}: SourceOptions = {}): Promise<GenericFamily[]> {
  const families: GenericFamily[] = []
  let wakeUps = 0
  const deadline = new Deadline(limits, undefined, () => wakeUps)
  let asker: Asker | undefined
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  const endpoint = open(
    { protocol: PROTOCOLS.GENERIC, groups: [] },
    (received) => {
      wakeUps++
      for (const one of received) {
        if (one.portId === 0) families.push(...familiesIn(one.datagram))
        asker?.take(one)
      }
    },
    (error) => fail(error),
  )
  try {
    asker = new Asker([familiesRequest], endpoint.send)
    const result = await deadline.race(Promise.race([asker.done, failed]))
    if (result === TIMED_OUT) throw timeoutError('the list of generic netlink families')
    return families
  } finally {
    asker?.stop()
    endpoint.close()
    deadline.close()
  }
}
