// Compiles specs/ and overlay/ to schema parts: `npm run build:schema`.
// In: nothing but those folders. Out: build/schema/FAMILY.nls, one part each, and of the bundles link,
// rtnetlink and all both the parts (.nls) and what is shipped (.pack): what each adds to the one before. It never writes half of it: the first error ends it before a file is written.

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORE_PROTOCOL } from '../../../assembly/tree-layout.js'
import { readFamilies } from './files.js'
import { type Item, SchemaError } from './language.js'
import type { Family } from './model.js'
import { pack } from './pack.js'
import { resolveFamily } from './resolve.js'
import { layOut } from './write-part.js'

const LINK = 'rt-link'

export interface Part {
  family: Family
  bytes: Uint8Array
}

/** The parts of merged families, by family name: those of a smaller bundle before those of a larger. */
export function compileFamilies(families: Map<string, Item>): Map<string, Part> {
  const parts = new Map<string, Part>()
  for (const [name, item] of families) {
    const family = resolveFamily(item, families)
    // A family without operations is there to be used by others.
    if (family.operations.length === 0) continue
    parts.set(name, { family, bytes: layOut(family) })
  }
  const rank = ({ family }: Part): number =>
    family.protocol === CORE_PROTOCOL ? 0 : family.name === LINK ? 1 : family.protocol === 0 ? 2 : 3
  return new Map([...parts].sort(([, a], [, b]) => rank(a) - rank(b)))
}

/** Parts one behind the other, as the sink takes them. */
export function bundle(parts: Iterable<Pick<Part, 'bytes'>>): Uint8Array {
  const all = [...parts].map(({ bytes }) => bytes)
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const bytes of all) {
    whole.set(bytes, at)
    at += bytes.length
  }
  return whole
}

/** The bundles that the package offers, by name: each begins with the one before it. */
export function bundles(parts: Map<string, Part>): Map<string, Part[]> {
  const core = (part: Part): boolean => part.family.protocol === CORE_PROTOCOL
  const all = [...parts.values()]
  return new Map([
    ['link', all.filter((part) => core(part) || part.family.name === LINK)],
    ['rtnetlink', all.filter((part) => core(part) || part.family.protocol === 0)],
    ['all', all],
  ])
}

/** What each bundle adds to those before it, packed: they are shipped one behind the other. */
export function packed(chosen: Map<string, Part[]>): Map<string, string> {
  const groups = [...chosen.values()].map((parts, index, all) =>
    parts.slice(all[index - 1]?.length ?? 0).map(({ bytes }) => bytes),
  )
  const texts = pack(groups)
  return new Map([...chosen.keys()].map((name, index) => [name, texts[index] as string]))
}

function main(): void {
  const target = fileURLToPath(new URL('../../../build/schema/', import.meta.url))
  const parts = compileFamilies(readFamilies())
  mkdirSync(target, { recursive: true })
  for (const [name, { bytes }] of parts) writeFileSync(`${target}${name}.nls`, bytes)
  for (const [name, chosen] of bundles(parts)) {
    writeFileSync(`${target}${name}.nls`, bundle(chosen))
  }
  for (const [name, text] of packed(bundles(parts))) writeFileSync(`${target}${name}.pack`, text)
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
