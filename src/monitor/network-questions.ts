// One question each: which way a packet goes, the default route, the addresses of all links. No monitor is needed.
// In: arguments. Out: the answer of the kernel, asked on a socket that is closed again.

import { AF_INET, AF_INET6 } from '../../assembly/contract.js'
import { checkObject, shown } from '../base/argument-checks.js'
import { outOfRange } from '../base/errors.js'
import { toAddress } from '../objects/address-object.js'
import { toLink } from '../objects/link-object.js'
import { type Route, toRoute } from '../objects/route-object.js'
import { hostText } from '../objects/value-forms.js'
import { findIfindex, type LinkRef } from './link-map.js'
import { checkInetFamily, checkLink, type InetFamily } from './network-wait.js'
import { asking, type QuestionOptions } from './question-socket.js'
import { readRequest } from './read-requests.js'
import { addressBytes } from './route-lookup.js'

export interface RouteToOptions extends QuestionOptions {
  /** The source address of the packet. */
  from?: string | undefined
  /** The link that it is to leave by. */
  link?: LinkRef | undefined
  /** Its firewall mark. */
  mark?: number | undefined
}

/**
 * The route that a packet to an address takes, by the kernel's own lookup, as `ip route get` has it; undefined if there
 * is none.
 *
 * @throws RangeError for an invalid address or link; NetlinkError ERR_NETLINK_KERNEL, ERR_NETLINK_SOCKET,
 *   ERR_NETLINK_UNSUPPORTED; a `TimeoutError`; the signal's reason
 */
export async function routeTo(
  address: string,
  options: RouteToOptions = {},
): Promise<Route | undefined> {
  checkObject('options', options)
  const { from, link, mark, ...rest } = options
  const to = addressBytes('address', address)
  const source = from === undefined ? undefined : addressBytes('from', from)
  if (link !== undefined) checkLink('link', link)
  if (mark !== undefined && !(Number.isInteger(mark) && mark >= 0 && mark <= 0xffffffff)) {
    throw outOfRange(`expected mark to be a 32-bit number, got ${shown(mark)}`)
  }
  return asking(rest, async (asker) => {
    const links = await asker.links()
    const ifindex = link === undefined ? undefined : findIfindex(links, link)
    if (link !== undefined && ifindex === undefined) return undefined
    const record = await asker.lookup({ to, from: source, ifindex, mark })
    return record && toRoute(record, (index) => links.get(index))
  })
}

/**
 * The default route of the main table with the least metric whose link is not down; undefined if there is none. Without
 * `family`, IPv4's comes before IPv6's.
 *
 * @throws as `routeTo()`
 */
export async function defaultGateway(
  family?: InetFamily,
  options: QuestionOptions = {},
): Promise<Route | undefined> {
  if (family !== undefined) checkInetFamily('family', family)
  checkObject('options', options)
  const families =
    family === undefined ? [AF_INET, AF_INET6] : [family === 'inet' ? AF_INET : AF_INET6]
  return asking(options, async (asker) => {
    const links = await asker.links()
    for (const number of families) {
      const best = await asker.defaultRoute(number)
      if (best) return toRoute(best, (index) => links.get(index))
    }
    return undefined
  })
}

/** An address as `os.networkInterfaces()` has it. */
export interface InterfaceAddress {
  address: string
  netmask: string
  family: 'IPv4' | 'IPv6'
  mac: string
  /** Whether its link is a loopback. */
  internal: boolean
  /** With the prefix length: "192.0.2.7/24". */
  cidr: string
  /** IPv6 alone: ifindex of a link-local address, 0 of another. */
  scopeid?: number
}

/**
 * The addresses of every link, by its name: the shape of `os.networkInterfaces()`, but with links that are down, and with
 * links that have no address.
 *
 * @throws as `routeTo()`
 */
export async function networkInterfaces(
  options: QuestionOptions = {},
): Promise<Record<string, InterfaceAddress[]>> {
  checkObject('options', options)
  return asking(options, async (asker) => {
    const links = await asker.links()
    const named = new Map(
      Array.from(links.values(), (record) => [record.ifindex, toLink(record, (n) => links.get(n))]),
    )
    const found: Record<string, InterfaceAddress[]> = Object.create(null)
    for (const { ifname } of named.values()) found[ifname] = []
    for (const family of [AF_INET, AF_INET6]) {
      for (const message of await asker.dump((seq) => readRequest('address', { family }, seq))) {
        if (message.kind !== 'address' || message.address.family !== family) continue
        const address = toAddress(message.address)
        const link = named.get(address.ifindex)
        if (!link || address.local === undefined) continue
        const { local, prefixlen, scope } = address
        found[link.ifname]?.push({
          address: local,
          netmask: netmask(prefixlen, family),
          family: family === AF_INET ? 'IPv4' : 'IPv6',
          mac: link.address ?? '00:00:00:00:00:00',
          internal: link.flags.includes('LOOPBACK'),
          cidr: `${local}/${prefixlen}`,
          ...(family === AF_INET6 && { scopeid: scope === 'link' ? link.ifindex : 0 }),
        })
      }
    }
    return found
  })
}

function netmask(bits: number, family: number): string {
  const mask = Uint8Array.from({ length: family === AF_INET ? 4 : 16 }, (_, n) =>
    bits >= n * 8 + 8 ? 255 : bits <= n * 8 ? 0 : (0xff00 >> (bits - n * 8)) & 0xff,
  )
  return hostText(mask, family)
}
