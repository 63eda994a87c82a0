// Waits for an address that can be used.

import { ipBytes } from '../base/address-bytes.js'
import { checkObject, expected, shown } from '../base/argument-checks.js'
import type { WaitOptions } from '../base/deadline.js'
import { NetlinkError, outOfRange } from '../base/errors.js'
import type { Address } from '../objects/address-object.js'
import type { LinkRef } from './link-map.js'
import type { NetworkEvent } from './network-events.js'
import {
  checkInetFamily,
  checkLink,
  type InetFamily,
  type NetworkWaitHost,
  untilMet,
} from './network-wait.js'

export interface AddressWaitOptions extends WaitOptions {
  /** A name, altname, MAC address or ifindex. Default: any link but the loopback. */
  link?: LinkRef | undefined
  family?: InetFamily | undefined
  /** "global", "link", "host", … Default: any. */
  scope?: string | undefined
  /** A prefix that the address is in ("192.0.2.0/24"), or the address itself. */
  within?: string | undefined
  /** Neither tentative, nor failed in duplicate address detection, nor deprecated. Default: true. */
  usable?: boolean | undefined
}

interface Prefix {
  bytes: Uint8Array
  bits: number
}

/** @throws NetlinkError ERR_NETLINK_DAD_FAILED if another host has the very address that `within` names */
export async function waitForAddress(
  host: NetworkWaitHost,
  options: AddressWaitOptions,
): Promise<Address> {
  checkObject('options', options)
  const { link, family, scope, within, usable = true, ...limits } = options
  if (link !== undefined) checkLink('link', link)
  if (family !== undefined) checkInetFamily('family', family)
  if (scope !== undefined && typeof scope !== 'string')
    throw expected('scope to be a string', scope)
  const prefix = within === undefined ? undefined : prefixOf('within', within)
  host.mustKeep('addresses')
  const ofLink = (address: Address) => {
    if (link === undefined) return !host.links.get(address.ifindex)?.flags.includes('LOOPBACK')
    return host.links.find(link)?.ifindex === address.ifindex
  }
  const isWanted = (address: Address) =>
    ofLink(address) &&
    (family === undefined || address.family === family) &&
    (scope === undefined || address.scope === scope) &&
    (prefix === undefined || isWithin(address, prefix))
  return untilMet(host, limits, {
    what: 'the wait for an address',
    look(event) {
      const found = addressesOf(host, event).filter(isWanted)
      const failed = found.find(({ dadfailed }) => dadfailed)
      const met = found.find((address) => !usable || isUsable(address))
      if (met || !failed || !prefix || prefix.bits !== prefix.bytes.length * 8) return met
      throw dadFailed(failed)
    },
    concerns: (event) =>
      'object' in event && (event.object === 'address' || event.object === 'link'),
    missing: () => addressesText(host, link),
  })
}

/** The addresses that an event may have changed: all of them at the start, after a gap, and with a link. */
function addressesOf(host: NetworkWaitHost, event: NetworkEvent | undefined): Address[] {
  if (!event || !('object' in event) || event.object !== 'address') {
    return [...host.addresses.values()]
  }
  return event.type === 'removed' ? [] : [event.address]
}

export function isUsable({ tentative, dadfailed, deprecated }: Address): boolean {
  return !tentative && !dadfailed && !deprecated
}

function dadFailed({ local, prefixlen, dev }: Address): NetlinkError {
  const what = `${local}/${prefixlen} of ${dev}`
  return new NetlinkError(
    'ERR_NETLINK_DAD_FAILED',
    `expected an address that no other host has, got ${what}, for which duplicate address detection failed`,
  )
}

/** "192.0.2.0/24", or an address. */
export function prefixOf(name: string, text: unknown): Prefix {
  const [host = '', length, ...rest] = typeof text === 'string' ? text.split('/') : []
  const bytes = ipBytes(host)
  const bits =
    length === undefined ? (bytes?.length ?? 0) * 8 : /^\d+$/.test(length) ? Number(length) : -1
  if (!bytes || rest.length > 0 || bits < 0 || bits > bytes.length * 8) {
    throw outOfRange(`expected ${name} to be an address or a prefix, got ${shown(text)}`)
  }
  return { bytes, bits }
}

function isWithin({ local }: Address, { bytes, bits }: Prefix): boolean {
  const own = ipBytes(local ?? '')
  if (own?.length !== bytes.length) return false
  for (let n = 0; n < bits; n++) {
    const mask = 0x80 >> (n & 7)
    if (((own[n >> 3] as number) & mask) !== ((bytes[n >> 3] as number) & mask)) return false
  }
  return true
}

/** "eth1 has 192.0.2.7/24 (tentative), fe80::1/64", of one link or of all but the loopback. */
export function addressesText(host: NetworkWaitHost, ref?: LinkRef): string {
  const links = [...host.links.values()].filter((link) =>
    ref === undefined
      ? !link.flags.includes('LOOPBACK')
      : host.links.find(ref)?.ifindex === link.ifindex,
  )
  if (links.length === 0) return ref === undefined ? 'there is no link' : `there is no link ${ref}`
  const byLink = new Map<number, string[]>()
  for (const address of host.addresses.values()) {
    const list = byLink.get(address.ifindex) ?? []
    byLink.set(address.ifindex, [...list, addressText(address)])
  }
  return links
    .map(({ ifindex, ifname, flags }) => {
      const state = flags.includes('UP') ? '' : ' (down)'
      return `${ifname}${state} has ${byLink.get(ifindex)?.join(', ') ?? 'no address'}`
    })
    .join('; ')
}

function addressText(address: Address): string {
  const words = (['tentative', 'dadfailed', 'deprecated'] as const).filter((flag) => address[flag])
  const state = words.length > 0 ? ` (${words.join(', ')})` : ''
  return `${address.local}/${address.prefixlen}${state}`
}
