// Turns records into the messages that the kernel sends: the reverse of decodeMessages().
// In: fields in the kernel's numbers, as records have them. Out: bytes, with the attributes that are not undefined, in the
// order of the table of fields.

import {
  IFLA_ALT_IFNAME,
  IFLA_INFO_KIND,
  NLA_F_NESTED,
  RTM_DELADDR,
  RTM_DELNEIGH,
  RTM_DELROUTE,
  RTM_DELRULE,
  RTM_NEWADDR,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from '../../assembly/contract.js'
import {
  RTA_ENCAP,
  RTA_ENCAP_TYPE,
  RTA_FLOW,
  RTA_GATEWAY,
  RTA_NEWDST,
  RTA_VIA,
} from '../../assembly/record-layout.js'
import type { ByteOrder } from '../base/byte-order.js'
import { encodeText } from '../base/text.js'
import type { AddressRecord } from '../message/address-record.js'
import { attribute, concat, type HeaderFields, message } from '../message/builders.js'
import type { LinkRecord } from '../message/link-record.js'
import type { NeighbourRecord } from '../message/neighbour-record.js'
import type { NestedAttribute, NextHopRecord, RouteMetrics } from '../message/record-values.js'
import type { RouteRecord } from '../message/route-record.js'
import type { RuleRecord } from '../message/rule-record.js'
import { FIELD_TABLE, type FieldLine, type ObjectType, type Struct } from '../objects/fields.js'

/**
 * The message for a record of the table's object `name`. `header` defaults to that of a notification: RTM_NEW…, no flags,
 * seq 0, port id 0.
 */
export function objectBytes(name: string, record: object, header: HeaderFields = {}): Uint8Array {
  const object = FIELD_TABLE.find((one) => one.name === name) as ObjectType
  const { byteOrder } = header
  const fields = record as Record<string, unknown>
  const attributes = object.attributes.flatMap((line) => {
    const payload = payloadOf(line, fields, byteOrder)
    return payload === undefined ? [] : [attribute(typeOf(line), payload, { byteOrder })]
  })
  const struct = object.members.map(({ name, form }) => number(form, fields[name] ?? 0, byteOrder))
  return message({ type: object.type, ...header }, ...struct, ...attributes)
}

/** RTM_NEWADDR of `record`. Attributes that `record` does not have are left out, and header members are 0. */
export function newAddress(record: Partial<AddressRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('address', record, { type: RTM_NEWADDR, ...header })
}

/** RTM_DELADDR, like `newAddress()`. */
export function delAddress(record: Partial<AddressRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('address', record, { type: RTM_DELADDR, ...header })
}

/** RTM_NEWROUTE of `record`. Attributes that `record` does not have are left out, and header members are 0. */
export function newRoute(record: Partial<RouteRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('route', record, { type: RTM_NEWROUTE, ...header })
}

/** RTM_DELROUTE, like `newRoute()`. */
export function delRoute(record: Partial<RouteRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('route', record, { type: RTM_DELROUTE, ...header })
}

/** RTM_NEWNEIGH of `record`. Attributes that `record` does not have are left out, and header members are 0. */
export function newNeighbour(
  record: Partial<NeighbourRecord>,
  header: HeaderFields = {},
): Uint8Array {
  return objectBytes('neighbour', record, { type: RTM_NEWNEIGH, ...header })
}

/** RTM_DELNEIGH, like `newNeighbour()`. */
export function delNeighbour(
  record: Partial<NeighbourRecord>,
  header: HeaderFields = {},
): Uint8Array {
  return objectBytes('neighbour', record, { type: RTM_DELNEIGH, ...header })
}

/** RTM_NEWRULE of `record`. Attributes that `record` does not have are left out, and header members are 0. */
export function newRule(record: Partial<RuleRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('rule', record, { type: RTM_NEWRULE, ...header })
}

/** RTM_DELRULE, like `newRule()`. */
export function delRule(record: Partial<RuleRecord>, header: HeaderFields = {}): Uint8Array {
  return objectBytes('rule', record, { type: RTM_DELRULE, ...header })
}

/** The attribute's type. Of these nests, the kernel sets NLA_F_NESTED only for the list of altnames. */
function typeOf({ form, number }: FieldLine): number {
  return form === 'altnames' ? number | NLA_F_NESTED : number
}

function payloadOf(
  { form, name }: FieldLine,
  fields: Record<string, unknown>,
  byteOrder: ByteOrder | undefined,
): Uint8Array | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof form !== 'string') return structBytes(form, value as Record<string, number>, byteOrder)
  switch (form) {
    case 'bytes':
      return value as Uint8Array
    case 'text':
      return encodeText(`${value}\0`)
    case 'name': {
      const bytes = fields[`${name}Bytes`] as LinkRecord['ifnameBytes']
      return bytes ? Uint8Array.of(...bytes, 0) : encodeText(`${value}\0`)
    }
    case 'kind':
      return attribute(IFLA_INFO_KIND, value as string, { byteOrder })
    case 'altnames': {
      const names = value as string[]
      if (names.length === 0) return undefined
      return concat(names.map((each) => attribute(IFLA_ALT_IFNAME, each, { byteOrder })))
    }
    case 'attributes':
      return nestBytes(value as NestedAttribute[], byteOrder)
    case 'metrics':
      return metricsBytes(value as RouteMetrics, byteOrder)
    case 'nexthops':
      return concat((value as NextHopRecord[]).map((hop) => nexthopBytes(hop, byteOrder)))
    default:
      return number(form, value, byteOrder)
  }
}

function structBytes(
  struct: Struct,
  value: Record<string, number>,
  byteOrder: ByteOrder | undefined,
): Uint8Array {
  return concat(struct.map(([member, form]) => number(form, value[member] ?? 0, byteOrder)))
}

const SIZES: Record<string, number> = { u8: 1, u16: 2, be16: 2, u32: 4, s32: 4, be32: 4, be64: 8 }

function number(form: string, value: unknown, byteOrder: ByteOrder | undefined): Uint8Array {
  const bytes = new Uint8Array(SIZES[form] as number)
  const view = new DataView(bytes.buffer)
  const isLittle = byteOrder !== 'big' && !form.startsWith('be')
  if (bytes.length === 8) view.setBigUint64(0, BigInt(value as bigint), isLittle)
  else if (bytes.length === 4) view.setUint32(0, value as number, isLittle)
  else if (bytes.length === 2) view.setUint16(0, value as number, isLittle)
  else view.setUint8(0, value as number)
  return bytes
}

function nestBytes(attributes: NestedAttribute[], byteOrder: ByteOrder | undefined): Uint8Array {
  return concat(attributes.map(({ type, payload }) => attribute(type, payload, { byteOrder })))
}

function metricsBytes(metrics: RouteMetrics, byteOrder: ByteOrder | undefined): Uint8Array {
  return concat(
    Object.entries(metrics).map(([type, value]) => attribute(Number(type), value, { byteOrder })),
  )
}

/** struct rtnexthop, and its attributes. */
function nexthopBytes(hop: NextHopRecord, byteOrder: ByteOrder | undefined): Uint8Array {
  const { gateway, via, newDst, flow, encapType, encap } = hop
  const attributes: [type: number, payload: Uint8Array | undefined][] = [
    [RTA_GATEWAY, gateway],
    [RTA_VIA, via],
    [RTA_NEWDST, newDst],
    [RTA_FLOW, flow === undefined ? undefined : number('u32', flow, byteOrder)],
    [RTA_ENCAP_TYPE, encapType === undefined ? undefined : number('u16', encapType, byteOrder)],
    [RTA_ENCAP, encap && nestBytes(encap, byteOrder)],
  ]
  const rest = attributes.flatMap(([type, payload]) =>
    payload ? [attribute(type, payload, { byteOrder })] : [],
  )
  const length = 8 + rest.reduce((sum, each) => sum + each.length, 0)
  return concat([
    number('u16', length, byteOrder),
    Uint8Array.of(hop.flags, hop.hops),
    number('s32', hop.ifindex, byteOrder),
    ...rest,
  ])
}
