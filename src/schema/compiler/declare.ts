// Declares all families for TypeScript, a file a family: the first part of `npm run build:types`.
// In: specs/ and overlay/. Out: build/types/families/FAMILY.d.ts, the forms of values, and index.d.ts with all families.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CORE_PROTOCOL } from '../../../assembly/tree-layout.js'
import { compileFamilies } from './compile.js'
import { declareFamily } from './declare-family.js'
import { readFamilyFiles } from './files.js'

const target = fileURLToPath(new URL('../../../build/types/families/', import.meta.url))
const forms = fileURLToPath(new URL('forms.d.ts', import.meta.url))

mkdirSync(target, { recursive: true })
copyFileSync(forms, `${target}forms.d.ts`)
const names: string[] = []
for (const [name, { family }] of compileFamilies(readFamilyFiles())) {
  if (family.protocol === CORE_PROTOCOL) continue
  names.push(name)
  writeFileSync(`${target}${name}.d.ts`, declareFamily(family))
}
const rows = names.sort().map((name) => `  '${name}': import('./${name}.js').Family\n`)
const index = `// All families by name, for TypeScript. Made from the schema by \`npm run build:types\`.

export type { Call, Give, Take } from './forms.js'

export interface Families {
${rows.join('')}}
`
writeFileSync(`${target}index.d.ts`, index)
