// What a program waits for before its first tree, in milliseconds: `npm run bench:start -- [EDITION …]`.
// In: other editions of the package to stand beside this one, each a folder or a tarball of npm. Out: two tables.
// Everything is run in turns, so that what else the machine does slows all sides.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { newLink } from 'netlink-wasm/testing'
import { CHROMIUM, closeBrowser, openTab } from '../viewer/browser.ts'

const ROUNDS = 20
const SCHEMAS = ['link', 'rtnetlink', 'all']
/** 10 Mbit/s, 40 ms there and back, and a processor that is four times as slow as this one. */
const NETWORK = {
  offline: false,
  latency: 40,
  downloadThroughput: 1.25e6,
  uploadThroughput: 1.25e6,
}
const SLOWER = 4
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

interface Edition {
  name: string
  folder: string
}

const scratch = mkdtempSync(join(tmpdir(), 'netlink-wasm-start-'))

/** The package in a folder, or unpacked out of a tarball. */
function editionOf(given: string, index: number): Edition {
  const path = resolve(given)
  if (statSync(path).isDirectory()) return { name: basename(path), folder: path }
  const folder = join(scratch, `${index}`, 'package')
  spawnSync('sh', ['-c', 'mkdir "$1" && tar -xzf "$0" -C "$1"', path, join(folder, '..')])
  if (!existsSync(folder)) throw new Error(`expected a folder or a tarball of npm, got ${given}`)
  return { name: basename(path), folder }
}

/** Makes one tree with a schema, or decodes without one, out of modules at `at`. */
function program(at: string, schema: string | undefined): string {
  const bytes = `Uint8Array.of(${newLink({ ifindex: 2, ifname: 'eth0', operstate: 6 })})`
  if (schema === undefined) {
    return `import { decodeMessages } from '${at}/decoder.js'
      const found = decodeMessages(${bytes})[0].link.ifname`
  }
  return `import { Dissector } from '${at}/decoder.js'
    import schema from '${at}/schema/${schema}.js'
    const found = new Dissector({ schema }).dissect(${bytes}).messages[0].find('ifname').value`
}

const best = (times: number[]): number => Math.min(...times)
const row = (...cells: (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`)

function head(what: string, editions: Edition[]): void {
  row(what, ...editions.map(({ name }) => name))
  row('---', ...editions.map(() => '---'))
}

function milliseconds(args: string[]): number {
  const start = process.hrtime.bigint()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const time = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0 || !/^(eth0\n)?$/.test(stdout)) throw new Error(stdout + stderr)
  return time
}

function inNode(editions: Edition[]): void {
  const cases = [undefined, ...SCHEMAS].map((schema) => ({
    name: schema === undefined ? 'no schema' : `schema/${schema}`,
    files: editions.map(({ folder }, index) => {
      const file = join(scratch, `${schema}-${index}.mjs`)
      const at = pathToFileURL(join(folder, 'build')).href
      writeFileSync(file, `${program(at, schema)}\nconsole.log(found)\n`)
      return { file, times: [] as number[] }
    }),
  }))
  const nothing: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    nothing.push(milliseconds(['-e', '0']))
    for (const { files } of cases) {
      for (const { file, times } of files) times.push(milliseconds([file]))
    }
  }
  head(`Node.js ${process.version}, ms more than \`node -e 0\`, best of ${ROUNDS}`, editions)
  for (const { name, files } of cases) {
    row(name, ...files.map(({ times }) => (best(times) - best(nothing)).toFixed(1)))
  }
  console.log(`\n\`node -e 0\`: ${best(nothing).toFixed(1)} ms\n`)
}

/** Answers with what is in a map of files, as gzip. */
async function served(files: Map<string, Buffer>) {
  const server = createServer(({ url = '' }, response) => {
    const body = files.get(url)
    if (!body) return response.writeHead(404).end()
    const type = TYPES[extname(url)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(body)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Milliseconds from the navigation to the tree, with nothing in a cache. */
async function loaded(address: string): Promise<number> {
  const { page, complaints, close } = await openTab('about:blank')
  const client = await page.context().newCDPSession(page)
  await client.send('Network.enable')
  await client.send('Network.setCacheDisabled', { cacheDisabled: true })
  await client.send('Network.emulateNetworkConditions', NETWORK)
  await client.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.goto(address)
  await page.waitForFunction(() => document.title.startsWith('eth0 '), { timeout: 30_000 })
  const time = Number((await page.title()).slice(5))
  const errors = complaints.filter((line) => !line.startsWith('request: '))
  if (errors.length > 0) throw new Error(errors.join('\n'))
  await close()
  return time
}

async function inChromium(editions: Edition[]): Promise<void> {
  const files = new Map<string, Buffer>()
  const put = (path: string, text: string | Uint8Array) => files.set(path, gzipSync(text))
  const cases: { name: string; pages: { path: string; times: number[] }[] }[] = []
  for (const schema of [undefined]) {
    for (const isBundled of [false]) {
      const name = schema === undefined ? 'no schema' : `schema/${schema}`
      const pages = editions.map(async ({ folder }, index) => {
        const path = `/${index}/${schema}-${isBundled ? 'bundled' : 'modules'}`
        const show = 'document.title = found + " " + performance.now()'
        const at = isBundled ? join(folder, 'build') : `/${index}/build`
        const contents = `${program(at, schema)}\n${show}\n`
        const stdin = { contents, resolveDir: folder }
        const made = build({ stdin, bundle: isBundled, minify: true, write: false, format: 'esm' })
        put(`${path}.js`, (await made).outputFiles[0]?.contents ?? '')
        const script = `<script type="module" src="${path}.js"></script>`
        put(`${path}.html`, `<!doctype html><link rel="icon" href="data:,">${script}`)
        return { path: `${path}.html`, times: [] }
      })
      cases.push({
        name: `${name}, ${isBundled ? 'one bundle' : 'modules'}`,
        pages: await Promise.all(pages),
      })
    }
  }
  for (const [index, { folder }] of editions.entries()) {
    const list = spawnSync('find', ['build', '-name', '*.js'], { cwd: folder, encoding: 'utf8' })
    for (const name of list.stdout.trim().split('\n')) {
      put(`/${index}/${name}`, readFileSync(join(folder, name)))
    }
  }
  const { server, address } = await served(files)
  for (let round = 0; round < ROUNDS; round++) {
    for (const { pages } of cases) {
      for (const { path, times } of pages) times.push(await loaded(address + path))
    }
  }
  server.close()
  const what = `Chromium, 10 Mbit/s, 40 ms, ${SLOWER} times slower, ms to the first tree, best of ${ROUNDS}`
  head(what, editions)
  for (const { name, pages } of cases)
    row(name, ...pages.map(({ times }) => best(times).toFixed(0) + ' / ' + times.sort((a,b)=>a-b)[times.length>>1]!.toFixed(0)))
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const editions = [{ name: 'now', folder: '/tmp/simple/now' }, ...process.argv.slice(2).map(editionOf)]
try {
  if (CHROMIUM) await inChromium(editions)
  else console.log('Chromium skipped: expected chromium, got none (apt-get install chromium)')
} finally {
  await closeBrowser()
  rmSync(scratch, { recursive: true, force: true })
}
