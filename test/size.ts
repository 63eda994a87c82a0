// Prints what each entry costs, bundled and minified, and what the binaries weigh: the README's figures.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { browserSizes, BUILT as built, bundled, gzipped } from './support/sizes.ts'

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

// A schema is shipped packed, in a module with what unpacks it, and is larger in memory.
console.log('\n| schema | in memory | packed | packed, brotli | module, brotli | goal |')
console.log('| --- | --- | --- | --- | --- | --- |')
for (const [name, goal] of [
  ['link', 8],
  ['rtnetlink', 20],
  ['all', 60],
] as const) {
  const parts = statSync(`${built}schema/${name}.nls`).size
  const packed = readFileSync(`${built}schema/${name}.pack`)
  const module = await bundled(`export { default } from './schema/${name}.js'`)
  const sizes = [parts, packed.length, brotliCompressSync(packed).length]
  console.log(
    `| ${name} | ${sizes.join(' | ')} | ${brotliCompressSync(module).length} | ${goal * 1024} |`,
  )
}

// What a page loads that makes trees of frames: decoder, module and schema, each file gzipped.
console.log('\n| decoder and schema | separate | goal | inlined | goal |')
console.log('| --- | --- | --- | --- | --- |')
for (const { schema, separate, inlined, goals } of await browserSizes()) {
  console.log(`| ${schema} | ${separate} | ${goals[0]} | ${inlined} | ${goals[1] ?? ''} |`)
}
