// Values, not only names: every field that tshark knows in the recorded captures says the same in ours.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare } from '../support/agreement.ts'
import { hasTshark, tsharkFields, WRONG_IN_TSHARK } from '../support/tshark.ts'

const folder = fileURLToPath(new URL('../captures/', import.meta.url))
const files = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name))

if (!hasTshark()) {
  if (process.env.CI) throw new Error('expected tshark to be installed (apt-get install tshark)')
  console.log('skipped: no tshark here (apt-get install tshark)')
} else {
  for (const name of files) {
    test(`agrees with tshark on ${name}`, async () => {
      const dissector = new Dissector({ schema })
      const trees = new Map<number, Tree | undefined>()
      for await (const frame of readCapture(readFileSync(folder + name))) {
        trees.set(frame.number, dissector.dissectFrame(frame))
      }
      const { agreed, differing } = compare(tsharkFields(folder + name), (n) => trees.get(n))
      const unexplained = differing.filter(({ field }) => !(field.name in WRONG_IN_TSHARK))
      assert.equal(
        unexplained.map(({ field, path, ours }) => `${path}: ${ours}, tshark ${field.value}`),
        [],
      )
      const sum = [...agreed.values()].reduce((total, count) => total + count, 0)
      console.log(`${name}: ${sum} values of ${agreed.size} fields agree`)
      assert.ok(sum > 1000 && agreed.size > 20, `expected fields to compare, got ${sum}`)
    })
  }
}

test('has captures to compare', () => {
  assert.ok(files.length >= 4)
})

test.run()
