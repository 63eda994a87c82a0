// Of every attribute that the kernel's rtnetlink specs define, the compiled schema says what its value is.
// In: the specs, and the parts made of them. Out: a list of exceptions, each with a reason, that must be complete.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { dumpPart } from '../../src/schema/compiler/print-part.ts'

const FAMILIES = ['rt-link', 'rt-addr', 'rt-route', 'rt-neigh', 'rt-rule']

/** What the headers give a number, and nothing else. */
const EXCEPTIONS: Record<string, string> = {
  'ifla6-attrs/mcast': 'linux/if_link.h asks itself what it is for, and no kernel sends it',
  'route-attrs/protoinfo': 'linux/rtnetlink.h: no longer used',
  'route-attrs/session': 'linux/rtnetlink.h: no longer used',
  'route-attrs/mp-algo': 'linux/rtnetlink.h: no longer used',
  'neighbour-attrs/unspec': 'linux/neighbour.h: NDA_UNSPEC is no attribute',
}

interface Spec {
  'attribute-sets': {
    name: string
    'subset-of'?: string
    attributes: { name: string; type?: string }[]
  }[]
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url))

/** The sets of a part as text: name of the set, then of the attribute, to its type in words. */
function typesOf(family: string): Map<string, Map<string, string>> {
  const sets = new Map<string, Map<string, string>>()
  for (const block of dumpPart(read(`../../build/schema/${family}.nls`)).split('\n\n')) {
    const [head = '', ...lines] = block.trimEnd().split('\n')
    const [kind, name = ''] = head.split(' ')
    if (kind !== 'set') continue
    const types = sets.get(name) ?? new Map<string, string>()
    sets.set(name, types)
    for (const line of lines) {
      const [, attribute = '', type = ''] = /^ {2}\d+ (\S+)(?: \([^)]*\))?: (.*)$/.exec(line) ?? []
      types.set(attribute, type)
    }
  }
  return sets
}

/** Names its own bytes or attributes: not opaque, not without a name, nor an array of such. */
function isTyped(type: string): boolean {
  return !/\b(opaque|unused)\b/.test(type) && !/\b(nest|indexed|type-value) -/.test(type)
}

for (const family of FAMILIES) {
  test(`${family}: every attribute that its spec defines is typed`, () => {
    const spec = parse(read(`../../src/schema/compiler/specs/${family}.yaml`).toString()) as Spec
    const compiled = typesOf(family)
    let count = 0
    const untyped: string[] = []
    const unreachable: string[] = []
    for (const set of spec['attribute-sets']) {
      const types = compiled.get(set.name)
      if (!types) {
        // Empty ones only keep a place: the overlay has others for them.
        if (set.attributes.length > 0) unreachable.push(set.name)
        continue
      }
      for (const { name, type: declared } of set.attributes) {
        // Numbers that were given up, and bytes that only align what follows.
        if (declared === 'unused' || declared === 'pad') continue
        count++
        const type = types.get(name)
        if (type === undefined || !isTyped(type)) untyped.push(`${set.name}/${name}: ${type}`)
      }
    }
    const found = untyped.filter((line) => !((line.split(':')[0] as string) in EXCEPTIONS))
    assert.equal({ found, unreachable }, { found: [], unreachable: [] })
    assert.ok(count > 0)
    const left = untyped.length === 0 ? 'all' : `all but ${untyped.length} that have no value`
    console.log(`${family}: of ${count} attributes that the spec defines, ${left} are typed`)
  })
}

test.run()
