// Builds shims: in come native/'s sources and a C++ toolchain, out go build/netlink-linux-ARCH.node and
// build/shims.json. This machine's architecture alone, or with --all each one there is, which takes
// Debian's cross compilers. Touches nothing else in build/ but shims that other sources made.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { compile } from './compile.mjs'
import {
  built,
  COMPILERS,
  debianPackage,
  isRunnable,
  sha256,
  shimFile,
  sourcesHash,
} from './sources.mjs'

const all = process.argv.includes('--all')

const fail = (message) => {
  console.error(message)
  process.exit(1)
}

/** What node-gyp needs, the variable that names another, and the Debian package that has it. */
function checkTools(compilers) {
  const tools = [
    ...compilers,
    { command: process.env.MAKE || 'make', debian: 'build-essential' },
    { command: process.env.PYTHON || 'python3', debian: 'python3' },
  ]
  const missing = tools.filter(({ command }) => !isRunnable(command))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(' ')
  const names = missing.map(({ command }) => command).join(', ')
  fail(`Cannot build the native shim: ${names} not found. On Debian: apt-get install ${packages}`)
}

function removeStale(sources) {
  const list = join(built, 'shims.json')
  const known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')).sources : undefined
  if (known === sources) return
  for (const arch of Object.keys(COMPILERS)) rmSync(join(built, shimFile(arch)), { force: true })
}

/** Two at a time, as most machines have two cores at least. */
async function inPairs(all, work) {
  const left = [...all]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all([worker(), worker()])
}

mkdirSync(built, { recursive: true })
const sources = sourcesHash()
removeStale(sources)
if (process.platform === 'linux') {
  const own = { arch: process.arch, command: process.env.CXX || 'g++', debian: 'build-essential' }
  const wanted = all
    ? Object.entries(COMPILERS).map(([arch, compiler]) =>
        arch === process.arch ? own : { arch, command: compiler, debian: debianPackage(compiler) },
      )
    : [own]
  checkTools(wanted)
  await inPairs(wanted, async ({ arch, command }) => {
    const target = join(built, shimFile(arch))
    await compile(arch, command, target).catch(({ message }) => fail(message))
    console.log(`built ${resolve(target)}`)
  })
} else if (all) {
  fail(`The native shims are built on Linux, with Debian's compilers, not on ${process.platform}.`)
} else {
  console.log(`The native shim is for Linux only: nothing to build on ${process.platform}.`)
  console.log('The decoder works without it.')
}

// What the package lists, and what its default entry carries.
const shims = Object.keys(COMPILERS)
  .filter((arch) => existsSync(join(built, shimFile(arch))))
  .map((arch) => ({ arch, file: shimFile(arch), bytes: readFileSync(join(built, shimFile(arch))) }))
const list = shims.map(({ bytes, ...shim }) => ({
  ...shim,
  bytes: bytes.length,
  sha256: sha256(bytes),
}))
writeFileSync(join(built, 'shims.json'), `${JSON.stringify({ sources, shims: list }, null, 2)}\n`)
const carried = Object.fromEntries(shims.map(({ arch, bytes }) => [arch, bytes.toString('base64')]))
writeFileSync(join(built, 'shims.mjs'), `export default ${JSON.stringify(carried, null, 2)}\n`)
