// What is in the package: publint's and arethetypeswrong's word, the list of its files, its size, its shims, and
// what each entry leaves out of a bundle.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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
/** The package's JavaScript, a text a file. */
const chunks = (): string[] =>
  readdirSync(join(installed, 'build'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(installed, 'build', name), 'utf8'))

/** Unpacked, with all shims; the viewer is not counted. */
const UNPACKED_BYTES = 600 * 1024

test.before(() => {
  project = makeProject()
  installed = join(project.folder, 'node_modules/netlink-wasm')
})

test.after(() => project.remove())

if (existsSync(tool('publint'))) {
  test('publint has nothing to say', () => {
    run(tool('publint'), ['--strict', project.tarball], here)
  })

  // node10: that resolution knows no exports. netlink*.wasm: a file of bytes has no types. decoder/separate: it is
  // for pages, and cannot be required.
  test('no type is wrong, under import, require and bundlers', () => {
    const options = [
      '--profile',
      'node16',
      '--exclude-entrypoints',
      './netlink.wasm',
      './netlink-tree.wasm',
      './decoder/separate',
    ]
    run(tool('attw'), [project.tarball, ...options], here)
  })
} else if (process.env.CI) {
  throw new Error(`expected publint: npm ci in ${here}`)
}

/** What each file of the package is; the chunks have a hash in their names. */
const EXPECTED = [
  /^(LICENSE|README\.md|SECURITY\.md|package\.json)$/,
  /^build\/(index|browser|decoder|capture|testing|cli)\.js$/,
  /^build\/chunk-[A-Z0-9]{8}\.js$/,
  /^build\/(index|decoder|capture|testing|chunk-[A-Z0-9]{8})\.js\.map$/,
  /^build\/schema\/(link|rtnetlink|all)\.js$/,
  /^build\/cjs\/(package\.json|(index|decoder|capture|testing|schema\/(link|rtnetlink|all))\.(js|d\.ts))$/,
  /^build\/types\/(declarations|separate|index|decoder|capture|testing|schema\/(link|rtnetlink|all))\.d\.ts$/,
  /^build\/netlink-linux-(x64|arm64|arm|riscv64)\.node$/,
  /^build\/(netlink(-tree)?\.wasm|shims\.json)$/,
  /^build\/separate\/decoder\.js(\.map)?$/,
  /^build\/viewer\.html$/,
]

test('the package holds what is expected, and nothing else', () => {
  const list = spawnSync('tar', ['-tzf', project.tarball], { encoding: 'utf8' })
  const files = list.stdout
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => path.replace(/^package\//, ''))
  const strange = files.filter((path) => !EXPECTED.some((pattern) => pattern.test(path)))
  assert.equal(strange, [])
  for (const pattern of EXPECTED.slice(0, -1)) {
    assert.ok(
      files.some((path) => pattern.test(path)),
      `nothing is ${pattern}`,
    )
  }
  const bytes = files
    .filter((path) => !path.startsWith('build/viewer'))
    .reduce((sum, path) => sum + readFileSync(join(installed, path)).length, 0)
  console.log(`package: ${files.length} files, ${bytes} bytes unpacked without the viewer`)
  assert.ok(bytes <= UNPACKED_BYTES, `expected at most ${UNPACKED_BYTES} bytes, got ${bytes}`)
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
    if (!isRunnable(compiler) && !process.env.CI) return console.log(`skipped: no ${compiler}`)
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
    const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
    const listed = shims.find((shim: { arch: string }) => shim.arch === arch)
    assert.is(hashOf(readFileSync(join(folder, 'again.node'))), listed?.sha256)
  })
}

test('what the default entry carries are the very shims that the package lists', () => {
  const { shims } = JSON.parse(readFileSync(join(installed, 'build/shims.json'), 'utf8'))
  const text = chunks().find((chunk) => /\bpacked:"/.test(chunk)) ?? ''
  const [, packed = ''] = /\bpacked:"([\w+/=]+)"/.exec(text) ?? []
  const bytes = brotliDecompressSync(Buffer.from(packed, 'base64'))
  let places = 0
  for (const { arch, sha256: listed } of shims) {
    const [, from, to] = new RegExp(`\\b${arch}:\\[([\\w.]+),([\\w.]+)\\]`).exec(text) ?? []
    assert.is(hashOf(bytes.subarray(Number(from), Number(to))), listed, arch)
    places += Number(to) - Number(from)
  }
  assert.is(places, bytes.length)
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
  for (const { arch } of shims) assert.ok(agent.includes(`${arch}:[`), arch)
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
