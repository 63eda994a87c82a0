// What a browser loads, bundled, minified and gzipped.
// In: what was built. Out: bytes, for the README's figures and for the budget that a test holds.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export const BUILT: string = fileURLToPath(new URL('../../build/', import.meta.url))

/** A bundle of one entry, or of a piece of code that imports from `build/`. */
export async function bundled(
  code: string,
  platform: 'node' | 'browser' = 'browser',
): Promise<Uint8Array> {
  const result = await build({
    stdin: { contents: code, resolveDir: BUILT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    logLevel: 'error',
  })
  return result.outputFiles[0]?.contents as Uint8Array
}

export function gzipped(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length
}

export interface BrowserSize {
  schema: string
  /** Decoder, module and schema as three files, and as one. */
  separate: number
  inlined: number
  /** KB, as bytes. */
  goals: [separate: number, inlined: number | undefined]
}

const USED = 'Dissector, init, treeLines'

/** A page that makes trees of frames: with each of the schemas. */
export async function browserSizes(): Promise<BrowserSize[]> {
  const decoder = gzipped(await bundled(`export { ${USED} } from './separate/decoder.js'`))
  const module = gzipped(readFileSync(`${BUILT}netlink-tree.wasm`))
  const sizes: BrowserSize[] = []
  for (const [schema, separate, inlined] of [
    ['link', 20],
    ['rtnetlink', 40],
    ['all', 80, 110],
  ] as const) {
    const parts = gzipped(await bundled(`export { default } from './schema/${schema}.js'`))
    const whole = await bundled(
      `export { ${USED} } from './decoder.js'; export { default } from './schema/${schema}.js'`,
    )
    sizes.push({
      schema,
      separate: decoder + module + parts,
      inlined: gzipped(whole),
      goals: [separate * 1024, inlined === undefined ? undefined : inlined * 1024],
    })
  }
  return sizes
}
