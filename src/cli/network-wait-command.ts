// `netlink-wasm wait address`, `wait route`, `wait online`: waits on a network monitor of its own.
// In: options. Out: what to print: the address, the route, or both by link.

import type { WaitOptions } from '../base/deadline.js'
import { safeJson } from '../base/text.js'
import type { NetworkMonitor } from '../monitor/network-monitor.js'
import type { InetFamily } from '../monitor/network-wait.js'
import { openNetworkMonitor } from '../monitor/open-network-monitor.js'
import { objectJson, routeText } from './network-lines.js'

export interface AddressFlags {
  link?: string | undefined
  family?: InetFamily
  scope?: string
  within?: string
  unusable?: boolean
}

export interface RouteFlags {
  family?: InetFamily
  link?: string
}

export interface OnlineFlags {
  family?: InetFamily[]
  link?: string[]
  gateway?: boolean
}

export function waitAddress(
  { link, family, scope, within, unusable = false }: AddressFlags,
  limits: WaitOptions,
  isJson: boolean,
): Promise<string> {
  return withNetwork(limits, async (network, left) => {
    const usable = !unusable
    const found = await network.waitForAddress({ link, family, scope, within, usable, ...left() })
    return isJson ? objectJson(found) : (found.local as string)
  })
}

export function waitRoute(
  to: string,
  { family, link }: RouteFlags,
  limits: WaitOptions,
  isJson: boolean,
): Promise<string> {
  return withNetwork(limits, async (network, left) => {
    const route = await network.waitForRoute({ to, family, link, ...left() })
    return isJson ? objectJson(route) : routeText(route)
  })
}

export function waitNetworkOnline(
  { family: families, link: links, gateway }: OnlineFlags,
  limits: WaitOptions,
  isJson: boolean,
): Promise<string> {
  return withNetwork(limits, async (network, left) => {
    const found = await network.waitOnline({ families, links, gateway, ...left() })
    return found
      .map(({ family, link, address, route }) => {
        if (isJson) return safeJson({ family, link: link.ifname, address, route })
        const via = route ? ` ${routeText(route)}` : ''
        return `${link.ifname} ${address.local}/${address.prefixlen}${via}`
      })
      .join('\n')
  })
}

async function withNetwork(
  { signal, timeout }: WaitOptions,
  use: (network: NetworkMonitor, left: () => WaitOptions) => Promise<string>,
): Promise<string> {
  const end = timeout === undefined ? undefined : performance.now() + timeout
  const left = () => ({ signal, timeout: end && Math.max(0, end - performance.now()) })
  const network = await openNetworkMonitor(left())
  try {
    return await use(network, left)
  } finally {
    network.close()
  }
}
