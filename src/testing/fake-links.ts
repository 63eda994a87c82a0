// What a fake kernel's link is, where a test does not say: an Ethernet that is up.
// In: fields in the kernel's numbers. Out: the same with addresses as bytes, and the defaults.

import { AF_UNSPEC, OPER_UP } from '../../assembly/contract.js'
import { invalidType } from '../base/errors.js'
import type { LinkRecord } from '../message/link-record.js'

/** A link in the kernel's numbers; addresses may also be text ("02:00:00:00:00:01"). */
export type FakeLinkFields = {
  [K in keyof LinkRecord]?: LinkRecord[K] extends Uint8Array | undefined
    ? LinkRecord[K] | string
    : LinkRecord[K] | undefined
}

/** IFF_LOWER_UP | IFF_RUNNING */
export const CARRIER = 0x10040

/** An Ethernet link that is up. */
export const ETHERNET = {
  family: AF_UNSPEC,
  type: 1, // ARPHRD_ETHER
  flags: 0x11043, // IFF_UP | IFF_BROADCAST | IFF_MULTICAST | CARRIER
  change: 0,
  altnames: [],
  broadcast: new Uint8Array(6).fill(0xff) as Uint8Array,
  permAddress: undefined,
  mtu: 1500,
  txqlen: 1000,
  link: undefined,
  master: undefined,
  operstate: OPER_UP,
  linkmode: 0,
  carrier: 1,
  carrierChanges: 1,
  carrierUpCount: 1,
  carrierDownCount: 0,
  kind: undefined,
  group: 0,
  linkNetnsid: undefined,
  newIfindex: undefined,
} satisfies Partial<LinkRecord>

/** Fields whose addresses are bytes. */
export function recordFields(fields: FakeLinkFields): Partial<LinkRecord> {
  const entries = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === 'string' && ADDRESSES.has(key) ? addressBytes(value) : value,
  ])
  return Object.fromEntries(entries)
}

const ADDRESSES = new Set(['address', 'broadcast', 'permAddress'])

function addressBytes(text: string): Uint8Array {
  if (!/^[\da-f]{2}(:[\da-f]{2})*$/i.test(text)) {
    throw invalidType(`expected an address such as "02:00:00:00:00:01", got "${text}"`)
  }
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16))
}
