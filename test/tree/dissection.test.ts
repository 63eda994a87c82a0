// Frames as viewers take them, held against the tree and its printer; and the vocabulary of schemas.

import { createReadStream } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import {
  type Dissection,
  type DissectionNode,
  Dissector,
  dissection,
  NLM_F_REQUEST,
  nodeLabel,
  schemaVocabulary,
  treeLines,
} from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import link from 'netlink-wasm/schema/link'
import { errorMessage, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { protocolName } from '../../src/tree/node-names.ts'
import { readTreeVectors } from '../vectors/read.ts'
import { treeOf } from '../vectors/tree-of.ts'

function lines({ root }: Dissection): string[] {
  const found: string[] = []
  const add = (node: DissectionNode, depth: number) => {
    const offset = node.start.toString(16).padStart(4, '0')
    found.push(`${offset}  ${'  '.repeat(depth)}${node.label}`)
    for (const child of node.children) add(child, depth + 1)
  }
  add(root, 0)
  return found
}

test('has the labels of the golden trees', () => {
  const vectors = readTreeVectors()
  assert.ok(vectors.length >= 10)
  for (const vector of vectors) {
    if (vector.bytes.length > 0xffff) continue
    assert.equal(lines(dissection(treeOf(vector))), vector.log, vector.title)
  }
})

test('finds the node of every byte of real frames', async () => {
  const dissector = new Dissector({ schema: all })
  const file = new URL('../captures/rtnetlink.pcap', import.meta.url)
  for await (const frame of readCapture(createReadStream(file))) {
    const tree = dissector.dissectFrame(frame)
    if (!tree) continue
    const made = dissection(tree)
    assert.equal(lines(made), treeLines(tree))
    made.nodes.forEach((node, index) => {
      assert.is(node.index, index)
    })
    for (let offset = 0; offset < tree.bytes.length; offset++) {
      const node = made.nodes[made.nodeAt(offset)] as DissectionNode
      assert.ok(offset >= node.start && offset < node.start + node.length)
      const leaf = tree.leafAt(offset)
      const isHeader = leaf?.kind === 'header' && leaf.name === 'nlattr'
      assert.is(node.label, nodeLabel((isHeader ? leaf.parent : leaf) as NonNullable<typeof leaf>))
    }
    assert.is(made.nodeAt(-1), -1)
    assert.is(made.nodeAt(tree.bytes.length), -1)
  }
})

test('has columns, fields and conversations', () => {
  const dissector = new Dissector({ schema: link })
  const fields = { ifindex: 7, operstate: 6, linkFlags: 1 }
  const event = dissection(dissector.dissect(newLink({ ...fields, ifname: 'eth0' })))
  assert.equal(event.messages[0]?.columns, {
    protocol: 'rt-link',
    info: 'newlink operstate=up ifi-flags=up ifi-type=ether',
    interface: 'eth0',
  })
  assert.is(event.messages[0]?.conversation, undefined)
  const name = event.nodes.find(({ label }) => label === 'ifname eth0')
  assert.equal([name?.field, name?.value, name?.start, name?.length], ['ifname', 'eth0', 32, 12])
  const member = event.nodes.find(({ label }) => label === 'ifi-index 7')
  assert.is(member?.field, 'ifinfomsg.ifi-index')

  const names = new Map([[7, 'lan']])
  const request = newLink({ ...fields, flags: NLM_F_REQUEST, seq: 9 })
  const asked = dissection(dissector.dissect(request), (ifindex) => names.get(ifindex))
  assert.is(asked.messages[0]?.columns.interface, 'lan')
  const unnamed = dissection(dissector.dissect(request))
  assert.is(unnamed.messages[0]?.columns.interface, 'if7')
  const refused = dissection(
    dissector.dissect(errorMessage({ errno: -22, seq: 9, pid: 3 }, request)),
  )
  assert.is(refused.messages[0]?.conversation, asked.messages[0]?.conversation)
  assert.is(refused.messages[0]?.columns.info, 'error error=-22 request rt-link newlink')
})

test('knows the words of a schema', () => {
  const words = schemaVocabulary(link)
  assert.equal(words.families, ['rt-link'])
  assert.ok(words.operations.includes('newlink'))
  assert.ok(words.attributes.includes('ifname') && words.attributes.includes('ifi-flags'))
  assert.ok(words.cNames.includes('RTM_NEWLINK') && words.cNames.includes('IFLA_MTU'))
  assert.ok(words.values.operstate?.includes('lowerlayerdown'))
  const every = schemaVocabulary([link, all])
  assert.ok(every.families.includes('nftables'))
  assert.ok(every.attributes.length > words.attributes.length)
})

test('a protocol is called the same with a schema at hand and without', () => {
  const dissector = new Dissector({ schema: link })
  const unknown = newLink({})
  new DataView(unknown.buffer).setUint16(4, 999, true)
  for (let protocol = 1; protocol < 40; protocol++) {
    const [message] = dissector.dissect(unknown, { protocol }).messages
    if (message) assert.is(message.family, `netlink-${protocolName(protocol)}`)
    else assert.is(protocolName(protocol), 'kobject-uevent')
  }
})

test.run()
