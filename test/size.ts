// Prints what each entry costs, bundled and minified, and what the binaries weigh: the README's figures.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { browserSizes, BUILT as built, bundled, gzipped, lettersOf } from './support/sizes.ts'

/** The best of some processes' milliseconds for importing a schema. */
function firstImport(name: string): string {
  const code = `const start = performance.now()
await import(${JSON.stringify(`${built}schema/${name}.js`)})
console.log(performance.now() - start)`
  const times = Array.from({ length: 7 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', code])),
  )
  return Math.min(...times).toFixed(0)
}

function row(name: string, bytes: number, gzip: number | string): void {
  console.log(`| ${name} | ${bytes} | ${gzip} |`)
}

console.log('| what | bytes | gzip |\n| --- | --- | --- |')
for (const [entry, name, platform] of [
  ['index', 'netlink-wasm', 'node'],
  ['decoder', 'netlink-wasm/decoder', 'browser'],
  ['capture', 'netlink-wasm/capture', 'browser'],
  ['testing', 'netlink-wasm/testing', 'browser'],
] as const) {
  const contents = await bundled(`export * from './${entry}.js'`, platform)
  row(name, contents.length, gzipped(contents))
}
for (const file of readdirSync(built).filter((name) => /\.(wasm|node)$/.test(name))) {
  row(file, statSync(built + file).size, '')
}

// A schema is shipped packed, as what it adds to the smaller one, in a module with what unpacks it, and is larger
// in memory. `packed` is all that its module needs; ms are those of the first import, compiling included.
console.log(
  '\n| schema | in memory | packed | of it new | packed, brotli | goal | letters of names | module, brotli | ms |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
let packed = ''
for (const [name, goal] of [
  ['link', 8],
  ['rtnetlink', 20],
  ['all', 60],
] as const) {
  const parts = statSync(`${built}schema/${name}.nls`).size
  const added = readFileSync(`${built}schema/${name}.pack`, 'latin1')
  packed += added
  const module = await bundled(`export { default } from './schema/${name}.js'`)
  const sizes = [parts, packed.length, added.length, brotliCompressSync(packed).length]
  const rest = [lettersOf(name), brotliCompressSync(module).length, firstImport(name)]
  console.log(`| ${name} | ${sizes.join(' | ')} | ${goal * 1024} | ${rest.join(' | ')} |`)
}

// What a page loads that makes trees of frames: decoder, module and schema, each file gzipped.
console.log('\n| decoder and schema | separate | goal | inlined | goal |')
console.log('| --- | --- | --- | --- | --- |')
for (const { schema, separate, inlined, goals } of await browserSizes()) {
  console.log(`| ${schema} | ${separate} | ${goals[0]} | ${inlined} | ${goals[1] ?? ''} |`)
}
