// Selects families of a schema, so that an application ships only what it needs.
// In: schema parts and names. Out: the parts of those families, and the core that every message needs.

import { PART_BYTES } from '../../assembly/schema-layout.js'
import { CORE_PROTOCOL } from '../../assembly/tree-layout.js'
import { outOfRange } from '../base/errors.js'
import { concat } from '../message/builders.js'
import { type Schema, schemaParts } from '../schema/shipped-schema.js'
import { type Family, PartReader } from './part.js'

/** The families of a schema. */
export function familiesOf(schema: Schema): Family[] {
  const bytes = schemaParts(schema)
  return new PartReader(viewOf(bytes), bytes).families(0, bytes.length)
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/**
 * A schema with only the named families, for a `Dissector`.
 *
 * @throws RangeError for a name that the schema does not have
 */
export function selectFamilies(schema: Schema, names: readonly string[]): Uint8Array {
  const families = familiesOf(schema)
  const unknown = names.find((name) => !families.some((family) => family.name === name))
  if (unknown !== undefined) throw outOfRange(`expected the name of a family, got "${unknown}"`)
  const chosen = families.filter(
    ({ name, protocol }) => protocol === CORE_PROTOCOL || names.includes(name),
  )
  const bytes = schemaParts(schema)
  const view = viewOf(bytes)
  const parts = chosen.map(({ part }) =>
    bytes.subarray(part, part + view.getUint32(part + PART_BYTES, true)),
  )
  return concat(parts)
}
