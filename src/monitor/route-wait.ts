// Waits for a route, and for being online.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { checkList, checkObject, shown } from '../base/argument-checks.js'
import type { WaitOptions } from '../base/deadline.js'
import { outOfRange } from '../base/errors.js'
import type { Address } from '../objects/address-object.js'
import type { Link } from '../objects/link-object.js'
import { type Route, toRoute } from '../objects/route-object.js'
import { addressesText, isUsable, prefixOf } from './address-wait.js'
import type { LinkRef } from './link-map.js'
import type { NetworkEvent } from './network-events.js'
import {
  checkInetFamily,
  checkLink,
  type InetFamily,
  isUsableLink,
  type NetworkWaitHost,
  untilMet,
} from './network-wait.js'
import { routeKeyStart } from './object-keys.js'

export interface RouteWaitOptions extends WaitOptions {
  /** "default"; a prefix, which is taken exactly; or an address, which the kernel looks up as for a packet. */
  to: string
  family?: InetFamily | undefined
  /** The link that packets leave by. */
  link?: LinkRef | undefined
  /** Table that a prefix or the default route is in. Default: 254, main. */
  table?: number | undefined
}

const RT_TABLE_MAIN = 254
const FAMILY_NUMBERS: Record<InetFamily, number> = { inet: AF_INET, inet6: AF_INET6 }

export async function waitForRoute(
  host: NetworkWaitHost,
  options: RouteWaitOptions,
): Promise<Route> {
  checkObject('options', options)
  const { to, family, link, table = RT_TABLE_MAIN, ...limits } = options
  if (family !== undefined) checkInetFamily('family', family)
  if (link !== undefined) checkLink('link', link)
  if (!(Number.isInteger(table) && table > 0 && table <= 0xffffffff)) {
    throw outOfRange(`expected table to be a number of a table, got ${shown(table)}`)
  }
  host.mustKeep('routes')
  const isByLink = (route: Route) => link === undefined || leavesBy(host, route, link)
  const missing = () => {
    const named = link !== undefined && !host.links.find(link) ? `there is no link ${link}; ` : ''
    return `${named}no route to ${to}; default: ${defaultsText(host)}`
  }
  const what = `the wait for a route to ${to}`
  if (to !== 'default' && typeof to === 'string' && !to.includes('/')) {
    const { bytes } = prefixOf('to', to)
    return untilMet(host, limits, {
      what,
      async look() {
        const record = await lookedUp(host, bytes)
        const route = record && toRoute(record, (ifindex) => host.links.record(ifindex))
        return route && isByLink(route) ? route : undefined
      },
      concerns: (event) => 'object' in event && event.object !== 'neighbour',
      missing,
    })
  }
  const starts = routeStarts(to, table, family)
  return untilMet(host, limits, {
    what,
    look() {
      for (const start of starts) {
        const found = host.routes.starting(start).find((it) => isOpen(it) && isByLink(it))
        if (found) return found
      }
      return undefined
    },
    concerns: (event) => concernsRoute(event, to),
    missing,
  })
}

/** Asks again if an overrun may have dropped the answer. */
async function lookedUp(host: NetworkWaitHost, to: Uint8Array) {
  for (;;) {
    try {
      return await host.lookup({ to })
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_NETLINK_DUMP_INTERRUPTED') throw error
    }
  }
}

function routeStarts(to: string, table: number, family: InetFamily | undefined): Uint8Array[] {
  if (to === 'default') {
    const families = family === undefined ? [AF_INET, AF_INET6] : [FAMILY_NUMBERS[family]]
    return families.map((number) => routeKeyStart(number, table, 0, undefined))
  }
  const { bytes, bits } = prefixOf('to', to)
  const own = bytes.length === 4 ? AF_INET : AF_INET6
  if (family !== undefined && FAMILY_NUMBERS[family] !== own) {
    throw outOfRange(`expected to to be of family ${family}, got ${to}`)
  }
  return [routeKeyStart(own, table, bits, bits === 0 ? undefined : bytes)]
}

function concernsRoute(event: NetworkEvent, to: string): boolean {
  if (!('object' in event)) return false
  if (event.object === 'link') return true
  return event.object === 'route' && (event.route.dst === to || to.includes('/'))
}

/** Unicast, with a next hop that packets can leave by. */
function isOpen({ type, flags, nexthops }: Route): boolean {
  const isDown = (list: string[]) => list.includes('linkdown') || list.includes('dead')
  if (type !== 'unicast' || isDown(flags)) return false
  return !nexthops || nexthops.some((hop) => !isDown(hop.flags))
}

function leavesBy(host: NetworkWaitHost, route: Route, ref: LinkRef): boolean {
  const name = host.links.find(ref)?.ifname
  return name !== undefined && devsOf(route).includes(name)
}

function devsOf({ dev, nexthops }: Route): string[] {
  return [...(dev === undefined ? [] : [dev]), ...(nexthops ?? []).map((hop) => hop.dev)]
}

function defaultsOf(host: NetworkWaitHost, family: number): Route[] {
  return host.routes.starting(routeKeyStart(family, RT_TABLE_MAIN, 0, undefined))
}

function defaultsText(host: NetworkWaitHost): string {
  const all = [AF_INET, AF_INET6].flatMap((family) => defaultsOf(host, family))
  if (all.length === 0) return 'none'
  return all
    .map(({ gateway, via, flags, nexthops, ...route }) => {
      const state = flags.length > 0 ? ` (${flags.join(', ')})` : ''
      return `via ${gateway ?? via?.host ?? 'no gateway'} dev ${devsOf({ nexthops, flags, ...route } as Route).join(', ')}${state}`
    })
    .join('; ')
}

export interface OnlineOptions extends WaitOptions {
  /** All of these. Default: one of the two is enough. */
  families?: Iterable<InetFamily> | undefined
  /** By one of these links. Default: any but the loopback. */
  links?: Iterable<LinkRef> | undefined
  /** A default route is needed, too. Default: true. */
  gateway?: boolean | undefined
}

/** What makes a family online. */
export interface Online {
  family: InetFamily
  link: Link
  address: Address
  /** The default route; undefined if no gateway was asked for and there is none. */
  route: Route | undefined
}

export async function waitOnline(host: NetworkWaitHost, options: OnlineOptions): Promise<Online[]> {
  checkObject('options', options)
  const { families, links, gateway = true, ...limits } = options
  if (families !== undefined) checkList('families', families, 'families')
  if (links !== undefined) checkList('links', links, 'links')
  const wanted: readonly InetFamily[] = families ? [...families] : ['inet', 'inet6']
  for (const family of wanted) checkInetFamily('families', family)
  const refs = links && [...links]
  for (const ref of refs ?? []) checkLink('links', ref)
  host.mustKeep('addresses')
  host.mustKeep('routes')
  return untilMet(host, limits, {
    what: 'the wait to be online',
    look() {
      const found = wanted.flatMap((family) => onlineBy(host, family, refs, gateway) ?? [])
      return found.length >= (families ? wanted.length : 1) ? found : undefined
    },
    concerns: (event) => {
      if (!('object' in event)) return false
      if (event.object === 'route') return event.route.dst === 'default'
      return event.object === 'link' || event.object === 'address'
    },
    missing: () => onlineText(host, wanted, refs, gateway),
  })
}

function onlineBy(
  host: NetworkWaitHost,
  family: InetFamily,
  refs: LinkRef[] | undefined,
  gateway: boolean,
): Online | undefined {
  const routes = defaultsOf(host, FAMILY_NUMBERS[family]).filter(isOpen)
  const allowed = refs?.map((ref) => host.links.find(ref)?.ifindex)
  for (const address of host.addresses.values()) {
    const link = host.links.get(address.ifindex)
    if (address.family !== family || address.scope !== 'global' || !isUsable(address)) continue
    if (!link || !isUsableLink(link) || link.flags.includes('LOOPBACK')) continue
    if (allowed && !allowed.includes(link.ifindex)) continue
    const route = routes.find((it) => devsOf(it).includes(link.ifname))
    if (route || !gateway) return { family, link, address, route }
  }
  return undefined
}

function onlineText(
  host: NetworkWaitHost,
  families: readonly InetFamily[],
  refs: LinkRef[] | undefined,
  gateway: boolean,
): string {
  const links = (refs ?? [undefined]).map((ref) => addressesText(host, ref)).join('; ')
  const without = families.filter(
    (family) => gateway && !defaultsOf(host, FAMILY_NUMBERS[family]).some(isOpen),
  )
  return [links, ...without.map((family) => `no default route of ${family}`)].join('; ')
}
