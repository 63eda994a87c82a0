// The end of `npm run build:types`: removes the declarations that no entry leads to, as tsc writes one for every file, and
// says where those of the families are, as not every resolution knows `#families`.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { parseSync } from 'rolldown/utils'

const TYPES = 'build/types'

/** The declarations that a declaration imports, or exports again. */
function importsOf(file) {
  const { module } = parseSync(file, readFileSync(file, 'utf8'))
  const exported = module.staticExports.flatMap(({ entries }) => entries)
  return [...module.staticImports, ...exported]
    .map(({ moduleRequest }) => moduleRequest?.value)
    .filter((name) => name?.startsWith('.'))
    .map((name) => join(dirname(file), name.replace(/\.js$/, '.d.ts')))
}

const { exports, imports } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = [exports, imports].flatMap((map) =>
  Object.values(map).flatMap(({ types }) => types ?? []),
)

// A set is walked while it grows.
const reached = new Set(entries.map(normalize))
for (const file of reached) for (const next of importsOf(file)) reached.add(next)

for (const name of readdirSync(TYPES, { recursive: true })) {
  const file = join(TYPES, name)
  // The index of the families imports them by types alone.
  if (name.startsWith('families/')) continue
  if (!file.endsWith('.d.ts')) continue
  const text = readFileSync(file, 'utf8')
  const families = relative(dirname(file), `${TYPES}/families/index.js`)
  if (!reached.has(file)) rmSync(file)
  else if (text.includes(`'#families'`)) {
    writeFileSync(file, text.replaceAll(`'#families'`, `'${families}'`))
  }
}
