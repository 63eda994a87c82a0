// What matches and targets of iptables hold: rules as iptables-nft 1.8.9 makes them and the kernel tells them, against
// the options that they were made of. test/vectors/xtables.ndjson holds a rule a line; `expect` has values by path
// below NFTA_MATCH_INFO or NFTA_TARGET_INFO.

import { readFileSync } from 'node:fs'
import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface RuleVector {
  rule: string
  extension: string
  expect: Record<string, string | number | string[]>
  hex: string
}

const NETFILTER = 12
const vectors: RuleVector[] = readFileSync(
  new URL('../vectors/xtables.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

const dissector = new Dissector({ schema })

function infoOf({ hex, extension }: RuleVector): TreeNode | undefined {
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
  const tree = dissector.dissect(bytes, { protocol: NETFILTER, byteOrder: 'little' })
  return [...tree]
    .filter(({ name }) => name === 'info')
    .find(({ parent }) => parent?.find('name')?.value === extension)
}

for (const vector of vectors) {
  test(vector.rule, () => {
    const info = infoOf(vector)
    assert.ok(info)
    for (let at = info.index; at < info.next; at++) {
      const { status, path } = info.tree.node(at)
      assert.is(status, 'typed', path)
    }
    for (const [path, wanted] of Object.entries(vector.expect)) {
      const value = info.find(path)?.value
      assert.equal(typeof value === 'bigint' ? Number(value) : value, wanted, path)
    }
  })
}

test('has a rule for most extensions', () => {
  assert.ok(new Set(vectors.map(({ extension }) => extension)).size >= 70)
})

test.run()
