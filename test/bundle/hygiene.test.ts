// What is in the package: publint's and arethetypeswrong's word, the list of its files, its size, its shims, and
// what each entry leaves out of a bundle.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KINDS, packedFiles, UNPACKED_MAX, unpackedSize } from '../support/package-files.ts'
import { makeProject, type Project, run, tool } from './project.ts'

const test = suite('hygiene')
const here = fileURLToPath(new URL('.', import.meta.url))
let project: Project
let installed = ''

const native = new URL('../../native/', import.meta.url).href
interface Compiling {
  compile(arch: string, compiler: string, target: string): Promise<void>
}
interface Sources {
  COMPILERS: Record<string, string>
  isRunnable(command: string): boolean
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test.before(() => {
  project = makeProject()
  installed = join(project.folder, 'node_modules/netlink-wasm')
})

test.after(() => project.remove())

if (existsSync(tool('publint'))) {
  test('publint has nothing to say', () => {
    run(tool('publint'), ['--strict', project.tarball], here)
  })

  // A file of bytes has no types; and CommonJS gets ES modules, which Node.js can require().
  test('no type is wrong, under import, require and bundlers', () => {
    const options = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm']
    options.push('--exclude-entrypoints', './netlink.wasm')
    run(tool('attw'), [project.tarball, ...options], here)
  })
} else if (process.env.CI) {
  throw new Error(`expected publint: npm ci in ${here}`)
}

test('the package holds what is expected, and nothing else', () => {
  const { files } = packedFiles()
  const strange = files.filter(({ path }) => !KINDS.some(({ pattern }) => pattern.test(path)))
  assert.equal(strange, [])
  for (const { what, pattern } of KINDS) {
    assert.ok(
      files.some(({ path }) => pattern.test(path)),
      `expected ${what} in the package, got none`,
    )
  }
  const bytes = unpackedSize(files)
  assert.ok(bytes <= UNPACKED_MAX, `expected at most ${UNPACKED_MAX} bytes, got ${bytes}`)
})

test('no text of base64 is in the package twice', () => {
  const build = join(installed, 'build')
  const names = readdirSync(build, { recursive: true, encoding: 'utf8' })
  const seen = new Map<string, string>()
  for (const name of names.filter((one) => one.endsWith('.js'))) {
    const text = readFileSync(join(build, name), 'utf8')
    for (const [found] of text.matchAll(/[\w+/]{256,}={0,2}/g)) {
      assert.not(seen.has(found), `${name} has what ${seen.get(found)} has`)
      assert.match(name, /^chunks\/base64-/)
      seen.set(found, name)
    }
  }
  assert.ok(seen.size >= 5, `${seen.size}`)
})

test('npm has no script to run, and nothing to warn of', () => {
  const folder = join(project.folder, 'fresh')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['install', '--loglevel=warn', project.tarball],
    {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    },
  )
  assert.is(status, 0, stderr)
  assert.is(stderr, '')
  assert.not.match(stdout, /warn|script/i)
})

test('its list of shims is right', () => {
  const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
  for (const { arch, file, bytes, sha256 } of shims) {
    const content = readFileSync(join(installed, 'build', file))
    assert.is(file, `netlink-linux-${arch}.node`)
    assert.is(content.length, bytes)
    assert.is(hashOf(content), sha256)
  }
  if (process.env.CI) assert.is(shims.length, 4)
})

for (const arch of ['x64', 'arm64'] as const) {
  test(`${arch}: made again, in a folder of another depth, the shim has the same bytes`, async () => {
    const { compile } = (await import(`${native}compile.mjs`)) as Compiling
    const { COMPILERS, isRunnable } = (await import(`${native}sources.mjs`)) as Sources
    const { [arch]: compiler = '' } = COMPILERS
    const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
    const listed = shims.find((shim: { arch: string }) => shim.arch === arch)
    const isBuilt = listed !== undefined && isRunnable(compiler)
    if (!isBuilt && !process.env.CI) return console.log(`skipped: no shim for ${arch} was built`)
    const folder = join(project.folder, 'another/folder/of/another-depth')
    mkdirSync(folder, { recursive: true })
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    try {
      await compile(arch, compiler, join(folder, 'again.node'))
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
    assert.is(hashOf(readFileSync(join(folder, 'again.node'))), listed?.sha256)
  })
}

test('what the default entry carries are the very shims that the package lists', async () => {
  const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
  const exported = Object.values(await import(join(installed, 'build/chunks/base64-shims.js')))
  const carried = exported[0] as Record<string, string>
  assert.equal(
    Object.entries(carried).map(([arch, text]) => [arch, hashOf(Buffer.from(text, 'base64'))]),
    shims.map(({ arch, sha256 }: { arch: string; sha256: string }) => [arch, sha256]),
  )
})

/** Text of a bundle of one line of a program. */
async function bundle(line: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: line, resolveDir: project.folder },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform,
    logLevel: 'silent',
  })
  assert.equal(warnings, [])
  return outputFiles[0]?.text ?? ''
}

test('whoever decodes carries no shim, and whoever captures no module', async () => {
  const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
  const carried = (text: string) => /netlink-linux-/.test(text)
  const agent = await bundle(
    `import { openLinkMonitor } from 'netlink-wasm'; openLinkMonitor()`,
    'node',
  )
  assert.ok(carried(agent))
  for (const { arch } of shims) assert.match(agent, new RegExp(`\\b${arch}:"`), arch)
  for (const [entry, name] of [
    ['netlink-wasm', 'NetlinkError'],
    ['netlink-wasm', 'decodeMessages'],
    ['netlink-wasm/decoder', 'Dissector'],
    ['netlink-wasm/testing', 'replayCapture'],
    ['netlink-wasm/schema/all', 'default'],
  ]) {
    const line = `import { ${name} as used } from '${entry}'; console.log(used)`
    const text = await bundle(line, entry === 'netlink-wasm' ? 'node' : 'browser')
    assert.not(carried(text), `${name} of ${entry}`)
  }
  const capture = await bundle(
    `import { readCapture } from 'netlink-wasm/capture'; console.log(readCapture)`,
    'browser',
  )
  assert.not.match(capture, /WebAssembly/)
})

test.run()
