// `netlink-wasm families` and `netlink-wasm operations`: lists the requests that can be sent, and their attributes.

import { InvalidArgumentError } from 'commander'
import type { WaitOptions } from '../base/deadline.js'
import { printable, safeJson } from '../base/text.js'
import { describeFamily } from '../request/describe-family.js'
import { families } from '../request/families.js'
import { type RequestFamily, requestFamily } from '../request/family-operations.js'
import type { Schema } from '../schema/shipped-schema.js'

export interface ListOptions extends WaitOptions {
  json: boolean
  print: (text: string) => Promise<void>
}

/** Prints a line for each family: its name, its protocol, its groups. */
export async function listFamilies({ json, print, ...limits }: ListOptions): Promise<void> {
  for (const entry of await families(limits)) {
    if (json) {
      await print(safeJson(entry))
      continue
    }
    const { name, protocol, groups, isNamed } = entry
    const note = isNamed ? '' : ' (not in the schema)'
    const line = `${name.padEnd(18)}${protocol.padEnd(11)}${groups.join(' ')}${note}`
    await print(printable(line.trimEnd()))
  }
}

/** Prints a family's operations, then the fields of each header and each set of attributes. */
export async function listOperations(name: string, { json, print }: ListOptions): Promise<void> {
  const { default: schema } = await import('../schema/all.js')
  const { operations, tables } = describeFamily(familyNamed(schema, name))
  if (json) {
    for (const operation of operations) await print(safeJson(operation))
    for (const table of tables) await print(safeJson(table))
    return
  }
  const width = Math.max(...operations.map((one) => one.operation.length)) + 2
  for (const { operation, modes, takes, gives } of operations) {
    const asked = takes.length > 0 ? `takes ${takes.join(', ')}` : ''
    const given = gives.length > 0 ? `gives ${gives.join(', ')}` : ''
    const what = [asked, given].filter(Boolean).join('; ')
    await print(`${operation.padEnd(width)}${modes.join(' ').padEnd(9)}${what}`.trimEnd())
  }
  for (const { table, fields } of tables) {
    await print(`\n${table}`)
    for (const { name: field, type } of fields) await print(`  ${field.padEnd(26)} ${type}`)
  }
}

function familyNamed(schema: Schema, name: string): RequestFamily {
  try {
    return requestFamily(schema, name)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
