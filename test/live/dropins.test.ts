// The recipes of test/dropins give what the packages give whose place they take. In a namespace of its own, as /sys has to be
// that of the namespace, too.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Row } from '../dropins/cases.ts'
import { live } from './harness.ts'

const folder = fileURLToPath(new URL('../dropins/', import.meta.url))
const DEADLINE_MS = 300_000

if (existsSync(`${folder}packages/node_modules`)) {
  live('each recipe gives what its package gives', DEADLINE_MS, async () => {
    const args = ['--import', 'tsx', `${folder}main.ts`, '--json']
    const ran = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: DEADLINE_MS })
    assert.is(ran.status, 0, ran.stderr)
    const rows: Row[] = JSON.parse(ran.stdout)
    assert.equal(
      rows.filter(({ isEqual }) => !isEqual),
      [],
    )
    assert.ok(rows.length > 30, `${rows.length}`)
    assert.is(new Set(rows.map((row) => row.package)).size, 6)
  })
} else if (process.env.CI) {
  throw new Error(`expected the packages: npm ci --ignore-scripts --prefix ${folder}packages`)
}

test.run()
