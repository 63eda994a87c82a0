// What must not grow unnoticed: sizes of what is shipped, in bytes. How many headers a message costs is counted
// in test/assembly/layout.spec.ts; times are for `npm run bench` alone.

import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const built = fileURLToPath(new URL('../build/', import.meta.url))

/** Each shim that the default entry carries: of one architecture after `npm ci`, of all in a published package. */
const SHIM = 9_000
const shims: object[] = JSON.parse(readFileSync(`${built}shims.json`, 'utf8')).shims

/** Minified and gzipped, as an application ships it, with the module inside. */
const BUNDLES = [
  ['index', 'node', 55_000 + SHIM * shims.length],
  ['decoder', 'browser', 31_000],
  ['capture', 'browser', 8_000],
  ['testing', 'browser', 21_000],
] as const

test('the module, without schema', () => {
  const { size } = statSync(`${built}netlink.wasm`)
  assert.ok(size <= 20_480, `${size} bytes`)
})

test('the module imports nothing and has no start-up data to speak of', () => {
  const module = new WebAssembly.Module(readFileSync(`${built}netlink.wasm`))
  assert.is(WebAssembly.Module.imports(module).length, 0)
  assert.is(WebAssembly.Module.exports(module).filter(({ kind }) => kind === 'global').length, 0)
})

for (const [entry, platform, budget] of BUNDLES) {
  test(`${entry}, bundled`, async () => {
    const { outputFiles } = await build({
      entryPoints: [`${built}${entry}.js`],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform,
      logLevel: 'silent',
    })
    const { length } = gzipSync(outputFiles[0]?.contents as Uint8Array, { level: 9 })
    assert.ok(length <= budget, `${length} bytes of ${budget}`)
  })
}

test.run()
