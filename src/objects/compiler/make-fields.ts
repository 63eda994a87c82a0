// `npm run build:fields`: generates files from the table of fields. They are tracked.
// With `--check` it writes nothing, and fails if one of them is not up to date.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { FIELD_TABLE } from '../fields.js'
import { planOf } from './record-plan.js'
import { constantsText, layoutText, tablesText } from './write-layout.js'
import { namesText } from './write-names.js'
import { recordText } from './write-records.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')

/** The text as the project's formatter prints it. */
function formatted(path: string, text: string): string {
  const args = [biome, 'check', '--write', `--stdin-file-path=${path}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`expected biome to format ${path}, got ${stderr}`)
  return stdout
}

const plans = FIELD_TABLE.map(planOf)
const files: Record<string, string> = {
  'assembly/record-layout.ts': layoutText(plans),
  'assembly/record-tables.ts': tablesText(plans),
  'src/base/attribute-constants.ts': constantsText(plans),
  'src/objects/named-fields.ts': namesText(FIELD_TABLE),
  ...Object.fromEntries(
    plans.map((plan) => [`src/message/${plan.object.name}-record.ts`, recordText(plan)]),
  ),
}

const stale: string[] = []
for (const [path, text] of Object.entries(files)) {
  const wanted = formatted(path, text)
  const file = root + path
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue
  stale.push(path)
  if (!process.argv.includes('--check')) writeFileSync(file, wanted)
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`expected what src/objects/fields.ts says, got other text in ${stale.join(', ')}`)
  process.exitCode = 1
} else {
  console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'nothing to write')
}
