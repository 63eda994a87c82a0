// Runs the tests on what was built: `tsx test/run.ts` those of this folder, `tsx test/run.ts native` those
// of that one. The live ones have a runner of their own, as they need a network namespace.

import { fileURLToPath } from 'node:url'
import { runUvu } from './support/uvu.ts'

const [folder = '.'] = process.argv.slice(2)
const here = fileURLToPath(new URL(`${folder}/`, import.meta.url))
process.exitCode = await runUvu(here, '^[\\w-]+\\.test\\.ts$')
