// Adds the address family to a header or a struct for which only an address is given.
// In: what is given. Out: the same with the family. A family that is given stays as it is.

import {
  HINT_IP,
  HINT_IPV4,
  HINT_IPV6,
  SELECTOR_BODY,
  TYPE_NEST,
  TYPE_SUB_MESSAGE,
  TYPE_U8,
  TYPE_U16,
} from '../../assembly/schema-layout.js'
import { ipBytes } from '../base/address-bytes.js'
import { isObject } from './encode-value.js'
import type { Field, FieldReader } from './field-reader.js'
import type { Given } from './given-fields.js'

// linux/socket.h
const AF_INET = 2
const AF_INET6 = 10

/** struct nfgenmsg of linux/netfilter/nfnetlink.h: the addresses of a connection are in nests. */
const NETFILTER_FAMILY = 'nfgen-family'

/** The members that are given for a struct, with the family of the first of `addresses`. */
export function withFamily(
  fields: FieldReader,
  struct: number,
  given: Given,
  addresses: Given,
): Given {
  const member = fields
    .table(struct)
    .fields.find(
      ({ name, type }) => /family$/.test(name) && (type === TYPE_U8 || type === TYPE_U16),
    )
  if (!member || given.has(member)) return given
  const family = familyOf(fields, addresses, member.name === NETFILTER_FAMILY)
  return family === undefined ? given : new Map(given).set(member, family)
}

function familyOf(
  fields: FieldReader,
  given: Iterable<readonly [Field, unknown]>,
  isDeep: boolean,
): number | undefined {
  for (const [field, value] of given) {
    if (typeof value === 'string' && isAddress(fields, field)) {
      const bytes = ipBytes(value)
      if (bytes) return bytes.length === 4 ? AF_INET : AF_INET6
    }
    const family = isDeep && isObject(value) ? familyBelow(fields, field, value) : undefined
    if (family !== undefined) return family
  }
  return undefined
}

function familyBelow(
  fields: FieldReader,
  { type, arg }: Field,
  values: Record<string, unknown>,
): number | undefined {
  if (type !== TYPE_NEST) return undefined
  const { byName } = fields.set(arg)
  const given = Object.entries(values).flatMap(([name, value]) => {
    const field = byName.get(name)
    return field ? [[field, value] as const] : []
  })
  return familyOf(fields, given, true)
}

/** An IP address, or another address that the header's family can have. */
function isAddress(fields: FieldReader, { type, hint, arg }: Field): boolean {
  if (type !== TYPE_SUB_MESSAGE) return hint === HINT_IP || hint === HINT_IPV4 || hint === HINT_IPV6
  const { kind, place } = fields.selector(arg)
  return kind === SELECTOR_BODY && place === 0
}
