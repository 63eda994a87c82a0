// Encodes a request by the schema that the decoder uses.
// In: an operation, and one flat object with the header's members and the attributes by the specs' names. Out: the bytes
// after the nlmsghdr, or an error that names the place of what the schema does not have.

import { TYPE_HEADED, TYPE_NEST } from '../../assembly/schema-layout.js'
import { NETLINK_GENERIC } from '../../assembly/tree-layout.js'
import { type ByteOrder, HOST_BYTE_ORDER } from '../base/byte-order.js'
import { concat } from '../message/builders.js'
import { withFamily } from './address-family.js'
import { encodeChain, encodeNest, joined } from './encode-attributes.js'
import { encodeStruct } from './encode-packed.js'
import { plainObject } from './encode-value.js'
import type { RequestFamily } from './family-operations.js'
import type { Field } from './field-reader.js'
import { givenFields, type Values } from './given-fields.js'
import { type Coding, fittingFormat } from './select-format.js'

/** A request without its nlmsghdr. */
export interface EncodedRequest {
  /** NETLINK_…. */
  protocol: number
  /** nlmsg_type; 0 for a family whose number only the controller knows. */
  type: number
  /** The controller's name for that family. */
  genlName: string | undefined
  /** The bytes after the nlmsghdr: the genlmsghdr of a generic family, the fixed header, attributes. */
  body: Uint8Array
}

export interface EncodeOptions {
  /** The byte order of the kernel that gets the request. Default: this machine's. */
  byteOrder?: ByteOrder
}

/** The only generic family whose number never changes (linux/genetlink.h). */
const CONTROLLER = 'nlctrl'
/** The version in a genlmsghdr. No kernel reads it. */
const GENL_VERSION = 1

/**
 * The bytes of a request.
 *
 * @throws TypeError for a name that the schema does not have and for a value of a wrong type; RangeError for a number or
 * a text that an attribute cannot hold, and for an operation that the family does not have. The message has the path.
 */
export function encodeRequest(
  family: RequestFamily,
  operation: string,
  attributes: Values = {},
  { byteOrder = HOST_BYTE_ORDER }: EncodeOptions = {},
): EncodedRequest {
  const { id, body: field } = family.request(operation)
  const { protocol, isGeneric, genlName, fields } = family
  const coding = { fields, byteOrder, isBig: byteOrder === 'big', header: new Uint8Array(0) }
  const body = encodeBody(coding, field, plainObject(attributes, 'attributes'))
  if (!isGeneric) return { protocol, type: id, genlName: undefined, body }
  const isController = genlName === CONTROLLER
  return {
    protocol,
    type: isController ? NETLINK_GENERIC : 0,
    genlName: isController ? undefined : genlName,
    body: concat([Uint8Array.of(id, GENL_VERSION, 0, 0), body]),
  }
}

/** The fixed header that the operation has, if any, and its attributes. */
function encodeBody(coding: Coding, field: Field, values: Values): Uint8Array {
  const { fields, isBig } = coding
  const format = fittingFormat(coding, field, values, (one) => encodeBody(coding, one, values))
  if (format) return encodeBody(coding, format, values)
  const { type, arg, arg2 } = field
  // The wrong format may have been tried first.
  coding.header = new Uint8Array(0)
  if (type === TYPE_NEST) return encodeNest(coding, arg, values, '', undefined)
  const [struct, set] = type === TYPE_HEADED ? [arg2, arg] : [arg, 0]
  const header = fields.table(struct)
  const { members, attributes } = givenFields(values, header, fields.set(set), '')
  const given = withFamily(fields, struct, members, new Map([...members, ...attributes]))
  coding.header = encodeStruct(coding, struct, given, '', isBig)
  return joined(coding.header, encodeChain(coding, set, attributes, '', undefined, header))
}
