// Runs the tests on what was built: `tsx test/run.ts` those of this folder and of the folders that are named after
// the rooms of src/, `tsx test/run.ts native` those of that one. The viewer's and the live ones have runners of their own.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runUvu } from './support/uvu.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  const rooms = readdirSync(`${here}../src`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'viewer')
    .map(({ name }) => name)
  process.exitCode = await runUvu(here, `^((${rooms.join('|')})/)?[\\w-]+\\.test\\.ts$`)
} else {
  process.exitCode = await runUvu(`${here}${folder}/`, '^[\\w-]+\\.test\\.ts$')
}
