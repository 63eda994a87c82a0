// Objects of messages that share a layout: the quick reader makes what json.ts makes, of every message there is and of
// damaged ones, and no two objects share what can be changed.

import { Dissector, type TreeNode } from 'netlink-wasm/decoder'
import rtnetlink from 'netlink-wasm/schema/rtnetlink'
import { concat, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBody } from '../../src/tree/body-reader.ts'
import { bodyJson } from '../../src/tree/json.ts'
import { capturedMessages } from '../support/captured-messages.ts'
import { mutator } from '../support/mutate.ts'
import { random } from '../support/random.ts'

const NETLINK_ROUTE = 0
/** Behind the nlmsghdr, family, type and index. */
const IFI_FLAGS = 24

/** What both readers make of a message, as text: JSON keeps the order of members, as people see it. */
function assertSame(message: TreeNode, where: string): void {
  assert.is(JSON.stringify(readBody(message)), JSON.stringify(bodyJson(message)), where)
}

test('every captured message, again and again, and with a few bytes changed', async () => {
  const { scratch } = mutator(random(1), [])
  let known = 0
  let count = 0
  for await (const { node, where, dissector } of capturedMessages()) {
    const { protocol, byteOrder } = node.tree
    const bytes = node.tree.bytes.slice(node.start, node.end)
    for (let turn = 0; turn < 5; turn++) {
      const changed = bytes.slice()
      // Behind the nlmsghdr, where both the layout and the values may change.
      if (turn > 2) scratch(changed, 16, changed.length - 16, 4)
      const [message] = dissector.dissect(changed, { protocol, byteOrder }).messages
      if (!message) continue
      count++
      assertSame(message, where)
      if (message.tree.layout.readBody) known++
    }
  }
  assert.ok(count > 10_000, `${count} messages`)
  assert.ok(known > count / 3, `of ${count} messages, ${known} by a layout`)
})

test('values of every size, in both byte orders', () => {
  for (const byteOrder of ['little', 'big'] as const) {
    const dissector = new Dissector({ schema: rtnetlink })
    let known = 0
    const bytesOf = (index: number, fill: number) => {
      const bytes = newLink({
        ...{ ifname: `eth${index}`, ifindex: index, operstate: index, byteOrder },
        attributes: [
          [4, Uint8Array.of(fill, 1, 2, 3)], // mtu
          [23, new Uint8Array(200).fill(fill)], // stats64
          [47, Uint8Array.of(fill)], // carrier-up-count is longer
        ],
      })
      bytes[IFI_FLAGS + (fill & 3)] = fill
      return bytes
    }
    for (let n = 0; n < 300; n++) {
      const [message] = dissector.dissect(bytesOf(n % 7, n & 0xff), { byteOrder }).messages
      assertSame(message as TreeNode, `${byteOrder} ${n}`)
      if (message?.tree.layout.readBody) known++
    }
    assert.is(known, 298)
  }
})

test('objects share nothing that can be changed', () => {
  const dissector = new Dissector({ schema: rtnetlink })
  const bytes = newLink({ ifname: 'eth0' })
  bytes[IFI_FLAGS] = 0x43
  const read = () => readBody(dissector.dissect(bytes).messages[0] as TreeNode)
  const whole = JSON.stringify(read())
  for (let n = 0; n < 4; n++) {
    const body = read()
    assert.is(JSON.stringify(body), whole)
    ;(body['ifi-flags'] as string[]).length = 0
    body.ifname = 'changed'
  }
})

type Pair = [Dissector, Dissector]

/** As a dissector reads the datagram as a whole. */
function whole(dissector: Dissector, datagram: Uint8Array, isCut: boolean): string[] {
  const { root } = dissector.dissect(datagram, { protocol: NETLINK_ROUTE, isCut })
  return Array.from(
    root.children,
    (child) => `${child.kind} ${child.status} ${JSON.stringify(child)}`,
  )
}

test('the messages of a datagram, each by itself, are those of the datagram as a whole', () => {
  const links = ['lo', 'eth0', 'eth1', 'a-longer-name'].map((ifname) => newLink({ ifname }))
  const all = concat(links)
  const changes = mutator(random(2), links)
  const [dissector, other] = [1, 2].map(() => new Dissector({ schema: rtnetlink })) as Pair
  const check = (datagram: Uint8Array, isCut: boolean, where: string) => {
    const nodes = dissector.nodesOf(datagram, NETLINK_ROUTE, isCut)
    const said = nodes.map((node) => `${node.kind} ${node.status} ${JSON.stringify(node)}`)
    assert.equal(said, whole(other, datagram, isCut), where)
  }
  for (let end = 0; end <= all.length; end++) {
    check(all.subarray(0, end), false, `the first ${end} bytes`)
    check(all.subarray(0, end), true, `the first ${end} bytes, cut`)
  }
  for (let n = 0; n < 1000; n++) check(changes.mutate(all), false, `mutation ${n}`)
})

test.run()
