// What a browser loads, bundled, minified and gzipped.
// In: what was built. Out: bytes, for the README's figures and for the budget that a test holds.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { streamsOf } from '../../src/schema/compiler/pack.ts'
import { partsOf } from '../../src/schema/compiler/print-part.ts'
import { LETTER } from '../../src/schema/packed-form.ts'
import { createModel } from '../../src/schema/predictor.ts'
import { readParts } from '../../src/schema/unpack.ts'

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

/** What the letters of a schema's names take of its packed text, in bytes. */
export function lettersOf(schema: string): number {
  const parts = partsOf(readFileSync(`${BUILT}schema/${schema}.nls`))
  const unread = streamsOf(parts).map((numbers) => numbers.values())
  let bits: number[] = []
  let isLetter = false
  let sum = 0
  const model = createModel((chance) => {
    const bit = bits.shift() ?? 0
    if (isLetter) sum -= Math.log2(bit > 0 ? chance : 1 - chance)
    return bit
  })
  let part = 0
  readParts(
    (stream, contexts) => {
      isLetter = stream === LETTER
      const [, ...rest] = ((unread[stream]?.next().value ?? 0) + 1).toString(2)
      bits = [...rest.map(() => 1), 0, ...rest.map(Number)]
      return model(stream, contexts)
    },
    () => part++ < parts.length,
  )
  return Math.round(sum / 8)
}
