// The four kinds of objects that a network monitor keeps beside links: what each is made of, and what of it counts.
// In: messages. Out: keys, and objects in iproute2's names. What an object shows of its link is read from the link.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { HOST_BYTE_ORDER } from '../base/byte-order.js'
import type { AddressRecord } from '../message/address-record.js'
import { message } from '../message/builders.js'
import { decodeMessages } from '../message/decode.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { ObjectName } from '../message/object-body.js'
import type { NetlinkMessage } from '../message/read-message.js'
import type { RouteRecord } from '../message/route-record.js'
import type { RuleRecord } from '../message/rule-record.js'
import { type Address, toAddress } from '../objects/address-object.js'
import { type Neighbour, toNeighbour } from '../objects/neighbour-object.js'
import { type Route, toRoute } from '../objects/route-object.js'
import { type Rule, toRule } from '../objects/rule-object.js'
import type { IsQuiet } from './network-events.js'
import {
  addressKey,
  linkInKey,
  NTF_PROXY,
  neighbourKey,
  routeKey,
  routeKeyFacts,
  ruleKey,
} from './object-keys.js'
import { newTypeOf, type ReadScope } from './read-requests.js'
import type { Key } from './record-chunk.js'
import { withLinkState } from './route-state.js'

/** The record and the object of each kind, by its name. */
export interface KeptTypes {
  address: { record: AddressRecord; object: Address }
  route: { record: RouteRecord; object: Route }
  neighbour: { record: NeighbourRecord; object: Neighbour }
  rule: { record: RuleRecord; object: Rule }
}

/** What the objects show of others. */
export interface Surroundings {
  link(ifindex: number): LinkRecord | undefined
  hasLinkNamed(ifname: string): boolean
  hasRule(family: number, priority: number): boolean
}

export interface KeptKind<N extends ObjectName = ObjectName> {
  readonly name: N
  /** Whether a message is about an object that is kept. */
  isKept(record: KeptTypes[N]['record']): boolean
  key(record: KeptTypes[N]['record'], body: Uint8Array): Key
  /** Whether the object of this key belongs to a table or a link. */
  isIn(key: Key, scope: ReadScope): boolean
  toObject(record: KeptTypes[N]['record'], around: Surroundings): KeptTypes[N]['object']
  readonly isQuiet: IsQuiet
}

const isInternet = (family: number) => family === AF_INET || family === AF_INET6
const isInFamily = (key: Key, { family }: ReadScope) => key[1] === family
const isOfLink = (key: Key, scope: ReadScope) =>
  isInFamily(key, scope) && (scope.ifindex === undefined || linkInKey(key) === scope.ifindex)

/** What the kernel counts for a neighbour. */
const RUNNING: ReadonlySet<string> = new Set(['probes', 'used', 'confirmed', 'updated', 'refcnt'])
const PROBING: ReadonlySet<unknown> = new Set([
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
])
const isProbing = (state: unknown) => Array.isArray(state) && state.every((one) => PROBING.has(one))

const RTM_F_CLONED = 0x200
const NUD_NOARP = 0x40
const NTF_EXT_LEARNED = 0x10

const ADDRESS: KeptKind<'address'> = {
  name: 'address',
  isKept: ({ family }) => isInternet(family),
  key: addressKey,
  isIn: isOfLink,
  toObject: (record, { link }) => toAddress(record, link),
  isQuiet: (name) => name === 'valid_life_time' || name === 'preferred_life_time',
}

const ROUTE: KeptKind<'route'> = {
  name: 'route',
  isKept: ({ family, flags }) => isInternet(family) && (flags & RTM_F_CLONED) === 0,
  key: routeKey,
  isIn(key, scope) {
    if (!isInFamily(key, scope)) return false
    if (scope.table === undefined && scope.ifindex === undefined) return true
    const { table, ifindexes } = routeKeyFacts(key)
    if (scope.table !== undefined && table !== scope.table) return false
    return scope.ifindex === undefined || ifindexes.includes(scope.ifindex)
  },
  toObject: (record, { link }) => toRoute(withLinkState(record, link), link),
  isQuiet: (name) => name === 'expires',
}

const NEIGHBOUR: KeptKind<'neighbour'> = {
  name: 'neighbour',
  // Those that `ip neigh` prints.
  isKept: ({ family, state, flags }) =>
    isInternet(family) &&
    ((state & ~NUD_NOARP) !== 0 || (flags & NTF_EXT_LEARNED) !== 0) &&
    (flags & NTF_PROXY) === 0,
  key: neighbourKey,
  isIn: isOfLink,
  toObject: (record, { link }) => toNeighbour(record, link),
  isQuiet: (name, was, now) =>
    name === 'state' ? isProbing(was) && isProbing(now) : RUNNING.has(name),
}

const RULE: KeptKind<'rule'> = {
  name: 'rule',
  isKept: ({ family }) => isInternet(family),
  key: (_record, body) => ruleKey(body),
  isIn: isInFamily,
  toObject: (record, around) => toRule(withDetached(record, around)),
  isQuiet: () => false,
}

export const KEPT_KINDS: { readonly [N in ObjectName]: KeptKind<N> } = {
  address: ADDRESS,
  route: ROUTE,
  neighbour: NEIGHBOUR,
  rule: RULE,
}

const FIB_RULE_UNRESOLVED = 0x4
const FIB_RULE_IIF_DETACHED = 0x8
const FIB_RULE_OIF_DETACHED = 0x10

/** The kernel changes these flags with links and other rules, and tells nobody. */
function withDetached(record: RuleRecord, around: Surroundings): RuleRecord {
  const { family, iifname, oifname, goto } = record
  const isLost = (name: string | undefined) => name !== undefined && !around.hasLinkNamed(name)
  let flags = record.flags & ~(FIB_RULE_UNRESOLVED | FIB_RULE_IIF_DETACHED | FIB_RULE_OIF_DETACHED)
  if (isLost(iifname)) flags |= FIB_RULE_IIF_DETACHED
  if (isLost(oifname)) flags |= FIB_RULE_OIF_DETACHED
  if (goto !== undefined && !around.hasRule(family, goto)) flags |= FIB_RULE_UNRESOLVED
  return { ...record, flags: flags >>> 0 }
}

/** The record that a kept body holds. */
export function recordOf<N extends ObjectName>(name: N, body: Uint8Array): KeptTypes[N]['record'] {
  const bytes = message({ type: newTypeOf(name), byteOrder: HOST_BYTE_ORDER }, body)
  const [found] = decodeMessages(bytes) as [NetlinkMessage & Record<N, KeptTypes[N]['record']>]
  return found[name]
}
