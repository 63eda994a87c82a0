// Every address, route, neighbour and rule of a namespace full of them, as `ip -j -d` has it: key by key, whole objects.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ObjectAgreement } from './agree-objects.ts'
import { live } from './harness.ts'

/** Some ten times what it takes on an idle machine. */
const AGREE_MS = 180_000

live('addresses, routes, neighbours and rules are what iproute2 says', async () => {
  const program = fileURLToPath(new URL('agree-objects.ts', import.meta.url))
  const args = ['--net', process.execPath, '--import', 'tsx', program]
  const text = execFileSync('unshare', args, { maxBuffer: 1 << 26, timeout: AGREE_MS }).toString()
  const { refused, compared, differing } = JSON.parse(text) as ObjectAgreement
  console.log([...refused, JSON.stringify(compared)].join('\n'))
  assert.equal(differing, [])
  const sum = (key: 'objects' | 'keys') =>
    Object.values(compared).reduce((sum, each) => sum + each[key], 0)
  assert.ok(sum('objects') > 100, `expected more than 100 objects, got ${sum('objects')}`)
  assert.ok(sum('keys') > 800, `expected more than 800 keys, got ${sum('keys')}`)
  for (const [name, { objects }] of Object.entries(compared)) {
    // MPLS is a module that not every kernel has.
    assert.ok(objects > 0 || name === 'labels', name)
  }
})

test.run()
