// The documents, held to their word: examples print what they say, links lead somewhere, in the repository and in the
// tarball, and figures are those of the build. Examples that need the kernel are run by test/live/documents.test.ts.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, posix } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  anchorsOf,
  DOCUMENTS,
  documentText,
  examples,
  filesNamedIn,
  isLive,
  linksOf,
} from './support/documents.ts'
import { packedFiles, ROOT } from './support/package-files.ts'

const test = suite('documents')
/** Has the command, as an installed package's would be found. */
let bin = ''
/** Paths in the tarball. */
let packed: string[] = []

test.before(() => {
  packed = packedFiles().files.map(({ path }) => path)
  bin = mkdtempSync(join(tmpdir(), 'netlink-documents-'))
  const command = `#!/bin/sh\nexec '${process.execPath}' '${ROOT}build/cli.js' "$@"\n`
  writeFileSync(join(bin, 'netlink-wasm'), command, { mode: 0o755 })
})

test.after(() => rmSync(bin, { recursive: true }))

test('each block of code is of a kind that is run', () => {
  const languages = examples().map(({ language }) => language)
  // agent.ts is bundled by test/bundle/places.test.ts, and the page opened by test/viewer/entries.test.ts.
  assert.equal([...new Set(languages)].sort(), ['html', 'js', 'sh', 'ts'])
  for (const once of ['html', 'ts']) assert.is(languages.filter((one) => one === once).length, 1)
  const silent = examples().filter(
    ({ language, output }) => /^(js|sh)$/.test(language) && output === undefined,
  )
  assert.equal(silent, [])
})

for (const language of ['js', 'sh']) {
  test(`the examples in ${language} print what they are said to print`, () => {
    const offline = examples().filter((one) => one.language === language && !isLive(one))
    assert.ok(offline.length >= (language === 'js' ? 12 : 3), `${offline.length}`)
    for (const { path, code, output = '' } of offline) {
      const [file, ...args] =
        language === 'js'
          ? [process.execPath, '--input-type=module', '-e', code]
          : ['sh', '-e', '-c', code]
      const ran = spawnSync(file as string, args, {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 120_000,
        // As in a pipe, whatever the runner of the tests wants for itself.
        env: { ...process.env, FORCE_COLOR: '0', PATH: bin + delimiter + process.env.PATH },
      })
      assert.is(ran.stdout.trimEnd(), output.trimEnd(), `${path}:\n${code}\n${ran.stderr}`)
    }
  })
}

test('the commands and options that are documented are those of the help', () => {
  const [, block = ''] = /\n\n((?: {4}.*\n)+)/.exec(documentText('src/cli/README.md')) ?? []
  const usages = block.split(/^ {4}netlink-wasm /m).slice(1)
  assert.ok(usages.length >= 10, block)
  for (const usage of usages) {
    const words = /^[a-z]+( [a-z]+)?/.exec(usage)?.[0].split(' ') ?? []
    const help = spawnSync(join(bin, 'netlink-wasm'), [...words, '--help'], { encoding: 'utf8' })
    const options = [...help.stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name)
    const named = [...usage.matchAll(/--[\w-]+/g)].map(([name]) => name)
    assert.equal(named.sort(), options.filter((name) => name !== '--help').sort(), usage)
  }
})

test('each link leads to a file and a heading, in the repository and in the tarball', () => {
  const dead: string[] = []
  let count = 0
  for (const path of DOCUMENTS) {
    for (const link of linksOf(path)) {
      count++
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      const to = existsSync(ROOT + target)
        ? [target, `${target}/README.md`].find(
            (one) => packed.includes(one) || !packed.includes(path),
          )
        : undefined
      const hasAnchor = anchor === undefined || (to && anchorsOf(to).includes(anchor))
      if (to === undefined || !hasAnchor) dead.push(`${path}: ${link}`)
    }
  }
  assert.equal(dead, [])
  assert.ok(count > 50, `expected the links of all documents, got ${count}`)
})

test('each room with a README.md has it in the tarball', () => {
  const ours = DOCUMENTS.filter((path) => /^(src\/[\w-]+|native|test)\/README\.md$/.test(path))
  assert.ok(ours.length >= 12, ours.join())
  assert.equal(
    ours.filter((path) => !packed.includes(path)),
    [],
  )
})

test('each file and each script of npm that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  const wrong: string[] = []
  // The changelog also names what there was.
  for (const path of DOCUMENTS.filter((one) => one !== 'CHANGELOG.md')) {
    for (const [, name = ''] of documentText(path).matchAll(/npm\s+run\s+([\w:-]+)/g)) {
      if (!scripts[name]) wrong.push(`${path}: npm run ${name}`)
    }
    for (const name of filesNamedIn(path)) {
      if (!existsSync(ROOT + name)) wrong.push(`${path}: ${name}`)
    }
  }
  assert.equal(wrong, [])
})

test('the README is short, says early what a shim is, and its test command is what CI runs', () => {
  const readme = documentText('README.md')
  const lines = readme.split('\n')
  assert.ok(lines.length <= 200, `${lines.length} lines`)
  assert.match(lines.slice(0, 24).join(' '), /a \*shim\*: a native addon/)
  const commands = [...readme.matchAll(/^ {4}(\.ci\/setup.*)$/gm)].map(([, command]) => command)
  assert.is(commands.length, 2)
  const ci = readFileSync(`${ROOT}.ci/run`, 'utf8')
  assert.ok(ci.includes(`\n${commands[1]}\n`), commands[1])
})

test('the oldest TypeScript that is promised is the oldest that is tested', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(`${ROOT}test/bundle/package.json`, 'utf8'),
  )
  const { 'typescript-oldest': oldest = '' } = { ...dependencies, ...devDependencies }
  const [, promised = ''] = /^TypeScript ([\d.]+) and later/m.exec(documentText('README.md')) ?? []
  assert.match(oldest, new RegExp(`@${promised}\\.\\d+$`))
  assert.match(promised, /^\d+\.\d+$/)
})

test('the map names each room', () => {
  const map = documentText('CONTRIBUTING.md')
  const rooms = readdirSync(`${ROOT}src`, { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  )
  assert.ok(rooms.length > 10)
  for (const { name } of rooms) assert.ok(map.includes(`| \`src/${name}/\` |`), name)
})

test('every error code has a row in the table', () => {
  const source = readFileSync(`${ROOT}src/base/errors.ts`, 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '(ERR_NETLINK_\w+)'/gm)].map(([, code]) => code)
  const table = documentText('src/base/README.md')
  const rows = [...table.matchAll(/^\| (ERR_NETLINK_\w+) \|/gm)].map(([, code]) => code)
  assert.ok(codes.length > 10)
  assert.equal(rows, codes)
})

/** The KB in a table row, of an entry that is bundled whole; they may be off by a tenth, as they are to be compared. */
function isNamed(row: RegExp, path: string, bytes: number[]): void {
  const figures = row.exec(documentText(path))?.slice(1).map(Number) ?? []
  assert.is(figures.length, bytes.length, `${row}`)
  for (const [at, figure] of figures.entries()) {
    const found = (bytes[at] ?? 0) / 1000
    assert.ok(Math.abs(figure - found) <= found / 10 + 0.5, `${row}: ${figure}, built ${found}`)
  }
}

test('the sizes named are those built', async () => {
  for (const entry of ['decoder', 'capture', 'testing']) {
    const { outputFiles } = await build({
      stdin: { contents: `export * from 'netlink-wasm/${entry}'`, resolveDir: ROOT },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
    isNamed(new RegExp(`^\\| \`netlink-wasm/${entry}\` .* (\\d+) KB \\|$`, 'm'), 'README.md', [
      bytes,
    ])
  }
  for (const name of ['link', 'rtnetlink', 'all']) {
    const { default: schema } = await import(`netlink-wasm/schema/${name}`)
    const text: string = schema.base64.join('')
    const bytes = [text.length, gzipSync(text, { level: 9 }).length]
    const row = new RegExp(
      `^\\| \`netlink-wasm/schema/${name}\` .* (\\d+) KB \\| (\\d+) KB \\|$`,
      'm',
    )
    isNamed(row, 'src/tree/README.md', bytes)
  }
})

test.run()
