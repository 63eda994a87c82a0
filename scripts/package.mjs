// What is published, out of src/: `npm run build:js`, after the module, the shims, the types and the schema.
// In: src/ and build/'s parts. Out: build/*.js, one ES module an entry with chunks that they share, the
// command among them; build/cjs/, which requires them; the types that an entry needs, and no other.
// Never inlines anything twice: module, shims and schema are in one chunk each.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { mergeDeclarations } from './declarations.mjs'
import { linesOnly } from './source-map.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = join(root, 'build')
/** The last has all that the others have. */
const LIBRARY = ['decoder', 'capture', 'testing', 'index']
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const SCHEMAS = ['link', 'rtnetlink', 'all']

/**
 * Of what decoder/separate is made of, two files lead to the module that is inlined: they come a second time,
 * and without it. All else is in the chunks that the other entries share.
 */
const separate = {
  name: 'separate',
  setup({ onResolve, onLoad }) {
    const second = join(root, 'src/separate.ts')
    onResolve(
      { filter: /\/(module|dissector)\.js$/ },
      ({ path, importer, namespace, resolveDir }) => {
        if (importer !== second && namespace !== 'separate') return undefined
        return { path: join(resolveDir, path.replace(/js$/, 'ts')), namespace: 'separate' }
      },
    )
    onResolve({ filter: /\/inlined\.js$/, namespace: 'separate' }, ({ resolveDir }) => ({
      path: join(resolveDir, 'not-inlined.ts'),
    }))
    onLoad({ filter: /./, namespace: 'separate' }, ({ path }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'ts',
      resolveDir: dirname(path),
    }))
  },
}

async function bundleLibrary() {
  for (const file of [...readdirSync(built), ...readdirSync(join(built, 'schema'))]) {
    if (!/\.js(\.map)?$/.test(file)) continue
    for (const folder of [built, join(built, 'schema')]) rmSync(join(folder, file), { force: true })
  }
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      ...Object.fromEntries(LIBRARY.map((name) => [name, `src/${name}.ts`])),
      ...Object.fromEntries(SCHEMAS.map((name) => [`schema/${name}`, `src/schema/${name}.ts`])),
      browser: 'src/browser.ts',
      'separate/decoder': 'src/separate.ts',
      cli: 'src/cli/main.ts',
    },
    outdir: 'build',
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    external: ['node:*'],
    target: 'es2022',
    loader: { '.wasm': 'base64', '.pack': 'text' },
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    plugins: [separate],
    define: { VERSION: JSON.stringify(version) },
    write: false,
  })
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true })
    if (path.endsWith('.map')) {
      if (isUseful(path, text)) writeFileSync(path, linesOnly(text))
      continue
    }
    const code = withoutBareImports(text)
    const map = outputFiles.find((file) => file.path === `${path}.map`)
    const isMapped = map !== undefined && isUseful(map.path, map.text)
    writeFileSync(path, isMapped ? code : code.replace(/\/\/# sourceMappingURL=.*\n?$/, ''))
  }
}

/** Neither of a file that only passes on, nor of what nobody debugs: schema, module, and the command. */
function isUseful(path, map) {
  return (
    !/\b(browser|cli|schema\/\w+)\.js\.map$/.test(path) && JSON.parse(map).mappings.length > 200
  )
}

/**
 * esbuild keeps the order of modules by importing chunks for nothing but their effects. No module of this
 * package has any (package.json's sideEffects says so), and bundlers warn of such imports. They keep
 * their place, as spaces, so that the source map holds.
 */
function withoutBareImports(text) {
  return text.replace(/(?<=^|;|\n)( *)import"\.{1,2}\/[^"]+";/g, (found) =>
    ' '.repeat(found.length),
  )
}

/** What `npm run build:types` has left in build/declarations, merged into build/types. */
function typesOfAll() {
  const types = join(built, 'types')
  rmSync(types, { recursive: true, force: true })
  mkdirSync(join(types, 'schema'), { recursive: true })
  for (const name of SCHEMAS) writeFileSync(join(types, 'schema', `${name}.d.ts`), SCHEMA_TYPES)
  return mergeDeclarations(join(built, 'declarations'), types, [...LIBRARY, 'separate'])
}

const SCHEMA_TYPES = 'declare const parts: Uint8Array\nexport default parts\n'

/** One set of classes and one module for both ways of loading: CommonJS requires the ES modules. */
async function requireLibrary(types) {
  const folder = join(built, 'cjs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'schema'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  for (const [at, name] of LIBRARY.entries()) {
    writeFileSync(
      join(folder, `${name}.js`),
      requiring(`../${name}.js`, 'netlink-wasm', (m) => m),
    )
    writeFileSync(join(folder, `${name}.d.ts`), await typesOf(name, LIBRARY.slice(0, at), types))
  }
  for (const name of SCHEMAS) {
    const pick = (m) => `{ __esModule: true, default: ${m}.default }`
    const text = requiring(`../../schema/${name}.js`, `netlink-wasm/schema/${name}`, pick)
    writeFileSync(join(folder, 'schema', `${name}.js`), text)
    writeFileSync(join(folder, 'schema', `${name}.d.ts`), SCHEMA_TYPES)
  }
}

const requiring = (path, name, pick) => `'use strict'
try {
  module.exports = ${pick(`require('${path}')`)}
} catch (error) {
  if (error.code !== 'ERR_REQUIRE_ESM') throw error
  const needed = "require('${name}') needs Node.js 20.19, 22.12 or later"
  throw new Error(needed + ', got ' + process.version + ': import it there, or bundle it', { cause: error })
}
`

/**
 * The same types by another name, as what is required must not be typed as an ES module. `before` has those of
 * the entries that came earlier: what they export as well is theirs.
 */
async function typesOf(entry, before, { surfaces, declarationOf }) {
  const values = await import(pathToFileURL(join(built, `${entry}.js`)).href)
  const names = [...surfaces.get(entry).keys()].sort()
  const own = names.filter((name) => !before.some((one) => surfaces.get(one).has(name)))
  const esm = `'../types/${entry}.js' with { 'resolution-mode': 'import' }`
  const lines = [`import type * as m from ${esm}`]
  let rest = names.filter((name) => !own.includes(name))
  for (const one of before) {
    const theirs = [...surfaces.get(one).keys()].filter((name) => rest.includes(name))
    if (theirs.length === 0) continue
    const what = theirs.length === surfaces.get(one).size ? '*' : `{ ${theirs.join(', ')} }`
    lines.push(`export ${what} from './${one}.js'`)
    rest = rest.filter((name) => !theirs.includes(name))
  }
  const types = own.filter((name) => !(name in values))
  if (types.length > 0) lines.push(`export type { ${types.join(', ')} } from ${esm}`)
  for (const name of own.filter((one) => one in values)) {
    lines.push(`export declare const ${name}: typeof m.${name}`)
    const [, isClass, parameters = ''] =
      /^export declare (class )?\w+(<[\w, ]+>)?/m.exec(declarationOf(name)) ?? []
    if (isClass) lines.push(`export type ${name}${parameters} = m.${name}${parameters}`)
  }
  return `${lines.join('\n')}\n`
}

await bundleLibrary()
await requireLibrary(typesOfAll())
