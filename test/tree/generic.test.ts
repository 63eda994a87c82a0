// Generic netlink families, decoded: messages of a kernel against what the tools printed of the same bytes.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Dissector, type Tree } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const NETLINK_GENERIC = 16

interface Recorded {
  family: string
  id: number
  command: string
  says: [path: string, value: unknown][]
  bytes: Uint8Array
}

function recorded(block: string): Recorded {
  const [head = '', ...lines] = block.trimEnd().split('\n')
  const [, family = '', id = '', command = ''] = /^(\w+)=(\d+) (.+)$/.exec(head) ?? []
  const says = lines
    .filter((line) => line.startsWith('  > '))
    .map((line): [string, unknown] => {
      const [path = '', value = ''] = line.slice(4).split(' = ')
      return [path, JSON.parse(value)]
    })
  const hex = lines.filter((line) => !line.startsWith('  > ')).map((line) => line.trim())
  const bytes = new Uint8Array(Buffer.from(hex.join(''), 'hex'))
  return { family, id: Number(id), command, says, bytes }
}

const text = readFileSync(fileURLToPath(new URL('../vectors/generic.txt', import.meta.url)), 'utf8')
const all = text.split(/\n\n/).slice(1).map(recorded)

/** Values by path, without the family and the operation. */
function valuesOf(tree: Tree): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const node of tree) {
    const path = node.path.split('/').slice(2).join('/')
    if (node.value !== undefined) values.set(path, node.toJSON())
  }
  return values
}

test('every message of the file is there', () => {
  assert.ok(all.length > 30)
  for (const { bytes, says, family } of all) assert.ok(bytes.length > 20 && says.length > 0, family)
})

for (const { family, id, command, says, bytes } of all) {
  test(`decodes ${command}`, () => {
    const dissector = new Dissector({ schema, families: { [family]: id } })
    const tree = dissector.dissect(bytes, { byteOrder: 'little', protocol: NETLINK_GENERIC })
    const values = valuesOf(tree)
    for (const [path, value] of says) assert.equal(values.get(path), value, path)
    const untyped = [...tree].filter(({ status }) => status !== 'typed')
    assert.equal(
      untyped.map((node) => `${node.path}: ${node.status}`),
      [],
    )
  })
}

test.run()
