// The goals of the full decoder, on the recorded captures: how much is named and typed. test/COVERAGE.md has the
// figures by family, `npm run coverage` prints them.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { coverageOf, ROUTE_FAMILIES } from '../support/coverage.ts'

const folder = fileURLToPath(new URL('../captures/', import.meta.url))
const files = readdirSync(folder)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => folder + name)
const covering = coverageOf(files)

test('99 % of attributes and 95 % of distinct paths are typed', async () => {
  const { attributes, paths } = (await covering).total
  assert.ok(attributes.all > 50_000 && paths.all > 1500, 'expected captures to look into')
  assert.ok(
    attributes.typed >= 0.99 * attributes.all,
    `got ${attributes.typed} of ${attributes.all}`,
  )
  assert.ok(paths.typed >= 0.95 * paths.all, `got ${paths.typed} of ${paths.all}`)
  console.log(`${attributes.typed} of ${attributes.all} attributes are typed`)
  console.log(`${paths.typed} of ${paths.all} distinct paths are typed`)
})

test("what rtnetlink's specs define is typed wherever it stands", async () => {
  const coverage = await covering
  for (const family of ROUTE_FAMILIES) {
    const share = coverage.specified.get(family)
    assert.ok(share && share.all > 0, `expected attributes of ${family}`)
    assert.is(share?.typed, share?.all, `${family}\n${coverage.untyped.join('\n')}`)
  }
})

test.run()
