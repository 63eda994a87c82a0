// Tries one attack of attacks.ts in the network namespace that it is started in, and prints what came of it.
// usage: unshare --net tsx attack.ts NAME [NUMBER …]

import * as attacks from './attacks.ts'
import { undo } from './harness.ts'

const [name = '', ...numbers] = process.argv.slice(2)
const attack = new Map<string, (...args: number[]) => Promise<string>>(Object.entries(attacks)).get(
  name,
)
if (!attack) throw new Error(`expected the name of an attack, got "${name}"`)
try {
  console.log(await attack(...numbers.map(Number)))
} finally {
  await undo()
}
