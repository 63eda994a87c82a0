// Schemas: the form in which they are published, and the parts that the WebAssembly module reads.

import { bytesOfBase64 } from '../base/base64.js'
import { invalidType } from '../base/errors.js'
import { concat } from '../message/builders.js'

/** What `netlink-wasm/schema/*` export: a schema as text. Plain data, which can be sent to a worker. */
export interface ShippedSchema {
  /** Base64 of the parts, in pieces. */
  readonly base64: readonly string[]
}

/**
 * A schema: an export of `netlink-wasm/schema/*`, or the bytes of `selectFamilies()` or
 * `netlink-wasm schema --output`.
 */
export type Schema = Uint8Array | ShippedSchema

const decoded = new WeakMap<ShippedSchema, Uint8Array>()

/** The parts of a schema, one behind the other; a shipped one is decoded once, when it is first used. */
export function schemaParts(schema: Schema): Uint8Array {
  if (schema instanceof Uint8Array) return schema
  if (!Array.isArray(schema?.base64)) {
    throw invalidType('expected a schema to be a Uint8Array, or what netlink-wasm/schema/* export')
  }
  const parts = decoded.get(schema) ?? concat(schema.base64.map(bytesOfBase64))
  decoded.set(schema, parts)
  return parts
}

/** The parts of each of several schemas, or of one. */
export function allParts(schema: Schema | readonly Schema[]): Uint8Array[] {
  return (Array.isArray(schema) ? schema : [schema as Schema]).map(schemaParts)
}
