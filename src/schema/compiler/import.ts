// Imports the facts of the kernel's netlink specs: `npm run schema:import -- DIRECTORY [KERNEL VERSION]`.
// In: a directory of specs. Out: src/schema/compiler/specs/*.yaml, the same for the same input, one line an item.
// It takes no sentence and no comment, and nothing that the decoder or the check of C names does not use.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Document, isSeq, parse, visit } from 'yaml'
import { type Item, isItem } from './language.js'

const KERNEL = '7.3.4'

/** What each kind of item keeps, in the order in which it is written. */
const KEPT: Record<string, string[]> = {
  family: [
    ...['name', 'protocol', 'protonum', 'uapi-header', 'definitions', 'attribute-sets'],
    ...['sub-messages', 'operations', 'mcast-groups'],
  ],
  definitions: ['name', 'type', 'value-start', 'name-prefix', 'header', 'entries', 'members'],
  entries: ['name', 'value'],
  members: [
    ...['name', 'type', 'len', 'struct', 'byte-order', 'enum', 'enum-as-flags', 'display-hint'],
  ],
  'attribute-sets': ['name', 'subset-of', 'name-prefix', 'header', 'attributes'],
  attributes: [
    ...['name', 'value', 'type', 'sub-type', 'type-value', 'struct', 'nested-attributes'],
    ...['sub-message', 'selector', 'multi-attr', 'byte-order', 'enum', 'enum-as-flags'],
    ...['display-hint', 'checks', 'name-prefix'],
  ],
  'sub-messages': ['name', 'formats'],
  formats: ['value', 'fixed-header', 'attribute-set'],
  operations: ['enum-model', 'name-prefix', 'fixed-header', 'list'],
  list: [...['name', 'value', 'fixed-header', 'attribute-set', 'do', 'dump', 'notify', 'event']],
  do: ['request', 'reply'],
  dump: ['request', 'reply'],
  request: ['value', 'attributes'],
  reply: ['value'],
  event: [],
  checks: ['exact-len'],
  'mcast-groups': ['list'],
  groups: ['name', 'value'],
}

/** What is left out on purpose; any other key is reported, as it may be new in the language. */
const DROPPED = new Set([
  ...['doc', 'flags', 'dont-validate', 'pre', 'post', 'attributes', 'config-cond', 'mcgrp'],
  ...['render-max', 'enum-name', 'enum-cnt-name', 'attr-max-name', 'attr-cnt-name', 'scope'],
  ...['max-by-define', 'kernel-policy', 'cmd-cnt-name', 'kernel-family', 'version', 'checks'],
  ...['c-family-name', 'c-version-name', 'c-define-name', 'max-len', 'min-len', 'min', 'max'],
  ...['flags-mask', 'sparse', 'unterminated-ok', 'value', 'uapi-header', 'name-prefix', 'header'],
])

const reported = new Set<string>()

/** The facts of one spec. */
export function withoutProse(spec: Item): Item {
  const constants = new Map<string, unknown>()
  for (const definition of (spec.definitions ?? []) as Item[]) {
    if (definition.type === 'const') {
      const { name, value } = definition
      constants.set(name as string, value)
      constants.set(`${definition['name-prefix'] ?? `${spec.name}-`}${name}`, value)
    }
  }
  return keep(spec, 'family', constants)
}

function keep(item: Item, kind: string, constants: Map<string, unknown>): Item {
  const kept: Item = {}
  const keys = KEPT[kind] ?? []
  for (const key of Object.keys(item)) {
    if (!keys.includes(key) && !DROPPED.has(key) && !reported.has(key)) {
      reported.add(key)
      console.error(`left out, as the importer does not know it: ${key} of ${kind}`)
    }
  }
  for (const key of keys) {
    if (!(key in item)) continue
    const value = keepValue(item[key], key, kind, constants)
    if (value !== undefined) kept[key] = value
  }
  return kept
}

function keepValue(
  value: unknown,
  key: string,
  kind: string,
  constants: Map<string, unknown>,
): unknown {
  if (key === 'checks') {
    const length = isItem(value) ? value['exact-len'] : undefined
    const resolved = typeof length === 'string' ? constants.get(length) : length
    return typeof resolved === 'number' ? { 'exact-len': resolved } : undefined
  }
  if (key === 'len' && typeof value === 'string') return constants.get(value)
  // The parser reads a number that looks like one; names are text.
  if (key === 'name') return String(value)
  if (Array.isArray(value)) {
    if (!value.some(isItem) && !(key in KEPT)) return value
    const inner = kind === 'mcast-groups' ? 'groups' : key
    const items = value.filter((element) => !isItem(element) || element.type !== 'const')
    return items.map((element) => {
      if (!isItem(element)) return String(element)
      const kept = keep(element, inner, constants)
      return inner === 'entries' && Object.keys(kept).length === 1 ? kept.name : kept
    })
  }
  if (isItem(value) || (value === null && key in KEPT)) {
    return keep((value as Item | null) ?? {}, key, constants)
  }
  return value
}

/** A family as YAML: an item of a list is one line, unless it holds a list itself. */
export function emit(family: Item): string {
  const document = new Document(family, { aliasDuplicateObjects: false })
  visit(document, {
    Map(_key, node, path) {
      node.flow = path.some(isSeq) && !node.items.some(({ value }) => isSeq(value))
    },
  })
  return document.toString({ lineWidth: 0 })
}

function main(directory: string | undefined, kernel: string): void {
  if (directory === undefined) {
    console.error('usage: npm run schema:import -- DIRECTORY [KERNEL VERSION]')
    process.exitCode = 2
    return
  }
  const target = fileURLToPath(new URL('specs/', import.meta.url))
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target)
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.yaml')) continue
    const input = readFileSync(join(directory, file), 'utf8')
    const licence = /SPDX-License-Identifier:.*BSD-3-Clause/.test(input)
    if (!licence) throw new Error(`${file}: expected a licence that allows BSD-3-Clause, got none`)
    const holders = [...input.matchAll(/^# *(Copyright .*)$/gm)].map(([, line]) => `# ${line}\n`)
    writeFileSync(
      join(target, file),
      `# SPDX-License-Identifier: BSD-3-Clause\n${holders.join('')}` +
        `# Facts of Documentation/netlink/specs/${basename(file)} of Linux ${kernel}.\n` +
        '# Made by `npm run schema:import`: what is wrong here is put right in overlay/.\n' +
        emit(withoutProse(parse(input) as Item)),
    )
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2], process.argv[3] ?? KERNEL)
}
