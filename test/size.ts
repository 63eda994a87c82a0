// Prints what each entry costs, bundled and minified, and what the binaries weigh: the README's figures.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const built = fileURLToPath(new URL('../build/', import.meta.url))

async function bundled(entry: string, platform: 'node' | 'browser'): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [`${built}${entry}.js`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
  })
  return result.outputFiles[0]?.contents as Uint8Array
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
  const contents = await bundled(entry, platform)
  row(name, contents.length, gzipSync(contents, { level: 9 }).length)
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
  const module = await bundled(`schema/${name}`, 'browser')
  const sizes = [parts, packed.length, brotliCompressSync(packed).length]
  console.log(
    `| ${name} | ${sizes.join(' | ')} | ${brotliCompressSync(module).length} | ${goal * 1024} |`,
  )
}
