// What other netlink libraries assert in their own tests, as bytes and values: every one of them must agree.
// test/vectors/peers.ndjson holds a vector a line; `expect` has values by path, numbers or names for enums.

import { readFileSync } from 'node:fs'
import { Dissector, type NodeValue, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface PeerVector {
  source: string
  protocol: number
  hex: string
  families?: Record<string, number>
  expect: Record<string, string | number>
}

const vectors: PeerVector[] = readFileSync(
  new URL('../vectors/peers.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

/** A value as the vectors write it: bytes as "hex:…", a flag as "flag". */
function written(value: NodeValue | undefined): string {
  if (value === true) return 'flag'
  if (value instanceof Uint8Array) return `hex:${Buffer.from(value).toString('hex')}`
  return String(value)
}

function nodesByPath({ protocol, hex, families = {} }: PeerVector): Map<string, TreeNode[]> {
  const dissector = new Dissector({ schema, families })
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
  const nodes = new Map<string, TreeNode[]>()
  for (const node of dissector.dissect(bytes, { protocol, byteOrder: 'little' })) {
    nodes.set(node.path, [...(nodes.get(node.path) ?? []), node])
  }
  return nodes
}

const projects = new Map<string, PeerVector[]>()
for (const vector of vectors) {
  const [project = ''] = /^[\w-]+(\/[\w-]+)?/.exec(vector.source) ?? []
  projects.set(project, [...(projects.get(project) ?? []), vector])
}

let values = 0

for (const [project, some] of projects) {
  test(`${project}: ${some.length} vectors without a difference`, () => {
    for (const vector of some) {
      const nodes = nodesByPath(vector)
      for (const [path, wanted] of Object.entries(vector.expect)) {
        const found = nodes.get(path) ?? []
        const got = found.flatMap((node) => [node.value, node.valueAs({ raw: true })].map(written))
        assert.ok(
          got.includes(String(wanted)),
          `${vector.source}: ${path} is ${wanted}, got ${got.join(', ') || 'nothing'}`,
        )
        values++
      }
    }
  })
}

test('has vectors', () => {
  assert.ok(vectors.length >= 350 && values >= 5000, `${vectors.length} vectors, ${values} values`)
})

test.run()
