// Reads the schema's sources: every file of specs/, then every file of overlay/, each in order of its name.
// In: the two folders. Out: families, merged. It never writes.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { type Item, SchemaError } from './language.js'
import { mergeFamilies, type SpecSource } from './merge.js'

const SPECS = fileURLToPath(new URL('specs/', import.meta.url))
const OVERLAY = fileURLToPath(new URL('overlay/', import.meta.url))

/** Parses one file. Throws a SchemaError with line and column where it is no YAML. */
export function parseSource(text: string, file: string, overlay: boolean): SpecSource {
  const document = parseDocument(text, { intAsBigInt: true })
  const [error] = document.errors
  if (error !== undefined) {
    throw new SchemaError(
      `${file}: ${error.linePos?.[0].line}: expected YAML, got ${error.message}`,
    )
  }
  return { file, parsed: document.toJS({ reviver: narrow }), overlay }
}

/** Integers are numbers, but for those of 64 bits that a number cannot hold. */
function narrow(_key: unknown, value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function readFolder(folder: string, label: string, overlay: boolean): SpecSource[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => parseSource(readFileSync(join(folder, name), 'utf8'), label + name, overlay))
}

/** All families by name. `specsOnly` leaves the overlay out. */
export function readFamilyFiles(specsOnly = false): Map<string, Item> {
  const specs = readFolder(SPECS, 'specs/', false)
  return mergeFamilies(specsOnly ? specs : [...specs, ...readFolder(OVERLAY, 'overlay/', true)])
}
