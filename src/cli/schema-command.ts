// `netlink-wasm schema`: which families there are, and a file with those that an application needs.
// In: names of families. Out: their names, or a file of schema parts.

import { writeFile } from 'node:fs/promises'
import { CORE_PROTOCOL } from '../../assembly/tree-layout.js'
import type { Schema } from '../schema/shipped-schema.js'
import { protocolName } from '../tree/node-names.js'
import { familiesOf, selectFamilies } from '../tree/select-families.js'
import { UsageError } from './usage.js'

export async function writeSchema(
  schema: Schema,
  names: string[],
  output: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  const known = new Set(familiesOf(schema).map(({ name }) => name))
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined) throw new UsageError(`expected the name of a family, got "${unknown}"`)
  if (output !== undefined) return writeFile(output, selectFamilies(schema, names))
  for (const { name, genlName, isGeneric, protocol } of familiesOf(schema)) {
    if (protocol === CORE_PROTOCOL || (names.length > 0 && !names.includes(name))) continue
    print(`${name.padEnd(18)}${isGeneric ? `generic ${genlName}` : protocolName(protocol)}`)
  }
}
