// The declarations of families name C's identifiers and headers: the installed headers have them, but for those of newer
// kernels.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import schema from 'netlink-wasm/schema/all'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { familyNames } from '../../src/request/family-operations.ts'

const folder = fileURLToPath(new URL('../../build/types/families/', import.meta.url))
const INCLUDE = '/usr/include/'
const TOLD = /\/\*\* ([A-Z]\w*), ([\w/.-]+\.h)\b/g

test('each family of the schema is declared, and named in the index', () => {
  const files = readdirSync(folder)
  const index = readFileSync(`${folder}index.d.ts`, 'utf8')
  for (const name of familyNames(schema)) {
    assert.ok(files.includes(`${name}.d.ts`), name)
    assert.ok(index.includes(`'${name}': import('./${name}.js').Family`), name)
  }
})

if (existsSync(`${INCLUDE}linux/rtnetlink.h`)) {
  test('the headers have the names that are told to be in them', () => {
    const headers = new Map<string, Set<string>>()
    const missing: string[] = []
    let count = 0
    for (const file of readdirSync(folder)) {
      for (const [, name = '', header = ''] of readFileSync(folder + file, 'utf8').matchAll(TOLD)) {
        if (!existsSync(INCLUDE + header)) continue
        const text = () => readFileSync(INCLUDE + header, 'utf8')
        const names = headers.get(header) ?? new Set(text().match(/\b[A-Z]\w+/g))
        headers.set(header, names)
        count++
        if (!names.has(name)) missing.push(`${file}: ${name} in ${header}`)
      }
    }
    assert.ok(count > 5000, `expected the names of all families, got ${count}`)
    const share = missing.length / count
    assert.ok(share < 0.06, `${missing.length} of ${count} are missing:\n${missing.join('\n')}`)
    console.log(`${count - missing.length} of ${count} names are in the header that is told`)
  })
}

test.run()
