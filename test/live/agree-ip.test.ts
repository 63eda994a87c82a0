// The full decoder beside iproute2 and nft, on a namespace full of everything: whatever `ip -j -d`, `bridge -j -d`,
// `tc -j -s` and `nft -j list ruleset` print must be what our own dump of the same says. Figures are printed; a field
// that no table knows fails.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agreement } from './agree.ts'
import { has, live } from './harness.ts'

/** Some ten times what it takes on an idle machine. */
const AGREE_MS = 180_000

/** Runs it in a namespace of its own again: some links that modules bring with them cannot be removed. */
function agree(name: string, atLeast: number): void {
  const program = fileURLToPath(new URL(name, import.meta.url))
  const args = ['--net', process.execPath, '--import', 'tsx', program]
  const text = execFileSync('unshare', args, { maxBuffer: 1 << 26, timeout: AGREE_MS }).toString()
  const { refused, figures, fields, objects, differing, unknown } = JSON.parse(text) as Agreement
  const sum = `${fields} fields of ${objects} objects agree`
  console.log(['', ...refused, ...figures, sum].join('\n'))
  assert.equal({ differing, unknown }, { differing: [], unknown: [] })
  assert.ok(fields >= atLeast, `expected ${atLeast} fields to compare, got ${fields}`)
}

/** The tools besides `ip`, which live tests always need. */
if (has('bridge', '-V') && has('tc', '-V')) {
  live('agrees with iproute2 on every field of every object', async () => {
    agree('agree.ts', 3000)
  })
}
if (has('nft', '--version')) {
  live('agrees with nft on tables, chains, rules, sets and objects', async () => {
    agree('agree-nft.ts', 100)
  })
}

test.run()
