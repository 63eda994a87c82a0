// The words of filters: contains, matches, in, networks and the status of a message.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { attribute, newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compileFilter } from '../../src/filter/expression.ts'
import { MessageView } from '../../src/filter/message-view.ts'

const test = suite('words of filters')

/** Whether a filter lets a message through whose names have these values. */
const passes = (filter: string, values: Record<string, unknown[]>) =>
  compileFilter(filter)({ values: ([name = '']) => values[name] ?? [] })

const CASES: [filter: string, value: unknown, isPassed: boolean][] = [
  ['x contains eth', 'veth0', true],
  ['x contains "ETH"', 'veth0', false],
  ['x matches "^VETH[0-9]$"', 'veth0', true],
  ['x =~ "^VETH"', 'veth0', false],
  ['x in {1500, 9000}', 9000, true],
  ['x in {1500, 9000}', 1501, false],
  ['x in { eth0 , "wlan 0" }', 'wlan 0', true],
  ['x in (eth0)', 'eth0', true],
  ['not (x in {up, down})', 'up', false],
  ['x in 10.0.0.0/8', '10.255.0.1', true],
  ['x in 10.0.0.0/8', '11.0.0.1', false],
  ['x == 10.16.0.0/12', '10.31.255.255', true],
  ['x == 10.16.0.0/12', '10.32.0.0', false],
  ['x in {192.0.2.0/24, 10.0.0.1}', '192.0.2.77', true],
  ['x in 0.0.0.0/0', '255.255.255.255', true],
  ['x in 0.0.0.0/0', '::1', false],
  ['x in fe80::/10', 'febf::1', true],
  ['x in fe80::/10', 'fec0::1', false],
  ['x in 2001:db8::/33', '2001:db8:7fff::', true],
  ['x in 2001:db8::/33', '2001:db8:8000::', false],
  ['x != 10.0.0.0/8', '10.1.1.1', false],
  ['x == 10.0.0.0/33', '10.0.0.0', false],
  ['x == 10.0.0.1 and x in {10.0.0.1}', '10.0.0.1', true],
]

for (const [filter, value, isPassed] of CASES) {
  test(`${filter}, of ${value}`, () => {
    assert.is(passes(filter, { x: [value] }), isPassed)
    assert.is(passes(filter, { y: [value] }), filter.includes('!=') || filter.startsWith('not'))
  })
}

test('contains looks at the first 4096 characters', () => {
  assert.ok(passes('x contains y', { x: [`${'x'.repeat(4095)}y`] }))
  assert.not.ok(passes('x contains y', { x: [`${'x'.repeat(4096)}y`] }))
})

test('what is wrong is said where it is', () => {
  for (const [filter, says] of [
    ['x in {1, 2', /at character/],
    ['x in {1, y > 2}', /expected a number, a "text" or a word/],
    ['x == {1, 2}', /expected a number, a "text" or a word, got \{ at character 5/],
    ['x matches "("', /expected a regular expression/],
  ] as const) {
    assert.throws(
      () => compileFilter(filter),
      (error: Error) => says.test(error.message),
      filter,
    )
  }
})

test('status says which messages are malformed, or unknown to the schema', async () => {
  const dissector = new Dissector({ schema })
  const statuses = (bytes: Uint8Array) => {
    const [message] = dissector.dissect(bytes).messages
    assert.ok(message)
    return new MessageView(message, { frame: 1, message: 1 }).values(['status'])
  }
  assert.equal(statuses(newLink({ ifindex: 2, ifname: 'eth0' })), ['typed'])
  const short = newLink({ ifindex: 2, attributes: [attribute(4, Uint8Array.of(1, 2))] })
  assert.equal(statuses(short), ['bad-length', 'malformed'])
  assert.equal(statuses(newLink({ ifindex: 2, attributes: [attribute(0x3f0, 1)] })), ['unknown'])
  const file = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))
  for await (const frame of readCapture(readFileSync(file))) {
    for (const message of dissector.dissectFrame(frame)?.messages ?? []) {
      const values = new MessageView(message, { frame: 1, message: 1 }).values(['status'])
      assert.not(values.includes('malformed'), `frame ${frame.number}: ${values}`)
    }
  }
})

test.run()
