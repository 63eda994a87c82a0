// A link record becomes the message that the kernel would send: what `readLink` of read-message.ts undoes.
// In: fields in the kernel's numbers. Out: bytes, with the attributes that are not undefined.

import {
  AF_BRIDGE,
  IFLA_ALT_IFNAME,
  IFLA_INFO_KIND,
  NLA_F_NESTED,
} from '../../assembly/contract.js'
import {
  IFLA_ADDRESS,
  IFLA_BROADCAST,
  IFLA_CARRIER,
  IFLA_CARRIER_CHANGES,
  IFLA_CARRIER_DOWN_COUNT,
  IFLA_CARRIER_UP_COUNT,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_LINKMODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_OPERSTATE,
  IFLA_PERM_ADDRESS,
  IFLA_PROP_LIST,
  IFLA_TXQLEN,
} from '../../assembly/record-layout.js'
import {
  type AttributeValue,
  attribute,
  type HeaderFields,
  linkMessage,
} from '../message/builders.js'
import type { LinkRecord } from '../message/link-record.js'

/** What `header` does not say is left to the kernel's habit: RTM_NEWLINK, no flags, seq 0, port id 0. */
export function linkBytes(record: LinkRecord, header: HeaderFields = {}): Uint8Array {
  return linkMessage({ ...header, ...ifinfo(record), attributes: attributesOf(record) })
}

/** What a bridge says of one of its ports: AF_BRIDGE, and fewer attributes. */
export function portBytes(record: LinkRecord, header: HeaderFields = {}): Uint8Array {
  const { ifname, master, mtu, operstate, address } = record
  const port = { ...BARE, ifname, master, mtu, operstate, address }
  return linkMessage({
    ...header,
    ...ifinfo(record),
    family: AF_BRIDGE,
    attributes: attributesOf(port),
  })
}

const BARE: Partial<LinkRecord> = { altnames: [] }

function ifinfo({ ifindex, type, flags, change }: LinkRecord) {
  return { ifindex, linkType: type, linkFlags: flags, change }
}

function attributesOf(link: Partial<LinkRecord>): Uint8Array[] {
  const values: [type: number, value: AttributeValue | Uint8Array[] | undefined][] = [
    [IFLA_IFNAME, nameOf(link)],
    [IFLA_TXQLEN, link.txqlen],
    [IFLA_OPERSTATE, byte(link.operstate)],
    [IFLA_LINKMODE, byte(link.linkmode)],
    [IFLA_MTU, link.mtu],
    [IFLA_GROUP, link.group],
    [IFLA_CARRIER, byte(link.carrier)],
    [IFLA_CARRIER_CHANGES, link.carrierChanges],
    [IFLA_CARRIER_UP_COUNT, link.carrierUpCount],
    [IFLA_CARRIER_DOWN_COUNT, link.carrierDownCount],
    [IFLA_ADDRESS, link.address],
    [IFLA_BROADCAST, link.broadcast],
    [IFLA_PERM_ADDRESS, link.permAddress],
    [IFLA_MASTER, link.master],
    [IFLA_LINK, link.link],
    [IFLA_LINK_NETNSID, link.linkNetnsid],
    [IFLA_LINKINFO, link.kind === undefined ? undefined : [attribute(IFLA_INFO_KIND, link.kind)]],
    [IFLA_PROP_LIST | NLA_F_NESTED, altnamesOf(link)],
  ]
  return values.flatMap(([type, value]) => (value === undefined ? [] : [attribute(type, value)]))
}

function nameOf({ ifname, ifnameBytes }: Partial<LinkRecord>): AttributeValue | undefined {
  return ifnameBytes ? Uint8Array.of(...ifnameBytes, 0) : ifname
}

function altnamesOf({ altnames = [] }: Partial<LinkRecord>): Uint8Array[] | undefined {
  return altnames.length > 0 ? altnames.map((name) => attribute(IFLA_ALT_IFNAME, name)) : undefined
}

function byte(value: number | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : Uint8Array.of(value)
}
