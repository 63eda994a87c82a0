// The types are those of what the decoder gives, and the encoder takes: every message in test/captures, as an object in
// TypeScript, compiles as what its operation takes or as what the kernel sends.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { familyNames } from '../../src/request/family-operations.ts'
import { capturedMessages } from '../support/captured-messages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is decoded, but not encoded: test/request/captured.test.ts says why. */
const REFUSED = 'xfrm/delsa'

/** Bodies by family, and in it by type. */
async function capturedBodies(): Promise<Map<string, Map<string, Set<string>>>> {
  const known = new Set(familyNames(schema))
  const families = new Map<string, Map<string, Set<string>>>()
  for await (const { node, isRequest, isWhole } of capturedMessages()) {
    const { family = '', name } = node
    if (!known.has(family) || !isWhole || name.startsWith('#')) continue
    if (`${family}/${name}` === REFUSED) continue
    const { body } = node.toJSON() as { body: object }
    const text = JSON.stringify(body)
    const types = isRequest
      ? [`RequestOf<'${family}', '${name}'>`, `Partial<Family['asks']['${name}']>`]
      : [`Family['sends']['${name}']`]
    const found = families.get(family) ?? new Map<string, Set<string>>()
    families.set(family, found)
    for (const type of types) found.set(type, (found.get(type) ?? new Set()).add(text))
  }
  return families
}

function program(family: string, bodies: Map<string, Set<string>>): string {
  const head = `import type { Families, RequestOf } from 'netlink-wasm'
export type Family = Families['${family}']
export type Request = RequestOf<'${family}', never>\n`
  const lists = Array.from(
    bodies,
    ([type, texts], at) => `export const list${at}: ${type}[] = [\n${[...texts].join(',\n')}\n]\n`,
  )
  return head + lists.join('')
}

test('every captured message has the type of its operation', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-types-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/netlink-wasm'))
    let count = 0
    for (const [family, bodies] of await capturedBodies()) {
      writeFileSync(join(folder, `${family}.ts`), program(family, bodies))
      for (const texts of bodies.values()) count += texts.size
    }
    const compilerOptions = {
      ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true, target: 'es2022' },
      ...{ lib: ['es2022', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler' },
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(tsc, ['-p', '.'], { cwd: folder, encoding: 'utf8' })
    assert.is(stdout, '')
    assert.ok(count > 4000, `expected the messages of the captures, got ${count}`)
    console.log(`${count} bodies of messages have their types`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
