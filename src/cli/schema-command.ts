// `netlink-wasm schema`: lists the families of the schema, or writes a schema file with the families that an application needs.
// In: names of families. Out: their names, or a file of schema parts.

import { InvalidArgumentError } from 'commander'
import { CORE_PROTOCOL } from '../../assembly/tree-layout.js'
import { protocolName } from '../base/protocols.js'
import type { Schema } from '../schema/shipped-schema.js'
import { familiesOf, selectFamilies } from '../tree/select-families.js'
import { writeWholeFile } from './whole-file.js'

export async function writeSchema(
  schema: Schema,
  names: string[],
  output: string | undefined,
  print: (line: string) => Promise<void>,
): Promise<void> {
  const known = new Set(familiesOf(schema).map(({ name }) => name))
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`expected the name of a family, got "${unknown}"`)
  if (output !== undefined) return writeWholeFile(output, selectFamilies(schema, names))
  for (const { name, genlName, isGeneric, protocol } of familiesOf(schema)) {
    if (protocol === CORE_PROTOCOL || (names.length > 0 && !names.includes(name))) continue
    await print(`${name.padEnd(18)}${isGeneric ? `generic ${genlName}` : protocolName(protocol)}`)
  }
}
