// The types of the packed package: with no library but the DOM's, by the oldest TypeScript that is promised and by newer
// ones, in every kind of resolution; and everything that a public signature names has a name for users too.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject, type Project, run } from './project.ts'

const test = suite('types')
const here = fileURLToPath(new URL('.', import.meta.url))
let project: Project

/** Folders of TypeScript: 5.2, the oldest that the package promises, 5.9, and the one that it is made with. */
const COMPILERS = {
  oldest: join(here, 'node_modules/typescript-oldest'),
  '5': join(here, 'node_modules/typescript-5'),
  newest: join(here, '../../node_modules/typescript'),
}
const RESOLUTIONS = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' }
const ENTRIES = [
  ...['.', './decoder', './capture', './testing', './tools', './schema/link', './schema/all'],
]

test.before(() => {
  project = makeProject()
})

test.after(() => project.remove())

const isThere = existsSync(COMPILERS.oldest)
if (!isThere && process.env.CI) throw new Error(`expected TypeScript: npm ci in ${here}`)
const typed = isThere ? test : test.skip

/** Uses each entry; the error that is expected shows that the types are not `any`. */
function program(entries: readonly string[]): string {
  const lines = entries.map((entry, n) => {
    const name = entry.replace('.', 'netlink-wasm')
    return `import * as entry${n} from '${name}'
// @ts-expect-error
entry${n}.nothing
export { entry${n} }`
  })
  return `${lines.join('\n')}
import { decodeMessages } from 'netlink-wasm/decoder'
for (const message of decodeMessages(new Uint8Array(0))) {
  if (message.kind === 'link') message.link.ifname?.toUpperCase()
}
`
}

for (const [compiler, folder] of Object.entries(COMPILERS)) {
  for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
    typed(`TypeScript ${compiler}, ${moduleResolution}, with the DOM library alone`, () => {
      const at = join(project.folder, `types-${compiler}-${moduleResolution}`)
      mkdirSync(at)
      writeFileSync(join(at, 'package.json'), '{ "type": "module" }')
      writeFileSync(join(at, 'use.ts'), program(ENTRIES))
      const compilerOptions = {
        ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true, target: 'es2022' },
        ...{ lib: ['es2022', 'dom'], types: [], skipLibCheck: false, module, moduleResolution },
      }
      writeFileSync(join(at, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
      run(process.execPath, [join(folder, 'bin/tsc'), '-p', '.'], at)
    })
  }
}

for (const entry of ['index', 'decoder', 'capture', 'testing', 'tools']) {
  typed(`${entry} exports every type that its signatures name`, () => {
    const file = join(project.folder, `node_modules/netlink-wasm/build/types/src/${entry}.d.ts`)
    const missing = run(process.execPath, [join(here, 'unnamed-types.mjs'), file], project.folder)
    assert.equal(JSON.parse(missing), [])
  })
}

test.run()
