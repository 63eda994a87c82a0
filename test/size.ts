// Prints what is in the package and why, and what it costs to load: `npm run size`, the figures of the documents.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { schemaParts } from '../src/schema/shipped-schema.ts'
import { KINDS, packedFiles, ROOT, unpackedSize } from './support/package-files.ts'

const row = (...cells: (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`)
const head = (...cells: string[]): void => {
  row(...cells)
  row(...cells.map(() => '---'))
}

/** An application that uses all of an entry, bundled and minified; bytes, and gzipped. */
async function bundled(entry: string, platform: 'node' | 'browser'): Promise<number[]> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return [bytes.length, gzipSync(bytes, { level: 9 }).length]
}

const { files, size } = packedFiles()
head('in the package', 'why', 'files', 'bytes')
for (const { what, why, pattern } of KINDS) {
  const some = files.filter(({ path }) => pattern.test(path))
  row(
    what,
    why,
    some.length,
    some.reduce((sum, one) => sum + one.size, 0),
  )
}
row('all but the viewer, the documents and their pictures', '', '', unpackedSize(files))
row('the tarball', '', 1, size)

console.log()
head('bundled whole and minified', 'bytes', 'gzip')
for (const [entry, platform] of [
  ['netlink-wasm', 'node'],
  ['netlink-wasm/decoder', 'browser'],
  ['netlink-wasm/capture', 'browser'],
  ['netlink-wasm/testing', 'browser'],
] as const) {
  row(entry, ...(await bundled(entry, platform)))
}

console.log()
head('schema', 'in memory', 'as base64', 'gzip')
for (const name of ['link', 'rtnetlink', 'all']) {
  const { default: schema } = await import(`netlink-wasm/schema/${name}`)
  const text = schema.base64.join('')
  row(name, schemaParts(schema).length, text.length, gzipSync(text, { level: 9 }).length)
}
const { shims } = JSON.parse(readFileSync(`${ROOT}build/shims.json`, 'utf8'))
console.log(`\nWith ${shims.length} of 4 shims: \`npm run build:prebuilds\` builds them all.`)
