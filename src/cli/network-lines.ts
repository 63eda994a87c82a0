// Prints addresses, routes, neighbours and rules: lines for people, or JSON with the names of `ip -j`.
// In: objects. Out: text, in which control characters of names are escaped.

import { printable, safeJson } from '../base/text.js'
import type { ObjectName } from '../message/object-body.js'
import type { Address } from '../objects/address-object.js'
import type { Neighbour } from '../objects/neighbour-object.js'
import type { NextHop, Route } from '../objects/route-object.js'
import type { Rule } from '../objects/rule-object.js'

type Objects = { address: Address; route: Route; neighbour: Neighbour; rule: Rule }

export function objectJson(object: object, extra: Record<string, unknown> = {}): string {
  return safeJson({ ...extra, ...object })
}

export function objectLine<N extends ObjectName>(name: N, object: Objects[N]): string {
  return printable(LINES[name](object as never))
}

const LINES: { [N in ObjectName]: (object: Objects[N]) => string } = {
  address: addressLine,
  route: routeText,
  neighbour: neighbourLine,
  rule: ruleLine,
}

const ADDRESS_FLAGS = ['tentative', 'dadfailed', 'deprecated', 'dynamic', 'temporary', 'secondary']

function addressLine(address: Address): string {
  const { dev, local, prefixlen, address: peer, scope } = address
  const flags = ADDRESS_FLAGS.filter((flag) => address[flag as keyof Address])
  const words = [peer && `peer ${peer}`, scope, ...flags].filter(Boolean)
  return `${dev.padEnd(16)}  ${`${local}/${prefixlen}`.padEnd(43)}  ${words.join(' ')}`
}

/** As `ip route` writes it: "default via 192.0.2.1 dev eth0 metric 100". */
export function routeText(route: Route): string {
  const { type, dst, table, protocol, scope, prefsrc, metric, flags, nexthops } = route
  return [
    type !== 'unicast' && type,
    dst,
    hopText(route),
    table !== 'main' && `table ${table}`,
    protocol && `proto ${protocol}`,
    scope && scope !== 'global' && `scope ${scope}`,
    prefsrc && `src ${prefsrc}`,
    metric !== undefined && `metric ${metric}`,
    ...flags,
    ...(nexthops ?? []).map((hop) => `nexthop ${hopText(hop)} ${hop.flags.join(' ')}`.trim()),
  ]
    .filter(Boolean)
    .join(' ')
}

function hopText({ gateway, via, dev }: Route | NextHop): string {
  const by = gateway ?? (via && `${via.family} ${via.host}`)
  return [by && `via ${by}`, dev && `dev ${dev}`].filter(Boolean).join(' ')
}

function neighbourLine({ dst, dev, lladdr, state }: Neighbour): string {
  const words = [lladdr ?? '-', ...(state ?? [])]
  return `${(dev ?? '-').padEnd(16)}  ${(dst ?? '-').padEnd(39)}  ${words.join('  ')}`
}

function ruleLine(rule: Rule): string {
  const { family, priority, src, srclen, table, action, goto, ...rest } = rule
  const selectors = Object.entries(rest)
    .filter(([key]) => key !== 'protocol')
    .map(([key, value]) => (value === null ? key : `${key} ${value}`))
  const from = srclen === undefined ? src : `${src}/${srclen}`
  const what = table ? `lookup ${table}` : (action ?? (goto === undefined ? '' : `goto ${goto}`))
  return [`${priority}:`.padEnd(8), family.padEnd(5), `from ${from}`, ...selectors, what].join(' ')
}
