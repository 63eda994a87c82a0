// What is published: the packed tarball in a blank project, as ESM, as CommonJS, as types, as a browser
// bundle and as a command.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('..', import.meta.url))
const test = suite('package')
let project = ''

/** Neither the outer npm's settings nor the test runner's colours are the blank project's. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^FORCE_COLOR$/.test(name)),
)

function run(command: string, args: string[], cwd = project): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  assert.is(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

function script(name: string, text: string): string {
  writeFileSync(join(project, name), text)
  return name
}

test.before(() => {
  project = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  const [packed] = JSON.parse(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], root),
  )
  script('package.json', '{ "private": true }')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${packed.filename}`])
  script('files.json', JSON.stringify(packed.files))
})

test.after(() => rmSync(project, { recursive: true }))

test('holds what it needs, and no script that runs at install', () => {
  const files = JSON.parse(readFileSync(join(project, 'files.json'), 'utf8')) as { path: string }[]
  const paths = files.map(({ path }) => path)
  for (const path of [
    'LICENSE',
    'README.md',
    'build/capture.js',
    'build/cli.js',
    'build/decoder.js',
    'build/index.js',
    'build/netlink.wasm',
    'build/viewer.html',
    `build/netlink-linux-${process.arch}.node`,
    'build/types/src/index.d.ts',
  ]) {
    assert.ok(paths.includes(path), `${path} is missing from\n${paths.join('\n')}`)
  }
  assert.equal(
    paths.filter((path) =>
      /\.(wat|gyp|gypi|cc|nls|mjs|map)$|^(src|test|native)\/.*\.(?!md$|png$)\w+$/.test(path),
    ),
    [],
  )
  const published = JSON.parse(
    readFileSync(join(project, 'node_modules/netlink-wasm/package.json'), 'utf8'),
  )
  assert.equal(published.dependencies ?? {}, {})
  // npm warns of `prepare` too where a tarball is installed.
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.not(published.scripts[name])
  }
  run('npm', ['ls', '--all'])
})

const USE = `
  const message = newLink({ ifname: 'eth0', operstate: 6 })
  const name = await waitForNicAttachEvent(replay([message]), [])
  const { length } = getNetlinkMsgHeader(message)
  const maps = fs.readFileSync('/proc/self/maps', 'utf8')
  console.log(name, length, maps.includes('netlink-linux'))
`

test('works as an ES module, and importing it loads no addon', () => {
  const text = `import fs from 'node:fs'
    import { getNetlinkMsgHeader, waitForNicAttachEvent } from 'netlink-wasm'
    import { newLink, replay } from 'netlink-wasm/testing'
    ${USE}`
  const file = script('esm.mjs', text)
  assert.is(run('node', ['--disallow-code-generation-from-strings', file]), 'eth0 52 false\n')
})

test('works as CommonJS, with one set of classes for all entries', () => {
  const text = `const fs = require('node:fs')
    const { getNetlinkMsgHeader, waitForNicAttachEvent, NetlinkError } = require('netlink-wasm')
    const { newLink, replay } = require('netlink-wasm/testing')
    if (require('netlink-wasm/decoder').NetlinkError !== NetlinkError) throw new Error('two classes')
    if (require('netlink-wasm/capture').NetlinkError !== NetlinkError) throw new Error('two classes')
    ;(async () => {${USE}})()`
  assert.is(run('node', [script('cjs.cjs', text)]), 'eth0 52 false\n')
})

test('opens a socket from the tarball', () => {
  const text = `import { createBoundNetlinkSocket, dumpLinks } from 'netlink-wasm'
    const socket = createBoundNetlinkSocket()
    console.log(socket.portId > 0)
    socket.close()
    console.log((await dumpLinks()).some(({ ifname }) => ifname === 'lo'))`
  assert.is(run('node', [script('socket.mjs', text)]), 'true\ntrue\n')
})

test('has types for every entry, under import and require', () => {
  const text = `import { decodeMessages, type Link, waitForNicAttachEvent } from 'netlink-wasm'
    import { NetlinkError, toLink } from 'netlink-wasm/decoder'
    import { Dissector, type Schema, selectFamilies } from 'netlink-wasm/decoder'
    import all from 'netlink-wasm/schema/all'
    import { type CaptureFrame, readCapture } from 'netlink-wasm/capture'
    import { newLink, replay } from 'netlink-wasm/testing'
    const [message] = decodeMessages(newLink({ ifname: 'eth0' }))
    export const link: Link | undefined = message?.kind === 'link' ? toLink(message.link) : undefined
    export const name: Promise<string> = waitForNicAttachEvent(replay([]), [])
    export const offset: number | undefined = new NetlinkError('ERR_NETLINK_KERNEL', '').offset
    export const schemas: Schema[] = [all, selectFamilies(all, ['rt-link'])]
    export const dissector: Dissector = new Dissector({ schema: schemas })
    export const frames: AsyncGenerator<CaptureFrame> = readCapture([new Uint8Array(0)])
    // @ts-expect-error: there is no such state
    export const wrong: Link['operstate'] = 'SIDEWAYS'
  `
  script('use.mts', text)
  script('use.cts', text)
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(join(root, 'node_modules', name), join(project, 'node_modules', name), {
      recursive: true,
    })
  }
  const options =
    '--noEmit --strict --module nodenext --target es2022 --lib es2022 --types node'.split(' ')
  run(join(root, 'node_modules/.bin/tsc'), [...options, 'use.mts', 'use.cts'])
})

test('an uncaught error shows a line of the package as it was written, and no base64', () => {
  const file = script(
    'uncaught.mjs',
    `import { openLinkMonitor } from 'netlink-wasm'
    await openLinkMonitor({ shim: '/nope' })`,
  )
  const { status, stderr } = spawnSync('node', [file], { cwd: project, env, encoding: 'utf8' })
  assert.is(status, 1)
  assert.match(
    stderr,
    /^file:\/\/\S+\/netlink-wasm\/build\/sockets\.js:\d+\n\tthrow new NetlinkError\(/,
  )
  assert.match(
    stderr,
    /\nNetlinkError: expected a native shim for linux \w+, got none\. Tried \/nope: /,
  )
  assert.match(stderr, /\n {4}at addon \(file:/)
  assert.ok(stderr.length < 2500, `${stderr.length} characters:\n${stderr.slice(0, 5000)}`)
})

test('the code is to be read, the command too, and LICENSE says what is built into it', async () => {
  const built = join(project, 'node_modules/netlink-wasm/build')
  for (const name of ['index.js', 'decoder.js', 'cli.js', 'sockets.js', 'chunks/decoder.js']) {
    const lines = readFileSync(join(built, name), 'utf8').split('\n')
    const longest = lines.reduce((most, { length }) => Math.max(most, length), 0)
    assert.ok(longest < 4000, `${name}: a line of ${longest} characters`)
  }
  // The bundler says above each module where it is from.
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(built, name), 'utf8'))
  const origins = texts.flatMap((text) => text.match(/(?<=^\/\/ node_modules\/)[^/]+/gm) ?? [])
  assert.equal([...new Set(origins)].sort(), ['commander', 'jsep'])
  const licence = readFileSync(join(project, 'node_modules/netlink-wasm/LICENSE'), 'utf8')
  assert.match(licence, /^The command \(build\/cli\.js\) .* have jsep built in/m)
  assert.match(licence, / commander, which the command has built in:\n/)
  assert.match(licence, /^The shims .* are compiled with the headers of\nnode-addon-api/m)
  const { metafile } = await build({
    entryPoints: ['page/page.ts', 'worker/worker.ts'].map((name) => join(root, 'src/viewer', name)),
    bundle: true,
    metafile: true,
    write: false,
    outdir: 'viewer',
    loader: { '.wasm': 'base64', '.nls': 'base64' },
  })
  const others = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'))
  const packages = others.map((path) => path.replace(/^.*node_modules\/([^/]+).*$/, '$1'))
  assert.equal([...new Set(packages)], ['jsep'])
})

test('the decoder bundles for a browser, without a word of Node', () => {
  const text = `import { decodeMessages, formatMessage } from 'netlink-wasm/decoder'
    import { newLink } from 'netlink-wasm/testing'
    console.log(decodeMessages(newLink({ ifname: 'eth0' })).map(formatMessage)[0])`
  const esbuild = join(root, 'node_modules/.bin/esbuild')
  const file = script('browser.js', text)
  run(esbuild, [file, '--bundle', '--format=esm', '--platform=browser', '--outfile=page.mjs'])
  assert.not(/["']node:|require\(/.test(readFileSync(join(project, 'page.mjs'), 'utf8')))
  assert.match(run('node', ['page.mjs']), /^0 RTM_NEWLINK len=44 .* ifname="eth0"\n$/)
})

test('the default entry bundles for a browser: all its names, and one clear error for a socket', () => {
  const text = `import * as all from 'netlink-wasm'
    const { createBoundNetlinkSocket, decodeMessages, newLink, openLinkMonitor, replay } = all
    const data = newLink({ ifindex: 7, ifname: 'eth0' })
    console.log(decodeMessages(data)[0].link.ifname)
    const sink = { destroyed: false, on() {}, write: () => true, end: (done) => done() }
    const record = async () => all.recordNetlink({ sources: await all.recordSources(), sink })
    const families = () => all.recordSources({ groups: ['ethtool/monitor'] })
    for (const open of [openLinkMonitor, all.dumpLinks, record, families]) {
      await open().catch(({ code, message }) => console.log(code, message))
    }
    try { createBoundNetlinkSocket() } catch ({ name, code }) { console.log(name, code) }
    const monitor = await openLinkMonitor({ socket: replay([data], { open: true }) })
    console.log((await monitor.waitFor((link) => link.ifname === 'eth0', { timeout: 5000 })).ifindex)
    monitor.close()
    console.log(Object.keys(all).sort().join())`
  const esbuild = join(root, 'node_modules/.bin/esbuild')
  const file = script('everything.js', text)
  run(esbuild, [file, '--bundle', '--format=esm', '--platform=browser', '--outfile=all.mjs'])
  assert.not(
    /["']node:|require\(|netlink-linux/.test(readFileSync(join(project, 'all.mjs'), 'utf8')),
  )
  const names = run('node', [
    '--input-type=module',
    '-e',
    `console.log(Object.keys(await import('netlink-wasm')).sort().join())`,
  ])
  const error =
    'ERR_NETLINK_UNSUPPORTED expected Linux, got a browser: decoding works here, netlink sockets do not exist'
  assert.equal(run('node', ['all.mjs']).split('\n'), [
    'eth0',
    ...Array(4).fill(error),
    'NetlinkCreateSocketError ERR_NETLINK_UNSUPPORTED',
    '7',
    names.trim(),
    '',
  ])
})

test('the capture reader bundles for a browser, without a word of Node or of WebAssembly', () => {
  const text = `import { netlinkHeader, PcapngWriter, readCapture } from 'netlink-wasm/capture'
    const writer = new PcapngWriter()
    const data = netlinkHeader({ protocol: 0 })
    const file = new Blob([writer.start(), writer.packet({ data, timestamp: 7n })])
    for await (const { timestamp, linkType } of readCapture(file)) console.log(timestamp, linkType)`
  const esbuild = join(root, 'node_modules/.bin/esbuild')
  const file = script('viewer.js', text)
  run(esbuild, [file, '--bundle', '--format=esm', '--platform=browser', '--outfile=viewer.mjs'])
  const bundle = readFileSync(join(project, 'viewer.mjs'), 'utf8')
  assert.not(/["']node:|require\(|WebAssembly/.test(bundle))
  assert.is(run('node', ['viewer.mjs']), '7n 253\n')
})

test('brings the viewer, and puts captures into it', () => {
  const bin = join(project, 'node_modules/.bin/netlink-wasm')
  assert.match(
    run(bin, ['view', '--no-open']),
    /\/node_modules\/netlink-wasm\/build\/viewer\.html\n$/,
  )
  const capture = join(root, 'test/captures/tc.pcap')
  const output = join(project, 'tc.html')
  assert.is(run(bin, ['view', capture, '--output', output]), `${output}\n`)
  const page = readFileSync(output, 'utf8')
  const [, name, text = ''] = /id="capture" data-name="([^"]*)">([^<]*)</.exec(page) ?? []
  assert.is(name, 'tc.pcap')
  assert.equal(Buffer.from(text, 'base64'), readFileSync(capture))
})

test('brings the command', () => {
  const bin = join(project, 'node_modules/.bin/netlink-wasm')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.is(run(bin, ['--version']), `${version}\n`)
  assert.ok(run(bin, ['links', '--json']).includes('"ifname":"lo"'))
})

test.run()
