// Helpers of the schema's tests: small families from YAML to bytes and back to text.
// In: YAML of a spec and of overlay files. Out: parts, their text, lines of a table; assertions about errors.

import * as assert from 'uvu/assert'
import { compileFamilies } from '../../src/schema/compiler/compile.ts'
import { parseSource } from '../../src/schema/compiler/files.ts'
import { SchemaError } from '../../src/schema/compiler/language.ts'
import { mergeFamilies } from '../../src/schema/compiler/merge.ts'
import { dumpPart } from '../../src/schema/compiler/print-part.ts'

/** The part of a family made of specs and overlay files, as text. */
export function dump(spec: string, ...overlays: string[]): string {
  return dumpPart(compile(spec, ...overlays))
}

export function compile(spec: string, ...overlays: string[]): Uint8Array {
  const sources = [
    parseSource(spec, 'spec.yaml', false),
    ...overlays.map((text, index) => parseSource(text, `overlay-${index}.yaml`, true)),
  ]
  const [part] = compileFamilies(mergeFamilies(sources)).values()
  return part?.bytes ?? new Uint8Array()
}

/** The lines of one table. */
export function table(text: string, kind: string, name: string): string[] {
  const block = text.split('\n\n').find((one) => one.startsWith(`${kind} ${name}`))
  assert.ok(block, `${kind} ${name} in\n${text}`)
  return (block as string).trimEnd().split('\n').slice(1)
}

/** A family with one operation that carries the set `a`; `rest` adds to it. */
export const family = (attributes: string, rest = '') => `
name: one
protocol: netlink-raw
protonum: 77
attribute-sets:
  - name: a
    name-prefix: one-
    attributes:
${attributes.replace(/^/gm, '      ')}
operations:
  list: [{ name: get, value: 16, attribute-set: a }]
${rest}
`

export const fails = (expected: RegExp, spec: string, ...overlays: string[]): void => {
  assert.throws(
    () => compile(spec, ...overlays),
    (error: unknown) => {
      assert.instance(error, SchemaError)
      assert.match((error as Error).message, expected)
      return true
    },
  )
}
