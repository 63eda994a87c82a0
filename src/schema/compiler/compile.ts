// Compiles specs/ and overlay/ to schema parts: `npm run build:schema`.
// In: nothing but those folders. Out: build/schema/FAMILY.nls, one part each, and link.nls, rtnetlink.nls and others.nls,
// the pieces that the package ships. It never writes half of it: the first error ends it before a file is written.

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORE_PROTOCOL } from '../../../assembly/tree-layout.js'
import { concat } from '../../message/builders.js'
import { readFamilies } from './files.js'
import { type Item, SchemaError } from './language.js'
import type { Family } from './model.js'
import { resolveFamily } from './resolve.js'
import { layOut } from './write-part.js'

const LINK = 'rt-link'

export interface Part {
  family: Family
  bytes: Uint8Array
}

/** The parts of merged families, by family name. */
export function compileFamilies(families: Map<string, Item>): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const [name, item] of families) {
    const family = resolveFamily(item, families)
    // A family without operations is there to be used by others.
    if (family.operations.length === 0) continue
    parts.set(name, { family, bytes: layOut(family) })
  }
  return parts
}

/** The pieces that are shipped, by name: each family is in one of them. */
export function pieces(parts: Map<string, Part>): Map<string, Part[]> {
  const pieceOf = ({ family: { name, protocol } }: Part): string => {
    if (protocol === CORE_PROTOCOL || name === LINK) return 'link'
    return protocol === 0 ? 'rtnetlink' : 'others'
  }
  const found = new Map<string, Part[]>()
  for (const part of parts.values()) {
    const name = pieceOf(part)
    found.set(name, [...(found.get(name) ?? []), part])
  }
  return found
}

function main(): void {
  const target = fileURLToPath(new URL('../../../build/schema/', import.meta.url))
  const parts = compileFamilies(readFamilies())
  mkdirSync(target, { recursive: true })
  for (const [name, { bytes }] of parts) writeFileSync(`${target}${name}.nls`, bytes)
  for (const [name, some] of pieces(parts)) {
    writeFileSync(`${target}${name}.nls`, concat(some.map(({ bytes }) => bytes)))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
