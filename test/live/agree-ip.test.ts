// The full decoder beside iproute2, on a namespace full of everything: whatever `ip -j -d`, `bridge -j -d` and
// `tc -j -s` print must be what our own dump of the same says. Figures are printed; a field that no table knows fails.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agreement } from './agree.ts'
import { has, live } from './harness.ts'

const program = fileURLToPath(new URL('agree.ts', import.meta.url))
/** The tools besides `ip`, which live tests always need. */
const hasTools = ['bridge', 'tc'].map((tool) => has(tool, '-V')).every((there) => there)

if (hasTools) {
  live('agrees with iproute2 on every field of every object', async () => {
    // In a namespace of its own again: some links that modules bring with them cannot be removed.
    const args = ['--net', process.execPath, '--import', 'tsx', program]
    const text = execFileSync('unshare', args, { maxBuffer: 1 << 26, timeout: AGREE_MS }).toString()
    const result = JSON.parse(text) as Agreement
    const { refused, figures, fields, objects, differing, unknown } = result
    console.log(
      ['', ...refused, ...figures, `${fields} fields of ${objects} objects agree`].join('\n'),
    )
    assert.equal({ differing, unknown }, { differing: [], unknown: [] })
    assert.ok(fields > 3000, `expected fields to compare, got ${fields}`)
  })
}

const AGREE_MS = 25_000

test.run()
