// Golden trees: every vector of test/vectors/tree printed as its file says, and tiled exactly.

import { treeLines } from 'netlink-wasm/decoder'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readTreeVectors } from '../vectors/read.ts'
import { treeOf } from '../vectors/tree-of.ts'

const vectors = readTreeVectors()

for (const vector of vectors) {
  test(`${vector.file}: ${vector.title}`, () => {
    assert.equal(treeLines(treeOf(vector)), vector.log)
  })
}

test('has vectors', () => {
  assert.ok(vectors.length >= 15, `${vectors.length}`)
})

test.run()
