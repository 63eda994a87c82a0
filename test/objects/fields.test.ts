// What is generated from the table of fields is what it says, and what a plan may not be is refused.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { constantCase, planOf } from '../../src/objects/compiler/record-plan.ts'
import { FIELD_TABLE, type FieldLine, type ObjectType } from '../../src/objects/fields.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const plans = FIELD_TABLE.map(planOf)

test('the tracked files are what the table says', () => {
  const script = 'src/objects/compiler/make-fields.ts'
  const { status, stderr } = spawnSync('npx', ['tsx', script, '--check'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.is(status, 0, stderr)
})

test('no two fields of an object share a byte or a bit, and all lie inside', () => {
  for (const { object, fields, members, bytes } of plans) {
    const used = new Map<number, string>()
    for (const { name, offset, size } of [...members, ...fields]) {
      for (let at = offset; at < offset + (size || 8); at++) {
        assert.is(used.get(at), undefined, `${object.name}: ${name} and ${used.get(at)}`)
        assert.ok(at < bytes, `${object.name}: ${name}`)
        // Where `present` is.
        assert.ok(at < 64 || at >= 72, `${object.name}: ${name}`)
        used.set(at, name)
      }
    }
    assert.is(new Set(fields.map(({ bit }) => bit)).size, fields.length)
    assert.is(bytes % 16, 0, 'records are cleared 16 bytes at a time')
  }
})

test('a name, a number and a constant stand for one field of their object', () => {
  for (const { name, attributes, members } of FIELD_TABLE) {
    for (const key of ['constant', 'number', 'name'] as const) {
      const all = attributes.map((line) => line[key])
      assert.is(new Set(all).size, all.length, `${name}: ${key}`)
    }
    const names = new Set(attributes.map((line) => line.name))
    for (const member of members) assert.not(names.has(member.name), `${name}: ${member.name}`)
    assert.ok(attributes.every((line) => /^[A-Z]/.test(constantCase(line.name).replace('_', ''))))
  }
})

test('attribute types of 64 and more have fields too', () => {
  const line: FieldLine = {
    constant: 'IFLA_HEADROOM',
    number: 68,
    form: 'u16',
    name: 'headroom',
    as: 'own',
  }
  const [link] = FIELD_TABLE as [ObjectType]
  const plan = planOf({ ...link, attributes: [...link.attributes, line] }, 0)
  const field = plan.fields.find(({ name }) => name === 'headroom')
  assert.is(field?.number, 68)
  assert.ok((field?.bit ?? 64) < 64)
})

test('a record that is too large, and a third text, are refused', () => {
  const [link] = FIELD_TABLE as [ObjectType]
  const more = (form: FieldLine['form'], count: number): ObjectType => ({
    ...link,
    attributes: [
      ...link.attributes,
      ...Array.from(
        { length: count },
        (_, n): FieldLine => ({
          constant: `IFLA_X${n}`,
          number: 100 + n,
          form,
          name: `x${n}`,
          as: 'own',
        }),
      ),
    ],
  })
  assert.throws(() => planOf(more('u32', 40), 0), /room for IFLA_X\d+|record of at most/)
  assert.throws(() => planOf(more('bytes', 8), 0), /at most 11 spans/)
  assert.throws(() => planOf(more('text', 1), 0), /at most two texts/)
  assert.throws(() => planOf(more('u8', 64), 0), /at most 64 fields/)
})

test.run()
