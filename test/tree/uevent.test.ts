// Uevents: texts KEY=VALUE without an nlmsghdr, from the kernel and from udev.

import { Dissector, dissection, errorReport, messageHeader, treeLines } from 'netlink-wasm/decoder'
import all from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const UEVENT = 15

function treeOf(text: string, byteOrder: 'little' | 'big' = 'little') {
  const bytes = new TextEncoder().encode(text)
  return new Dissector({ schema: all }).dissect(bytes, { protocol: UEVENT, byteOrder })
}

const ADD = 'add@/devices/virtual/net/eth7\0ACTION=add\0INTERFACE=eth7\0IFINDEX=7\0SEQNUM=4321\0'

test('name each key of what the kernel says', () => {
  const [message] = treeOf(ADD).messages
  assert.equal(message?.toJSON(), {
    family: 'uevent',
    operation: 'event',
    body: {
      text: 'add@/devices/virtual/net/eth7',
      ACTION: 'add',
      INTERFACE: 'eth7',
      IFINDEX: '7',
      SEQNUM: '4321',
    },
  })
  assert.is(message?.find('SEQNUM')?.path, 'uevent/event/SEQNUM')
})

test('have no sequence number, as they have no nlmsghdr', () => {
  const tree = treeOf(ADD)
  const [message] = tree.messages
  assert.ok(message)
  assert.is(messageHeader(message), undefined)
  assert.is(errorReport(message), undefined)
  const [told] = dissection(tree).messages
  assert.is(told?.conversation, undefined)
  assert.is(told?.columns.interface, 'eth7')
})

for (const byteOrder of ['little', 'big'] as const) {
  test(`have udev's header in front, ${byteOrder}-endian`, () => {
    const header = new Uint8Array(40)
    header.set(new TextEncoder().encode('libudev'))
    const view = new DataView(header.buffer)
    const isLittle = byteOrder === 'little'
    view.setUint32(8, 0xfeedcafe)
    view.setUint32(12, 40, isLittle)
    view.setUint32(16, 40, isLittle)
    view.setUint32(20, 26, isLittle)
    view.setUint32(24, 0x01020304)
    const texts = new TextEncoder().encode('ACTION=add\0SUBSYSTEM=net\0')
    const bytes = new Uint8Array([...header, ...texts])
    const tree = new Dissector({ schema: all }).dissect(bytes, { protocol: UEVENT, byteOrder })
    const [message] = tree.messages
    assert.ok(message)
    assert.is(message.find('udev-header/magic')?.value, 0xfeedcafe)
    assert.is(message.find('udev-header/properties-off')?.value, 40)
    assert.is(message.find('udev-header/filter-subsystem-hash')?.value, 0x01020304)
    assert.is(message.find('SUBSYSTEM')?.value, 'net')
    assert.is(errorReport(message), undefined)
  })
}

test('keep what is no KEY=VALUE as text', () => {
  const lines = treeLines(
    treeOf('=a\0a/b=c\0__proto__=x\0KEY=a=b\0\0KEY=again\0KEY=thrice\0unended'),
  )
  assert.equal(lines.slice(2), [
    '0000      text "=a"',
    '0003      text "a/b=c"',
    '0009      text "__proto__=x"',
    '0015      KEY "a=b"',
    '001d      text ""',
    '001e      KEY again',
    '0028      KEY thrice',
    '0033      text unended',
  ])
})

test('lose nothing where a key comes again', () => {
  const [message] = treeOf('KEY=a\0KEY=b\0KEY=c\0').messages
  assert.ok(message)
  const { body } = message.toJSON() as { body: Record<string, string> }
  assert.equal(Object.values(body), ['a', 'b', 'c'])
})

test.run()
