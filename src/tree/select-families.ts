// Choosing families of a schema, so that an application ships only what it needs.
// In: schema parts and names. Out: the parts of those families, and the core that every message needs.

import { PART_BYTES } from '../../assembly/schema-layout.js'
import { CORE_PROTOCOL } from '../../assembly/tree-layout.js'
import { outOfRange } from '../base/errors.js'
import { concat } from '../message/builders.js'
import { type Family, PartReader } from './part.js'

/** The families of a schema. */
export function familiesOf(schema: Uint8Array): Family[] {
  const view = new DataView(schema.buffer, schema.byteOffset, schema.byteLength)
  return new PartReader(view, schema).families(0, schema.length)
}

/**
 * The part of a schema that reads the families named, to be given to a `Dissector` as it is.
 *
 * @throws RangeError for a name that the schema does not have.
 */
export function selectFamilies(schema: Uint8Array, names: readonly string[]): Uint8Array {
  const families = familiesOf(schema)
  const unknown = names.find((name) => !families.some((family) => family.name === name))
  if (unknown !== undefined) throw outOfRange(`expected the name of a family, got "${unknown}"`)
  const chosen = families.filter(
    ({ name, protocol }) => protocol === CORE_PROTOCOL || names.includes(name),
  )
  const view = new DataView(schema.buffer, schema.byteOffset, schema.byteLength)
  const parts = chosen.map(({ part }) =>
    schema.subarray(part, part + view.getUint32(part + PART_BYTES, true)),
  )
  return concat(parts)
}
