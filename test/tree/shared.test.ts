// Trees of messages of one shape share a node table: each still says what its own bytes say, however many shapes
// and trees there are, and whatever has been forgotten in between.

import { Dissector, type Tree } from 'netlink-wasm/decoder'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NODE_BYTES } from '../../assembly/tree-layout.ts'
import { corpus } from '../bench/support.ts'

const IFLA_IFALIAS = 20

const bytesOf = ({ table }: Tree): Buffer =>
  Buffer.from(table.buffer, table.byteOffset, table.byteLength)

test('a recording, tree by tree as a dissector of its own has it', async () => {
  const frames = [...(await corpus('mixed')), ...(await corpus('link'))]
  const dissector = new Dissector({ schema: rtnetlink })
  const trees = frames.map((frame) => dissector.dissect(frame))
  for (let n = 0; n < frames.length; n += 23) {
    const tree = trees[n] as Tree
    const alone = new Dissector({ schema: rtnetlink }).dissect(frames[n] as Uint8Array)
    assert.is(tree.size, alone.size)
    assert.is(tree.table.byteLength, alone.size * NODE_BYTES)
    assert.is(Buffer.compare(bytesOf(tree), bytesOf(alone)), 0, `frame ${n}`)
    assert.equal(tree.root.toJSON(), alone.root.toJSON())
  }
  const tables = new Set(trees.map(({ table }) => table))
  assert.ok(tables.size < trees.length / 4, `${tables.size} tables for ${trees.length} trees`)
})

test('values differ where tables do not', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const trees = ['eth0', 'eth1', 'eth2', 'eth3'].map((ifname, n) =>
    dissector.dissect(newLink({ ifname, ifindex: n + 1 })),
  )
  assert.is(trees[3]?.table, trees[2]?.table)
  const names = trees.map((tree) => tree.messages[0]?.find('ifname')?.value)
  assert.equal(names, ['eth0', 'eth1', 'eth2', 'eth3'])
})

test('more shapes than are kept', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const frame = (n: number) =>
    newLink({
      ifname: 'x'.repeat(1 + (n % 30)),
      attributes: [[IFLA_IFALIAS, 'y'.repeat(1 + Math.floor(n / 30))]],
    })
  const shapes = Array.from({ length: 900 }, (_, n) => frame(n))
  const first = shapes.map((shape) => [0, 1, 2].map(() => dissector.dissect(shape)) as Tree[])
  for (const [n, [walked, found, same]] of first.entries()) {
    assert.is(found?.table, same?.table, `shape ${n}`)
    assert.is(Buffer.compare(bytesOf(walked as Tree), bytesOf(found as Tree)), 0, `shape ${n}`)
  }
  assert.is(new Set(first.map(([, found]) => found?.table)).size, 900)
  for (const [n, shape] of shapes.entries()) {
    const again = dissector.dissect(shape)
    assert.is(Buffer.compare(bytesOf(again), bytesOf(first[n]?.[0] as Tree)), 0, `shape ${n}`)
  }
})

test.run()
