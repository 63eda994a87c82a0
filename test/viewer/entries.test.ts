// The browser's entries, without a bundler, in a worker, and bundled by esbuild and by Vite.
// Each page makes the same tree; none is given more than its policy needs.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { build as viteBuild } from 'vite'
import { examples } from '../support/documents.ts'
import { closeBrowser, openTab } from './browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const test = suite('browser entries')
let folder = ''
let server: Server
let address = ''
/** Paths of the files that pages have asked for. */
const served: string[] = []

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}
const NONCE = 'bm9uY2U'
const POLICY = `default-src 'none'; script-src 'self' 'nonce-${NONCE}' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:`

/** Makes the tree of a built message, and shows it. */
const USE = `
const message = newLink({ ifindex: 2, ifname: 'eth0', operstate: 6 })
const text = treeLines(new Dissector({ schema }).dissect(message)).join('\\n')
`
const SHOW =
  'document.body.append(Object.assign(document.createElement("pre"), { textContent: text }))'

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netlink-entries-'))
  const module = join(folder, 'node_modules/netlink-wasm')
  mkdirSync(module, { recursive: true })
  cpSync(join(root, 'package.json'), join(module, 'package.json'))
  for (const part of ['build']) cpSync(join(root, part), join(module, part), { recursive: true })
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(folder, pathname)
    try {
      const body = readFileSync(path)
      served.push(pathname)
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'content-security-policy': pathname.startsWith('/forbidden')
          ? POLICY.replace(" 'wasm-unsafe-eval'", '')
          : POLICY,
      })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

test.after(async () => {
  await closeBrowser()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** What a page shows, once it shows something; it may load only what is this server's. */
async function shown(page: string): Promise<string> {
  const tab = await openTab(`${address}/${page}`)
  try {
    await tab.page.waitForSelector('pre', { timeout: 60_000 })
    const foreign = tab.complaints.filter((line) => !line.startsWith(`request: ${address}`))
    assert.equal(foreign, [])
    return (await tab.page.textContent('pre')) ?? ''
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${tab.complaints.join('\n')}`)
  } finally {
    await tab.close()
  }
}

const EXPECTED = /^0000 {2}frame 52 bytes\n[\s\S]*0020 {4}ifname eth0\n002c {4}operstate up$/

function assertTree(text: string): void {
  assert.match(text.replace(/^(.{4} ) +(?=ifname|operstate)/gm, '$1   '), EXPECTED)
}

const MODULES = '/node_modules/netlink-wasm/build'
const IMPORTS = `
import { Dissector, init, treeLines } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/link'
import { newLink } from 'netlink-wasm/testing'
`
const MAP = JSON.stringify({
  imports: {
    '#kernel': `${MODULES}/no-sockets.js`,
    'netlink-wasm': `${MODULES}/index.js`,
    'netlink-wasm/decoder': `${MODULES}/decoder.js`,
    'netlink-wasm/schema/link': `${MODULES}/schema/link.js`,
    'netlink-wasm/testing': `${MODULES}/testing.js`,
  },
})
const page = (script: string) =>
  `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>t</title><body>
<script type="importmap" nonce="${NONCE}">${MAP}</script><script type="module" src="${script}"></script>`

test('as a plain module script, with no bundler', async () => {
  write('plain.js', `${IMPORTS}await init()${USE}${SHOW}`)
  write('plain.html', page('./plain.js'))
  assertTree(await shown('plain.html'))
})

test('with the module as a file of its own', async () => {
  write('file.js', `${IMPORTS}await init({ wasm: '${MODULES}/netlink.wasm' })${USE}${SHOW}`)
  write('file.html', page('./file.js'))
  served.length = 0
  assertTree(await shown('file.html'))
  assert.ok(served.includes(`${MODULES}/netlink.wasm`))
})

test('says so where the module is not there, and takes its own then', async () => {
  write(
    'missing.js',
    `${IMPORTS}let refusal = ''
    await init({ wasm: '/nothing.wasm' }).catch((error) => { refusal = error.message })
    ${USE.replace('const text = ', "const text = refusal + '; ' + ")}${SHOW}`,
  )
  write('missing.html', page('./missing.js'))
  const tab = await openTab(`${address}/missing.html`)
  await tab.page.waitForSelector('pre', { timeout: 60_000 })
  const text = (await tab.page.textContent('pre')) ?? ''
  await tab.close()
  assert.match(text, /^expected the module at .*got 404; 0000 {2}frame 52 bytes\n/)
})

test('a policy that forbids WebAssembly is named, by init() and without it', async () => {
  write(
    'forbidden.js',
    `${IMPORTS}const told = (error) => error.code + ' ' + error.message
    const first = await init().catch(told)
    let text = ''
    try { new Dissector({ schema }) } catch (error) { text = first + '\\n' + told(error) }
    ${SHOW}`,
  )
  write('forbidden.html', page('./forbidden.js'))
  const tab = await openTab(`${address}/forbidden.html`)
  await tab.page.waitForSelector('pre', { timeout: 60_000 })
  const lines = ((await tab.page.textContent('pre')) ?? '').split('\n')
  await tab.close()
  assert.is(lines.length, 2)
  for (const line of lines) assert.match(line, /^ERR_NETLINK_UNSUPPORTED .*'wasm-unsafe-eval'$/)
})

test('a page fetches few files, and of the schemas only its own', async () => {
  write('few.js', `${IMPORTS}${USE}${SHOW}`)
  write('few.html', page('./few.js'))
  served.length = 0
  assertTree(await shown('few.html'))
  const files = served.filter((path) => path.startsWith(MODULES))
  assert.equal(files.map((path) => path.slice(MODULES.length + 1)).sort(), [
    'chunks/base64-link.js',
    'chunks/base64-netlink.js',
    'chunks/capture.js',
    'chunks/decoder.js',
    'chunks/edge.js',
    'chunks/testing.js',
    'decoder.js',
    'schema/link.js',
    'testing.js',
  ])
})

test('the default entry, where an import map says what #kernel is', async () => {
  write(
    'all.js',
    `import { openLinkMonitor } from 'netlink-wasm'
    import { fakeKernel } from 'netlink-wasm/testing'
    const monitor = await openLinkMonitor({ socket: fakeKernel({ links: [{ ifname: 'eth0' }] }) })
    const names = [...monitor.links.values()].map(({ ifname }) => ifname)
    monitor.close()
    const text = await openLinkMonitor().catch(({ code }) => names + ' ' + code)
    ${SHOW}`,
  )
  write('all.html', page('./all.js'))
  assert.match(await shown('all.html'), /\beth0 ERR_NETLINK_UNSUPPORTED$/)
})

test('in a worker', async () => {
  const imports = IMPORTS.replaceAll("'netlink-wasm/", `'${MODULES}/`).replaceAll(
    /(build\/[\w/]+)'/g,
    "$1.js'",
  )
  write('worker.js', `${imports}${USE}postMessage(text)`)
  write(
    'in-worker.js',
    `const worker = new Worker('./worker.js', { type: 'module' })
    worker.onmessage = ({ data: text }) => ${SHOW}`,
  )
  write('in-worker.html', page('./in-worker.js'))
  assertTree(await shown('in-worker.html'))
})

test('bundled by esbuild', async () => {
  write('entry.js', `${IMPORTS}await init()${USE}${SHOW}`)
  await build({
    entryPoints: [join(folder, 'entry.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    outfile: join(folder, 'bundled.js'),
    logLevel: 'error',
  })
  write('bundled.html', page('./bundled.js'))
  assertTree(await shown('bundled.html'))
})

test('bundled by Vite', async () => {
  write('vite/main.js', `${IMPORTS}await init()${USE}${SHOW}`)
  write('vite/index.html', page('./main.js').replace(/<script type="importmap.*?<\/script>/, ''))
  await viteBuild({
    root: join(folder, 'vite'),
    base: './',
    logLevel: 'error',
    configFile: false,
    build: { outDir: join(folder, 'vite-out'), modulePreload: { polyfill: false } },
  })
  assertTree(await shown('vite-out/index.html'))
})

test('the page of the documents', async () => {
  const html =
    examples('src/tree/README.md').find(({ language }) => language === 'html')?.code ?? ''
  assert.ok(html.includes('dissection'), 'no example')
  write('document.html', html.replaceAll('<script', `<script nonce="${NONCE}"`))
  const tab = await openTab(`${address}/document.html`)
  await tab.page.setInputFiles('input', join(root, 'test/captures/tc.pcap'))
  await tab.page.waitForFunction(() => document.querySelectorAll('li, summary').length > 100)
  const first = await tab.page.textContent('summary')
  await tab.close()
  assert.match(first ?? '', /^netlink +error ack request rt-link newlink/)
})

test.run()
